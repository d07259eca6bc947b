/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled rules: for each role the topic filters that it allows and denies, in one frozen trie over levels,
 * so that a check costs the same with 10 rules and with 100,000. Built once, then read only.
 *
 * Meaning as in filter.h. Of several rules that fit, the one that stands first in the policy is reported. A
 * value at the very start of a filter does not match a level that begins with `$`, whatever a client calls
 * itself: it then counts as unsafe.
 */
#ifndef BEDNET_CORE_RULES_H
#define BEDNET_CORE_RULES_H

#include "core/condition.h"
#include "core/diag.h"
#include "core/status.h"
#include "core/subject.h"
#include "core/topic.h"

#define BEDNET_ROLES_MAX            4096 /* in one policy */
#define BEDNET_ROLES_PER_CLIENT_MAX 32

/* Rules of one role, kind and filter that differ by their conditions. */
#define BEDNET_CONDITIONS_PER_FILTER_MAX 64

enum bednet_rule_kind {
    BEDNET_ALLOW_PUBLISH,
    BEDNET_ALLOW_SUBSCRIBE,
    BEDNET_ALLOW_RECEIVE,
    BEDNET_DENY_PUBLISH,
    BEDNET_DENY_SUBSCRIBE,
    BEDNET_DENY_RECEIVE,
    BEDNET_RULE_KINDS
};

/* A mask of 1 << kind. */
#define BEDNET_RULES_DENIALS                                                                                 \
    (1u << BEDNET_DENY_PUBLISH | 1u << BEDNET_DENY_SUBSCRIBE | 1u << BEDNET_DENY_RECEIVE)

struct bednet_rules_builder;
struct bednet_rules;

/* NULL without memory or above BEDNET_ROLES_MAX. `role_count` roles, numbered from 0. */
struct bednet_rules_builder *bednet_rules_builder_new(size_t role_count);
void bednet_rules_builder_free(struct bednet_rules_builder *builder);

/*
 * Adds one filter, `${...}` allowed anywhere in a level but not in a wildcard level. On BEDNET_INVALID *error
 * says what is wrong and what was expected (constant string), *offset at which byte of the filter. The text
 * is copied. A slash inside `${...}` belongs to the name. `$share/...` is refused, for it would never match.
 * A rule that is there already keeps the source that stands first. Sources have a line; columns are kept up
 * to 2^27-1. The rule is there only where the condition holds (NULL: always), which is borrowed, by the
 * frozen rules, too.
 */
enum bednet_status bednet_rules_builder_add(struct bednet_rules_builder *builder, size_t role,
                                            enum bednet_rule_kind kind, struct bednet_text filter,
                                            const struct bednet_condition *condition,
                                            struct bednet_source source, const char **error, size_t *offset);

/* Freezes into an owned object; the builder stays the caller's to free. NULL without memory. */
struct bednet_rules *bednet_rules_freeze(struct bednet_rules_builder *builder);
void bednet_rules_free(struct bednet_rules *rules);

size_t bednet_rules_count(const struct bednet_rules *rules);
/* What they take of memory, for whoever measures that. */
size_t bednet_rules_bytes(const struct bednet_rules *rules);

/* For each kind of rule, where the first that fits stands; line 0 where none does. */
struct bednet_rules_hits {
    struct bednet_source source[BEDNET_RULE_KINDS];
    unsigned kinds;   /* mask of those of which there is one */
    bool unusable;    /* some rule was passed over because a value of the subject is missing or unsafe */
    bool conditional; /* some rule that fits has a condition: the next event may be another matter */
    struct bednet_source unmet; /* of an allowing one whose condition does not hold; line 0: none */
};

struct bednet_rules_question {
    const uint16_t *roles;
    size_t role_count;
    const struct bednet_subject *subject;
    struct bednet_text topic; /* a name to match, or a requested filter to cover, `$share/` stripped */
    bool cover;
    unsigned kinds;                     /* mask of 1 << enum bednet_rule_kind: only those are reported */
    struct bednet_situation *situation; /* NULL: nothing is known */
};

/*
 * Which rules speak of the topic. False, with no hits, when it has too many levels. Allocates nothing. A
 * condition that cannot be told does not hold for rules that allow, and holds for rules that deny. When names
 * are matched, rules about subscribing do not speak of their QoS: allowing ones allow what comes of them, and
 * denying ones that ask for a QoS are passed over.
 */
bool bednet_rules_ask(const struct bednet_rules *rules, const struct bednet_rules_question *question,
                      struct bednet_rules_hits *hits);

/* Beside kinds of rules: the topic is a requested filter to cover, not a name. */
#define BEDNET_RULES_COVER (1u << BEDNET_RULE_KINDS)

/*
 * True where a rule without a condition allows the topic, and none denies it, whatever the situation: it
 * costs a fraction of asking. The topic is there; `kinds` as in a question. False, as for long topics, `$`
 * topics and wildcards that are requested, says nothing, and the question has to be asked. Allocates nothing.
 * Any thread.
 */
bool bednet_rules_allow(const struct bednet_rules *rules, const uint16_t *roles, size_t role_count,
                        const struct bednet_pack *pack, const struct bednet_text *topic, unsigned kinds);

#endif
