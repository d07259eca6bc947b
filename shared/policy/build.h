/* SPDX-License-Identifier: Apache-2.0 */
/* A policy while it is being built from its document. Internal to this folder. */
#ifndef BEDNET_POLICY_BUILD_H
#define BEDNET_POLICY_BUILD_H

#include "policy/keys.h"
#include "policy/members.h"
#include "policy/policy.h"

/* What a policy owns beside its arena. Plugins see only its first member. */
struct bednet_policy_owned {
    struct bednet_policy policy;
    struct bednet_rules *rules;
    struct bednet_keyring *keyrings[BEDNET_ISSUERS_MAX];
    size_t keyring_count;
    struct bednet_revocations *revocations;
};

struct bednet_build {
    struct bednet_report report;
    struct bednet_policy_owned *owned;
    struct bednet_policy *policy; /* of owned */
    struct bednet_arena *arena;   /* of the policy */
    bool read_files;
    bool observe_all;              /* the file's own `mode` */
    bool mode_set[BEDNET_PLUGINS]; /* the section has a mode of its own */
    struct bednet_rules_builder *rules;
    size_t rule_count;
    bool has_permissions;      /* some issuer's tokens speak of topics */
    struct bednet_role *roles; /* policy->acl.roles while they are filled in */
    struct bednet_members_builder members;
    struct bednet_name_list attributes;
};

/* True, after reporting it, when the key stands in its mapping already. */
bool bednet_build_refuse_duplicate(struct bednet_build *build, const struct bednet_pair *pair);

/* A copy of `text` that lives as long as the policy; absent, and reported, without memory. */
struct bednet_text bednet_build_keep(struct bednet_build *build, struct bednet_text text);

/* An array in the policy's arena; NULL, and reported, without memory. */
void *bednet_build_array(struct bednet_build *build, size_t count, size_t size);

/* Notes that `name` (borrowed from the document) leads to `role`. */
void bednet_build_note(struct bednet_build *build, struct bednet_name_list *list, struct bednet_text name,
                       struct bednet_text value, size_t role);

/* Notes the attributes that a well-formed template speaks of. */
void bednet_build_note_template(struct bednet_build *build, struct bednet_text text);

/* Reads `mode` of a plugin's section. */
void bednet_build_read_mode(struct bednet_build *build, const struct bednet_pair *pair,
                            enum bednet_plugin plugin);

/* The readers of the sections, each with its own table. */
void bednet_section_jwt(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_section_acl(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_section_roles(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_section_topics(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_section_limits(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_section_metrics(struct bednet_build *build, const struct bednet_pair *pair, void *into);

/* Numbers the roles and makes room for them, before any section is read. `roles` is the section's value. */
void bednet_roles_announce(struct bednet_build *build, const struct bednet_node *roles);

/* Tokens of an issuer speak of topics: somebody has to listen, so this asks for acl as `roles` does. */
void bednet_permissions_announce(struct bednet_build *build, struct bednet_source source);

/* Once all sections are read: an acl or roles without any rule is worth a warning. */
void bednet_roles_review(struct bednet_build *build);

/* `file`, taken from the policy's folder unless it is absolute; absent, and reported, without memory. */
struct bednet_text bednet_build_resolve(struct bednet_build *build, struct bednet_text file);

/* Reports it where the file at `path` can be no file of certificates; `node` is where the policy names it. */
void bednet_build_check_certificates(struct bednet_build *build, const struct bednet_node *node,
                                     struct bednet_text path);

/* Reads the key file of one issuer; NULL, and reported, where it is not usable. Owned by the policy. */
const struct bednet_keyring *bednet_build_keyring(struct bednet_build *build, const struct bednet_node *file,
                                                  unsigned algorithms);

#endif
