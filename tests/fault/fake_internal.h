/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the fake broker share: the lists of callbacks, and the book of violations. */
#ifndef BEDNET_TESTS_FAULT_FAKE_INTERNAL_H
#define BEDNET_TESTS_FAULT_FAKE_INTERNAL_H

#include "fault/fake_broker.h"

#define FAKE_EVENTS 31

struct fake_callback {
    struct fake_callback *next;
    mosquitto_plugin_id_t *identifier;
    MOSQ_FUNC_generic_callback function;
    void *userdata;
};

/* What identifies a plugin line to the broker. */
struct mosquitto_plugin_id_t {
    unsigned list;
};

/* Declared by the headers of 2.1 alone, and there alone. */
int mosquitto_plugin_set_info(mosquitto_plugin_id_t *identifier, const char *plugin_name,
                              const char *plugin_version);
struct mosquitto *mosquitto_client(const char *client_id);
int mosquitto_subscription_delete(const char *client_id, const char *filter);

/* In the order of registration, by list and event. */
struct fake_callback *fake_callbacks(unsigned list, int event);
void fake_callbacks_forget(void);

/* The broker's table of sessions, by client id. */
void fake_session_add(struct mosquitto *client);
void fake_session_remove(const struct mosquitto *client);
struct mosquitto *fake_session_find(const char *id);

/* A plugin closes this connection. */
void fake_kicked(struct mosquitto *client, bool with_will);

/* From now on the calling thread is the broker's. */
void fake_claim_thread(void);
void fake_check_thread(const char *function);

/* `what` is a constant string. Any thread. */
void fake_violate(const char *what);

#endif
