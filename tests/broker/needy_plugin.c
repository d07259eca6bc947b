/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin as most would write it: it reads a property of MQTT 5 by the function that Mosquitto's header
 * offers for it, which is not among the 34 that every broker exports.
 */
#if __has_include(<mosquitto/broker_plugin.h>)
#include <mosquitto.h>
#else
#include <mosquitto.h>
/* In this order: before 2.0.13 the plugin header does not include what it needs. */
#include <mosquitto_broker.h>

#include <mosquitto_plugin.h>
#endif

int mosquitto_plugin_version(int count, const int *versions);
int mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **userdata, struct mosquitto_opt *opts, int count);
int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *opts, int count);

static int on_message(int event, void *data, void *userdata)
{
    const struct mosquitto_evt_message *message = data;
    char *value = NULL;

    (void)event;
    (void)userdata;
    mosquitto_property_read_string(message->properties, 3, &value, false);
    mosquitto_free(value);
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_plugin_version(int count, const int *versions)
{
    (void)count;
    (void)versions;
    return 5;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **userdata, struct mosquitto_opt *opts, int count)
{
    (void)userdata;
    (void)opts;
    (void)count;
    return mosquitto_callback_register(id, MOSQ_EVT_MESSAGE, on_message, NULL, NULL);
}

int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *opts, int count)
{
    (void)userdata;
    (void)opts;
    (void)count;
    return MOSQ_ERR_SUCCESS;
}
