#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# shared/core alone: builds, passes its tests, and nothing that was compiled has read a header of Mosquitto,
# OpenSSL or the layers above it.
. "$(dirname "$0")/lib.sh"

rm -rf build/core
build core
run_tests core core

headers=$(ninja -C build/core -t deps)
grep -q 'shared/core/topic\.h' <<<"$headers" || die "the list of headers is empty; is this still Ninja?"
if grep -E 'mosquitto|openssl/|/pthread\.h|shared/(token|policy|runtime|refresh|broker)/' <<<"$headers" | sort -u | grep .; then
    die "shared/core must not know the headers above"
fi
say "core knows no Mosquitto"
