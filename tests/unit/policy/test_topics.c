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
    struct bednet_subject subject = {BEDNET_TEXT_LITERAL("c1"), BEDNET_TEXT_LITERAL("sensor"), &site, 1};
    assert_int_equal(topics->template_count, 2);
    assert_source(topics->templates_source, 7, 3);
    assert_source(topics->templates[0].source, 8, 7);
    assert_source(topics->templates[1].source, 9, 7);
    assert_source(topics->templates[0].levels[1].segment->source, 5, 5);
    assert_true(topics->templates[0].bound);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_templates),
        cmocka_unit_test(templates_are_off_by_themselves),
        cmocka_unit_test(reads_the_exemption),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
