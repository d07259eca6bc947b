/* SPDX-License-Identifier: Apache-2.0 */
/* The policy file as a whole: its top level and its life. */
#include "policy/policy.h"

#include "core/file.h"
#include "policy/build.h"
#include "policy/revocations.h"
#include "policy/tables.h"

#include <stdlib.h>

static void read_version(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    uint64_t version;
    bednet_read_number(&build->report, &pair->value, "bednet", 1, 1, &version);
}

static void read_mode(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    int observe;
    if (bednet_read_word(&build->report, &pair->value, "mode", &bednet_words_mode, &observe))
        build->observe_all = observe != 0;
}

static void read_default(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    int allow;
    if (bednet_read_word(&build->report, &pair->value, "default", &bednet_words_permission, &allow))
        build->policy->default_allow = allow != 0;
    build->policy->default_source = pair->value.source;
}

static const struct bednet_key policy_keys[] = {
    {"bednet", BEDNET_KEY_REQUIRED, read_version},
    {"mode", BEDNET_KEY_OPTIONAL, read_mode},
    {"default", BEDNET_KEY_OPTIONAL, read_default},
    {"jwt", BEDNET_KEY_OPTIONAL, bednet_section_jwt},
    {"certificate", BEDNET_KEY_OPTIONAL, bednet_section_certificate},
    {"acl", BEDNET_KEY_OPTIONAL, bednet_section_acl},
    {"roles", BEDNET_KEY_OPTIONAL, bednet_section_roles},
    {"topics", BEDNET_KEY_OPTIONAL, bednet_section_topics},
    {"limits", BEDNET_KEY_OPTIONAL, bednet_section_limits},
    {"identities", BEDNET_KEY_OPTIONAL, bednet_section_identities},
    {"metrics", BEDNET_KEY_OPTIONAL, bednet_section_metrics},
    {"on_change", BEDNET_KEY_OPTIONAL, bednet_section_on_change},
    {"sessions", BEDNET_KEY_LATER, NULL},
    {"messages", BEDNET_KEY_LATER, NULL},
};

const struct bednet_key_table bednet_table_policy = BEDNET_KEY_TABLE("policy", policy_keys);

static void freeze_attributes(struct bednet_build *build)
{
    struct bednet_name_index index = bednet_name_list_sort(&build->attributes);
    struct bednet_text *attributes = bednet_build_array(build, index.count, sizeof *attributes);
    if (attributes == NULL)
        return;
    for (size_t i = 0; i < index.count; i++)
        attributes[i] = bednet_build_keep(build, index.items[i].name);
    build->policy->attributes = attributes;
    build->policy->attribute_count = index.count;
}

static void freeze_modes(struct bednet_build *build)
{
    for (int plugin = 0; plugin < BEDNET_PLUGINS; plugin++)
        if (!build->mode_set[plugin] && plugin != BEDNET_PLUGIN_METRICS)
            build->policy->observe[plugin] = build->observe_all;
}

static void freeze(struct bednet_build *build)
{
    freeze_modes(build);
    freeze_attributes(build);
    build->policy->acl.roles = build->roles;
    build->policy->acl.members = bednet_members_freeze(build->arena, &build->members);
    build->owned->rules = bednet_rules_freeze(build->rules);
    build->policy->acl.rules = build->owned->rules;
    if (build->policy->acl.members == NULL || build->owned->rules == NULL)
        bednet_report_nomem(&build->report);
}

/* A file for another version means something else by its words: one error then, not a hundred. */
static bool is_of_this_version(struct bednet_build *build, const struct bednet_node *root)
{
    const struct bednet_pair *version = bednet_node_find(root, "bednet");
    if (version == NULL || version->value.kind != BEDNET_NODE_SCALAR ||
        bednet_text_equal(version->value.text, BEDNET_TEXT_LITERAL("1")))
        return true;
    uint64_t number;
    bednet_read_number(&build->report, &version->value, "bednet", 1, 1, &number);
    return false;
}

static void read_document(struct bednet_build *build, const struct bednet_node *root)
{
    if (!bednet_node_expect(&build->report, root, BEDNET_NODE_MAPPING, "the policy",
                            "a mapping that begins with 'bednet: 1'") ||
        !is_of_this_version(build, root))
        return;
    const struct bednet_pair *roles = bednet_node_find(root, "roles");
    const struct bednet_pair *certificate = bednet_node_find(root, "certificate");
    bednet_roles_announce(build, roles != NULL ? &roles->value : NULL);
    bednet_certificate_announce(build, certificate != NULL ? &certificate->value : NULL);
    if (build->report.nomem)
        return;
    bednet_keys_read(build, &bednet_table_policy, root, "the policy", NULL);
    bednet_certificate_review(build);
    bednet_roles_review(build);
    if (!build->report.failed)
        freeze(build);
}

static enum bednet_status read_bytes(struct bednet_build *build, struct bednet_text yaml)
{
    struct bednet_arena *pages = bednet_arena_new();
    if (pages == NULL) {
        bednet_report_nomem(&build->report);
        return BEDNET_NOMEM;
    }
    const struct bednet_node *root = bednet_document_parse(pages, yaml, &build->report);
    if (root != NULL)
        read_document(build, root);
    bednet_rules_builder_free(build->rules);
    bednet_members_builder_free(&build->members);
    bednet_name_list_free(&build->attributes);
    bednet_arena_free(pages);
    return bednet_report_status(&build->report);
}

static struct bednet_policy_owned *owned_new(const char *name)
{
    struct bednet_arena *arena = bednet_arena_new();
    struct bednet_policy_owned *owned = arena != NULL ? bednet_arena_alloc(arena, sizeof *owned) : NULL;
    if (owned == NULL) {
        bednet_arena_free(arena);
        return NULL;
    }
    owned->policy.arena = arena;
    owned->policy.path = bednet_arena_text(arena, bednet_text(name));
    if (owned->policy.path.ptr == NULL) {
        bednet_arena_free(arena);
        return NULL;
    }
    return owned;
}

enum bednet_status bednet_policy_parse(const char *name, struct bednet_text yaml, bool read_files,
                                       struct bednet_diag *diag, struct bednet_policy **out)
{
    struct bednet_build build = {.report = {.diag = diag, .file = name}, .read_files = read_files};
    if (yaml.len > BEDNET_POLICY_BYTES_MAX) {
        bednet_report_error(&build.report, (struct bednet_source){0},
                            "is larger than %u bytes (expected a smaller file)", BEDNET_POLICY_BYTES_MAX);
        return BEDNET_INVALID;
    }
    build.owned = owned_new(name);
    if (build.owned == NULL) {
        bednet_report_nomem(&build.report);
        return BEDNET_NOMEM;
    }
    build.policy = &build.owned->policy;
    build.arena = build.policy->arena;
    enum bednet_status status = read_bytes(&build, yaml);
    if (status == BEDNET_OK)
        *out = build.policy;
    else
        bednet_policy_free(build.policy);
    return status;
}

enum bednet_status bednet_policy_load(const char *path, struct bednet_diag *diag, struct bednet_policy **out)
{
    struct bednet_report report = {.diag = diag, .file = path};
    struct bednet_file file = {0};
    char fault[BEDNET_FILE_FAULT_BYTES];
    enum bednet_status status = bednet_file_read(path, BEDNET_POLICY_BYTES_MAX, &file, fault);
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&report);
    else if (status != BEDNET_OK)
        bednet_report_error(&report, (struct bednet_source){0}, "%s", fault);
    else
        status = bednet_policy_parse(path, (struct bednet_text){file.bytes, file.length}, true, diag, out);
    bednet_file_free(&file);
    return status;
}

void bednet_policy_free(struct bednet_policy *policy)
{
    if (policy == NULL)
        return;
    struct bednet_policy_owned *owned = (struct bednet_policy_owned *)policy;
    bednet_rules_free(owned->rules);
    for (size_t i = 0; i < owned->keyring_count; i++)
        bednet_keyring_free(owned->keyrings[i]);
    bednet_revocations_free(owned->revocations);
    bednet_authorities_free(owned->authorities);
    bednet_arena_free(policy->arena);
}
