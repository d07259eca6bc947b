/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One policy file, checked and compiled: a frozen snapshot that all plugins of a chain read. Every part that
 * can deny knows where it stands in the file. Build on any thread, then read only.
 */
#ifndef BEDNET_POLICY_POLICY_H
#define BEDNET_POLICY_POLICY_H

#include "certificate/crl.h"
#include "certificate/list.h"
#include "certificate/rule.h"
#include "core/bucket.h"
#include "core/naming.h"
#include "core/permissions.h"
#include "core/rules.h"
#include "core/template.h"
#include "core/verdict.h"
#include "token/verify.h"

#define BEDNET_POLICY_BYTES_MAX    (64u * 1024 * 1024)
#define BEDNET_ISSUERS_MAX         16
#define BEDNET_LIMIT_RULES_MAX     8
#define BEDNET_ROLE_TEMPLATES_MAX  16
#define BEDNET_TOPIC_TEMPLATES_MAX 32
#define BEDNET_SEGMENTS_MAX        64
#define BEDNET_WILDCARD_ROLES_MAX  32

/* What `exempt` of a role lifts. */
enum bednet_exemption {
    BEDNET_EXEMPT_TOPICS = 1 << 0,
    BEDNET_EXEMPT_TOPIC_WILDCARDS = 1 << 1,
    BEDNET_EXEMPT_LIMITS = 1 << 2,
    BEDNET_EXEMPT_TOPIC_TEMPLATE = 1 << 3
};

/* Where an issuer's keys come from. */
enum bednet_key_origin {
    BEDNET_KEYS_FILE,     /* read with the policy; rules.issuers[].keys has them */
    BEDNET_KEYS_URL,      /* a JWK Set, fetched while the broker runs */
    BEDNET_KEYS_DISCOVERY /* the same, and where it is says the issuer (OpenID Connect Discovery 1.0, RFC
                             8414) */
};

struct bednet_key_source {
    enum bednet_key_origin origin;
    struct bednet_text url;     /* of BEDNET_KEYS_URL */
    struct bednet_text issuer;  /* as in the rules */
    struct bednet_text ca_file; /* whom to trust instead of the system's certificates; absent: those */
    bool plain_http;            /* http:// is allowed, to loopback addresses only */
    unsigned algorithms;        /* as in the rules */
    int64_t refresh_s;          /* how long a fetched set is good for where the server does not say less */
    int64_t stale_s;            /* a set that was fetched longer ago than this is used no more */
    struct bednet_source source;
};

/* Where a token speaks of topics, and in which language. */
struct bednet_permissions_policy {
    struct bednet_text claim; /* `acl`, `a.b`; absent: tokens say nothing of topics */
    enum bednet_permissions_format format;
    enum bednet_permissions_use use;
    bool required; /* a token without the claim is refused */
    struct bednet_source source;
};

/* Who a client is, out of the attributes of what it showed. */
struct bednet_identity_mapping {
    struct bednet_template username;     /* always there */
    struct bednet_template client_id;    /* part_count 0: the client id is not bound */
    const struct bednet_template *roles; /* each a literal role name, or exactly one `${...}` */
    size_t role_count;
};

/* How a verified token of one issuer becomes an identity. Same index as in rules.issuers. */
struct bednet_jwt_mapping {
    struct bednet_identity_mapping identity; /* username: `${claim.sub}` unless the policy says otherwise */
    struct bednet_permissions_policy permissions;
    struct bednet_key_source keys;
    struct bednet_source source;
};

/* Where a client may put its token; a mask. */
enum bednet_token_carrier {
    BEDNET_CARRIER_PASSWORD = 1 << 0,
    BEDNET_CARRIER_USERNAME = 1 << 1,
    BEDNET_CARRIER_ENHANCED = 1 << 2 /* MQTT 5's enhanced authentication: OAUTH2-JWT, CUSTOM-JWT */
};

struct bednet_expiry_policy {
    bool keeps;       /* a session outlives its token */
    int64_t jitter_s; /* it ends up to so much later, for not all of them to come back at once */
    bool will;        /* whether the broker then sends the client's will */
    struct bednet_source source;
};

struct bednet_jwt_policy {
    struct bednet_token_rules rules;
    const struct bednet_jwt_mapping *mappings;
    unsigned carriers; /* mask of enum bednet_token_carrier */
    struct bednet_expiry_policy on_expiry;
    struct bednet_text revocations_path; /* resolved; absent: nothing is revoked */
    const struct bednet_revocations *revocations;
    struct bednet_source revocations_source;
    struct bednet_text key_cache; /* folder for fetched key sets; absent: they are not kept on disk */
};

/* One entry of `certificate.accept`. */
struct bednet_certificate_acceptance {
    struct bednet_certificate_rule rule;
    /* Of `cert.NAME` and `match.NAME`. username: `${match.username}` where a pattern takes that, else
     * `${cert.cn}`; client_id: `${match.client_id}` where a pattern takes that, else not bound. */
    struct bednet_identity_mapping identity;
    struct bednet_source source;
    struct bednet_source require[BEDNET_REQUIREMENTS]; /* where the policy speaks of each; else `source` */
};

/* What becomes of certificates whose list of revocations is out of date. */
enum bednet_stale_crl { BEDNET_STALE_DENY, BEDNET_STALE_WARN, BEDNET_STALE_GRACE };

struct bednet_crl_policy {
    struct bednet_crl_sources sources; /* absolute, or as resolved from the policy's folder */
    enum bednet_stale_crl stale;
    int64_t grace_s;             /* of BEDNET_STALE_GRACE: so long after nextUpdate a list still counts */
    bool missing_allowed;        /* certificates of an issuer without any list are let in */
    struct bednet_source source; /* line 0: no list is asked for */
};

/* What certificate and token of one login must say alike; a mask. */
enum bednet_agreement { BEDNET_AGREE_USERNAME = 1 << 0, BEDNET_AGREE_CLIENT_ID = 1 << 1 };

struct bednet_certificate_policy {
    const struct bednet_authorities *authorities; /* NULL only where the policy names none */
    const struct bednet_certificate_acceptance *accept;
    size_t accept_count;
    bool required;   /* who shows no certificate is denied; else left to other plugins */
    bool with_token; /* a certificate is not enough: a token must come with it */
    unsigned agree;  /* of with_token, and of enhanced authentication; mask of enum bednet_agreement */
    struct bednet_source token_source;
    struct bednet_certificate_list deny;
    struct bednet_source deny_source;
    struct bednet_crl_policy crl;
    struct bednet_expiry_policy on_expiry;
};

#define BEDNET_ACCEPT_MAX 32

/* Roles that one inherits from, by way of others included: with them it is all that a client may have. */
#define BEDNET_INHERITED_MAX         (BEDNET_ROLES_PER_CLIENT_MAX - 1)
#define BEDNET_INHERITANCE_DEPTH_MAX 8

struct bednet_role {
    struct bednet_text name;
    unsigned exemptions;       /* of its own; mask of enum bednet_exemption */
    const uint16_t *inherited; /* the roles that whoever has it has, too: all of them, ascending */
    size_t inherited_count;
    struct bednet_source source;
};

#define BEDNET_EXCEPTIONS_MAX 64

/* An entry of a role's `exempt` that ends by itself. */
struct bednet_exception {
    uint16_t role;
    unsigned exemption; /* one of enum bednet_exemption */
    int64_t until_s;    /* seconds since 1970: from then on it is over */
    struct bednet_text because;
    struct bednet_source source;
};

/* See revocations.h. */
struct bednet_revocations;

/* Who has a role without a token saying so. Opaque to readers: see bednet_policy_roles. */
struct bednet_members;

struct bednet_acl_policy {
    const struct bednet_rules *rules;
    const struct bednet_role *roles;
    size_t role_count;
    const struct bednet_members *members;
    const struct bednet_exception *exceptions;
    size_t exception_count; /* at most BEDNET_EXCEPTIONS_MAX, so that a mask can stand for some of them */
    unsigned aspects;       /* mask of enum bednet_condition_aspect: what some rule asks for */
};

/* A number that a topic must not exceed, or the absence of such a rule (source.line 0). */
struct bednet_bound {
    uint32_t value;
    struct bednet_source source;
};

/* A switch that denies when set (source.line 0 where the policy does not speak of it). */
struct bednet_ban {
    bool denied;
    struct bednet_source source;
};

struct bednet_topics_policy {
    struct bednet_bound levels_max;
    struct bednet_bound bytes_max;
    struct bednet_bound characters_max; /* of UTF-8 */
    struct bednet_ban dollar;           /* below names that begin with `$` */
    struct bednet_ban leading_slash;
    struct bednet_ban empty_levels;
    uint64_t characters[2];                       /* bitmap of allowed ASCII, '/' always; else refused */
    struct bednet_source characters_source;       /* line 0: every character is allowed */
    struct bednet_ban multi_level;                /* `#` at all */
    struct bednet_bound multi_level_min_literals; /* `#` only below so many levels that are not `+` */
    const uint16_t *multi_level_roles;            /* only they may use `#`; NULL: everybody may */
    size_t multi_level_role_count;
    struct bednet_source multi_level_roles_source;
    struct bednet_ban single_level;        /* `+` at all */
    struct bednet_bound single_level_max;  /* so many `+` in a filter */
    struct bednet_bound single_level_from; /* `+` only from this level on; the first is 1 */
    struct bednet_ban shared;              /* `$share/` at all */
    struct bednet_bound subscriptions_max; /* so many of one session at a time */
    const struct bednet_naming *templates; /* a topic must fit one of them; NULL: any will do */
    size_t template_count;
    struct bednet_source templates_source;
    /* Whether it depends on who asks, exemptions aside: levels of templates that are somebody's own,
     * wildcards that are some roles' own. */
    bool depends_on_asker;
};

/* One entry of limits.publish: both buckets must have room. */
struct bednet_publish_limit {
    bool has_messages;
    bool has_bytes;
    struct bednet_bucket_rate messages;
    struct bednet_bucket_rate bytes;
    struct bednet_source source;
};

struct bednet_limits_policy {
    const struct bednet_publish_limit *publish;
    size_t publish_count;
};

/* Where identities are kept for the time after a restart of the broker. */
struct bednet_identities_policy {
    struct bednet_text store; /* the file, resolved; absent: they are not kept */
    int64_t keep_s;           /* one that was not seen for so long is dropped */
    struct bednet_source source;
};

struct bednet_metrics_policy {
    struct bednet_text host; /* IPv4 or IPv6 literal, without brackets */
    uint16_t port;
    struct bednet_source source;
};

/* What becomes of a subscription that the policy no longer allows. */
enum bednet_subscription_change {
    BEDNET_CHANGE_REMOVES, /* where the broker can, else as far as needed: see docs/operation.md */
    BEDNET_CHANGE_DISCONNECTS,
    BEDNET_CHANGE_KEEPS
};

/* What becomes of clients that are there when the policy changes. */
struct bednet_change_policy {
    enum bednet_subscription_change subscription;
    bool ends_roleless; /* who had a role and has none any more is disconnected */
    bool drops_will;    /* of whoever is disconnected */
    struct bednet_source source;
};

struct bednet_policy {
    struct bednet_arena *arena;
    struct bednet_text path;
    bool default_allow;
    struct bednet_source default_source; /* line 0: not said, and then denied */
    /* By enum bednet_plugin: where the plugin's section stands (line 0: no such section), and whether what
     * it decides is only observed. */
    struct bednet_source section[BEDNET_PLUGINS];
    bool observe[BEDNET_PLUGINS];
    struct bednet_jwt_policy jwt;
    struct bednet_certificate_policy certificate;
    struct bednet_acl_policy acl;
    struct bednet_topics_policy topics;
    struct bednet_limits_policy limits;
    struct bednet_identities_policy identities;
    struct bednet_metrics_policy metrics;
    struct bednet_change_policy on_change;
    /* Attribute names that templates and members speak of, sorted: what an identity must keep. */
    const struct bednet_text *attributes;
    size_t attribute_count;
};

/*
 * Loads the file at `path` and the key files that it names (relative to its folder). Reports everything that
 * is wrong, then gives BEDNET_INVALID, BEDNET_IO or BEDNET_NOMEM and leaves *out alone. Warnings do not fail.
 */
enum bednet_status bednet_policy_load(const char *path, struct bednet_diag *diag, struct bednet_policy **out);

/* The same from memory; `name` stands for the path. Without `read_files` no key file is opened (fuzzing). */
enum bednet_status bednet_policy_parse(const char *name, struct bednet_text yaml, bool read_files,
                                       struct bednet_diag *diag, struct bednet_policy **out);

/* NULL is allowed. */
void bednet_policy_free(struct bednet_policy *policy);

/*
 * The roles of a subject: those of `names` that the policy knows, and those that `members` gives it: without
 * a user name only `anonymous`, for an unnamed client chooses its client id. Pass an absent client_id where
 * nobody vouches for it. Without duplicates, ascending. BEDNET_LIMIT when there are more than
 * BEDNET_ROLES_PER_CLIENT_MAX: the caller must then deny, for a role that was left out may deny something.
 * Roles that these inherit from are among them, and count. *exemptions gets the union of the roles', without
 * those of exceptions. Allocates nothing.
 */
enum bednet_status bednet_policy_roles(const struct bednet_policy *policy,
                                       const struct bednet_subject *subject, const struct bednet_text *names,
                                       size_t name_count, uint16_t roles[BEDNET_ROLES_PER_CLIENT_MAX],
                                       size_t *role_count, unsigned *exemptions);

/* The exceptions whose time is not over: bit i is exceptions[i]. */
uint64_t bednet_policy_exceptions_at(const struct bednet_policy *policy, int64_t now_s);

/* What exceptions out of `in_force` lift for whoever has these roles; mask of enum bednet_exemption. */
unsigned bednet_policy_excepted(const struct bednet_policy *policy, uint64_t in_force, const uint16_t *roles,
                                size_t role_count);

/* The first of them that lifts one of `exemptions`; NULL where there is none. */
const struct bednet_exception *bednet_policy_exception(const struct bednet_policy *policy, uint64_t in_force,
                                                       const uint16_t *roles, size_t role_count,
                                                       unsigned exemptions);

#endif
