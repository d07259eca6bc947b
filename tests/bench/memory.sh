# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What rules and clients that are only there take of memory: resident memory of the broker, with so many of them and
# with few, and for clients against the bare broker. Sourced by run.sh.

memory_rules=(10 100000)
memory_clients=5000
memory_limit_rule=250
memory_limit_client=256
declare -A memory_labels=([bare]='bare' [anonymous]='the suite, without credentials' [token]='the suite, by token')

# resident NAME: bytes of the running broker.
resident() {
    awk '/^VmRSS:/ { print $2 * 1024 }' "/proc/$(cat "$work/$1.pid")/status"
}

# per_rule STYLE: bytes of memory for each more rule, once they are in force.
per_rule() {
    local rules bytes=()
    for rules in "${memory_rules[@]}"; do
        prepare_broker acl acl "$rules"
        start_broker acl
        bytes+=("$(resident acl)")
        stop_broker acl
    done
    per_unit "${bytes[0]}" "${memory_rules[0]}" "${bytes[1]}" "${memory_rules[1]}"
}

# per_client WHO: bytes for each client of a broker that was just started.
per_client() {
    local kind=suite who=()
    [ "$1" != bare ] || kind=bare
    [ "$1" != token ] || who=(--username token --mint-key "$work/ES256.key" --mint-alg ES256 --mint-kid ES256
        --mint-issuer https://id.acme.example --mint-audience mqtt.acme.example --mint-claim 'device_id=%c'
        --mint-claim "site=$site" --mint-claim 'roles:=["device","common"]')
    prepare_broker memory "$kind" 10
    start_broker memory
    generate "$(port_of memory)" idle --clients "$memory_clients" --id 'device-%d' "${who[@]}" --duration 1s \
        --ping 1h --keepalive 0 --broker-pid "$broker_pid" || {
        cat "$work/load.log" "$work/memory.log" >&2
        die "the load failed: $1"
    }
    stop_broker memory
    figure broker rss_bytes_per_client
}

measure_memory() {
    local version who bytes bare
    echo '| broker | what | bytes | beyond bare | allowed |'
    echo '|---|---|---:|---:|---:|'
    for version in "${versions[@]}"; do
        find_broker "$version"
        bytes=$(per_rule)
        within "$bytes" "$memory_limit_rule" "a rule of ${memory_rules[1]} on $version, in bytes"
        echo "| $version | a rule, of $(thousands "${memory_rules[1]}") | $bytes | | $memory_limit_rule |"
        for who in bare anonymous token; do
            bytes=$(per_client "$who" | awk '{ printf "%.0f", $1 }')
            [ "$who" != bare ] || bare=$bytes
            echo "| $version | an idle client, ${memory_labels[$who]} | $(thousands "$bytes") |" \
                "$([ "$who" = bare ] || thousands $((bytes - bare))) | $([ "$who" = bare ] || echo "$memory_limit_client") |"
            [ "$who" = bare ] ||
                within $((bytes - bare)) "$memory_limit_client" "an idle client on $version, ${memory_labels[$who]}, in bytes"
        done
    done
}
