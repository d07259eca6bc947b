/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the JWS algorithms that Bednet verifies. */
#include "token/algorithm.h"

const char *const bednet_algorithm_names[] = {"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",
                                              "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", NULL};

/* The bits stand in the order of the names. */
_Static_assert(1u << (sizeof bednet_algorithm_names / sizeof *bednet_algorithm_names - 1) ==
                   BEDNET_ALG_ALL + 1u,
               "each name has its bit");

enum bednet_algorithm bednet_algorithm_by_name(struct bednet_text name)
{
    for (unsigned i = 0; bednet_algorithm_names[i] != NULL; i++) {
        if (bednet_text_equal(name, bednet_text(bednet_algorithm_names[i])))
            return (enum bednet_algorithm)(1u << i);
    }
    return bednet_text_equal(name, BEDNET_TEXT_LITERAL("Ed25519")) ? BEDNET_ALG_EDDSA : BEDNET_ALG_NONE;
}
