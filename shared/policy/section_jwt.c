/* SPDX-License-Identifier: Apache-2.0 */
/* `jwt`: logins by token, as far as it is the same for all issuers. */
#include "policy/jwt.h"
#include "policy/revocations.h"
#include "policy/tables.h"

static const char key_cache_default[] = "/var/lib/mosquitto/bednet";

static void read_jwt_mode(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    bednet_build_read_mode(build, pair, BEDNET_PLUGIN_JWT);
}

static void read_max_bytes(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    uint64_t bytes;
    if (bednet_read_size(&build->report, &pair->value, "max_bytes", BEDNET_TOKEN_BYTES_MAX, &bytes))
        build->policy->jwt.rules.token_bytes_max = (size_t)bytes;
}

static const struct bednet_word carrier_words[] = {{"password", BEDNET_CARRIER_PASSWORD},
                                                   {"username", BEDNET_CARRIER_USERNAME},
                                                   {"enhanced", BEDNET_CARRIER_ENHANCED}};
const struct bednet_words bednet_words_carrier = BEDNET_WORDS("carrier", carrier_words);

static void read_carriers(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    unsigned carriers = 0;
    if (bednet_build_read_mask(build, pair, "a list of password, username, enhanced", "a carrier",
                               &bednet_words_carrier, &carriers))
        build->policy->jwt.carriers = carriers;
}

static void read_key_cache(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    struct bednet_text folder;
    if (bednet_read_text(&build->report, &pair->value, "key_cache", &folder) &&
        !bednet_text_equal(folder, BEDNET_TEXT_LITERAL("none")))
        build->policy->jwt.key_cache = bednet_build_resolve(build, folder);
}

static void read_on_expiry(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    bednet_build_read_on_expiry(build, pair, &build->policy->jwt.on_expiry);
}

static const struct bednet_key jwt_keys[] = {
    {"mode", BEDNET_KEY_OPTIONAL, read_jwt_mode},
    {"max_bytes", BEDNET_KEY_OPTIONAL, read_max_bytes},
    {"carriers", BEDNET_KEY_OPTIONAL, read_carriers},
    {"key_cache", BEDNET_KEY_OPTIONAL, read_key_cache},
    {"on_expiry", BEDNET_KEY_OPTIONAL, read_on_expiry},
    {"revocations", BEDNET_KEY_OPTIONAL, bednet_jwt_read_revocations},
    {"issuers", BEDNET_KEY_REQUIRED, bednet_jwt_read_issuers},
};

const struct bednet_key_table bednet_table_jwt = BEDNET_KEY_TABLE("jwt", jwt_keys);

/* Without a key file anywhere there is nothing to keep, and no folder is asked for. */
static void default_key_cache(struct bednet_build *build)
{
    struct bednet_jwt_policy *jwt = &build->policy->jwt;
    for (size_t i = 0; i < jwt->rules.issuer_count && jwt->key_cache.ptr == NULL; i++)
        if (jwt->mappings[i].keys.origin != BEDNET_KEYS_FILE)
            jwt->key_cache = bednet_build_keep(build, BEDNET_TEXT_LITERAL(key_cache_default));
}

/* Nothing ends such a token but its revocation. */
static void warn_of_endless_tokens(struct bednet_build *build)
{
    const struct bednet_jwt_policy *jwt = &build->policy->jwt;
    for (size_t i = 0; i < jwt->rules.issuer_count && jwt->revocations_source.line == 0; i++)
        if (jwt->rules.issuers[i].expiry_optional)
            bednet_report_warning(&build->report, jwt->mappings[i].source,
                                  "tokens of '%.128s' may be good for ever (expected 'expiry: required', or "
                                  "revocations by which they can be ended)",
                                  jwt->rules.issuers[i].issuer.ptr);
}

void bednet_section_jwt(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    struct bednet_jwt_policy *jwt = &build->policy->jwt;
    build->policy->section[BEDNET_PLUGIN_JWT] = pair->key.source;
    jwt->rules.token_bytes_max = BEDNET_TOKEN_BYTES_DEFAULT;
    jwt->carriers = BEDNET_CARRIER_PASSWORD | BEDNET_CARRIER_ENHANCED;
    jwt->on_expiry = (struct bednet_expiry_policy){.will = true, .source = pair->key.source};
    bednet_keys_read(build, &bednet_table_jwt, &pair->value, "jwt", NULL);
    if (bednet_node_find(&pair->value, "key_cache") == NULL)
        default_key_cache(build);
    if (!build->report.failed)
        warn_of_endless_tokens(build);
}
