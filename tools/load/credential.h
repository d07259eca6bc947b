/* SPDX-License-Identifier: Apache-2.0 */
/* What each client logs in with. All of it is read or made before the load begins. */
#ifndef BEDNET_LOAD_CREDENTIAL_H
#define BEDNET_LOAD_CREDENTIAL_H

#include "core/text.h"

#include <openssl/types.h>
#include <stddef.h>

struct bednet_order;
struct bednet_device;

struct bednet_credential {
    char *id, *username, *password; /* owned; the last two may be NULL */
    X509 *certificate;              /* owned, as are the next two; NULL: none */
    STACK_OF(X509) * chain;
    EVP_PKEY *key;
};

void bednet_credential_free(struct bednet_credential *credential);

/*
 * Fills in what `count` devices log in with: clients, or subscribers. An exit code; what is wrong was
 * printed.
 */
int bednet_credential_issue(const struct bednet_order *order, struct bednet_device *devices, size_t count,
                            bool are_subscribers);

#endif
