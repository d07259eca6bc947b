/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vocabulary of every decision: who decided, about what, how, and why. The zero value denies.
 * A reason is at once a metric label, a log field and the key to docs/reasons.md.
 */
#ifndef BEDNET_CORE_VERDICT_H
#define BEDNET_CORE_VERDICT_H

#include "core/diag.h"

enum bednet_verdict {
    BEDNET_DENY = 0,
    BEDNET_GRANT, /* ends the chain: only cert, jwt (logins) and acl (actions) may say so */
    BEDNET_DEFER, /* no objection, no grant */
    BEDNET_VERDICTS
};

#define BEDNET_PLUGIN_LIST(X)                                                                                \
    X(TOPIC, "topic")                                                                                        \
    X(LIMIT, "limit")                                                                                        \
    X(METRICS, "metrics")                                                                                    \
    X(CERT, "cert")                                                                                          \
    X(JWT, "jwt")                                                                                            \
    X(ACL, "acl")

enum bednet_plugin {
#define X(name, text) BEDNET_PLUGIN_##name,
    BEDNET_PLUGIN_LIST(X)
#undef X
        BEDNET_PLUGINS
};

#define BEDNET_ACTION_LIST(X)                                                                                \
    X(LOGIN, "login")                                                                                        \
    X(PUBLISH, "publish")                                                                                    \
    X(SUBSCRIBE, "subscribe")                                                                                \
    X(RECEIVE, "receive")                                                                                    \
    X(UNSUBSCRIBE, "unsubscribe")

enum bednet_action {
#define X(name, text) BEDNET_ACTION_##name,
    BEDNET_ACTION_LIST(X)
#undef X
        BEDNET_ACTIONS
};

/* Which decisions may carry a reason; it closes the set of metric series. */
enum bednet_reason_scope {
    BEDNET_SCOPE_NONE = 0,
    BEDNET_SCOPE_JWT = 1 << 0,
    BEDNET_SCOPE_ACL = 1 << 1,
    BEDNET_SCOPE_TOPIC = 1 << 2,
    BEDNET_SCOPE_LIMIT = 1 << 3,
    BEDNET_SCOPE_GATE = 1 << 4, /* the runtime itself, whichever plugin leads the chain */
    BEDNET_SCOPE_CERT = 1 << 5
};

#define BEDNET_REASON_LIST(X)                                                                                \
    X(NONE, "none", BEDNET_SCOPE_NONE)                                                                       \
    X(MALFORMED, "malformed", BEDNET_SCOPE_JWT)                                                              \
    X(TOO_LONG, "too_long", BEDNET_SCOPE_JWT)                                                                \
    X(ALGORITHM, "algorithm", BEDNET_SCOPE_JWT)                                                              \
    X(TOKEN_TYPE, "token_type", BEDNET_SCOPE_JWT)                                                            \
    X(CRITICAL, "critical", BEDNET_SCOPE_JWT)                                                                \
    X(UNKNOWN_KEY, "unknown_key", BEDNET_SCOPE_JWT)                                                          \
    X(SIGNATURE, "signature", BEDNET_SCOPE_JWT)                                                              \
    X(CLAIMS, "claims", BEDNET_SCOPE_JWT)                                                                    \
    X(ISSUER, "issuer", BEDNET_SCOPE_JWT)                                                                    \
    X(AUDIENCE, "audience", BEDNET_SCOPE_JWT)                                                                \
    X(EXPIRED, "expired", BEDNET_SCOPE_JWT | BEDNET_SCOPE_CERT)                                              \
    X(NOT_YET_VALID, "not_yet_valid", BEDNET_SCOPE_JWT | BEDNET_SCOPE_CERT)                                  \
    X(CLIENT_ID, "client_id", BEDNET_SCOPE_JWT | BEDNET_SCOPE_CERT)                                          \
    X(IDENTITY, "identity", BEDNET_SCOPE_JWT | BEDNET_SCOPE_CERT)                                            \
    X(TABLE_FULL, "table_full", BEDNET_SCOPE_JWT | BEDNET_SCOPE_CERT)                                        \
    X(KEYS_UNAVAILABLE, "keys_unavailable", BEDNET_SCOPE_JWT)                                                \
    X(LIFETIME, "lifetime", BEDNET_SCOPE_JWT | BEDNET_SCOPE_CERT)                                            \
    X(PARTY, "party", BEDNET_SCOPE_JWT)                                                                      \
    X(REQUIRED_CLAIM, "required_claim", BEDNET_SCOPE_JWT)                                                    \
    X(CONFIRMATION, "confirmation", BEDNET_SCOPE_JWT)                                                        \
    X(PERMISSIONS, "permissions", BEDNET_SCOPE_JWT)                                                          \
    X(REVOKED, "revoked", BEDNET_SCOPE_JWT | BEDNET_SCOPE_CERT)                                              \
    X(OTHER_IDENTITY, "other_identity", BEDNET_SCOPE_JWT)                                                    \
    X(NO_CERTIFICATE, "no_certificate", BEDNET_SCOPE_CERT)                                                   \
    X(CERTIFICATE_RULE, "certificate_rule", BEDNET_SCOPE_CERT)                                               \
    X(CERTIFICATE_KEY, "certificate_key", BEDNET_SCOPE_CERT)                                                 \
    X(CERTIFICATE_SIGNATURE, "certificate_signature", BEDNET_SCOPE_CERT)                                     \
    X(CERTIFICATE_USAGE, "certificate_usage", BEDNET_SCOPE_CERT)                                             \
    X(CERTIFICATE_LIST, "certificate_list", BEDNET_SCOPE_CERT)                                               \
    X(CRL_UNAVAILABLE, "crl_unavailable", BEDNET_SCOPE_CERT)                                                 \
    X(NO_TOKEN, "no_token", BEDNET_SCOPE_CERT)                                                               \
    X(FACTORS_DISAGREE, "factors_disagree", BEDNET_SCOPE_JWT)                                                \
    X(SESSION_ENDED, "session_ended", BEDNET_SCOPE_ACL | BEDNET_SCOPE_GATE)                                  \
    X(TOKEN_DENIES, "token_denies", BEDNET_SCOPE_ACL)                                                        \
    X(TOKEN_NO_RULE, "token_no_rule", BEDNET_SCOPE_ACL)                                                      \
    X(NO_RULE, "no_rule", BEDNET_SCOPE_ACL)                                                                  \
    X(UNKNOWN_SESSION, "unknown_session", BEDNET_SCOPE_ACL)                                                  \
    X(DENY_RULE, "deny_rule", BEDNET_SCOPE_ACL)                                                              \
    X(UNUSABLE_VALUE, "unusable_value", BEDNET_SCOPE_ACL)                                                    \
    X(CONDITION, "condition", BEDNET_SCOPE_ACL)                                                              \
    X(NO_ROLE, "no_role", BEDNET_SCOPE_NONE)                                                                 \
    X(TOO_MANY_ROLES, "too_many_roles", BEDNET_SCOPE_ACL | BEDNET_SCOPE_JWT | BEDNET_SCOPE_CERT)             \
    X(SYNTAX, "syntax", BEDNET_SCOPE_ACL | BEDNET_SCOPE_TOPIC)                                               \
    X(LEVELS, "levels", BEDNET_SCOPE_TOPIC)                                                                  \
    X(BYTES, "bytes", BEDNET_SCOPE_TOPIC)                                                                    \
    X(LEADING_SLASH, "leading_slash", BEDNET_SCOPE_TOPIC)                                                    \
    X(EMPTY_LEVELS, "empty_levels", BEDNET_SCOPE_TOPIC)                                                      \
    X(CHARACTERS, "characters", BEDNET_SCOPE_TOPIC)                                                          \
    X(MULTI_LEVEL, "multi_level", BEDNET_SCOPE_TOPIC)                                                        \
    X(SINGLE_LEVEL, "single_level", BEDNET_SCOPE_TOPIC)                                                      \
    X(SHARED, "shared", BEDNET_SCOPE_TOPIC)                                                                  \
    X(LENGTH, "length", BEDNET_SCOPE_TOPIC)                                                                  \
    X(DOLLAR, "dollar_topics", BEDNET_SCOPE_TOPIC)                                                           \
    X(TEMPLATE, "template", BEDNET_SCOPE_TOPIC)                                                              \
    X(SEGMENT, "segment", BEDNET_SCOPE_TOPIC)                                                                \
    X(SUBSCRIPTIONS, "subscriptions", BEDNET_SCOPE_TOPIC)                                                    \
    X(MESSAGE_RATE, "message_rate", BEDNET_SCOPE_LIMIT)                                                      \
    X(BYTE_RATE, "byte_rate", BEDNET_SCOPE_LIMIT)                                                            \
    X(PLUGIN_MISSING, "plugin_missing", BEDNET_SCOPE_GATE)                                                   \
    X(CHAIN_SPLIT, "chain_split", BEDNET_SCOPE_GATE)                                                         \
    X(OTHER_THREAD, "other_thread", BEDNET_SCOPE_GATE)                                                       \
    X(INTERNAL, "internal",                                                                                  \
      BEDNET_SCOPE_GATE | BEDNET_SCOPE_JWT | BEDNET_SCOPE_CERT | BEDNET_SCOPE_ACL | BEDNET_SCOPE_TOPIC |     \
          BEDNET_SCOPE_LIMIT)

enum bednet_reason {
#define X(name, text, scope) BEDNET_REASON_##name,
    BEDNET_REASON_LIST(X)
#undef X
        BEDNET_REASONS
};

/* What a plugin thinks of one event, before anybody enforces it. All zero is a denial without a reason. */
struct bednet_decision {
    enum bednet_verdict verdict;
    enum bednet_reason reason;
    struct bednet_source rule; /* in the policy file; line 0 where no rule spoke */
    /* It is deferred only because an exception lifts what `reason` stands for; `rule` is the exception's. */
    bool excepted;
};

/* Constant strings, as in metric labels. Any thread. */
const char *bednet_plugin_name(enum bednet_plugin plugin);
const char *bednet_action_name(enum bednet_action action);
const char *bednet_reason_name(enum bednet_reason reason);
unsigned bednet_reason_scopes(enum bednet_reason reason);

#endif
