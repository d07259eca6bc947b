#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds, and runs every test on all three brokers. The last line says
# `N passed, N failed, N skipped` over all test runs together; a job without a list of tests of its own counts as
# one. Usage: ci/test.sh [JOB...], each job being a script of this folder that can also be run by hand.
. "$(dirname "$0")/lib.sh"

jobs=(lint core build install-test asan tsan fuzz sid demo)
[ $# -eq 0 ] || jobs=("$@")

# Here a broker that is not there is a failure; on a user's machine its tests are skipped.
export BEDNET_REQUIRE_BROKERS=1
rm -rf "$BEDNET_RESULTS"
mkdir -p "$BEDNET_RESULTS"

bash ci/packages.sh
bash ci/brokers.sh

failed_jobs=()
plain_passed=0
plain_failed=0

# Most tests wait for brokers and their clients. Meanwhile what later jobs run is built, at a low priority; they
# take it from there, and tell what went wrong with it.
build_ahead() {
    local job
    for job in "${jobs[@]:1}"; do
        case $job in
        install-test) job=release ;;
        asan | tsan | fuzz) ;;
        sid)
            nice -n 10 ci/sid.sh --build
            continue
            ;;
        *) continue ;;
        esac
        nice -n 10 bash -c '. ci/lib.sh; build "$1"' build "$job"
    done
}

# Also whatever of it is running, for it is a process group of its own.
stop_building_ahead() {
    kill -- "-$ahead" 2>/dev/null || true
}

# In the sid root there is its own broker only: runs on the other two are no tests that were skipped.
arguments_of() {
    case $1 in
    demo) arguments=(--tour) ;;
    sid)
        arguments=(--parallel "$BEDNET_TEST_JOBS" --exclude-regex '2[.]0[.](11|21)|key_server|jose|^documents|^ci|^examples|^prometheus'
            --output-junit /build/sid.xml)
        ;;
    *) arguments=() ;;
    esac
}

run_job() {
    local job=$1 arguments before=$SECONDS status=0
    arguments_of "$job"
    say "$job"
    bash "ci/$job.sh" "${arguments[@]}" 2>&1 | tee "$BEDNET_RESULTS/$job.log" || status=1
    if [ "$job" = sid ] && [ -e .cache/sid/root/build/sid.xml ]; then
        mv .cache/sid/root/build/sid.xml "$BEDNET_RESULTS/sid.xml"
    fi
    printf -- '--- %s: %s after %d s\n' "$job" "$([ "$status" -eq 0 ] && echo passed || echo FAILED)" \
        $((SECONDS - before))
    return "$status"
}

# What failed tests wrote, and the end of the log. Told once more at the very end: a reader of a long log, or of what
# is kept of it, looks there.
recapitulate() {
    say "what failed: $1"
    awk '
        /^ *[0-9]+\/[0-9]+ Test +#|^ *Start +[0-9]+:/ { told = 0 }
        /\*\*\*/ { told = 100 }
        told-- > 0' "$BEDNET_RESULTS/$1.log"
    tail -n 80 "$BEDNET_RESULTS/$1.log"
}

results_of() {
    find "$BEDNET_RESULTS" -name '*.xml' | wc -l
}

set -m
(set +e && build_ahead) </dev/null >"$BEDNET_RESULTS/ahead.log" 2>&1 &
ahead=$!
set +m
trap stop_building_ahead EXIT
trap 'exit 130' INT TERM

for job in "${jobs[@]}"; do
    runs=$(results_of)
    if run_job "$job"; then
        [ "$(results_of)" -gt "$runs" ] || plain_passed=$((plain_passed + 1))
    else
        failed_jobs+=("$job")
        # A job may fail beside its tests (a build, a check of headers): that must not vanish from the sum.
        plain_failed=$((plain_failed + 1))
    fi
done

mapfile -t xml < <(find "$BEDNET_RESULTS" -name '*.xml')
read -r passed failed skipped < <(suite_numbers "${xml[@]:-/dev/null}")

for job in "${failed_jobs[@]}"; do
    recapitulate "$job"
done
if [ ${#failed_jobs[@]} -gt 0 ]; then
    printf '\nfailed jobs: %s\n' "${failed_jobs[*]}"
fi
printf '\ntime: %d s\n' "$SECONDS"
printf '%d passed, %d failed, %d skipped\n' $((passed + plain_passed)) $((failed + plain_failed)) "$skipped"
[ ${#failed_jobs[@]} -eq 0 ] && [ "$failed" -eq 0 ]
