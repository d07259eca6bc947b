/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a client into the metrics server's HTTP, in one thread and with a clock of our own. The first byte
 * of an input says into how many parts the rest is cut. Whatever comes: the answer is nothing or HTTP, only a
 * GET or HEAD gets a page, and the connection ends with its client or at its deadline.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "plugins/metrics/http.h"

#define ANSWER_BYTES (1 << 20)
#define START_NS     UINT64_C(1000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char answer[ANSWER_BYTES];
static size_t answer_bytes;

static void check(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n%.*s\n", what, (int)answer_bytes, answer);
    abort();
}

/* Reads what is there; returns 0 once the server has hung up. */
static int read_answer(int fd)
{
    for (;;) {
        ssize_t got = recv(fd, answer + answer_bytes, sizeof answer - answer_bytes, MSG_DONTWAIT);
        if (got <= 0)
            return got < 0 && errno == EAGAIN;
        answer_bytes += (size_t)got;
        check(answer_bytes < sizeof answer, "an answer without end");
    }
}

/* The server has no work left when it neither waits for a timeout of now nor says more. */
static int run(struct bednet_metrics_http *http, int fd, uint64_t now_ns)
{
    int open = 1;
    for (int i = 0; i < 16 && open; i++) {
        bednet_metrics_http_run(http, now_ns);
        open = read_answer(fd);
    }
    return open;
}

static void check_answer(const uint8_t *request, size_t size)
{
    if (answer_bytes == 0)
        return;
    check(answer_bytes > 12 && memcmp(answer, "HTTP/1.", 7) == 0, "an answer that is not HTTP");
    check(memmem(answer, answer_bytes, "\r\n\r\n", 4) != NULL, "a header without end");
    /* A method that goes on after a NUL is GET or HEAD to the handler, but no HEAD to libmicrohttpd 0.9.75.
     */
    if (memmem(answer, answer_bytes, "mosquitto_", 10) != NULL)
        check(memmem(request, size, "GET", 3) != NULL || memmem(request, size, "HEAD\0", 5) != NULL,
              "a page for something else than GET");
    /* Of its own errors, libmicrohttpd 0.9.75 sends some headers twice; a request is answered but once. */
    const char *granted = memmem(answer, answer_bytes, " 200 OK\r\n", 9);
    if (granted != NULL)
        check(memmem(granted + 9, answer_bytes - (size_t)(granted + 9 - answer), "\nHTTP/1.", 8) == NULL,
              "a second answer on one connection");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    size_t part = (size - 1) / (data[0] % 16 + 1u) + 1;
    data++;
    size--;
    int ends[2];
    struct bednet_metrics_http *http = bednet_metrics_http_open();
    answer_bytes = 0;
    check(http != NULL && socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0,
          "cannot start");
    bednet_metrics_http_add(http, ends[1], START_NS);

    uint64_t now_ns = START_NS;
    int open = run(http, ends[0], now_ns);
    for (size_t sent = 0; sent < size && open; now_ns += 1000) {
        size_t count = size - sent < part ? size - sent : part;
        ssize_t taken = send(ends[0], data + sent, count, MSG_NOSIGNAL);
        if (taken > 0)
            sent += (size_t)taken;
        open = run(http, ends[0], now_ns);
        if (taken < 0)
            break;
    }
    if (open && size % 2 == 0) {
        shutdown(ends[0], SHUT_WR);
        open = run(http, ends[0], now_ns);
    }
    if (open)
        open = run(http, ends[0], START_NS + BEDNET_METRICS_DEADLINE_NS);
    check(!open, "a connection beyond its deadline");
    check(bednet_metrics_http_wait_ms(http, now_ns) == -1, "a connection that was not forgotten");
    check_answer(data, size);
    close(ends[0]);
    bednet_metrics_http_close(http);
    return 0;
}
