#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each libFuzzer program for a short while, from its corpus: a smoke test, and the way to fuzz for longer.
# Usage: ci/fuzz.sh [SECONDS [NAME...]]; without SECONDS all programs together take as long as ever.
. "$(dirname "$0")/lib.sh"
# Of all programs together, one after the other.
budget=160
seconds=${1:-}
[ $# -eq 0 ] || shift

names=("$@")
if [ ${#names[@]} -gt 0 ]; then
    build fuzz "${names[@]/#/fuzz_}"
else
    build fuzz fuzzers
    # Not what lies in the folder, where programs stay that are no longer built.
    mapfile -t names < <(ninja -C build/fuzz -t query tests/fuzz/fuzzers | sed -n "s,^ *fuzzers/fuzz_,,p")
    [ ${#names[@]} -gt 0 ] || die "no program to run"
fi
seconds=${seconds:-$((budget / ${#names[@]}))}

fuzz_one() {
    local name=$1 folders=("build/fuzz/found/$1")
    mkdir -p "${folders[0]}"
    [ ! -d "tests/fuzz/corpus/$name" ] || folders+=("tests/fuzz/corpus/$name")
    "build/fuzz/fuzzers/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="build/fuzz/crash-$name-" "${folders[@]}" >"build/fuzz/$name.log" 2>&1 || return 1
    printf '%s: %s\n' "$name" "$(grep '^Done ' "build/fuzz/$name.log")"
}

failed=()
running=()
finish_oldest() {
    wait "${running[0]%% *}" || failed+=("${running[0]#* }")
    running=("${running[@]:1}")
}

for name in "${names[@]}"; do
    fuzz_one "$name" &
    running+=("$! $name")
    [ ${#running[@]} -lt "$BEDNET_JOBS" ] || finish_oldest
done
while [ ${#running[@]} -gt 0 ]; do
    finish_oldest
done

# What was found comes last, input and all: where only the end of a log is kept, this is what must be in it.
for name in "${failed[@]}"; do
    say "$name"
    tail -n 60 "build/fuzz/$name.log"
done
[ ${#failed[@]} -eq 0 ]
