#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what building, testing and showing Bednet needs, from Debian's packages (and MQTT.js and jose from npm into
# .cache/node). Does nothing where all of it is there. As root, or with sudo.
. "$(dirname "$0")/lib.sh"

# Name by name, so that a reader sees what each part of the work costs.
build_packages=(
    gcc libc6-dev cmake ninja-build pkg-config
    libsodium-dev libxxhash-dev libfyaml-dev libjansson-dev libssl-dev libmicrohttpd-dev uthash-dev
    libcurl4-openssl-dev libjwt-dev libsqlite3-dev
    mosquitto-dev libmosquitto-dev
)
demo_packages=(
    mosquitto mosquitto-clients python3-paho-mqtt python3 openssl curl ca-certificates procps
)
test_packages=(
    libcmocka-dev clang libclang-rt-dev clang-format-14 valgrind binutils git
    prometheus mmdebstrap shellcheck mandoc libmosquitto1 python3-yaml python3-jsonschema faketime
    python3-cryptography python3-cryptography-vectors tzdata
)

case "${1:-all}" in
all) wanted=("${build_packages[@]}" "${demo_packages[@]}" "${test_packages[@]}") ;;
demo) wanted=("${build_packages[@]}" "${demo_packages[@]}") ;;
*) die "usage: ci/packages.sh [all|demo]" ;;
esac

# A node from elsewhere is as good as Debian's; Debian's npm cannot even be installed beside some of those.
node --version >/dev/null 2>&1 || wanted+=(nodejs)
npm --version >/dev/null 2>&1 || wanted+=(npm)

# Without root, mmdebstrap unpacks the brokers in a user namespace.
[ "$(id -u)" -eq 0 ] || wanted+=(uidmap)

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

installed=$(dpkg-query --show --showformat '${db:Status-Abbrev} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)
missing=()
for package in "${wanted[@]}"; do
    grep -q "^ii  *$package\$" <<<"$installed" || missing+=("$package")
done

# Debian starts a service as soon as it is installed. A broker on 1883 and a Prometheus on 9090 that nobody asked
# for are not what a test should leave behind; where the administrator has a policy of his own, that one counts.
policy=/usr/sbin/policy-rc.d
remove_policy() {
    as_root rm -f "$policy"
}

if [ ${#missing[@]} -gt 0 ]; then
    say "installing ${missing[*]}"
    if [ ! -e "$policy" ]; then
        trap remove_policy EXIT
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
        as_root chmod 755 "$policy"
    fi
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
        >"$BEDNET_RESULTS/apt.log" 2>&1 || {
        cat "$BEDNET_RESULTS/apt.log"
        die "installing failed"
    }
fi

# The third client of the tour, and whom the tests hold the command to (5 is the last that runs on Debian 12's node). No
# lock file: it would name the registry of whoever wrote it.
if [ ! -e .cache/node/node_modules/mqtt/package.json ] || [ ! -e .cache/node/node_modules/jose/package.json ]; then
    say "installing MQTT.js and jose"
    mkdir -p .cache/node
    printf '{"private": true}\n' >.cache/node/package.json
    npm install --prefix .cache/node --no-save --no-package-lock --no-audit --no-fund --loglevel=error mqtt@5 jose@5
fi
