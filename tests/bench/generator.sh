# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034
# The load, which bednet-load makes (docs/load.md), and the figures that it says. Sourced after broker.sh.

# Under callgrind a broker with a large policy takes its time; one that is dead must not hold up a run.
answer_timeout=2m

# generate PORT LOAD...: the outcome is $work/load.json. Fails where anything was lost, refused or cut.
generate() {
    local port=$1
    shift
    "$build/tools/load/bednet-load" "$1" --port "$port" --timeout "$answer_timeout" --quiet \
        --json "$work/load.json" "${@:2}" >"$work/load.log" 2>&1
}

# figure GROUP NAME: a number of the last outcome; nothing where it does not say it.
figure() {
    sed -n "/^ *\"$1\": {/,/^ *}/s/^ *\"$2\": \([-+.0-9e]*\),\{0,1\}\$/\1/p" "$work/load.json"
}

# The clients of policy.sh. The packets are the same for all brokers, tokens included: a bare one takes them for
# passwords that it does not look at. `closed` waits for each message before the next one is sent.
party=(--username token --id "$publisher" --subscriber-id "$subscriber" --size 64)
closed=(--window 1)

# topics_of one|many: where messages go, as the array `target`; many: always another one.
topics_of() {
    target=(--topic "$topic" --filter "${topic%/*}/+")
    [ "$1" = one ] || target=(--topic "${topic%/*}/t%06t" --topics 999999)
}
