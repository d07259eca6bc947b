/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin that lets everything happen: what any plugin costs that is asked about access. */
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

static int on_access(int event, void *data, void *userdata)
{
    (void)event;
    (void)data;
    (void)userdata;
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
    return mosquitto_callback_register(id, MOSQ_EVT_ACL_CHECK, on_access, NULL, NULL);
}

int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *opts, int count)
{
    (void)userdata;
    (void)opts;
    (void)count;
    return MOSQ_ERR_SUCCESS;
}
