#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The development build with every test: units, oracles, fuzz corpora, real brokers, examples, documents.
. "$(dirname "$0")/lib.sh"
build dev
run_tests dev dev
