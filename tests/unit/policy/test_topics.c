/* SPDX-License-Identifier: Apache-2.0 */
/* `topics` as the plugin gets it: names, their segments and what identities must keep for them. */
#include "policy_testing.h"

static const char naming[] = "bednet: 1\n"
                             "topics:\n"
                             "  segments:\n"
                             "    organization: {enum: [globex, acme, 4711]}\n"
                             "    location: {pattern: \"[a-z]{2}-[0-9]{1,4}\"}\n"
                             "    kind: {enum: sensor}\n"
                             "  templates:\n"
                             "    - \"{organization}/{location}/{kind}/{id=${client_id}}/{data...}\"\n"
                             "    - site/${claim.https://acme.example/site}/{kind=${username}}\n";

static bool fits(const struct bednet_topics_policy *topics, const char *topic,
                 const struct bednet_subject *subject)
{
    struct bednet_levels levels;
    size_t reached;
    assert_true(bednet_levels_split(bednet_text(topic), &levels));
    for (size_t i = 0; i < topics->template_count; i++)
        if (bednet_naming_fits(&topics->templates[i], &levels, subject, &reached))
            return true;
    return false;
}

static void reads_templates(void **state)
{
    (void)state;
    struct parsed parsed = parse_good(naming);
    const struct bednet_topics_policy *topics = &parsed.policy->topics;
    struct bednet_attribute site = {BEDNET_TEXT_LITERAL("claim.https://acme.example/site"),
                                    BEDNET_TEXT_LITERAL("north")};
    struct bednet_subject subject = {BEDNET_TEXT_LITERAL("c1"), BEDNET_TEXT_LITERAL("sensor"), &site, 1,
                                     NULL};
    assert_int_equal(topics->template_count, 2);
    assert_source(topics->templates_source, 7, 3);
    assert_source(topics->templates[0].source, 8, 7);
    assert_source(topics->templates[1].source, 9, 7);
    assert_source(topics->templates[0].levels[1].segment->source, 5, 5);
    assert_true(topics->templates[0].bound);
    assert_true(topics->depends_on_asker);
    assert_false(fits(topics, "acme/nb-1/sensor/c2/t", &subject));
    assert_false(fits(topics, "acme/nb/sensor/c1/t", &subject));
    assert_false(fits(topics, "initech/nb-1/sensor/c1/t", &subject));
    assert_false(fits(topics, "site/south/sensor", &subject));
    assert_true(fits(topics, "4711/nb-1/sensor/c1/t/u", &subject));
    assert_true(fits(topics, "site/north/sensor", &subject));
    subject.username = BEDNET_TEXT_LITERAL("valve");
    assert_false(fits(topics, "site/north/valve", &subject));
    assert_int_equal(parsed.policy->attribute_count, 1);
    assert_text(parsed.policy->attributes[0], "claim.https://acme.example/site");
    release(&parsed);
}

static void templates_are_off_by_themselves(void **state)
{
    (void)state;
    struct parsed parsed = parse_good("bednet: 1\ntopics: {}\n");
    assert_int_equal(parsed.policy->topics.template_count, 0);
    assert_null(parsed.policy->topics.templates);
    release(&parsed);
}

static void reads_the_exemption(void **state)
{
    (void)state;
    struct parsed parsed =
        parse_good("bednet: 1\nroles: {r: {exempt: [topics.template], allow: {publish: [a]}}}\n");
    assert_int_equal(parsed.policy->acl.roles[0].exemptions, BEDNET_EXEMPT_TOPIC_TEMPLATE);
    release(&parsed);
}

static void reads_rules(void **state)
{
    (void)state;
    struct parsed parsed = parse_good("bednet: 1\n"
                                      "roles: {a: {allow: {publish: [x]}}, b: {allow: {publish: [x]}}}\n"
                                      "topics:\n"
                                      "  length: {max: 200}\n"
                                      "  dollar_topics: deny\n"
                                      "  wildcards:\n"
                                      "    multi_level: {roles: [b]}\n"
                                      "    single_level: {from_level: 3}\n"
                                      "  subscriptions: {max: 7}\n");
    const struct bednet_topics_policy *topics = &parsed.policy->topics;
    assert_int_equal(topics->characters_max.value, 200);
    assert_source(topics->characters_max.source, 4, 12);
    assert_true(topics->dollar.denied);
    assert_source(topics->dollar.source, 5, 3);
    assert_int_equal(topics->multi_level_role_count, 1);
    assert_int_equal(topics->multi_level_roles[0], 1);
    assert_true(topics->depends_on_asker);
    assert_source(topics->multi_level_roles_source, 7, 19);
    assert_int_equal(topics->multi_level_min_literals.source.line, 0);
    assert_int_equal(topics->single_level_from.value, 3);
    assert_source(topics->single_level_from.source, 8, 20);
    assert_int_equal(topics->single_level_max.source.line, 0);
    assert_int_equal(topics->subscriptions_max.value, 7);
    assert_source(topics->subscriptions_max.source, 9, 19);
    release(&parsed);
    parsed = parse_good("bednet: 1\ntopics: {dollar_topics: allow}\n");
    assert_false(parsed.policy->topics.dollar.denied);
    assert_int_equal(parsed.policy->topics.subscriptions_max.source.line, 0);
    release(&parsed);
}

static void presets_of_services(void **state)
{
    (void)state;
    struct parsed parsed = parse_good("bednet: 1\ntopics: {preset: aws-iot}\n");
    const struct bednet_topics_policy *topics = &parsed.policy->topics;
    assert_int_equal(topics->levels_max.value, 8);
    assert_source(topics->levels_max.source, 2, 10);
    assert_int_equal(topics->bytes_max.value, 256);
    assert_source(topics->bytes_max.source, 2, 10);
    assert_true(topics->dollar.denied);
    assert_source(topics->dollar.source, 2, 10);
    assert_int_equal(topics->subscriptions_max.value, 50);
    assert_source(topics->subscriptions_max.source, 2, 10);
    assert_int_equal(topics->empty_levels.source.line, 0);
    assert_int_equal(topics->template_count, 0);
    release(&parsed);
    parsed = parse_good("bednet: 1\ntopics: {preset: azure-event-grid}\n");
    topics = &parsed.policy->topics;
    assert_int_equal(topics->levels_max.value, 8);
    assert_int_equal(topics->bytes_max.value, 256);
    assert_int_equal(topics->dollar.source.line, 0);
    assert_int_equal(topics->subscriptions_max.source.line, 0);
    assert_int_equal(topics->template_count, 0);
    release(&parsed);
}

static void preset_of_sparkplug(void **state)
{
    (void)state;
    struct parsed parsed = parse_good("bednet: 1\ntopics: {preset: sparkplug-b}\n");
    const struct bednet_topics_policy *topics = &parsed.policy->topics;
    assert_true(topics->empty_levels.denied);
    assert_true(topics->dollar.denied);
    assert_false(topics->depends_on_asker);
    assert_int_equal(topics->levels_max.source.line, 0);
    assert_source(topics->templates_source, 2, 10);
    assert_source(topics->templates[0].source, 2, 10);
    assert_false(fits(topics, "spBv1.0/g/DBIRTH/e", NULL));
    assert_false(fits(topics, "spBv1.0/g/NBIRTH/e/d", NULL));
    assert_false(fits(topics, "spBv1.0/g/NBORN/e", NULL));
    assert_false(fits(topics, "spAv1.0/g/NBIRTH/e", NULL));
    assert_false(fits(topics, "STATE/h", NULL));
    assert_true(fits(topics, "spBv1.0/g/NCMD/e", NULL));
    assert_true(fits(topics, "spBv1.0/g/DDATA/e/d", NULL));
    assert_true(fits(topics, "spBv1.0/STATE/h", NULL));
    release(&parsed);
}

/* Wherever the preset stands. */
static void the_file_comes_before_its_preset(void **state)
{
    (void)state;
    struct parsed parsed = parse_good("bednet: 1\n"
                                      "topics: {levels: {max: 20}, dollar_topics: allow, preset: aws-iot}\n");
    const struct bednet_topics_policy *topics = &parsed.policy->topics;
    assert_int_equal(topics->levels_max.value, 20);
    assert_int_equal(topics->bytes_max.value, 256);
    assert_false(topics->dollar.denied);
    release(&parsed);
    parsed = parse_good("bednet: 1\n"
                        "topics: {preset: sparkplug-b, templates: [a/b], empty_levels: allow}\n");
    topics = &parsed.policy->topics;
    assert_int_equal(topics->template_count, 1);
    assert_true(fits(topics, "a/b", NULL));
    assert_false(fits(topics, "spBv1.0/STATE/h", NULL));
    assert_false(topics->empty_levels.denied);
    assert_true(topics->dollar.denied);
    release(&parsed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_templates),
        cmocka_unit_test(templates_are_off_by_themselves),
        cmocka_unit_test(reads_the_exemption),
        cmocka_unit_test(reads_rules),
        cmocka_unit_test(presets_of_services),
        cmocka_unit_test(preset_of_sparkplug),
        cmocka_unit_test(the_file_comes_before_its_preset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
