/* SPDX-License-Identifier: Apache-2.0 */
/* What a token that is bound to a certificate names it by (RFC 8705 section 3.1). Any thread. */
#ifndef BEDNET_TOKEN_THUMBPRINT_H
#define BEDNET_TOKEN_THUMBPRINT_H

#include "token/verify.h"
#include <openssl/types.h>

/*
 * SHA-256 of the certificate's DER. Frees the certificate, which may be NULL; false then, and where OpenSSL
 * fails. Leaves OpenSSL's error queue as it was, for it may be that of a broker's TLS connections.
 */
bool bednet_thumbprint_of(X509 *certificate, unsigned char thumbprint[BEDNET_THUMBPRINT_BYTES]);

/* Frees the certificate, which may be NULL; true where there was one. */
bool bednet_thumbprint_drop(X509 *certificate);

#endif
