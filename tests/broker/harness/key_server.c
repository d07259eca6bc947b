/* SPDX-License-Identifier: Apache-2.0 */
/* See key_server.h. */
#include "harness/key_server.h"
#include "harness/command.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct key_server {
    struct env *env;
    pid_t pid;
    FILE *orders;
    FILE *answers;
    int port;
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

static void become(struct env *env, int port, const int orders[2], const int answers[2])
{
    dup2(orders[0], STDIN_FILENO);
    dup2(answers[1], STDOUT_FILENO);
    execlp("python3", "python3", BEDNET_KEY_SERVER "/server.py", "--keys", env_folder(env), "--certificates",
           certificates(env), "--port", env_format(env, "%d", port), (char *)NULL);
    _exit(127);
}

void key_server_stop(struct key_server *server)
{
    if (server->pid > 0) {
        fclose(server->orders); /* it ends with its standard input */
        fclose(server->answers);
        waitpid(server->pid, NULL, 0);
        server->pid = 0;
    }
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
    int orders[2], answers[2];
    char ports[64];

    key_server_authority(env);
    /* What a broker inherited would keep the server's standard input open. */
    if (pipe2(orders, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0) {
        env_fail("pipe: %s", strerror(errno));
    }
    server->env = env;
    server->pid = fork();
    if (server->pid == 0) {
        become(env, port, orders, answers);
    }
    close(orders[0]);
    close(answers[1]);
    server->orders = fdopen(orders[1], "w");
    server->answers = fdopen(answers[0], "r");
    env_defer(env, release, server);
    if (server->pid < 0 || !fgets(ports, sizeof(ports), server->answers) ||
        sscanf(ports, "%d", &server->port) != 1) {
        env_fail("server.py does not start");
    }
    return server;
}

int key_server_port(const struct key_server *server)
{
    return server->port;
}

const char *key_server_url(const struct key_server *server)
{
    return env_format(server->env, "https://localhost:%d", server->port);
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
    fprintf(server->orders, "%s\n", order);
    free(order);
    fflush(server->orders);
    if (!fgets(answer, 8192, server->answers) || strncmp(answer, "error", 5) == 0) {
        env_fail("server.py: %s: %s", format, answer);
    }
    answer[strcspn(answer, "\n")] = '\0';
    return answer;
}
