#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What can be said about the sources without building them: format, shell, man pages, presets, licence lines.
. "$(dirname "$0")/lib.sh"
failed=0

complain() {
    printf 'lint: %s\n' "$*" >&2
    failed=1
}

mapfile -t c_files < <(git ls-files '*.c' '*.h')
[ ${#c_files[@]} -gt 0 ] || die "no C file found"
clang-format-14 --dry-run -Werror "${c_files[@]}" || complain "clang-format-14 -i would change the files above"

# Test data that others wrote keeps its own licence and says so beside it.
while IFS= read -r file; do
    head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || complain "$file: no SPDX line at the top"
done < <(git ls-files '*.c' '*.h' '*.cmake' '*CMakeLists.txt' '*.sh' '*.py' '*.cjs' ':!tests/data')

mapfile -t shell_files < <(git ls-files '*.sh' .ci/run)
# SC2016: a dollar in single quotes is meant everywhere here.
shellcheck --external-sources --source-path=SCRIPTDIR --exclude=SC2016 "${shell_files[@]}" || complain "shellcheck is not content"

while IFS= read -r file; do
    mandoc -T lint -W warning "$file" || complain "$file: mandoc is not content"
done < <(git ls-files man)

cmake --list-presets >/dev/null || complain "CMakePresets.json does not load"

exit "$failed"
