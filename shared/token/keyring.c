/* SPDX-License-Identifier: Apache-2.0 */
/* A keyring, and what is said of its keys while it is filled. */
#include "token/keyring_internal.h"
#include <openssl/crypto.h>

struct bednet_keyring *bednet_keyring_new(size_t capacity)
{
    struct bednet_keyring *keyring;
    return OPENSSL_zalloc(sizeof *keyring + capacity * sizeof *keyring->keys);
}

const struct bednet_key *bednet_keyring_find(const struct bednet_keyring *keyring, struct bednet_text kid)
{
    for (size_t i = 0; i < keyring->count; i++) {
        if (bednet_text_equal(keyring->keys[i].kid, kid))
            return &keyring->keys[i];
    }
    return NULL;
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

struct bednet_source bednet_keyring_place(const struct bednet_key_text *source, size_t offset)
{
    struct bednet_source place = {1, 1};
    for (size_t i = 0; i < offset && i < source->text.len; i++) {
        place.column++;
        if (source->text.ptr[i] == '\n')
            place = (struct bednet_source){place.line + 1, 1};
    }
    return place;
}

enum bednet_status bednet_keyring_refuse(const struct bednet_key_text *source, size_t offset,
                                         const char *text)
{
    bednet_diag_add(source->diag, BEDNET_ERROR, source->file, bednet_keyring_place(source, offset), "%s",
                    text);
    return BEDNET_INVALID;
}

/* About one key, which is called by its number and, unless that is absent, its kid. */
static void complain(const struct bednet_key_text *source, size_t offset, size_t number,
                     struct bednet_text kid, enum bednet_severity severity, const char *text)
{
    struct bednet_source place = bednet_keyring_place(source, offset);
    if (kid.ptr != NULL)
        bednet_diag_add(source->diag, severity, source->file, place, "key %zu, kid '%.*s': %s", number,
                        (int)(kid.len < 64 ? kid.len : 64), kid.ptr, text);
    else
        bednet_diag_add(source->diag, severity, source->file, place, "key %zu: %s", number, text);
}

enum bednet_status bednet_keyring_settle(const struct bednet_key_text *source, size_t offset, size_t number,
                                         struct bednet_text kid, enum bednet_key_outcome outcome,
                                         const char *why, struct bednet_keyring *keyring)
{
    struct bednet_key *key = &keyring->keys[keyring->count];
    if (outcome == BEDNET_KEY_NOMEM)
        return BEDNET_NOMEM;
    if (outcome == BEDNET_KEY_BROKEN) {
        complain(source, offset, number, kid, BEDNET_ERROR, why);
        return BEDNET_INVALID;
    }
    if (why != NULL)
        complain(source, offset, number, kid, BEDNET_WARNING, why);
    if (outcome == BEDNET_KEY_PASSED_OVER)
        return BEDNET_OK;
    if (bednet_keyring_find(keyring, key->kid) != NULL) {
        complain(source, offset, number, kid, BEDNET_ERROR,
                 "another key has the same kid (each needs its own)");
        bednet_key_clear(key);
        return BEDNET_INVALID;
    }
    keyring->count++;
    return BEDNET_OK;
}
