/* SPDX-License-Identifier: Apache-2.0 */
/* `jwt`: whose tokens are believed, and what becomes of their claims. */
#include "core/suggest.h"
#include "policy/build.h"
#include "policy/tables.h"

#define JWT_BYTES_LIMIT 65535

/* One issuer while its mapping is read. */
struct issuer_target {
    struct bednet_token_issuer *issuer;
    struct bednet_jwt_mapping *mapping;
    const struct bednet_node *key_file;
};

static void read_jwt_mode(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    bednet_build_read_mode(build, pair, BEDNET_PLUGIN_JWT);
}

static void read_max_bytes(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    uint64_t bytes;
    if (bednet_read_size(&build->report, &pair->value, "max_bytes", JWT_BYTES_LIMIT, &bytes))
        build->policy->jwt.rules.token_bytes_max = (size_t)bytes;
}

static void read_issuer_name(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct issuer_target *target = into;
    struct bednet_text name;
    if (!bednet_read_text(&build->report, &pair->value, "issuer", &name))
        return;
    const struct bednet_token_rules *rules = &build->policy->jwt.rules;
    for (size_t i = 0; i < BEDNET_ISSUERS_MAX && &rules->issuers[i] != target->issuer; i++) {
        if (!bednet_text_equal(rules->issuers[i].issuer, name))
            continue;
        bednet_report_error(
            &build->report, pair->value.source,
            "a second entry for the issuer '%.128s' (expected one entry with all of its keys)", name.ptr);
        return;
    }
    target->issuer->issuer = bednet_build_keep(build, name);
}

/* A string stands for a list of one. */
static const struct bednet_node *as_list(const struct bednet_node *node, size_t *count)
{
    *count = node->kind == BEDNET_NODE_SEQUENCE ? node->count : 1;
    return node->kind == BEDNET_NODE_SEQUENCE ? node->items : node;
}

static void read_audience(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct issuer_target *target = into;
    size_t count;
    const struct bednet_node *items = as_list(&pair->value, &count);
    struct bednet_text *audiences = bednet_build_array(build, count, sizeof *audiences);
    if (count == 0)
        bednet_report_error(&build->report, pair->value.source,
                            "audience is an empty list (expected at least one, or no such key)");
    for (size_t i = 0; i < count && audiences != NULL; i++) {
        struct bednet_text audience;
        if (bednet_read_text(&build->report, &items[i], "an audience", &audience))
            audiences[i] = bednet_build_keep(build, audience);
    }
    target->issuer->audiences = audiences;
    target->issuer->audience_count = count;
}

static void read_key_file(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct issuer_target *target = into;
    struct bednet_text path;
    if (bednet_read_text(&build->report, &pair->value, "file", &path))
        target->key_file = &pair->value;
}

static const struct bednet_key keys_keys[] = {
    {"file", BEDNET_KEY_REQUIRED, read_key_file},
    {"url", BEDNET_KEY_LATER, NULL},
    {"refresh", BEDNET_KEY_LATER, NULL},
    {"discovery", BEDNET_KEY_LATER, NULL},
};

const struct bednet_key_table bednet_table_keys = BEDNET_KEY_TABLE("keys", keys_keys);

static void read_keys(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    bednet_keys_read(build, &bednet_table_keys, &pair->value, "keys", into);
}

static const struct bednet_word algorithm_words[] = {
    {"HS256", BEDNET_ALG_HS256},
    {"RS256", BEDNET_ALG_RS256},
    {"ES256", BEDNET_ALG_ES256},
    {"EdDSA", BEDNET_ALG_EDDSA},
};

const struct bednet_words bednet_words_algorithm = BEDNET_WORDS("algorithm", algorithm_words);

static void read_algorithms(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct issuer_target *target = into;
    const struct bednet_node *list = &pair->value;
    if (!bednet_node_expect(&build->report, list, BEDNET_NODE_SEQUENCE, "algorithms",
                            "a list such as [ES256, RS256]"))
        return;
    if (list->count == 0)
        bednet_report_error(&build->report, list->source,
                            "algorithms is an empty list (expected at least one algorithm)");
    for (size_t i = 0; i < list->count; i++) {
        int algorithm;
        if (bednet_read_word(&build->report, &list->items[i], "an algorithm", &bednet_words_algorithm,
                             &algorithm))
            target->issuer->algorithms |= (unsigned)algorithm;
    }
}

static void read_leeway(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct issuer_target *target = into;
    uint64_t seconds;
    if (bednet_read_duration(&build->report, &pair->value, "leeway", BEDNET_TOKEN_LEEWAY_S_MAX, &seconds))
        target->issuer->leeway_s = (int64_t)seconds;
}

/* A template of claims only: at login nothing else about the client is known to be true. */
static bool read_template(struct bednet_build *build, const struct bednet_node *node, const char *what,
                          struct bednet_template *out)
{
    struct bednet_text text;
    struct bednet_template parsed;
    const char *error;
    size_t offset;
    if (!bednet_read_text(&build->report, node, what, &text))
        return false;
    enum bednet_status status = bednet_template_parse(build->arena, text, &parsed, &error, &offset);
    if (status == BEDNET_NOMEM) {
        bednet_report_nomem(&build->report);
        return false;
    }
    if (status != BEDNET_OK) {
        bednet_report_error(&build->report, bednet_node_at(node, offset), "%s: %s", what, error);
        return false;
    }
    for (size_t i = 0; i < parsed.part_count; i++) {
        if (parsed.parts[i].kind == BEDNET_PART_LITERAL || parsed.parts[i].kind == BEDNET_PART_ATTRIBUTE)
            continue;
        bednet_report_error(
            &build->report, node->source,
            "%s uses '${%.*s}' (expected ${claim.NAME} only: the token vouches for nothing else)", what,
            (int)parsed.parts[i].text.len, parsed.parts[i].text.ptr);
        return false;
    }
    bednet_build_note_template(build, parsed.text);
    *out = parsed;
    return true;
}

static void read_username(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct issuer_target *target = into;
    read_template(build, &pair->value, "username", &target->mapping->username);
}

static void read_client_id(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct issuer_target *target = into;
    read_template(build, &pair->value, "client_id", &target->mapping->client_id);
}

static void refuse_unknown_role(struct bednet_build *build, const struct bednet_node *node)
{
    const struct bednet_name_list *roles = &build->members.roles;
    const char *nearest = NULL;
    /* Not for an error that nobody will see. */
    const char **known = bednet_diag_dropped(build->report.diag) == 0
                             ? bednet_build_array(build, roles->count, sizeof *known)
                             : NULL;
    for (size_t i = 0; i < roles->count && known != NULL; i++)
        known[i] = roles->items[i].name.ptr;
    if (known != NULL)
        nearest = bednet_suggest(node->text, known, roles->count);
    if (nearest != NULL)
        bednet_report_error(&build->report, node->source, "unknown role '%.64s' (did you mean '%.64s'?)",
                            node->text.ptr, nearest);
    else
        bednet_report_error(&build->report, node->source,
                            "unknown role '%.64s' (expected a name that 'roles' has, or ${claim.NAME})",
                            node->text.ptr);
}

static void read_role_name(struct bednet_build *build, const struct bednet_node *node,
                           struct bednet_template *out)
{
    struct bednet_template parsed;
    size_t found = 0;
    if (!read_template(build, node, "a role", &parsed))
        return;
    bool literal = bednet_template_is_literal(&parsed);
    if (!literal && parsed.part_count != 1) {
        bednet_report_error(&build->report, node->source,
                            "a role is put together from parts (expected a name, or ${claim.NAME} alone)");
        return;
    }
    struct bednet_name_index roles = {build->members.roles.items, build->members.roles.count};
    if (literal)
        bednet_name_index_find(roles, node->text, (struct bednet_text){NULL, 0}, &found);
    if (literal && found == 0)
        refuse_unknown_role(build, node);
    else
        *out = parsed;
}

static void read_jwt_roles(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct issuer_target *target = into;
    size_t count;
    const struct bednet_node *items = as_list(&pair->value, &count);
    if (count > BEDNET_ROLE_TEMPLATES_MAX) {
        bednet_report_error(&build->report, pair->value.source, "%zu entries in roles (expected at most %d)",
                            count, BEDNET_ROLE_TEMPLATES_MAX);
        return;
    }
    struct bednet_template *roles = bednet_build_array(build, count, sizeof *roles);
    for (size_t i = 0; i < count && roles != NULL; i++)
        read_role_name(build, &items[i], &roles[i]);
    target->mapping->roles = roles;
    target->mapping->role_count = roles != NULL ? count : 0;
}

static const struct bednet_key issuer_keys[] = {
    {"issuer", BEDNET_KEY_REQUIRED, read_issuer_name},  {"audience", BEDNET_KEY_OPTIONAL, read_audience},
    {"keys", BEDNET_KEY_REQUIRED, read_keys},           {"algorithms", BEDNET_KEY_REQUIRED, read_algorithms},
    {"leeway", BEDNET_KEY_OPTIONAL, read_leeway},       {"username", BEDNET_KEY_OPTIONAL, read_username},
    {"client_id", BEDNET_KEY_OPTIONAL, read_client_id}, {"roles", BEDNET_KEY_OPTIONAL, read_jwt_roles},
};

const struct bednet_key_table bednet_table_issuer = BEDNET_KEY_TABLE("issuer", issuer_keys);

static void default_username(struct bednet_build *build, struct bednet_template *username)
{
    static const struct bednet_text subject = {"${claim.sub}", sizeof "${claim.sub}" - 1};
    const char *error;
    size_t offset;
    if (bednet_template_parse(build->arena, subject, username, &error, &offset) != BEDNET_OK)
        bednet_report_nomem(&build->report);
    else
        bednet_build_note_template(build, subject);
}

static void read_issuer(struct bednet_build *build, const struct bednet_node *node,
                        struct issuer_target *target)
{
    target->mapping->source = node->source;
    if (!bednet_keys_read(build, &bednet_table_issuer, node, "an issuer", target))
        return;
    if (bednet_node_find(node, "username") == NULL)
        default_username(build, &target->mapping->username);
    if (build->read_files && target->key_file != NULL && target->issuer->algorithms != 0)
        target->issuer->keys = bednet_build_keyring(build, target->key_file, target->issuer->algorithms);
}

static void read_issuers(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    const struct bednet_node *list = &pair->value;
    if (!bednet_node_expect(&build->report, list, BEDNET_NODE_SEQUENCE, "issuers", "a list of issuers"))
        return;
    if (list->count == 0 || list->count > BEDNET_ISSUERS_MAX) {
        bednet_report_error(&build->report, list->source, "%zu issuers (expected 1 to %d)", list->count,
                            BEDNET_ISSUERS_MAX);
        return;
    }
    struct bednet_token_issuer *issuers = bednet_build_array(build, BEDNET_ISSUERS_MAX, sizeof *issuers);
    struct bednet_jwt_mapping *mappings = bednet_build_array(build, BEDNET_ISSUERS_MAX, sizeof *mappings);
    if (issuers == NULL || mappings == NULL)
        return;
    build->policy->jwt.rules.issuers = issuers;
    build->policy->jwt.rules.issuer_count = list->count;
    build->policy->jwt.mappings = mappings;
    for (size_t i = 0; i < list->count; i++) {
        struct issuer_target target = {.issuer = &issuers[i], .mapping = &mappings[i]};
        read_issuer(build, &list->items[i], &target);
    }
}

static const struct bednet_key jwt_keys[] = {
    {"mode", BEDNET_KEY_OPTIONAL, read_jwt_mode},
    {"max_bytes", BEDNET_KEY_OPTIONAL, read_max_bytes},
    {"issuers", BEDNET_KEY_REQUIRED, read_issuers},
    {"on_expiry", BEDNET_KEY_LATER, NULL},
};

const struct bednet_key_table bednet_table_jwt = BEDNET_KEY_TABLE("jwt", jwt_keys);

void bednet_section_jwt(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    build->policy->section[BEDNET_PLUGIN_JWT] = pair->key.source;
    build->policy->jwt.rules.token_bytes_max = BEDNET_TOKEN_BYTES_MAX;
    bednet_keys_read(build, &bednet_table_jwt, &pair->value, "jwt", NULL);
}
