/* SPDX-License-Identifier: Apache-2.0 */
/* AUTH packets at the wrong time: what Mosquitto hands to plugins although no authentication is under way. */
#include "fault/stage.h"

#include <stdio.h>
#include <string.h>

static const char ROLES[] = "roles:\n"
                            "  device:\n"
                            "    allow: {publish: [\"site/${client_id}/telemetry\"]}\n"
                            "  named:\n"
                            "    members: {usernames: [anything]}\n"
                            "    allow: {publish: [named/note]}\n";

static const char TELEMETRY[] = "site/dev-0/telemetry";

static int set_up(void **state)
{
    stage_open(state);
    stage_start(ROLES);
    return 0;
}

static int tear_down(void **state)
{
    stage_clean(state);
    return stage_close(state);
}

/* With any other answer all versions free the id of a client that stays in their tables. */
static void test_a_step_that_nobody_asked_for(void **state)
{
    (void)state;
    stage_log_in();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(fake_enhanced_step(&client, SITE_METHOD, NULL, 0), MOSQ_ERR_AUTH_CONTINUE);
        assert_int_equal(fake_enhanced_step(&client, SITE_METHOD, "x", 1), MOSQ_ERR_AUTH_CONTINUE);
        assert_true(fake_access(&client, MOSQ_ACL_WRITE, TELEMETRY));
        fake_tick();
    }
    fake_disconnected(&client, false);
    assert_null(fake_violation());
}

static void test_a_step_of_others_is_theirs(void **state)
{
    (void)state;
    assert_true(fake_client_set(&client, "dev-0", "claimed", "192.0.2.1"));
    assert_int_equal(fake_enhanced(&client, "SCRAM-SHA-256", "n,,n=a", 6), MOSQ_ERR_PLUGIN_DEFER);
    assert_int_equal(fake_enhanced_step(&client, "SCRAM-SHA-256", "c=biws", 6), MOSQ_ERR_PLUGIN_DEFER);
    fake_enhanced_done(&client);
    fake_connected(&client);
    assert_int_equal(fake_enhanced_step(&client, "SCRAM-SHA-256", "c=biws", 6), MOSQ_ERR_PLUGIN_DEFER);
    fake_disconnected(&client, false);
    /* Nor does it count that a token was good here once. */
    stage_log_in();
    fake_disconnected(&client, true);
    assert_int_equal(fake_enhanced_step(&client, SITE_METHOD, NULL, 0), MOSQ_ERR_PLUGIN_DEFER);
    assert_null(fake_violation());
}

/* If a broker ever forgets to tell the end of a connection, the next one there is called as its token says.
 */
static void test_an_end_that_was_not_told(void **state)
{
    (void)state;
    static const char named[] = "named/note";
    stage_log_in();
    stage_log_in();
    assert_string_equal(client.username, "user-0");
    assert_true(fake_access(&client, MOSQ_ACL_WRITE, TELEMETRY));
    assert_false(fake_access(&client, MOSQ_ACL_WRITE, named));
    fake_disconnected(&client, false);
    assert_null(fake_violation());
}

static void forget_to_tell(struct mosquitto *who, bool with_will)
{
    (void)who;
    (void)with_will;
}

/* Nor does it keep out for good who comes to the pointer of a session that had ended. */
static void test_an_end_by_time_that_was_not_told(void **state)
{
    (void)state;
    const char *token = site_token("device-0")->text;
    stage_log_in();
    fake_tick();
    fake_on_kick(forget_to_tell);
    fake_clock_step(SITE_AFTER_2100);
    fake_tick();
    fake_clock_step(0);
    assert_int_equal(fake_enhanced(&client, SITE_METHOD, token, strlen(token)), MOSQ_ERR_AUTH);
    stage_log_in();
    assert_true(fake_access(&client, MOSQ_ACL_WRITE, TELEMETRY));
    fake_disconnected(&client, false);
    fake_on_kick(NULL);
    assert_null(fake_violation());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_step_that_nobody_asked_for),
        cmocka_unit_test(test_a_step_of_others_is_theirs),
        cmocka_unit_test(test_an_end_that_was_not_told),
        cmocka_unit_test(test_an_end_by_time_that_was_not_told),
    };
    return cmocka_run_group_tests_name("auth_packets", tests, set_up, tear_down);
}
