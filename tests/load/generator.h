/* SPDX-License-Identifier: Apache-2.0 */
/* bednet-load as a test runs it: with a broker's address, its JSON in a file, and an end that is waited for.
 */
#ifndef BEDNET_TESTS_LOAD_GENERATOR_H
#define BEDNET_TESTS_LOAD_GENERATOR_H

#include "harness/broker.h"

#include <jansson.h>

struct generator;

/* Starts `bednet-load WORD --host ... --port ... --json ...` with further words, NULL at the end. */
#define generator_start(env, port, ...)                                                                      \
    generator_start_of(env, port, (const char *const[]){__VA_ARGS__, NULL})
struct generator *generator_start_of(struct env *env, int port, const char *const *words);

/* Waits for its end and asserts its exit code; gives what it said in JSON, which lives as long as the test.
 */
#define generator_end(generator, code) generator_end_at(generator, code, __FILE__, __LINE__)
const json_t *generator_end_at(struct generator *generator, int code, const char *file, int line);

/* Waits until it has said that on standard error; with --progress it tells every second what it is at. */
#define generator_await(generator, text) generator_await_at(generator, text, __FILE__, __LINE__)
void generator_await_at(struct generator *generator, const char *text, const char *file, int line);

/* Both. */
#define generator_run(env, port, code, ...) generator_end(generator_start(env, port, __VA_ARGS__), code)

/* A number that must be there: "messages.lost". 0 where only the last name is missing. */
long outcome_count(const json_t *outcome, const char *path);

/* Fails unless one of the failures holds that text. */
#define outcome_names(outcome, text) outcome_names_at(outcome, text, __FILE__, __LINE__)
void outcome_names_at(const json_t *outcome, const char *text, const char *file, int line);

#endif
