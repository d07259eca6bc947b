/* SPDX-License-Identifier: Apache-2.0 */
/* What good policies become: each field of the snapshot, with defaults and places. */
#include "policy_testing.h"
#include "rules_asking.h"

#define FULL BEDNET_TEST_DATA "/policy/full.yaml"

static void an_empty_policy_denies(void **state)
{
    (void)state;
    struct parsed parsed = parse_good("bednet: 1\n");
    const struct bednet_policy *policy = parsed.policy;
    assert_text(policy->path, "p");
    assert_false(policy->default_allow);
    for (int i = 0; i < BEDNET_PLUGINS; i++) {
        assert_source(policy->section[i], 0, 0);
        assert_false(policy->observe[i]);
    }
    assert_int_equal(policy->acl.role_count, 0);
    assert_int_equal(bednet_rules_count(policy->acl.rules), 0);
    assert_int_equal(policy->attribute_count, 0);
    assert_int_equal(policy->topics.levels_max.source.line, 0);
    assert_int_equal(policy->topics.characters_source.line, 0);
    assert_int_equal(policy->limits.publish_count, 0);
    release(&parsed);
}

static void reads_modes(void **state)
{
    (void)state;
    struct parsed parsed = load(FULL);
    assert_told(parsed.diag, "");
    assert_true(parsed.policy->default_allow);
    for (int i = 0; i < BEDNET_PLUGINS; i++)
        assert_false(parsed.policy->observe[i]);
    assert_source(parsed.policy->section[BEDNET_PLUGIN_JWT], 6, 1);
    assert_source(parsed.policy->section[BEDNET_PLUGIN_ACL], 31, 1);
    assert_source(parsed.policy->section[BEDNET_PLUGIN_TOPIC], 54, 1);
    assert_source(parsed.policy->section[BEDNET_PLUGIN_LIMIT], 66, 1);
    assert_source(parsed.policy->section[BEDNET_PLUGIN_METRICS], 74, 1);
    assert_source(parsed.policy->section[BEDNET_PLUGIN_CERT], 78, 1);
    release(&parsed);

    parsed = parse_good("mode: observe\ntopics: {mode: enforce}\nbednet: 1\n");
    assert_true(parsed.policy->observe[BEDNET_PLUGIN_JWT]);
    assert_true(parsed.policy->observe[BEDNET_PLUGIN_CERT]);
    assert_true(parsed.policy->observe[BEDNET_PLUGIN_ACL]);
    assert_true(parsed.policy->observe[BEDNET_PLUGIN_LIMIT]);
    assert_false(parsed.policy->observe[BEDNET_PLUGIN_TOPIC]);
    assert_false(parsed.policy->observe[BEDNET_PLUGIN_METRICS]);
    release(&parsed);

    parsed = parse_good("bednet: 1\nroles: {r: {allow: {publish: [a]}}}\nacl: {mode: observe}\n");
    assert_true(parsed.policy->observe[BEDNET_PLUGIN_ACL]);
    assert_false(parsed.policy->observe[BEDNET_PLUGIN_JWT]);
    assert_source(parsed.policy->section[BEDNET_PLUGIN_ACL], 2, 1);
    release(&parsed);
}

static void reads_jwt(void **state)
{
    (void)state;
    struct parsed parsed = load(FULL);
    assert_told(parsed.diag, "");
    const struct bednet_token_rules *rules = &parsed.policy->jwt.rules;
    assert_int_equal(rules->token_bytes_max, 8192);
    assert_int_equal(rules->issuer_count, 2);
    const struct bednet_token_issuer *first = &rules->issuers[0];
    assert_text(first->issuer, "https://id.acme.example");
    assert_int_equal(first->audience_count, 2);
    assert_text(first->audiences[1], "mqtt2.acme.example");
    assert_int_equal(first->algorithms, BEDNET_ALG_EDDSA | BEDNET_ALG_ES256);
    assert_int_equal(first->leeway_s, 30);
    assert_int_equal(bednet_keyring_count(first->keys), 1);
    const struct bednet_jwt_mapping *mapping = &parsed.policy->jwt.mappings[0];
    assert_source(mapping->source, 10, 7);
    assert_int_equal(mapping->identity.username.part_count, 2);
    assert_text(mapping->identity.username.text, "u-${claim.sub}");
    assert_text(mapping->identity.client_id.parts[0].text, "claim.device_id");
    assert_int_equal(mapping->identity.role_count, 1);
    release(&parsed);
}

static void jwt_has_defaults(void **state)
{
    (void)state;
    struct parsed parsed = load(FULL);
    const struct bednet_token_issuer *second = &parsed.policy->jwt.rules.issuers[1];
    const struct bednet_jwt_mapping *mapping = &parsed.policy->jwt.mappings[1];
    assert_int_equal(second->leeway_s, 0);
    assert_int_equal(second->audience_count, 1);
    assert_text(second->audiences[0], "one");
    assert_text(mapping->identity.username.text, "${claim.sub}");
    assert_int_equal(mapping->identity.client_id.part_count, 0);
    assert_int_equal(mapping->identity.role_count, 2);
    assert_true(bednet_template_is_literal(&mapping->identity.roles[0]));
    assert_text(mapping->identity.roles[1].parts[0].text, "claim.groups.mqtt");
    release(&parsed);
    parsed = parse_good("bednet: 1\njwt: {issuers: [{issuer: a, algorithms: [HS256], keys: {file: k}}]}\n");
    assert_int_equal(parsed.policy->jwt.rules.token_bytes_max, 16384);
    assert_int_equal(parsed.policy->jwt.rules.issuers[0].audience_count, 0);
    assert_null(parsed.policy->jwt.rules.issuers[0].keys);
    assert_int_equal(parsed.policy->jwt.mappings[0].identity.role_count, 0);
    release(&parsed);
}

static void reads_roles(void **state)
{
    (void)state;
    struct parsed parsed = load(FULL);
    const struct bednet_acl_policy *acl = &parsed.policy->acl;
    assert_int_equal(acl->role_count, 2);
    assert_text(acl->roles[0].name, "device");
    assert_source(acl->roles[0].source, 32, 3);
    assert_int_equal(acl->roles[0].exemptions,
                     BEDNET_EXEMPT_TOPICS | BEDNET_EXEMPT_TOPIC_WILDCARDS | BEDNET_EXEMPT_LIMITS);
    assert_text(acl->roles[1].name, "engine");
    assert_int_equal(acl->roles[1].exemptions, 0);
    assert_int_equal(bednet_rules_count(acl->rules), 8);
    assert_int_equal(acl->aspects, BEDNET_ASPECT_QOS | BEDNET_ASPECT_RETAIN | BEDNET_ASPECT_ADDRESS |
                                       BEDNET_ASPECT_PROTOCOL | BEDNET_ASPECT_TIME);
    assert_int_equal(acl->roles[1].inherited_count, 1);
    assert_int_equal(acl->roles[1].inherited[0], 0);
    release(&parsed);
}

/* Each rule reports the place where its filter stands. */
static void rules_know_their_places(void **state)
{
    (void)state;
    const struct bednet_attribute site = {BEDNET_TEXT_LITERAL("claim.site"), BEDNET_TEXT_LITERAL("north")};
    const struct bednet_subject subject = {BEDNET_TEXT_LITERAL("c7"), BEDNET_TEXT_LITERAL("u7"), &site, 1,
                                           NULL};
    const uint16_t role = 0;
    struct bednet_rules_hits hits;
    struct parsed parsed = load(FULL);
    const struct bednet_rules *rules = parsed.policy->acl.rules;
    assert_true(rules_match(rules, &role, 1, &subject, BEDNET_TEXT_LITERAL("acme/north/sensor/c7/telemetry"),
                            ~0u, &hits));
    assert_source(hits.source[BEDNET_ALLOW_PUBLISH], 41, 11);
    assert_source(hits.source[BEDNET_DENY_PUBLISH], 0, 0);
    assert_source(hits.source[BEDNET_DENY_SUBSCRIBE], 49, 19);
    assert_true(rules_match(rules, &role, 1, &subject,
                            BEDNET_TEXT_LITERAL("acme/north/sensor/c7/command/x/y"), ~0u, &hits));
    assert_source(hits.source[BEDNET_ALLOW_SUBSCRIBE], 43, 11);
    assert_true(rules_match(rules, &role, 1, &subject, BEDNET_TEXT_LITERAL("acme/trailing/"), ~0u, &hits));
    assert_source(hits.source[BEDNET_ALLOW_SUBSCRIBE], 44, 11);
    assert_true(
        rules_match(rules, &role, 1, &subject, BEDNET_TEXT_LITERAL("$SYS/broker/uptime"), ~0u, &hits));
    assert_source(hits.source[BEDNET_ALLOW_RECEIVE], 45, 17);
    assert_source(hits.source[BEDNET_DENY_SUBSCRIBE], 0, 0);
    assert_true(rules_match(rules, &role, 1, &subject, BEDNET_TEXT_LITERAL("1/2/3/4/firmware"), ~0u, &hits));
    assert_source(hits.source[BEDNET_DENY_PUBLISH], 48, 11);
    assert_true(rules_match(rules, &role, 1, &subject, BEDNET_TEXT_LITERAL("a/u7"), ~0u, &hits));
    assert_source(hits.source[BEDNET_DENY_RECEIVE], 50, 17);
    release(&parsed);
}

static void lists_attributes(void **state)
{
    (void)state;
    static const char *const expected[] = {"cert.cn",     "claim.device_id", "claim.groups.mqtt",
                                           "claim.roles", "claim.scope",     "claim.site",
                                           "claim.sub",   "claim.tenant"};
    struct parsed parsed = load(FULL);
    assert_int_equal(parsed.policy->attribute_count, 8);
    for (size_t i = 0; i < 8; i++)
        assert_text(parsed.policy->attributes[i], expected[i]);
    release(&parsed);
    parsed =
        parse_good("bednet: 1\nroles: {r: {allow: {publish: ['${claim.b}/x${claim.a}${claim.b}/${username}',"
                   " '$/claim.c/{claim.d}', '${claim.a}']}}}\n");
    assert_int_equal(parsed.policy->attribute_count, 2);
    assert_text(parsed.policy->attributes[0], "claim.a");
    assert_text(parsed.policy->attributes[1], "claim.b");
    release(&parsed);
}

static void reads_topics(void **state)
{
    (void)state;
    struct parsed parsed = load(FULL);
    const struct bednet_topics_policy *topics = &parsed.policy->topics;
    assert_int_equal(topics->levels_max.value, 8);
    assert_source(topics->levels_max.source, 56, 12);
    assert_int_equal(topics->bytes_max.value, 1024);
    assert_true(topics->leading_slash.denied);
    assert_source(topics->leading_slash.source, 58, 3);
    assert_false(topics->empty_levels.denied);
    assert_source(topics->empty_levels.source, 59, 3);
    assert_source(topics->characters_source, 60, 3);
    assert_int_equal(topics->multi_level.source.line, 0);
    assert_int_equal(topics->multi_level_min_literals.value, 3);
    assert_source(topics->multi_level_min_literals.source, 62, 19);
    assert_int_equal(topics->single_level_max.value, 2);
    assert_true(topics->shared.denied);
    release(&parsed);
    parsed = parse_good("bednet: 1\ntopics: {wildcards: {multi_level: deny, single_level: allow}}\n");
    topics = &parsed.policy->topics;
    assert_true(topics->multi_level.denied);
    assert_int_equal(topics->multi_level_min_literals.source.line, 0);
    assert_false(topics->single_level.denied);
    assert_source(topics->single_level.source, 2, 41);
    release(&parsed);
}

static void assert_rate(const struct bednet_bucket_rate *rate, uint64_t tokens, uint64_t seconds,
                        uint64_t burst)
{
    assert_int_equal(rate->tokens, tokens);
    assert_int_equal(rate->period_ns, seconds * UINT64_C(1000000000));
    assert_int_equal(rate->burst, burst);
}

static void reads_limits(void **state)
{
    (void)state;
    struct parsed parsed = load(FULL);
    const struct bednet_limits_policy *limits = &parsed.policy->limits;
    assert_int_equal(limits->publish_count, 3);
    assert_true(limits->publish[0].has_messages && limits->publish[0].has_bytes);
    assert_rate(&limits->publish[0].messages, 600, 60, 50);
    assert_rate(&limits->publish[0].bytes, 65536, 1, 262144);
    assert_source(limits->publish[0].source, 69, 7);
    assert_true(limits->publish[1].has_messages && !limits->publish[1].has_bytes);
    assert_rate(&limits->publish[1].messages, 5, 3600, 1);
    assert_true(!limits->publish[2].has_messages && limits->publish[2].has_bytes);
    assert_rate(&limits->publish[2].bytes, 1024 * 1024, 60, 65536);
    release(&parsed);
}

static void bursts_default_to_a_second(void **state)
{
    (void)state;
    struct parsed parsed = parse_good("bednet: 1\nlimits:\n  publish:\n"
                                      "    - {per: client, rate: 600/m, bytes: 60MiB/m}\n"
                                      "    - {per: client, rate: 1099511627776/s, bytes: 1024GiB/s}\n"
                                      "    - {per: client, bytes_burst: 1, bytes: 500/s, rate: 90/m}\n");
    const struct bednet_publish_limit *limits = parsed.policy->limits.publish;
    assert_rate(&limits[0].messages, 600, 60, 10);
    assert_rate(&limits[0].bytes, 60 * 1024 * 1024, 60, 1024 * 1024);
    assert_rate(&limits[1].messages, BEDNET_BUCKET_TOKENS_MAX, 1, BEDNET_BUCKET_TOKENS_MAX);
    assert_rate(&limits[1].bytes, BEDNET_BUCKET_TOKENS_MAX, 1, BEDNET_BUCKET_TOKENS_MAX);
    assert_rate(&limits[2].messages, 90, 60, 1);
    assert_rate(&limits[2].bytes, 500, 1, 1);
    release(&parsed);
}

static void assert_listens(const char *yaml, const char *host, unsigned port)
{
    struct parsed parsed = parse_good(yaml);
    assert_text(parsed.policy->metrics.host, host);
    assert_int_equal(parsed.policy->metrics.port, port);
    release(&parsed);
}

static void reads_metrics(void **state)
{
    (void)state;
    struct parsed parsed = load(FULL);
    assert_text(parsed.policy->metrics.host, "::1");
    assert_int_equal(parsed.policy->metrics.port, 9235);
    assert_source(parsed.policy->metrics.source, 75, 3);
    release(&parsed);
    assert_listens("bednet: 1\nmetrics: {}\n", "127.0.0.1", 9234);
    assert_listens("bednet: 1\nmetrics: {listen: 127.8.9.1:1}\n", "127.8.9.1", 1);
    assert_listens("bednet: 1\nmetrics: {listen: '[::ffff:127.0.0.1]:65535'}\n", "::ffff:127.0.0.1", 65535);
    assert_listens("bednet: 1\nmetrics: {listen: 0.0.0.0:9234, allow_remote: true}\n", "0.0.0.0", 9234);
    assert_listens("bednet: 1\nmetrics: {allow_remote: true, listen: '[::]:9234'}\n", "::", 9234);
}

static void reads_identities(void **state)
{
    (void)state;
    struct parsed parsed = parse_good("bednet: 1\n");
    assert_null(parsed.policy->identities.store.ptr);
    release(&parsed);
    parsed = parse_good("bednet: 1\nidentities: {store: a.db}\n");
    assert_text(parsed.policy->identities.store, "a.db");
    assert_source(parsed.policy->identities.source, 2, 21);
    assert_int_equal(parsed.policy->identities.keep_s, 30 * 86400);
    release(&parsed);
    parsed = parse_good("bednet: 1\nidentities: {store: /var/lib/a.db, keep: 1h}\n");
    assert_text(parsed.policy->identities.store, "/var/lib/a.db");
    assert_int_equal(parsed.policy->identities.keep_s, 3600);
    release(&parsed);
    parsed = load(FULL);
    assert_text(parsed.policy->identities.store, BEDNET_TEST_DATA "/policy/identities.db");
    assert_int_equal(parsed.policy->identities.keep_s, 7 * 86400);
    release(&parsed);
}

static void warns_of_roles_without_rules(void **state)
{
    (void)state;
    static const char warning[] =
        "warning: p:2:1: no role has a rule (expected at least one: the default decides everything now)";
    static const char *const without[] = {
        "bednet: 1\nroles: {}\n", "bednet: 1\nroles: {a: {}, b: {exempt: []}}\n", "bednet: 1\nacl: {}\n",
        "bednet: 1\nroles: {a: {allow: {publish: []}}}\n"};
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++) {
        struct parsed parsed = parse(without[i]);
        assert_int_equal(parsed.status, BEDNET_OK);
        assert_told(parsed.diag, warning);
        release(&parsed);
    }
}

/* Spellings that must mean what they look like. */
static void accepts_other_spellings(void **state)
{
    (void)state;
    static const char *const good[] = {
        "---\nbednet: 1\n...\n",
        "\xef\xbb\xbf"
        "bednet: 1\r\nmode: enforce\r\n",
        "{\"bednet\":1,\"roles\":{\"r\":{\"allow\":{\"publish\":[\"a/${client_id}\",\"#\"]}}}}",
        "'bednet': 1\n\"mode\": 'enforce' # quoted\n",
        "bednet: 1\nroles:\n  r:\n    allow:\n      publish:\n      - acme/#\n      - +/+\n      - +\n",
        "bednet: 1\nroles:\n  r:\n    allow:\n      publish:\n        - acme/# # all of it\n        - a b/c "
        "#why\n",
        "bednet: 1\nroles:\n  r:\n    allow:\n      publish:\n        - \"acme/\" #\n        - '/'\n",
        "bednet: 1\nroles: {'null': {allow: {publish: ['null', '~', \"#\", acme/#, $SYS/#]}}}\n",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct parsed parsed = parse_good(good[i]);
        release(&parsed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_policy_denies),
        cmocka_unit_test(reads_modes),
        cmocka_unit_test(reads_jwt),
        cmocka_unit_test(jwt_has_defaults),
        cmocka_unit_test(reads_roles),
        cmocka_unit_test(rules_know_their_places),
        cmocka_unit_test(lists_attributes),
        cmocka_unit_test(reads_topics),
        cmocka_unit_test(reads_limits),
        cmocka_unit_test(bursts_default_to_a_second),
        cmocka_unit_test(reads_metrics),
        cmocka_unit_test(reads_identities),
        cmocka_unit_test(warns_of_roles_without_rules),
        cmocka_unit_test(accepts_other_spellings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
