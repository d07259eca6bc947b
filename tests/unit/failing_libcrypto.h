/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As failing_memory.h, and libcrypto's requests as well: the n-th of all fails, when `failing` is set to n.
 * main() calls fail_libcrypto_too() first.
 */
#ifndef BEDNET_TESTS_UNIT_FAILING_LIBCRYPTO_H
#define BEDNET_TESTS_UNIT_FAILING_LIBCRYPTO_H

#include "failing_memory.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static long failing; /* the request that fails; 0: none */

static bool fails(void)
{
    return failing > 0 && --failing == 0;
}

static void *of_libcrypto(size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : __real_malloc(bytes);
}

static void *again_of_libcrypto(void *old, size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : __real_realloc(old, bytes);
}

static void free_of_libcrypto(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    free(old);
}

/* Before anything else of libcrypto; false where that was too late. */
static inline bool fail_libcrypto_too(void)
{
    return CRYPTO_set_mem_functions(of_libcrypto, again_of_libcrypto, free_of_libcrypto) == 1;
}

#endif
