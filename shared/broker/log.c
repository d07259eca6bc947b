/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/instance.h"

#include <stdio.h>

void bednet_log_line(int level, const char *line)
{
    mosquitto_log_printf(level, "%s", line);
}

void bednet_log_denial(const char *line)
{
    bednet_log_line(MOSQ_LOG_NOTICE, line);
}

void bednet_log_diag(const struct bednet_diag *diag)
{
    char place[BEDNET_DIAG_TEXT_BYTES + 512];
    for (size_t i = 0; i < bednet_diag_count(diag); i++) {
        const struct bednet_diag_entry *entry = bednet_diag_at(diag, i);
        bednet_diag_format(entry, place, sizeof place);
        mosquitto_log_printf(entry->severity == BEDNET_ERROR ? MOSQ_LOG_ERR : MOSQ_LOG_WARNING,
                             "bednet: %s: %s", bednet_plugin_name(bednet_module.plugin), place);
    }
    if (bednet_diag_dropped(diag) > 0)
        mosquitto_log_printf(MOSQ_LOG_ERR, "bednet: %s: and %zu more",
                             bednet_plugin_name(bednet_module.plugin), bednet_diag_dropped(diag));
}
