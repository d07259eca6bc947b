/* SPDX-License-Identifier: Apache-2.0 */
/* server.py as a child of the test, told what to do through its standard input, with which it ends. */
#ifndef BEDNET_TESTS_REFRESH_SERVER_CHILD_H
#define BEDNET_TESTS_REFRESH_SERVER_CHILD_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct key_server_child {
    pid_t pid; /* 0 once it was stopped */
    FILE *orders;
    FILE *answers;
    unsigned port; /* of the keys */
};

static inline void key_server_child_exec(const char *const *words, int orders, int answers)
{
    dup2(orders, STDIN_FILENO);
    dup2(answers, STDOUT_FILENO);
    execvp(words[0], (char *const *)(uintptr_t)words);
    _exit(127);
}

/* Stops it. Not twice, and not what did not start. */
static inline void key_server_child_stop(struct key_server_child *child)
{
    if (child->pid > 0) {
        fclose(child->orders);
        fclose(child->answers);
        waitpid(child->pid, NULL, 0);
        child->pid = 0;
    }
}

/* `words`: python3, server.py and its options, NULL at the end. False where that does not serve. */
static inline bool key_server_child_start(struct key_server_child *child, const char *const *words)
{
    int orders[2], answers[2];
    char line[64];

    *child = (struct key_server_child){0};
    /* What another child inherited would keep the server's standard input open. */
    if (pipe2(orders, O_CLOEXEC) != 0 || pipe2(answers, O_CLOEXEC) != 0) {
        return false;
    }
    child->pid = fork();
    if (child->pid == 0) {
        key_server_child_exec(words, orders[0], answers[1]);
    }
    close(orders[0]);
    close(answers[1]);
    child->orders = fdopen(orders[1], "w");
    child->answers = fdopen(answers[0], "r");
    if (child->pid > 0 && fgets(line, sizeof(line), child->answers) != NULL &&
        sscanf(line, "%u", &child->port) == 1) {
        return true;
    }
    key_server_child_stop(child);
    return false;
}

/* Gives an order and waits for the answer, one line. False where there is none, or it is an error. */
static inline bool key_server_child_order(struct key_server_child *child, const char *order, char *answer,
                                          size_t bytes)
{
    fprintf(child->orders, "%s\n", order);
    fflush(child->orders);
    if (fgets(answer, (int)bytes, child->answers) == NULL) {
        snprintf(answer, bytes, "no answer");
        return false;
    }
    answer[strcspn(answer, "\n")] = '\0';
    return strncmp(answer, "error", 5) != 0;
}

#endif
