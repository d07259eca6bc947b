/* SPDX-License-Identifier: Apache-2.0 */
/* Every table and every closed set of words of the language, for the test that holds the schema to them. */
#ifndef BEDNET_POLICY_TABLES_H
#define BEDNET_POLICY_TABLES_H

#include "policy/keys.h"

extern const struct bednet_key_table bednet_table_policy, bednet_table_jwt, bednet_table_issuer,
    bednet_table_keys, bednet_table_permissions, bednet_table_on_expiry, bednet_table_revocations,
    bednet_table_certificate, bednet_table_acceptance, bednet_table_certificate_key, bednet_table_lifetime,
    bednet_table_listed, bednet_table_crl, bednet_table_crl_stale, bednet_table_acl, bednet_table_role,
    bednet_table_members, bednet_table_rules, bednet_table_rule, bednet_table_qos, bednet_table_when,
    bednet_table_topics, bednet_table_levels, bednet_table_bytes, bednet_table_length,
    bednet_table_subscriptions, bednet_table_wildcards, bednet_table_multi_level, bednet_table_single_level,
    bednet_table_segment, bednet_table_limits, bednet_table_limit, bednet_table_metrics,
    bednet_table_identities, bednet_table_exception, bednet_table_on_change;

extern const struct bednet_words bednet_words_exemption, bednet_words_algorithm, bednet_words_token_type,
    bednet_words_expiry, bednet_words_expiry_action, bednet_words_will, bednet_words_carrier,
    bednet_words_permissions_format, bednet_words_permissions_use, bednet_words_key_type, bednet_words_digest,
    bednet_words_usage, bednet_words_stale, bednet_words_certificate_token, bednet_words_agreement,
    bednet_words_per, bednet_words_subscription_change, bednet_words_limit_action, bednet_words_protocol,
    bednet_words_preset;

/* NULL-terminated. */
extern const struct bednet_key_table *const bednet_policy_tables[];
extern const struct bednet_words *const bednet_policy_words[];

#endif
