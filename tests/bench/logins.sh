# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What a login by token costs the broker in CPU time, user and kernel, against an anonymous one on the bare broker.
# Both brokers are up at once and are loaded in turn, round by round: the ratio is taken within a round, for a machine
# that others use is faster in one second than in the next. Sourced by run.sh.

logins_limit=1.6 # of RS256
logins_count=640
logins_rounds=25
logins_counts=(64 640) # for callgrind
logins_variants=(anonymous RS256 ES256 EdDSA)

party_of() { # VARIANT
    case $1 in
    bare | anonymous) echo device ;;
    *) echo "device:$work/device.$1" ;;
    esac
}

broker_of() { # VARIANT
    if [ "$1" = bare ]; then echo bare; else echo suite; fi
}

# cpu_of VARIANT COUNT: nanoseconds of the broker for each login.
cpu_of() {
    local name count nanoseconds
    name=$(broker_of "$1")
    read -r count nanoseconds < <("$build/bench/bench_load" logins "${ports[$name]}" "$2" "$(party_of "$1")" \
        "$(cat "$work/$name.pid")")
    [ "$count" = "$2" ] || die "logins failed: $1"
    echo $((nanoseconds / count))
}

# rounds: one line a round, the cost of `bare` and then of each variant. Every second round runs backwards.
rounds() {
    local round variant order
    declare -A cost
    for ((round = 0; round < logins_rounds; round++)); do
        order=(bare "${logins_variants[@]}")
        [ $((round % 2)) -eq 0 ] || mapfile -t order < <(printf '%s\n' "${order[@]}" | tac)
        for variant in "${order[@]}"; do
            cost[$variant]=$(cpu_of "$variant" "$logins_count")
        done
        printf '%s' "${cost[bare]}"
        for variant in "${logins_variants[@]}"; do
            printf ' %s' "${cost[$variant]}"
        done
        echo
    done
}

per_login() { # VARIANT
    local name first second party
    name=$(broker_of "$1")
    party=$(party_of "$1")
    first=$(broker_total "$name" logins "${ports[$name]}" "${logins_counts[0]}" "$party")
    second=$(broker_total "$name" logins "${ports[$name]}" "${logins_counts[1]}" "$party")
    per_unit "$first" "${logins_counts[0]}" "$second" "${logins_counts[1]}"
}

# column N: the Nth number of every round; ratios N: that divided by the first.
column() {
    awk -v n="$1" '{ print $n }' "$work/rounds"
}

ratios() {
    awk -v n="$1" '{ printf "%.3f\n", $n / $1 }' "$work/rounds"
}

login_line() { # VERSION LABEL VARIANT COLUMN ALLOWED
    local middle
    middle=$(ratios "$4" | quantile 0.5)
    echo "| $1 | $2 | $(column "$4" | quantile 0.5 | awk '{ printf "%.1f", $1 / 1000 }') | x$middle" \
        "[$(ratios "$4" | quantile 0.25)-$(ratios "$4" | quantile 0.75)] | $5 | $(thousands "$(per_login "$3")") |"
    [ "$3" != RS256 ] || within "$middle" "$logins_limit" "logins by $3 on $1"
}

measure_logins() {
    local version i
    declare -A ports
    echo '| broker | login | broker CPU, us | of the bare one [quartiles] | allowed | instructions |'
    echo '|---|---|---:|---:|---:|---:|'
    for version in "${versions[@]}"; do
        find_broker "$version"
        prepare_broker bare 0
        ports[bare]=$port
        prepare_broker suite 1000
        ports[suite]=$port
        start_broker bare
        start_broker suite
        rounds >"$work/rounds"
        stop_broker bare
        stop_broker suite
        login_line "$version" 'bare, anonymous' bare 1 ''
        for i in "${!logins_variants[@]}"; do
            if [ "${logins_variants[i]}" = RS256 ]; then
                login_line "$version" 'suite, RS256' RS256 $((i + 2)) "x$logins_limit"
            else
                login_line "$version" "suite, ${logins_variants[i]}" "${logins_variants[i]}" $((i + 2)) ''
            fi
        done
    done
}
