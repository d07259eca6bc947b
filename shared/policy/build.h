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
    struct bednet_authorities *authorities;
};

#define BEDNET_TAKEN_MAX (BEDNET_ACCEPT_MAX * BEDNET_CAPTURES_MAX)

/* Names that patterns of certificates take, and so what `${match.NAME}` may be somewhere. */
struct bednet_taken {
    const struct bednet_text *names;
    size_t count;   /* at most BEDNET_TAKEN_MAX */
    const char *by; /* who takes them, for messages */
};

/* A time zone that was read, by name; a list. */
struct bednet_build_zone {
    struct bednet_text name;
    struct bednet_zone zone;
    const struct bednet_build_zone *next;
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
    const struct bednet_build_zone *zones; /* in the policy's arena */
    bool has_permissions;                  /* some issuer's tokens speak of topics */
    struct bednet_role *roles;             /* policy->acl.roles while they are filled in */
    struct bednet_exception *exceptions;   /* policy->acl.exceptions while they are; NULL: none yet */
    struct bednet_members_builder members;
    struct bednet_taken taken; /* by any entry of certificate.accept */
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

/*
 * Notes the attributes that the well-formed template in `node` speaks of. False, and reported, where there is
 * no such field of certificates, or no such name is taken by a pattern.
 */
bool bednet_build_note_template(struct bednet_build *build, const struct bednet_node *node,
                                const struct bednet_taken *taken);

/* True where certificates have that field, without `cert.`; otherwise reports it at `source`. */
bool bednet_build_check_field(struct bednet_build *build, struct bednet_source source,
                              struct bednet_text name);

/* Reports an unknown word where `known` has what is expected instead: `what` reads "unknown role", ... */
void bednet_build_refuse_unknown(struct bednet_build *build, struct bednet_source source, const char *what,
                                 struct bednet_text word, const char *const *known, size_t known_count,
                                 const char *expected);

/* Reads `mode` of a plugin's section. */
void bednet_build_read_mode(struct bednet_build *build, const struct bednet_pair *pair,
                            enum bednet_plugin plugin);

/* Reads a list of words into a mask; false, and reported, where something is wrong with it. */
bool bednet_build_read_mask(struct bednet_build *build, const struct bednet_pair *pair, const char *expected,
                            const char *each, const struct bednet_words *words, unsigned *mask);

/* Reads one string or a list of them, not empty; `each` names an entry in messages. */
const struct bednet_text *bednet_build_read_strings(struct bednet_build *build,
                                                    const struct bednet_pair *pair, const char *each,
                                                    size_t *kept);

/* Reads the name of a role that the policy has; false, and reported, where it is none. */
bool bednet_build_read_role(struct bednet_build *build, const struct bednet_node *node, uint16_t *out);

/* The number of the role of that name; false, and nothing reported, where there is none. */
bool bednet_build_find_role(const struct bednet_build *build, struct bednet_text name, uint16_t *out);

/* Reports a name that no role has, with the nearest one that some role has. */
void bednet_build_refuse_role(struct bednet_build *build, const struct bednet_node *node,
                              const char *expected);

/* Reads `on_expiry`, which has its defaults already. */
void bednet_build_read_on_expiry(struct bednet_build *build, const struct bednet_pair *pair,
                                 struct bednet_expiry_policy *policy);

/* The readers of the sections, each with its own table. */
void bednet_section_jwt(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_section_certificate(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_section_acl(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_section_roles(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_section_topics(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_section_limits(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_section_identities(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_section_metrics(struct bednet_build *build, const struct bednet_pair *pair, void *into);
void bednet_section_on_change(struct bednet_build *build, const struct bednet_pair *pair, void *into);

/* Numbers the roles and makes room for them, before any section is read. `roles` is the section's value. */
void bednet_roles_announce(struct bednet_build *build, const struct bednet_node *roles);

/* Tokens of an issuer speak of topics: somebody has to listen, so this asks for acl as `roles` does. */
void bednet_permissions_announce(struct bednet_build *build, struct bednet_source source);

/* Gathers what the patterns of `certificate` take, before any section is read. `section` is its value. */
void bednet_certificate_announce(struct bednet_build *build, const struct bednet_node *section);

/* Once all sections are read: a token that must come with a certificate needs somebody to judge it. */
void bednet_certificate_review(struct bednet_build *build);

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
