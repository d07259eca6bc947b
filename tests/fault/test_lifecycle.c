/* SPDX-License-Identifier: Apache-2.0 */
/* Starting, stopping and wiring: what an operator can put into mosquitto.conf, and a broker's ways to end. */
#include "fault/stage.h"
#include "unit/plugins/metrics_client.h"

#include <dlfcn.h>

#define DEVICE_ROLE                                                                                          \
    "roles:\n"                                                                                               \
    "  device:\n"                                                                                            \
    "    allow:\n"                                                                                           \
    "      publish:\n"                                                                                       \
    "        - site/${client_id}/telemetry\n"
#define OFFICE_ROLE                                                                                          \
    "roles:\n"                                                                                               \
    "  device:\n"                                                                                            \
    "    allow:\n"                                                                                           \
    "      publish:\n"                                                                                       \
    "        - office/${client_id}/note\n"

static const char TELEMETRY[] = "site/dev-0/telemetry";
static const char NOTE[] = "office/dev-0/note";

static void log_in(struct mosquitto *who)
{
    stage_be(who, "dev-0", "anything");
    assert_true(fake_login(who, site_token("device-0")->text));
    fake_connected(who);
}

static bool publishes(struct mosquitto *who, const char *topic)
{
    return fake_access(who, MOSQ_ACL_WRITE, topic);
}

static bool page_holds(const char *series)
{
    static char page[65536];
    assert_true(client_ask(stage_port, SCRAPE, strlen(SCRAPE), page, sizeof page) > 0);
    return strstr(page, series) != NULL;
}

/* `lines` are refused at line `failed`, and the log says why. */
static void assert_refused(const struct fake_line *lines, size_t count, size_t failed, const char *why)
{
    size_t at = count;
    assert_int_not_equal(fake_start(lines, count, &at), 0);
    if (!fake_log_holds(why))
        fake_log_print();
    assert_true(fake_log_holds(why));
    assert_true(fake_log_holds("did not start"));
    assert_int_equal(at, failed);
    assert_null(fake_violation());
}

static void test_nothing_of_a_broker_is_left_to_the_next(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        stage_start(DEVICE_ROLE);
        stage_be(&client, "dev-0", "user-0");
        assert_false(publishes(&client, TELEMETRY));
        log_in(&client);
        assert_string_equal(client.username, "user-0");
        assert_true(publishes(&client, TELEMETRY));
        assert_false(publishes(&client, "site/dev-1/telemetry"));
        assert_true(page_holds("mosquitto_connections 1\n"));
        stage_stop();
    }
}

static void test_threads_and_descriptors_end_with_the_broker(void **state)
{
    (void)state;
    size_t before = count_descriptors();
    for (int round = 0; round < 3; round++) {
        stage_start(DEVICE_ROLE);
        assert_true(page_holds("mosquitto_plugin_build_info"));
        stage_stop();
        assert_true(descriptors_return_to(before));
    }
    assert_int_equal(client_connect("127.0.0.1", stage_port), -1);
}

static void test_wrong_order_is_refused(void **state)
{
    (void)state;
    static const size_t wrong[][2] = {{4, 0}, {4, 1}, {4, 3}, {3, 0}, {3, 1}};
    site_write_policy("one.yaml", DEVICE_ROLE, stage_port);
    struct fake_line lines[SITE_PLUGINS];
    site_lines(lines, FAKE_GLOBAL, site_path("one.yaml"), NULL);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct fake_line pair[] = {lines[wrong[i][0]], lines[wrong[i][1]]};
        char move[64];
        snprintf(move, sizeof move, "bednet_%s.so` above the line", pair[1].module);
        assert_refused(pair, 2, 1, move);
        fake_log_clear();
    }
}

static void test_a_plugin_twice_is_refused(void **state)
{
    (void)state;
    site_write_policy("one.yaml", DEVICE_ROLE, stage_port);
    struct fake_line lines[SITE_PLUGINS];
    site_lines(lines, FAKE_GLOBAL, site_path("one.yaml"), NULL);
    for (size_t i = 0; i < SITE_PLUGINS; i++) {
        struct fake_line twice[] = {lines[i], lines[i]};
        assert_refused(twice, 2, 1, "is loaded twice");
        fake_log_clear();
    }
}

static struct fake_line with_option(const char *key, const char *value)
{
    struct fake_line line = {.module = "acl", .option_count = 2};
    static char policy_key[] = "policy";
    line.options[0] = (struct mosquitto_opt){policy_key, (char *)(uintptr_t)site_path("one.yaml")};
    line.options[1] = (struct mosquitto_opt){(char *)(uintptr_t)key, (char *)(uintptr_t)value};
    return line;
}

static void test_wrong_options_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value, *why;
    } wrong[] = {
        {"polcy", "/nowhere", "unknown option plugin_opt_polcy"},
        {"Policy", "/nowhere", "unknown option plugin_opt_Policy"},
        {"policy", "/nowhere", "stands twice"},
        {"chain", "one ", "ends in a blank"},
        {"chain", "one\t", "ends in a blank"},
        {"chain", "one\r", "ends in a blank"},
        {"chain", "", "is empty"},
    };
    site_write_policy("one.yaml", DEVICE_ROLE, stage_port);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct fake_line line = with_option(wrong[i].key, wrong[i].value);
        assert_refused(&line, 1, 0, wrong[i].why);
        fake_log_clear();
    }
}

static void test_policies_that_do_not_load_are_refused(void **state)
{
    (void)state;
    static const char *const broken[] = {"",
                                         "# nothing\n",
                                         "\n\n",
                                         "bednet: 2\n",
                                         "bednet: 1\nrols: {}\n",
                                         "bednet: 1\nroles:\n  a:\n    allow:\n      publish:\n        - #\n",
                                         "bednet: 1\nroles: [\n"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct fake_line line = {.module = "acl"};
        site_write("broken.yaml", broken[i]);
        static char key[] = "policy";
        line.options[line.option_count++] =
            (struct mosquitto_opt){key, (char *)(uintptr_t)site_path("broken.yaml")};
        assert_refused(&line, 1, 0, "broken.yaml");
        fake_log_clear();
        line.options[0].value = (char *)(uintptr_t)site_path("missing.yaml");
        assert_refused(&line, 1, 0, "missing.yaml");
        fake_log_clear();
    }
}

static void test_a_taken_port_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(stage_port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int taken = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    setsockopt(taken, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    assert_int_equal(bind(taken, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(taken, 1), 0);

    struct fake_line lines[SITE_PLUGINS];
    site_write_policy("one.yaml", DEVICE_ROLE, stage_port);
    site_lines(lines, FAKE_GLOBAL, site_path("one.yaml"), NULL);
    assert_refused(lines, SITE_PLUGINS, 2, "cannot serve metrics");
    close(taken);
    stage_start(DEVICE_ROLE);
    stage_stop();
}

static void test_cleanup_without_userdata(void **state)
{
    (void)state;
    static const char *const modules[] = {"topic", "limit", "metrics", "jwt", "acl"};
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/bednet_%s.so", BEDNET_MODULES, modules[i]);
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        assert_non_null(library);
        int (*cleanup)(void *, struct mosquitto_opt *, int) =
            (int (*)(void *, struct mosquitto_opt *, int))dlsym(library, "mosquitto_plugin_cleanup");
        assert_non_null(cleanup);
        assert_int_equal(cleanup(NULL, NULL, 0), MOSQ_ERR_SUCCESS);
        dlclose(library);
    }
}

static void test_a_section_without_its_plugin_denies_everything(void **state)
{
    (void)state;
    static const size_t without[] = {0, 1, 3, 4};
    site_write_policy("all.yaml",
                      DEVICE_ROLE
                      "topics:\n  levels: {max: 8}\nlimits:\n  publish:\n    - {per: client, rate: 9/s}\n",
                      stage_port);
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        struct fake_line lines[SITE_PLUGINS];
        site_lines(lines, FAKE_GLOBAL, site_path("all.yaml"), NULL);
        const char *missing = lines[without[i]].module;
        for (size_t at = without[i]; at + 1 < SITE_PLUGINS; at++)
            lines[at] = lines[at + 1];
        assert_int_equal(fake_start(lines, SITE_PLUGINS - 1, NULL), 0);
        fake_password_add("user-0", "secret");
        stage_be(&client, "dev-0", "user-0");
        for (int tick = 0; tick < 2; tick++) {
            assert_false(fake_login(&client, site_token("device-0")->text));
            assert_false(fake_login(&client, "secret"));
            assert_false(publishes(&client, TELEMETRY));
            assert_false(fake_access(&client, MOSQ_ACL_SUBSCRIBE, TELEMETRY));
            assert_false(fake_access(&client, MOSQ_ACL_READ, TELEMETRY));
            fake_tick();
        }
        assert_true(fake_log_holds(missing));
        assert_true(fake_log_holds("reason=plugin_missing"));
        stage_stop();
        fake_log_clear();
    }
}

static void start_two_chains(void)
{
    site_write_policy("one.yaml", DEVICE_ROLE, stage_port);
    site_write_policy("two.yaml", OFFICE_ROLE, site_free_port());
    struct fake_line lines[2 * SITE_PLUGINS];
    site_lines(lines, 1, site_path("one.yaml"), "devices");
    site_lines(lines + SITE_PLUGINS, 2, site_path("two.yaml"), "offices");
    assert_int_equal(fake_start(lines, 2 * SITE_PLUGINS, NULL), 0);
}

static void test_chains_of_two_listeners_do_not_mix(void **state)
{
    (void)state;
    start_two_chains();
    client.list = 1;
    other.list = 2;
    log_in(&client);
    stage_be(&other, "dev-0", "user-0");
    /* The same names at the other listener are somebody else. */
    assert_true(publishes(&client, TELEMETRY));
    assert_false(publishes(&client, NOTE));
    assert_false(publishes(&other, TELEMETRY));
    assert_false(publishes(&other, NOTE));
    log_in(&other);
    assert_true(publishes(&other, NOTE));
    assert_false(publishes(&other, TELEMETRY));
    assert_true(publishes(&client, TELEMETRY));
    assert_false(publishes(&client, NOTE));
    /* The end of one says nothing about the other. */
    fake_disconnected(&other, false);
    fake_tick();
    assert_true(publishes(&client, TELEMETRY));
    stage_stop();
}

static void test_a_reload_changes_each_chain_by_its_own_file(void **state)
{
    (void)state;
    start_two_chains();
    client.list = 1;
    other.list = 2;
    log_in(&client);
    log_in(&other);
    site_write("two.yaml", "bednet: 1\nroles: {device: {allow: {publish: [a}}}\n");
    site_write_policy("one.yaml", OFFICE_ROLE, stage_port);
    assert_true(fake_reload());
    assert_true(fake_log_holds("was not reloaded"));
    assert_true(publishes(&client, NOTE));
    assert_false(publishes(&client, TELEMETRY));
    assert_true(publishes(&other, NOTE));
    assert_false(publishes(&other, TELEMETRY));
    stage_stop();
}

/* One list of callbacks, two chains: 2.0 mixes up the registrations of one module, so it must not start. */
static void test_the_same_module_twice_for_two_policies(void **state)
{
    (void)state;
    site_write_policy("one.yaml", DEVICE_ROLE, stage_port);
    site_write_policy("two.yaml", OFFICE_ROLE, site_free_port());
    struct fake_line lines[2 * SITE_PLUGINS];
    site_lines(lines, FAKE_GLOBAL, site_path("one.yaml"), "devices");
    site_lines(lines + SITE_PLUGINS, FAKE_GLOBAL, site_path("two.yaml"), "offices");
    if (!fake_is_2_1()) {
        assert_refused(lines, 2 * SITE_PLUGINS, SITE_PLUGINS, "the broker refused a callback");
        return;
    }
    assert_int_equal(fake_start(lines, 2 * SITE_PLUGINS, NULL), 0);
    log_in(&client);
    /* Both chains judge everybody; the first that has an answer is heard. */
    assert_true(publishes(&client, TELEMETRY));
    assert_false(publishes(&client, NOTE));
    stage_stop();
}

static void test_lines_of_one_chain_in_two_listeners(void **state)
{
    (void)state;
    site_write_policy("one.yaml", DEVICE_ROLE, stage_port);
    struct fake_line lines[SITE_PLUGINS];
    site_lines(lines, 1, site_path("one.yaml"), NULL);
    lines[3].list = lines[4].list = 2;
    assert_int_equal(fake_start(lines, SITE_PLUGINS, NULL), 0);
    client.list = 2;
    stage_be(&client, "dev-0", "user-0");
    assert_false(fake_login(&client, site_token("device-0")->text));
    assert_false(publishes(&client, TELEMETRY));
    stage_stop();
}

static void test_a_bad_reload_keeps_the_policy_and_says_so(void **state)
{
    (void)state;
    static const char *const broken[] = {"", "bednet: 1\nroles: {device: 3}\n",
                                         "bednet: 1\nlimits: {publish: {}}\n", "\xff\xfe"};
    stage_start(DEVICE_ROLE);
    log_in(&client);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        site_write("one.yaml", broken[i]);
        fake_log_clear();
        assert_true(fake_reload());
        assert_true(fake_log_holds("was not reloaded"));
        assert_true(page_holds("mosquitto_policy_last_reload_successful 0\n"));
        assert_true(publishes(&client, TELEMETRY));
        assert_false(publishes(&client, NOTE));
    }
    unlink(site_path("one.yaml"));
    assert_true(fake_reload());
    assert_true(publishes(&client, TELEMETRY));
    assert_true(page_holds("mosquitto_policy_last_reload_successful 0\n"));
    site_write_policy("one.yaml", OFFICE_ROLE, stage_port);
    assert_true(fake_reload());
    assert_true(page_holds("mosquitto_policy_last_reload_successful 1\n"));
    assert_true(publishes(&client, NOTE));
    assert_false(publishes(&client, TELEMETRY));
    stage_stop();
}

/* A policy whose metrics port is taken changes nothing at all, not even the rules that it would bring.
 */
static void test_a_reload_that_one_plugin_refuses_changes_none(void **state)
{
    (void)state;
    stage_start(DEVICE_ROLE);
    log_in(&client);
    int taken = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof address;
    assert_int_equal(bind(taken, (const struct sockaddr *)&address, bytes), 0);
    assert_int_equal(getsockname(taken, (struct sockaddr *)&address, &bytes), 0);
    assert_int_equal(listen(taken, 1), 0);
    site_write_policy("one.yaml", OFFICE_ROLE, ntohs(address.sin_port));
    assert_true(fake_reload());
    assert_true(fake_log_holds("was not reloaded"));
    assert_true(publishes(&client, TELEMETRY));
    assert_false(publishes(&client, NOTE));
    assert_true(page_holds("mosquitto_policy_last_reload_successful 0\n"));
    close(taken);
    stage_stop();
}

/*
 * After SIGHUP the broker asks again for all sessions it has, and whoever was let in by token stays. Somebody
 * who connects then is none of them, whatever names it brings, even where no tick marks the end of it.
 */
static void test_a_stranger_after_reload_is_no_old_session(void **state)
{
    (void)state;
    stage_start(DEVICE_ROLE);
    log_in(&client);
    fake_tick();
    assert_true(fake_sighup());
    assert_true(fake_login(&client, NULL));
    stage_be(&other, "dev-0", "user-0");
    assert_false(fake_login(&other, "guess"));
    assert_false(fake_login(&other, NULL));
    stage_stop();
}

/*
 * The same at an address where such a session was: names do not replace the credential. 2.0 takes nobody else
 * before it ticks but who comes by websockets.
 */
static void test_a_stranger_at_an_old_address_is_no_old_session(void **state)
{
    (void)state;
    stage_start(DEVICE_ROLE);
    client.websockets = true;
    log_in(&client);
    fake_tick();
    fake_disconnected(&client, true);
    assert_true(fake_sighup());
    stage_be(&client, "dev-0", "user-0");
    assert_false(fake_login(&client, "guess"));
    fake_disconnected(&client, false);
    assert_true(fake_sighup());
    stage_be(&client, "dev-0", "user-0");
    assert_false(fake_login(&client, NULL));
    client.websockets = false;
    stage_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_nothing_of_a_broker_is_left_to_the_next, stage_clean),
        cmocka_unit_test_teardown(test_threads_and_descriptors_end_with_the_broker, stage_clean),
        cmocka_unit_test_teardown(test_wrong_order_is_refused, stage_clean),
        cmocka_unit_test_teardown(test_a_plugin_twice_is_refused, stage_clean),
        cmocka_unit_test_teardown(test_wrong_options_are_refused, stage_clean),
        cmocka_unit_test_teardown(test_policies_that_do_not_load_are_refused, stage_clean),
        cmocka_unit_test_teardown(test_a_taken_port_is_refused_and_leaves_nothing, stage_clean),
        cmocka_unit_test_teardown(test_cleanup_without_userdata, stage_clean),
        cmocka_unit_test_teardown(test_a_section_without_its_plugin_denies_everything, stage_clean),
        cmocka_unit_test_teardown(test_chains_of_two_listeners_do_not_mix, stage_clean),
        cmocka_unit_test_teardown(test_a_reload_changes_each_chain_by_its_own_file, stage_clean),
        cmocka_unit_test_teardown(test_the_same_module_twice_for_two_policies, stage_clean),
        cmocka_unit_test_teardown(test_lines_of_one_chain_in_two_listeners, stage_clean),
        cmocka_unit_test_teardown(test_a_bad_reload_keeps_the_policy_and_says_so, stage_clean),
        cmocka_unit_test_teardown(test_a_reload_that_one_plugin_refuses_changes_none, stage_clean),
        cmocka_unit_test_teardown(test_a_stranger_after_reload_is_no_old_session, stage_clean),
        cmocka_unit_test_teardown(test_a_stranger_at_an_old_address_is_no_old_session, stage_clean),
    };
    return cmocka_run_group_tests_name("lifecycle", tests, stage_open, stage_close);
}
