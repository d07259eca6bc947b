/* SPDX-License-Identifier: Apache-2.0 */
/* See key_server.h. */
#include "harness/key_server.h"
#include "harness/command.h"
#include "refresh_server/child.h"
#include <stdlib.h>

struct key_server {
    struct env *env;
    struct key_server_child child;
};

static const char *certificates(struct env *env)
{
    return env_format(env, "%s/certificates", env_folder(env));
}

const char *key_server_authority(struct env *env)
{
    const char *file = env_format(env, "%s/ca.crt", certificates(env));

    if (access(file, R_OK) != 0) {
        free(command_output(
            (const char *const[]){"sh", BEDNET_KEY_SERVER "/certificates.sh", certificates(env), NULL}, NULL,
            0, NULL));
    }
    if (access(file, R_OK) != 0) {
        env_fail("certificates.sh made no certificates");
    }
    return file;
}

void key_server_stop(struct key_server *server)
{
    key_server_child_stop(&server->child);
}

static int release(void *thing, bool passed)
{
    (void)passed;
    key_server_stop(thing);
    return 0;
}

struct key_server *key_server_start(struct env *env, int port)
{
    struct key_server *server = env_alloc(env, sizeof(*server));

    key_server_authority(env);
    const char *const words[] = {"python3",
                                 BEDNET_KEY_SERVER "/server.py",
                                 "--keys",
                                 env_folder(env),
                                 "--certificates",
                                 certificates(env),
                                 "--port",
                                 env_format(env, "%d", port),
                                 NULL};
    server->env = env;
    if (!key_server_child_start(&server->child, words)) {
        env_fail("server.py does not start");
    }
    env_defer(env, release, server);
    return server;
}

int key_server_port(const struct key_server *server)
{
    return (int)server->child.port;
}

const char *key_server_url(const struct key_server *server)
{
    return env_format(server->env, "https://localhost:%u", server->child.port);
}

const char *key_server_order(struct key_server *server, const char *format, ...)
{
    char *order = NULL, *answer = env_alloc(server->env, 8192);
    va_list args;

    va_start(args, format);
    int length = vasprintf(&order, format, args);
    va_end(args);
    if (length < 0) {
        env_fail("out of memory");
    }
    bool good = key_server_child_order(&server->child, order, answer, 8192);
    free(order);
    if (!good) {
        env_fail("server.py: %s: %s", format, answer);
    }
    return answer;
}
