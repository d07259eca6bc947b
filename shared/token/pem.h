/* SPDX-License-Identifier: Apache-2.0 */
/* Keys from PEM (RFC 7468): public keys, and certificates, of which nothing but the key is looked at. */
#ifndef BEDNET_TOKEN_PEM_H
#define BEDNET_TOKEN_PEM_H

#include "token/keyring_internal.h"

/* Whether some line begins a block of PEM. */
bool bednet_pem_is_there(struct bednet_text text);

/* As bednet_keyring_from_file does. Every block must be one of those above; text between them is skipped. */
enum bednet_status bednet_pem_read(const struct bednet_key_text *source, unsigned algorithms,
                                   struct bednet_keyring **out);

#endif
