#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each libFuzzer program for a short while, from its corpus: a smoke test, and the way to fuzz for longer.
# Usage: ci/fuzz.sh [SECONDS [NAME...]]
. "$(dirname "$0")/lib.sh"
seconds=${1:-20}
[ $# -eq 0 ] || shift

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    for source in tests/fuzz/fuzz_*.c; do
        name=${source##*/fuzz_}
        names+=("${name%.c}")
    done
fi
build fuzz "${names[@]/#/fuzz_}"

fuzz_one() {
    local name=$1 found=build/fuzz/found/$1 seeds=tests/fuzz/corpus/$1 options=()
    mkdir -p "$found"
    [ ! -e "tests/fuzz/$name.dict" ] || options+=("-dict=tests/fuzz/$name.dict")
    if ! "build/fuzz/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="build/fuzz/crash-$name-" "${options[@]}" "$found" "$seeds" \
        >"build/fuzz/$name.log" 2>&1; then
        tail -n 60 "build/fuzz/$name.log"
        return 1
    fi
    printf '%s: %s\n' "$name" "$(tail -n 1 "build/fuzz/$name.log")"
}

failed=0
running=()
for name in "${names[@]}"; do
    fuzz_one "$name" &
    running+=("$!")
    if [ ${#running[@]} -ge "$BEDNET_JOBS" ]; then
        wait "${running[0]}" || failed=1
        running=("${running[@]:1}")
    fi
done
for pid in "${running[@]}"; do
    wait "$pid" || failed=1
done
exit "$failed"
