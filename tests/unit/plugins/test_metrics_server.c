/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics server over real sockets: hostile clients first, then many, then its life and death. */
#include "cmocka_first.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "metrics_client.h"
#include "plugins/metrics/http.h"
#include "plugins/metrics/server.h"
#include "runtime/counters.h"

#define ANSWER_BYTES 131072

static struct bednet_metrics_server *server;
static uint16_t port;
static char answer[ANSWER_BYTES];

static struct bednet_policy policy_for(const char *host, uint16_t listen_port)
{
    struct bednet_policy policy = {.path = BEDNET_TEXT_LITERAL("test.yaml")};
    policy.section[BEDNET_PLUGIN_METRICS] = (struct bednet_source){7, 1};
    policy.metrics.host = bednet_text(host);
    policy.metrics.port = listen_port;
    policy.metrics.source = (struct bednet_source){8, 11};
    return policy;
}

/* The diagnostics of the attempt are the caller's. */
static struct bednet_metrics_server *try_start(const char *host, uint16_t listen_port,
                                               struct bednet_diag *diag)
{
    struct bednet_policy policy = policy_for(host, listen_port);
    struct bednet_metrics_address address;
    struct bednet_metrics_server *made = NULL;
    if (bednet_metrics_address(&policy, diag, &address))
        bednet_metrics_server_start(&address, false, &policy, diag, &made);
    assert_int_equal(made == NULL, bednet_diag_failed(diag));
    return made;
}

static int start_on(uint16_t listen_port)
{
    struct bednet_diag *diag = bednet_diag_new();
    server = try_start("127.0.0.1", listen_port, diag);
    size_t remarks = bednet_diag_count(diag);
    bednet_diag_free(diag);
    if (server == NULL || remarks != 0)
        return -1;
    port = bednet_metrics_server_port(server);
    return 0;
}

static int start(void **state)
{
    (void)state;
    bednet_counters_reset();
    return start_on(0);
}

static int stop_server(void **state)
{
    (void)state;
    bednet_metrics_server_stop(server);
    server = NULL;
    return 0;
}

static ssize_t ask(const char *request)
{
    return client_ask(port, request, strlen(request), answer, sizeof answer);
}

static void assert_status(const char *request, const char *status)
{
    char expected[32];
    assert_true(ask(request) > 0);
    snprintf(expected, sizeof expected, "HTTP/1.1 %s ", status);
    assert_memory_equal(answer, expected, strlen(expected));
}

/* The server still works, and the page is whole. */
static void assert_scrape(void)
{
    assert_status(SCRAPE, "200");
    assert_non_null(strstr(answer, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
    const char *body = strstr(answer, "\r\n\r\n");
    const char *length = strstr(answer, "\r\nContent-Length: ");
    assert_non_null(body);
    assert_non_null(length);
    assert_int_equal(strtoul(length + strlen("\r\nContent-Length: "), NULL, 10), strlen(body + 4));
    assert_memory_equal(body + 4, "# HELP mosquitto_", 17);
    assert_int_equal(body[strlen(body) - 1], '\n');
}

/* With their count, for some have a NUL in the middle. */
#define REQUEST(bytes)                                                                                       \
    {                                                                                                        \
        bytes, sizeof bytes - 1                                                                              \
    }

/* Garbage gets an error or a closed connection, and nothing of it comes back. */
static void assert_refused(const char *bytes, size_t count)
{
    assert_true(client_ask(port, bytes, count, answer, sizeof answer) >= 0);
    assert_true(answer[0] == '\0' || strncmp(answer, "HTTP/1.1 4", 10) == 0 ||
                strncmp(answer, "HTTP/1.1 5", 10) == 0);
    assert_null(strstr(answer, "CANARY"));
}

static void garbage_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t count;
    } requests[] = {
        REQUEST("CANARY\r\n\r\n"),
        REQUEST("GET\r\n\r\n"),
        REQUEST("GET /metrics\r\n\r\n"),
        REQUEST("GET /metrics CANARY/1.1\r\n\r\n"),
        REQUEST("GET /metrics HTTP/9.9\r\nCANARY: x\r\n\r\n"),
        REQUEST("\x16\x03\x01\x02\x01\x01\x01\xfc\x03\x03 CANARY \r\n\r\n"),
        REQUEST("\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00 CANARY\r\n\r\n"),
        REQUEST("GET /metrics HTTP/1.1\r\nHost: x\r\nCANARY without colon\r\n\r\n"),
        REQUEST("GET /CANARY HTTP/1.1\r\nHost: CANARY\r\nX-CANARY: CANARY\r\n\r\n"),
        REQUEST("CANARY /metrics HTTP/1.1\r\nHost: x\r\n\r\n"),
        REQUEST("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nCANARY"),
        REQUEST("POST /CANARY HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nCANARY"),
        REQUEST("POST /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: "
                "3\r\n\r\nCANARY\r\n"),
        REQUEST("GET /\0CANARY HTTP/1.1\r\nHost: x\r\n\r\n"),
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        assert_refused(requests[i].bytes, requests[i].count);
    assert_scrape();
}

static void giant_requests_are_refused(void **state)
{
    (void)state;
    enum { GIANT = 1 << 20 };
    char *giant = malloc(GIANT);
    assert_non_null(giant);
    static const char *const starts[] = {
        "",
        "GET /",
        "GET /metrics?CANARY",
        "GET /metrics HTTP/1.1\r\nX-CANARY: ",
        "GET /metrics HTTP/1.1\r\nCookie: CANARY\r\nA: b\r\n c\r\n ",
    };
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        memset(giant, 'a', GIANT);
        memcpy(giant, starts[i], strlen(starts[i]));
        assert_refused(giant, GIANT);
    }
    free(giant);
    assert_scrape();
}

/* More than the memory of a connection, in many small parts. */
static void too_many_fields_are_refused(void **state)
{
    (void)state;
    char request[3 * BEDNET_METRICS_REQUEST_BYTES] = "GET /metrics HTTP/1.1\r\nHost: x\r\n";
    size_t length = strlen(request);
    while (length < sizeof request - 32)
        length += (size_t)snprintf(request + length, 32, "X-%zu: CANARY\r\n", length);
    memcpy(request + length, "\r\n", 2);
    assert_refused(request, length + 2);
    assert_scrape();
}

static void ordinary_headers_fit(void **state)
{
    (void)state;
    assert_status("GET /metrics HTTP/1.1\r\n"
                  "Host: broker.example:9234\r\n"
                  "User-Agent: Prometheus/2.42.0\r\n"
                  "Accept: application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                  "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\n"
                  "Accept-Encoding: gzip\r\n"
                  "X-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n",
                  "200");
}

static void other_paths_and_methods(void **state)
{
    (void)state;
    assert_status("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "404");
    assert_status("GET /metrics/x HTTP/1.1\r\nHost: x\r\n\r\n", "404");
    assert_status("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "404");
    static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        char request[128];
        snprintf(request, sizeof request, "%s /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd",
                 methods[i]);
        assert_status(request, "405");
        assert_non_null(strstr(answer, "\r\nAllow: GET, HEAD\r\n"));
    }
    assert_int_equal(strstr(answer, "mosquitto_") != NULL, false);
}

static void head_is_get_without_the_page(void **state)
{
    (void)state;
    static const char *const paths[] = {"/metrics", "/-/healthy"};
    for (size_t i = 0; i < 2; i++) {
        char request[64];
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", paths[i]);
        assert_status(request, "200");
        unsigned long length = strtoul(strstr(answer, "Content-Length: ") + 16, NULL, 10);
        snprintf(request, sizeof request, "HEAD %s HTTP/1.1\r\nHost: x\r\n\r\n", paths[i]);
        assert_status(request, "200");
        assert_int_equal(strtoul(strstr(answer, "Content-Length: ") + 16, NULL, 10), length);
        assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
    }
}

static void health_and_query_and_old_protocol(void **state)
{
    (void)state;
    assert_status("GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n", "200");
    assert_non_null(strstr(answer, "\r\n\r\nok\n"));
    assert_status("GET /metrics?name[]=up HTTP/1.1\r\nHost: x\r\n\r\n", "200");
    assert_true(ask("GET /metrics HTTP/1.0\r\n\r\n") > 0);
    assert_non_null(strstr(answer, " 200 "));
}

/* A pipelining client must ask again on a new connection: HTTP allows a server to close at any answer. */
static void pipelined_requests_get_one_answer(void **state)
{
    (void)state;
    assert_true(ask(SCRAPE SCRAPE SCRAPE) > 0);
    assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
    assert_null(strstr(answer + 1, "HTTP/1."));
    assert_scrape();
}

static void a_request_may_come_in_pieces(void **state)
{
    (void)state;
    int fd = client_connect("127.0.0.1", port);
    assert_true(fd >= 0);
    for (size_t i = 0; i < sizeof SCRAPE - 1; i++) {
        client_send(fd, &SCRAPE[i], 1);
        poll(NULL, 0, 1);
    }
    assert_true(client_read_all(fd, answer, sizeof answer, 5) > 0);
    assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
    close(fd);
}

static void scrapes_are_counted(void **state)
{
    (void)state;
    assert_scrape();
    assert_scrape();
    assert_status("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "200");
    assert_status("GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n", "200");
    assert_scrape();
    assert_non_null(strstr(answer, "\nmosquitto_metrics_scrapes_total 2\n"));
}

/*
 * Every place is taken by a client that drips, which no limit of silence would end. An honest scrape waits
 * until their time is up, and not longer.
 */
static void slow_clients_hold_nobody_up_for_long(void **state)
{
    (void)state;
    int slow[BEDNET_METRICS_CONNECTIONS_MAX];
    for (size_t i = 0; i < BEDNET_METRICS_CONNECTIONS_MAX; i++) {
        slow[i] = client_connect("127.0.0.1", port);
        assert_true(slow[i] >= 0);
        client_send(slow[i], "GET /", 5);
    }
    poll(NULL, 0, 200);
    double begun = client_now_s();
    int honest = client_connect("127.0.0.1", port);
    client_send(honest, SCRAPE, sizeof SCRAPE - 1);
    while (client_read_all(honest, answer, sizeof answer, 0.25) < 0) {
        assert_true(client_now_s() - begun < 7);
        for (size_t i = 0; i < BEDNET_METRICS_CONNECTIONS_MAX; i++)
            client_send(slow[i], "a", 1);
    }
    assert_true(client_now_s() - begun > 3);
    for (size_t i = 0; i < BEDNET_METRICS_CONNECTIONS_MAX; i++) {
        assert_true(client_read_all(slow[i], answer, sizeof answer, 2) >= 0);
        close(slow[i]);
    }
    close(honest);
    assert_scrape();
}

static void a_thousand_scrapes_in_a_row(void **state)
{
    (void)state;
    size_t before = count_descriptors();
    for (int i = 0; i < 1000; i++) {
        assert_true(client_ask(port, SCRAPE, sizeof SCRAPE - 1, answer, sizeof answer) > 0);
        assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
    }
    assert_scrape();
    assert_true(descriptors_return_to(before));
}

static void fifty_scrapes_at_once(void **state)
{
    (void)state;
    int fds[50];
    for (size_t i = 0; i < 50; i++) {
        fds[i] = client_connect("127.0.0.1", port);
        assert_true(fds[i] >= 0);
    }
    /* Those that connected first ask last, while the others wait for their places. */
    for (size_t i = 50; i-- > 0;)
        client_send(fds[i], SCRAPE, sizeof SCRAPE - 1);
    for (size_t i = 0; i < 50; i++) {
        assert_true(client_read_all(fds[i], answer, sizeof answer, 20) > 0);
        assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
        close(fds[i]);
    }
}

static atomic_bool counting;

static void *count_on(void *argument)
{
    (void)argument;
    const struct bednet_decision denial = {.verdict = BEDNET_DENY, .reason = BEDNET_REASON_NO_RULE};
    while (atomic_load(&counting)) {
        bednet_count_decision(BEDNET_PLUGIN_ACL, BEDNET_ACTION_PUBLISH, &denial);
        bednet_gauge_add(BEDNET_GAUGE_CONNECTIONS, 1);
    }
    return NULL;
}

/* The broker counts while the server renders: for ThreadSanitizer. */
static void scrapes_while_the_broker_counts(void **state)
{
    (void)state;
    pthread_t broker;
    atomic_store(&counting, true);
    assert_int_equal(pthread_create(&broker, NULL, count_on, NULL), 0);
    for (int i = 0; i < 100; i++)
        assert_scrape();
    atomic_store(&counting, false);
    pthread_join(broker, NULL);
}

static double cpu_seconds(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* Nobody has a descriptor left. The scrape waits, and the thread must not burn a core meanwhile. */
static void out_of_descriptors_it_waits_without_spinning(void **state)
{
    (void)state;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit none = {.rlim_cur = STDERR_FILENO + 1, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connected = connect(fd, (const struct sockaddr *)&to, sizeof to);
    client_send(fd, SCRAPE, sizeof SCRAPE - 1);
    double used = cpu_seconds();
    ssize_t early = client_read_all(fd, answer, sizeof answer, 1);
    used = cpu_seconds() - used;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(connected, 0);
    assert_int_equal(early, -1);
    assert_true(used < 0.3);
    assert_true(client_read_all(fd, answer, sizeof answer, 5) > 0);
    assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
    close(fd);
}

/*
 * What the broker closes is closed at once, although it was open when the server started; and a full broker
 * can still be looked into.
 */
static void it_shares_no_descriptors_with_the_broker(void **state)
{
#ifdef BEDNET_THREAD_SANITIZER
    skip(); /* there all is shared */
#endif
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(client >= 0);
    stop_server(state);
    assert_int_equal(start(state), 0);
    close(ends[0]);
    assert_int_equal(read(ends[1], answer, sizeof answer), 0);
    close(ends[1]);
    int filled[64];
    size_t count = 0;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit few = {.rlim_cur = (rlim_t)client + 32, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (count < 64 && (filled[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        count++;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connected = connect(client, (const struct sockaddr *)&to, sizeof to);
    client_send(client, SCRAPE, sizeof SCRAPE - 1);
    ssize_t length = client_read_all(client, answer, sizeof answer, 20);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (size_t i = 0; i < count; i++)
        close(filled[i]);
    close(client);
    assert_int_equal(connected, 0);
    assert_between(count, 1, 63);
    assert_true(length > 0);
    assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
}

/* The file of the task that bears our name, or NULL. */
static FILE *open_thread_status(void)
{
    DIR *tasks = opendir("/proc/self/task");
    FILE *found = NULL;
    for (const struct dirent *entry; found == NULL && (entry = readdir(tasks)) != NULL;) {
        char path[300];
        char name[64] = "";
        snprintf(path, sizeof path, "/proc/self/task/%.200s/status", entry->d_name);
        FILE *status = fopen(path, "r");
        if (status != NULL && fgets(name, sizeof name, status) != NULL &&
            strstr(name, "bednet-metrics") != NULL)
            found = status;
        else if (status != NULL)
            fclose(status);
    }
    closedir(tasks);
    return found;
}

/* SIGHUP, SIGTERM and the like are for the broker's thread; what cannot be blocked is KILL and STOP, and the
 * two of the C library. */
static void its_thread_takes_no_signals(void **state)
{
    (void)state;
    /* A thread that has not begun to run blocks everything. */
    assert_scrape();
    FILE *status = open_thread_status();
    assert_non_null(status);
    unsigned long long blocked = 0;
    for (char line[256]; fgets(line, sizeof line, status) != NULL;)
        sscanf(line, "SigBlk: %llx", &blocked);
    fclose(status);
    const unsigned long long exempt =
        1ull << (9 - 1) | 1ull << (19 - 1) | 1ull << (32 - 1) | 1ull << (33 - 1);
    assert_true((blocked | exempt) == ~0ull);
    sigset_t mine;
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mine), 0);
    assert_int_equal(sigismember(&mine, SIGHUP), 0);
}

static void stopping_waits_for_nobody(void **state)
{
    size_t before = count_descriptors();
    int silent = client_connect("127.0.0.1", port);
    int half = client_connect("127.0.0.1", port);
    client_send(half, SCRAPE, 10);
    int deaf = client_connect("127.0.0.1", port);
    client_send(deaf, SCRAPE, sizeof SCRAPE - 1);
    poll(NULL, 0, 100);
    double begun = client_now_s();
    stop_server(state);
    assert_true(client_now_s() - begun < 1);
    assert_true(client_read_all(silent, answer, sizeof answer, 1) >= 0);
    assert_true(client_read_all(half, answer, sizeof answer, 1) >= 0);
    close(silent);
    close(half);
    close(deaf);
    assert_int_equal(client_connect("127.0.0.1", port), -1);
    assert_int_equal(start_on(port), 0);
    assert_true(descriptors_return_to(before));
}

/* The server closes first, so its ports linger; a broker that restarts must not stumble over them. */
static void it_restarts_on_its_port(void **state)
{
    size_t before = count_descriptors();
    for (int i = 0; i < 20; i++) {
        uint16_t old_port = port;
        assert_scrape();
        stop_server(state);
        assert_int_equal(start_on(old_port), 0);
        assert_int_equal(port, old_port);
    }
    assert_scrape();
    assert_true(descriptors_return_to(before));
}

static void assert_cannot_start(const char *host, uint16_t listen_port, const char *expected)
{
    struct bednet_diag *diag = bednet_diag_new();
    size_t before = count_descriptors();
    assert_null(try_start(host, listen_port, diag));
    assert_int_equal(bednet_diag_count(diag), 1);
    char text[600];
    bednet_diag_format(bednet_diag_at(diag, 0), text, sizeof text);
    if (strstr(text, expected) == NULL || strncmp(text, "test.yaml:8:11: ", 16) != 0)
        fail_msg("'%s' does not say '%s'", text, expected);
    assert_true(descriptors_return_to(before));
    bednet_diag_free(diag);
}

static void an_address_that_cannot_be_had_is_said(void **state)
{
    (void)state;
    char expected[128];
    snprintf(expected, sizeof expected, "127.0.0.1:%u: Address already in use", (unsigned)port);
    assert_cannot_start("127.0.0.1", port, expected);
    assert_cannot_start("192.0.2.1", 9234, "192.0.2.1:9234: Cannot assign requested address");
    assert_cannot_start("2001:db8::1", 9234, "[2001:db8::1]:9234: ");
    static const char *const hosts[] = {"",
                                        "localhost",
                                        "127.0.0.1 ",
                                        "127.0.0.256",
                                        "[::1]",
                                        "127.1",
                                        "::1%lo",
                                        "0x7f000001",
                                        "12345:12345:12345:12345:12345:12345:12345:123.123.123.123"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        assert_cannot_start(hosts[i], 0, "no address");
    assert_cannot_start(NULL, 0, "no address");
    assert_scrape();
}

static void without_descriptors_it_refuses_to_start(void **state)
{
    (void)state;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    /* As many free descriptors as `left`, of the several that it takes. */
    rlim_t lowest = (rlim_t)open("/dev/null", O_RDONLY);
    close((int)lowest);
    bool started = false;
    for (rlim_t left = 0; left < 8 && !started; left++) {
        struct bednet_diag *diag = bednet_diag_new();
        struct rlimit tight = {.rlim_cur = lowest + left, .rlim_max = before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
        struct bednet_metrics_server *made = try_start("127.0.0.1", 0, diag);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        started = made != NULL;
        assert_true(left > 0 || !started);
        bednet_metrics_server_stop(made);
        bednet_diag_free(diag);
        assert_int_equal(open("/dev/null", O_RDONLY), lowest);
        close((int)lowest);
    }
    assert_true(started);
}

static void others_than_this_machine_are_a_warning(void **state)
{
    (void)state;
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_metrics_server *open_to_all = try_start("0.0.0.0", 0, diag);
    assert_non_null(open_to_all);
    assert_int_equal(bednet_diag_count(diag), 1);
    assert_int_equal(bednet_diag_at(diag, 0)->severity, BEDNET_WARNING);
    bednet_metrics_server_stop(open_to_all);
    bednet_diag_free(diag);

    diag = bednet_diag_new();
    struct bednet_metrics_server *second = try_start("127.0.0.2", 0, diag);
    assert_non_null(second);
    assert_int_equal(bednet_diag_count(diag), 0);
    bednet_metrics_server_stop(second);
    bednet_diag_free(diag);
}

static void it_serves_ipv6(void **state)
{
    (void)state;
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_metrics_server *six = try_start("::1", 0, diag);
    bednet_diag_free(diag);
    if (six == NULL)
        skip(); /* a machine without IPv6 */
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    to.sin6_port = htons(bednet_metrics_server_port(six));
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    client_send(fd, SCRAPE, sizeof SCRAPE - 1);
    assert_true(client_read_all(fd, answer, sizeof answer, 5) > 0);
    assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
    close(fd);
    bednet_metrics_server_stop(six);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop_server)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(garbage_is_refused),
        TEST(giant_requests_are_refused),
        TEST(too_many_fields_are_refused),
        TEST(slow_clients_hold_nobody_up_for_long),
        TEST(out_of_descriptors_it_waits_without_spinning),
        TEST(it_shares_no_descriptors_with_the_broker),
        TEST(other_paths_and_methods),
        TEST(head_is_get_without_the_page),
        TEST(health_and_query_and_old_protocol),
        TEST(ordinary_headers_fit),
        TEST(pipelined_requests_get_one_answer),
        TEST(a_request_may_come_in_pieces),
        TEST(scrapes_are_counted),
        TEST(a_thousand_scrapes_in_a_row),
        TEST(fifty_scrapes_at_once),
        TEST(scrapes_while_the_broker_counts),
        TEST(its_thread_takes_no_signals),
        TEST(stopping_waits_for_nobody),
        TEST(it_restarts_on_its_port),
        TEST(an_address_that_cannot_be_had_is_said),
        TEST(without_descriptors_it_refuses_to_start),
        TEST(others_than_this_machine_are_a_warning),
        TEST(it_serves_ipv6),
    };
    return cmocka_run_group_tests_name("metrics server", tests, NULL, NULL);
}
