/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A real Mosquitto on a free port of loopback, with a configuration that the test writes. It ends with the
 * test; how it ended, and what a sanitizer found, decides with the test's own assertions.
 */
#ifndef BEDNET_TESTS_BROKER_BROKER_H
#define BEDNET_TESTS_BROKER_BROKER_H

#include "harness/env.h"

struct broker;

/*
 * Writes the configuration (`before` the one listener there is by itself, `after` it; either may be NULL),
 * starts the broker and waits until it takes connections.
 */
#define broker_start(env, before, after) broker_start_at(env, before, after, __FILE__, __LINE__)
struct broker *broker_start_at(struct env *env, const char *before, const char *after, const char *file,
                               int line);

/* The same for a broker that must refuse to start: waits until it has ended, with an error. */
#define broker_refuses(env, before, after) broker_refuses_at(env, before, after, __FILE__, __LINE__)
struct broker *broker_refuses_at(struct env *env, const char *before, const char *after, const char *file,
                                 int line);

/* Stops with SIGTERM, asserts a clean end, and starts again with the same configuration and a log that goes
 * on. */
#define broker_restart(broker) broker_restart_at(broker, __FILE__, __LINE__)
void broker_restart_at(struct broker *broker, const char *file, int line);

/* Stops with SIGTERM and asserts a clean end. */
#define broker_stop(broker) broker_stop_at(broker, __FILE__, __LINE__)
void broker_stop_at(struct broker *broker, const char *file, int line);

/* Ends it the hard way, and asserts nothing: for a broker that a test has broken. */
void broker_kill(struct broker *broker);

/* Starts again what broker_stop or broker_kill has ended, with the same configuration and a log that goes on.
 */
#define broker_resume(broker) broker_resume_at(broker, __FILE__, __LINE__)
void broker_resume_at(struct broker *broker, const char *file, int line);

/* The same for a broker that must refuse to start: waits until it has ended, with an error. */
#define broker_refuses_again(broker) broker_refuses_again_at(broker, __FILE__, __LINE__)
void broker_refuses_again_at(struct broker *broker, const char *file, int line);

/* SIGUSR1: the broker writes its sessions to disk; returns when it has. */
#define broker_save(broker) broker_save_at(broker, __FILE__, __LINE__)
void broker_save_at(struct broker *broker, const char *file, int line);

/* The test looks for a sanitizer's findings itself: they do not fail it any more. */
void broker_forgive(struct broker *broker);

/* Waits until the broker has ended by itself; gives its exit status, negative for a signal. */
#define broker_wait_end(broker) broker_wait_end_at(broker, __FILE__, __LINE__)
int broker_wait_end_at(struct broker *broker, const char *file, int line);

/*
 * SIGHUP, then waits for the broker's word that it reloads, and until it serves again. A broker that ends
 * over it is left to the caller: see broker_is_alive. Policies may still be the old ones.
 */
#define broker_sighup(broker) broker_sighup_at(broker, __FILE__, __LINE__)
void broker_sighup_at(struct broker *broker, const char *file, int line);

/* The same, and waits until each chain of Bednet, if there is any, has said what became of it. */
#define broker_reload(broker) broker_reload_at(broker, __FILE__, __LINE__)
void broker_reload_at(struct broker *broker, const char *file, int line);

/* SIGHUP, and no more: for a broker that may not be able to answer. */
void broker_hang_up(struct broker *broker);

/* It can open no file and take no connection, as when all of its descriptors are used up; until it can again.
 */
void broker_starve(struct broker *broker, bool starve);

bool broker_is_alive(struct broker *broker);
struct env *broker_env(const struct broker *broker);
int broker_port(const struct broker *broker);
int broker_pid(const struct broker *broker); /* 0 when it is not running */

/*
 * Returns when the broker has been once around its loop: a connection whose first packet is not CONNECT has
 * been closed by it. Any event that was due before has been raised by then. With an http_api listener this
 * says nothing about that listener's own thread.
 */
#define broker_settle(broker) broker_settle_at(broker, __FILE__, __LINE__)
void broker_settle_at(struct broker *broker, const char *file, int line);

/* Where the whole log is, for what stands in which order. */
const char *broker_log_path(const struct broker *broker);

/* What follows looks only at what is logged from here on. */
void broker_mark(struct broker *broker);

/*
 * Waits for a line of the log, from the mark on, that holds all the texts (the last one is NULL); gives the
 * first such line. It lives as long as the test.
 */
#define broker_expect_log(broker, ...) broker_expect_log_at(broker, __FILE__, __LINE__, __VA_ARGS__, NULL)
__attribute__((sentinel)) const char *broker_expect_log_at(struct broker *broker, const char *file, int line,
                                                           ...);

/* How many lines from the mark on hold all the texts, now. Settle first. */
#define broker_count_log(broker, ...) broker_count_log_at(broker, __VA_ARGS__, NULL)
__attribute__((sentinel)) int broker_count_log_at(struct broker *broker, ...);

/* Settles, then fails if a line from the mark on holds all the texts. */
#define broker_expect_no_log(broker, ...)                                                                    \
    broker_expect_no_log_at(broker, __FILE__, __LINE__, __VA_ARGS__, NULL)
__attribute__((sentinel)) void broker_expect_no_log_at(struct broker *broker, const char *file, int line,
                                                       ...);

/* The first line of `log`, from `text` on, that holds all of `parts` (NULL at the end), or NULL. */
const char *log_find(const char *log, const char *const *parts, size_t *length);

#endif
