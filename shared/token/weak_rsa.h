/* SPDX-License-Identifier: Apache-2.0 */
/* RSA moduli that their bytes alone give away. Pure; any thread. */
#ifndef BEDNET_TOKEN_WEAK_RSA_H
#define BEDNET_TOKEN_WEAK_RSA_H

#include "core/text.h"

/* The length in bits of a big-endian number without leading zero bytes. */
size_t bednet_rsa_bits(struct bednet_text n);

/*
 * True when the modulus has the fingerprint of CVE-2017-15361 ("ROCA", Nemec et al. 2017): modulo each small
 * prime it is a power of 65537, which a random number is once in 2^27 or more.
 */
bool bednet_rsa_is_roca(struct bednet_text n);

#endif
