/* SPDX-License-Identifier: Apache-2.0 */
/* `on_change`: what becomes of clients that are there when the policy changes. */
#include "policy/build.h"
#include "policy/tables.h"

static const struct bednet_word subscription_words[] = {
    {"remove", BEDNET_CHANGE_REMOVES},
    {"disconnect", BEDNET_CHANGE_DISCONNECTS},
    {"keep", BEDNET_CHANGE_KEEPS},
};
const struct bednet_words bednet_words_subscription_change =
    BEDNET_WORDS("subscription_change", subscription_words);

static void read_subscription(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_change_policy *policy = into;
    int action;
    if (bednet_read_word(&build->report, &pair->value, "subscription", &bednet_words_subscription_change,
                         &action))
        policy->subscription = (enum bednet_subscription_change)action;
}

static void read_roles(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_change_policy *policy = into;
    int keeps;
    if (bednet_read_word(&build->report, &pair->value, "roles", &bednet_words_expiry_action, &keeps))
        policy->ends_roleless = keeps == 0;
}

static void read_will(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_change_policy *policy = into;
    int sends;
    if (bednet_read_word(&build->report, &pair->value, "will", &bednet_words_will, &sends))
        policy->drops_will = sends == 0;
}

static const struct bednet_key on_change_keys[] = {
    {"subscription", BEDNET_KEY_OPTIONAL, read_subscription},
    {"roles", BEDNET_KEY_OPTIONAL, read_roles},
    {"will", BEDNET_KEY_OPTIONAL, read_will},
};

const struct bednet_key_table bednet_table_on_change = BEDNET_KEY_TABLE("on_change", on_change_keys);

void bednet_section_on_change(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    struct bednet_change_policy *policy = &build->policy->on_change;
    policy->source = pair->key.source;
    bednet_keys_read(build, &bednet_table_on_change, &pair->value, "on_change", policy);
}
