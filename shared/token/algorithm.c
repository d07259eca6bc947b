/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the JWS algorithms that Bednet verifies. */
#include "token/algorithm.h"

const char *const bednet_algorithm_names[] = {"HS256", "RS256", "ES256", "EdDSA", NULL};

enum bednet_algorithm bednet_algorithm_by_name(struct bednet_text name)
{
    static const enum bednet_algorithm values[] = {BEDNET_ALG_HS256, BEDNET_ALG_RS256, BEDNET_ALG_ES256,
                                                   BEDNET_ALG_EDDSA};
    _Static_assert(sizeof values / sizeof *values + 1 ==
                       sizeof bednet_algorithm_names / sizeof *bednet_algorithm_names,
                   "each name has its value");

    for (size_t i = 0; bednet_algorithm_names[i] != NULL; i++) {
        if (bednet_text_equal(name, bednet_text(bednet_algorithm_names[i])))
            return values[i];
    }
    return BEDNET_ALG_NONE;
}
