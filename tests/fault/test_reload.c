/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What SIGHUP sets going: a thread loads, and some later event takes its policy into force. What is in force
 * meanwhile, what of it is told, and what is left when the broker stops in the middle of it.
 */
#include "fault/stage.h"
#include "unit/plugins/metrics_client.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>

#define ROLE(topic)                                                                                          \
    "roles:\n"                                                                                               \
    "  device:\n"                                                                                            \
    "    allow:\n"                                                                                           \
    "      publish:\n"                                                                                       \
    "        - " topic "/${client_id}/x\n"

#define RELOADED     "one.yaml reloaded: "
#define NOT_RELOADED "one.yaml was not reloaded"

static bool publishes(const char *topic)
{
    return fake_access(&client, MOSQ_ACL_WRITE, topic);
}

/* Exactly one of the three policies is in force: of a, b and c, by the first letter of its topic. */
static void expect_policy(char letter)
{
    char topic[] = "?/dev-0/x";
    for (topic[0] = 'a'; topic[0] <= 'c'; topic[0]++)
        assert_int_equal(publishes(topic), topic[0] == letter);
}

static void write_policy(const char *rest)
{
    site_write_policy("one.yaml", rest, stage_port);
}

static bool page_holds(const char *series)
{
    static char page[65536];
    assert_true(client_ask(stage_port, SCRAPE, strlen(SCRAPE), page, sizeof page) > 0);
    return strstr(page, series) != NULL;
}

/* With a tick from which on only ticks bring another policy, or without. */
static void start(bool ticks)
{
    stage_start(ROLE("a"));
    stage_log_in();
    if (ticks)
        fake_tick();
    fake_log_clear();
    expect_policy('a');
}

static void check_something(void)
{
    publishes("z");
}

static void test_the_old_policy_is_in_force_until_a_tick(void **state)
{
    (void)state;
    start(true);
    write_policy(ROLE("b"));
    assert_true(fake_sighup());
    assert_int_equal(fake_log_count("one.yaml is being reloaded"), 1);
    for (int i = 0; i < 200; i++) {
        expect_policy('a');
        sched_yield();
    }
    assert_int_equal(fake_log_count(RELOADED), 0);
    assert_true(page_holds("mosquitto_policy_reloads_running 1\n"));
    assert_true(page_holds("mosquitto_policy_generation 1\n"));
    fake_settle(fake_tick);
    expect_policy('b');
    assert_int_equal(fake_log_count(RELOADED), 1);
    assert_true(page_holds("mosquitto_policy_reloads_running 0\n"));
    assert_true(page_holds("mosquitto_policy_generation 2\n"));
    assert_true(page_holds("mosquitto_policy_last_load_duration_seconds 0."));
    stage_stop();
}

/* 2.0.11 with per_listener_settings. */
static void test_without_ticks_any_event_brings_it(void **state)
{
    (void)state;
    start(false);
    write_policy(ROLE("b"));
    assert_true(fake_sighup());
    fake_settle(check_something);
    expect_policy('b');
    write_policy("rols: {}\n");
    assert_true(fake_sighup());
    fake_settle(check_something);
    expect_policy('b');
    assert_int_equal(fake_log_count(NOT_RELOADED), 1);
    stage_stop();
}

/* However often, while a load is under way: the file is read once more afterwards, and so is its last state.
 */
static void test_sighup_during_a_reload(void **state)
{
    (void)state;
    for (int ticks = 0; ticks < 2; ticks++) {
        start(ticks);
        write_policy(ROLE("b"));
        assert_true(fake_sighup());
        for (int i = 0; i < 3; i++) {
            write_policy(i == 1 ? "rols: {}\n" : ROLE("c"));
            assert_true(fake_sighup());
        }
        assert_int_equal(fake_log_count("it is read once more afterwards"), 3);
        fake_settle(ticks ? fake_tick : check_something);
        expect_policy('c');
        assert_int_equal(fake_log_count(RELOADED) + fake_log_count(NOT_RELOADED), 2);
        assert_true(fake_log_count(RELOADED) >= 1);
        assert_true(page_holds("mosquitto_policy_reloads_running 0\n"));
        stage_stop();
    }
}

static void test_a_bad_file_is_told_once_and_forgotten(void **state)
{
    (void)state;
    start(true);
    for (int i = 0; i < 3; i++) {
        fake_log_clear();
        write_policy("rols: {}\nlimits: 3\n");
        assert_true(fake_sighup());
        fake_settle(fake_tick);
        fake_tick();
        assert_int_equal(fake_log_count("unknown key 'rols'"), 1);
        assert_int_equal(fake_log_count("limits is a string"), 1);
        assert_int_equal(fake_log_count(NOT_RELOADED), 1);
        assert_int_equal(fake_log_count(RELOADED), 0);
        assert_true(page_holds("mosquitto_policy_last_reload_successful 0\n"));
        expect_policy('a');
    }
    write_policy(ROLE("b"));
    assert_true(fake_reload());
    expect_policy('b');
    assert_true(page_holds("mosquitto_policy_last_reload_successful 1\n"));
    stage_stop();
}

/* At any moment of it; a sanitizer would see what is lost, or used after it. */
static void test_stop_during_a_reload(void **state)
{
    (void)state;
    size_t before = count_descriptors();
    for (int round = 0; round < 40; round++) {
        start(round % 2 == 0);
        if (round % 4 < 2)
            write_policy(ROLE("b"));
        else
            write_policy("rols: {}\n");
        assert_true(fake_sighup());
        if (round % 3 == 0)
            assert_true(fake_sighup());
        for (int i = 0; i < round / 4; i++) {
            fake_tick();
            poll(NULL, 0, i % 2);
        }
        stage_stop();
        assert_true(descriptors_return_to(before));
    }
}

/* Each reads its own file, and neither waits for the other. */
static void test_two_chains(void **state)
{
    (void)state;
    struct fake_line lines[2 * SITE_PLUGINS];
    site_write_policy("one.yaml", ROLE("a"), stage_port);
    site_write_policy("two.yaml", ROLE("b"), site_free_port());
    site_lines(lines, 1, site_path("one.yaml"), NULL);
    site_lines(lines + SITE_PLUGINS, 2, site_path("two.yaml"), NULL);
    assert_int_equal(fake_start(lines, 2 * SITE_PLUGINS, NULL), 0);
    client.list = 1;
    stage_log_in();
    fake_tick();
    for (int round = 0; round < 20; round++) {
        site_write_policy("one.yaml", round % 2 == 0 ? ROLE("c") : ROLE("a"), stage_port);
        site_write("two.yaml", "bednet: 1\nroles: [\n");
        fake_log_clear();
        assert_true(fake_reload());
        expect_policy(round % 2 == 0 ? 'c' : 'a');
        assert_int_equal(fake_log_count(RELOADED), 1);
        assert_int_equal(fake_log_count("two.yaml was not reloaded"), 1);
    }
    assert_true(fake_sighup());
    stage_stop();
}

/* Descriptors run out: nothing of the reload needs one but the files that it reads. */
static void test_without_descriptors(void **state)
{
    (void)state;
    start(true);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {3, before.rlim_max};
    write_policy(ROLE("b"));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    bool goes_on = fake_reload();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_true(goes_on);
    assert_true(fake_log_holds("Too many open files"));
    assert_int_equal(fake_log_count(NOT_RELOADED), 1);
    expect_policy('a');
    assert_true(fake_reload());
    expect_policy('b');
    stage_stop();
}

static int threads_left; /* before the next one is refused; below 0: none is */

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *), void *argument)
{
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (real == NULL)
        real = (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(
            RTLD_NEXT, "pthread_create");
    if (threads_left == 0)
        return EAGAIN;
    threads_left -= threads_left > 0;
    return real(thread, attributes, work, argument);
}

static int clean_threads(void **state)
{
    threads_left = -1;
    return stage_clean(state);
}

/* It is told and counted each time, and the next SIGHUP may have more luck. */
static void test_a_thread_that_cannot_start(void **state)
{
    (void)state;
    size_t before = count_descriptors();
    start(true);
    write_policy(ROLE("b"));
    threads_left = 0;
    for (int i = 0; i < 3; i++) {
        fake_log_clear();
        assert_true(fake_reload());
        assert_int_equal(fake_log_count("cannot start the thread that reloads the policy"), 1);
        assert_int_equal(fake_log_count(NOT_RELOADED), 1);
        assert_true(page_holds("mosquitto_policy_last_reload_successful 0\n"));
        assert_true(page_holds("mosquitto_policy_reloads_running 0\n"));
        expect_policy('a');
    }
    threads_left = 1;
    assert_true(fake_reload());
    expect_policy('b');
    write_policy(ROLE("c"));
    assert_true(fake_reload());
    expect_policy('c');
    assert_int_equal(threads_left, 0);
    threads_left = -1;
    stage_stop();
    assert_true(descriptors_return_to(before));
}

int main(void)
{
    threads_left = -1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_the_old_policy_is_in_force_until_a_tick, stage_clean),
        cmocka_unit_test_teardown(test_without_ticks_any_event_brings_it, stage_clean),
        cmocka_unit_test_teardown(test_sighup_during_a_reload, stage_clean),
        cmocka_unit_test_teardown(test_a_bad_file_is_told_once_and_forgotten, stage_clean),
        cmocka_unit_test_teardown(test_stop_during_a_reload, stage_clean),
        cmocka_unit_test_teardown(test_two_chains, stage_clean),
        cmocka_unit_test_teardown(test_without_descriptors, stage_clean),
        cmocka_unit_test_teardown(test_a_thread_that_cannot_start, clean_threads),
    };
    return cmocka_run_group_tests_name("reload", tests, stage_open, stage_close);
}
