/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input is a key file: a JWK Set, a JWK, or PEM. It must be refused with an error that has a place, or
 * give keys that are each bound to something the policy allows, and OpenSSL's queue of errors must be empty
 * in the end. Reaches: telling the three apart, JWKs, PEM and DER through OpenSSL, every check of a key, and
 * a verification with each key.
 */
#include "token/keyring_internal.h"
#include <openssl/err.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_key(const struct bednet_key *key, unsigned algorithms)
{
    static const char zeros[BEDNET_SIGNATURE_BYTES_MAX];
    if (key->algorithms == 0 || (key->algorithms & ~algorithms) != 0 || key->kid.len > BEDNET_KID_BYTES_MAX ||
        key->prepared_count == 0)
        abort();
    for (unsigned bit = 1; bit < BEDNET_ALG_ALL; bit <<= 1) {
        bool served = (key->algorithms & bit) != 0;
        for (size_t i = 0; i < key->prepared_count; i++) {
            size_t bytes = key->prepared[i].signature_bytes;
            enum bednet_reason reason = bednet_key_verify(key, (enum bednet_algorithm)bit, bednet_text("a.b"),
                                                          (struct bednet_text){zeros, bytes});
            if (reason != (served ? BEDNET_REASON_SIGNATURE : BEDNET_REASON_ALGORITHM))
                abort();
        }
    }
}

static void check_refusal(const struct bednet_diag *diag)
{
    for (size_t i = 0; i < bednet_diag_count(diag); i++) {
        const struct bednet_diag_entry *entry = bednet_diag_at(diag, i);
        if (entry->source.line == 0 || entry->source.column == 0 || entry->text[0] == '\0')
            abort();
    }
}

static void read_file(struct bednet_text file, unsigned algorithms)
{
    struct bednet_keyring *keys = NULL;
    struct bednet_diag *diag = bednet_diag_new();
    if (diag == NULL)
        abort();
    enum bednet_status status = bednet_keyring_from_file("keys", file, algorithms, diag, &keys);
    if ((status == BEDNET_OK) != (keys != NULL) || (status == BEDNET_OK) == bednet_diag_failed(diag) ||
        (status != BEDNET_OK && status != BEDNET_INVALID) || ERR_peek_error() != 0)
        abort();
    check_refusal(diag);
    bednet_diag_free(diag);
    if (keys == NULL)
        return;
    if (keys->count == 0 || keys->count > BEDNET_JWKS_KEYS_MAX)
        abort();
    for (size_t i = 0; i < keys->count; i++)
        check_key(&keys->keys[i], algorithms);
    bednet_keyring_free(keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bednet_text file = {(const char *)data, size};
    read_file(file, BEDNET_ALG_ALL);
    read_file(file, BEDNET_ALG_ES384 | BEDNET_ALG_HS512 | BEDNET_ALG_PS256);
    return 0;
}
