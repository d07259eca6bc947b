/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/options.h"

#include "core/suggest.h"

#include <string.h>

static const char *const known[] = {"policy", "chain"};

static void refuse(struct bednet_diag *diag, const char *format, const char *key)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    bednet_diag_add(diag, BEDNET_ERROR, NULL, (struct bednet_source){0}, format, key);
#pragma GCC diagnostic pop
}

static void refuse_unknown(struct bednet_diag *diag, const char *key)
{
    const char *nearest = bednet_suggest(bednet_text(key), known, sizeof known / sizeof *known);
    bednet_diag_add(diag, BEDNET_ERROR, NULL, (struct bednet_source){0},
                    "unknown option plugin_opt_%s (%s plugin_opt_%s; everything else is in the policy file)",
                    key, nearest != NULL ? "did you mean" : "expected plugin_opt_policy or",
                    nearest != NULL ? nearest : "chain");
}

static void take(struct bednet_diag *diag, const struct mosquitto_opt *option, const char **slot)
{
    size_t length = strlen(option->value);
    if (*slot != NULL)
        refuse(diag, "plugin_opt_%s stands twice (expected it once for each plugin line)", option->key);
    else if (length == 0 || strchr(" \t\r", option->value[length - 1]) != NULL)
        refuse(diag, "plugin_opt_%s is empty or ends in a blank (expected the value, then the line's end)",
               option->key);
    *slot = option->value;
}

bool bednet_options_read(const struct mosquitto_opt *options, int count, struct bednet_diag *diag,
                         struct bednet_options *out)
{
    *out = (struct bednet_options){0};
    for (int i = 0; i < count; i++) {
        if (strcmp(options[i].key, "policy") == 0)
            take(diag, &options[i], &out->policy);
        else if (strcmp(options[i].key, "chain") == 0)
            take(diag, &options[i], &out->chain);
        else
            refuse_unknown(diag, options[i].key);
    }
    if (out->policy == NULL)
        out->policy = BEDNET_DEFAULT_POLICY;
    if (out->chain == NULL)
        out->chain = BEDNET_DEFAULT_CHAIN;
    return !bednet_diag_failed(diag);
}
