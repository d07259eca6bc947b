/* SPDX-License-Identifier: Apache-2.0 */
/* `limits`: how much a client may send. */
#include "policy/build.h"
#include "policy/scalar.h"
#include "policy/tables.h"

#include <inttypes.h>

#define BYTES_BURST_LEAST (64 * 1024)

/* One entry while its mapping is read; nodes are NULL where the key is not there. */
struct limit_target {
    struct bednet_publish_limit *limit;
    const struct bednet_pair *burst;
    const struct bednet_pair *bytes_burst;
};

static void read_limits_mode(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    bednet_build_read_mode(build, pair, BEDNET_PLUGIN_LIMIT);
}

static const struct bednet_word per_words[] = {{"client", 0}};
const struct bednet_words bednet_words_per = BEDNET_WORDS("per", per_words);

static void read_per(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    int per;
    bednet_read_word(&build->report, &pair->value, "per", &bednet_words_per, &per);
}

static const struct bednet_word limit_action_words[] = {{"drop", 0}};
const struct bednet_words bednet_words_limit_action = BEDNET_WORDS("limit_action", limit_action_words);

static void read_action(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    int action;
    bednet_read_word(&build->report, &pair->value, "action", &bednet_words_limit_action, &action);
}

static bool read_rate_value(struct bednet_build *build, const struct bednet_pair *pair, bool sizes,
                            struct bednet_bucket_rate *rate)
{
    const char *expected = sizes
                               ? "bytes per time, such as 64KiB/s or 1MiB/m, at least one and at most 1024GiB"
                               : "messages per time, such as 10/s or 600/m, at least one and at most 2^40";
    const char *what = pair->key.text.ptr;
    if (!bednet_node_expect(&build->report, &pair->value, BEDNET_NODE_SCALAR, what, expected))
        return false;
    if (bednet_scalar_rate(pair->value.text, sizes, rate) == BEDNET_OK)
        return true;
    bednet_report_error(&build->report, pair->value.source, "%s is '%.64s' (expected %s)", what,
                        pair->value.text.ptr, expected);
    return false;
}

static void read_rate(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct limit_target *target = into;
    target->limit->has_messages = true;
    read_rate_value(build, pair, false, &target->limit->messages);
}

static void read_byte_rate(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct limit_target *target = into;
    target->limit->has_bytes = true;
    read_rate_value(build, pair, true, &target->limit->bytes);
}

static void read_burst(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct limit_target *target = into;
    target->burst = pair;
    bednet_read_number(&build->report, &pair->value, "burst", 1, BEDNET_BUCKET_TOKENS_MAX,
                       &target->limit->messages.burst);
}

static void read_bytes_burst(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct limit_target *target = into;
    target->bytes_burst = pair;
    bednet_read_size(&build->report, &pair->value, "bytes_burst", BEDNET_BUCKET_TOKENS_MAX,
                     &target->limit->bytes.burst);
}

static const struct bednet_key limit_keys[] = {
    {"per", BEDNET_KEY_REQUIRED, read_per},
    {"rate", BEDNET_KEY_OPTIONAL, read_rate},
    {"burst", BEDNET_KEY_OPTIONAL, read_burst},
    {"bytes", BEDNET_KEY_OPTIONAL, read_byte_rate},
    {"bytes_burst", BEDNET_KEY_OPTIONAL, read_bytes_burst},
    {"action", BEDNET_KEY_OPTIONAL, read_action},
};

const struct bednet_key_table bednet_table_limit = BEDNET_KEY_TABLE("limit", limit_keys);

/* What flows in during one second, but no less than `least`. */
static uint64_t default_burst(const struct bednet_bucket_rate *rate, uint64_t least)
{
    if (rate->period_ns == 0) /* was reported */
        return least;
    uint64_t seconds = rate->period_ns / UINT64_C(1000000000);
    uint64_t per_second = rate->tokens / seconds;
    return per_second > least ? per_second : least;
}

static void review_limit(struct bednet_build *build, const struct limit_target *target)
{
    struct bednet_publish_limit *limit = target->limit;
    if (!limit->has_messages && !limit->has_bytes)
        bednet_report_error(&build->report, limit->source,
                            "a limit without a rate (expected 'rate' or 'bytes' or both)");
    else if (!limit->has_messages && target->burst != NULL)
        bednet_report_error(&build->report, target->burst->key.source,
                            "'burst' without 'rate' (expected both, or 'bytes_burst')");
    else if (!limit->has_bytes && target->bytes_burst != NULL)
        bednet_report_error(&build->report, target->bytes_burst->key.source,
                            "'bytes_burst' without 'bytes' (expected both)");
    if (target->burst == NULL)
        limit->messages.burst = default_burst(&limit->messages, 1);
    if (target->bytes_burst == NULL)
        limit->bytes.burst = default_burst(&limit->bytes, BYTES_BURST_LEAST);
}

static void read_publish_limits(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    const struct bednet_node *list = &pair->value;
    if (!bednet_node_expect(&build->report, list, BEDNET_NODE_SEQUENCE, "publish", "a list of limits"))
        return;
    if (list->count == 0 || list->count > BEDNET_LIMIT_RULES_MAX) {
        bednet_report_error(&build->report, list->source, "%zu limits (expected 1 to %d)", list->count,
                            BEDNET_LIMIT_RULES_MAX);
        return;
    }
    struct bednet_publish_limit *limits = bednet_build_array(build, list->count, sizeof *limits);
    for (size_t i = 0; i < list->count && limits != NULL; i++) {
        struct limit_target target = {.limit = &limits[i]};
        limits[i].source = list->items[i].source;
        if (bednet_keys_read(build, &bednet_table_limit, &list->items[i], "a limit", &target))
            review_limit(build, &target);
    }
    build->policy->limits.publish = limits;
    build->policy->limits.publish_count = limits != NULL ? list->count : 0;
}

static const struct bednet_key limits_keys[] = {
    {"mode", BEDNET_KEY_OPTIONAL, read_limits_mode},
    {"publish", BEDNET_KEY_REQUIRED, read_publish_limits},
    {"connect", BEDNET_KEY_LATER, NULL},
    {"subscribe", BEDNET_KEY_LATER, NULL},
    {"lockout", BEDNET_KEY_LATER, NULL},
};

const struct bednet_key_table bednet_table_limits = BEDNET_KEY_TABLE("limits", limits_keys);

void bednet_section_limits(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    build->policy->section[BEDNET_PLUGIN_LIMIT] = pair->key.source;
    bednet_keys_read(build, &bednet_table_limits, &pair->value, "limits", NULL);
}
