/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy as a plain table, judged in the plainest way that can be right: every rule is filled in and
 * compared, one after the other. Bednet gets the same table as YAML.
 */
#ifndef BEDNET_TESTS_FAULT_ORACLE_H
#define BEDNET_TESTS_FAULT_ORACLE_H

#include <stdbool.h>
#include <stddef.h>

enum oracle_kind {
    ALLOW_PUBLISH,
    ALLOW_SUBSCRIBE,
    ALLOW_RECEIVE,
    DENY_PUBLISH,
    DENY_SUBSCRIBE,
    DENY_RECEIVE,
    KINDS
};

struct oracle_rule {
    enum oracle_kind kind;
    const char *filter;
};

struct oracle_role {
    const char *name;
    const char *username; /* who has the role by that name; NULL: nobody */
    const char *site;     /* who has it by a claim `site`; NULL: nobody */
    bool anonymous;
    bool lifts_wildcards;
    bool lifts_limits;
    struct oracle_rule rules[8];
    size_t rule_count;
};

struct oracle_policy {
    struct oracle_role roles[6];
    size_t role_count;
    size_t levels_max;
    size_t literals_min; /* for `#` */
    size_t singles_max;
    size_t burst; /* messages of each client, as good as never refilled */
};

/* Who is judged. `site` and `roles` (joined by commas) are NULL for whoever has no token. */
struct oracle_subject {
    const char *client_id;
    const char *username;
    const char *site;
    const char *roles;
};

extern const struct oracle_policy oracle_policies[];
#define ORACLE_POLICIES 2

/* The policy as YAML, without the parts that do not judge. */
void oracle_write(const struct oracle_policy *policy, char *out, size_t out_bytes);

/* `access` as in MOSQ_ACL_*. */
bool oracle_allows(const struct oracle_policy *policy, const struct oracle_subject *subject, int access,
                   const char *topic);

bool oracle_lifts_limits(const struct oracle_policy *policy, const struct oracle_subject *subject);

bool oracle_matches(const char *filter, const char *topic);
bool oracle_covers(const char *filter, const char *requested);

#endif
