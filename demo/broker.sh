# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034,SC2001
# The demo's broker: Debian's own, unprivileged, on loopback, in a folder that vanishes with it. Sourced after
# lib.sh and tokens.sh; the caller sets `work` and `log`.

# fill TEMPLATE FILE: puts paths and ports in.
fill() {
    sed -e "s|@WORK@|$work|g" -e "s|@MODULES@|$modules|g" -e "s|@PORT@|$port|g" \
        -e "s|@METRICS_PORT@|$metrics_port|g" "$1" >"$2"
}

# The suite is installed into the folder as a package would do it: the broker's user may not be able to read the
# folder that this was built in, and it shows that what is installed works.
prepare_broker() {
    cmake --install build/release --prefix "$work/usr" >/dev/null
    modules=$(dirname "$(find "$work/usr/lib" -name bednet_acl.so)")
    read -r port metrics_port < <(free_ports 2)

    mkdir -m 700 "$work/keys"
    make_keys "$work/keys"
    make_jwks "$work/keys" >"$work/acme.jwks.json"
    mosquitto_passwd -b -c "$work/passwords" rules-engine engine-password 2>/dev/null
    fill demo/bednet.yaml.in "$work/bednet.yaml"
    fill demo/mosquitto.conf.in "$work/mosquitto.conf"

    # Started by root, Mosquitto becomes the user `mosquitto` before it reads any of this.
    chmod 750 "$work"
    chmod 640 "$work/passwords" "$work/bednet.yaml" "$work/acme.jwks.json" "$work/mosquitto.conf"
    if [ "$(id -u)" -eq 0 ]; then
        chgrp mosquitto "$work" "$work/passwords" "$work/bednet.yaml" "$work/acme.jwks.json" \
            "$work/mosquitto.conf"
    fi
}

start_broker() {
    PATH=$PATH:/usr/sbin start "$log" mosquitto -c "$work/mosquitto.conf"
    broker=$started
    if ! await_line "$log" 1 'mosquitto version .* running' >/dev/null; then
        cat "$log"
        die "the broker did not start"
    fi
    tell "$(head -n 1 "$log" | sed 's/^[0-9]*: //'), MQTT on 127.0.0.1:$port, metrics on 127.0.0.1:$metrics_port"
}

# change_policy SED-EXPRESSION: as an editor would, in one step.
change_policy() {
    sed -e "$1" "$work/bednet.yaml" >"$work/bednet.yaml.new"
    cat "$work/bednet.yaml.new" >"$work/bednet.yaml"
    rm "$work/bednet.yaml.new"
}

# metric SERIES: its value now.
metric() {
    curl -sS --max-time 5 "http://127.0.0.1:$metrics_port/metrics" | awk -v series="$1" '
        substr($0, 1, length(series) + 1) == series " " { print $NF }'
}
