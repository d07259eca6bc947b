/* SPDX-License-Identifier: Apache-2.0 */
/* The names behind the enums of verdict.h. */
#include "core/verdict.h"

static const char *const plugin_names[BEDNET_PLUGINS] = {
#define X(name, text) [BEDNET_PLUGIN_##name] = text,
    BEDNET_PLUGIN_LIST(X)
#undef X
};

static const char *const action_names[BEDNET_ACTIONS] = {
#define X(name, text) [BEDNET_ACTION_##name] = text,
    BEDNET_ACTION_LIST(X)
#undef X
};

static const struct {
    const char *name;
    unsigned scopes;
} reasons[BEDNET_REASONS] = {
#define X(name, text, scope) [BEDNET_REASON_##name] = {text, scope},
    BEDNET_REASON_LIST(X)
#undef X
};

const char *bednet_plugin_name(enum bednet_plugin plugin)
{
    return (size_t)plugin < BEDNET_PLUGINS ? plugin_names[plugin] : "unknown";
}

const char *bednet_action_name(enum bednet_action action)
{
    return (size_t)action < BEDNET_ACTIONS ? action_names[action] : "unknown";
}

const char *bednet_reason_name(enum bednet_reason reason)
{
    return (size_t)reason < BEDNET_REASONS ? reasons[reason].name : "unknown";
}

unsigned bednet_reason_scopes(enum bednet_reason reason)
{
    return (size_t)reason < BEDNET_REASONS ? reasons[reason].scopes : BEDNET_SCOPE_NONE;
}
