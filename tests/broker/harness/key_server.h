/* SPDX-License-Identifier: Apache-2.0 */
/* An issuer on https: tests/refresh_server/server.py as a child of the test, which tells it how to misbehave.
 */
#ifndef BEDNET_TESTS_BROKER_KEY_SERVER_H
#define BEDNET_TESTS_BROKER_KEY_SERVER_H

#include "harness/env.h"

struct key_server;

/* Makes the certificates for all servers of a test, once; gives the file of their authority. */
const char *key_server_authority(struct env *env);

/* Serves NAME.json of the test's folder: at first `good`. `port` 0: any. Ends with the test. */
struct key_server *key_server_start(struct env *env, int port);
void key_server_stop(struct key_server *server);

int key_server_port(const struct key_server *server);

/* https://localhost:PORT, which is the issuer that discovery tells of; the key set is below it at /jwks. */
const char *key_server_url(const struct key_server *server);

/* Gives one order of server.py and waits for the answer, which must not be an error. */
__attribute__((format(printf, 2, 3))) const char *key_server_order(struct key_server *server,
                                                                   const char *format, ...);

#endif
