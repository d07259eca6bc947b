/* SPDX-License-Identifier: Apache-2.0 */
/* Rules without conditions, and questions where nothing is known of the situation. */
#ifndef BEDNET_TESTS_RULES_ASKING_H
#define BEDNET_TESTS_RULES_ASKING_H

#include "core/rules.h"

static inline enum bednet_status rules_add(struct bednet_rules_builder *builder, size_t role,
                                           enum bednet_rule_kind kind, struct bednet_text filter,
                                           struct bednet_source source, const char **error, size_t *offset)
{
    return bednet_rules_builder_add(builder, role, kind, filter, NULL, source, error, offset);
}

/* To match a name. */
static inline bool rules_match(const struct bednet_rules *rules, const uint16_t *roles, size_t role_count,
                               const struct bednet_subject *subject, struct bednet_text name, unsigned kinds,
                               struct bednet_rules_hits *hits)
{
    return bednet_rules_ask(
        rules, &(struct bednet_rules_question){roles, role_count, subject, name, false, kinds, NULL}, hits);
}

/* To cover a requested filter. */
static inline bool rules_cover(const struct bednet_rules *rules, const uint16_t *roles, size_t role_count,
                               const struct bednet_subject *subject, struct bednet_text requested,
                               unsigned kinds, struct bednet_rules_hits *hits)
{
    return bednet_rules_ask(
        rules, &(struct bednet_rules_question){roles, role_count, subject, requested, true, kinds, NULL},
        hits);
}

#endif
