/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mosquitto's plugin headers, whichever version is installed, and the names that 2.0 lacks. 2.1 moved them
 * and warns about the old names.
 */
#ifndef BEDNET_BROKER_MOSQUITTO_API_H
#define BEDNET_BROKER_MOSQUITTO_API_H

#include <mosquitto.h>
#if !__has_include(<mosquitto/broker_plugin.h>)
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#endif

/* Events that 2.1 added, by number, so that one binary can ask for them on any broker. */
#define BEDNET_EVT_CONNECT        11
#define BEDNET_EVT_CLIENT_OFFLINE 28

/* What 2.1 tells of the end of a connection whose session another one took over. */
#define BEDNET_ERR_SESSION_TAKEN_OVER 142

/* A return code that 2.1 added. */
#define BEDNET_ERR_QUOTA_EXCEEDED (-6)

#endif
