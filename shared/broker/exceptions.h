/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions of the policy that end by themselves: told when they begin to count, and when they end. */
#ifndef BEDNET_BROKER_EXCEPTIONS_H
#define BEDNET_BROKER_EXCEPTIONS_H

#include "broker/instance.h"

/*
 * Logs the exceptions of a policy that was just taken into use, ends those whose time has come, and logs
 * that. For the plugin that leads, at each of its turns: cheap where nothing has changed.
 */
void bednet_exceptions_turn(struct bednet_instance *instance);

#endif
