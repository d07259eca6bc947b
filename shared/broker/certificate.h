/* SPDX-License-Identifier: Apache-2.0 */
/* What a client's certificate is known by. Broker thread only. */
#ifndef BEDNET_BROKER_CERTIFICATE_H
#define BEDNET_BROKER_CERTIFICATE_H

#include "runtime/event.h"

#include <stdbool.h>

/* See `certificate` of struct bednet_login. */
bool bednet_certificate_sha256(const struct bednet_client *client, unsigned char sha256[32]);

#endif
