/* SPDX-License-Identifier: Apache-2.0 */
/* What every callback of a plugin line needs of the broker. */
#include "broker/instance.h"
#include "runtime/process.h"

bool bednet_instance_registers(struct bednet_instance *instance, int event,
                               MOSQ_FUNC_generic_callback callback)
{
    return mosquitto_callback_register(instance->identifier, event, callback, NULL, instance) ==
           MOSQ_ERR_SUCCESS;
}

void bednet_instance_kick(const char *client_id, bool with_will)
{
    struct bednet_process *process = bednet_process();
    bool was_closing = process->closing;
    process->closing = true;
    mosquitto_kick_client_by_clientid(client_id, with_will);
    process->closing = was_closing;
}
