/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a fake broker one of 2.1: the modules look for these functions. */
#include "fault/fake_internal.h"

int mosquitto_plugin_set_info(mosquitto_plugin_id_t *identifier, const char *plugin_name,
                              const char *plugin_version)
{
    fake_check_thread("mosquitto_plugin_set_info");
    if (identifier == NULL || plugin_name == NULL || plugin_version == NULL)
        fake_violate("mosquitto_plugin_set_info without a name or a version");
    return MOSQ_ERR_SUCCESS;
}

/* The session of that name. A client that is just logging in is none yet. */
struct mosquitto *mosquitto_client(const char *client_id)
{
    fake_check_thread("mosquitto_client off the broker's thread");
    return fake_session_find(client_id);
}

int mosquitto_subscription_delete(const char *client_id, const char *filter)
{
    fake_check_thread("mosquitto_subscription_delete off the broker's thread");
    if (client_id == NULL || filter == NULL || client_id[0] == '\0' || filter[0] == '\0')
        fake_violate("mosquitto_subscription_delete without a client id or a filter");
    return fake_session_find(client_id) != NULL ? MOSQ_ERR_SUCCESS : MOSQ_ERR_NOT_FOUND;
}
