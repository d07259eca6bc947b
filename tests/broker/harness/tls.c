/* SPDX-License-Identifier: Apache-2.0 */
/* See tls.h. */
#include "harness/tls.h"
#include "harness/command.h"
#include "harness/forge.h"
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tls_wire {
    SSL_CTX *context;
    SSL *ssl;
    int fd;
};

static const char *in_folder(struct env *env, const char *name, const char *suffix)
{
    return env_format(env, "%s/%s.%s", env_folder(env), name, suffix);
}

/* A new key and a certificate with the extensions of a section; `signer` NULL: it signs itself. */
static void request(struct env *env, const char *name, const char *section, const char *signer)
{
    const char *config = env_write(env, "openssl.cnf",
                                   env_format(env,
                                              "[req]\ndistinguished_name = dn\n[dn]\n"
                                              "[authority]\nbasicConstraints = critical, CA:TRUE\n"
                                              "keyUsage = critical, keyCertSign\n"
                                              "[leaf]\nbasicConstraints = critical, CA:FALSE\n"
                                              "subjectAltName = IP:%s\n",
                                              env_host()));
    const char *certificate = in_folder(env, name, "pem");
    const char *words[32] = {"openssl",
                             "req",
                             "-config",
                             config,
                             "-x509",
                             "-newkey",
                             "ec",
                             "-pkeyopt",
                             "ec_paramgen_curve:P-256",
                             "-nodes",
                             "-days",
                             "2",
                             "-subj",
                             env_format(env, "/CN=%s", name),
                             "-extensions",
                             section,
                             "-keyout",
                             in_folder(env, name, "key"),
                             "-out",
                             certificate};
    size_t count = 20;

    if (signer) {
        words[count++] = "-CA";
        words[count++] = in_folder(env, signer, "pem");
        words[count++] = "-CAkey";
        words[count++] = in_folder(env, signer, "key");
    }
    char *output = command_output(words, NULL, 0, NULL);
    free(output);
    if (access(certificate, R_OK) != 0) {
        env_fail("openssl req made no certificate for %s", name);
    }
}

static const char *authority(struct env *env)
{
    const char *file = in_folder(env, "authority", "pem");

    if (access(file, R_OK) != 0) {
        request(env, "authority", "authority", NULL);
    }
    return file;
}

const struct tls_identity *tls_make(struct env *env, const char *name)
{
    struct tls_identity *identity = env_alloc(env, sizeof(*identity));

    identity->ca_file = authority(env);
    request(env, name, "leaf", "authority");
    identity->certificate = in_folder(env, name, "pem");
    identity->key = in_folder(env, name, "key");
    return identity;
}

const struct tls_identity *tls_nobody(struct env *env)
{
    struct tls_identity *identity = env_alloc(env, sizeof(*identity));

    identity->ca_file = authority(env);
    return identity;
}

const char *tls_listener_lines(struct env *env)
{
    const struct tls_identity *server = tls_make(env, "server");

    return env_format(env, "cafile %s\ncertfile %s\nkeyfile %s\nrequire_certificate true\n", server->ca_file,
                      server->certificate, server->key);
}

static const char *thumbprint_of(struct env *env, const X509 *certificate, const char *of)
{
    unsigned char sha256[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (!certificate || X509_digest(certificate, EVP_sha256(), sha256, &length) != 1) {
        env_fail("%s: no certificate", of);
    }
    return forge_base64url(env, sha256, length);
}

const char *tls_thumbprint(struct env *env, const struct tls_identity *identity)
{
    FILE *file = fopen(identity->certificate, "r");
    X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    const char *thumbprint = thumbprint_of(env, certificate, identity->certificate);

    X509_free(certificate);
    fclose(file);
    return thumbprint;
}

const char *tls_peer_thumbprint(struct env *env, const struct tls_wire *wire)
{
    return thumbprint_of(env, SSL_get0_peer_certificate(wire->ssl), "the other end");
}

void tls_close(struct tls_wire *wire)
{
    if (wire) {
        SSL_free(wire->ssl);
        SSL_CTX_free(wire->context);
        free(wire);
    }
}

/* Waits for what the last operation wants; false when it failed, or at the deadline. */
static bool await_socket(const struct tls_wire *wire, int result, int64_t deadline_ms, bool *late)
{
    int error = SSL_get_error(wire->ssl, result);
    struct pollfd waiting = {.fd = wire->fd, .events = error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN};

    ERR_clear_error();
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
        return false;
    }
    *late = env_left_ms(deadline_ms) == 0;
    if (!*late) {
        poll(&waiting, 1, env_left_ms(deadline_ms));
    }
    return !*late;
}

static bool configure(struct tls_wire *wire, const struct tls_identity *identity)
{
    wire->context = SSL_CTX_new(TLS_client_method());
    if (!wire->context || SSL_CTX_load_verify_locations(wire->context, identity->ca_file, NULL) != 1) {
        return false;
    }
    SSL_CTX_set_verify(wire->context, SSL_VERIFY_PEER, NULL);
    if (identity->certificate &&
        (SSL_CTX_use_certificate_chain_file(wire->context, identity->certificate) != 1 ||
         SSL_CTX_use_PrivateKey_file(wire->context, identity->key, SSL_FILETYPE_PEM) != 1)) {
        return false;
    }
    wire->ssl = SSL_new(wire->context);
    return wire->ssl && SSL_set_fd(wire->ssl, wire->fd) == 1;
}

struct tls_wire *tls_open(int fd, const struct tls_identity *identity)
{
    struct tls_wire *wire = calloc(1, sizeof(*wire));
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;
    bool late = false;
    int result;

    if (!wire) {
        return NULL;
    }
    wire->fd = fd;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    if (!configure(wire, identity)) {
        tls_close(wire);
        return NULL;
    }
    while ((result = SSL_connect(wire->ssl)) != 1) {
        if (!await_socket(wire, result, deadline, &late)) {
            tls_close(wire);
            return NULL;
        }
    }
    return wire;
}

void tls_send(struct tls_wire *wire, const void *bytes, size_t length)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;
    size_t sent = 0;
    bool late = false;

    while (length > 0 && SSL_write_ex(wire->ssl, bytes, length, &sent) != 1) {
        if (!await_socket(wire, 0, deadline, &late)) {
            return;
        }
    }
}

ssize_t tls_receive(struct tls_wire *wire, void *bytes, size_t size, int64_t deadline_ms)
{
    size_t got = 0;
    bool late = false;

    while (SSL_read_ex(wire->ssl, bytes, size, &got) != 1) {
        if (!await_socket(wire, 0, deadline_ms, &late)) {
            return late ? -1 : 0;
        }
    }
    return (ssize_t)got;
}
