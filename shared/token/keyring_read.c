/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of a file to keys, with everything that is wrong with it said at once. */
#include "token/jwk.h"
#include "token/keyring_internal.h"
#include "token/pem.h"
#include <openssl/crypto.h>

/* Some 60 members and elements for each key. */
#define VALUES_MAX 4096

static enum bednet_status refuse_json(const struct bednet_key_text *source,
                                      const struct bednet_json_fault *fault)
{
    bednet_diag_add(source->diag, BEDNET_ERROR, source->file, bednet_keyring_place(source, fault->offset),
                    "%s (expected a JWK Set in JSON)", fault->text);
    return BEDNET_INVALID;
}

static enum bednet_status add_key(const struct bednet_key_text *source, const struct bednet_json *jwk,
                                  size_t number, unsigned algorithms, struct bednet_keyring *keyring)
{
    const char *why = NULL;
    const struct bednet_json *kid = bednet_json_member(jwk, "kid");
    struct bednet_text name = {0};
    if (kid != NULL && kid->type == BEDNET_JSON_STRING)
        name = kid->text;
    enum bednet_key_outcome outcome = bednet_jwk_read(jwk, algorithms, &keyring->keys[keyring->count], &why);
    return bednet_keyring_settle(source, jwk->offset, number, name, outcome, why, keyring);
}

/* All keys are looked at even after one was refused, so that the diagnostics are complete. */
static enum bednet_status add_keys(const struct bednet_key_text *source, const struct bednet_json *first,
                                   size_t count, unsigned algorithms, struct bednet_keyring *keyring)
{
    enum bednet_status status = BEDNET_OK;
    const struct bednet_json *jwk = first;
    for (size_t i = 0; i < count; i++, jwk += jwk->span) {
        enum bednet_status added = add_key(source, jwk, i + 1, algorithms, keyring);
        if (added == BEDNET_NOMEM)
            return added;
        if (added != BEDNET_OK)
            status = added;
    }
    return status;
}

/* A set, or a single key, which stands for a set of one. */
static enum bednet_status read_json(const struct bednet_key_text *source, const struct bednet_json *root,
                                    unsigned algorithms, struct bednet_keyring **out)
{
    const struct bednet_json *list = bednet_json_member(root, "keys"), *place = list;
    bool single = list == NULL && bednet_json_member(root, "kty") != NULL;
    if (single)
        place = root;
    else if (list == NULL || list->type != BEDNET_JSON_ARRAY)
        return bednet_keyring_refuse(
            source, root->offset,
            "not a JWK Set (expected an object with an array \"keys\", or a single JWK)");
    size_t count = single ? 1 : list->size;
    if (count > BEDNET_JWKS_KEYS_MAX)
        return bednet_keyring_refuse(source, place->offset, "too many keys (at most 64)");

    struct bednet_keyring *keyring = bednet_keyring_new(count);
    if (keyring == NULL)
        return BEDNET_NOMEM;
    enum bednet_status status = add_keys(source, single ? root : list + 1, count, algorithms, keyring);
    if (status == BEDNET_OK && keyring->count == 0)
        status = bednet_keyring_refuse(source, place->offset,
                                       "no usable key in this set (at least one that verifies an "
                                       "algorithm of the policy)");
    if (status == BEDNET_OK)
        *out = keyring;
    else
        bednet_keyring_free(keyring);
    return status;
}

static enum bednet_status parse_json(const struct bednet_key_text *source, unsigned algorithms,
                                     struct bednet_keyring **out)
{
    struct bednet_json_fault fault;
    size_t capacity = bednet_json_values(source->text);
    if (capacity > VALUES_MAX)
        capacity = VALUES_MAX;
    enum bednet_status status = BEDNET_NOMEM;
    char *text = OPENSSL_memdup(source->text.ptr, source->text.len);
    struct bednet_json *values = OPENSSL_malloc(capacity * sizeof *values);
    if (text != NULL && values != NULL) {
        if (bednet_json_read(text, source->text.len, values, capacity, &fault))
            status = read_json(source, values, algorithms, out);
        else
            status = refuse_json(source, &fault);
    }
    OPENSSL_free(values);
    OPENSSL_clear_free(text, source->text.len);
    return status;
}

enum bednet_status bednet_keyring_from_jwks(const char *file, struct bednet_text json, unsigned algorithms,
                                            struct bednet_diag *diag, struct bednet_keyring **out)
{
    struct bednet_key_text source = {file, json, diag};
    if (json.len == 0 || json.len > BEDNET_JWKS_BYTES_MAX)
        return bednet_keyring_refuse(&source, 0, "a JWK Set of the wrong size (1 byte to 1 MiB)");
    enum bednet_status status = parse_json(&source, algorithms, out);
    bednet_crypto_drain_errors();
    return status;
}

/* An object: PEM begins with anything but a brace. */
static bool is_object(struct bednet_text text)
{
    size_t i = 0;
    while (i < text.len && strchr(" \t\r\n", text.ptr[i]) != NULL && text.ptr[i] != '\0')
        i++;
    return i < text.len && text.ptr[i] == '{';
}

enum bednet_status bednet_keyring_from_file(const char *file, struct bednet_text bytes, unsigned algorithms,
                                            struct bednet_diag *diag, struct bednet_keyring **out)
{
    struct bednet_key_text source = {file, bytes, diag};
    if (bytes.len == 0 || bytes.len > BEDNET_JWKS_BYTES_MAX)
        return bednet_keyring_refuse(&source, 0, "a key file of the wrong size (1 byte to 1 MiB)");
    enum bednet_status status;
    if (is_object(bytes))
        status = parse_json(&source, algorithms, out);
    else if (bednet_pem_is_there(bytes))
        status = bednet_pem_read(&source, algorithms, out);
    else
        status = bednet_keyring_refuse(
            &source, 0, "no key file (expected a JWK Set, a JWK, or public keys or certificates in PEM)");
    bednet_crypto_drain_errors();
    return status;
}
