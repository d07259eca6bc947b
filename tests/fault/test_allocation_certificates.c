/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What if memory fails while a certificate is judged: at a login, beside a token, or of a client that the
 * broker lets in without asking? Nobody gains anything by it, and whoever comes next is judged as always.
 */
#include "fault/certified.h"
#include "fault/scene.h"

static const char OWN[] = "certificate/lab";
static const char NAMED[] = "named"; /* what the bare name of `by-name` gives */

static X509 *good, *forged;
static const char *const modules[] = {"cert", "jwt", "acl"};

static int open_all(void **state)
{
    static const long nobody[] = {0};
    certified_open(state);
    for (size_t i = 0; i < 3; i++)
        fake_pin(modules[i]);
    good = certified_issue(&trusted, 7, "user-0", "lab");
    forged = certified_issue(&impostor, 7, "by-name", "lab");
    made_write_list(site_path("devices.crl"), &trusted, certified_now_s - CERTIFIED_DAY,
                    certified_now_s + CERTIFIED_DAY, nobody);
    return 0;
}

static int close_all(void **state)
{
    X509_free(good);
    X509_free(forged);
    return certified_close(state);
}

static void be(const char *username, X509 *shown)
{
    if (shown != NULL)
        X509_up_ref(shown);
    certified_be(&client, "dev-0", username, shown);
}

/* The connection is closed, and the certificate goes with it. */
static void end(void)
{
    fake_disconnected(&client, false);
    X509_free(client.certificate);
    client.certificate = NULL;
    for (int i = 0; i < 3; i++)
        fake_tick();
}

static const char *settle(void)
{
    end();
    if (connections() != 0)
        return "connections are left over";
    be("whoever", good);
    if (!certified_logs_in(&client, site_token("device-0")->text))
        return "a good login is refused afterwards";
    bool allowed = publishes(&client, OWN);
    end();
    return allowed ? NULL : "a good login is worth nothing afterwards";
}

static void prepare_login(void)
{
    be("by-name", good);
}

static int run_login(void)
{
    return fake_login(&client, site_token("device-0")->text);
}

static const char *judge_login(int granted, bool failed)
{
    if (!granted && !failed)
        return "a good certificate is refused";
    if (granted)
        return publishes(&client, OWN) ? NULL : "a login that was granted is worth nothing";
    end();
    return publishes(&client, OWN) ? "a login that was refused has rights" : NULL;
}

static const struct operation logging_in = {
    .prepare = prepare_login, .run = run_login, .judge = judge_login, .settle = settle, .threads = true};

static void prepare_forged(void)
{
    be("by-name", forged);
}

static const char *judge_forged(int granted, bool failed)
{
    (void)failed;
    return granted ? "a forged certificate lets in" : NULL;
}

static const struct operation forging = {
    .prepare = prepare_forged, .run = run_login, .judge = judge_forged, .settle = settle, .threads = true};

static int run_turn_up(void)
{
    fake_connected(&client);
    return publishes(&client, OWN);
}

static void prepare_turn_up(void)
{
    be("user-0", good);
    fake_enhanced_done(&client);
}

static const char *judge_turn_up(int allowed, bool failed)
{
    if (!allowed && !failed)
        return "a good certificate is refused";
    bool still = publishes(&client, OWN);
    return allowed && !still ? "what was allowed once is not any more" : NULL;
}

static const struct operation turning_up = {.prepare = prepare_turn_up,
                                            .run = run_turn_up,
                                            .judge = judge_turn_up,
                                            .settle = settle,
                                            .threads = true};

static void prepare_stranger(void)
{
    be("by-name", forged);
    fake_enhanced_done(&client);
}

static int run_stranger(void)
{
    fake_connected(&client);
    return publishes(&client, NAMED) || fake_access(&client, MOSQ_ACL_SUBSCRIBE, "down/by-name");
}

static const char *judge_stranger(int allowed, bool failed)
{
    (void)failed;
    if (allowed || publishes(&client, NAMED))
        return "a forged certificate has the rights of its name";
    fake_tick();
    return publishes(&client, NAMED) ? "a forged certificate gets them in the end" : NULL;
}

static const struct operation strangers = {.prepare = prepare_stranger,
                                           .run = run_stranger,
                                           .judge = judge_stranger,
                                           .settle = settle,
                                           .threads = true};

/* Its end is the first that is heard of it, and then its will. */
static int run_leave(void)
{
    fake_disconnected(&client, false);
    return publishes(&client, NAMED);
}

static const char *judge_leave(int sent, bool failed)
{
    (void)failed;
    return sent ? "the will of a forged certificate is sent" : NULL;
}

static void prepare_leave(void)
{
    be("by-name", forged);
    fake_enhanced_done(&client);
    fake_connected(&client);
}

static const struct operation leaving = {
    .prepare = prepare_leave, .run = run_leave, .judge = judge_leave, .settle = settle, .threads = true};

static void test_certificates_alone(void **state)
{
    (void)state;
    certified_start("  crl: {files: [devices.crl]}\n");
    assert_true(scene_survives("login by certificate", &logging_in) > 0);
    scene_survives("forged certificate", &forging);
}

static void test_certificates_with_tokens(void **state)
{
    (void)state;
    certified_start("  required: true\n  token: required\n");
    assert_true(scene_survives("login by certificate and token", &logging_in) > 0);
    scene_survives("forged certificate and token", &forging);
}

static void test_clients_that_turn_up(void **state)
{
    (void)state;
    certified_start("");
    assert_true(scene_survives("a client turns up", &turning_up) > 0);
    assert_true(scene_survives("a stranger turns up", &strangers) > 0);
    scene_survives("a stranger leaves", &leaving);
}

#define ALLOCATION_TEST(name) cmocka_unit_test_teardown(name, certified_clean)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALLOCATION_TEST(test_certificates_alone),
        ALLOCATION_TEST(test_certificates_with_tokens),
        ALLOCATION_TEST(test_clients_that_turn_up),
    };
    return cmocka_run_group_tests_name("allocation_certificates", tests, open_all, close_all);
}
