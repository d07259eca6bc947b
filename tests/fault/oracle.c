/* SPDX-License-Identifier: Apache-2.0 */
#include "fault/oracle.h"

#include "broker/mosquitto_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct oracle_policy oracle_policies[ORACLE_POLICIES] = {
    {.roles = {{.name = "device",
                .rules = {{ALLOW_PUBLISH, "site/${claim.site}/${client_id}/up"},
                          {ALLOW_PUBLISH, "name/${username}/x"},
                          {ALLOW_PUBLISH, "site/${claim.site}/all/#"},
                          {ALLOW_SUBSCRIBE, "site/${claim.site}/${client_id}/down/#"},
                          {ALLOW_RECEIVE, "news/+"},
                          {DENY_PUBLISH, "site/+/all/secret"},
                          {DENY_RECEIVE, "news/${client_id}"}},
                .rule_count = 7},
               {.name = "auditor",
                .lifts_wildcards = true,
                .rules = {{ALLOW_SUBSCRIBE, "site/#"},
                          {ALLOW_SUBSCRIBE, "+/+"},
                          {DENY_SUBSCRIBE, "site/s0/#"},
                          {DENY_PUBLISH, "name/#"}},
                .rule_count = 4},
               {.name = "plain",
                .username = "plain",
                .lifts_limits = true,
                .rules = {{ALLOW_PUBLISH, "plain/${username}/#"}, {ALLOW_SUBSCRIBE, "plain/#"}},
                .rule_count = 2},
               {.name = "near",
                .site = "s1",
                .rules = {{ALLOW_PUBLISH, "news/${client_id}"}, {ALLOW_SUBSCRIBE, "$SYS/broker/+"}},
                .rule_count = 2},
               {.name = "visitor",
                .anonymous = true,
                .rules = {{ALLOW_PUBLISH, "plain/guest"}, {ALLOW_SUBSCRIBE, "news/#"}},
                .rule_count = 2}},
     .role_count = 5,
     .levels_max = 6,
     .literals_min = 1,
     .singles_max = 2,
     .burst = 5},
    {.roles = {{.name = "device",
                .username = "plain",
                .rules = {{ALLOW_PUBLISH, "site/+/${client_id}/up"},
                          {ALLOW_SUBSCRIBE, "#"},
                          {DENY_SUBSCRIBE, "news/+"},
                          {DENY_RECEIVE, "site/${claim.site}/#"}},
                .rule_count = 4},
               {.name = "nobody", .rules = {{ALLOW_PUBLISH, "+/${claim.site}/#"}}, .rule_count = 1}},
     .role_count = 2,
     .levels_max = 4,
     .literals_min = 0,
     .singles_max = 1,
     .burst = 2},
};

/* ---- filters ---- */

static size_t level_length(const char *text)
{
    return strcspn(text, "/");
}

static bool is_level(const char *text, const char *level)
{
    return level_length(text) == strlen(level) && strncmp(text, level, strlen(level)) == 0;
}

/* The rest behind a level, or NULL where there is none. */
static const char *behind(const char *text)
{
    const char *slash = strchr(text, '/');
    return slash != NULL ? slash + 1 : NULL;
}

static bool same_level(const char *a, const char *b)
{
    return level_length(a) == level_length(b) && strncmp(a, b, level_length(a)) == 0;
}

static bool matches_from(const char *filter, const char *topic)
{
    if (filter == NULL || topic == NULL)
        return filter == topic || (filter != NULL && is_level(filter, "#"));
    if (is_level(filter, "#"))
        return true;
    if (!is_level(filter, "+") && !same_level(filter, topic))
        return false;
    return matches_from(behind(filter), behind(topic));
}

static bool opens_with_wildcard(const char *filter)
{
    return filter[0] == '#' || is_level(filter, "+");
}

bool oracle_matches(const char *filter, const char *topic)
{
    return !(topic[0] == '$' && opens_with_wildcard(filter)) && matches_from(filter, topic);
}

static bool covers_from(const char *filter, const char *requested)
{
    if (filter == NULL || requested == NULL)
        return filter == requested || (filter != NULL && is_level(filter, "#"));
    if (is_level(filter, "#"))
        return true;
    if (is_level(requested, "#"))
        return false;
    if (is_level(requested, "+") && !is_level(filter, "+"))
        return false;
    if (!is_level(filter, "+") && !same_level(filter, requested))
        return false;
    return covers_from(behind(filter), behind(requested));
}

bool oracle_covers(const char *filter, const char *requested)
{
    if (requested[0] == '$' && opens_with_wildcard(filter))
        return false;
    /* No topic has zero levels, so one more level is no less than any number of them. */
    if (strcmp(filter, "+/#") == 0 && strcmp(requested, "#") == 0)
        return true;
    return covers_from(filter, requested);
}

/* ---- rules ---- */

static const char *value_of(const struct oracle_subject *subject, const char *name)
{
    if (strncmp(name, "${client_id}", 12) == 0)
        return subject->client_id;
    if (strncmp(name, "${username}", 11) == 0)
        return subject->username;
    return subject->site;
}

/* False where a value is missing or unsafe. */
static bool fill_in(const char *filter, const struct oracle_subject *subject, char *out)
{
    for (; *filter != '\0';) {
        if (strncmp(filter, "${", 2) != 0) {
            *out++ = *filter++;
            continue;
        }
        const char *value = value_of(subject, filter);
        if (value == NULL || *value == '\0' || strpbrk(value, "+#/") != NULL)
            return false;
        out = stpcpy(out, value);
        filter = strchr(filter, '}') + 1;
    }
    *out = '\0';
    return true;
}

static bool lists(const char *roles, const char *name)
{
    char copy[256];
    snprintf(copy, sizeof copy, "%s", roles);
    char *rest = copy;
    for (char *role; (role = strsep(&rest, ",")) != NULL;)
        if (strcmp(role, name) == 0)
            return true;
    return false;
}

static bool has_role(const struct oracle_subject *subject, const struct oracle_role *role)
{
    if (subject->roles != NULL && lists(subject->roles, role->name))
        return true;
    if (role->site != NULL && subject->site != NULL && strcmp(role->site, subject->site) == 0)
        return true;
    if (subject->username == NULL)
        return role->anonymous;
    return role->username != NULL && strcmp(role->username, subject->username) == 0;
}

/* Some rule of one of these kinds speaks about the topic. */
static bool speaks(const struct oracle_policy *policy, const struct oracle_subject *subject, unsigned kinds,
                   bool whole, const char *topic)
{
    for (size_t i = 0; i < policy->role_count; i++) {
        const struct oracle_role *role = &policy->roles[i];
        for (size_t r = 0; r < role->rule_count && has_role(subject, role); r++) {
            char filter[1024];
            if ((kinds >> role->rules[r].kind & 1) == 0 || !fill_in(role->rules[r].filter, subject, filter))
                continue;
            if (whole ? oracle_covers(filter, topic) : oracle_matches(filter, topic))
                return true;
        }
    }
    return false;
}

static bool has_exemption(const struct oracle_policy *policy, const struct oracle_subject *subject,
                          bool limits)
{
    for (size_t i = 0; i < policy->role_count; i++)
        if (has_role(subject, &policy->roles[i]) &&
            (limits ? policy->roles[i].lifts_limits : policy->roles[i].lifts_wildcards))
            return true;
    return false;
}

bool oracle_lifts_limits(const struct oracle_policy *policy, const struct oracle_subject *subject)
{
    return has_exemption(policy, subject, true);
}

static bool has_good_shape(const struct oracle_policy *policy, const struct oracle_subject *subject,
                           bool is_filter, const char *topic)
{
    size_t levels = 0, singles = 0, multis = 0;
    for (const char *level = topic; level != NULL; level = behind(level)) {
        levels++;
        singles += is_level(level, "+");
        multis += is_level(level, "#");
    }
    if (levels > policy->levels_max)
        return false;
    if (!is_filter || has_exemption(policy, subject, false))
        return true;
    return singles <= policy->singles_max &&
           (multis == 0 || levels - singles - multis >= policy->literals_min);
}

#define BIT(kind) (1u << (kind))

bool oracle_allows(const struct oracle_policy *policy, const struct oracle_subject *subject, int access,
                   const char *topic)
{
    bool subscribe = access == MOSQ_ACL_SUBSCRIBE;
    if (access == MOSQ_ACL_UNSUBSCRIBE)
        return true;
    if (subscribe && strncmp(topic, "$share/", 7) == 0)
        topic = behind(topic + 7);
    if (access != MOSQ_ACL_READ && !has_good_shape(policy, subject, subscribe, topic))
        return false;
    unsigned allow = BIT(ALLOW_PUBLISH), deny = BIT(DENY_PUBLISH);
    if (subscribe) {
        allow = BIT(ALLOW_SUBSCRIBE);
        deny = BIT(DENY_SUBSCRIBE);
    } else if (access == MOSQ_ACL_READ) {
        allow = BIT(ALLOW_SUBSCRIBE) | BIT(ALLOW_RECEIVE);
        deny = BIT(DENY_SUBSCRIBE) | BIT(DENY_RECEIVE);
    }
    return speaks(policy, subject, allow, subscribe, topic) &&
           !speaks(policy, subject, deny, subscribe, topic);
}

/* ---- the same as YAML ---- */

static void write_members(FILE *out, const struct oracle_role *role)
{
    if (role->username != NULL || role->site != NULL || role->anonymous)
        fputs("    members:\n", out);
    if (role->username != NULL)
        fprintf(out, "      usernames: [%s]\n", role->username);
    if (role->site != NULL)
        fprintf(out, "      claims: {site: [%s]}\n", role->site);
    if (role->anonymous)
        fputs("      anonymous: true\n", out);
    if (role->lifts_wildcards)
        fputs("    exempt: [topics.wildcards]\n", out);
    if (role->lifts_limits)
        fputs("    exempt: [limits]\n", out);
}

static void write_rules(FILE *out, const struct oracle_role *role)
{
    static const char *const names[KINDS] = {"publish", "subscribe", "receive",
                                             "publish", "subscribe", "receive"};
    int said = -1;
    for (int kind = 0; kind < KINDS; kind++) {
        bool headed = false;
        for (size_t i = 0; i < role->rule_count; i++) {
            if (role->rules[i].kind != (enum oracle_kind)kind)
                continue;
            if (said != kind / 3)
                fputs(kind < DENY_PUBLISH ? "    allow:\n" : "    deny:\n", out);
            said = kind / 3;
            if (!headed)
                fprintf(out, "      %s:\n", names[kind]);
            headed = true;
            fprintf(out, "        - \"%s\"\n", role->rules[i].filter);
        }
    }
}

void oracle_write(const struct oracle_policy *policy, char *out, size_t out_bytes)
{
    FILE *text = fmemopen(out, out_bytes, "w");
    if (text == NULL)
        abort();
    fprintf(text, "topics:\n  levels: {max: %zu}\n  wildcards:\n", policy->levels_max);
    if (policy->literals_min > 0)
        fprintf(text, "    multi_level: {min_literal_levels: %zu}\n", policy->literals_min);
    fprintf(text, "    single_level: {max: %zu}\n", policy->singles_max);
    fprintf(text, "limits:\n  publish:\n    - {per: client, rate: 1/h, burst: %zu}\nroles:\n", policy->burst);
    for (size_t i = 0; i < policy->role_count; i++) {
        fprintf(text, "  %s:\n", policy->roles[i].name);
        write_members(text, &policy->roles[i]);
        write_rules(text, &policy->roles[i]);
    }
    if (fclose(text) != 0)
        abort();
}
