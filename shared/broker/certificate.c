/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/certificate.h"

#include "broker/mosquitto_api.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#define SHA256_BYTES 32

/* Each call of the broker's function takes a reference. Its TLS connections share the queue of errors. */
bool bednet_certificate_sha256(const struct bednet_client *client, unsigned char sha256[SHA256_BYTES])
{
    X509 *certificate = mosquitto_client_certificate(client->handle);
    if (certificate == NULL)
        return false;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    ERR_set_mark();
    bool digested = X509_digest(certificate, EVP_sha256(), digest, &length) == 1 && length == SHA256_BYTES;
    ERR_pop_to_mark();
    X509_free(certificate);
    if (digested)
        memcpy(sha256, digest, SHA256_BYTES);
    return digested;
}
