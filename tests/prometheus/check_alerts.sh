#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The alerts that are shipped: well-formed, fire when they should, silent when they should be, and speaking only
# of series that the page has. Usage: check_alerts.sh PAGE-PROGRAM; exits 77 where promtool is missing.
set -eu

command -v promtool >/dev/null || {
    echo 'promtool is missing: apt-get install prometheus'
    exit 77
}
page=$1
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
alerts=$here/../../monitoring/alerts.yml
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

promtool check rules "$alerts"
promtool test rules "$here/alerts_test.yml"

"$page" full >"$folder/page"
# Names and the label values beside them: a typing error in either is an alert that never fires.
grep -o 'mosquitto_[a-z_]*' "$alerts" | sort -u >"$folder/names"
[ -s "$folder/names" ]
while read -r name; do
    grep -q "^${name}[{ ]" "$folder/page" || {
        echo "alerts.yml speaks of $name, which the page does not have"
        exit 1
    }
done <"$folder/names"
grep -o '[a-z]*=~*"[^"]*"' "$alerts" | sort -u >"$folder/matchers"
[ -s "$folder/matchers" ]
while IFS= read -r matcher; do
    label=${matcher%%=*}
    values=${matcher#*\"}
    for value in $(printf '%s' "${values%\"}" | tr '|' ' '); do
        grep -q "$label=\"$value\"" "$folder/page" || {
            echo "alerts.yml looks for $label=\"$value\", which the page does not have"
            exit 1
        }
    done
done <"$folder/matchers"

# Each alert is in the tests, firing at least once.
awk '/alertname:/ { name = $NF } /exp_labels:/ { print name }' "$here/alerts_test.yml" | sort -u >"$folder/fired"
sed -n 's/^ *- alert: *//p' "$alerts" | sort >"$folder/alerts"
[ -s "$folder/alerts" ]
comm -23 "$folder/alerts" "$folder/fired" >"$folder/untested"
[ ! -s "$folder/untested" ] || {
    echo 'no test lets these fire:'
    cat "$folder/untested"
    exit 1
}
