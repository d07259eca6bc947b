/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token itself. libjwt makes those that it can; its versions 1.x know neither PS nor EdDSA, and write
 * `typ: JWT` whatever they are told, so the others are put together here.
 */
#include "encode.h"
#include "wish.h"

#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool suits_libjwt(const struct bednet_wish *wish, jwt_alg_t algorithm)
{
    return (wish->type == NULL || strcmp(wish->type, "JWT") == 0) && wish->algorithm[0] != 'P' &&
           algorithm > JWT_ALG_NONE && algorithm <= JWT_ALG_ES512;
}

/* A key of no length would make libjwt sign nothing: the signer never has one. */
static char *by_libjwt(const struct bednet_wish *wish, const struct bednet_signer *signer, const char *claims,
                       jwt_alg_t algorithm)
{
    struct bednet_text key =
        signer->key == NULL ? signer->secret : (struct bednet_text){signer->file.bytes, signer->file.length};
    char *token = NULL;
    jwt_t *jwt = NULL;
    if (jwt_new(&jwt) == 0 &&
        jwt_set_alg(jwt, algorithm, (const unsigned char *)key.ptr, (int)key.len) == 0 &&
        (wish->kid == NULL || jwt_add_header(jwt, "kid", wish->kid) == 0) &&
        jwt_add_grants_json(jwt, claims) == 0)
        token = jwt_encode_str(jwt);
    jwt_free(jwt);
    return token;
}

/* `header.payload` in base64url. */
static char *signing_input(const char *header, const char *claims)
{
    size_t header_bytes = strlen(header), claims_bytes = strlen(claims);
    char *input = malloc(BEDNET_ENCODED_BYTES(header_bytes) + BEDNET_ENCODED_BYTES(claims_bytes));
    if (input == NULL)
        return NULL;
    bednet_encode(header, header_bytes, input);
    size_t length = strlen(input);
    input[length] = '.';
    bednet_encode(claims, claims_bytes, input + length + 1);
    return input;
}

static char *append_signature(const char *input, const unsigned char *signature, size_t bytes)
{
    size_t length = strlen(input);
    char *token = malloc(length + 1 + BEDNET_ENCODED_BYTES(bytes));
    if (token == NULL)
        return NULL;
    memcpy(token, input, length);
    token[length] = '.';
    bednet_encode(signature, bytes, token + length + 1);
    return token;
}

static char *make_header(const struct bednet_wish *wish)
{
    const char *type = wish->type != NULL ? wish->type : "JWT";
    json_t *header = json_pack("{s:s, s:s*, s:s*}", "alg", wish->algorithm, "typ",
                               *type != '\0' ? type : NULL, "kid", wish->kid);
    char *text = header != NULL ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(header);
    return text;
}

static char *by_openssl(const struct bednet_wish *wish, const struct bednet_signer *signer,
                        const char *claims)
{
    size_t bytes = 0;
    char *token = NULL, *header = make_header(wish);
    char *input = header != NULL ? signing_input(header, claims) : NULL;
    unsigned char *signature =
        input != NULL ? bednet_signer_sign(signer, wish->algorithm, bednet_text(input), &bytes) : NULL;
    if (signature != NULL)
        token = append_signature(input, signature, bytes);
    free(signature);
    free(input);
    free(header);
    return token;
}

char *bednet_wish_grant(const struct bednet_wish *wish, const struct bednet_signer *signer)
{
    jwt_alg_t algorithm = jwt_str_alg(wish->algorithm);
    char *token = NULL, *claims = json_dumps(wish->claims, JSON_COMPACT);
    if (claims != NULL)
        token = suits_libjwt(wish, algorithm) ? by_libjwt(wish, signer, claims, algorithm)
                                              : by_openssl(wish, signer, claims);
    free(claims);
    if (token == NULL)
        fputs("bednet: the token could not be signed\n", stderr);
    return token;
}
