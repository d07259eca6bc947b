/* SPDX-License-Identifier: Apache-2.0 */
/* Claims: read, kept, and found again by name. */
#include "token/claims.h"
#include "token/base64url.h"
#include <openssl/crypto.h>

/* More than identity providers write; a search through it stays short. */
#define VALUES_MAX 1024

/* BEDNET_CLAIMS for any other name. */
static enum bednet_claim claim_of(struct bednet_text name)
{
    static const char names[BEDNET_CLAIMS][4] = {"iss", "sub", "aud", "exp", "nbf",
                                                 "iat", "jti", "azp", "cnf"};
    enum bednet_claim claim = name.len == 3 ? BEDNET_CLAIM_ISS : BEDNET_CLAIMS;
    while (claim < BEDNET_CLAIMS && memcmp(name.ptr, names[claim], 3) != 0)
        claim++;
    return claim;
}

/* All at once: each of them is asked for. No name comes twice. */
static void find_named(struct bednet_claims *claims)
{
    const struct bednet_json *root = claims->values, *member = root + 1;
    memset(claims->named, 0, sizeof claims->named);
    for (uint32_t i = 0; i < root->size; i++, member += member->span) {
        enum bednet_claim claim = claim_of(member->name);
        if (claim != BEDNET_CLAIMS)
            claims->named[claim] = member;
    }
}

enum bednet_reason bednet_claims_read(struct bednet_text payload, struct bednet_claims **claims)
{
    struct bednet_json_fault fault;
    size_t capacity = bednet_json_values(payload);
    if (capacity > VALUES_MAX)
        capacity = VALUES_MAX;
    size_t table_bytes = sizeof **claims + capacity * sizeof(struct bednet_json);
    struct bednet_claims *read = OPENSSL_malloc(table_bytes + payload.len);
    if (read == NULL)
        return BEDNET_REASON_INTERNAL;

    char *text = (char *)read + table_bytes;
    read->expiry_s = 0;
    memcpy(text, payload.ptr, payload.len);
    if (!bednet_json_read(text, payload.len, read->values, capacity, &fault) ||
        read->values->type != BEDNET_JSON_OBJECT) {
        bednet_claims_free(read);
        return BEDNET_REASON_CLAIMS;
    }
    find_named(read);
    *claims = read;
    return BEDNET_REASON_NONE;
}

void bednet_claims_free(struct bednet_claims *claims)
{
    OPENSSL_free(claims);
}

bool bednet_claims_come_from(const struct bednet_claims *claims, struct bednet_text issuer)
{
    return bednet_json_is(claims->named[BEDNET_CLAIM_ISS], issuer);
}

int64_t bednet_claims_expiry(const struct bednet_claims *claims)
{
    return claims->expiry_s;
}

/* A name may hold dots of its own, as claims that are named by a URL do. */
static const struct bednet_json *find(const struct bednet_json *object, struct bednet_text name,
                                      unsigned level)
{
    const struct bednet_json *member = object + 1, *found = NULL;
    for (uint32_t i = 0; found == NULL && i < object->size; i++, member += member->span) {
        size_t bytes = member->name.len;
        if (bednet_text_equal(member->name, name))
            found = member;
        else if (member->type == BEDNET_JSON_OBJECT && level < BEDNET_CLAIM_LEVELS_MAX && bytes < name.len &&
                 name.ptr[bytes] == '.' && memcmp(member->name.ptr, name.ptr, bytes) == 0)
            found = find(member, (struct bednet_text){name.ptr + bytes + 1, name.len - bytes - 1}, level + 1);
    }
    return found;
}

const struct bednet_json *bednet_claims_find(const struct bednet_claims *claims, struct bednet_text name)
{
    return bednet_claims_find_in(claims->values, name);
}

const struct bednet_json *bednet_claims_find_in(const struct bednet_json *root, struct bednet_text name)
{
    return name.ptr != NULL ? find(root, name, 1) : NULL;
}

bool bednet_claim_is_word_list(const struct bednet_json *claim, struct bednet_text name)
{
    return claim->type == BEDNET_JSON_STRING && (bednet_text_equal(name, BEDNET_TEXT_LITERAL("scope")) ||
                                                 bednet_text_equal(name, BEDNET_TEXT_LITERAL("scp")));
}

bool bednet_claim_next_word(struct bednet_text *rest, struct bednet_text *word)
{
    const char *at = rest->ptr, *end = rest->ptr + rest->len;
    while (at < end && *at == ' ')
        at++;
    const char *stop = memchr(at, ' ', (size_t)(end - at));
    if (stop == NULL)
        stop = end;
    *word = (struct bednet_text){at, (size_t)(stop - at)};
    *rest = (struct bednet_text){stop, (size_t)(end - stop)};
    return word->len > 0;
}

bool bednet_claim_text(const struct bednet_json *value, struct bednet_text *text)
{
    switch (value->type) {
    case BEDNET_JSON_STRING:
    case BEDNET_JSON_INTEGER:
        *text = value->text;
        return true;
    case BEDNET_JSON_TRUE:
        *text = BEDNET_TEXT_LITERAL("true");
        return true;
    case BEDNET_JSON_FALSE:
        *text = BEDNET_TEXT_LITERAL("false");
        return true;
    default:
        return false;
    }
}

enum bednet_confirmation bednet_claims_confirmation(const struct bednet_claims *claims,
                                                    unsigned char thumbprint[BEDNET_THUMBPRINT_BYTES])
{
    enum { CHARS = 43 };
    unsigned char decoded[BEDNET_BASE64URL_BYTES(CHARS)];
    size_t bytes;
    const struct bednet_json *cnf = claims->named[BEDNET_CLAIM_CNF];
    if (cnf == NULL)
        return BEDNET_CONFIRMATION_NONE;
    const struct bednet_json *hash = bednet_json_member(cnf, "x5t#S256");
    /* A second member would be a second condition, and one that is not understood is not met. */
    if (hash == NULL || cnf->size != 1 || hash->type != BEDNET_JSON_STRING || hash->text.len != CHARS ||
        !bednet_base64url_decode(hash->text, decoded, &bytes))
        return BEDNET_CONFIRMATION_UNSUPPORTED;
    memcpy(thumbprint, decoded, BEDNET_THUMBPRINT_BYTES);
    return BEDNET_CONFIRMATION_CERTIFICATE;
}
