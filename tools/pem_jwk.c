/* SPDX-License-Identifier: Apache-2.0 */
/* Block by block, by the name that stands in the line before it. */
#include "pem_jwk.h"

#include "command.h"
#include "jwk_json.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>

/* Where in a file the reading is. */
struct place {
    const char *path;
    size_t block;        /* from 1 on */
    bool of_a_chain;     /* passes over all certificates but the first */
    size_t certificates; /* so far */
    json_t *keys;
};

static int refuse(const struct place *place, const char *why)
{
    fprintf(stderr, "bednet: %s: block %zu: %s\n", place->path, place->block, why);
    return BEDNET_EXIT_NO;
}

static void say(const struct place *place, const char *what)
{
    fprintf(stderr, "bednet: %s: block %zu: %s\n", place->path, place->block, what);
}

static EVP_PKEY *key_of_certificate(const unsigned char *der, long bytes)
{
    X509 *certificate = d2i_X509(NULL, &der, bytes);
    EVP_PKEY *key = certificate != NULL ? X509_get_pubkey(certificate) : NULL;
    X509_free(certificate);
    return key;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* Takes `key`, which is NULL where the block could not be read. */
static int add(const struct place *place, EVP_PKEY *key)
{
    const char *why = "OpenSSL cannot read it";
    json_t *jwk = key != NULL ? bednet_jwk_from_key(key, &why) : NULL;
    EVP_PKEY_free(key);
    if (jwk == NULL)
        return refuse(place, why);
    return json_array_append_new(place->keys, jwk) == 0 ? BEDNET_EXIT_OK : bednet_command_nomem();
}

static int take_certificate(struct place *place, const unsigned char *der, long bytes)
{
    if (place->certificates++ == 0 || !place->of_a_chain)
        return add(place, key_of_certificate(der, bytes));
    say(place, "passed over, for only the first certificate of a file counts");
    return BEDNET_EXIT_OK;
}

static int take(struct place *place, const char *name, const char *header, const unsigned char *der,
                long bytes)
{
    if (strcmp(name, "CERTIFICATE") == 0 || strcmp(name, "X509 CERTIFICATE") == 0)
        return take_certificate(place, der, bytes);
    if (strcmp(name, "PUBLIC KEY") == 0)
        return add(place, d2i_PUBKEY(NULL, &der, bytes));
    if (strcmp(name, "RSA PUBLIC KEY") == 0)
        return add(place, d2i_PublicKey(EVP_PKEY_RSA, NULL, &der, bytes));
    if (ends_with(name, " PARAMETERS"))
        return BEDNET_EXIT_OK;
    if (strcmp(name, "ENCRYPTED PRIVATE KEY") == 0 || strstr(header, "ENCRYPTED") != NULL)
        return refuse(place, "an encrypted private key (expected the public key: openssl pkey -pubout)");
    if (!ends_with(name, "PRIVATE KEY"))
        return refuse(place, "neither a key nor a certificate");
    say(place, "a private key, of which only the public part is taken");
    return add(place, d2i_AutoPrivateKey(NULL, &der, bytes));
}

static int take_blocks(struct place *place, BIO *bio)
{
    int code = BEDNET_EXIT_OK;
    char *name, *header;
    unsigned char *der;
    long bytes;
    while (code == BEDNET_EXIT_OK && PEM_read_bio(bio, &name, &header, &der, &bytes) == 1) {
        place->block++;
        code = take(place, name, header, der, bytes);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(der, (size_t)bytes);
    }
    if (code != BEDNET_EXIT_OK)
        return code;
    place->block++;
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        return refuse(place, "not PEM, or cut off");
    return BEDNET_EXIT_OK;
}

int bednet_pem_to_jwks(const char *path, struct bednet_text text, bool of_a_chain, json_t *keys)
{
    struct place place = {.path = path, .of_a_chain = of_a_chain, .keys = keys};
    size_t before = json_array_size(keys);
    BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
    if (bio == NULL)
        return bednet_command_nomem();
    ERR_clear_error();
    int code = take_blocks(&place, bio);
    ERR_clear_error();
    BIO_free(bio);
    if (code == BEDNET_EXIT_OK && json_array_size(keys) == before) {
        fprintf(stderr, "bednet: %s: no key in it (expected a key or a certificate in PEM)\n", path);
        code = BEDNET_EXIT_NO;
    }
    return code;
}
