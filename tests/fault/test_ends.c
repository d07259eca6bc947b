/* SPDX-License-Identifier: Apache-2.0 */
/* Chains without acl: what a session may do between the end of its token and the end of its connection. */
#include "fault/stage.h"

#include <stdio.h>
#include <string.h>

static const char RULES[] = "  on_expiry: {action: disconnect, will: send}\n"
                            "  revocations: revoked.yaml\n"
                            "default: allow\n";
static const char NONE[] = "revoked: []\n";
static const char REVOKED[] = "revoked:\n"
                              "  - client_id: dev-0\n";

static const char TOPIC[] = "any/topic";

static struct {
    size_t count;
    bool acts_before;
    bool will_is_sent;
} kicked;

static void on_kick(struct mosquitto *who, bool with_will)
{
    kicked.count++;
    kicked.acts_before = fake_access(who, MOSQ_ACL_SUBSCRIBE, TOPIC);
    fake_disconnected(who, true);
    kicked.will_is_sent = with_will && fake_access(who, MOSQ_ACL_WRITE, TOPIC);
}

static int set_up(void **state)
{
    fake_on_kick(on_kick);
    return stage_open(state);
}

static int clean(void **state)
{
    memset(&kicked, 0, sizeof kicked);
    return stage_clean(state);
}

/* The modules that a row of letters stands for: t, l, m, j, a. */
static void start_some(const char *letters, const char *rest)
{
    struct fake_line lines[SITE_PLUGINS], chosen[SITE_PLUGINS];
    size_t count = 0;
    site_write("revoked.yaml", NONE);
    site_write_policy("one.yaml", rest, stage_port);
    site_lines(lines, FAKE_GLOBAL, site_path("one.yaml"), NULL);
    for (; *letters != '\0'; letters++)
        for (size_t i = 0; i < SITE_PLUGINS; i++)
            if (lines[i].module[0] == *letters)
                chosen[count++] = lines[i];
    if (fake_start(chosen, count, NULL) != 0) {
        fake_log_print();
        fail();
    }
}

static void no_kick(struct mosquitto *who, bool with_will)
{
    (void)who;
    (void)with_will;
    kicked.count++;
}

static void expect_ended(const char *letters)
{
    start_some(letters, RULES);
    stage_log_in();
    for (int i = 0; i < 3; i++) {
        assert_true(fake_access(&client, MOSQ_ACL_WRITE, TOPIC));
        assert_true(fake_access(&client, MOSQ_ACL_READ, TOPIC));
        fake_tick();
    }
    /* A broker that does not close it, as if it were one too many for this tick. */
    fake_on_kick(no_kick);
    fake_clock_step(SITE_AFTER_2100);
    fake_tick();
    fake_on_kick(on_kick);
    assert_int_equal(kicked.count, 1);
    assert_false(fake_access(&client, MOSQ_ACL_WRITE, TOPIC));
    assert_false(fake_access(&client, MOSQ_ACL_READ, TOPIC));
    assert_false(fake_access(&client, MOSQ_ACL_SUBSCRIBE, TOPIC));
    assert_true(fake_access(&client, MOSQ_ACL_UNSUBSCRIBE, TOPIC));
    fake_tick();
    assert_true(fake_log_holds("bednet: chain: deny publish client=\"dev-0\""));
    assert_true(fake_log_holds("reason=session_ended"));
    stage_stop();
}

/* Whoever leads, and whoever else judges actions. */
static void test_nothing_is_allowed_after_the_end(void **state)
{
    (void)state;
    static const char *const chains[] = {"j", "mj", "tj", "ltj", "tlmj", "jm"};
    for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
        expect_ended(chains[i]);
        clean(state);
    }
}

/* The broker asks about subscriptions and the will while it closes the connection, and afterwards. */
static void test_what_expired_is_judged_as_before(void **state)
{
    (void)state;
    start_some("tj", RULES);
    stage_log_in();
    fake_tick();
    fake_clock_step(SITE_AFTER_2100);
    fake_tick();
    assert_int_equal(kicked.count, 1);
    assert_true(kicked.acts_before);
    assert_true(kicked.will_is_sent);
    assert_true(fake_access(&client, MOSQ_ACL_READ, TOPIC));
    stage_stop();
}

static void test_what_was_revoked_loses_all(void **state)
{
    (void)state;
    start_some("tj", "  on_expiry: {action: disconnect, will: drop}\n"
                     "  revocations: revoked.yaml\n"
                     "default: allow\n");
    stage_log_in();
    fake_tick();
    site_write("revoked.yaml", REVOKED);
    assert_true(fake_reload());
    fake_tick();
    assert_int_equal(kicked.count, 1);
    assert_false(kicked.acts_before);
    assert_false(fake_access(&client, MOSQ_ACL_READ, TOPIC));
    stage_stop();
}

/* Somebody else authenticates in several steps; see docs/reasons.md. */
static void test_early_leavers_send_nothing(void **state)
{
    (void)state;
    for (int completes = 0; completes < 2; completes++) {
        start_some("tj", RULES);
        assert_true(fake_client_set(&client, "dev-0", "claimed", "192.0.2.1"));
        assert_int_equal(fake_enhanced(&client, "SCRAM-SHA-256", "n", 1), MOSQ_ERR_PLUGIN_DEFER);
        fake_tick();
        if (completes) {
            fake_enhanced_done(&client);
            fake_connected(&client);
            assert_true(fake_access(&client, MOSQ_ACL_WRITE, TOPIC));
        }
        fake_disconnected(&client, false);
        assert_int_equal(fake_access(&client, MOSQ_ACL_WRITE, TOPIC), completes);
        clean(state);
    }
}

static void test_a_token_that_comes_too_late(void **state)
{
    (void)state;
    const char *token = site_token("device-0")->text;
    start_some("tj", RULES);
    stage_log_in();
    fake_tick();
    fake_on_kick(no_kick);
    fake_clock_step(SITE_AFTER_2100);
    fake_tick();
    fake_on_kick(on_kick);
    fake_clock_step(0);
    assert_int_equal(fake_enhanced(&client, SITE_METHOD, token, strlen(token)), MOSQ_ERR_AUTH);
    assert_false(fake_access(&client, MOSQ_ACL_WRITE, TOPIC));
    stage_stop();
}

#define END_TEST(name) cmocka_unit_test_teardown(name, clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        END_TEST(test_nothing_is_allowed_after_the_end), END_TEST(test_what_expired_is_judged_as_before),
        END_TEST(test_what_was_revoked_loses_all),       END_TEST(test_early_leavers_send_nothing),
        END_TEST(test_a_token_that_comes_too_late),
    };
    return cmocka_run_group_tests_name("ends", tests, set_up, stage_close);
}
