#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tests with threads (label `threads`) under ThreadSanitizer.
. "$(dirname "$0")/lib.sh"
build tsan
run_tests tsan tsan
