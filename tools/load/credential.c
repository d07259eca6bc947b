/* SPDX-License-Identifier: Apache-2.0 */
/* See credential.h. */
#include "credential.h"
#include "command.h"
#include "device.h"
#include "input.h"
#include "order.h"
#include "stencil.h"
#include "token/verify.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line each of the most clients that there are would be more, but not of tokens that anybody has. */
#define TOKENS_BYTES_MAX (256u * 1024 * 1024)

void bednet_credential_free(struct bednet_credential *credential)
{
    free(credential->id);
    free(credential->username);
    free(credential->password);
    X509_free(credential->certificate);
    sk_X509_pop_free(credential->chain, X509_free);
    EVP_PKEY_free(credential->key);
    memset(credential, 0, sizeof *credential);
}

/* The name on the heap; an exit code. */
static int name(const char *template, const struct bednet_stencil *filling, char **out)
{
    char *text = malloc(BEDNET_STENCIL_BYTES_MAX + 1);
    if (text == NULL)
        return bednet_command_nomem();
    if (!bednet_stencil_put(template, filling, text, BEDNET_STENCIL_BYTES_MAX + 1)) {
        free(text);
        fprintf(stderr, "bednet-load: '%s' makes names that are too long for MQTT\n", template);
        return BEDNET_EXIT_USAGE;
    }
    char *tight = realloc(text, strlen(text) + 1);
    *out = tight != NULL ? tight : text;
    return BEDNET_EXIT_OK;
}

static int name_device(const struct bednet_order *order, struct bednet_device *device)
{
    struct bednet_stencil filling = {.number = device->number};
    struct bednet_credential *credential = &device->credential;
    int code = name(device->is_subscriber ? order->subscriber_id : order->id, &filling, &credential->id);
    filling.id = credential->id;
    if (code == BEDNET_EXIT_OK && order->username != NULL)
        code = name(order->username, &filling, &credential->username);
    if (code == BEDNET_EXIT_OK && order->password != NULL)
        code = name(order->password, &filling, &credential->password);
    return code;
}

/* Takes a line off the front of *rest; false where there is none. Blank lines are none. */
static bool take_line(struct bednet_text *rest, struct bednet_text *line)
{
    while (rest->len > 0) {
        const char *end = memchr(rest->ptr, '\n', rest->len);
        size_t length = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
        *line = (struct bednet_text){rest->ptr, length};
        size_t step = length + (end != NULL ? 1 : 0);
        *rest = (struct bednet_text){rest->ptr + step, rest->len - step};
        while (line->len > 0 && strchr(" \t\r", line->ptr[line->len - 1]) != NULL)
            line->len--;
        if (line->len > 0)
            return true;
    }
    return false;
}

static int hand_out(const char *path, const struct bednet_file *file, struct bednet_device *devices,
                    size_t count)
{
    struct bednet_text rest = {file->bytes, file->length}, line;
    for (size_t i = 0; i < count; i++) {
        if (!take_line(&rest, &line)) {
            fprintf(stderr, "bednet-load: %s: %zu tokens for %zu clients (expected a line for each)\n", path,
                    i, count);
            return BEDNET_EXIT_USAGE;
        }
        if (line.len > BEDNET_STENCIL_BYTES_MAX || memchr(line.ptr, '\0', line.len) != NULL) {
            fprintf(stderr, "bednet-load: %s: token %zu is none that fits a password\n", path, i + 1);
            return BEDNET_EXIT_USAGE;
        }
        devices[i].credential.password = strndup(line.ptr, line.len);
        if (devices[i].credential.password == NULL)
            return bednet_command_nomem();
    }
    return BEDNET_EXIT_OK;
}

static int read_tokens(const char *path, struct bednet_device *devices, size_t count)
{
    struct bednet_file file;
    int code = bednet_input_read(path, TOKENS_BYTES_MAX, &file);
    if (code != BEDNET_EXIT_OK)
        return code;
    code = hand_out(path, &file, devices, count);
    bednet_file_free(&file);
    return code;
}

static int claim(const struct bednet_order *order, struct bednet_wish *wish,
                 const struct bednet_device *device)
{
    struct bednet_stencil filling = {.number = device->number, .id = device->credential.id};
    int code = bednet_wish_text(wish, "sub", filling.id);
    if (code == BEDNET_EXIT_OK)
        code = bednet_wish_text(wish, "client_id", filling.id);
    for (size_t i = 0; code == BEDNET_EXIT_OK && i < order->mint_claim_count; i++) {
        char *text = NULL;
        code = name(order->mint_claims[i], &filling, &text);
        if (code == BEDNET_EXIT_OK)
            code = bednet_wish_claim(wish, text);
        free(text);
    }
    return code == BEDNET_EXIT_OK ? bednet_wish_complete(wish) : code;
}

static int mint_one(const struct bednet_order *order, const struct bednet_signer *signer,
                    const char *algorithm, struct bednet_device *device)
{
    struct bednet_wish wish = order->wish;
    wish.algorithm = algorithm;
    wish.claims = json_deep_copy(order->wish.claims);
    if (wish.claims == NULL)
        return bednet_command_nomem();
    int code = claim(order, &wish, device);
    if (code == BEDNET_EXIT_OK) {
        device->credential.password = bednet_wish_grant(&wish, signer);
        code = device->credential.password != NULL ? BEDNET_EXIT_OK : BEDNET_EXIT_IO;
    }
    json_decref(wish.claims);
    return code;
}

static int mint(const struct bednet_order *order, struct bednet_device *devices, size_t count)
{
    struct bednet_signer signer;
    const char *objection = NULL, *algorithm = order->wish.algorithm;
    int code = bednet_signer_load(order->wish.key_path, &signer);
    if (code == BEDNET_EXIT_OK) {
        if (algorithm == NULL)
            algorithm = bednet_signer_default(&signer);
        objection = algorithm != NULL ? bednet_signer_objects(&signer, algorithm)
                                      : "fits no algorithm: wrong type, curve or size";
    }
    if (objection != NULL) {
        fprintf(stderr, "bednet-load: --mint-key %s: %s\n", order->wish.key_path, objection);
        code = BEDNET_EXIT_USAGE;
    }
    for (size_t i = 0; code == BEDNET_EXIT_OK && i < count; i++)
        code = mint_one(order, &signer, algorithm, &devices[i]);
    bednet_signer_free(&signer);
    /* A key that cannot sign is an error of whoever named it. */
    return code == BEDNET_EXIT_NO ? BEDNET_EXIT_USAGE : code;
}

static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer, (void)size, (void)writing, (void)context;
    return -1;
}

static int read_key(const char *path, EVP_PKEY **out)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        perror(path);
        return BEDNET_EXIT_IO;
    }
    *out = PEM_read_PrivateKey(file, NULL, no_passphrase, NULL);
    fclose(file);
    if (*out != NULL)
        return BEDNET_EXIT_OK;
    fprintf(stderr, "bednet-load: %s: no private key in PEM that is not encrypted\n", path);
    return BEDNET_EXIT_USAGE;
}

/* The client's own certificate, and behind it those that lead to an authority. */
static int read_chain(const char *path, struct bednet_credential *credential)
{
    FILE *file = fopen(path, "re");
    X509 *next;
    if (file == NULL) {
        perror(path);
        return BEDNET_EXIT_IO;
    }
    credential->certificate = PEM_read_X509(file, NULL, no_passphrase, NULL);
    credential->chain = sk_X509_new_null();
    while (credential->chain != NULL && (next = PEM_read_X509(file, NULL, no_passphrase, NULL)) != NULL)
        if (sk_X509_push(credential->chain, next) == 0)
            X509_free(next);
    fclose(file);
    ERR_clear_error();
    if (credential->chain == NULL)
        return bednet_command_nomem();
    if (credential->certificate != NULL)
        return BEDNET_EXIT_OK;
    fprintf(stderr, "bednet-load: %s: no certificate in PEM\n", path);
    return BEDNET_EXIT_USAGE;
}

static int read_certificate(const char *folder, struct bednet_credential *credential)
{
    char *path = NULL;
    if (strchr(credential->id, '/') != NULL || credential->id[0] == '.') {
        fprintf(stderr, "bednet-load: '%s' is no name of a file below --cert-dir\n", credential->id);
        return BEDNET_EXIT_USAGE;
    }
    if (asprintf(&path, "%s/%s.crt", folder, credential->id) < 0)
        return bednet_command_nomem();
    int code = read_chain(path, credential);
    /* As long as each other: .crt and .key. */
    memcpy(path + strlen(path) - 3, "key", 3);
    if (code == BEDNET_EXIT_OK)
        code = read_key(path, &credential->key);
    if (code == BEDNET_EXIT_OK && X509_check_private_key(credential->certificate, credential->key) != 1) {
        fprintf(stderr, "bednet-load: %s: not the key of the certificate beside it\n", path);
        code = BEDNET_EXIT_USAGE;
    }
    ERR_clear_error();
    free(path);
    return code;
}

int bednet_credential_issue(const struct bednet_order *order, struct bednet_device *devices, size_t count,
                            bool are_subscribers)
{
    const char *tokens = are_subscribers ? order->subscriber_tokens : order->tokens;
    int code = BEDNET_EXIT_OK;
    for (size_t i = 0; code == BEDNET_EXIT_OK && i < count; i++)
        code = name_device(order, &devices[i]);
    if (code == BEDNET_EXIT_OK && tokens != NULL)
        code = read_tokens(tokens, devices, count);
    if (code == BEDNET_EXIT_OK && order->wish.key_path != NULL)
        code = mint(order, devices, count);
    for (size_t i = 0; code == BEDNET_EXIT_OK && order->certificates != NULL && i < count; i++)
        code = read_certificate(order->certificates, &devices[i].credential);
    return code;
}
