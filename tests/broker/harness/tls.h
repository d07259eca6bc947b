/* SPDX-License-Identifier: Apache-2.0 */
/* A small certificate authority of the openssl command's making, and the client's end of TLS. */
#ifndef BEDNET_TESTS_BROKER_TLS_H
#define BEDNET_TESTS_BROKER_TLS_H

#include "harness/env.h"
#include <sys/types.h>

/* Files in PEM. Without a certificate a client shows none. */
struct tls_identity {
    const char *ca_file;
    const char *certificate;
    const char *key;
};

/*
 * A certificate for `name`, which is its common name, good for env_host(), from the test's one authority: the
 * first call makes that. Lives as long as the test.
 */
const struct tls_identity *tls_make(struct env *env, const char *name);

/* Somebody who trusts the same authority and shows no certificate. */
const struct tls_identity *tls_nobody(struct env *env);

/* Lines of mosquitto.conf that make a listener speak TLS and demand a certificate of that authority. */
const char *tls_listener_lines(struct env *env);

/* `x5t#S256` of RFC 8705: base64url of SHA-256 of the certificate's DER. */
const char *tls_thumbprint(struct env *env, const struct tls_identity *identity);

struct tls_wire;

/* Shakes hands over a connected socket. NULL when that fails; the socket stays the caller's. */
struct tls_wire *tls_open(int fd, const struct tls_identity *identity);
void tls_close(struct tls_wire *wire);

/* tls_thumbprint of what the other end showed. */
const char *tls_peer_thumbprint(struct env *env, const struct tls_wire *wire);

/* As wire_send and wire_receive. */
void tls_send(struct tls_wire *wire, const void *bytes, size_t length);
ssize_t tls_receive(struct tls_wire *wire, void *bytes, size_t size, int64_t deadline_ms);

#endif
