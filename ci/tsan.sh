#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What more than one thread touches, the runtime, the metrics server and the reload, under ThreadSanitizer. Which
# tests these are stands in CMakePresets.json.
. "$(dirname "$0")/lib.sh"
build tsan
run_tests tsan tsan
