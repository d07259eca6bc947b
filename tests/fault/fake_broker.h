/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A broker without a network: it loads the real modules, calls them as Mosquitto does and gives them the
 * functions of Mosquitto that they use. An executable plays 2.1 if it is linked with fake_2_1.c, else 2.0.
 *
 * Whatever a broker must never see (a return code that disconnects, stops or opens it, a call from another
 * thread) is remembered as a violation. One broker a process; the thread that starts it is the broker's.
 */
#ifndef BEDNET_TESTS_FAULT_FAKE_BROKER_H
#define BEDNET_TESTS_FAULT_FAKE_BROKER_H

#include "broker/mosquitto_api.h"

#include <stdbool.h>
#include <stddef.h>

/* Whose callbacks: every listener's, or (per_listener_settings) those of listener 1, 2 ... alone. */
#define FAKE_GLOBAL    0
#define FAKE_LISTS     4
#define FAKE_LINES_MAX 16

/* One `plugin` line of mosquitto.conf and its options. */
struct fake_line {
    const char *module; /* `jwt` for bednet_jwt.so */
    unsigned list;
    struct mosquitto_opt options[4];
    int option_count;
};

bool fake_is_2_1(void);

/*
 * Loads and initialises the modules of all lines in order. 0, or the code of the first that refused: the
 * broker has then shut down again. `failed` (may be NULL) gets the index of the line that refused.
 */
int fake_start(const struct fake_line *lines, size_t count, size_t *failed);

/* The two halves of it, for tests that let only the second one fail. */
void fake_load(const struct fake_line *lines, size_t count);
int fake_initialise(size_t *failed);

/* Cleans up in the order of the lines, unloads the modules as 2.0 does, and forgets every callback. */
void fake_stop(void);

/* Keeps modules mapped from now on, so that what their libraries keep is not taken for a leak. */
void fake_pin(const char *module);

/* The broker's own password_file, asked after the plugins; empty at first. Strings are borrowed. */
void fake_password_add(const char *username, const char *password);
void fake_password_clear(void);
void fake_allow_anonymous(bool allowed);

/* A client as the broker holds it; memory is the caller's. Names are copied, NULL is none. */
struct mosquitto {
    char *id;
    char *username;
    char *address;
    unsigned list;
    void *certificate; /* X509; the caller's */
    bool websockets;
    bool clean;        /* session or start */
    int subscriptions; /* as the broker tells their number */
};

bool fake_client_set(struct mosquitto *client, const char *id, const char *username, const char *address);
void fake_client_clear(struct mosquitto *client);

/* BASIC_AUTH, then what the broker makes of it. True: accepted. `password` may be NULL. */
bool fake_login(struct mosquitto *client, const char *password);

/* The code of the plugins alone: PLUGIN_DEFER where none had an answer. */
int fake_login_code(struct mosquitto *client, const char *password);

/*
 * The first packet of an enhanced authentication, of a client that connects or (MQTT 5 section 4.12.1) one
 * that is connected: the code of the plugins, PLUGIN_DEFER where none had an answer. On success the client
 * has a session. What else a broker makes of it is the caller's, and so are the steps that may follow.
 */
int fake_enhanced(struct mosquitto *client, const char *method, const void *data, size_t data_bytes);
int fake_enhanced_step(struct mosquitto *client, const char *method, const void *data, size_t data_bytes);
/* Somebody else's plugin let the client in: it has a session. */
void fake_enhanced_done(struct mosquitto *client);

/*
 * Who is told that a plugin closes the connection of a client with a session, before the broker's function
 * returns. NULL, as at first: then the end is told as the broker does, and the session stays.
 */
void fake_on_kick(void (*kicked)(struct mosquitto *client, bool with_will));

/* ACL_CHECK; `access` as in MOSQ_ACL_*. True: allowed. */
bool fake_access(struct mosquitto *client, int access, const char *topic);

/* MESSAGE. True: delivered. */
bool fake_message(struct mosquitto *client, const char *topic, size_t payload_bytes);

/*
 * SIGHUP. True: no plugin keeps the broker from going on with the other ones. Sessions are the caller's to
 * ask; and the policy is another one when some later event has found it.
 */
bool fake_sighup(void);

/* Does `event` again and again until no reload is under way. */
void fake_settle(void (*event)(void));

/* The one, then the other by ticks. */
bool fake_reload(void);

/* Of the plugins' runtime; aborts where there is none of that name. For what no client can see. */
void *fake_symbol(const char *name);

void fake_tick(void);
void fake_connected(struct mosquitto *client); /* 2.1 only; nothing on 2.0 */
/* The end of a connection; 2.1 tells it by another event where the session stays. */
void fake_disconnected(struct mosquitto *client, bool session_stays);

/* The wall clock is so many seconds ahead of the machine's; 0 at first. Any thread. */
void fake_clock_step(long long seconds);

/* The coarse clock is so many seconds ahead of the machine's, at that tick; 0: it goes right. */
void fake_clock_tick(long long count);

/* What the plugins wrote since fake_log_clear; beyond a bound the oldest lines are lost. */
bool fake_log_holds(const char *text);
size_t fake_log_count(const char *text);
void fake_log_clear(void);
void fake_log_print(void);

/* The first thing that no broker would forgive; NULL if there was none. */
const char *fake_violation(void);
void fake_violation_clear(void);

#endif
