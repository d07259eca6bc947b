# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Instructions in user space, counted by callgrind. One count says little, for it holds the start and the end of a
# process; two counts with different loads give the cost of one more. Sourced after
# broker.sh and generator.sh.

# instructions NAME [PART]: the total in $work/NAME.callgrind, or in a part of it that was dumped, `.1`.
instructions() {
    awk '/^(summary|totals):/ { total = $2 } END { if (total == "") exit 1; print total }' "$work/$1.callgrind${2:-}"
}

# counter NAME: what stands before a command to have it counted, as the array `counter_argv`. Not a function that
# runs the command: the broker would then be the child of a shell, and a signal would end that instead.
counter() {
    counter_argv=(valgrind --quiet --tool=callgrind --callgrind-out-file="$work/$1.callgrind")
}

# broker_total NAME LOAD...: starts the broker of prepare_broker, loads it, and gives the instructions that it took
# in its life. A load that fails ends the measurement with the broker's log.
broker_total() {
    local name=$1
    shift
    counter "$name"
    start_broker "$name" "${counter_argv[@]}"
    if ! generate "$(port_of "$name")" "$@"; then
        stop_broker "$name"
        cat "$work/load.log" "$work/$name.log" >&2
        die "the load failed: $*"
    fi
    stop_broker "$name"
    instructions "$name"
}

# per_unit TOTAL1 COUNT1 TOTAL2 COUNT2
per_unit() {
    echo $((($3 - $1 + ($4 - $2) / 2) / ($4 - $2)))
}
