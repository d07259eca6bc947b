/* SPDX-License-Identifier: Apache-2.0 */
/* The file that a token is signed with. What kind it is says its content, never its name. */
#include "command.h"
#include "input.h"
#include "sign.h"
#include "token/base64url.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

/* Larger than any key, and than any file that somebody takes for one. */
#define FILE_BYTES_MAX (256 * 1024)

static int refuse(const char *path, const char *why)
{
    fprintf(stderr, "bednet: %s: %s\n", path, why);
    return BEDNET_EXIT_NO;
}

/* OpenSSL's own callback would ask the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static int load_pem(const char *path, struct bednet_signer *signer)
{
    BIO *bio = BIO_new_mem_buf(signer->file.bytes, (int)signer->file.length);
    if (bio == NULL)
        return bednet_command_nomem();
    signer->key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    if (signer->key != NULL)
        return BEDNET_EXIT_OK;
    return refuse(path, "no private key that OpenSSL can read (expected one in PEM, not encrypted)");
}

static int decode_secret(const char *path, const char *k, struct bednet_signer *signer)
{
    struct bednet_text text = bednet_text(k);
    signer->decoded_bytes = BEDNET_BASE64URL_BYTES(text.len);
    signer->decoded = calloc(1, signer->decoded_bytes);
    if (signer->decoded == NULL)
        return bednet_command_nomem();
    size_t bytes;
    if (!bednet_base64url_decode(text, signer->decoded, &bytes))
        return refuse(path, "k of the JWK is not base64url without padding");
    signer->secret = (struct bednet_text){(const char *)signer->decoded, bytes};
    return BEDNET_EXIT_OK;
}

static int load_jwk(const char *path, struct bednet_signer *signer)
{
    json_t *jwk = json_loadb(signer->file.bytes, signer->file.length, JSON_REJECT_DUPLICATES, NULL);
    const char *kty = json_string_value(json_object_get(jwk, "kty"));
    const char *k = json_string_value(json_object_get(jwk, "k"));
    int code = kty != NULL && strcmp(kty, "oct") == 0 && k != NULL
                   ? decode_secret(path, k, signer)
                   : refuse(path, "no JWK with a secret (expected kty oct and k; private keys in PEM)");
    json_decref(jwk);
    return code;
}

static void warn(const char *path, const struct bednet_signer *signer)
{
    if (signer->file.world_readable)
        fprintf(stderr,
                "bednet: warning: %s may be read by anybody (expected mode 0640 or less: who reads it can "
                "make tokens)\n",
                path);
    if (signer->key == NULL && signer->decoded == NULL && signer->file.bytes[signer->file.length - 1] == '\n')
        fprintf(stderr, "bednet: warning: %s ends with a line end, which is part of the secret\n", path);
}

int bednet_signer_load(const char *path, struct bednet_signer *signer)
{
    memset(signer, 0, sizeof *signer);
    int code = bednet_input_read(path, FILE_BYTES_MAX, &signer->file);
    if (code != BEDNET_EXIT_OK)
        return code;
    struct bednet_text text = {signer->file.bytes, signer->file.length};
    if (text.len == 0)
        return refuse(path, "empty (expected a key)");
    /* Indented or behind other bytes it is no PEM, but no secret either. */
    if (memmem(text.ptr, text.len, "-----BEGIN ", 11) != NULL)
        code = load_pem(path, signer);
    else if (text.ptr[0] == '{')
        code = load_jwk(path, signer);
    else
        signer->secret = text;
    if (code == BEDNET_EXIT_OK)
        warn(path, signer);
    return code;
}

void bednet_signer_free(struct bednet_signer *signer)
{
    EVP_PKEY_free(signer->key);
    if (signer->decoded != NULL)
        OPENSSL_cleanse(signer->decoded, signer->decoded_bytes);
    free(signer->decoded);
    bednet_file_free(&signer->file);
    memset(signer, 0, sizeof *signer);
}
