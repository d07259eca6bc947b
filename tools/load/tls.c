/* SPDX-License-Identifier: Apache-2.0 */
/* See tls.h. Sessions are not resumed: each login is that of a device which comes for the first time. */
#include "tls.h"
#include "command.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int trust(const struct bednet_order *order, SSL_CTX *context)
{
    if (order->insecure)
        return BEDNET_EXIT_OK;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (order->ca_file == NULL)
        return SSL_CTX_set_default_verify_paths(context) == 1 ? BEDNET_EXIT_OK : bednet_command_nomem();
    if (access(order->ca_file, R_OK) != 0) {
        fprintf(stderr, "bednet-load: %s: %s\n", order->ca_file, strerror(errno));
        return BEDNET_EXIT_IO;
    }
    if (SSL_CTX_load_verify_file(context, order->ca_file) == 1)
        return BEDNET_EXIT_OK;
    fprintf(stderr, "bednet-load: %s: no certificate in PEM\n", order->ca_file);
    return BEDNET_EXIT_USAGE;
}

int bednet_tls_prepare(const struct bednet_order *order, SSL_CTX **out)
{
    *out = NULL;
    if (!order->tls)
        return BEDNET_EXIT_OK;
    *out = SSL_CTX_new(TLS_client_method());
    if (*out == NULL)
        return bednet_command_nomem();
    SSL_CTX_set_mode(*out, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                               SSL_MODE_RELEASE_BUFFERS);
    /* A broker that goes without a close_notify has gone: nothing can be cut short, packets have lengths. */
    SSL_CTX_set_options(*out, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(*out, SSL_SESS_CACHE_OFF);
    return trust(order, *out);
}

/* An address is looked for among a certificate's addresses, and does not go into SNI. */
static bool name_peer(SSL *ssl, const struct bednet_order *order, const struct bednet_place *place)
{
    const char *name = order->server_name != NULL ? order->server_name : order->host;
    if (order->server_name == NULL && !place->is_name)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
    /* The macro for this would cast const away, which clang does not let pass. */
    void *sni = (void *)(uintptr_t)name;
    return SSL_set1_host(ssl, name) == 1 &&
           SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, sni) == 1;
}

SSL *bednet_tls_new(SSL_CTX *context, const struct bednet_order *order, const struct bednet_place *place,
                    const struct bednet_credential *credential)
{
    SSL *ssl = SSL_new(context);
    if (ssl != NULL && name_peer(ssl, order, place) &&
        (credential->certificate == NULL ||
         SSL_use_cert_and_key(ssl, credential->certificate, credential->key, credential->chain, 1) == 1))
        return ssl;
    SSL_free(ssl);
    return NULL;
}
