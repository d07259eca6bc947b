/* SPDX-License-Identifier: Apache-2.0 */
/* One fixture for all tests of a program. */
#ifndef BEDNET_TEST_TOKEN_MINT_GROUP_H
#define BEDNET_TEST_TOKEN_MINT_GROUP_H

#include "mint.h"

static struct mint_fixture fixture;

static int open_fixture(void **state)
{
    (void)state;
    mint_open(&fixture);
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    mint_close(&fixture);
    return 0;
}

#endif
