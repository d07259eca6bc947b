/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/exceptions.h"
#include "policy/tables.h"
#include "runtime/clock.h"

#include <inttypes.h>
#include <time.h>

#define UTC_BYTES 32

static const char *name_of(unsigned exemption)
{
    const struct bednet_words *words = &bednet_words_exemption;
    for (size_t i = 0; i < words->count; i++)
        if ((unsigned)words->words[i].value == exemption)
            return words->words[i].text;
    return "";
}

/* The year has at most four digits; see bednet_scalar_time. */
static const char *utc(int64_t seconds, char out[UTC_BYTES])
{
    struct tm parts;
    time_t time = (time_t)seconds;
    out[0] = '\0';
    if (gmtime_r(&time, &parts) != NULL)
        strftime(out, UTC_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return out;
}

static void say(const struct bednet_policy *policy, const struct bednet_exception *exception, bool in_force)
{
    char until[UTC_BYTES];
    mosquitto_log_printf(in_force ? MOSQ_LOG_NOTICE : MOSQ_LOG_WARNING,
                         in_force ? "bednet: exception %s:%" PRIu32 ":%" PRIu32
                                    ": role %.64s is exempt from %s until %s: %s"
                                  : "bednet: exception %s:%" PRIu32 ":%" PRIu32
                                    ": role %.64s was exempt from %s until %s, which is over: %s",
                         policy->path.ptr, exception->source.line, exception->source.column,
                         policy->acl.roles[exception->role].name.ptr, name_of(exception->exemption),
                         utc(exception->until_s, until), exception->because.ptr);
}

static void say_ended(const struct bednet_policy *policy, const struct bednet_exception *exception)
{
    mosquitto_log_printf(
        MOSQ_LOG_NOTICE,
        "bednet: exception %s:%" PRIu32 ":%" PRIu32 " ended: role %.64s is no longer exempt from %s: %s",
        policy->path.ptr, exception->source.line, exception->source.column,
        policy->acl.roles[exception->role].name.ptr, name_of(exception->exemption), exception->because.ptr);
}

static void say_all(const struct bednet_instance *instance)
{
    const struct bednet_policy *policy = bednet_chain_policy(instance->chain);
    uint64_t in_force = bednet_chain_exceptions(instance->chain);
    for (size_t i = 0; i < policy->acl.exception_count; i++)
        say(policy, &policy->acl.exceptions[i], (in_force >> i & 1) != 0);
}

void bednet_exceptions_turn(struct bednet_instance *instance)
{
    if (instance->told_generation != bednet_chain_generation(instance->chain))
        say_all(instance);
    const struct bednet_policy *policy = bednet_chain_policy(instance->chain);
    uint64_t ended = bednet_chain_end_exceptions(instance->chain, bednet_clock_wall_s());
    for (; ended != 0; ended &= ended - 1)
        say_ended(policy, &policy->acl.exceptions[__builtin_ctzll(ended)]);
    instance->told_generation = bednet_chain_generation(instance->chain);
}
