#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every test once more under AddressSanitizer and UndefinedBehaviorSanitizer, on the oldest broker and the newest: what
# plugins see of 2.0.21 is what they see of 2.0.11, and there all tests ran before.
. "$(dirname "$0")/lib.sh"
build asan
run_tests asan asan --exclude-regex "2[.]0[.]21"
