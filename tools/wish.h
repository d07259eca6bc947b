/* SPDX-License-Identifier: Apache-2.0 */
/* The token that somebody asks for: header and claims, gathered from the options of `bednet token mint`. */
#ifndef BEDNET_TOOLS_WISH_H
#define BEDNET_TOOLS_WISH_H

#include "sign.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define BEDNET_WISH_NEVER INT64_C(-1)

struct bednet_wish {
    const char *key_path;
    const char *algorithm; /* NULL: by the key */
    const char *kid;       /* NULL: none */
    const char *type;      /* NULL: JWT; empty: none */
    const char *jti;       /* NULL: a random one */
    json_t *claims;        /* owned */
    int64_t now_s;
    int64_t not_before_s;
    bool has_not_before;
    int64_t lifetime_s; /* 0: an hour unless the claims have exp; BEDNET_WISH_NEVER: no exp */
};

/*
 * Each adds what an option said to the claims, and gives an exit code after printing what is wrong with it.
 * A later one takes the place of an earlier one.
 */
int bednet_wish_claims(struct bednet_wish *wish, const char *text_or_path);
int bednet_wish_claim(struct bednet_wish *wish, const char *assignment); /* NAME=TEXT or NAME:=JSON */
int bednet_wish_text(struct bednet_wish *wish, const char *name, const char *value);
int bednet_wish_audience(struct bednet_wish *wish, const char *audience); /* the second makes an array */

/* Adds iat, nbf, exp and jti. */
int bednet_wish_complete(struct bednet_wish *wish);

/* Makes and signs the token. Owned by the caller (free); NULL after printing why not. */
char *bednet_wish_grant(const struct bednet_wish *wish, const struct bednet_signer *signer);

#endif
