/* SPDX-License-Identifier: Apache-2.0 */
/* A test's belongings, and how a test is run. See env.h. */
#include "harness/env.h"
#include "harness/launch.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct deferred {
    struct deferred *next;
    int (*release)(void *thing, bool passed);
    void *thing;
};

struct env {
    const struct env_case *test;
    struct deferred *deferred;
    struct deferred *memory; /* goes last: what else is released may speak of it */
    bool passed;
    char folder[128];
};

void env_fail_at(const char *file, int line, const char *format, ...)
{
    char text[4096];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    print_error("%s\n", text);
    _fail(file, line);
    abort(); /* _fail does not return, but does not say so either */
}

void env_skip(struct env *env, const char *why)
{
    env->passed = true; /* nothing to report */
    print_message("[ skipping ] %s\n", why);
    skip();
    abort(); /* skip does not return, but does not say so either */
}

static void push(struct deferred **list, int (*release)(void *thing, bool passed), void *thing)
{
    struct deferred *deferred = malloc(sizeof(*deferred));

    if (!deferred) {
        env_fail("out of memory");
    }
    *deferred = (struct deferred){*list, release, thing};
    *list = deferred;
}

void env_defer(struct env *env, int (*release)(void *thing, bool passed), void *thing)
{
    push(&env->deferred, release, thing);
}

static int release_memory(void *thing, bool passed)
{
    (void)passed;
    free(thing);
    return 0;
}

void *env_alloc(struct env *env, size_t bytes)
{
    void *memory = calloc(1, bytes);

    if (!memory) {
        env_fail("out of memory");
    }
    push(&env->memory, release_memory, memory);
    return memory;
}

char *env_format(struct env *env, const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0) {
        env_fail("out of memory");
    }
    push(&env->memory, release_memory, text);
    return text;
}

const char *env_folder(const struct env *env)
{
    return env->folder;
}

const char *env_write(struct env *env, const char *name, const char *text)
{
    const char *path = env_format(env, "%s/%s", env->folder, name);
    const char *fresh = env_format(env, "%s.new", path);
    FILE *file = fopen(fresh, "w");

    if (!file) {
        env_fail("%s: %s", fresh, strerror(errno));
    }
    /* Mosquitto 2.1 wants password files to be its user's own and unreadable to others. */
    bool written = fchmod(fileno(file), 0600) == 0 && fputs(text, file) >= 0;
    if (fclose(file) != 0 || !written || rename(fresh, path) != 0) {
        env_fail("%s: %s", path, strerror(errno));
    }
    return path;
}

char *env_read(struct env *env, const char *path)
{
    FILE *file = fopen(path, "r");
    struct stat status;

    if (!file || fstat(fileno(file), &status) != 0) {
        env_fail("%s: %s", path, strerror(errno));
    }
    char *text = env_alloc(env, (size_t)status.st_size + 1);
    size_t length = fread(text, 1, (size_t)status.st_size, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

const char *env_host(void)
{
    static char host[INET_ADDRSTRLEN];
    unsigned number = (unsigned)getpid();

    /* Process ids have 22 bits at most; 127.64.0.0 and above are nobody's habit. */
    snprintf(host, sizeof(host), "127.%u.%u.%u", 64 + (number >> 16 & 63), number >> 8 & 255, number & 255);
    return host;
}

static bool port_is_free(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, env_host(), &address.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    bool is_free = bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return is_free;
}

int env_port(void)
{
    static int last = 20000; /* below the range that the kernel gives to outgoing connections */

    for (int tries = 0; tries < 10000; tries++) {
        last = last >= 30000 ? 20001 : last + 1;
        if (port_is_free(last)) {
            return last;
        }
    }
    env_fail("no free port on %s", env_host());
}

int64_t env_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int env_left_ms(int64_t deadline_ms)
{
    int64_t left = deadline_ms - env_now_ms();
    return left > 0 ? (int)left : 0;
}

int env_setup(void **state)
{
    const char *parent = getenv("TMPDIR");
    struct env *env = calloc(1, sizeof(*env));

    if (!env) {
        return -1;
    }
    env->test = *state;
    snprintf(env->folder, sizeof(env->folder), "%s/bednet-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(env->folder)) {
        free(env);
        return -1;
    }
    *state = env;
    return 0;
}

void env_run(void **state)
{
    struct env *env = *state;

    env->test->test(env);
    env->passed = true;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static int release_all(struct deferred **list, bool passed)
{
    int failed = 0;

    while (*list) {
        struct deferred *deferred = *list;
        *list = deferred->next;
        failed |= deferred->release(deferred->thing, passed && !failed);
        free(deferred);
    }
    return failed;
}

int env_teardown(void **state)
{
    struct env *env = *state;
    int failed = release_all(&env->deferred, env->passed);

    release_all(&env->memory, true);
    if (env->passed && !failed) {
        nftw(env->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    } else {
        print_error("[ files    ] %s\n", env->folder);
    }
    free(env);
    return failed;
}

int env_main(const char *name, const struct CMUnitTest *tests, size_t count)
{
    if (!launch_find()) {
        return launch_is_required() ? 1 : 77;
    }
    signal(SIGPIPE, SIG_IGN);
    printf("[ broker   ] %s\n", launch_version());
    fflush(stdout);
    int failed = _cmocka_run_group_tests(name, tests, count, NULL, NULL);
    launch_forget();
    return failed != 0;
}
