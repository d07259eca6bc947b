# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What rules and clients that are only there take of memory: resident memory of the broker, with so many of them and
# with few, and for clients against a bare broker that was sent the same packets. Sourced by run.sh.

memory_rules=(10 100000)
memory_clients=(100 5100)
memory_limit_rule=250
memory_limit_client=256
declare -A memory_labels=([anonymous]='without credentials' [token]='by token')

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

# own_with KIND WHO CLIENTS: bytes of a broker that was just started and that so many clients came to, without those of
# mapped files: how much of its libraries the kernel happens to read ahead is more than what some clients take.
own_with() {
    local who=()
    [ "$2" != token ] || who=(--username token --mint-key "$work/ES256.key" --mint-alg ES256 --mint-kid ES256
        --mint-issuer https://id.acme.example --mint-audience mqtt.acme.example --mint-claim 'device_id=%c'
        --mint-claim "site=$site" --mint-claim 'roles:=["device","common"]')
    prepare_broker memory "$1" 10
    start_broker memory
    generate "$(port_of memory)" idle --clients "$3" --id 'device-%d' "${who[@]}" --duration 1s \
        --ping 1h --keepalive 0 --broker-pid "$broker_pid" || {
        cat "$work/load.log" "$work/memory.log" >&2
        die "the load failed: $1, $2"
    }
    stop_broker memory
    figure broker own_bytes_start
}

# per_client KIND WHO: bytes for each more client. The first ones make the broker load what all of them use.
per_client() {
    local few=${memory_clients[0]} many=${memory_clients[1]}
    per_unit "$(own_with "$1" "$2" "$few")" "$few" "$(own_with "$1" "$2" "$many")" "$many"
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
        for who in anonymous token; do
            bare=$(per_client bare "$who")
            bytes=$(per_client suite "$who")
            echo "| $version | an idle client, ${memory_labels[$who]}, bare | $(thousands "$bare") | | |"
            echo "| $version | an idle client, ${memory_labels[$who]}, the suite | $(thousands "$bytes") |" \
                "$(thousands $((bytes - bare))) | $memory_limit_client |"
            within $((bytes - bare)) "$memory_limit_client" "an idle client on $version, ${memory_labels[$who]}, in bytes"
        done
    done
}
