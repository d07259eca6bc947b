#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Starts one example of config-examples/ on one broker, with nothing changed but paths and ports, and checks that
# it does what its README says. Exit code 77 where the broker or a client is not there, unless
# BEDNET_REQUIRE_BROKERS is 1.
# Usage: run.sh EXAMPLE BROKER-VERSION MODULES
set -euo pipefail
cd "$(dirname "$0")/../.."
. demo/lib.sh
. demo/tokens.sh

example=$1 version=$2 modules=$3

# How ci/brokers.sh says a broker is started; a Debian 12 has the first of them anyway.
find_broker() {
    local root=$PWD/.cache/brokers/$version broker='' loader='' libraries='' multiarch
    if [ -e "$root/broker.ini" ]; then
        # shellcheck source=/dev/null
        . "$root/broker.ini"
        multiarch=$(gcc -print-multiarch)
        libraries=$root/${libraries//:/:$root/}:/usr/lib/$multiarch:/lib/$multiarch
        broker_command=("$root/$loader" --library-path "$libraries" "$root/$broker")
    elif PATH=$PATH:/usr/sbin mosquitto -h 2>/dev/null | grep -q "^mosquitto version $version"; then
        broker_command=("$(PATH=$PATH:/usr/sbin command -v mosquitto)")
    else
        lacks "Mosquitto $version; ci/brokers.sh brings it"
    fi
}

lacks() {
    echo "there is no $1"
    [ "${BEDNET_REQUIRE_BROKERS:-0}" = 1 ] && exit 1
    exit 77
}

find_clients() {
    local client
    for client in mosquitto_pub mosquitto_passwd openssl curl promtool python3; do
        command -v "$client" >/dev/null || lacks "$client; ci/packages.sh brings it"
    done
}

# The example as it stands, moved to a folder and ports of its own.
place_example() {
    local file
    read -r port second_port metrics_port < <(free_ports 3)
    mkdir "$work/bednet" "$work/keys"
    make_keys "$work/keys"
    make_jwks "$work/keys" >"$work/bednet/acme.jwks.json"
    make_jwks "$work/keys" >"$work/bednet/offices.jwks.json"
    make_jwks "$work/keys" >"$work/keys/good.json"
    openssl pkey -in "$work/keys/ES256.pem" -pubout -out "$work/bednet/issuer.pub.pem"
    printf 'revoked:\n  - jti: stolen\n' >"$work/bednet/revoked.yaml"
    sh tests/refresh_server/certificates.sh "$work/certs"
    ln -s good.crt "$work/certs/server.crt"
    ln -s good.key "$work/certs/server.key"
    if grep -q /pki/ "config-examples/$example/mosquitto.conf"; then
        sh tests/pki/make.sh "$work/pki"
    fi
    mosquitto_passwd -b -c "$work/passwords" historian secret 2>/dev/null
    mosquitto_passwd -b "$work/passwords" engineer secret 2>/dev/null
    chmod 600 "$work/passwords"
    for file in config-examples/"$example"/*.yaml config-examples/"$example"/mosquitto.conf; do
        sed -e "s|/usr/lib/x86_64-linux-gnu/mosquitto|$modules|" -e "s|/etc/mosquitto|$work|" \
            -e "s|/var/lib/mosquitto|$work|" \
            -e "s|^listener [18]883|listener $port 127.0.0.1|" -e "s|^listener [18]884|listener $second_port 127.0.0.1|" \
            -e "s|127\.0\.0\.1:9234|127.0.0.1:$metrics_port|" "$file" >"$work/${file##*/}"
    done
    # What an example leaves to the default path is a path of the machine that runs the test.
    if ! grep -q '^plugin_opt_policy' "$work/mosquitto.conf"; then
        sed -i "s|^plugin .*|&\nplugin_opt_policy $work/bednet.yaml|" "$work/mosquitto.conf"
    fi
    printf 'user %s\nlog_dest stderr\n' "$(id -un)" | cat - "$work/mosquitto.conf" >"$work/test.conf"
}

# It ends when its standard input does, which nobody writes to.
key_server() {
    mkfifo "$work/orders"
    exec python3 tests/refresh_server/server.py --keys "$work/keys" --certificates "$work/certs" --path "$1" \
        <>"$work/orders"
}

# start_issuer PATH: a key server takes the provider's place in the policy: where keys come from, and with discovery
# the issuer itself.
start_issuer() {
    local ports
    start "$work/issuer.log" key_server "$1"
    ports=$(await_line "$work/issuer.log" 1 '^[0-9]+ [0-9]+$') || failed "the issuer did not start"
    issuer=https://localhost:${ports% *}$1
    sed -i -e "s|https://[^ ]*/jwks.json}|https://localhost:${ports% *}/jwks, ca_file: $work/certs/ca.crt}|" \
        -e "s|{discovery: true}|{discovery: true, ca_file: $work/certs/ca.crt}|" \
        -e "s|^jwt:|jwt:\n  key_cache: $work/key-cache|" "$work/bednet.yaml"
    grep -q 'discovery: true' "$work/bednet.yaml" || return 0
    sed -i "s|issuer: https://.*|issuer: $issuer|" "$work/bednet.yaml"
}

# token ISSUER ALGORITHM DEVICE [KEY]
token() {
    local claims
    claims=$(printf '{"iss":"%s","aud":"mqtt.acme.example","sub":"device:%s","device_id":"%s","groups":["viewers"],
        "exp":%d}' "$1" "$3" "$3" $(($(date +%s) + 600)))
    sign_token "$2" "$work/keys/${4:-$2}.pem" "$claims"
}

device_token() {
    token https://id.acme.example ES256 sensor-1 "$@"
}

# publish PORT CLIENT-ID TOPIC [OPTION...]: MQTT 5 at QoS 1.
publish() {
    shown mosquitto_pub -p "$1" -V 5 -q 1 -i "$2" -t "$3" -m 1 "${@:4}"
}

accepts() {
    same "$1: accepted" "0 " "$status $said"
}

refuses_login() {
    same "$1: refused" 135 "$status"
}

refuses_action() {
    holds "$1: refused" grep -q -i 'not authori[sz]ed' <<<"$said"
}

check_devices() {
    publish "$port" sensor-1 acme/sensor-1/telemetry -u token -P "$(device_token)"
    accepts "its own topic"
    publish "$port" sensor-1 acme/sensor-2/telemetry -u token -P "$(device_token)"
    refuses_action "another's topic"
    publish "$port" sensor-1 acme/sensor-1/telemetry -u token -P "$(device_token stranger-ES256)"
    refuses_login "a forged token"
    publish "$port" sensor-2 acme/sensor-2/telemetry -u token -P "$(device_token)"
    refuses_login "another's client id"
    publish "$port" sensor-1 acme/sensor-1/telemetry
    refuses_login "no token"
}

check_quickstart() {
    check_devices
    told 'acl: deny publish client="sensor-1" .*topic="acme/sensor-2/telemetry" reason=no_rule' "the log says why"
    shown mosquitto_sub -p "$port" -V 5 -i sensor-1 -u token -P "$(device_token)" -t '#' -C 1 -W 5
    holds "a wildcard: refused" grep -q -i denied <<<"$said"
    told 'topic: deny subscribe .*reason=multi_level rule=.*bednet\.yaml:[0-9]+' "the log names the rule"
}

check_password-file() {
    check_devices
    publish "$port" historian-1 acme/sensor-1/telemetry -u historian -P secret
    refuses_action "the historian may not publish"
    publish "$port" historian-1 acme/sensor-1/telemetry -u historian -P guess
    refuses_login "a wrong password"
    demo_mark=0
    start "$work/heard" mosquitto_sub -p "$port" -i historian-1 -u historian -P secret -t acme/+/telemetry -v -C 1 \
        -W "$DEMO_DEADLINE_S"
    local subscriber=$started
    await_line "$log" 1 ': historian-1 0 acme' >/dev/null || failed "the historian could not subscribe"
    publish "$port" sensor-1 acme/sensor-1/telemetry -u token -P "$(device_token)"
    wait "$subscriber" || true
    same "the historian hears the device" "acme/sensor-1/telemetry 1" "$(cat "$work/heard")"
}

check_naming-template() {
    local by_token=(-u token -P "$(device_token)")
    publish "$port" sensor-1 acme/nb-1/sensor/sensor-1/telemetry/t "${by_token[@]}"
    accepts "a topic of that name"
    publish "$port" sensor-1 acme/nb-12345/sensor/sensor-1/telemetry/t "${by_token[@]}"
    refuses_action "a location that looks otherwise"
    told 'topic: deny publish client="sensor-1" .*reason=segment rule=.*bednet\.yaml:[0-9]+' "the log names the segment"
    publish "$port" sensor-1 initech/nb-1/sensor/sensor-1/telemetry/t "${by_token[@]}"
    refuses_action "an organization that is not listed"
    publish "$port" sensor-1 acme/nb-1/sensor/sensor-2/telemetry/t "${by_token[@]}"
    refuses_action "another's topic"
    publish "$port" sensor-1 acme/nb-1 "${by_token[@]}"
    refuses_action "too short a topic"
    told 'topic: deny publish client="sensor-1" .*reason=template rule=.*bednet\.yaml:[0-9]+' "the log names the list"
    shown mosquitto_sub -p "$port" -V 5 -i sensor-1 "${by_token[@]}" -t 'acme/nb-1/sensor/+/command/x' -C 1 -W 5
    holds "a wildcard in place of the device: refused" grep -q -i denied <<<"$said"
}

check_two-listeners() {
    local office
    office=$(token https://offices.acme.example RS256 office)
    check_devices
    publish "$second_port" sensor-1 acme/sensor-1/telemetry -u token -P "$(device_token)"
    refuses_login "a device at the offices' listener"
    publish "$port" office-1 acme/sensor-1/telemetry -u token -P "$office"
    refuses_login "an office at the devices' listener"
    publish "$second_port" office-1 acme/sensor-1/telemetry -u token -P "$office"
    refuses_action "an office may not publish telemetry"
    start "$work/heard" mosquitto_sub -p "$second_port" -i office-2 -u token -P "$office" -t acme/+/telemetry -v -C 1 \
        -W "$DEMO_DEADLINE_S"
    local subscriber=$started
    await_line "$log" 1 ': office-2 0 acme' >/dev/null || failed "the office could not subscribe"
    publish "$port" sensor-1 acme/sensor-1/telemetry -u token -P "$(device_token)"
    wait "$subscriber" || true
    same "the office hears the device" "acme/sensor-1/telemetry 1" "$(cat "$work/heard")"
}

# provider_token CLAIMS [KEY]: an access token as the provider makes it, but for the time.
provider_token() {
    sign_token RS256 "$work/keys/${2:-RS256}.pem" "${1/NOW/"\"iat\":$(date +%s),\"exp\":$(($(date +%s) + 300))"}"
}

# check_provider CLIENT-ID CLAIMS OTHER-CLAIMS: the device with the first, and what another tenant's or
# application's token comes to.
check_provider() {
    local tls=(--cafile "$work/certs/ca.crt" -h localhost -u token)
    demo_mark=0
    await_line "$log" 1 'bednet: jwt: .*keys' >/dev/null || failed "no keys were fetched"
    publish "$port" "$1" "acme/$1/telemetry" "${tls[@]}" -P "$(provider_token "$2")"
    accepts "its own topic"
    publish "$port" "$1" acme/another/telemetry "${tls[@]}" -P "$(provider_token "$2")"
    refuses_action "another's topic"
    publish "$port" another "acme/another/telemetry" "${tls[@]}" -P "$(provider_token "$2")"
    refuses_login "another's client id"
    publish "$port" "$1" "acme/$1/telemetry" "${tls[@]}" -P "$(provider_token "$3")"
    refuses_login "a token that is not for here"
    publish "$port" "$1" "acme/$1/telemetry" "${tls[@]}" -P "$(provider_token "$2" stranger-RS256)"
    refuses_login "a forged token"
}

check_keycloak() {
    local claims='{NOW,"jti":"7d1f","iss":"ISSUER","aud":["mqtt","account"],"sub":"0b7c","typ":"Bearer","azp":"sensor-1",
        "acr":"1","realm_access":{"roles":["offline_access","uma_authorization"]},"resource_access":{"mqtt":{"roles":
        ["device"]},"account":{"roles":["view-profile"]}},"scope":"profile email","clientHost":"192.0.2.7",
        "email_verified":false,"preferred_username":"service-account-sensor-1","client_id":"sensor-1"}'
    claims=${claims/ISSUER/$issuer}
    check_provider sensor-1 "$claims" "${claims/'"mqtt","account"'/'"account"'}"
}

check_auth0() {
    local claims='{NOW,"iss":"https://acme.eu.auth0.com/","sub":"Zx81@clients","aud":"https://mqtt.acme.example",
        "azp":"Zx81","gty":"client-credentials","scope":"device","permissions":["device"],
        "https://acme.example/device_id":"sensor-1"}'
    check_provider sensor-1 "$claims" "${claims/client-credentials/password}"
}

check_entra() {
    local claims='{NOW,"aud":"66666666-7777-8888-9999-000000000000","iss":"ISSUER","nbf":1700000000,"aio":"E2Zg",
        "azp":"aaaa-bbbb","azpacr":"1","oid":"cccc-dddd","rh":"0.A","roles":["device"],"sub":"cccc-dddd",
        "tid":"11111111-2222-3333-4444-555555555555","uti":"x","ver":"2.0"}'
    claims=${claims/ISSUER/$issuer}
    check_provider aaaa-bbbb "$claims" "${claims/'"tid":"1'/'"tid":"9'}"
}

# minted DEVICE [OPTION...]: by the command that comes with Bednet.
minted() {
    "${modules%/modules}/tools/bednet" token mint --key "$work/keys/ES256.pem" --alg ES256 \
        --issuer https://issuer.acme.example --audience mqtt.acme.example --subject "$1" --lifetime 1h "${@:2}"
}

check_own-issuer() {
    local tls=(--cafile "$work/certs/ca.crt" -h localhost -u token)
    publish "$port" sensor-1 acme/sensor-1/telemetry "${tls[@]}" -P "$(minted sensor-1)"
    accepts "its own topic"
    holds "identities have a file" [ -s "$work/bednet-identities.db" ]
    publish "$port" sensor-1 acme/sensor-1/telemetry "${tls[@]}" -P "$(minted sensor-2)"
    refuses_login "another's token"
    publish "$port" sensor-1 acme/sensor-1/telemetry "${tls[@]}" -P "$(minted sensor-1 --claim jti=stolen)"
    refuses_login "a revoked token"
    told 'jwt: deny login .*reason=revoked rule=.*bednet\.yaml:[0-9]+' "the log says why"
    printf 'revoked:\n  - sub: sensor-1\n' >"$work/bednet/new.yaml"
    mark_log
    mv "$work/bednet/new.yaml" "$work/bednet/revoked.yaml"
    told 'bednet: jwt: .*revo' "the new list is read without a reload"
    publish "$port" sensor-1 acme/sensor-1/telemetry "${tls[@]}" -P "$(minted sensor-1)"
    refuses_login "a device that was revoked"
}

# trusting: how to reach the broker of pki.md. by NAME: with that certificate of its.
trusting() {
    tls=(--cafile "$work/pki/root-ca.crt" -h localhost)
}

by() {
    trusting
    tls+=(--cert "$work/pki/$1.crt" --key "$work/pki/$1.key")
}

# Mosquitto's clients have no one code for a handshake that failed, and the broker no name for who that was.
refuses_handshake() {
    holds "$1: no handshake" [ "$status" -ne 0 ]
}

# told_alone PATTERN WHAT: this is the first denial of a login that the log tells since the mark, so that WHAT was none.
told_alone() {
    told "deny login .*$1" "the log says why"
    same "$2: never got as far as a login" 1 "$(tail -n +$((demo_mark + 1)) "$log" | grep -c 'deny login')"
}

# A certificate for sensor-1 as the devices' authority makes it, but by that of the services.
make_impostor() {
    (cd "$work/pki" && SITE=north DEVICE=sensor-1 openssl ca -config pki.cnf -name service -batch -notext \
        -subj /O=Acme/OU=sensors/CN=sensor-1 -extfile device.ext -in sensor-1.csr -out impostor.crt) 2>/dev/null
    cat "$work/pki/service-ca.crt" >>"$work/pki/impostor.crt"
    ln "$work/pki/sensor-1.key" "$work/pki/impostor.key"
}

check_device_certificate() {
    by sensor-1
    publish "$port" sensor-1 acme/north/sensor-1/telemetry "${tls[@]}" "$@"
    accepts "its own topic"
    publish "$port" sensor-1 acme/north/sensor-2/telemetry "${tls[@]}" "$@"
    refuses_action "another's topic"
    publish "$port" sensor-2 acme/north/sensor-2/telemetry "${tls[@]}" "$@"
    refuses_login "another's client id"
    # The log is a moment late.
    told 'deny login client="sensor-2"' "the log says whose"
    trusting
    mark_log
    publish "$port" sensor-1 acme/north/sensor-1/telemetry "${tls[@]}" "$@"
    refuses_handshake "no certificate"
    make_impostor
    by impostor
    publish "$port" sensor-1 acme/north/sensor-1/telemetry "${tls[@]}" "$@"
    refuses_login "a certificate of the wrong authority"
    told_alone 'client="sensor-1" .*reason=certificate_rule rule=.*bednet\.yaml:[0-9]+' "no certificate"
}

# revokes DEVICE: by the commands of pki.md, while it is connected (with further options).
revokes() {
    local subscriber
    by "$1"
    demo_mark=0
    start "$work/revoked" mosquitto_sub -p "$port" -V 5 -i "$1" "${tls[@]}" -t "acme/north/$1/command/#" -W 60 "${@:2}"
    subscriber=$started
    await_line "$log" 1 ": $1 0 acme" >/dev/null || failed "the device could not subscribe"
    mark_log
    sh tests/pki/make.sh "$work/pki" "Revoking a device"
    told "$1.*(administrative action|revoked)|revoked.*$1" "its session ends, without a reload"
    stop "$subscriber"
    publish "$port" "$1" "acme/north/$1/telemetry" "${tls[@]}" "${@:2}"
    refuses_login "a device that was revoked"
    told "cert: deny login client=\"$1\" .*reason=revoked" "the log says why"
}

check_client-certificates() {
    check_device_certificate
    by gateway-1
    publish "$port" gateway-1 acme/south/pump-7/telemetry "${tls[@]}"
    accepts "a gateway for another device of its site"
    publish "$port" gateway-1 acme/north/sensor-1/telemetry "${tls[@]}"
    refuses_action "a gateway for another site"
    by historian
    publish "$port" historian acme/north/sensor-1/telemetry "${tls[@]}"
    refuses_action "a service may not publish"
    demo_mark=0
    start "$work/heard" mosquitto_sub -p "$port" -i historian-1 "${tls[@]}" -t acme/+/+/telemetry -v -C 1 \
        -W "$DEMO_DEADLINE_S"
    local subscriber=$started
    await_line "$log" 1 ': historian-1 0 acme' >/dev/null || failed "the service could not subscribe"
    by sensor-1
    publish "$port" sensor-1 acme/north/sensor-1/telemetry "${tls[@]}"
    wait "$subscriber" || true
    same "the service hears the device" "acme/north/sensor-1/telemetry 1" "$(cat "$work/heard")"
    revokes sensor-2
}

check_certificate-and-token() {
    local token=(-u token -P "$(device_token)")
    check_device_certificate "${token[@]}"
    by sensor-1
    publish "$port" sensor-1 acme/north/sensor-1/telemetry "${tls[@]}"
    refuses_login "the certificate alone"
    told 'cert: deny login client="sensor-1" .*reason=no_token' "the log says why"
    publish "$port" sensor-1 acme/north/sensor-1/telemetry "${tls[@]}" -u token -P "$(device_token stranger-ES256)"
    refuses_login "the certificate and a forged token"
    publish "$port" sensor-1 acme/north/sensor-1/telemetry "${tls[@]}" -u token -P secret
    refuses_login "the certificate and a password"
    by gateway-1
    publish "$port" gateway-1 acme/south/gateway-1/telemetry "${tls[@]}" "${token[@]}"
    refuses_login "the certificate of one device with the token of another"
    told 'jwt: deny login client="gateway-1" .*reason=factors_disagree' "the log says why"
    revokes sensor-2 -u token -P "$(token https://id.acme.example ES256 sensor-2)"
}

check_certificate-or-token() {
    by sensor-1
    publish "$port" sensor-1 acme/sensor-1/telemetry "${tls[@]}"
    accepts "by certificate: its own topic"
    publish "$port" sensor-1 acme/sensor-2/telemetry "${tls[@]}"
    refuses_action "by certificate: another's topic"
    publish "$second_port" sensor-1 acme/sensor-1/telemetry "${tls[@]}"
    refuses_login "a certificate where none is asked for"
    by historian
    publish "$port" historian acme/sensor-1/telemetry "${tls[@]}" -u historian -P secret
    refuses_login "a certificate that no rule fits, whatever password comes with it"
    told 'cert: deny login client="historian" .*reason=certificate_rule' "the log says why"
    trusting
    mark_log
    publish "$port" sensor-1 acme/sensor-1/telemetry "${tls[@]}" -u token -P "$(device_token)"
    refuses_handshake "a token where a certificate is asked for"
    publish "$second_port" sensor-1 acme/sensor-1/telemetry "${tls[@]}" -u token -P "$(device_token)"
    accepts "by token: its own topic"
    publish "$second_port" sensor-1 acme/sensor-2/telemetry "${tls[@]}" -u token -P "$(device_token)"
    refuses_action "by token: another's topic"
    publish "$second_port" sensor-1 acme/sensor-1/telemetry "${tls[@]}" -u token -P "$(device_token stranger-ES256)"
    refuses_login "a forged token"
    told_alone 'client="sensor-1" .*reason=signature' "a token where a certificate is asked for"
    publish "$second_port" sensor-1 acme/sensor-1/telemetry "${tls[@]}"
    refuses_login "nothing"
    publish "$second_port" historian acme/sensor-1/telemetry "${tls[@]}" -u historian -P guess
    refuses_login "a wrong password"
    demo_mark=0
    start "$work/heard" mosquitto_sub -p "$second_port" -i historian-1 "${tls[@]}" -u historian -P secret \
        -t acme/+/telemetry -v -C 1 -W "$DEMO_DEADLINE_S"
    local subscriber=$started
    await_line "$log" 1 ': historian-1 0 acme' >/dev/null || failed "the historian could not subscribe"
    by sensor-1
    publish "$port" sensor-1 acme/sensor-1/telemetry "${tls[@]}"
    wait "$subscriber" || true
    same "by password, the historian hears the device" "acme/sensor-1/telemetry 1" "$(cat "$work/heard")"
}

check_observe() {
    publish "$port" one home/kitchen
    accepts "what is allowed"
    publish "$port" one office/kitchen
    accepts "what is not allowed"
    told 'acl: would deny publish client="one" .*topic="office/kitchen" reason=no_rule' "the log says what would be"
    publish "$port" one home//kitchen
    accepts "what breaks the rules for topics"
    told 'topic: would deny publish .*reason=empty_levels rule=.*bednet\.yaml:[0-9]+' "the log says what would be"
}

# exception_until TIME: the example as it is when somebody has written that into it and reloaded.
exception_until() {
    sed -i "s/until: [^,]*,/until: $1,/" "$work/bednet.yaml"
    mark_log
    kill -HUP "$broker_process"
    told 'bednet: policy .* reloaded: ' "the policy is reloaded"
}

gauge_of_exceptions() {
    curl -sS --max-time 5 "http://127.0.0.1:$metrics_port/metrics" | sed -n 's/^mosquitto_policy_exceptions //p'
}

# Tomorrow at noon is far enough away; the end itself is a few seconds away then.
check_debugging() {
    local engineer=(-p "$port" -V 5 -i engineer-1 -u engineer -P secret) subscriber
    check_devices
    exception_until "$(date -d 'tomorrow 12:00' +%Y-%m-%dT%H:%M:%S%:z)"
    told 'exception .*bednet\.yaml:[0-9:]+: role engineer is exempt from topics\.wildcards until .*: incident 4711' \
        "the log says that there is an exception"
    same "one is in force" 1 "$(gauge_of_exceptions)"
    shown mosquitto_sub -p "$port" -V 5 -i historian-1 -u historian -P secret -t '#' -C 1 -W 5
    holds "somebody else's wildcard: refused" grep -q -i denied <<<"$said"
    demo_mark=0
    start "$work/heard" mosquitto_sub "${engineer[@]}" -t '#' -v
    subscriber=$started
    await_line "$log" 1 ': engineer-1 0 #' >/dev/null || failed "the engineer could not subscribe"
    told 'topic: except subscribe client="engineer-1" .*topic="#" reason=multi_level rule=.*bednet\.yaml:[0-9]+' \
        "the log says what only the exception allowed"
    publish "$port" sensor-1 acme/sensor-1/telemetry -u token -P "$(device_token)"
    same "the engineer hears the device" "acme/sensor-1/telemetry 1" "$(await_line "$work/heard" 1 '^acme/')"
    exception_until "$(date -d '5 seconds' +%s)"
    told 'exception .* ended: role engineer is no longer exempt from topics\.wildcards: incident 4711' "it ends by itself"
    told 'topic: (remove|disconnect) subscribe client="engineer-1" .*topic="#" reason=multi_level' "so does the subscription"
    stop "$subscriber"
    same "none is in force" 0 "$(gauge_of_exceptions)"
    shown mosquitto_sub "${engineer[@]}" -t '#' -C 1 -W 5
    holds "the engineer's wildcard: refused" grep -q -i denied <<<"$said"
    start "$work/heard" mosquitto_sub "${engineer[@]}" -t acme/+/telemetry -v -C 1 -W "$DEMO_DEADLINE_S"
    subscriber=$started
    await_line "$log" 1 ': engineer-1 0 acme' >/dev/null || failed "the engineer could not subscribe to what is left"
    publish "$port" sensor-1 acme/sensor-1/telemetry -u token -P "$(device_token)"
    wait "$subscriber" || true
    same "what needs no exception is heard as before" "acme/sensor-1/telemetry 1" "$(cat "$work/heard")"
    exception_until "$(date -d '1 minute ago' +%s)"
    told 'exception .* role engineer was exempt .*, which is over: incident 4711' "a time in the past is a warning"
    same "and no exception" 0 "$(gauge_of_exceptions)"
}

check_monitoring() {
    check_devices
    curl -sS --max-time 5 "http://127.0.0.1:$metrics_port/metrics" >"$work/metrics"
    holds "the denial was counted" grep -q '^mosquitto_acl_denials_total{action="publish",reason="no_rule"} 1$' \
        "$work/metrics"
    holds "promtool is content with the page" promtool check metrics <"$work/metrics"
    sed "s|/usr/share/bednet|$PWD/monitoring|" config-examples/monitoring/prometheus.yml >"$work/prometheus.yml"
    holds "and with the configuration" promtool check config "$work/prometheus.yml"
}

find_broker
find_clients
work=$(mktemp -d "${TMPDIR:-/tmp}/bednet-example.XXXXXX")
log=$work/mosquitto.log
finish() {
    stop_all
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

place_example
case $example in
keycloak) start_issuer /realms/fleet ;;
auth0) start_issuer / ;;
entra) start_issuer /11111111-2222-3333-4444-555555555555/v2.0 ;;
esac
start "$log" "${broker_command[@]}" -c "$work/test.conf" -v
broker_process=$started
if ! await_line "$log" 1 "mosquitto version ${version//./\\.} running" >/dev/null; then
    failed "the broker did not start"
else
    "check_$example"
fi
if [ "$demo_failed" -gt 0 ]; then
    printf '\nthe broker said:\n'
    cat "$log"
    exit 1
fi
