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

for state in fresh full; do
    "$page" $state >"$folder/$state"
    promtool check metrics <"$folder/$state" >"$folder/remarks" 2>&1 || {
        cat "$folder/remarks"
        echo "promtool finds fault with the $state page"
        exit 1
    }
    [ ! -s "$folder/remarks" ] || {
        cat "$folder/remarks"
        exit 1
    }
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
