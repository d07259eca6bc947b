/* SPDX-License-Identifier: Apache-2.0 */
/* DER is written to the stack where it fits, for a login should not have to ask for memory. */
#include "certificate/digest.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#define CERTIFICATE_STACK_BYTES 4096
#define KEY_STACK_BYTES         1024

static bool hash(const unsigned char *der, int bytes, unsigned char digest[BEDNET_SHA256_BYTES])
{
    return EVP_Digest(der, (size_t)bytes, digest, NULL, EVP_sha256(), NULL) == 1;
}

bool bednet_digest_certificate(const X509 *certificate, unsigned char digest[BEDNET_SHA256_BYTES])
{
    unsigned char stack[CERTIFICATE_STACK_BYTES], *der = stack;
    int bytes = i2d_X509(certificate, NULL);
    bool done;

    if (bytes <= 0) {
        return false;
    }
    if (bytes <= CERTIFICATE_STACK_BYTES) {
        bytes = i2d_X509(certificate, &der);
        return bytes > 0 && hash(stack, bytes, digest);
    }
    der = NULL;
    bytes = i2d_X509(certificate, &der);
    done = bytes > 0 && hash(der, bytes, digest);
    OPENSSL_free(der);
    return done;
}

bool bednet_digest_key(const X509 *certificate, unsigned char digest[BEDNET_SHA256_BYTES])
{
    const X509_PUBKEY *key = X509_get_X509_PUBKEY(certificate);
    unsigned char stack[KEY_STACK_BYTES], *der = stack;
    int bytes = i2d_X509_PUBKEY(key, NULL);
    bool done;

    if (bytes <= 0) {
        return false;
    }
    if (bytes <= KEY_STACK_BYTES) {
        bytes = i2d_X509_PUBKEY(key, &der);
        return bytes > 0 && hash(stack, bytes, digest);
    }
    der = NULL;
    bytes = i2d_X509_PUBKEY(key, &der);
    done = bytes > 0 && hash(der, bytes, digest);
    OPENSSL_free(der);
    return done;
}
