/* SPDX-License-Identifier: Apache-2.0 */
/* Who has which role without a token saying so, and the roles by name. Internal to this folder. */
#ifndef BEDNET_POLICY_MEMBERS_H
#define BEDNET_POLICY_MEMBERS_H

#include "policy/names.h"

struct bednet_members;

/* Texts are borrowed until bednet_members_freeze. All zero is empty. */
struct bednet_members_builder {
    struct bednet_name_list roles;
    struct bednet_name_list usernames;
    struct bednet_name_list client_ids;
    struct bednet_name_list attributes; /* named `claim.NAME`, `cert.NAME` */
    struct bednet_name_list anonymous;
};

/* Everything copied into the arena; NULL without memory. Sorts the lists. */
const struct bednet_members *bednet_members_freeze(struct bednet_arena *arena,
                                                   struct bednet_members_builder *builder);

void bednet_members_builder_free(struct bednet_members_builder *builder);

#endif
