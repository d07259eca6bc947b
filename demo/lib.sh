# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034,SC2001
# What the tour is told with: steps, checks, and waiting for events with a deadline. Sourced after ci/lib.sh.

DEMO_DEADLINE_S=15
demo_step=0
demo_failed=0
demo_children=()
demo_mark=0

# The broker's log from the line after `demo_mark` on is what a step looks at.
mark_log() {
    demo_mark=$(wc -l <"$log")
}

step() {
    demo_step=$((demo_step + 1))
    mark_log
    printf '\n%s%d. %s%s\n' "$bold" "$demo_step" "$*" "$plain"
}

tell() {
    printf '   %s\n' "$@"
}

ok() {
    printf '   %sok%s  %s\n' "$green" "$plain" "$*"
}

failed() {
    printf '   %sFAILED%s  %s\n' "$red" "$plain" "$*"
    demo_failed=$((demo_failed + 1))
}

# await_line FILE FIRST REGEX: prints the first line from line FIRST on that matches, as soon as it is there. Gives up
# at the deadline, or when the broker has ended.
await_line() {
    local reader status=0 descriptor
    exec {descriptor}< <(exec tail -n "+$2" ${broker:+--pid="$broker"} -f "$1" 2>/dev/null)
    reader=$!
    timeout "$DEMO_DEADLINE_S" grep -m 1 -E -- "$3" <&"$descriptor" || status=1
    kill "$reader" 2>/dev/null || true
    exec {descriptor}<&-
    return "$status"
}

# told REGEX WHAT: the broker's log of this step says so; the line is shown.
told() {
    local line
    if line=$(await_line "$log" $((demo_mark + 1)) "$1"); then
        ok "$2"
        tell "    log: $line"
    else
        failed "$2: no line in the log like: $1"
    fi
}

# same WHAT EXPECTED GOT
same() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        failed "$1: expected '$2', got '$3'"
    fi
}

# holds WHAT COMMAND...: the command succeeds.
holds() {
    local what=$1
    shift
    if "$@"; then
        ok "$what"
    else
        failed "$what"
    fi
}

# shown COMMAND...: prints the command as a user would type it (tokens cut short), runs it, and keeps what it said
# and how it ended in `said` and `status`.
shown() {
    local word line=
    for word in "$@"; do
        case $word in
        eyJ*) word=${word:0:10}... ;;
        *[[:space:]\#\$\{]*) word="'$word'" ;;
        esac
        line+=" $word"
    done
    printf '   $%s\n' "$line"
    status=0
    said=$("$@" 2>&1) || status=$?
    [ -z "$said" ] || sed 's/^/     /' <<<"$said"
}

# start FILE COMMAND...: in the background, its output to FILE; the last one is `started`.
start() {
    local output=$1
    shift
    : >"$output" # or whoever waits for a line may come before there is a file
    "$@" >"$output" 2>&1 &
    started=$!
    demo_children+=("$started")
}

# Only what was started here is ended here.
stop() {
    kill "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

stop_all() {
    local child
    for child in "${demo_children[@]}"; do
        stop "$child"
    done
    demo_children=()
}

# free_ports COUNT: that many ports of loopback which nobody listens on now.
free_ports() {
    /usr/bin/python3 - "$1" <<'EOF'
import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(s.getsockname()[1] for s in sockets))
EOF
}

bold='' green='' red='' plain=''
if [ -t 1 ]; then
    bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
fi
