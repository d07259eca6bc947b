# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# The CPU time of a message with the whole suite, against the bare broker's. The publisher waits for each message before
# it sends the next: otherwise broker and load contend for locks of the kernel's, and that varies more than what is
# measured. Every broker is started anew for each round: two processes of one program differ by some percent for all
# their lives. The bare one is measured before and after the suite, and the suite is held against both. Sourced by run.sh.

cpu_rounds=40
cpu_messages=8000
cpu_rules=10000
cpu_limit=1.05

# cpu_rounds_of: a line a round and variant: VARIANT CPU.
cpu_rounds_of() {
    local round variant
    for ((round = 0; round < cpu_rounds; round++)); do
        for variant in bare-0 "suite-$cpu_rules" bare-1; do
            start_broker "$variant"
            send "$variant" --window 1 --messages 1000
            send "$variant" --window 1 --messages "$cpu_messages"
            echo "$variant $(figure broker cpu_us_per_message)"
            stop_broker "$variant"
        done
    done
}

# cpu_column VARIANT: its CPU times, a line a round.
cpu_column() {
    awk -v variant="$1" '$1 == variant { print $2 }' "$work/cpu.rounds"
}

# cpu_line VERSION NAME LIMIT: of lines TIME RATIO.
cpu_line() {
    awk '{ print $1 }' "$work/cpu.lines" >"$work/cpu.times"
    awk '{ print $2 }' "$work/cpu.lines" >"$work/cpu.ratios"
    printf '| %s | %s | %.1f | x%s [%s, %s] | %s |\n' "$1" "$2" "$(quantile 0.5 <"$work/cpu.times")" \
        "$(quantile 0.5 <"$work/cpu.ratios" | in_hundredths)" "$(quantile 0.25 <"$work/cpu.ratios" | in_hundredths)" \
        "$(quantile 0.75 <"$work/cpu.ratios" | in_hundredths)" "$3"
}

measure_cpu() {
    local version variant
    echo '| broker | | CPU, us a message | of the bare one [quartiles] | allowed |'
    echo '|---|---|---:|---:|---:|'
    for version in "${versions[@]}"; do
        find_broker "$version"
        for variant in bare-0 "suite-$cpu_rules" bare-1; do
            prepare_broker "$variant" "${variant%-*}" "${variant#*-}"
        done
        cpu_rounds_of >"$work/cpu.rounds"
        paste <(cpu_column bare-0) <(cpu_column bare-1) | awk '{ print $1, $2 / $1 }' >"$work/cpu.lines"
        cpu_line "$version" 'bare: the second of a round, of the first' ''
        paste <(cpu_column "suite-$cpu_rules") <(cpu_column bare-0) <(cpu_column bare-1) |
            awk '{ print $1, 2 * $1 / ($2 + $3) }' >"$work/cpu.lines"
        cpu_line "$version" "the whole suite, $(thousands "$cpu_rules") rules" "$cpu_limit"
        within "$(quantile 0.5 <"$work/cpu.ratios")" "$cpu_limit" \
            "CPU of the suite on $version with $cpu_rules rules, of the bare broker's"
    done
}
