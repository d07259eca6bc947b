/* SPDX-License-Identifier: Apache-2.0 */
/* See generator.h. */
#include "generator.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 48 };

struct generator {
    struct env *env;
    pid_t pid; /* 0: it has ended */
    const char *json_path, *said_path;
};

static int release(void *thing, bool passed)
{
    struct generator *generator = thing;
    (void)passed;
    if (generator->pid > 0) {
        kill(generator->pid, SIGKILL);
        waitpid(generator->pid, NULL, 0);
    }
    return 0;
}

static void become(const char *const *words, const char *said_path)
{
    int said = open(said_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(said, STDOUT_FILENO);
    dup2(said, STDERR_FILENO);
    signal(SIGPIPE, SIG_DFL);
    /* execv does not change the words, but its type predates const */
    execv(words[0], (char *const *)(uintptr_t)words);
    _exit(126);
}

struct generator *generator_start_of(struct env *env, int port, const char *const *words)
{
    static int number;
    struct generator *generator = env_alloc(env, sizeof(*generator));
    const char *all[WORDS_MAX] = {BEDNET_LOAD, words[0]};
    size_t count = 2;

    number++;
    *generator =
        (struct generator){.env = env,
                           .json_path = env_format(env, "%s/outcome-%d.json", env_folder(env), number),
                           .said_path = env_format(env, "%s/said-%d", env_folder(env), number)};
    const char *const always[] = {"--host", env_host(),           "--port", env_format(env, "%d", port),
                                  "--json", generator->json_path, "--seed", "1"};
    for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
        all[count++] = always[i];
    for (words++; *words; words++) {
        if (count == WORDS_MAX - 1)
            env_fail("too many words");
        all[count++] = *words;
    }
    env_write(env, env_format(env, "said-%d", number), "");
    generator->pid = fork();
    if (generator->pid == 0)
        become(all, generator->said_path);
    if (generator->pid < 0)
        env_fail("fork: %s", strerror(errno));
    env_defer(env, release, generator);
    return generator;
}

void generator_await_at(struct generator *generator, const char *text, const char *file, int line)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;
    int written = inotify_init1(IN_CLOEXEC);

    inotify_add_watch(written, generator->said_path, IN_MODIFY);
    while (strstr(env_read(generator->env, generator->said_path), text) == NULL) {
        struct pollfd waiting = {.fd = written, .events = POLLIN};
        char events[4096];
        if (env_left_ms(deadline) == 0 || poll(&waiting, 1, env_left_ms(deadline)) != 1 ||
            read(written, events, sizeof(events)) <= 0)
            env_fail_at(file, line, "bednet-load does not say '%s'", text);
    }
    close(written);
}

/* The status, or -1 where the end does not come. */
static int wait_end(struct generator *generator)
{
    int status = -1;
    struct pollfd ended = {.fd = pidfd_open(generator->pid, 0), .events = POLLIN};

    if (poll(&ended, 1, ENV_DEADLINE_MS) == 1) {
        waitpid(generator->pid, &status, 0);
        generator->pid = 0;
    }
    close(ended.fd);
    return status;
}

static int forget(void *thing, bool passed)
{
    (void)passed;
    json_decref(thing);
    return 0;
}

const json_t *generator_end_at(struct generator *generator, int code, const char *file, int line)
{
    int status = wait_end(generator);
    const char *said = env_read(generator->env, generator->said_path);

    if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
        env_fail_at(file, line, "bednet-load ended with status %d, not with exit code %d, and said:\n%s",
                    status, code, said);
    json_error_t fault;
    json_t *outcome = json_load_file(generator->json_path, JSON_REJECT_DUPLICATES, &fault);
    if (!outcome)
        env_fail_at(file, line, "%s: %s; it said:\n%s", generator->json_path, fault.text, said);
    env_defer(generator->env, forget, outcome);
    if ((json_array_size(json_object_get(outcome, "failures")) > 0) != (code != 0))
        env_fail_at(file, line, "exit code %d does not go with what is said:\n%s", code, said);
    return outcome;
}

long outcome_count(const json_t *outcome, const char *path)
{
    char *names = strdup(path), *rest = NULL;
    const json_t *at = outcome;

    for (char *name = strtok_r(names, ".", &rest); name; name = strtok_r(NULL, ".", &rest)) {
        if (!json_is_object(at)) {
            free(names);
            env_fail("nothing at %s", path);
        }
        at = json_object_get(at, name);
    }
    free(names);
    return (long)json_number_value(at);
}

void outcome_names_at(const json_t *outcome, const char *text, const char *file, int line)
{
    const json_t *failures = json_object_get(outcome, "failures");

    for (size_t i = 0; i < json_array_size(failures); i++)
        if (strstr(json_string_value(json_array_get(failures, i)), text))
            return;
    char *said = json_dumps(failures, 0);
    print_error("%s\n", said ? said : "");
    free(said);
    env_fail_at(file, line, "no failure says '%s'", text);
}
