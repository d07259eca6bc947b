/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of Mosquitto that plugins call, and what they do to the fake broker. */
#include "fault/fake_internal.h"

#include <openssl/x509.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_LINES      512
#define LOG_LINE_BYTES 1024

/* Of 2.0: later ones are not supported there. */
#define LAST_EVENT_2_0 10

static struct fake_callback *callbacks[FAKE_LISTS][FAKE_EVENTS];
static char log_lines[LOG_LINES][LOG_LINE_BYTES];
static size_t log_count;
static pthread_t broker_thread;
static _Atomic(const char *) violation;

void fake_violate(const char *what)
{
    const char *none = NULL;
    atomic_compare_exchange_strong(&violation, &none, what);
}

const char *fake_violation(void)
{
    return atomic_load(&violation);
}

void fake_violation_clear(void)
{
    atomic_store(&violation, NULL);
}

void fake_claim_thread(void)
{
    broker_thread = pthread_self();
}

/* `function` is a constant string, and the violation is called by it. */
void fake_check_thread(const char *function)
{
    if (!pthread_equal(pthread_self(), broker_thread))
        fake_violate(function);
}

struct fake_callback *fake_callbacks(unsigned list, int event)
{
    return callbacks[list][event];
}

void fake_callbacks_forget(void)
{
    for (unsigned list = 0; list < FAKE_LISTS; list++) {
        for (int event = 0; event < FAKE_EVENTS; event++) {
            while (callbacks[list][event] != NULL) {
                struct fake_callback *callback = callbacks[list][event];
                callbacks[list][event] = callback->next;
                free(callback);
            }
        }
    }
}

/* 2.0 tells registrations apart by the function alone. */
static bool is_same(const struct fake_callback *callback, const mosquitto_plugin_id_t *identifier,
                    MOSQ_FUNC_generic_callback function)
{
    return callback->function == function && (!fake_is_2_1() || callback->identifier == identifier);
}

int mosquitto_callback_register(mosquitto_plugin_id_t *identifier, int event,
                                MOSQ_FUNC_generic_callback cb_func, const void *event_data, void *userdata)
{
    fake_check_thread("mosquitto_callback_register off the broker's thread");
    if (cb_func == NULL || event_data != NULL)
        return MOSQ_ERR_INVAL;
    if (event < 1 || event >= FAKE_EVENTS || (!fake_is_2_1() && event > LAST_EVENT_2_0))
        return MOSQ_ERR_NOT_SUPPORTED;
    struct fake_callback **end = &callbacks[identifier->list][event];
    for (; *end != NULL; end = &(*end)->next)
        if (is_same(*end, identifier, cb_func))
            return MOSQ_ERR_ALREADY_EXISTS;
    *end = malloc(sizeof **end);
    if (*end == NULL)
        return MOSQ_ERR_NOMEM;
    **end = (struct fake_callback){.identifier = identifier, .function = cb_func, .userdata = userdata};
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_callback_unregister(mosquitto_plugin_id_t *identifier, int event,
                                  MOSQ_FUNC_generic_callback cb_func, const void *event_data)
{
    (void)event_data;
    fake_check_thread("mosquitto_callback_unregister off the broker's thread");
    struct fake_callback **link = &callbacks[identifier->list][event];
    while (*link != NULL && !is_same(*link, identifier, cb_func))
        link = &(*link)->next;
    if (*link == NULL)
        return MOSQ_ERR_NOT_FOUND;
    struct fake_callback *callback = *link;
    *link = callback->next;
    free(callback);
    return MOSQ_ERR_SUCCESS;
}

/* Compilers may know more about it than the headers of 2.0 say. */
void mosquitto_log_printf(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void mosquitto_log_printf(int level, const char *fmt, ...)
{
    (void)level;
    fake_check_thread("mosquitto_log_printf off the broker's thread");
    va_list arguments;
    va_start(arguments, fmt);
    vsnprintf(log_lines[log_count++ % LOG_LINES], LOG_LINE_BYTES, fmt, arguments);
    va_end(arguments);
}

static size_t log_first(void)
{
    return log_count > LOG_LINES ? log_count - LOG_LINES : 0;
}

size_t fake_log_count(const char *text)
{
    size_t count = 0;
    for (size_t i = log_first(); i < log_count; i++)
        count += strstr(log_lines[i % LOG_LINES], text) != NULL;
    return count;
}

bool fake_log_holds(const char *text)
{
    return fake_log_count(text) > 0;
}

void fake_log_clear(void)
{
    log_count = 0;
}

void fake_log_print(void)
{
    for (size_t i = log_first(); i < log_count; i++)
        fprintf(stderr, "log: %s\n", log_lines[i % LOG_LINES]);
}

const char *mosquitto_client_address(const struct mosquitto *client)
{
    fake_check_thread("mosquitto_client_address off the broker's thread");
    return client->address;
}

int mosquitto_client_protocol_version(const struct mosquitto *client)
{
    (void)client;
    fake_check_thread("mosquitto_client_protocol_version off the broker's thread");
    return 4;
}

bool mosquitto_client_clean_session(const struct mosquitto *client)
{
    fake_check_thread("mosquitto_client_clean_session off the broker's thread");
    return client->clean;
}

int mosquitto_client_sub_count(const struct mosquitto *client)
{
    fake_check_thread("mosquitto_client_sub_count off the broker's thread");
    return client->subscriptions;
}

const char *mosquitto_client_id(const struct mosquitto *client)
{
    fake_check_thread("mosquitto_client_id off the broker's thread");
    return client->id;
}

const char *mosquitto_client_username(const struct mosquitto *client)
{
    fake_check_thread("mosquitto_client_username off the broker's thread");
    return client->username;
}

int mosquitto_client_protocol(const struct mosquitto *client)
{
    fake_check_thread("mosquitto_client_protocol off the broker's thread");
    return client->websockets ? mp_websockets : mp_mqtt;
}

/* Frees the old name, which the event in course may still point to: so does Mosquitto. */
int mosquitto_set_username(struct mosquitto *client, const char *username)
{
    fake_check_thread("mosquitto_set_username off the broker's thread");
    char *copy = username != NULL ? strdup(username) : NULL;
    if (username != NULL && copy == NULL)
        return MOSQ_ERR_NOMEM;
    free(client->username);
    client->username = copy;
    return MOSQ_ERR_SUCCESS;
}

/* Takes a reference for the caller, who frees it. */
void *mosquitto_client_certificate(const struct mosquitto *client)
{
    fake_check_thread("mosquitto_client_certificate off the broker's thread");
    if (client->certificate != NULL)
        X509_up_ref(client->certificate);
    return client->certificate;
}

/* As Mosquitto does: the end is told before the will is judged, and the session may stay. */
int mosquitto_kick_client_by_clientid(const char *clientid, bool with_will)
{
    fake_check_thread("mosquitto_kick_client_by_clientid off the broker's thread");
    if (clientid == NULL) {
        fake_violate("all clients are kicked");
        return MOSQ_ERR_INVAL;
    }
    struct mosquitto *client = fake_session_find(clientid);
    if (client == NULL)
        return MOSQ_ERR_NOT_FOUND;
    if (client->address == NULL)
        fake_violate("an offline session is kicked");
    fake_kicked(client, with_will);
    return MOSQ_ERR_SUCCESS;
}
