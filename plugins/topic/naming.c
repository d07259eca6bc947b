/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/topic/naming.h"

/* The template of which most levels fitted; of several the first. */
struct closest {
    const struct bednet_naming *naming;
    size_t reached;
};

static void deny(struct bednet_decision *decision, enum bednet_reason reason, struct bednet_source rule)
{
    *decision = (struct bednet_decision){.verdict = BEDNET_DENY, .reason = reason, .rule = rule};
}

/* Says whether the value of a level is to blame, and if so which of those that it could have had. */
static void explain(const struct bednet_topics_policy *policy, const struct bednet_levels *levels,
                    const struct closest *closest, struct bednet_decision *decision)
{
    const struct bednet_naming_level *level =
        closest->reached < levels->count ? bednet_naming_level_at(closest->naming, closest->reached) : NULL;
    if (level == NULL || (level->segment == NULL && !level->bound))
        deny(decision, BEDNET_REASON_TEMPLATE, policy->templates_source);
    else if (level->segment != NULL &&
             !bednet_segment_fits(level->segment, bednet_level_text(&levels->level[closest->reached])))
        deny(decision, BEDNET_REASON_SEGMENT, level->segment->source);
    else
        deny(decision, BEDNET_REASON_SEGMENT, closest->naming->source);
}

static enum bednet_naming_fit judge(const struct bednet_naming *naming, const struct bednet_levels *levels,
                                    bool is_filter, const struct bednet_subject *subject, size_t *reached)
{
    if (is_filter)
        return bednet_naming_judge_filter(naming, levels, subject, reached);
    return bednet_naming_fits(naming, levels, subject, reached) ? BEDNET_NAMING_FITS
                                                                : BEDNET_NAMING_DIFFERENT;
}

bool bednet_topic_is_named(const struct bednet_topics_policy *policy, const struct bednet_levels *levels,
                           bool is_filter, const struct bednet_subject *subject,
                           struct bednet_decision *decision)
{
    struct closest closest = {NULL, 0};
    bool fits = policy->template_count == 0;
    for (size_t i = 0; i < policy->template_count && (is_filter || !fits); i++) {
        const struct bednet_naming *naming = &policy->templates[i];
        size_t reached = 0;
        enum bednet_naming_fit fit = judge(naming, levels, is_filter, subject, &reached);
        fits = fits || fit == BEDNET_NAMING_FITS;
        if (fit == BEDNET_NAMING_INTRUDES) {
            deny(decision, BEDNET_REASON_SEGMENT, naming->source);
            return false;
        }
        if (closest.naming == NULL || reached > closest.reached)
            closest = (struct closest){naming, reached};
    }
    if (!fits)
        explain(policy, levels, &closest, decision);
    return fits;
}
