/* SPDX-License-Identifier: Apache-2.0 */
/* tests/refresh_server/server.py as a child of the test, told what to do through its standard input. */
#ifndef BEDNET_TESTS_REFRESH_KEY_SERVER_H
#define BEDNET_TESTS_REFRESH_KEY_SERVER_H

#include "cmocka_first.h"

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEY_SERVER_FOLDER BEDNET_TEST_DATA "/../refresh_server"

struct key_server {
    pid_t pid;
    FILE *orders;
    FILE *answers;
    unsigned port;
    char answer[4096]; /* to the last order */
};

/* Runs a program and waits for it. */
static inline int key_server_run(const char *program, const char *argument)
{
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        execl(program, program, argument, (char *)NULL);
        _exit(127);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

static inline void key_server_exec(const char *folder, const char *port, const char *path, bool plain)
{
    const char *certificates = plain ? "" : folder;
    execlp("python3", "python3", KEY_SERVER_FOLDER "/server.py", "--keys", folder, "--certificates",
           certificates, "--port", port, "--path", path, (char *)NULL);
    _exit(127);
}

/* Serves NAME.json and certificates of one folder; port 0: any. */
static inline void key_server_start(struct key_server *server, const char *folder, unsigned port,
                                    const char *path, bool plain)
{
    int orders[2];
    int answers[2];
    char port_text[16];
    unsigned control;
    snprintf(port_text, sizeof port_text, "%u", port);
    assert_int_equal(pipe(orders), 0);
    assert_int_equal(pipe(answers), 0);
    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0) {
        dup2(orders[0], STDIN_FILENO);
        dup2(answers[1], STDOUT_FILENO);
        close(orders[0]);
        close(orders[1]);
        close(answers[0]);
        close(answers[1]);
        key_server_exec(folder, port_text, path, plain);
    }
    close(orders[0]);
    close(answers[1]);
    server->orders = fdopen(orders[1], "w");
    server->answers = fdopen(answers[0], "r");
    assert_true(fgets(server->answer, sizeof server->answer, server->answers) != NULL);
    assert_int_equal(sscanf(server->answer, "%u %u", &server->port, &control), 2);
}

/* Ends with its standard input. */
static inline void key_server_stop(struct key_server *server)
{
    fclose(server->orders);
    fclose(server->answers);
    assert_int_equal(waitpid(server->pid, NULL, 0), server->pid);
}

/* The answer, valid until the next order. */
static inline const char *key_server_say(struct key_server *server, const char *order)
{
    fprintf(server->orders, "%s\n", order);
    fflush(server->orders);
    assert_true(fgets(server->answer, sizeof server->answer, server->answers) != NULL);
    server->answer[strcspn(server->answer, "\n")] = '\0';
    if (strncmp(server->answer, "error", 5) == 0)
        fail_msg("%s: %s", order, server->answer);
    return server->answer;
}

static inline void key_server_tell(struct key_server *server, const char *verb, const char *value)
{
    char order[256];
    snprintf(order, sizeof order, "%s %s", verb, value);
    assert_string_equal(key_server_say(server, order), "ok");
}

static inline long key_server_count(struct key_server *server, const char *path)
{
    char order[256];
    snprintf(order, sizeof order, "count %s", path);
    return strtol(key_server_say(server, order), NULL, 10);
}

#endif
