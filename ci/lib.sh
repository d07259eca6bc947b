# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the scripts of this folder share. Sourced; goes to the root of the project.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Where every ctest run leaves its JUnit file, and every job of test.sh its log.
BEDNET_RESULTS=${BEDNET_RESULTS:-$PWD/build/results}
BEDNET_JOBS=${BEDNET_JOBS:-$(nproc)}
# Tests on brokers wait more than they compute.
BEDNET_TEST_JOBS=${BEDNET_TEST_JOBS:-$((4 * BEDNET_JOBS))}
export BEDNET_RESULTS BEDNET_JOBS BEDNET_TEST_JOBS
mkdir -p build "$BEDNET_RESULTS"

say() {
    printf '\n==> %s\n' "$*"
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# build PRESET [TARGET...]: configures and builds build/PRESET, or what is missing of it once somebody else has done so.
build() {
    local preset=$1 command=(cmake --build --preset "$1" --parallel "$BEDNET_JOBS")
    shift
    [ $# -eq 0 ] || command+=(--target "$@")
    (
        flock 9
        cmake --preset "$preset"
        "${command[@]}"
    ) 9>"build/$preset.lock"
}

# run_tests NAME PRESET [CTEST-OPTION...]: runs ctest in build/PRESET; NAME.xml holds the results. That there is
# no test at all is a failure, or a typing error in a label would pass for success.
run_tests() {
    local name=$1 preset=$2
    shift 2
    ctest --preset "$preset" --parallel "$BEDNET_TEST_JOBS" --no-tests=error \
        --output-junit "$BEDNET_RESULTS/$name.xml" "$@"
}

# suite_numbers FILE...: prints `passed failed skipped` over all JUnit files given. A test whose program was not built
# is "not run" to ctest, and failed to us.
suite_numbers() {
    awk '
        /<testcase / {
            running = /status="run"/; bad = /status="fail"/
            passed += running; failed += bad; skipped += !running && !bad
        }
        /<skipped message="Unable to find executable"/ { skipped--; failed++ }
        END { print passed + 0, failed + 0, skipped + 0 }' "$@"
}
