#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every test once more under AddressSanitizer and UndefinedBehaviorSanitizer.
. "$(dirname "$0")/lib.sh"
build asan
run_tests asan asan
