/* SPDX-License-Identifier: Apache-2.0 */
/* Whose tokens are believed, and what they must satisfy. */
#include "policy/jwt.h"
#include "policy/tables.h"

#define LIFETIME_MOST_S (366 * 24 * 60 * 60)

static void read_issuer_name(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
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

static void read_audience(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    target->issuer->audiences =
        bednet_build_read_strings(build, pair, "an audience", &target->issuer->audience_count);
}

static void read_parties(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    target->issuer->parties = bednet_build_read_strings(build, pair, "a party", &target->issuer->party_count);
}

static const struct bednet_word algorithm_words[] = {
    {"HS256", BEDNET_ALG_HS256}, {"HS384", BEDNET_ALG_HS384}, {"HS512", BEDNET_ALG_HS512},
    {"RS256", BEDNET_ALG_RS256}, {"RS384", BEDNET_ALG_RS384}, {"RS512", BEDNET_ALG_RS512},
    {"PS256", BEDNET_ALG_PS256}, {"PS384", BEDNET_ALG_PS384}, {"PS512", BEDNET_ALG_PS512},
    {"ES256", BEDNET_ALG_ES256}, {"ES384", BEDNET_ALG_ES384}, {"ES512", BEDNET_ALG_ES512},
    {"EdDSA", BEDNET_ALG_EDDSA},
};

const struct bednet_words bednet_words_algorithm = BEDNET_WORDS("algorithm", algorithm_words);

static void read_algorithms(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    const struct bednet_node *list = &pair->value;
    if (!bednet_node_expect(&build->report, list, BEDNET_NODE_SEQUENCE, "algorithms",
                            "a list such as [ES256, RS256]"))
        return;
    if (list->count == 0)
        bednet_report_error(&build->report, list->source,
                            "algorithms is an empty list (expected at least one algorithm)");
    for (size_t i = 0; i < list->count; i++) {
        int algorithm;
        if (!bednet_read_word(&build->report, &list->items[i], "an algorithm", &bednet_words_algorithm,
                              &algorithm))
            continue;
        target->issuer->algorithms |= (unsigned)algorithm;
        if (((unsigned)algorithm & BEDNET_ALG_HS) != 0 && target->secret == NULL)
            target->secret = &list->items[i];
    }
}

static const struct bednet_word type_words[] = {
    {"JWT", BEDNET_TYP_JWT}, {"at+jwt", BEDNET_TYP_AT_JWT}, {"none", BEDNET_TYP_ABSENT}};
const struct bednet_words bednet_words_token_type = BEDNET_WORDS("token_type", type_words);

static void read_types(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    unsigned types = 0;
    if (bednet_build_read_mask(build, pair, "a list of JWT, at+jwt, none", "a type", &bednet_words_token_type,
                               &types))
        target->issuer->types = types;
}

static void read_leeway(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    uint64_t seconds;
    if (bednet_read_duration(&build->report, &pair->value, "leeway", 0, BEDNET_TOKEN_LEEWAY_S_MAX, &seconds))
        target->issuer->leeway_s = (int64_t)seconds;
}

static void read_max_lifetime(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    uint64_t seconds;
    if (bednet_read_duration(&build->report, &pair->value, "max_lifetime", 1, LIFETIME_MOST_S, &seconds))
        target->issuer->lifetime_max_s = (int64_t)seconds;
}

static const struct bednet_word expiry_words[] = {{"required", 0}, {"optional", 1}};
const struct bednet_words bednet_words_expiry = BEDNET_WORDS("expiry", expiry_words);

static void read_expiry(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    int optional;
    if (bednet_read_word(&build->report, &pair->value, "expiry", &bednet_words_expiry, &optional))
        target->issuer->expiry_optional = optional != 0;
}

static const struct bednet_key issuer_keys[] = {
    {"issuer", BEDNET_KEY_REQUIRED, read_issuer_name},
    {"audience", BEDNET_KEY_OPTIONAL, read_audience},
    {"keys", BEDNET_KEY_REQUIRED, bednet_jwt_read_keys},
    {"algorithms", BEDNET_KEY_REQUIRED, read_algorithms},
    {"types", BEDNET_KEY_OPTIONAL, read_types},
    {"parties", BEDNET_KEY_OPTIONAL, read_parties},
    {"required", BEDNET_KEY_OPTIONAL, bednet_jwt_read_required},
    {"leeway", BEDNET_KEY_OPTIONAL, read_leeway},
    {"max_lifetime", BEDNET_KEY_OPTIONAL, read_max_lifetime},
    {"expiry", BEDNET_KEY_OPTIONAL, read_expiry},
    {"username", BEDNET_KEY_OPTIONAL, bednet_jwt_read_username},
    {"client_id", BEDNET_KEY_OPTIONAL, bednet_jwt_read_client_id},
    {"roles", BEDNET_KEY_OPTIONAL, bednet_jwt_read_roles},
    {"permissions", BEDNET_KEY_OPTIONAL, bednet_jwt_read_permissions},
};

const struct bednet_key_table bednet_table_issuer = BEDNET_KEY_TABLE("issuer", issuer_keys);

/* A lifetime ends with `exp`: who bounds the one cannot do without the other. */
static void check_expiry(struct bednet_build *build, const struct bednet_node *node,
                         const struct bednet_token_issuer *issuer)
{
    if (issuer->expiry_optional && issuer->lifetime_max_s > 0)
        bednet_report_error(&build->report, bednet_node_find(node, "expiry")->key.source,
                            "'expiry: optional' beside max_lifetime (expected one of them: a lifetime can "
                            "only be bounded where tokens say when it ends)");
}

static void read_issuer(struct bednet_build *build, const struct bednet_node *node,
                        struct bednet_issuer_target *target)
{
    target->mapping->source = node->source;
    target->issuer->types = BEDNET_TYP_DEFAULT;
    if (!bednet_keys_read(build, &bednet_table_issuer, node, "an issuer", target))
        return;
    if (bednet_node_find(node, "username") == NULL)
        bednet_jwt_default_username(build, target);
    check_expiry(build, node, target->issuer);
    bednet_jwt_settle_keys(build, target);
}

void bednet_jwt_read_issuers(struct bednet_build *build, const struct bednet_pair *pair, void *into)
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
        struct bednet_issuer_target target = {.issuer = &issuers[i], .mapping = &mappings[i]};
        read_issuer(build, &list->items[i], &target);
    }
}
