/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka.h with what it needs before it, in one line that no formatter reorders. */
#ifndef BEDNET_TESTS_CMOCKA_FIRST_H
#define BEDNET_TESTS_CMOCKA_FIRST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Deprecated in cmocka 2, and its successors are not in cmocka 1. */
#undef assert_in_range
#define assert_between(value, least, most)                                                                   \
    do {                                                                                                     \
        intmax_t between = (intmax_t)(value);                                                                \
        assert_true(between >= (least) && between <= (most));                                                \
    } while (0)

#endif
