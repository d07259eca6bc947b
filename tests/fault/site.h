/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this folder configure: a folder with policies and keys, the plugin lines, the tokens. */
#ifndef BEDNET_TESTS_FAULT_SITE_H
#define BEDNET_TESTS_FAULT_SITE_H

#include "fault/fake_broker.h"

#include <stdint.h>

/* One line of data/tokens.txt. */
struct site_token {
    const char *name;
    const char *client_id;
    const char *username;
    const char *site;
    const char *roles; /* joined by commas; `-` where there are none */
    const char *text;
};

#define SITE_TOKENS_MAX 32

/* What the tokens are shown by in enhanced authentication. */
#define SITE_METHOD "OAUTH2-JWT"

/* Seconds from now until all tokens have ended: but for those that have long since, they end in 2100. */
#define SITE_AFTER_2100 (80LL * 365 * 24 * 3600)

struct site_tokens {
    size_t count;
    struct site_token token[SITE_TOKENS_MAX];
};

/* Makes the folder, with the keys of data/jwks.json; aborts where the machine does not let it. */
void site_open(void);
void site_close(void);

/* The path of a file in the folder; constant until site_close. */
const char *site_path(const char *name);

/* Replaces a file of the folder, whole. */
void site_write(const char *name, const char *text);

/* The keys of data/NAME are the ones that policies speak of. */
void site_use_keys(const char *name);

/* Writes a policy: a `jwt` section that takes the tokens of data/, `rest`, and `metrics` unless port is 0. */
void site_write_policy(const char *name, const char *rest, uint16_t port);

/* A port of loopback that nobody has. */
uint16_t site_free_port(void);

const struct site_tokens *site_tokens(void);
/* Aborts where there is none of that name. */
const struct site_token *site_token(const char *name);

/* The five plugin lines of one chain in their right order, into `lines`. */
#define SITE_PLUGINS 5
void site_lines(struct fake_line lines[SITE_PLUGINS], unsigned list, const char *policy, const char *chain);

#endif
