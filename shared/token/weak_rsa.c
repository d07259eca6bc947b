/* SPDX-License-Identifier: Apache-2.0 */
/* RSA moduli that their bytes alone give away. */
#include "token/weak_rsa.h"

size_t bednet_rsa_bits(struct bednet_text n)
{
    if (n.len == 0)
        return 0;
    size_t bits = (n.len - 1) * 8;
    for (unsigned char top = (unsigned char)n.ptr[0]; top != 0; top >>= 1)
        bits++;
    return bits;
}

static unsigned remainder_of(struct bednet_text n, unsigned divisor)
{
    unsigned rest = 0;
    for (size_t i = 0; i < n.len; i++)
        rest = (rest << 8 | (unsigned char)n.ptr[i]) % divisor;
    return rest;
}

/* Whether `rest` is 65537 to some power modulo `prime`. */
static bool is_power(unsigned rest, unsigned prime)
{
    unsigned power = 1;
    do {
        if (power == rest)
            return true;
        power = power * (65537 % prime) % prime;
    } while (power != 1);
    return false;
}

bool bednet_rsa_is_roca(struct bednet_text n)
{
    /* Of the 39 primes that divide the faulty generator's constant for 512-bit keys, those that tell. */
    static const unsigned char primes[] = {11, 13, 17,  19,  37,  53,  61,  71, 73,
                                           79, 97, 103, 107, 109, 127, 151, 157};
    for (size_t i = 0; i < sizeof primes; i++) {
        if (!is_power(remainder_of(n, primes[i]), primes[i]))
            return false;
    }
    return true;
}
