# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034
# What a reload costs the broker: a soak in which 100,000 rules are read anew every two seconds under 5,000 messages a
# second, and the instructions of its thread when a new policy comes into force. Sourced by run.sh.

reload_seconds=${BEDNET_RELOAD_SECONDS:-60}
reload_every_ms=2000
reload_rate=5000
reload_rules=100000
reload_pause_ms=5
exchange_rules=(10 1000 100000)
exchange_growth=1.2
# RSS may grow by so much from the sixth reload to the last: the heap's, whichever way its pieces fell.
reload_growth=1.25

# soak_policy RULES even|odd METRICS_PORT: the policy of the other measurements, and what swap.c asks for.
soak_policy() {
    make_policy "$1" "$3" | sed "s|^roles:\$|roles:\n  soak:\n    members: {anonymous: true}\n    allow:\n      publish: [soak/both, soak/$2]\n      subscribe: [soak/+]|"
}

# prepare_soak NAME RULES: as prepare_broker, with both policies, and measured from inside.
prepare_soak() {
    local metrics_port
    rm -f "$work/$1".*yaml # which may be one file
    if [ "$2" -gt 0 ]; then
        prepare_broker "$1" suite "$2"
    else
        prepare_broker "$1" bare
    fi
    printf 'plugin %s/bench/bench_turns.so\nplugin_opt_out %s/%s.turns\n' \
        "$build" "$work" "$1" >>"$work/$1.conf"
    [ "$2" -gt 0 ] || return 0
    metrics_port=$(free_port)
    soak_policy "$2" even "$metrics_port" >"$work/$1.even.yaml"
    soak_policy "$2" odd "$metrics_port" >"$work/$1.odd.yaml"
    ln -f "$work/$1.even.yaml" "$work/$1.yaml"
}

# value FILE WORD
value() {
    awk -v word="$2" '$1 == word { print $2 }' "$1"
}

# soak NAME [POLICY EVEN ODD]: leaves $work/NAME.swap.
soak() {
    local name=$1
    shift
    "$build/bench/bench_swap" "$(port_of "$name")" "$broker_pid" "$reload_seconds" "$reload_every_ms" "$reload_rate" "$@" \
        >"$work/$name.swap" || { cat "$work/$name.swap" >&2; echo "exceeded: soak of $name" >>"$work/exceeded"; }
}

milliseconds() {
    awk -v ns="$1" 'BEGIN { printf "%.2f", ns / 1e6 }'
}

soak_line() { # VERSION NAME RULES MEMORY
    local swap=$work/$2.swap turns=$work/$2.turns
    echo "| $1 | $3 | $(value "$swap" reloads) | $(thousands "$(value "$swap" sent)") | $(value "$swap" lost) |" \
        "$(value "$swap" wrong) | $(milliseconds "$(value "$turns" cpu_ns)") |" \
        "$(milliseconds "$(value "$turns" wall_ns)") | $(milliseconds "$(value "$swap" p999_ns)") |" \
        "$(milliseconds "$(value "$swap" most_ns)") | $4 |"
}

# The broker's memory after some reloads, and after all of them.
soak_suite() { # VERSION
    local swap=$work/suite.swap
    prepare_soak suite "$reload_rules"
    start_broker suite
    soak suite "$work/suite.yaml" "$work/suite.even.yaml" "$work/suite.odd.yaml"
    stop_broker suite
    soak_line "$1" suite "$(thousands "$reload_rules")" \
        "$(($(value "$swap" warm_kib) / 1024)), $(($(value "$swap" rss_kib) / 1024))"
    if [ "$(value "$swap" warm_kib)" -eq 0 ]; then
        echo "exceeded: too few reloads on $1 to say anything of memory" >>"$work/exceeded"
        return
    fi
    within "$(value "$swap" rss_kib)" "$(awk -v kib="$(value "$swap" warm_kib)" -v growth="$reload_growth" \
        'BEGIN { print kib * growth }')" "KiB after the soak on $1"
}

soak_bare() { # VERSION
    prepare_soak bare 0
    start_broker bare
    soak bare
    stop_broker bare
    soak_line "$1" bare bare ''
}

# exchange_cost RULES: instructions of the broker's thread for one new policy, from the look at it on.
exchange_cost() {
    local rounds=2 i
    prepare_soak exchange "$1"
    counter exchange
    start_broker exchange "${counter_argv[@]}" --toggle-collect=bednet_chain_exchange
    for ((i = 1; i <= rounds; i++)); do
        kill -HUP "$broker_pid"
        until [ "$(grep -c ' reloaded: ' "$work/exchange.log")" -ge "$i" ]; do
            kill -0 "$broker_pid" || die "the broker ended"
            sleep 0.1
        done
    done
    stop_broker exchange
    echo $(($(instructions exchange) / rounds))
}

measure_reload() {
    local version rules cost least=''
    echo '| broker | rules | reloads | messages | lost | wrong | longest turn, CPU ms | ms | probe 99.9 %, ms | most, ms | RSS, MiB |'
    echo '|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|'
    for version in "${versions[@]}"; do
        find_broker "$version"
        soak_bare "$version"
        soak_suite "$version"
        within "$(($(value "$work/suite.turns" cpu_ns) - $(value "$work/bare.turns" cpu_ns)))" \
            $((reload_pause_ms * 1000000)) "nanoseconds of a turn on $version"
    done
    echo
    echo '| broker | rules | instructions to take a policy |'
    echo '|---|---:|---:|'
    find_broker "${versions[0]}"
    for rules in "${exchange_rules[@]}"; do
        cost=$(exchange_cost "$rules")
        least=${least:-$cost}
        echo "| ${versions[0]} | $(thousands "$rules") | $(thousands "$cost") |"
        within "$cost" "$(awk -v least="$least" -v growth="$exchange_growth" 'BEGIN { print least * growth }')" \
            "instructions to take a policy of $rules rules"
    done
}
