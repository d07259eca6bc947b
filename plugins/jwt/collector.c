/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/jwt/collector.h"

#include <stdlib.h>

enum pass {
    PASS_ALL,    /* nearly always everything fits, and then nobody need ask what the policy speaks of */
    PASS_WANTED, /* what the policy speaks of */
    PASS_REST
};

struct visit {
    struct bednet_collector *collector;
    const struct bednet_policy *policy;
    enum pass pass;
    char dropped[BEDNET_CLAIM_NAME_BYTES_MAX]; /* the last name of which a value did not fit */
    size_t dropped_bytes;
};

static int compare(const void *a, const void *b)
{
    const struct bednet_text *x = a, *y = b;
    int order = memcmp(x->ptr, y->ptr, x->len < y->len ? x->len : y->len);
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static bool policy_speaks_of(const struct bednet_policy *policy, struct bednet_text name)
{
    return policy->attribute_count > 0 && bsearch(&name, policy->attributes, policy->attribute_count,
                                                  sizeof *policy->attributes, compare) != NULL;
}

static struct bednet_text keep(struct bednet_collector *collector, struct bednet_text text)
{
    char *at = collector->bytes + collector->used;
    memcpy(at, text.ptr, text.len);
    collector->used += text.len;
    return (struct bednet_text){at, text.len};
}

static bool fits(const struct bednet_collector *collector, struct bednet_text name, struct bednet_text value)
{
    return collector->count < BEDNET_IDENTITY_ATTRIBUTES_MAX &&
           name.len + value.len <= sizeof collector->bytes - collector->used;
}

/* Values of one name stand in a row; half of a list would be another list, so the kept ones are taken back.
 */
static void drop_name(struct bednet_collector *collector, struct bednet_text name)
{
    while (collector->count > 0 && bednet_text_equal(collector->attributes[collector->count - 1].name, name))
        collector->count--;
}

/* Only after everything was too much: what is not of this pass, or belongs to what did not fit. */
static bool is_passed_over(const struct visit *visit, struct bednet_text name)
{
    struct bednet_text dropped = {visit->dropped, visit->dropped_bytes};
    return policy_speaks_of(visit->policy, name) != (visit->pass == PASS_WANTED) ||
           bednet_text_equal(name, dropped);
}

static bool take(void *context, struct bednet_text name, struct bednet_text value)
{
    struct visit *visit = context;
    struct bednet_collector *collector = visit->collector;
    if (visit->pass != PASS_ALL && is_passed_over(visit, name))
        return true;
    if (!fits(collector, name, value)) {
        drop_name(collector, name);
        memcpy(visit->dropped, name.ptr, name.len);
        visit->dropped_bytes = name.len;
        return visit->pass == PASS_REST;
    }
    struct bednet_attribute *attribute = &collector->attributes[collector->count];
    attribute->name = keep(collector, name);
    attribute->value = keep(collector, value);
    collector->count++;
    return true;
}

static bool gather(struct bednet_collector *collector, const struct bednet_policy *policy,
                   const struct bednet_claims *claims, enum pass pass, bool anew)
{
    struct visit visit; /* not emptied as a whole: the room for a name is long */
    visit.collector = collector;
    visit.policy = policy;
    visit.pass = pass;
    visit.dropped_bytes = 0;
    if (anew)
        collector->count = collector->used = 0;
    return bednet_claims_visit(claims, take, &visit);
}

bool bednet_collector_gather(struct bednet_collector *collector, const struct bednet_policy *policy,
                             const struct bednet_claims *claims)
{
    if (gather(collector, policy, claims, PASS_ALL, true))
        return true;
    if (!gather(collector, policy, claims, PASS_WANTED, true))
        return false;
    gather(collector, policy, claims, PASS_REST, false);
    return true;
}
