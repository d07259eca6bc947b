#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# promtool must find nothing to say about the page, when it is fresh and when everything was counted.
# Usage: check_page.sh PAGE-PROGRAM; exits 77 where promtool is missing.
set -eu

command -v promtool >/dev/null || {
    echo 'promtool is missing: apt-get install prometheus'
    exit 77
}
page=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Seconds would be the usual unit, but nobody reads a certificate's remaining time, or a bucket of it, in seconds.
meant='mosquitto_certificate_days_to_expiry use base unit "seconds" instead of "days"'
for state in fresh full; do
    "$page" $state >"$folder/$state"
    code=0
    promtool check metrics <"$folder/$state" >"$folder/all" 2>&1 || code=$?
    grep -vxF "$meant" "$folder/all" >"$folder/remarks" || true
    if [ -s "$folder/remarks" ] || { [ $code != 0 ] && [ ! -s "$folder/all" ]; }; then
        cat "$folder/remarks"
        echo "promtool finds fault with the $state page ($code)"
        exit 1
    fi
done

# A series that appears with its first event has no rate for that event. Only a plugin that is loaded may come.
series() { grep -v '^#' "$1" | sed 's/ [^ ]*$//' | grep -v '^mosquitto_plugin_build_info{' | sort; }
series "$folder/fresh" >"$folder/fresh.series"
series "$folder/full" >"$folder/full.series"
[ -s "$folder/fresh.series" ]
[ -z "$(uniq -d "$folder/full.series")" ] || {
    echo "a series stands twice:"
    uniq -d "$folder/full.series"
    exit 1
}
diff "$folder/fresh.series" "$folder/full.series"

# The check itself can fail.
if printf '# TYPE badName counter\nbadName 1\n' | promtool check metrics >/dev/null 2>&1; then
    echo 'promtool finds fault with nothing'
    exit 1
fi
