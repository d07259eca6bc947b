/* SPDX-License-Identifier: Apache-2.0 */
/* PEM files of public keys, private keys and certificates, on their way to a JWK Set. */
#ifndef BEDNET_TOOLS_PEM_JWK_H
#define BEDNET_TOOLS_PEM_JWK_H

#include "core/text.h"

#include <jansson.h>

/*
 * Appends the public part of each key in `text` to the array `keys`, as a JWK without kid, alg and use. Where
 * `of_a_chain`, of several certificates only the first counts, for the others are those of whoever issued it.
 * Gives an exit code; what is wrong or worth knowing is printed with `path` before it.
 */
int bednet_pem_to_jwks(const char *path, struct bednet_text text, bool of_a_chain, json_t *keys);

#endif
