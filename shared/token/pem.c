/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of PEM, taken apart by OpenSSL into the numbers that make a key, which are judged like a JWK's. */
#include "token/pem.h"
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define BEGINNING "-----BEGIN "

struct block {
    char *name;
    char *header;
    unsigned char *data;
    long bytes;
};

/* A modulus of the largest size; other numbers are shorter. */
struct number {
    unsigned char bytes[BEDNET_RSA_BITS_MAX / 8];
    struct bednet_text text; /* within bytes */
};

static enum bednet_key_outcome broken(const char **why, const char *text)
{
    *why = text;
    return BEDNET_KEY_BROKEN;
}

/* The first line from `offset` on that begins a block; the end of the text where there is none. */
static size_t find_beginning(struct bednet_text text, size_t offset)
{
    while (offset < text.len) {
        const char *line = text.ptr + offset;
        size_t left = text.len - offset;
        if (left > strlen(BEGINNING) && memcmp(line, BEGINNING, strlen(BEGINNING)) == 0)
            return offset;
        const char *end = memchr(line, '\n', left);
        offset = end != NULL ? (size_t)(end - text.ptr) + 1 : text.len;
    }
    return text.len;
}

bool bednet_pem_is_there(struct bednet_text text)
{
    return find_beginning(text, 0) < text.len;
}

static size_t count_blocks(struct bednet_text text)
{
    size_t count = 0;
    for (size_t at = find_beginning(text, 0); at < text.len; at = find_beginning(text, at + 1))
        count++;
    return count;
}

/* NULL unless the block is exactly one key that OpenSSL can read. */
static EVP_PKEY *decode_block(const struct block *block)
{
    const unsigned char *at = block->data;
    EVP_PKEY *pkey = NULL;
    if (strcmp(block->name, PEM_STRING_PUBLIC) == 0) {
        pkey = d2i_PUBKEY(NULL, &at, block->bytes);
    } else if (strcmp(block->name, PEM_STRING_RSA_PUBLIC) == 0) {
        pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, block->bytes);
    } else {
        X509 *certificate = d2i_X509(NULL, &at, block->bytes);
        if (certificate != NULL)
            pkey = X509_get_pubkey(certificate);
        X509_free(certificate);
    }
    if (pkey != NULL && at == block->data + block->bytes)
        return pkey;
    EVP_PKEY_free(pkey);
    return NULL;
}

/* A number of the key, in as many bytes as it takes or, where that is more, in `bytes`. */
static bool get_number(const EVP_PKEY *pkey, const char *name, size_t bytes, struct number *out)
{
    BIGNUM *value = NULL;
    bool fits = EVP_PKEY_get_bn_param(pkey, name, &value) == 1 &&
                (size_t)BN_num_bytes(value) <= (bytes > 0 ? bytes : sizeof out->bytes);
    if (fits && bytes == 0)
        bytes = (size_t)BN_num_bytes(value);
    fits = fits && BN_bn2binpad(value, out->bytes, (int)bytes) == (int)bytes;
    BN_free(value);
    out->text = (struct bednet_text){(const char *)out->bytes, bytes};
    return fits;
}

static enum bednet_key_outcome read_rsa(const EVP_PKEY *pkey, unsigned algorithms, struct bednet_key *key,
                                        const char **why)
{
    struct number n, e;
    if (!get_number(pkey, OSSL_PKEY_PARAM_RSA_N, 0, &n) || !get_number(pkey, OSSL_PKEY_PARAM_RSA_E, 0, &e))
        return broken(why, "no usable RSA key (n and e must have at most 8192 bits)");
    return bednet_key_set_rsa(key, algorithms, n.text, e.text, why);
}

static enum bednet_key_outcome read_ec(const EVP_PKEY *pkey, unsigned algorithms, struct bednet_key *key,
                                       const char **why)
{
    struct number x, y;
    char group[64] = "";
    size_t bytes;
    (void)EVP_PKEY_get_group_name(pkey, group, sizeof group, &bytes);
    const struct bednet_curve *curve = bednet_curve_by_group(group);
    if (curve == NULL) {
        *why = "passed over, its curve is none of P-256, P-384, P-521";
        return BEDNET_KEY_PASSED_OVER;
    }
    if ((algorithms & curve->algorithm) == 0) {
        *why = "passed over, the policy does not allow its algorithm";
        return BEDNET_KEY_PASSED_OVER;
    }
    if (!get_number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, curve->field_bytes, &x) ||
        !get_number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, curve->field_bytes, &y))
        return broken(why, "no usable EC key: OpenSSL refuses it");
    return bednet_key_set_ec(key, curve, x.text, y.text, why);
}

static enum bednet_key_outcome read_ed25519(const EVP_PKEY *pkey, struct bednet_key *key, const char **why)
{
    unsigned char x[BEDNET_ED25519_BYTES];
    size_t bytes = sizeof x;
    if (EVP_PKEY_get_raw_public_key(pkey, x, &bytes) != 1)
        return broken(why, "no usable Ed25519 key: OpenSSL refuses it");
    return bednet_key_set_ed25519(key, (struct bednet_text){(const char *)x, bytes}, why);
}

static enum bednet_key_outcome read_pkey(const EVP_PKEY *pkey, unsigned algorithms, struct bednet_key *key,
                                         const char **why)
{
    static const struct {
        const char *type;
        unsigned algorithms;
    } types[] = {
        {"RSA", BEDNET_ALG_RS | BEDNET_ALG_PS}, {"EC", BEDNET_ALG_ES}, {"ED25519", BEDNET_ALG_EDDSA}};
    size_t i = 0;
    while (i < sizeof types / sizeof *types && EVP_PKEY_is_a(pkey, types[i].type) != 1)
        i++;
    if (i == sizeof types / sizeof *types) {
        *why = "passed over, it is none of RSA (but not RSA-PSS), EC, Ed25519";
        return BEDNET_KEY_PASSED_OVER;
    }
    if ((algorithms & types[i].algorithms) == 0) {
        *why = "passed over, the policy does not allow its algorithm";
        return BEDNET_KEY_PASSED_OVER;
    }
    if (i == 0)
        return read_rsa(pkey, algorithms, key, why);
    return i == 1 ? read_ec(pkey, algorithms, key, why) : read_ed25519(pkey, key, why);
}

static bool is_private(const char *name)
{
    static const char end[] = "PRIVATE KEY";
    size_t length = strlen(name);
    return length >= sizeof end - 1 && strcmp(name + length - (sizeof end - 1), end) == 0;
}

static enum bednet_key_outcome read_block(const struct block *block, unsigned algorithms,
                                          struct bednet_key *key, const char **why)
{
    if (is_private(block->name))
        return broken(why, "a private key (only the public one belongs here; replace this key, for whoever "
                           "read the file can make tokens)");
    if (strcmp(block->name, PEM_STRING_PUBLIC) != 0 && strcmp(block->name, PEM_STRING_RSA_PUBLIC) != 0 &&
        strcmp(block->name, PEM_STRING_X509) != 0)
        return broken(why, "neither a public key nor a certificate (expected a block PUBLIC KEY, RSA PUBLIC "
                           "KEY or CERTIFICATE)");
    enum bednet_key_outcome outcome = BEDNET_KEY_BROKEN;
    EVP_PKEY *pkey = decode_block(block);
    if (pkey != NULL)
        outcome = read_pkey(pkey, algorithms, key, why);
    else
        *why = "OpenSSL cannot read this block";
    EVP_PKEY_free(pkey);
    if (bednet_crypto_drain_errors() && outcome != BEDNET_KEY_USABLE)
        outcome = BEDNET_KEY_NOMEM;
    if (outcome != BEDNET_KEY_USABLE)
        bednet_key_clear(key);
    return outcome;
}

static enum bednet_status add_block(const struct bednet_key_text *source, BIO *bio, size_t offset,
                                    size_t number, unsigned algorithms, struct bednet_keyring *keyring)
{
    struct block block = {0};
    const char *why = NULL;
    enum bednet_key_outcome outcome = BEDNET_KEY_BROKEN;
    if (PEM_read_bio(bio, &block.name, &block.header, &block.data, &block.bytes) == 1)
        outcome = read_block(&block, algorithms, &keyring->keys[keyring->count], &why);
    else if (bednet_crypto_drain_errors())
        outcome = BEDNET_KEY_NOMEM;
    else
        why = "a block of PEM that is cut short or damaged";
    OPENSSL_free(block.name);
    OPENSSL_free(block.header);
    OPENSSL_clear_free(block.data, (size_t)block.bytes);
    return bednet_keyring_settle(source, offset, number, (struct bednet_text){0}, outcome, why, keyring);
}

/* All blocks are looked at even after one was refused, so that the diagnostics are complete. */
static enum bednet_status add_blocks(const struct bednet_key_text *source, BIO *bio, unsigned algorithms,
                                     struct bednet_keyring *keyring)
{
    enum bednet_status status = BEDNET_OK;
    size_t number = 0, at = find_beginning(source->text, 0);
    while (at < source->text.len) {
        enum bednet_status added = add_block(source, bio, at, ++number, algorithms, keyring);
        if (added == BEDNET_NOMEM)
            return added;
        if (added != BEDNET_OK)
            status = added;
        size_t consumed = source->text.len - BIO_ctrl_pending(bio);
        at = find_beginning(source->text, consumed > at ? consumed : at + 1);
    }
    if (status == BEDNET_OK && keyring->count == 0)
        return bednet_keyring_refuse(source, 0,
                                     "no usable key in this file (at least one that verifies an "
                                     "algorithm of the policy)");
    return status;
}

/* Nothing tells which of them a token means. */
static bool are_too_many(const struct bednet_keyring *keyring)
{
    for (unsigned bit = 1; bit < BEDNET_ALG_ALL; bit <<= 1) {
        size_t count = 0;
        for (size_t i = 0; i < keyring->count; i++)
            count += (keyring->keys[i].algorithms & bit) != 0;
        if (count > BEDNET_PEM_KEYS_MAX)
            return true;
    }
    return false;
}

enum bednet_status bednet_pem_read(const struct bednet_key_text *source, unsigned algorithms,
                                   struct bednet_keyring **out)
{
    size_t count = count_blocks(source->text);
    if (count > BEDNET_JWKS_KEYS_MAX)
        return bednet_keyring_refuse(source, 0, "too many keys (at most 64)");
    enum bednet_status status = BEDNET_NOMEM;
    struct bednet_keyring *keyring = bednet_keyring_new(count);
    BIO *bio = BIO_new_mem_buf(source->text.ptr, (int)source->text.len);
    if (keyring != NULL && bio != NULL) {
        keyring->nameless = true;
        status = add_blocks(source, bio, algorithms, keyring);
        if (status == BEDNET_OK && are_too_many(keyring))
            status = bednet_keyring_refuse(source, 0,
                                           "too many keys for one algorithm (at most 4, since PEM has no "
                                           "key ids; a JWK Set has)");
    }
    BIO_free(bio);
    if (status == BEDNET_OK)
        *out = keyring;
    else
        bednet_keyring_free(keyring);
    return status;
}
