/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that Bednet did not make: keys from `openssl genpkey`, once per program, and signatures from the
 * openssl command. Only base64url and the raw form of an ECDSA signature are put together here.
 */
#ifndef BEDNET_TESTS_BROKER_TOKENS_H
#define BEDNET_TESTS_BROKER_TOKENS_H

#include "harness/env.h"

enum token_algorithm { TOKEN_RS256, TOKEN_ES256, TOKEN_EDDSA, TOKEN_HS256, TOKEN_ALGORITHMS };

/* What tokens from token_for say, and what policies expect. */
#define TOKEN_ISSUER   "https://id.test"
#define TOKEN_AUDIENCE "mqtt.test"

/* The public keys (and the one secret) of all algorithms as a JWK Set; key ids are the algorithms' names. */
const char *token_jwks(struct env *env);
const char *token_algorithm_name(enum token_algorithm algorithm);

/* header.payload.signature, of any two texts. */
const char *token_sign(struct env *env, enum token_algorithm algorithm, const char *header,
                       const char *payload);

/*
 * An ES256 token for subject `subject`, good for an hour; `more` is put behind the claims: `, "site": "a"` or
 * "".
 */
const char *token_for(struct env *env, const char *subject, const char *more);

/* The same by any algorithm, with the time that it expires in seconds from now. */
const char *token_for_until(struct env *env, enum token_algorithm algorithm, const char *subject,
                            long seconds, const char *more);

#endif
