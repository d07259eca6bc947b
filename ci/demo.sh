#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Shows Bednet at work on this machine: installs what is missing, builds, starts Debian's Mosquitto on loopback
# with the whole suite and throw-away keys, and takes real clients on a tour of what is allowed and what is not.
# Then the broker stays up until Ctrl-C; with --tour everything ends after the tour. Any step that does not turn
# out as told makes the exit code 1.
. "$(dirname "$0")/lib.sh"
. demo/lib.sh
. demo/tokens.sh
. demo/broker.sh
. demo/tour.sh

stay=yes
case "${1:-}" in
'') ;;
--tour) stay=no ;;
*) die "usage: ci/demo.sh [--tour]" ;;
esac

bash ci/packages.sh demo
say "building"
build release >"$BEDNET_RESULTS/demo-build.log" 2>&1 || {
    cat "$BEDNET_RESULTS/demo-build.log"
    die "the build failed"
}

work=$(mktemp -d "${TMPDIR:-/tmp}/bednet-demo.XXXXXX")
log=$work/mosquitto.log
finish() {
    stop_all
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

say "starting Mosquitto with Bednet"
prepare_broker
start_broker
tour

if [ "$demo_failed" -gt 0 ]; then
    printf '\n%sThe tour: %d of its checks FAILED.%s The broker said:\n' "$red" "$demo_failed" "$plain"
    cat "$log"
    exit 1
fi
printf '\n%sThe tour: all %d steps went as told.%s\n' "$bold" "$demo_step" "$plain"
if [ "$stay" = yes ]; then
    farewell
    wait "$broker" || true
fi
