/* SPDX-License-Identifier: Apache-2.0 */
/* What has to hold whatever the input is: where it does not, the target ends and says which line it was. */
#ifndef BEDNET_TESTS_FUZZ_MUST_H
#define BEDNET_TESTS_FUZZ_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define MUST(condition)                                                                                      \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                                          \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

#endif
