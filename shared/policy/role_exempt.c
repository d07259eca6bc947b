/* SPDX-License-Identifier: Apache-2.0 */
/* `exempt` of a role: what it lifts, for good or until a time. */
#include "policy/roles.h"
#include "policy/scalar.h"
#include "policy/tables.h"

#define BECAUSE_BYTES_MAX 200

static const struct bednet_word exemption_words[] = {
    {"topics", BEDNET_EXEMPT_TOPICS},
    {"topics.wildcards", BEDNET_EXEMPT_TOPIC_WILDCARDS},
    {"topics.template", BEDNET_EXEMPT_TOPIC_TEMPLATE},
    {"limits", BEDNET_EXEMPT_LIMITS},
};

const struct bednet_words bednet_words_exemption = BEDNET_WORDS("exemption", exemption_words);

static void read_what(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_exception *exception = into;
    int exemption;
    if (bednet_read_word(&build->report, &pair->value, "what", &bednet_words_exemption, &exemption))
        exception->exemption = (unsigned)exemption;
}

static void read_until(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    static const char expected[] =
        "a time such as 2026-11-23T18:00:00Z or 2026-11-23T19:00:00+01:00, or seconds since 1970";
    struct bednet_exception *exception = into;
    if (bednet_node_expect(&build->report, &pair->value, BEDNET_NODE_SCALAR, "until", expected) &&
        bednet_scalar_time(pair->value.text, &exception->until_s) != BEDNET_OK)
        bednet_report_error(&build->report, pair->value.source, "until is '%.64s' (expected %s)",
                            pair->value.text.ptr, expected);
}

static void read_because(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_exception *exception = into;
    struct bednet_text because;
    if (!bednet_read_text(&build->report, &pair->value, "because", &because))
        return;
    if (because.len > BECAUSE_BYTES_MAX)
        bednet_report_error(&build->report, pair->value.source, "because has %zu bytes (expected at most %d)",
                            because.len, BECAUSE_BYTES_MAX);
    exception->because = bednet_build_keep(build, because);
}

static const struct bednet_key exception_keys[] = {
    {"what", BEDNET_KEY_REQUIRED, read_what},
    {"until", BEDNET_KEY_REQUIRED, read_until},
    {"because", BEDNET_KEY_REQUIRED, read_because},
};

const struct bednet_key_table bednet_table_exception = BEDNET_KEY_TABLE("exception", exception_keys);

static void read_exception(struct bednet_build *build, const struct bednet_node *node, size_t role)
{
    struct bednet_acl_policy *acl = &build->policy->acl;
    if (acl->exception_count == BEDNET_EXCEPTIONS_MAX) {
        bednet_report_error(&build->report, node->source,
                            "one exception too many (expected at most %d in all roles together)",
                            BEDNET_EXCEPTIONS_MAX);
        return;
    }
    if (build->exceptions == NULL) {
        build->exceptions = bednet_build_array(build, BEDNET_EXCEPTIONS_MAX, sizeof *build->exceptions);
        acl->exceptions = build->exceptions;
    }
    if (build->exceptions == NULL)
        return;
    struct bednet_exception *exception = &build->exceptions[acl->exception_count++];
    exception->role = (uint16_t)role;
    exception->source = node->source;
    bednet_keys_read(build, &bednet_table_exception, node, "an exception", exception);
}

void bednet_role_read_exempt(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    const struct bednet_role_target *target = into;
    const struct bednet_node *list = &pair->value;
    if (!bednet_node_expect(&build->report, list, BEDNET_NODE_SEQUENCE, "exempt",
                            "a list of topics, topics.wildcards, topics.template, limits"))
        return;
    for (size_t i = 0; i < list->count; i++) {
        int exemption;
        if (list->items[i].kind == BEDNET_NODE_MAPPING)
            read_exception(build, &list->items[i], target->index);
        else if (bednet_read_word(&build->report, &list->items[i], "an entry of exempt",
                                  &bednet_words_exemption, &exemption))
            build->roles[target->index].exemptions |= (unsigned)exemption;
    }
}
