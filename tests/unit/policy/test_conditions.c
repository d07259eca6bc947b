/* SPDX-License-Identifier: Apache-2.0 */
/* Rules with conditions, from the words of a policy to what they allow and deny. */
#include "policy_testing.h"
#include "scratch.h"

static bool is_allowed(const struct bednet_policy *policy, const char *topic,
                       struct bednet_situation situation)
{
    const struct bednet_subject subject = {.client_id = BEDNET_TEXT_LITERAL("c")};
    const uint16_t role = 0;
    const struct bednet_rules_question question = {&role, 1,   &subject,  bednet_text(topic),
                                                   false, ~0u, &situation};
    struct bednet_rules_hits hits;
    assert_true(bednet_rules_ask(policy->acl.rules, &question, &hits));
    return hits.source[BEDNET_ALLOW_PUBLISH].line != 0 && hits.source[BEDNET_DENY_PUBLISH].line == 0;
}

#define ALLOWED(policy, topic, ...) is_allowed(policy, topic, (struct bednet_situation){__VA_ARGS__})

static void each_condition_says_what_it_says(void **state)
{
    (void)state;
    struct parsed parsed =
        parse_good("bednet: 1\nroles:\n  r:\n    allow:\n      publish:\n"
                   "        - {topic: max, qos: {max: 1}}\n"
                   "        - {topic: min, qos: {min: 1}}\n"
                   "        - {topic: one, qos: {min: 1, max: 1}}\n"
                   "        - {topic: flag, retain: true}\n"
                   "        - {topic: plain, retain: false}\n"
                   "        - {topic: net, from: [10.0.0.0/8, \"2001:db8::/32\", 127.0.0.1]}\n"
                   "        - {topic: old, protocol: [3.1, 3.1.1]}\n"
                   "        - {topic: new, protocol: [5]}\n"
                   "        - {topic: all, qos: {max: 0}, from: [10.0.0.0/8], protocol: [5]}\n"
                   "        - {topic: any}\n"
                   "        - 'list'\n"
                   "    deny:\n      publish: [{topic: list, retain: true}]\n");
    const struct bednet_policy *policy = parsed.policy;
    assert_int_equal(policy->acl.aspects, BEDNET_ASPECT_QOS | BEDNET_ASPECT_RETAIN | BEDNET_ASPECT_ADDRESS |
                                              BEDNET_ASPECT_PROTOCOL);
    for (uint8_t qos = 0; qos < 3; qos++) {
        assert_int_equal(ALLOWED(policy, "max", .qos = qos), qos <= 1);
        assert_int_equal(ALLOWED(policy, "min", .qos = qos), qos >= 1);
        assert_int_equal(ALLOWED(policy, "one", .qos = qos), qos == 1);
        assert_true(ALLOWED(policy, "any", .qos = qos));
    }
    for (uint8_t protocol = 0; protocol < 7; protocol++) {
        assert_int_equal(ALLOWED(policy, "old", .protocol = protocol), protocol == 3 || protocol == 4);
        assert_int_equal(ALLOWED(policy, "new", .protocol = protocol), protocol == 5);
    }
    assert_false(ALLOWED(policy, "flag", .retain = false));
    assert_true(ALLOWED(policy, "flag", .retain = true));
    assert_true(ALLOWED(policy, "plain", .retain = false));
    assert_false(ALLOWED(policy, "plain", .retain = true));
    assert_true(ALLOWED(policy, "list", .retain = false));
    assert_false(ALLOWED(policy, "list", .retain = true));
    assert_true(ALLOWED(policy, "net", .address = "10.255.0.1"));
    assert_true(ALLOWED(policy, "net", .address = "2001:db8:ffff::1"));
    assert_false(ALLOWED(policy, "net", .address = "127.0.0.2"));
    assert_false(ALLOWED(policy, "net", .address = NULL));
    assert_true(ALLOWED(policy, "all", .address = "10.0.0.1", .protocol = 5));
    assert_false(ALLOWED(policy, "all", .address = "10.0.0.1", .protocol = 5, .qos = 1));
    assert_false(ALLOWED(policy, "all", .address = "11.0.0.1", .protocol = 5));
    assert_false(ALLOWED(policy, "all", .address = "10.0.0.1", .protocol = 4));
    release(&parsed);
}

/* 2026-11-20 is a Friday; Berlin is an hour ahead, and two in summer. */
static void times_are_of_their_zones(void **state)
{
    static const char yaml[] =
        "bednet: 1\nroles:\n  r:\n    allow:\n      publish:\n"
        "        - {topic: utc, when: {hours: 07:00-19:00, zone: UTC}}\n"
        "        - {topic: berlin, when: {days: [mon-fri], hours: \"07:00-19:00\", zone: "
        "Europe/Berlin}}\n"
        "        - {topic: friday, when: {days: [fri], zone: Europe/Berlin}}\n"
        "        - {topic: tokyo, when: {hours: 07:00-19:00, zone: Asia/Tokyo}}\n";
    enum { HOUR = 3600, FRIDAY = 1795132800, SUMMER = 1784246400 /* 2026-07-17, a Friday */ };
    (void)state;
    if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0)
        skip();
    scratch_write("policy.yaml", yaml, 0644);
    struct parsed parsed = load(scratch_path("policy.yaml"));
    assert_told(parsed.diag, "");
    const struct bednet_policy *policy = parsed.policy;
    assert_int_equal(policy->acl.aspects, BEDNET_ASPECT_TIME);
    assert_false(ALLOWED(policy, "utc", .now_s = 0));
    assert_false(ALLOWED(policy, "utc", .now_s = FRIDAY + 7 * HOUR - 1));
    assert_true(ALLOWED(policy, "utc", .now_s = FRIDAY + 7 * HOUR));
    assert_false(ALLOWED(policy, "utc", .now_s = FRIDAY + 19 * HOUR));
    assert_false(ALLOWED(policy, "berlin", .now_s = FRIDAY + 6 * HOUR - 1));
    assert_true(ALLOWED(policy, "berlin", .now_s = FRIDAY + 6 * HOUR));
    assert_false(ALLOWED(policy, "berlin", .now_s = FRIDAY + 18 * HOUR));
    assert_false(ALLOWED(policy, "berlin", .now_s = FRIDAY + 30 * HOUR));
    assert_false(ALLOWED(policy, "berlin", .now_s = SUMMER + 5 * HOUR - 1));
    assert_true(ALLOWED(policy, "berlin", .now_s = SUMMER + 5 * HOUR));
    assert_false(ALLOWED(policy, "friday", .now_s = FRIDAY - HOUR - 1));
    assert_true(ALLOWED(policy, "friday", .now_s = FRIDAY - HOUR));
    assert_false(ALLOWED(policy, "friday", .now_s = FRIDAY + 23 * HOUR));
    assert_true(ALLOWED(policy, "tokyo", .now_s = FRIDAY - 2 * HOUR));
    release(&parsed);
}

static void zones_that_are_not_there(void **state)
{
    (void)state;
    const char *path = scratch_path("policy.yaml");
    scratch_write("policy.yaml",
                  "bednet: 1\nroles: {r: {deny: {publish: [{topic: a, when: {days: [mon], zone: "
                  "Europe/Atlantis}}]}}}\n",
                  0644);
    char expected[512];
    struct parsed parsed = load(path);
    assert_int_equal(parsed.status, BEDNET_INVALID);
    snprintf(
        expected, sizeof expected,
        "%s:2:67: no time zone 'Europe/Atlantis': No such file or directory (expected a file that can be "
        "read); zones such as Europe/Berlin come with the system's tzdata, UTC is always there",
        path);
    assert_told(parsed.diag, expected);
    release(&parsed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_condition_says_what_it_says),
        cmocka_unit_test(times_are_of_their_zones),
        cmocka_unit_test(zones_that_are_not_there),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}
