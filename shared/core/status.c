/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of enum bednet_status. */
#include "core/status.h"

#include <stddef.h>

static const char *const texts[] = {
#define X(name, text) [BEDNET_##name] = text,
    BEDNET_STATUS_LIST(X)
#undef X
};

const char *bednet_status_text(enum bednet_status status)
{
    size_t index = (size_t)status;

    return index < sizeof(texts) / sizeof(texts[0]) ? texts[index] : "unknown status";
}
