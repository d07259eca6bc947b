/* SPDX-License-Identifier: Apache-2.0 */
#include "core/condition.h"

static enum bednet_condition_fit fit_of(bool holds)
{
    return holds ? BEDNET_CONDITION_HOLDS : BEDNET_CONDITION_FAILS;
}

static enum bednet_condition_fit judge_qos(const struct bednet_condition *condition,
                                           const struct bednet_situation *situation)
{
    return situation->qos > 2 ? BEDNET_CONDITION_UNKNOWN
                              : fit_of((condition->qos >> situation->qos & 1) != 0);
}

static enum bednet_condition_fit judge_protocol(const struct bednet_condition *condition,
                                                const struct bednet_situation *situation)
{
    if (situation->protocol < 3 || situation->protocol > 5) {
        return BEDNET_CONDITION_UNKNOWN;
    }
    return fit_of((condition->protocols >> situation->protocol & 1) != 0);
}

static enum bednet_condition_fit judge_address(const struct bednet_condition *condition,
                                               struct bednet_situation *situation)
{
    if (situation->looked_at == BEDNET_ADDRESS_UNREAD) {
        situation->looked_at = bednet_address_parse(situation->address, &situation->parsed)
                                   ? BEDNET_ADDRESS_KNOWN
                                   : BEDNET_ADDRESS_UNKNOWN;
    }
    if (situation->looked_at == BEDNET_ADDRESS_UNKNOWN) {
        return BEDNET_CONDITION_UNKNOWN;
    }
    for (size_t i = 0; i < condition->network_count; i++) {
        if (bednet_network_holds(&condition->networks[i], &situation->parsed)) {
            return BEDNET_CONDITION_HOLDS;
        }
    }
    return BEDNET_CONDITION_FAILS;
}

static enum bednet_condition_fit judge_time(const struct bednet_condition *condition,
                                            const struct bednet_situation *situation)
{
    if (situation->now_s == 0 || condition->hours.zone == NULL) {
        return BEDNET_CONDITION_UNKNOWN;
    }
    return fit_of(bednet_hours_hold(&condition->hours, situation->now_s));
}

/* The worse of what was found so far and what another aspect says. */
static enum bednet_condition_fit worse(enum bednet_condition_fit a, enum bednet_condition_fit b)
{
    return a < b ? a : b;
}

enum bednet_condition_fit bednet_condition_judge(const struct bednet_condition *condition, unsigned aspects,
                                                 struct bednet_situation *situation)
{
    enum bednet_condition_fit fit = BEDNET_CONDITION_HOLDS;
    unsigned asked = condition->aspects & aspects;

    if (asked == 0) {
        return fit;
    }
    if (situation == NULL) {
        return BEDNET_CONDITION_UNKNOWN;
    }
    if ((asked & BEDNET_ASPECT_QOS) != 0) {
        fit = worse(fit, judge_qos(condition, situation));
    }
    if ((asked & BEDNET_ASPECT_RETAIN) != 0) {
        fit = worse(fit, fit_of(condition->retain == situation->retain));
    }
    if ((asked & BEDNET_ASPECT_PROTOCOL) != 0) {
        fit = worse(fit, judge_protocol(condition, situation));
    }
    if ((asked & BEDNET_ASPECT_TIME) != 0 && fit != BEDNET_CONDITION_FAILS) {
        fit = worse(fit, judge_time(condition, situation));
    }
    if ((asked & BEDNET_ASPECT_ADDRESS) != 0 && fit != BEDNET_CONDITION_FAILS) {
        fit = worse(fit, judge_address(condition, situation));
    }
    return fit;
}
