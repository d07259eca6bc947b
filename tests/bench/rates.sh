# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Messages a second, CPU time and latency by the number of rules: the bare broker, the access lists that brokers bring
# along, bednet_acl.so alone with the same rules, and the whole suite. All brokers are up at once and are loaded in
# turn, round by round; ratios are taken within a round. Sourced by run.sh.

rates_rounds=9
latency_rounds=3
rates_rules=(10 1000 10000)
rates_most=10000
rates_kinds=(acl_file dynsec acl suite)
rates_seconds=0.35 # that the load of a broker lasts, about
latency_rate=500
latency_seconds=2
# With 10,000 rules: the rate of bednet_acl.so against acl_file's.
rates_limit_faster=18
declare -A rates_labels=([bare]='bare' [acl_file]='acl_file' [dynsec]='dynamic-security' [acl]='bednet_acl.so alone'
    [suite]='the whole suite')

# rates_variants: names of brokers, KIND-RULES, as the array `variants`.
rates_variants() {
    local kind rules
    variants=(bare-0)
    for kind in "${rates_kinds[@]}"; do
        for rules in "${rates_rules[@]}"; do
            variants+=("$kind-$rules")
        done
    done
}

# send VARIANT LOAD...: one publisher, one subscriber.
send() {
    local kind=${1%-*} who=() target
    topics_of one
    [ "$kind" != suite ] ||
        who=(--username token --tokens "$work/$publisher.RS256" --subscriber-tokens "$work/$subscriber.RS256")
    if ! generate "$(port_of "$1")" publish --id "$publisher" --subscriber-id "$subscriber" --size 64 \
        --broker-pid "$(cat "$work/$1.pid")" "${who[@]}" "${target[@]}" "${@:2}"; then
        cat "$work/load.log" "$work/$1.log" >&2
        die "the load failed: $*"
    fi
}

# try_rates: how many messages each broker is sent in a round, as `amounts`: a slow one gets fewer.
try_rates() {
    local variant
    for variant in "${variants[@]}"; do
        send "$variant" --window 20 --messages 300
        send "$variant" --window 20 --messages 300
        amounts[$variant]=$(figure messages delivered_per_second |
            awk -v s="$rates_seconds" '{ n = int($1 * s); print n < 300 ? 300 : n }')
    done
}

# rate_rounds: a line a round and variant: VARIANT RATE CPU. Every second round runs backwards.
rate_rounds() {
    local round variant order
    for ((round = 0; round < rates_rounds; round++)); do
        order=("${variants[@]}")
        [ $((round % 2)) -eq 0 ] || mapfile -t order < <(printf '%s\n' "${order[@]}" | tac)
        for variant in "${order[@]}"; do
            send "$variant" --window 20 --messages "${amounts[$variant]}"
            echo "$variant $(figure messages delivered_per_second) $(figure broker cpu_us_per_message)"
        done
    done
}

# latency_rounds_of: a line a round and variant: VARIANT P50 P90 P99 P99.9, in microseconds.
latency_rounds_of() {
    local round variant
    for ((round = 0; round < latency_rounds; round++)); do
        for variant in bare-0 "${rates_kinds[@]/%/-$rates_most}"; do
            send "$variant" --rate "$latency_rate" --duration "${latency_seconds}s" --allow-lost 0
            echo "$variant $(figure latency p50_us) $(figure latency p90_us) $(figure latency p99_us)" \
                "$(figure latency p999_us)"
        done
    done
}

# rate_column VARIANT N: that column of all rounds; rate_ratios VARIANT OTHER N: the quotients within the rounds.
rate_column() {
    awk -v variant="$1" -v n="$2" '$1 == variant { print $n }' "$work/$3"
}

rate_ratios() {
    paste <(rate_column "$1" "$3" rates.rounds) <(rate_column "$2" "$3" rates.rounds) | awk '{ printf "%.4f\n", $1 / $2 }'
}

rate_line() { # VERSION VARIANT
    local kind=${2%-*} rules=${2#*-} rate cpu of_rate of_cpu i latency=''
    rate=$(rate_column "$2" 2 rates.rounds | quantile 0.5)
    cpu=$(rate_column "$2" 3 rates.rounds | quantile 0.5)
    of_rate=$(rate_ratios "$2" bare-0 2 | quantile 0.5)
    of_cpu=$(rate_ratios "$2" bare-0 3 | quantile 0.5)
    for i in 2 3 4 5; do
        latency+=" $(rate_column "$2" "$i" latency.rounds | quantile 0.5 2>/dev/null || true) |"
    done
    echo "$1 $kind $rules $rate $cpu" >>"$work/rates.dat"
    case $latency in *[0-9]*) echo "$1 $kind $rules ${latency//|/}" >>"$work/latency.dat" ;; esac
    echo "| $1 | ${rates_labels[$kind]} | $([ "$rules" = 0 ] || thousands "$rules") |" \
        "$(thousands "$(printf '%.0f' "$rate")") | x$(in_hundredths <<<"$of_rate") |" \
        "$(printf '%.1f' "$cpu") | x$(in_hundredths <<<"$of_cpu")" \
        "[$(rate_ratios "$2" bare-0 3 | quantile 0.25 | in_hundredths)," \
        "$(rate_ratios "$2" bare-0 3 | quantile 0.75 | in_hundredths)] |$latency"
}

judge_rates() { # VERSION
    local faster
    faster=$(rate_ratios "acl-$rates_most" "acl_file-$rates_most" 2 | quantile 0.5)
    at_least "$faster" "$rates_limit_faster" "rate on $1 with $rates_most rules, of acl_file's"
    echo "$1 $faster $(rate_ratios "acl-$rates_most" "dynsec-$rates_most" 2 | quantile 0.5)" >>"$work/faster"
}

measure_rates() {
    local version variant variants
    declare -A amounts
    rates_variants
    rm -f "$work"/{rates,latency}.dat "$work/faster"
    echo '| broker | access | rules | messages/s | of bare | CPU, us | of bare [quartiles] | p50, us | p90 | p99 | p99.9 |'
    echo '|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|'
    for version in "${versions[@]}"; do
        find_broker "$version"
        for variant in "${variants[@]}"; do
            prepare_broker "$variant" "${variant%-*}" "${variant#*-}"
            start_broker "$variant"
        done
        try_rates
        rate_rounds >"$work/rates.rounds"
        latency_rounds_of >"$work/latency.rounds"
        stop_all_brokers
        for variant in "${variants[@]}"; do
            rate_line "$version" "$variant"
        done
        judge_rates "$version"
    done
    while read -r version faster dynsec; do
        printf '\n%s with 10,000 rules: bednet_acl.so passes on %.1f times as many messages as acl_file (at least %s), ' \
            "$version" "$faster" "$rates_limit_faster"
        printf '%.1f times as many as dynamic-security.\n' "$dynsec"
    done <"$work/faster"
}
