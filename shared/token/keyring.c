/* SPDX-License-Identifier: Apache-2.0 */
/* JWK Sets: from the text of a file to keys, with everything that is wrong with it said at once. */
#include "token/jwk.h"
#include "token/keyring_internal.h"
#include <openssl/crypto.h>

/* Some 60 members and elements for each key. */
#define VALUES_MAX 4096

/* What is being read, and where complaints go. */
struct source {
    const char *file;
    struct bednet_text json; /* as it was given */
    struct bednet_diag *diag;
};

static struct bednet_source place_of(const struct source *source, size_t offset)
{
    struct bednet_source place = {1, 1};
    for (size_t i = 0; i < offset && i < source->json.len; i++) {
        place.column++;
        if (source->json.ptr[i] == '\n')
            place = (struct bednet_source){place.line + 1, 1};
    }
    return place;
}

static enum bednet_status refuse(const struct source *source, size_t offset, const char *text)
{
    bednet_diag_add(source->diag, BEDNET_ERROR, source->file, place_of(source, offset), "%s", text);
    return BEDNET_INVALID;
}

static enum bednet_status refuse_json(const struct source *source, const struct bednet_json_fault *fault)
{
    bednet_diag_add(source->diag, BEDNET_ERROR, source->file, place_of(source, fault->offset),
                    "%s (expected a JWK Set in JSON)", fault->text);
    return BEDNET_INVALID;
}

/* A complaint about one key, which is called by its number and, where it has one, its kid. */
static void complain(const struct source *source, const struct bednet_json *jwk, size_t number,
                     enum bednet_severity severity, const char *text)
{
    const struct bednet_json *kid = bednet_json_member(jwk, "kid");
    struct bednet_source place = place_of(source, jwk->offset);
    if (kid != NULL && kid->type == BEDNET_JSON_STRING)
        bednet_diag_add(source->diag, severity, source->file, place, "key %zu, kid '%.*s': %s", number,
                        (int)(kid->text.len < 64 ? kid->text.len : 64), kid->text.ptr, text);
    else
        bednet_diag_add(source->diag, severity, source->file, place, "key %zu: %s", number, text);
}

static const struct bednet_key *find_key(const struct bednet_key *keys, size_t count, struct bednet_text kid)
{
    for (size_t i = 0; i < count; i++) {
        if (bednet_text_equal(keys[i].kid, kid))
            return &keys[i];
    }
    return NULL;
}

static enum bednet_status add_key(const struct source *source, const struct bednet_json *jwk, size_t number,
                                  unsigned algorithms, struct bednet_keyring *keyring)
{
    const char *why = NULL;
    struct bednet_key *key = &keyring->keys[keyring->count];
    switch (bednet_jwk_read(jwk, algorithms, key, &why)) {
    case BEDNET_JWK_NOMEM:
        return BEDNET_NOMEM;
    case BEDNET_JWK_PASSED_OVER:
        complain(source, jwk, number, BEDNET_WARNING, why);
        return BEDNET_OK;
    case BEDNET_JWK_BROKEN:
        complain(source, jwk, number, BEDNET_ERROR, why);
        return BEDNET_INVALID;
    case BEDNET_JWK_USABLE:
        break;
    }
    if (find_key(keyring->keys, keyring->count, key->kid) != NULL) {
        complain(source, jwk, number, BEDNET_ERROR, "another key has the same kid (each needs its own)");
        bednet_key_clear(key);
        return BEDNET_INVALID;
    }
    keyring->count++;
    return BEDNET_OK;
}

/* All keys are looked at even after one was refused, so that the diagnostics are complete. */
static enum bednet_status add_keys(const struct source *source, const struct bednet_json *list,
                                   unsigned algorithms, struct bednet_keyring *keyring)
{
    enum bednet_status status = BEDNET_OK;
    const struct bednet_json *jwk = list + 1;
    for (uint32_t i = 0; i < list->size; i++, jwk += jwk->span) {
        enum bednet_status added = add_key(source, jwk, i + 1, algorithms, keyring);
        if (added == BEDNET_NOMEM)
            return added;
        if (added != BEDNET_OK)
            status = added;
    }
    if (status == BEDNET_OK && keyring->count == 0)
        return refuse(source, list->offset,
                      "no usable key in this set (at least one that verifies an "
                      "algorithm of the policy)");
    return status;
}

static enum bednet_status read_set(const struct source *source, const struct bednet_json *root,
                                   unsigned algorithms, struct bednet_keyring **out)
{
    const struct bednet_json *list = bednet_json_member(root, "keys");
    if (list == NULL && bednet_json_member(root, "kty") != NULL)
        return refuse(source, root->offset, "a single key (expected a set: {\"keys\": [...]} around it)");
    if (list == NULL || list->type != BEDNET_JSON_ARRAY)
        return refuse(source, root->offset, "not a JWK Set (expected an object with an array \"keys\")");
    if (list->size > BEDNET_JWKS_KEYS_MAX)
        return refuse(source, list->offset, "too many keys (at most 64)");

    struct bednet_keyring *keyring = OPENSSL_zalloc(sizeof *keyring + list->size * sizeof *keyring->keys);
    if (keyring == NULL)
        return BEDNET_NOMEM;
    enum bednet_status status = add_keys(source, list, algorithms, keyring);
    if (status == BEDNET_OK)
        *out = keyring;
    else
        bednet_keyring_free(keyring);
    return status;
}

enum bednet_status bednet_keyring_from_jwks(const char *file, struct bednet_text json, unsigned algorithms,
                                            struct bednet_diag *diag, struct bednet_keyring **out)
{
    struct source source = {file, json, diag};
    struct bednet_json_fault fault;
    if (json.len == 0 || json.len > BEDNET_JWKS_BYTES_MAX)
        return refuse(&source, 0, "a JWK Set of the wrong size (1 byte to 1 MiB)");

    size_t capacity = bednet_json_values(json);
    if (capacity > VALUES_MAX)
        capacity = VALUES_MAX;
    enum bednet_status status = BEDNET_NOMEM;
    char *text = OPENSSL_memdup(json.ptr, json.len);
    struct bednet_json *values = OPENSSL_malloc(capacity * sizeof *values);
    if (text != NULL && values != NULL) {
        if (bednet_json_read(text, json.len, values, capacity, &fault))
            status = read_set(&source, values, algorithms, out);
        else
            status = refuse_json(&source, &fault);
    }
    OPENSSL_free(values);
    OPENSSL_clear_free(text, json.len);
    bednet_crypto_drain_errors();
    return status;
}

const struct bednet_key *bednet_keyring_find(const struct bednet_keyring *keyring, struct bednet_text kid)
{
    return find_key(keyring->keys, keyring->count, kid);
}

size_t bednet_keyring_count(const struct bednet_keyring *keyring)
{
    return keyring->count;
}

void bednet_keyring_free(struct bednet_keyring *keyring)
{
    if (keyring == NULL)
        return;
    for (size_t i = 0; i < keyring->count; i++)
        bednet_key_clear(&keyring->keys[i]);
    OPENSSL_free(keyring);
}
