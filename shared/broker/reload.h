/* SPDX-License-Identifier: Apache-2.0 */
/* SIGHUP: the chain's policy is read anew, by the plugin that leads. Broker thread only. */
#ifndef BEDNET_BROKER_RELOAD_H
#define BEDNET_BROKER_RELOAD_H

#include "broker/instance.h"

/* Mosquitto's event; `userdata` is the instance that leads. */
int bednet_reload(int event, void *event_data, void *userdata);

#endif
