/* SPDX-License-Identifier: Apache-2.0 */
/* What a certificate is like beside its fields, in the words that `accept` asks for it with; for showing. */
#ifndef BEDNET_TOOLS_CERT_FACTS_H
#define BEDNET_TOOLS_CERT_FACTS_H

#include <openssl/types.h>
#include <stddef.h>

#define BEDNET_CERT_USAGES_SHOWN 16

struct bednet_cert_facts {
    const char *key; /* as the policy names it, else as libcrypto does; constant */
    int key_bits;
    const char *signature; /* the digest where there is one, else the algorithm; constant */
    size_t usage_count;    /* as far as they are shown */
    char usages[BEDNET_CERT_USAGES_SHOWN][80];
};

void bednet_cert_facts_read(X509 *certificate, struct bednet_cert_facts *out);

#endif
