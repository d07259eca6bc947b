/* SPDX-License-Identifier: Apache-2.0 */
/* The `plugin_opt_*` lines of one plugin line. They are wiring only: the broker never reads them again. */
#ifndef BEDNET_BROKER_OPTIONS_H
#define BEDNET_BROKER_OPTIONS_H

#include "broker/mosquitto_api.h"
#include "core/diag.h"

#define BEDNET_DEFAULT_POLICY "/etc/mosquitto/bednet.yaml"
#define BEDNET_DEFAULT_CHAIN  "default"

/* Borrowed from the broker's options or constant. */
struct bednet_options {
    const char *policy;
    const char *chain;
};

/*
 * Unknown, repeated or malformed options are errors in `diag`. Mosquitto keeps blanks at the end of a value;
 * one that ends in a blank is refused by name, for nobody sees it in the file. Returns false on any error.
 */
bool bednet_options_read(const struct mosquitto_opt *options, int count, struct bednet_diag *diag,
                         struct bednet_options *out);

#endif
