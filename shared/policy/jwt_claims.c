/* SPDX-License-Identifier: Apache-2.0 */
/* Claims that the policy names: what they must be, and which of them lists permissions. */
#include "policy/jwt.h"
#include "policy/tables.h"

#define REQUIRED_MAX  16
#define VALUES_MAX    64
#define PREFIX        "claim."
#define PREFIX_LENGTH (sizeof PREFIX - 1)

/* True, with a copy in *out, where `node` can be the name of a claim. */
static bool keep_claim_name(struct bednet_build *build, const struct bednet_node *node,
                            struct bednet_text *out)
{
    struct bednet_text name = node->text;
    if (name.len == 0 || name.len > BEDNET_CLAIM_NAME_BYTES_MAX - PREFIX_LENGTH) {
        bednet_report_error(&build->report, node->source,
                            "the name of a claim is empty or too long (expected 1 to %zu bytes)",
                            BEDNET_CLAIM_NAME_BYTES_MAX - PREFIX_LENGTH);
        return false;
    }
    if (strncmp(name.ptr, PREFIX, PREFIX_LENGTH) == 0 || strstr(name.ptr, "${") != NULL) {
        bednet_report_error(&build->report, node->source,
                            "'%.64s' is more than the name of a claim (expected it without 'claim.' and "
                            "'${...}')",
                            name.ptr);
        return false;
    }
    *out = bednet_build_keep(build, name);
    return out->ptr != NULL;
}

/* `any` without quotes stands for every value; in quotes it is one. */
static bool is_any(const struct bednet_node *node)
{
    return node->kind == BEDNET_NODE_SCALAR && !node->quoted &&
           bednet_text_equal(node->text, BEDNET_TEXT_LITERAL("any"));
}

static void read_values(struct bednet_build *build, const struct bednet_node *node,
                        struct bednet_required_claim *claim)
{
    size_t count;
    const struct bednet_node *items = bednet_node_as_list(node, &count);
    if (count == 0 || count > VALUES_MAX) {
        bednet_report_error(&build->report, node->source,
                            "%zu values of a required claim (expected 1 to %d, or the word any)", count,
                            VALUES_MAX);
        return;
    }
    struct bednet_text *values = bednet_build_array(build, count, sizeof *values);
    for (size_t i = 0; i < count && values != NULL; i++) {
        struct bednet_text value;
        if (is_any(&items[i]))
            bednet_report_error(&build->report, items[i].source,
                                "'any' in a list (expected it alone, or in quotes where it is a value)");
        else if (bednet_read_text(&build->report, &items[i], "a value of a required claim", &value))
            values[i] = bednet_build_keep(build, value);
    }
    claim->values = values;
    claim->value_count = values != NULL ? count : 0;
}

static void read_required_claim(struct bednet_build *build, const struct bednet_pair *pair,
                                struct bednet_required_claim *claim)
{
    if (pair->key.kind != BEDNET_NODE_SCALAR || bednet_build_refuse_duplicate(build, pair) ||
        !keep_claim_name(build, &pair->key, &claim->name))
        return;
    if (!is_any(&pair->value))
        read_values(build, &pair->value, claim);
}

void bednet_jwt_read_required(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    const struct bednet_node *claims = &pair->value;
    if (!bednet_node_expect(&build->report, claims, BEDNET_NODE_MAPPING, "required",
                            "a mapping from names of claims to values, or to the word any"))
        return;
    if (claims->count > REQUIRED_MAX) {
        bednet_report_error(&build->report, claims->source, "%zu claims in required (expected at most %d)",
                            claims->count, REQUIRED_MAX);
        return;
    }
    struct bednet_required_claim *required = bednet_build_array(build, claims->count, sizeof *required);
    for (size_t i = 0; i < claims->count && required != NULL; i++)
        read_required_claim(build, &claims->pairs[i], &required[i]);
    target->issuer->required = required;
    target->issuer->required_count = required != NULL ? claims->count : 0;
}

static void read_claim(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_permissions_policy *permissions = into;
    struct bednet_text name;
    if (bednet_read_text(&build->report, &pair->value, "claim", &name))
        keep_claim_name(build, &pair->value, &permissions->claim);
}

static const struct bednet_word format_words[] = {{"bednet", BEDNET_PERMISSIONS_BEDNET},
                                                  {"emqx", BEDNET_PERMISSIONS_EMQX},
                                                  {"aif", BEDNET_PERMISSIONS_AIF}};
const struct bednet_words bednet_words_permissions_format = BEDNET_WORDS("permissions_format", format_words);

static void read_format(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_permissions_policy *permissions = into;
    int format;
    if (bednet_read_word(&build->report, &pair->value, "format", &bednet_words_permissions_format, &format))
        permissions->format = (enum bednet_permissions_format)format;
}

static const struct bednet_word use_words[] = {{"narrow", BEDNET_PERMISSIONS_NARROW},
                                               {"widen", BEDNET_PERMISSIONS_WIDEN}};
const struct bednet_words bednet_words_permissions_use = BEDNET_WORDS("permissions_use", use_words);

static void read_use(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_permissions_policy *permissions = into;
    int use;
    if (bednet_read_word(&build->report, &pair->value, "use", &bednet_words_permissions_use, &use))
        permissions->use = (enum bednet_permissions_use)use;
}

static void read_must_be_there(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_permissions_policy *permissions = into;
    bednet_read_boolean(&build->report, &pair->value, "required", &permissions->required);
}

static const struct bednet_key permissions_keys[] = {
    {"claim", BEDNET_KEY_REQUIRED, read_claim},
    {"format", BEDNET_KEY_OPTIONAL, read_format},
    {"use", BEDNET_KEY_OPTIONAL, read_use},
    {"required", BEDNET_KEY_OPTIONAL, read_must_be_there},
};

const struct bednet_key_table bednet_table_permissions = BEDNET_KEY_TABLE("permissions", permissions_keys);

void bednet_jwt_read_permissions(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    struct bednet_permissions_policy *permissions = &target->mapping->permissions;
    permissions->format = BEDNET_PERMISSIONS_BEDNET;
    permissions->use = BEDNET_PERMISSIONS_NARROW;
    permissions->source = pair->value.source;
    bool said = pair->value.kind == BEDNET_NODE_MAPPING && bednet_node_find(&pair->value, "required") != NULL;
    bednet_keys_read(build, &bednet_table_permissions, &pair->value, "permissions", permissions);
    /* What narrows must not be left out: a token without the claim would be the widest of all. */
    if (!said)
        permissions->required = permissions->use == BEDNET_PERMISSIONS_NARROW;
    bednet_permissions_announce(build, permissions->source);
}
