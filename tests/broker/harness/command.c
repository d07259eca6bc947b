/* SPDX-License-Identifier: Apache-2.0 */
/* See command.h. */
#include "harness/command.h"
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char *read_all(int fd, size_t *length)
{
    size_t capacity = 4096, used = 0;
    char *text = malloc(capacity);

    while (text) {
        ssize_t got = read(fd, text + used, capacity - used - 1);
        if (got <= 0) {
            break;
        }
        used += (size_t)got;
        if (capacity - used < 2) {
            char *more = realloc(text, capacity *= 2);
            if (!more) {
                free(text);
            }
            text = more;
        }
    }
    if (text) {
        text[used] = '\0';
        if (length) {
            *length = used;
        }
    }
    return text;
}

static void become(const char *const *words, int input, int output)
{
    int nothing = open("/dev/null", O_WRONLY);

    /* openssl draws dots while it looks for primes */
    dup2(nothing, STDERR_FILENO);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    /* execvp does not change the words, but its type predates const */
    execvp(words[0], (char *const *)(const void *)words);
    _exit(127);
}

char *command_output(const char *const *words, const void *input, size_t input_bytes, size_t *length)
{
    int in[2], out[2], status = 0;
    char *text = NULL;

    _Static_assert(PIPE_BUF >= 4096, "the input must fit a pipe before anybody reads");
    if (input_bytes > PIPE_BUF || pipe(in) != 0) {
        return NULL;
    }
    if (pipe(out) != 0) {
        close(in[0]);
        close(in[1]);
        return NULL;
    }
    pid_t child = fork();
    if (child == 0) {
        close(in[1]);
        close(out[0]);
        become(words, in[0], out[1]);
    }
    close(in[0]);
    close(out[1]);
    if (child > 0 && (input_bytes == 0 || write(in[1], input, input_bytes) == (ssize_t)input_bytes)) {
        close(in[1]);
        text = read_all(out[0], length);
    } else {
        close(in[1]);
    }
    close(out[0]);
    if (child > 0 &&
        (waitpid(child, &status, 0) != child || (WIFEXITED(status) && WEXITSTATUS(status) == 127))) {
        free(text);
        return NULL;
    }
    return text;
}
