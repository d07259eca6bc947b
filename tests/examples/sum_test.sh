#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The last line of ci/test.sh is what people look at: that it counts what failed, what was skipped and what was
# never built, over several runs.
set -euo pipefail
BEDNET_RESULTS=$(mktemp -d "${TMPDIR:-/tmp}/bednet-sum.XXXXXX")
trap 'rm -rf "$BEDNET_RESULTS"' EXIT
. "$(dirname "$0")/../../ci/lib.sh"

expect() {
    local wanted=$1 got
    shift
    got=$(suite_numbers "$@")
    [ "$got" = "$wanted" ] || die "expected '$wanted', got '$got'"
}

cat >"$BEDNET_RESULTS/one.xml" <<'EOF'
<testsuite name="(empty)"
	tests="4"
	failures="1"
	>
	<testcase name="a" classname="a" time="0" status="run">
		<system-out>&lt;testcase status="fail"&gt;</system-out>
	</testcase>
	<testcase name="b" classname="b" time="0" status="fail">
		<failure message=""/>
	</testcase>
	<testcase name="c" classname="c" time="0" status="notrun">
		<skipped message="SKIP_RETURN_CODE=77"/>
	</testcase>
	<testcase name="d" classname="d" time="0" status="notrun">
		<skipped message="Unable to find executable"/>
	</testcase>
</testsuite>
EOF
printf '<testsuite>\n\t<testcase name="e" status="run">\n' >"$BEDNET_RESULTS/two.xml"
expect "0 0 0" /dev/null
expect "1 2 1" "$BEDNET_RESULTS/one.xml"
expect "2 2 1" "$BEDNET_RESULTS/one.xml" "$BEDNET_RESULTS/two.xml"
