/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a session when that expires by which its client logged in. */
#include "policy/build.h"
#include "policy/tables.h"

#define JITTER_MOST_S (60 * 60)

struct expiry_target {
    struct bednet_expiry_policy *policy;
    const struct bednet_pair *jitter;
    const struct bednet_pair *will;
};

static const struct bednet_word action_words[] = {{"disconnect", 0}, {"keep", 1}};
const struct bednet_words bednet_words_expiry_action = BEDNET_WORDS("expiry_action", action_words);

static void read_action(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct expiry_target *target = into;
    int keeps;
    if (bednet_read_word(&build->report, &pair->value, pair->key.text.ptr, &bednet_words_expiry_action,
                         &keeps))
        target->policy->keeps = keeps != 0;
}

static void read_jitter(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct expiry_target *target = into;
    uint64_t seconds;
    target->jitter = pair;
    if (bednet_read_duration(&build->report, &pair->value, "jitter", 0, JITTER_MOST_S, &seconds))
        target->policy->jitter_s = (int64_t)seconds;
}

static const struct bednet_word will_words[] = {{"send", 1}, {"drop", 0}};
const struct bednet_words bednet_words_will = BEDNET_WORDS("will", will_words);

static void read_will(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct expiry_target *target = into;
    int sends;
    target->will = pair;
    if (bednet_read_word(&build->report, &pair->value, "will", &bednet_words_will, &sends))
        target->policy->will = sends != 0;
}

static const struct bednet_key on_expiry_keys[] = {
    {"action", BEDNET_KEY_OPTIONAL, read_action},
    {"jitter", BEDNET_KEY_OPTIONAL, read_jitter},
    {"will", BEDNET_KEY_OPTIONAL, read_will},
};

const struct bednet_key_table bednet_table_on_expiry = BEDNET_KEY_TABLE("on_expiry", on_expiry_keys);

static void refuse_with_keep(struct bednet_build *build, const struct bednet_pair *pair)
{
    if (pair != NULL)
        bednet_report_error(&build->report, pair->key.source,
                            "'%s' beside 'action: keep' (expected it with disconnect only: a session that "
                            "is kept does not end)",
                            pair->key.text.ptr);
}

void bednet_build_read_on_expiry(struct bednet_build *build, const struct bednet_pair *pair,
                                 struct bednet_expiry_policy *policy)
{
    struct expiry_target target = {.policy = policy};
    target.policy->source = pair->value.source;
    if (pair->value.kind != BEDNET_NODE_MAPPING) {
        read_action(build, pair, &target);
        return;
    }
    bednet_keys_read(build, &bednet_table_on_expiry, &pair->value, "on_expiry", &target);
    if (target.policy->keeps) {
        refuse_with_keep(build, target.jitter);
        refuse_with_keep(build, target.will);
    }
}
