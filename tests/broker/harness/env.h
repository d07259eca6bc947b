/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one broker test owns: a folder of its own, strings, clients, brokers. All of it is given back in the
 * reverse order when the test ends, however it ends, and a test that failed first says what its brokers
 * logged.
 */
#ifndef BEDNET_TESTS_BROKER_ENV_H
#define BEDNET_TESTS_BROKER_ENV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* How long anything may take that must happen. Only a failing test waits for it. */
#ifndef ENV_DEADLINE_MS
#define ENV_DEADLINE_MS 60000
#endif

struct env;

struct env_case {
    const char *name;
    void (*test)(struct env *env);
};

/* One row of a table of tests; `function` takes a struct env pointer. */
#define BROKER_TEST(function)                                                                                \
    {                                                                                                        \
        .name = #function, .test_func = env_run, .setup_func = env_setup, .teardown_func = env_teardown,     \
        .initial_state = &(struct env_case)                                                                  \
        {                                                                                                    \
#function, function                                                                              \
        }                                                                                                    \
    }

/* A program of broker tests. Gives main's exit code: 77 where the broker it should test is not there. */
#define ENV_MAIN(name, tests) env_main(name, tests, sizeof(tests) / sizeof((tests)[0]))
int env_main(const char *name, const struct CMUnitTest *tests, size_t count);

/* For BROKER_TEST. */
int env_setup(void **state);
void env_run(void **state);
int env_teardown(void **state);

/*
 * `release` is called with `thing` when the test ends, last one first. `passed` tells how the test went so
 * far; a result that is not 0 makes it fail.
 */
void env_defer(struct env *env, int (*release)(void *thing, bool passed), void *thing);

/* Memory and text that live as long as the test. Never NULL. */
void *env_alloc(struct env *env, size_t bytes);
__attribute__((format(printf, 2, 3))) char *env_format(struct env *env, const char *format, ...);

/* The test's own folder, without a slash at the end. */
const char *env_folder(const struct env *env);

/* Writes a file of the test's folder anew (over a new name and a rename) and gives its path. */
const char *env_write(struct env *env, const char *name, const char *text);

/* A whole file as text. Fails the test when it cannot be read. */
char *env_read(struct env *env, const char *path);

/*
 * An address of loopback that no other process of these tests uses, and a port of it that is free: each test
 * program has an address of its own in 127.0.0.0/8, so programs that run side by side never meet.
 */
const char *env_host(void);
int env_port(void);

/* Ends the test, which counts as skipped. */
__attribute__((noreturn)) void env_skip(struct env *env, const char *why);

/* Ends the test, with a message. */
#define env_fail(...) env_fail_at(__FILE__, __LINE__, __VA_ARGS__)
__attribute__((format(printf, 3, 4), noreturn)) void env_fail_at(const char *file, int line,
                                                                 const char *format, ...);

/* Monotonic milliseconds, and what is left until a deadline on that clock (never below 0). */
int64_t env_now_ms(void);
int env_left_ms(int64_t deadline_ms);

#endif
