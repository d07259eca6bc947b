#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes certificates by the commands that stand in docs/pki.md, in the order in which they stand there, so that the PKI
# that is documented is the one that the tests use.
# Usage: make.sh FOLDER [SECTION...]
# FOLDER is made where it is not there. A SECTION is a heading of the second level ("Revoking a device"); all blocks
# that begin with ```sh below it are run. Without one: "Making it".
set -eu
doc=$(cd "$(dirname "$0")/../.." && pwd)/docs/pki.md
folder=$1
shift
[ $# -gt 0 ] || set -- "Making it"

# The commands of one section; without any, something is wrong with the document or with this script.
commands() {
    awk -v wanted="## $1" '
        /^## / && !block { section = ($0 == wanted) }
        /^```/ { if (!block && $0 == "```sh" && section) { block = 2; found = 1 }
                 else block = block ? 0 : 1
                 next }
        block == 2 { print }
        END { exit !found || block }' "$doc" ||
        { echo "docs/pki.md has no commands under \"$1\"" >&2; return 1; }
}

mkdir -p "$folder"
script=$(mktemp "$folder/.commands.XXXXXX")
trap 'rm -f "$script"' EXIT
for section in "$@"; do
    commands "$section" >"$script"
    (cd "$folder" && sh -eu "./${script##*/}") >"$folder/.openssl.log" 2>&1 </dev/null || {
        cat "$folder/.openssl.log"
        echo "the commands of docs/pki.md under \"$section\" failed" >&2
        exit 1
    }
done
