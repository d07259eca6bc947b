# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What a list of 1,000,000 revoked certificates costs, and a question, against a list of 10. Sourced by run.sh.

crl_rounds=5
crl_questions=10240
crl_many=1000000
# The most that a busy thread may be held up while the list is read, in microseconds; that an entry may take, in bytes;
# that a question may cost, in instructions, and how many more it may be than with the short list.
crl_gap_us=5000
crl_entry_bytes=20
crl_ask_most=600
crl_ask_growth=150

# crl_column N: the least of the rounds, for what else runs on the machine only adds.
crl_column() {
    awk -v n="$1" '{ print $n }' "$work/crl.rounds" | quantile 0
}

# crl_ask ENTRIES: instructions of one question.
crl_ask() {
    counter "crl.$1"
    "${counter_argv[@]}" --instr-atstart=no "$build/bench/bench_crl" ask "$work/crl.ca" "$work/crl.$1" "$crl_questions"
    echo $(($(instructions "crl.$1") / crl_questions))
}

measure_crl() {
    local few many round size
    rm -f "$work"/crl.*
    "$build/bench/bench_crl" make "$work/crl.ca" "$work/crl.10" 10
    "$build/bench/bench_crl" make "$work/crl.ca" "$work/crl.$crl_many" "$crl_many"
    for ((round = 0; round < crl_rounds; round++)); do
        "$build/bench/bench_crl" load "$work/crl.ca" "$work/crl.10" "$work/crl.$crl_many"
    done >"$work/crl.rounds"
    few=$(crl_ask 10)
    many=$(crl_ask "$crl_many")
    within "$(crl_column 4)" "$crl_gap_us" "a busy thread while a list is read, held up for, in us"
    within "$(crl_column 2)" "$crl_entry_bytes" "a revoked certificate, in bytes"
    within "$many" "$crl_ask_most" "a question, in instructions"
    within "$((many - few))" "$crl_ask_growth" "a question to the long list, instructions beyond one to the short list"
    size=$(($(stat -c %s "$work/crl.$crl_many") / 1048576))
    echo '| | measured | at most |'
    echo '|---|---:|---:|'
    echo "| list of $(thousands "$crl_many") in a file of $size MiB: until it is in force, ms | $(crl_column 1) | |"
    echo "| longest pause of a busy thread meanwhile, us | $(crl_column 4) | $(thousands "$crl_gap_us") |"
    echo "| the same with what it waited for a processor, us | $(crl_column 5) | |"
    echo "| both without a list to read, us | $(crl_column 6), $(crl_column 7) | |"
    echo "| memory kept for a revoked certificate, bytes | $(crl_column 2) | $crl_entry_bytes |"
    echo "| memory of the process at the worst moment, MiB | $(crl_column 3) | |"
    echo "| question, list of 10, instructions | $few | |"
    echo "| question, list of $(thousands "$crl_many"), instructions | $many | $crl_ask_most |"
}
