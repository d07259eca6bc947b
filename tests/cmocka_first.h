/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka.h with what it needs before it, in one line that no formatter reorders. */
#ifndef BEDNET_TESTS_CMOCKA_FIRST_H
#define BEDNET_TESTS_CMOCKA_FIRST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
