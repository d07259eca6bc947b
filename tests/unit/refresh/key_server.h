/* SPDX-License-Identifier: Apache-2.0 */
/* The key server, for cmocka: what does not work fails the test. */
#ifndef BEDNET_TESTS_REFRESH_KEY_SERVER_H
#define BEDNET_TESTS_REFRESH_KEY_SERVER_H

#include "cmocka_first.h"

#include "refresh_server/child.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>

#define KEY_SERVER_FOLDER BEDNET_TEST_DATA "/../refresh_server"

struct key_server {
    struct key_server_child child;
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

/* Serves NAME.json and certificates of one folder; port 0: any. */
static inline void key_server_start(struct key_server *server, const char *folder, unsigned port,
                                    const char *path, bool plain)
{
    char port_text[16];
    snprintf(port_text, sizeof port_text, "%u", port);
    const char *const words[] = {"python3",
                                 KEY_SERVER_FOLDER "/server.py",
                                 "--keys",
                                 folder,
                                 "--certificates",
                                 plain ? "" : folder,
                                 "--port",
                                 port_text,
                                 "--path",
                                 path,
                                 NULL};
    assert_true(key_server_child_start(&server->child, words));
    server->port = server->child.port;
}

static inline void key_server_stop(struct key_server *server)
{
    assert_true(server->child.pid > 0);
    key_server_child_stop(&server->child);
}

/* The answer, valid until the next order. */
static inline const char *key_server_say(struct key_server *server, const char *order)
{
    if (!key_server_child_order(&server->child, order, server->answer, sizeof server->answer))
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
