/* SPDX-License-Identifier: Apache-2.0 */
/* A client of the metrics server for its tests: bytes in, bytes out, nothing that knows better than the test.
 */
#ifndef BEDNET_TESTS_METRICS_CLIENT_H
#define BEDNET_TESTS_METRICS_CLIENT_H

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SCRAPE "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"

static inline double client_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A connected socket, or -1 with errno. */
static inline int client_connect(const char *host, uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, host, &to.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

/* Sends as much as the peer takes; a peer that hung up is no error. */
static inline void client_send(int fd, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        count -= (size_t)sent;
    }
}

/*
 * Reads until the peer closes, NUL-terminates and returns the bytes; -1 when it stays open for `seconds`.
 * What does not fit is read and dropped.
 */
static inline ssize_t client_read_all(int fd, char *out, size_t out_bytes, double seconds)
{
    size_t length = 0;
    double until = client_now_s() + seconds;
    for (;;) {
        double left = until - client_now_s();
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        if (left <= 0 || poll(&readable, 1, (int)(left * 1000) + 1) <= 0)
            return -1;
        char rest[4096];
        bool fits = length + 1 < out_bytes;
        ssize_t got =
            recv(fd, fits ? out + length : rest, fits ? out_bytes - 1 - length : sizeof rest, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got <= 0) {
            out[length] = '\0';
            return (ssize_t)length;
        }
        if (fits)
            length += (size_t)got;
    }
}

/* One request on a connection of its own; the answer as client_read_all gives it. */
static inline ssize_t client_ask(uint16_t port, const char *request, size_t request_bytes, char *out,
                                 size_t out_bytes)
{
    int fd = client_connect("127.0.0.1", port);
    if (fd < 0)
        return -1;
    client_send(fd, request, request_bytes);
    ssize_t length = client_read_all(fd, out, out_bytes, 20);
    close(fd);
    return length;
}

/* Without the standard ones, which a thread has for as long as it takes to end. */
static inline size_t count_files(const char *path)
{
    size_t count = 0;
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        count += strtol(entry->d_name, NULL, 10) > STDERR_FILENO;
    if (folder != NULL)
        closedir(folder);
    return count;
}

/* Of all threads, for each may have a table of its own. */
static inline size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (const struct dirent *task; tasks != NULL && (task = readdir(tasks)) != NULL;) {
        char path[300];
        snprintf(path, sizeof path, "/proc/self/task/%.200s/fd", task->d_name);
        count += task->d_name[0] != '.' ? count_files(path) : 0;
    }
    if (tasks != NULL)
        closedir(tasks);
    return count;
}

/* The server's end of a connection may be closed a moment after the client's. */
static inline bool descriptors_return_to(size_t expected)
{
    for (int i = 0; i < 200 && count_descriptors() != expected; i++)
        poll(NULL, 0, 10);
    return count_descriptors() == expected;
}

#endif
