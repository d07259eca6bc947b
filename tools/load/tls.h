/* SPDX-License-Identifier: Apache-2.0 */
/* The client's end of TLS. */
#ifndef BEDNET_LOAD_TLS_H
#define BEDNET_LOAD_TLS_H

#include "credential.h"
#include "order.h"
#include "place.h"

/* What all connections share, in *out; an exit code, and what is wrong was printed. */
int bednet_tls_prepare(const struct bednet_order *order, SSL_CTX **out);

/* One connection's, by whoever it is; NULL without memory. */
SSL *bednet_tls_new(SSL_CTX *context, const struct bednet_order *order, const struct bednet_place *place,
                    const struct bednet_credential *credential);

#endif
