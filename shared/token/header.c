/* SPDX-License-Identifier: Apache-2.0 */
/* The JOSE header of a token that nobody has vouched for yet. */
#include "token/header.h"
#include "token/json.h"
#include "token/keyring.h"
#include <strings.h>

/* Certificate chains and an embedded key fit; they are read over, not used. */
#define VALUES_MAX 64

static bool equals_ignoring_case(struct bednet_text text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

/* A media type, whose `application/` may be left out (RFC 7515 section 4.1.9). */
static bool is_media_type(const struct bednet_json *value, const char *type)
{
    static const char prefix[] = "application/";
    struct bednet_text text = value->text;
    if (text.len >= sizeof prefix - 1 && strncasecmp(text.ptr, prefix, sizeof prefix - 1) == 0)
        text = (struct bednet_text){text.ptr + sizeof prefix - 1, text.len - (sizeof prefix - 1)};
    return equals_ignoring_case(text, type);
}

/* Tokens of other kinds by the same issuer, such as DPoP proofs or nested ones, open no door here. */
static bool read_type(const struct bednet_json *root, enum bednet_token_type *type)
{
    const struct bednet_json *typ = bednet_json_member(root, "typ");
    const struct bednet_json *cty = bednet_json_member(root, "cty");
    if (cty != NULL && (cty->type != BEDNET_JSON_STRING || is_media_type(cty, "JWT")))
        return false;
    if (typ == NULL)
        *type = BEDNET_TYP_ABSENT;
    else if (typ->type == BEDNET_JSON_STRING && is_media_type(typ, "JWT"))
        *type = BEDNET_TYP_JWT;
    else if (typ->type == BEDNET_JSON_STRING && is_media_type(typ, "at+jwt"))
        *type = BEDNET_TYP_AT_JWT;
    else
        return false;
    return true;
}

static bool read_kid(const struct bednet_json *root, struct bednet_text *kid)
{
    const struct bednet_json *value = bednet_json_member(root, "kid");
    *kid = (struct bednet_text){0};
    if (value == NULL)
        return true;
    if (value->type != BEDNET_JSON_STRING || value->text.len > BEDNET_KID_BYTES_MAX)
        return false;
    *kid = value->text;
    return true;
}

enum bednet_reason bednet_header_read(char *text, size_t bytes, struct bednet_header *header)
{
    struct bednet_json values[VALUES_MAX];
    struct bednet_json_fault fault;
    if (!bednet_json_read(text, bytes, values, VALUES_MAX, &fault) || values->type != BEDNET_JSON_OBJECT)
        return BEDNET_REASON_MALFORMED;
    /* No extension is understood, so none may be critical (RFC 7515 section 4.1.11, RFC 7797 section 6). */
    if (bednet_json_member(values, "crit") != NULL || bednet_json_member(values, "b64") != NULL)
        return BEDNET_REASON_CRITICAL;
    if (!read_type(values, &header->type))
        return BEDNET_REASON_TOKEN_TYPE;

    const struct bednet_json *alg = bednet_json_member(values, "alg");
    header->algorithm = alg != NULL && alg->type == BEDNET_JSON_STRING ? bednet_algorithm_by_name(alg->text)
                                                                       : BEDNET_ALG_NONE;
    if (header->algorithm == BEDNET_ALG_NONE)
        return BEDNET_REASON_ALGORITHM;
    return read_kid(values, &header->kid) ? BEDNET_REASON_NONE : BEDNET_REASON_MALFORMED;
}
