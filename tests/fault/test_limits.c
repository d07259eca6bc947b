/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rate limits through the real modules: what a reload leaves in the buckets, and who spends what is shared by
 * those for whom there is no room.
 */
#include "fault/stage.h"
#include "unit/plugins/metrics_client.h"

#include <stdlib.h>

enum { BURST = 3, TOLD_APART = 65536 };

#define ROLES                                                                                                \
    "roles:\n"                                                                                               \
    "  engineer: {members: {usernames: [engineer]}, exempt: [limits]}\n"

static const char THREE[] = "limits: {publish: [{per: client, rate: 1/h, burst: 3}]}\n" ROLES;
static const char THREE_ELSEWHERE[] = ROLES "\n\nlimits:\n  publish:\n"
                                            "    - {per: client, burst: 3, action: drop, rate: 1/h}\n";
static const char FOUR[] = "limits: {publish: [{per: client, rate: 1/h, burst: 4}]}\n" ROLES;

/* How many of that many messages pass. */
static int passes(const char *id, const char *username, int messages)
{
    int passed = 0;
    stage_be(&other, id, username);
    for (int i = 0; i < messages; i++)
        passed += fake_message(&other, "news/x", 10);
    return passed;
}

static void reload_with(const char *rest)
{
    site_write_policy("one.yaml", rest, stage_port);
    assert_true(fake_reload());
}

static bool page_holds(const char *line)
{
    static char page[128 * 1024];
    assert_true(client_ask(stage_port, SCRAPE, strlen(SCRAPE), page, sizeof page) > 0);
    return strstr(page, line) != NULL;
}

static void test_a_reload_refills_nothing(void **state)
{
    (void)state;
    stage_start(THREE);
    assert_int_equal(passes("a", NULL, 10), BURST);
    assert_int_equal(passes("b", NULL, 1), 1);
    reload_with(THREE);
    assert_int_equal(passes("a", NULL, 10), 0);
    reload_with(THREE_ELSEWHERE);
    assert_int_equal(passes("a", NULL, 10), 0);
    assert_int_equal(passes("b", NULL, 10), BURST - 1);
    stage_stop();
}

static void test_other_limits_begin_anew(void **state)
{
    (void)state;
    stage_start(THREE);
    assert_int_equal(passes("a", NULL, 10), BURST);
    reload_with(FOUR);
    assert_int_equal(passes("a", NULL, 10), BURST + 1);
    stage_stop();
}

/* An exempt client is known by its user name here, which the broker tells of few messages. */
static void test_who_is_exempt_leaves_the_rest_to_others(void **state)
{
    (void)state;
    char id[16];
    stage_start(THREE);
    for (unsigned i = 0; i < TOLD_APART; i++) {
        snprintf(id, sizeof id, "c%u", i);
        assert_int_equal(passes(id, NULL, 1), 1);
    }
    assert_int_equal(passes("e", "engineer", 100), 100);
    assert_true(page_holds("\nmosquitto_ratelimit_shared_total 0\n"));
    assert_int_equal(passes("late", "somebody", 1), 1);
    assert_int_equal(passes("later", NULL, 10), BURST - 1);
    assert_true(page_holds("\nmosquitto_ratelimit_shared_total 11\n"));
    /* Nothing is left to take, and nothing is taken. */
    assert_int_equal(passes("e", "engineer", 100), 100);
    assert_true(page_holds("\nmosquitto_ratelimit_shared_total 11\n"));
    stage_stop();
}

#define LIMIT_TEST(name) cmocka_unit_test_teardown(name, stage_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIMIT_TEST(test_a_reload_refills_nothing),
        LIMIT_TEST(test_other_limits_begin_anew),
        LIMIT_TEST(test_who_is_exempt_leaves_the_rest_to_others),
    };
    return cmocka_run_group_tests_name("limits", tests, stage_open, stage_close);
}
