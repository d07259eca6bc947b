/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/metrics/server.h"
#include "plugins/metrics/http.h"
#include "runtime/clock.h"
#include "thread/thread.h"

#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* How long nobody is accepted after the system ran out of descriptors or memory: without a pause the waiting
 * connection would keep this thread spinning. */
#define PAUSE_NS UINT64_C(100000000)
#define PAUSE_MS 100

struct bednet_metrics_server {
    struct bednet_metrics_address address;
    int listener;
    int stop; /* eventfd; readable when the thread is to end */
    pthread_t thread;
    sem_t begun; /* posted when `error` says whether the thread can serve */
    int error;   /* an errno, or 0 */

    struct bednet_metrics_http *http; /* the thread's */
};

enum { STOP, CONNECTIONS, LISTENER, WATCHED };

/* False when the system has no room for another connection. */
static bool accept_one(struct bednet_metrics_server *server, uint64_t now_ns)
{
    int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
    bednet_metrics_http_add(server->http, fd, now_ns);
    return true;
}

static int wait_ms(struct bednet_metrics_server *server, bool paused, uint64_t now_ns)
{
    int wait = bednet_metrics_http_wait_ms(server->http, now_ns);
    return paused && (wait < 0 || wait > PAUSE_MS) ? PAUSE_MS : wait;
}

static void serve(struct bednet_metrics_server *server)
{
    uint64_t accept_from_ns = 0;
    for (;;) {
        uint64_t now_ns = bednet_clock_monotonic_ns();
        bool paused = now_ns < accept_from_ns;
        bool accepting = !paused && bednet_metrics_http_has_room(server->http);
        struct pollfd watched[WATCHED] = {
            [STOP] = {.fd = server->stop, .events = POLLIN},
            [CONNECTIONS] = {.fd = bednet_metrics_http_fd(server->http), .events = POLLIN},
            [LISTENER] = {.fd = accepting ? server->listener : -1, .events = POLLIN},
        };
        if (poll(watched, WATCHED, wait_ms(server, paused, now_ns)) < 0) {
            /* Only for want of kernel memory: signals are blocked. */
            poll(NULL, 0, PAUSE_MS);
            continue;
        }
        if (watched[STOP].revents != 0)
            return;
        now_ns = bednet_clock_monotonic_ns();
        if (watched[LISTENER].revents != 0 && !accept_one(server, now_ns))
            accept_from_ns = now_ns + PAUSE_NS;
        bednet_metrics_http_run(server->http, now_ns);
    }
}

static void work(void *argument)
{
    struct bednet_metrics_server *server = argument;
    errno = 0;
    server->http = bednet_metrics_http_open();
    if (server->http == NULL)
        server->error = errno != 0 ? errno : ENOMEM;
    sem_post(&server->begun);
    if (server->http != NULL)
        serve(server);
    bednet_metrics_http_close(server->http);
}

/* Opens all that nobody outside sees. Returns an errno: then there is no thread. */
static int open_inside(struct bednet_metrics_server *server)
{
    server->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->stop < 0)
        return errno;
    const struct bednet_thread_work serving = {
        .run = work, .argument = server, .kept = {server->listener, server->stop}, .kept_count = 2};
    int error = bednet_thread_start(&server->thread, "bednet-metrics", &serving);
    if (error != 0)
        return error;
    while (sem_wait(&server->begun) != 0) {
        /* Interrupted, by one of the broker's signals. */
    }
    if (server->error != 0)
        pthread_join(server->thread, NULL);
    return server->error;
}

/* Everything but the thread. */
static void release(struct bednet_metrics_server *server)
{
    if (server->stop >= 0)
        close(server->stop);
    if (server->listener >= 0)
        close(server->listener);
    sem_destroy(&server->begun);
    free(server);
}

static void report(const struct bednet_policy *policy, struct bednet_diag *diag, int error)
{
    char text[128];
    bednet_diag_add(diag, BEDNET_ERROR, policy->path.ptr, policy->metrics.source,
                    "cannot start the metrics server: %s", strerror_r(error, text, sizeof text));
}

enum bednet_status bednet_metrics_server_start(const struct bednet_metrics_address *address, bool share,
                                               const struct bednet_policy *policy, struct bednet_diag *diag,
                                               struct bednet_metrics_server **server)
{
    struct bednet_metrics_server *made = calloc(1, sizeof *made);
    if (made == NULL) {
        report(policy, diag, ENOMEM);
        return BEDNET_NOMEM;
    }
    made->address = *address;
    made->stop = -1;
    sem_init(&made->begun, 0, 0);
    made->listener = bednet_metrics_listen(&made->address, share, policy, diag);
    if (made->listener < 0) {
        release(made);
        return BEDNET_IO;
    }
    int error = open_inside(made);
    if (error != 0) {
        report(policy, diag, error);
        release(made);
        return error == ENOMEM ? BEDNET_NOMEM : BEDNET_IO;
    }
    *server = made;
    return BEDNET_OK;
}

void bednet_metrics_server_stop(struct bednet_metrics_server *server)
{
    if (server == NULL)
        return;
    /* Cannot fail: the counter of a fresh eventfd is far from full. */
    eventfd_write(server->stop, 1);
    pthread_join(server->thread, NULL);
    release(server);
}

uint16_t bednet_metrics_server_port(const struct bednet_metrics_server *server)
{
    return bednet_metrics_address_port(&server->address);
}

void bednet_metrics_server_share(struct bednet_metrics_server *server)
{
    bednet_metrics_listener_share(server->listener);
}
