/* SPDX-License-Identifier: Apache-2.0 */
#include "token/thumbprint.h"
#include <openssl/err.h>
#include <openssl/x509.h>

bool bednet_thumbprint_of(X509 *certificate, unsigned char thumbprint[BEDNET_THUMBPRINT_BYTES])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned bytes = 0;
    if (certificate == NULL)
        return false;
    ERR_set_mark();
    bool taken =
        X509_digest(certificate, EVP_sha256(), digest, &bytes) == 1 && bytes == BEDNET_THUMBPRINT_BYTES;
    X509_free(certificate);
    ERR_pop_to_mark();
    if (taken)
        memcpy(thumbprint, digest, BEDNET_THUMBPRINT_BYTES);
    return taken;
}

bool bednet_thumbprint_drop(X509 *certificate)
{
    X509_free(certificate);
    return certificate != NULL;
}
