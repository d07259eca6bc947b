/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/instance.h"

#include <stdio.h>

void bednet_log_denial(const char *line)
{
    mosquitto_log_printf(MOSQ_LOG_NOTICE, "%s", line);
}

static int level_of(enum bednet_severity severity)
{
    switch (severity) {
    case BEDNET_ERROR:
        return MOSQ_LOG_ERR;
    case BEDNET_WARNING:
        return MOSQ_LOG_WARNING;
    default:
        return MOSQ_LOG_NOTICE;
    }
}

void bednet_log_severity(enum bednet_severity severity, const char *line)
{
    mosquitto_log_printf(level_of(severity), "bednet: %s: %s", bednet_plugin_name(bednet_module.plugin),
                         line);
}

void bednet_log_diag(const struct bednet_diag *diag)
{
    char place[BEDNET_DIAG_TEXT_BYTES + 512];
    for (size_t i = 0; i < bednet_diag_count(diag); i++) {
        const struct bednet_diag_entry *entry = bednet_diag_at(diag, i);
        bednet_diag_format(entry, place, sizeof place);
        bednet_log_severity(entry->severity, place);
    }
    if (bednet_diag_dropped(diag) > 0)
        mosquitto_log_printf(MOSQ_LOG_ERR, "bednet: %s: and %zu more",
                             bednet_plugin_name(bednet_module.plugin), bednet_diag_dropped(diag));
}
