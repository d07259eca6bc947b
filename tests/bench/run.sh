#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034
# Measures what the suite costs a broker, and fails where it costs more than it may. The tables are Markdown.
#
#     tests/bench/run.sh [--write] [--broker VERSION]... [messages|acl|fanout|rates|cpu|memory|verify|logins|certificate|crl|reload]...
#
#   --write             puts the tables into docs/performance.md, in the place of those that are there, and the plots of
#                       what was measured beside it; needs gnuplot
#   --broker VERSION    only that one (again for more); else every broker that is here, which is the installed one
#                       and those that ci/brokers.sh brought
#
# Needs valgrind and openssl. Everything is built as it is released, in build/bench.
. "$(dirname "$0")/../../ci/lib.sh"
for part in policy broker generator callgrind report messages acl fanout rates cpu memory verify logins certificate crl reload; do
    # shellcheck source=/dev/null
    . "tests/bench/$part.sh"
done
. demo/tokens.sh

build=${BEDNET_BENCH_BUILD:-$PWD/build/bench}
modules=$build/modules
page=docs/performance.md
write=false
versions=()
words=()
while [ $# -gt 0 ]; do
    case $1 in
    --write) write=true ;;
    --broker) versions+=("${2:?a version}") && shift ;;
    messages | acl | fanout | rates | cpu | memory | verify | logins | certificate | crl | reload) words+=("$1") ;;
    *) die "unknown word $1: see the head of this script" ;;
    esac
    shift
done
[ ${#words[@]} -gt 0 ] || words=(messages acl fanout rates cpu memory verify logins certificate crl reload)
for tool in valgrind openssl mosquitto_pub; do
    command -v "$tool" >/dev/null || die "$tool is missing: apt-get install valgrind openssl mosquitto-clients"
done

if [ "$write" = true ]; then
    command -v gnuplot >/dev/null || die "gnuplot is missing: apt-get install gnuplot-nox"
fi

if [ -z "${BEDNET_BENCH_BUILD:-}" ]; then
    cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBEDNET_TESTS=ON >/dev/null
fi
cmake --build "$build" --parallel "$BEDNET_JOBS" --target bench >&2

work=$(mktemp -d)
trap 'stop_all_brokers; rm -rf "$work"' EXIT
[ ${#versions[@]} -gt 0 ] || mapfile -t versions < <(broker_versions)
[ ${#versions[@]} -gt 0 ] || die "no broker here: apt-get install mosquitto"
make_credentials

for word in "${words[@]}"; do
    say "$word"
    "measure_$word" | tee "$work/$word.md"
    [ "$write" = false ] || put_table "$word" "$work/$word.md" "$page"
done
[ "$write" = false ] || draw
[ ! -s "$work/exceeded" ] || { cat "$work/exceeded"; exit 1; }
