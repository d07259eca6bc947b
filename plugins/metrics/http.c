/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmicrohttpd's own time limit is one of silence: a client that sends a byte every four seconds keeps its
 * place for hours, and eight of them would end all scraping. So each connection is shut down at a deadline,
 * and lasts for one request only.
 */
#include "plugins/metrics/http.h"
#include "plugins/metrics/page.h"
#include "runtime/counters.h"

#include <limits.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* `fd` is -1 in a free slot. */
struct slot {
    int fd;
    bool overdue;
    uint64_t deadline_ns;
};

struct bednet_metrics_http {
    struct MHD_Daemon *daemon;
    int epoll;
    struct slot slots[BEDNET_METRICS_CONNECTIONS_MAX];
};

static struct slot *find_slot(struct bednet_metrics_http *http, int fd)
{
    for (size_t i = 0; i < BEDNET_METRICS_CONNECTIONS_MAX; i++) {
        if (http->slots[i].fd == fd)
            return &http->slots[i];
    }
    return NULL;
}

static void release_slot(struct bednet_metrics_http *http, int fd)
{
    struct slot *slot = find_slot(http, fd);
    if (slot != NULL)
        slot->fd = -1;
}

static void connection_changed(void *context, struct MHD_Connection *connection, void **socket_context,
                               enum MHD_ConnectionNotificationCode code)
{
    (void)socket_context;
    if (code != MHD_CONNECTION_NOTIFY_CLOSED)
        return;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL)
        release_slot(context, info->connect_fd);
}

static struct MHD_Response *make_response(const struct bednet_metrics_answer *answer)
{
    /* The library only reads a persistent buffer, it merely does not say so. */
    void *body = answer->page != NULL ? answer->page : (void *)(uintptr_t)answer->text;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->text_bytes, body, answer->page != NULL ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        free(answer->page);
        return NULL;
    }
    if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type) == MHD_YES &&
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close") == MHD_YES &&
        (answer->allow == NULL ||
         MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, answer->allow) == MHD_YES))
        return response;
    MHD_destroy_response(response);
    return NULL;
}

/* Called when the header of a request is complete; a body, if any, is not waited for. */
static enum MHD_Result handle_request(void *context, struct MHD_Connection *connection, const char *path,
                                      const char *method, const char *version, const char *upload,
                                      size_t *upload_bytes, void **request)
{
    (void)context;
    (void)version;
    (void)upload;
    (void)upload_bytes;
    (void)request;
    struct bednet_metrics_answer answer;
    bednet_metrics_answer(method, path, &answer);
    bool scrape = answer.page != NULL && strcmp(method, "GET") == 0;
    struct MHD_Response *response = make_response(&answer);
    if (response == NULL)
        return MHD_NO;
    enum MHD_Result queued = MHD_queue_response(connection, answer.status, response);
    MHD_destroy_response(response);
    if (scrape && queued == MHD_YES)
        bednet_count(BEDNET_COUNTER_SCRAPES);
    return queued;
}

struct bednet_metrics_http *bednet_metrics_http_open(void)
{
    struct bednet_metrics_http *http = calloc(1, sizeof *http);
    if (http == NULL)
        return NULL;
    for (size_t i = 0; i < BEDNET_METRICS_CONNECTIONS_MAX; i++)
        http->slots[i].fd = -1;
    /* Without MHD_USE_ERROR_LOG, for the broker's standard error is not ours. */
    http->daemon =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, handle_request, NULL,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)BEDNET_METRICS_CONNECTIONS_MAX,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)BEDNET_METRICS_REQUEST_BYTES,
                         MHD_OPTION_NOTIFY_CONNECTION, connection_changed, http, MHD_OPTION_END);
    if (http->daemon == NULL) {
        free(http);
        return NULL;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    http->epoll = info != NULL ? info->epoll_fd : -1;
    if (http->epoll < 0) {
        bednet_metrics_http_close(http);
        return NULL;
    }
    return http;
}

void bednet_metrics_http_close(struct bednet_metrics_http *http)
{
    if (http == NULL)
        return;
    MHD_stop_daemon(http->daemon);
    free(http);
}

bool bednet_metrics_http_has_room(const struct bednet_metrics_http *http)
{
    for (size_t i = 0; i < BEDNET_METRICS_CONNECTIONS_MAX; i++) {
        if (http->slots[i].fd < 0)
            return true;
    }
    return false;
}

void bednet_metrics_http_add(struct bednet_metrics_http *http, int fd, uint64_t now_ns)
{
    struct slot *slot = find_slot(http, -1);
    if (slot == NULL) {
        close(fd);
        return;
    }
    *slot = (struct slot){.fd = fd, .deadline_ns = now_ns + BEDNET_METRICS_DEADLINE_NS};
    /* Nobody asks for the address. The library wants one, and closes the socket when it fails. */
    const struct sockaddr_in nowhere = {.sin_family = AF_INET};
    if (MHD_add_connection(http->daemon, fd, (const struct sockaddr *)&nowhere, sizeof nowhere) != MHD_YES)
        release_slot(http, fd);
}

int bednet_metrics_http_fd(const struct bednet_metrics_http *http)
{
    return http->epoll;
}

int bednet_metrics_http_wait_ms(struct bednet_metrics_http *http, uint64_t now_ns)
{
    MHD_UNSIGNED_LONG_LONG pending_ms;
    uint64_t wait_ms = UINT64_MAX;
    if (MHD_get_timeout(http->daemon, &pending_ms) == MHD_YES)
        wait_ms = pending_ms;
    for (size_t i = 0; i < BEDNET_METRICS_CONNECTIONS_MAX; i++) {
        const struct slot *slot = &http->slots[i];
        if (slot->fd < 0 || slot->overdue)
            continue;
        uint64_t left_ns = slot->deadline_ns > now_ns ? slot->deadline_ns - now_ns : 0;
        if (left_ns / 1000000 + 1 < wait_ms)
            wait_ms = left_ns / 1000000 + 1;
    }
    if (wait_ms == UINT64_MAX)
        return -1;
    return wait_ms < INT_MAX ? (int)wait_ms : INT_MAX;
}

/* The library sees the end of the stream, as if the client had gone, and closes the socket. */
static void shut_overdue(struct bednet_metrics_http *http, uint64_t now_ns)
{
    for (size_t i = 0; i < BEDNET_METRICS_CONNECTIONS_MAX; i++) {
        struct slot *slot = &http->slots[i];
        if (slot->fd < 0 || slot->overdue || now_ns < slot->deadline_ns)
            continue;
        slot->overdue = true;
        shutdown(slot->fd, SHUT_RDWR);
    }
}

void bednet_metrics_http_run(struct bednet_metrics_http *http, uint64_t now_ns)
{
    shut_overdue(http, now_ns);
    MHD_run(http->daemon);
}
