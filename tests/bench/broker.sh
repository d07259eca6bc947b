# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Brokers to be measured: the installed one and those that ci/brokers.sh brought, bare or with the suite, as they
# are or under callgrind. Sourced after ci/lib.sh and policy.sh; the caller sets `work`, `build` and `modules`.

cache=.cache/brokers
# The suite's modules in the order that they are meant to stand in.
plugins=(topic limit metrics cert jwt acl)

installed_version() {
    { PATH=$PATH:/usr/sbin mosquitto -h || true; } 2>/dev/null | sed -n 's/^mosquitto version \([0-9.]*\).*/\1/p'
}

# Every version that can be run here, the oldest first.
broker_versions() {
    local record
    {
        installed_version
        for record in "$cache"/*/broker.ini; do
            [ ! -e "$record" ] || basename "$(dirname "$record")"
        done
    } | sort -uV
}

# link_missing VERSION LIBRARIES: links to the libraries that the modules need and the broker's root lacks. Those
# that it has come from there, for two copies of one library in a process are one too many.
link_missing() {
    local links=$work/links-$1 name path found folders
    IFS=: read -r -a folders <<<"$2"
    mkdir -p "$links"
    while read -r name path; do
        found=$(find "${folders[@]}" -maxdepth 1 -name "$name" 2>/dev/null)
        [ -n "$found" ] || ln -sf "$path" "$links/$name"
    done < <(ldd "$modules"/*.so | awk '$2 == "=>" && $3 ~ /^\// && $1 !~ /^libbednet/ { print $1, $3 }')
    echo "$links"
}

# find_broker VERSION: how to run it, as the array `broker_argv`, and what its files are in, as `broker_root`.
find_broker() {
    local root=$PWD/$cache/$1 broker='' loader='' libraries='' key value
    if [ "$1" = "$(installed_version)" ]; then
        broker_argv=("$(PATH=$PATH:/usr/sbin command -v mosquitto)")
        broker_root=
        return
    fi
    [ -f "$root/broker.ini" ] || die "no broker $1 here: ci/brokers.sh brings it"
    while IFS='=' read -r key value; do
        case $key in
        broker) broker=$root/$value ;;
        loader) loader=$root/$value ;;
        libraries) libraries=$root/${value//:/:$root/} ;;
        esac
    done <"$root/broker.ini"
    broker_root=$root
    broker_argv=("$loader" --library-path "$libraries:$(link_missing "$1" "$libraries")" "$broker")
}

free_port() {
    /usr/bin/python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'
}

# use_plugin FILE [OPTION VALUE]: lines of mosquitto.conf.
use_plugin() {
    printf 'plugin %s\n' "$1"
    [ $# -lt 3 ] || printf 'plugin_opt_%s %s\n' "$2" "$3"
}

# dynsec_module: where the broker of find_broker has its dynamic-security plugin.
dynsec_module() {
    find "$broker_root"/usr/lib -name mosquitto_dynamic_security.so -print -quit | grep . || die "no dynamic-security in $broker_root"
}

# decide_access NAME KIND RULES: lines of mosquitto.conf for what decides, and the files that they name.
decide_access() {
    local own='' plugin
    case $2 in
    bare) ;;
    empty) use_plugin "$build/bench/bench_empty.so" ;;
    acl_file)
        own=$work/$1.acl
        make_acl_file "$3" >"$own"
        echo "acl_file $own"
        ;;
    dynsec)
        own=$work/$1.json
        make_dynsec "$3" >"$own"
        use_plugin "$(dynsec_module)" config_file "$own"
        ;;
    acl)
        own=$work/$1.yaml
        make_open_policy "$3" >"$own"
        use_plugin "$modules/bednet_acl.so" policy "$own"
        ;;
    suite)
        own=$work/$1.yaml
        make_policy "$3" "$(free_port)" >"$own"
        for plugin in "${plugins[@]}"; do
            use_plugin "$modules/bednet_$plugin.so" policy "$own"
        done
        ;;
    *) die "no such kind of broker: $2" ;;
    esac
    [ -z "$own" ] || chmod 600 "$own"
}

# prepare_broker NAME KIND [RULES]: $work/NAME.conf, with TLS on a second port where there is a certificate
# $work/server.crt. KIND is bare, empty (a plugin that lets everything happen), acl_file, dynsec, acl (Bednet's alone)
# or suite. Nothing is logged or published in the background that would count with time.
prepare_broker() {
    {
        printf 'listener %s 127.0.0.1\nallow_anonymous true\npersistence false\n' "$(free_port)"
        printf 'set_tcp_nodelay true\nsys_interval 0\nlog_dest stderr\n'
        printf 'log_type error\nlog_type warning\nlog_type information\n'
        [ "$(id -u)" -ne 0 ] || echo 'user root'
        if [ -e "$work/server.crt" ]; then
            printf 'listener %s 127.0.0.1\ncertfile %s/server.crt\nkeyfile %s/server.key\n' "$(free_port)" "$work" "$work"
        fi
        decide_access "$@"
    } >"$work/$1.conf"
}

# port_of NAME [N]: of its first listener, or of its Nth.
port_of() {
    sed -n 's/^listener \([0-9]*\) .*/\1/p' "$work/$1.conf" | sed -n "${2:-1}p"
}

# start_broker NAME [COMMAND...]: runs `broker_argv` with $work/NAME.conf, behind COMMAND if any, until it
# listens and takes signals. Its process is `broker_pid`; stop_broker NAME ends it.
start_broker() {
    local name=$1
    shift
    rm -f "$work/$name.log" # of an earlier run, which says the same
    "$@" "${broker_argv[@]}" -c "$work/$name.conf" >"$work/$name.log" 2>&1 &
    broker_pid=$!
    echo "$broker_pid" >"$work/$name.pid"
    until grep -qs '^\([0-9]*: \)\?mosquitto version .* running$' "$work/$name.log"; do
        if ! kill -0 "$broker_pid" 2>/dev/null; then
            cat "$work/$name.log" >&2
            die "the broker did not start"
        fi
        sleep 0.05
    done
}

# stop_broker NAME: only what was started here.
stop_broker() {
    local pid
    pid=$(cat "$work/$1.pid")
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    rm -f "$work/$1.pid"
}

stop_all_brokers() {
    local file
    for file in "$work"/*.pid; do
        [ ! -e "$file" ] || stop_broker "$(basename "$file" .pid)"
    done
}
