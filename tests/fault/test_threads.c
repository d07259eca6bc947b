/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads that Bednet lives with: the broker's, its own that serves metrics, and in Mosquitto 2.1 that of
 * http_api, which calls plugins without asking. Worth most under ThreadSanitizer.
 */
#include "cmocka_first.h"
#include "fault/site.h"
#include "unit/plugins/metrics_client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define ROUNDS   400
#define SCRAPERS 3
#define ENOUGH   100

#define RULES(topic)                                                                                         \
    "topics:\n  levels: {max: 8}\n"                                                                          \
    "limits:\n  publish:\n    - {per: client, rate: 10/s, burst: 3}\n"                                       \
    "roles:\n  device:\n    allow:\n      publish:\n        - site/${client_id}/" topic "\n"

static uint16_t ports[2];
static atomic_bool done;
static atomic_size_t scraped;
static atomic_size_t refused;
static atomic_size_t granted_off_thread;
static struct mosquitto clients[4];

static int set_up(void **state)
{
    (void)state;
    site_open();
    site_use_keys("quick.jwks.json");
    ports[0] = site_free_port();
    ports[1] = site_free_port();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof clients / sizeof *clients; i++)
        fake_client_clear(&clients[i]);
    site_close();
    return 0;
}

/* A scraper that is slow, one that leaves early and one that behaves; which port serves changes meanwhile. */
static void *scrape(void *argument)
{
    const size_t manner = *(const size_t *)argument;
    static const char request[] = SCRAPE;
    for (size_t round = 0; !atomic_load(&done); round++) {
        char page[65536];
        int fd = client_connect("127.0.0.1", ports[round % 2]);
        if (fd < 0)
            continue;
        size_t half = manner == 1 ? sizeof request / 2 : sizeof request - 1;
        client_send(fd, request, half);
        if (manner == 1)
            client_send(fd, request + half, sizeof request - 1 - half);
        if (manner != 2 && client_read_all(fd, page, sizeof page, 10) > 0 &&
            strstr(page, "mosquitto_policy_generation") != NULL)
            atomic_fetch_add(&scraped, 1);
        close(fd);
    }
    return NULL;
}

/* The pseudo-client of http_api: on the stack of its thread, without address, asked by nobody else. */
static void *serve_api(void *argument)
{
    (void)argument;
    while (!atomic_load(&done)) {
        char id[] = "http-api", name[] = "user-0";
        struct mosquitto client = {.id = id, .username = name};
        bool granted = fake_login_code(&client, site_token("device-0")->text) == MOSQ_ERR_SUCCESS;
        granted = fake_access(&client, MOSQ_ACL_READ, "/api/v1/systree") || granted;
        granted = fake_access(&client, MOSQ_ACL_WRITE, "site/dev-0/a") || granted;
        atomic_fetch_add(granted ? &granted_off_thread : &refused, 1);
    }
    return NULL;
}

static void reload(size_t round)
{
    switch (round % 4) {
    case 0:
        site_write_policy("live.yaml", RULES("a"), ports[0]);
        break;
    case 1:
        site_write_policy("live.yaml", RULES("b"), ports[1]);
        break;
    case 2:
        site_write("live.yaml", "bednet: 1\nroles: [x\n");
        break;
    default:
        site_write_policy("live.yaml", RULES("a"), ports[1]);
        break;
    }
    assert_true(fake_reload());
}

static void live(size_t round)
{
    static const char *const names[] = {"device-0", "device-2", "EdDSA", "HS256"};
    struct mosquitto *client = &clients[round % 4];
    const struct site_token *token = site_token(names[round % 4]);
    char topic[128];
    assert_true(fake_client_set(client, token->client_id, "whoever", "192.0.2.9"));
    assert_true(fake_login(client, token->text));
    fake_connected(client);
    for (size_t i = 0; i < 8; i++) {
        snprintf(topic, sizeof topic, "site/%s/%s", token->client_id, i % 2 == 0 ? "a" : "b");
        if (fake_access(client, MOSQ_ACL_WRITE, topic))
            fake_message(client, topic, 10);
        fake_access(client, MOSQ_ACL_SUBSCRIBE, "#");
    }
    fake_tick();
    if (round % 3 == 0)
        fake_disconnected(client, false);
}

/* On a busy machine the other threads may come late. */
static bool is_enough(void)
{
    return atomic_load(&scraped) > ENOUGH && (!fake_is_2_1() || atomic_load(&refused) > ENOUGH);
}

static void test_threads(void **state)
{
    (void)state;
    struct fake_line lines[SITE_PLUGINS];
    pthread_t threads[SCRAPERS + 1];
    static const size_t manners[SCRAPERS] = {0, 1, 2};
    size_t count = 0;
    site_write_policy("live.yaml", RULES("a"), ports[0]);
    site_lines(lines, FAKE_GLOBAL, site_path("live.yaml"), NULL);
    assert_int_equal(fake_start(lines, SITE_PLUGINS, NULL), 0);
    for (; count < SCRAPERS; count++)
        assert_int_equal(pthread_create(&threads[count], NULL, scrape, (void *)(uintptr_t)&manners[count]),
                         0);
    if (fake_is_2_1())
        assert_int_equal(pthread_create(&threads[count++], NULL, serve_api, NULL), 0);

    for (size_t round = 0; round < ROUNDS || (round < 50 * ROUNDS && !is_enough()); round++) {
        live(round);
        if (round % 10 == 9)
            reload(round / 10);
    }
    atomic_store(&done, true);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    fake_stop();

    if (fake_violation() != NULL)
        fail_msg("%s", fake_violation());
    print_message("%zu pages, %zu refusals off the broker's thread\n", atomic_load(&scraped),
                  atomic_load(&refused));
    assert_true(is_enough());
    assert_int_equal(atomic_load(&granted_off_thread), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads)};
    return cmocka_run_group_tests_name("threads", tests, set_up, tear_down);
}
