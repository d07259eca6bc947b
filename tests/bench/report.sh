# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# Numbers as a reader wants them, and where they go. Sourced.

# 12345 -> 12,345
thousands() {
    sed -E ':again; s/^(-?[0-9]+)([0-9]{3})/\1,\2/; t again' <<<"$1"
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'
}

# quantile Q: of the numbers on standard input.
quantile() {
    sort -g | awk -v q="$1" '
        { value[NR] = $1 }
        END {
            if (NR == 0) exit 1
            place = 1 + (NR - 1) * q
            low = int(place)
            high = low < NR ? low + 1 : low
            print value[low] + (place - low) * (value[high] - value[low])
        }'
}

# within VALUE LIMIT WHAT: remembers what exceeds its limit; run.sh then fails at the end.
within() {
    awk -v value="$1" -v limit="$2" 'BEGIN { exit !(value <= limit) }' ||
        echo "exceeded: $3: $1, allowed is $2" >>"$work/exceeded"
}

# at_least VALUE LEAST WHAT
at_least() {
    within "$(ratio "$2" "$1")" 1 "$3: $1, and at least $2 is asked; the quotient of the two"
}

in_hundredths() {
    awk '{ printf "%.2f", $1 }'
}

# put_table NAME FILE PAGE: between the lines `<!-- NAME -->` and `<!-- /NAME -->` of PAGE stands then FILE.
put_table() {
    grep -qF "<!-- $1 -->" "$3" || die "$3 has no place for $1"
    awk -v name="$1" -v file="$2" '
        $0 == "<!-- /" name " -->" { skipping = 0 }
        !skipping { print }
        $0 == "<!-- " name " -->" {
            skipping = 1
            while ((getline line < file) > 0) print line
        }' "$3" >"$3.new"
    mv "$3.new" "$3"
}

# draw: the plots beside the page again, with what was measured now in place of what was then. They need the data of
# acl and rates, from this run or an earlier one.
draw() {
    local folder=${page%.md} data
    mkdir -p "$folder"
    for data in "$work"/*.dat; do
        [ ! -e "$data" ] || cp "$data" "$folder/"
    done
    for data in checks builtin rates latency; do
        [ -e "$folder/$data.dat" ] || { say "no plots: measure acl and rates first" && return; }
    done
    gnuplot -e "folder='$folder'; versions='$(cut -d ' ' -f 1 "$folder/rates.dat" | sort -uV | xargs)'" tests/bench/plots.gp
}
