/* SPDX-License-Identifier: Apache-2.0 */
/* libsodium's encoder, whose time does not depend on what it encodes. */
#include "encode.h"

#include <sodium.h>
#include <stdlib.h>

void bednet_encode(const void *data, size_t bytes, char *out)
{
    sodium_bin2base64(out, BEDNET_ENCODED_BYTES(bytes), data, bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

char *bednet_encode_new(const void *data, size_t bytes)
{
    char *text = malloc(BEDNET_ENCODED_BYTES(bytes));
    if (text != NULL)
        bednet_encode(data, bytes, text);
    return text;
}
