/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of one role, each read by a file of its own. Internal to this folder. */
#ifndef BEDNET_POLICY_ROLES_H
#define BEDNET_POLICY_ROLES_H

#include "policy/build.h"

/* One role while its mapping is read. */
struct bednet_role_target {
    size_t index;
    enum bednet_rule_kind first; /* of the three kinds of `allow` or `deny` */
};

/* One rule that is written as a mapping, while it is read. */
struct bednet_rule_target {
    size_t role;
    enum bednet_rule_kind kind;
    const struct bednet_node *topic;
    struct bednet_condition condition;
};

/* Readers of a rule's conditions, into a struct bednet_rule_target. */
void bednet_rule_read_qos(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_rule_read_retain(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_rule_read_from(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_rule_read_protocol(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_rule_read_when(struct bednet_build *build, const struct bednet_pair *pair, void *into);

/* Readers of a role's keys, into a struct bednet_role_target. */
void bednet_role_read_allow(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_role_read_deny(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_role_read_members(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_role_read_inherits(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_role_read_exempt(struct bednet_build *build, const struct bednet_pair *pair, void *into);

/* Once all roles were read, whatever was wrong with them: works out what each of them inherits by way of
 * others. */
void bednet_roles_inherit(struct bednet_build *build, const struct bednet_node *roles);

#endif
