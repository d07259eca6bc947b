/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines and limits of single connections, with a clock of the test's own and no thread. */
#include "cmocka_first.h"

#include <stdlib.h>

#include "metrics_client.h"
#include "plugins/metrics/http.h"
#include "runtime/counters.h"

#define SECOND_NS UINT64_C(1000000000)
#define START_NS  (UINT64_C(1000) * SECOND_NS)

static int open_http(void **state)
{
    bednet_counters_reset();
    *state = bednet_metrics_http_open();
    return *state != NULL ? 0 : -1;
}

static int close_http(void **state)
{
    bednet_metrics_http_close(*state);
    return 0;
}

/* Connects a client and returns its end. */
static int join(struct bednet_metrics_http *http, uint64_t now_ns)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    bednet_metrics_http_add(http, ends[1], now_ns);
    return ends[0];
}

static void run(struct bednet_metrics_http *http, uint64_t now_ns)
{
    for (int i = 0; i < 8; i++)
        bednet_metrics_http_run(http, now_ns);
}

/* Whether the server has hung up; what it sent before is dropped. */
static bool hung_up(int fd)
{
    char bytes[65536];
    ssize_t got;
    do {
        got = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    } while (got > 0);
    return got == 0 || errno != EAGAIN;
}

static void a_silent_client_meets_its_deadline(void **state)
{
    struct bednet_metrics_http *http = *state;
    int fd = join(http, START_NS);
    run(http, START_NS + BEDNET_METRICS_DEADLINE_NS - 1);
    assert_false(hung_up(fd));
    run(http, START_NS + BEDNET_METRICS_DEADLINE_NS);
    assert_true(hung_up(fd));
    close(fd);
}

/* A limit of silence, which is what the library has, would let this one stay. */
static void a_dripping_client_meets_the_same_deadline(void **state)
{
    struct bednet_metrics_http *http = *state;
    int fd = join(http, START_NS);
    uint64_t now_ns = START_NS;
    for (size_t i = 0; now_ns < START_NS + BEDNET_METRICS_DEADLINE_NS; i++) {
        run(http, now_ns);
        assert_false(hung_up(fd));
        client_send(fd, &SCRAPE[i % 20], 1);
        now_ns += SECOND_NS / 4;
    }
    run(http, now_ns);
    assert_true(hung_up(fd));
    close(fd);
}

static void a_client_that_does_not_read_meets_the_same_deadline(void **state)
{
    struct bednet_metrics_http *http = *state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    int small = 1;
    assert_int_equal(setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    bednet_metrics_http_add(http, ends[1], START_NS);
    client_send(ends[0], SCRAPE, sizeof SCRAPE - 1);
    run(http, START_NS + 1);
    /* The page is larger than what the socket holds, so the connection is still there ... */
    char peeked;
    assert_int_equal(recv(ends[0], &peeked, 1, MSG_PEEK), 1);
    assert_int_not_equal(bednet_metrics_http_wait_ms(http, START_NS + 1), -1);
    /* ... until it is not. */
    run(http, START_NS + BEDNET_METRICS_DEADLINE_NS);
    assert_int_equal(bednet_metrics_http_wait_ms(http, START_NS + BEDNET_METRICS_DEADLINE_NS), -1);
    assert_true(hung_up(ends[0]));
    close(ends[0]);
}

static void the_wait_ends_at_the_next_deadline(void **state)
{
    struct bednet_metrics_http *http = *state;
    assert_int_equal(bednet_metrics_http_wait_ms(http, START_NS), -1);
    int first = join(http, START_NS);
    int second = join(http, START_NS + 2 * SECOND_NS);
    run(http, START_NS + 2 * SECOND_NS);
    assert_between(bednet_metrics_http_wait_ms(http, START_NS + 2 * SECOND_NS), 2999, 3002);
    run(http, START_NS + 5 * SECOND_NS);
    assert_true(hung_up(first));
    assert_false(hung_up(second));
    assert_between(bednet_metrics_http_wait_ms(http, START_NS + 5 * SECOND_NS), 1999, 2002);
    close(first);
    close(second);
}

static void there_is_room_for_so_many_and_no_more(void **state)
{
    struct bednet_metrics_http *http = *state;
    int fds[BEDNET_METRICS_CONNECTIONS_MAX];
    for (size_t i = 0; i < BEDNET_METRICS_CONNECTIONS_MAX; i++) {
        assert_true(bednet_metrics_http_has_room(http));
        fds[i] = join(http, START_NS);
        run(http, START_NS);
    }
    assert_false(bednet_metrics_http_has_room(http));
    int refused = join(http, START_NS);
    assert_true(hung_up(refused));
    close(refused);

    /* Whoever leaves, in whatever way, makes room. */
    close(fds[3]);
    run(http, START_NS);
    assert_true(bednet_metrics_http_has_room(http));
    fds[3] = join(http, START_NS);
    client_send(fds[3], SCRAPE, sizeof SCRAPE - 1);
    run(http, START_NS);
    char answer[65536];
    assert_true(client_read_all(fds[3], answer, sizeof answer, 1) > 0);
    assert_true(bednet_metrics_http_has_room(http));
    run(http, START_NS + BEDNET_METRICS_DEADLINE_NS);
    for (size_t i = 0; i < BEDNET_METRICS_CONNECTIONS_MAX; i++) {
        assert_true(hung_up(fds[i]));
        close(fds[i]);
    }
}

static void a_connection_is_for_one_request(void **state)
{
    struct bednet_metrics_http *http = *state;
    int fd = join(http, START_NS);
    client_send(fd, SCRAPE SCRAPE, 2 * (sizeof SCRAPE - 1));
    run(http, START_NS);
    char answer[131072];
    ssize_t length = client_read_all(fd, answer, sizeof answer, 1);
    assert_true(length > 0);
    assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
    assert_non_null(strstr(answer, "\r\nConnection: close\r\n"));
    assert_null(strstr(answer + 1, "HTTP/1."));
    assert_int_equal(bednet_metrics_http_wait_ms(http, START_NS), -1);
    close(fd);
}

/* Closing with connections in every state must not leak; the sanitizers watch. */
static void closing_drops_what_is_open(void **state)
{
    struct bednet_metrics_http *http = *state;
    size_t before = count_descriptors();
    int silent = join(http, START_NS);
    int half = join(http, START_NS);
    client_send(half, SCRAPE, 10);
    int whole = join(http, START_NS);
    client_send(whole, SCRAPE, sizeof SCRAPE - 1);
    int gone = join(http, START_NS);
    close(gone);
    bednet_metrics_http_close(http);
    assert_true(hung_up(silent) && hung_up(half) && hung_up(whole));
    close(silent);
    close(half);
    close(whole);
    *state = bednet_metrics_http_open();
    assert_non_null(*state);
    assert_int_equal(count_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_silent_client_meets_its_deadline, open_http, close_http),
        cmocka_unit_test_setup_teardown(a_dripping_client_meets_the_same_deadline, open_http, close_http),
        cmocka_unit_test_setup_teardown(a_client_that_does_not_read_meets_the_same_deadline, open_http,
                                        close_http),
        cmocka_unit_test_setup_teardown(the_wait_ends_at_the_next_deadline, open_http, close_http),
        cmocka_unit_test_setup_teardown(there_is_room_for_so_many_and_no_more, open_http, close_http),
        cmocka_unit_test_setup_teardown(a_connection_is_for_one_request, open_http, close_http),
        cmocka_unit_test_setup_teardown(closing_drops_what_is_open, open_http, close_http),
    };
    return cmocka_run_group_tests_name("metrics http", tests, NULL, NULL);
}
