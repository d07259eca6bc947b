/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of what a certificate is known by. Internal to certificate. */
#ifndef BEDNET_CERTIFICATE_DIGEST_H
#define BEDNET_CERTIFICATE_DIGEST_H

#include <stdbool.h>

#define BEDNET_SHA256_BYTES 32

struct x509_st;

/* Of the whole certificate, and of its SubjectPublicKeyInfo, in DER. False when memory fails. */
bool bednet_digest_certificate(const struct x509_st *certificate, unsigned char digest[BEDNET_SHA256_BYTES]);
bool bednet_digest_key(const struct x509_st *certificate, unsigned char digest[BEDNET_SHA256_BYTES]);

#endif
