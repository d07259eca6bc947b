/* SPDX-License-Identifier: Apache-2.0 */
/* What a client's certificate is known by. Broker thread only. */
#ifndef BEDNET_BROKER_CERTIFICATE_H
#define BEDNET_BROKER_CERTIFICATE_H

#include "runtime/event.h"

#include <stdbool.h>

/* See `certificate` of struct bednet_login. */
struct x509_st *bednet_certificate_of(const struct bednet_client *client);

bool bednet_certificate_is_shown(const struct bednet_client *client);

/* SHA-256 of its DER; false where the client shows none, or libcrypto fails. */
bool bednet_certificate_sha256(const struct bednet_client *client, unsigned char sha256[32]);

/* See bednet_session_set_certificate: who it is matters, not what is in it. 0 where the client shows none,
 * or libcrypto fails. */
uint64_t bednet_certificate_number(const struct bednet_client *client);

#endif
