/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics server during reloads: all or nothing, and never a moment in which nobody answers. */
#include "cmocka_first.h"

#include <stdlib.h>

#include "metrics_client.h"
#include "plugins/metrics/endpoint.h"
#include "plugins/metrics/listener.h"
#include "runtime/counters.h"

static struct bednet_policy policy_for(const char *host, uint16_t port)
{
    struct bednet_policy policy = {.path = BEDNET_TEXT_LITERAL("test.yaml")};
    policy.section[BEDNET_PLUGIN_METRICS] = (struct bednet_source){7, 1};
    policy.metrics.host = bednet_text(host);
    policy.metrics.port = port;
    policy.metrics.source = (struct bednet_source){8, 11};
    return policy;
}

static struct bednet_metrics_endpoint *open_on(const char *host, uint16_t port)
{
    struct bednet_policy policy = policy_for(host, port);
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_metrics_endpoint *endpoint = NULL;
    assert_int_equal(bednet_metrics_endpoint_open(&policy, diag, &endpoint), BEDNET_OK);
    assert_false(bednet_diag_failed(diag));
    bednet_diag_free(diag);
    return endpoint;
}

/* True when the next policy is acceptable. */
static bool prepare(struct bednet_metrics_endpoint *endpoint, const char *host, uint16_t port)
{
    struct bednet_policy next = policy_for(host, port);
    struct bednet_diag *diag = bednet_diag_new();
    bednet_metrics_endpoint_prepare(endpoint, &next, diag);
    bool accepted = !bednet_diag_failed(diag);
    bednet_diag_free(diag);
    return accepted;
}

static bool serves(const char *host, uint16_t port)
{
    char answer[65536];
    int fd = client_connect(host, port);
    if (fd < 0)
        return false;
    client_send(fd, SCRAPE, sizeof SCRAPE - 1);
    ssize_t length = client_read_all(fd, answer, sizeof answer, 10);
    close(fd);
    return length > 0 && strncmp(answer, "HTTP/1.1 200 ", 13) == 0;
}

/* A port that nobody listens on, kept from others of this test by remembering it. */
static uint16_t free_port(void)
{
    struct bednet_metrics_endpoint *endpoint = open_on("127.0.0.1", 0);
    uint16_t port = bednet_metrics_endpoint_port(endpoint);
    bednet_metrics_endpoint_close(endpoint);
    return port;
}

static void an_address_in_use_refuses_the_start(void **state)
{
    (void)state;
    struct bednet_metrics_endpoint *first = open_on("127.0.0.1", 0);
    struct bednet_policy policy = policy_for("127.0.0.1", bednet_metrics_endpoint_port(first));
    struct bednet_metrics_endpoint *second = NULL;
    struct bednet_diag *diag = bednet_diag_new();
    size_t before = count_descriptors();
    assert_int_not_equal(bednet_metrics_endpoint_open(&policy, diag, &second), BEDNET_OK);
    assert_null(second);
    assert_true(bednet_diag_failed(diag));
    assert_true(descriptors_return_to(before));
    bednet_diag_free(diag);
    assert_true(serves("127.0.0.1", policy.metrics.port));
    bednet_metrics_endpoint_close(first);
}

static void an_address_that_cannot_be_had_refuses_the_reload(void **state)
{
    (void)state;
    struct bednet_metrics_endpoint *other = open_on("127.0.0.1", 0);
    struct bednet_metrics_endpoint *endpoint = open_on("127.0.0.1", 0);
    uint16_t port = bednet_metrics_endpoint_port(endpoint);
    size_t before = count_descriptors();
    const struct {
        const char *host;
        uint16_t port;
    } refused[] = {{"127.0.0.1", bednet_metrics_endpoint_port(other)},
                   {"192.0.2.1", port},
                   {"192.0.2.1", 1},
                   {"nonsense", 1}};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_false(prepare(endpoint, refused[i].host, refused[i].port));
        bednet_metrics_endpoint_abort(endpoint);
        assert_true(serves("127.0.0.1", port));
        assert_int_equal(bednet_metrics_endpoint_port(endpoint), port);
    }
    assert_true(descriptors_return_to(before));
    bednet_metrics_endpoint_close(endpoint);
    bednet_metrics_endpoint_close(other);
}

static void a_reload_that_others_refuse_changes_nothing(void **state)
{
    (void)state;
    struct bednet_metrics_endpoint *endpoint = open_on("127.0.0.1", 0);
    uint16_t port = bednet_metrics_endpoint_port(endpoint);
    uint16_t next = free_port();
    size_t before = count_descriptors();
    for (int i = 0; i < 3; i++) {
        assert_true(prepare(endpoint, "127.0.0.1", next));
        assert_true(serves("127.0.0.1", port));
        bednet_metrics_endpoint_abort(endpoint);
        assert_true(serves("127.0.0.1", port));
        assert_int_equal(client_connect("127.0.0.1", next), -1);
    }
    assert_true(descriptors_return_to(before));
    bednet_metrics_endpoint_close(endpoint);
}

static void a_new_address_replaces_the_old_one(void **state)
{
    (void)state;
    struct bednet_metrics_endpoint *endpoint = open_on("127.0.0.1", 0);
    size_t before = count_descriptors();
    for (int i = 0; i < 3; i++) {
        uint16_t old_port = bednet_metrics_endpoint_port(endpoint);
        uint16_t next = free_port();
        assert_true(prepare(endpoint, "127.0.0.1", next));
        bednet_metrics_endpoint_commit(endpoint);
        assert_int_equal(bednet_metrics_endpoint_port(endpoint), next);
        assert_true(serves("127.0.0.1", next));
        assert_int_equal(client_connect("127.0.0.1", old_port), -1);
    }
    assert_true(descriptors_return_to(before));
    bednet_metrics_endpoint_close(endpoint);
}

/* The same address, however it is written, keeps the connection that is being served. */
static void the_same_address_keeps_its_server(void **state)
{
    (void)state;
    uint16_t port = free_port();
    struct bednet_metrics_endpoint *endpoint = open_on("127.0.0.1", port);
    int open_one = client_connect("127.0.0.1", port);
    client_send(open_one, SCRAPE, 10);
    for (int i = 0; i < 3; i++) {
        assert_true(prepare(endpoint, "127.0.0.1", port));
        if (i % 2 == 0)
            bednet_metrics_endpoint_commit(endpoint);
        else
            bednet_metrics_endpoint_abort(endpoint);
    }
    client_send(open_one, &SCRAPE[10], sizeof SCRAPE - 11);
    char answer[65536];
    assert_true(client_read_all(open_one, answer, sizeof answer, 5) > 0);
    assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
    close(open_one);
    bednet_metrics_endpoint_close(endpoint);
}

static bool may_listen(const char *host, uint16_t port, bool share)
{
    struct bednet_policy policy = policy_for(host, port);
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_metrics_address address;
    assert_true(bednet_metrics_address(&policy, diag, &address));
    int fd = bednet_metrics_listen(&address, share, &policy, diag);
    bednet_diag_free(diag);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* The kernel forbids 0.0.0.0 beside 127.0.0.1 on one port, unless both say that they share it. */
static void the_host_may_change_and_the_port_stay(void **state)
{
    (void)state;
    struct bednet_metrics_endpoint *endpoint = open_on("127.0.0.1", 0);
    uint16_t port = bednet_metrics_endpoint_port(endpoint);
    assert_false(may_listen("0.0.0.0", port, true));

    assert_true(prepare(endpoint, "0.0.0.0", port));
    bednet_metrics_endpoint_abort(endpoint);
    assert_true(serves("127.0.0.1", port));
    assert_int_equal(client_connect("127.0.0.2", port), -1);
    assert_false(may_listen("0.0.0.0", port, false));

    assert_true(prepare(endpoint, "0.0.0.0", port));
    bednet_metrics_endpoint_commit(endpoint);
    assert_true(serves("127.0.0.2", port));
    /* A second broker with the same policy is still told. */
    assert_false(may_listen("0.0.0.0", port, false));
    assert_false(may_listen("127.0.0.1", port, false));

    assert_true(prepare(endpoint, "127.0.0.1", port));
    bednet_metrics_endpoint_commit(endpoint);
    assert_true(serves("127.0.0.1", port));
    assert_int_equal(client_connect("127.0.0.2", port), -1);
    bednet_metrics_endpoint_close(endpoint);
}

static void closing_in_the_middle_of_a_reload_joins_both(void **state)
{
    (void)state;
    size_t before = count_descriptors();
    struct bednet_metrics_endpoint *endpoint = open_on("127.0.0.1", 0);
    assert_true(prepare(endpoint, "127.0.0.1", free_port()));
    bednet_metrics_endpoint_close(endpoint);
    bednet_metrics_endpoint_close(NULL);
    assert_true(descriptors_return_to(before));
}

static void without_a_section_it_is_the_default(void **state)
{
    (void)state;
    struct bednet_policy policy = {.path = BEDNET_TEXT_LITERAL("test.yaml")};
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_metrics_address address;
    assert_true(bednet_metrics_address(&policy, diag, &address));
    assert_string_equal(address.text, "127.0.0.1:9234");
    assert_int_equal(bednet_diag_count(diag), 0);

    struct bednet_policy same = policy_for("127.0.0.1", 9234);
    struct bednet_metrics_address named;
    assert_true(bednet_metrics_address(&same, diag, &named));
    assert_true(bednet_metrics_address_equal(&address, &named));
    same = policy_for("::1", 9234);
    assert_true(bednet_metrics_address(&same, diag, &named));
    assert_false(bednet_metrics_address_equal(&address, &named));
    same = policy_for("0:0:0:0:0:0:0:1", 9234);
    assert_true(bednet_metrics_address(&same, diag, &address));
    assert_true(bednet_metrics_address_equal(&address, &named));
    assert_string_equal(address.text, "[::1]:9234");
    bednet_diag_free(diag);
}

/* A policy's text is counted: what follows it is not part of the host. */
static void a_host_ends_where_it_ends(void **state)
{
    (void)state;
    struct bednet_policy policy = policy_for("127.0.0.1", 0);
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_metrics_address address;
    policy.metrics.host = (struct bednet_text){"127.0.0.11", 9};
    assert_true(bednet_metrics_address(&policy, diag, &address));
    assert_string_equal(address.text, "127.0.0.1:0");
    policy.metrics.host = (struct bednet_text){"127.0.0.1\0x", 11};
    assert_false(bednet_metrics_address(&policy, diag, &address));
    bednet_diag_free(diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_in_use_refuses_the_start),
        cmocka_unit_test(an_address_that_cannot_be_had_refuses_the_reload),
        cmocka_unit_test(a_reload_that_others_refuse_changes_nothing),
        cmocka_unit_test(a_new_address_replaces_the_old_one),
        cmocka_unit_test(the_same_address_keeps_its_server),
        cmocka_unit_test(the_host_may_change_and_the_port_stay),
        cmocka_unit_test(closing_in_the_middle_of_a_reload_joins_both),
        cmocka_unit_test(without_a_section_it_is_the_default),
        cmocka_unit_test(a_host_ends_where_it_ends),
    };
    return cmocka_run_group_tests_name("metrics endpoint", tests, NULL, NULL);
}
