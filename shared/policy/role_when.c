/* SPDX-License-Identifier: Apache-2.0 */
/* `when` of a rule: days and hours, by the clocks of some time zone. */
#include "core/file.h"
#include "policy/roles.h"
#include "policy/tables.h"

#include <stdio.h>

#define ZONE_FOLDER         "/usr/share/zoneinfo"
#define ZONE_NAME_BYTES_MAX 64
#define ZONES_MAX           64

static void read_days(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_hours *hours = into;
    const struct bednet_node *list = &pair->value;
    if (!bednet_node_expect(&build->report, list, BEDNET_NODE_SEQUENCE, "days",
                            "a list of days, such as mon or mon-fri"))
        return;
    if (list->count == 0)
        bednet_report_error(&build->report, list->source,
                            "days is an empty list (expected at least one, or no such key)");
    hours->days = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct bednet_text text;
        uint8_t days = 0;
        if (bednet_read_text(&build->report, &list->items[i], "a day", &text) &&
            !bednet_days_parse(text, &days))
            bednet_report_error(
                &build->report, list->items[i].source,
                "'%.64s' is no day of the week (expected mon, tue, wed, thu, fri, sat or sun, "
                "or a range such as mon-fri)",
                text.ptr);
        hours->days |= days;
    }
}

static void read_hours(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_hours *hours = into;
    struct bednet_text text;
    if (bednet_read_text(&build->report, &pair->value, "hours", &text) && !bednet_hours_parse(text, hours))
        bednet_report_error(&build->report, pair->value.source,
                            "hours is '%.64s' (expected hours such as 07:00-19:00, or 22:00-06:00)",
                            text.ptr);
}

/* --- Time zones --- */

/* Nothing that leads out of the folder. */
static bool is_zone_name(struct bednet_text name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    return name.len <= ZONE_NAME_BYTES_MAX && name.ptr[0] != '/' && strspn(name.ptr, allowed) == name.len;
}

static bool parse_zone(struct bednet_build *build, const struct bednet_node *node, struct bednet_text bytes,
                       struct bednet_zone *out)
{
    const char *error;
    enum bednet_status status = bednet_zone_parse(build->arena, bytes, out, &error);
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&build->report);
    else if (status != BEDNET_OK)
        bednet_report_error(&build->report, node->source, "the time zone '%.64s' %s", node->text.ptr, error);
    return status == BEDNET_OK;
}

static bool load_zone(struct bednet_build *build, const struct bednet_node *node, struct bednet_zone *out)
{
    char path[sizeof ZONE_FOLDER + 1 + ZONE_NAME_BYTES_MAX];
    char fault[BEDNET_FILE_FAULT_BYTES];
    struct bednet_file file = {0};
    bool good = false;
    snprintf(path, sizeof path, "%s/%s", ZONE_FOLDER, node->text.ptr);
    enum bednet_status status = bednet_file_read(path, BEDNET_ZONE_BYTES_MAX, &file, fault);
    if (status == BEDNET_OK)
        good = parse_zone(build, node, (struct bednet_text){file.bytes, file.length}, out);
    else if (status == BEDNET_NOMEM)
        bednet_report_nomem(&build->report);
    else
        bednet_report_error(&build->report, node->source,
                            "no time zone '%.64s': %s; zones such as Europe/Berlin come with the system's "
                            "tzdata, UTC is always there",
                            node->text.ptr, fault);
    bednet_file_free(&file);
    return good;
}

/* The zone that was read before under this name; NULL where none was. */
static const struct bednet_zone *find_zone(const struct bednet_build *build, struct bednet_text name,
                                           size_t *count)
{
    *count = 0;
    for (const struct bednet_build_zone *zone = build->zones; zone != NULL; zone = zone->next, ++*count)
        if (bednet_text_equal(zone->name, name))
            return &zone->zone;
    return NULL;
}

/* NULL, and reported, where it cannot be had; NULL, too, where no file may be read. */
static const struct bednet_zone *zone_of(struct bednet_build *build, const struct bednet_node *node)
{
    size_t count;
    const struct bednet_zone *found = find_zone(build, node->text, &count);
    bool is_utc = bednet_text_equal(node->text, BEDNET_TEXT_LITERAL("UTC"));
    if (found != NULL || (!build->read_files && !is_utc))
        return found;
    if (count == ZONES_MAX) {
        bednet_report_error(&build->report, node->source, "too many time zones (expected at most %d)",
                            ZONES_MAX);
        return NULL;
    }
    struct bednet_build_zone *entry = bednet_build_array(build, 1, sizeof *entry);
    if (entry == NULL || (!is_utc && !load_zone(build, node, &entry->zone)))
        return NULL;
    entry->name = bednet_build_keep(build, node->text);
    entry->next = build->zones;
    build->zones = entry;
    return &entry->zone;
}

static void read_zone(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_hours *hours = into;
    struct bednet_text name;
    if (!bednet_read_text(&build->report, &pair->value, "zone", &name))
        return;
    if (!is_zone_name(name))
        bednet_report_error(&build->report, pair->value.source,
                            "'%.64s' is no name of a time zone (expected one such as Europe/Berlin, or UTC)",
                            name.ptr);
    else
        hours->zone = zone_of(build, &pair->value);
}

static const struct bednet_key when_keys[] = {
    {"days", BEDNET_KEY_OPTIONAL, read_days},
    {"hours", BEDNET_KEY_OPTIONAL, read_hours},
    {"zone", BEDNET_KEY_REQUIRED, read_zone},
};

const struct bednet_key_table bednet_table_when = BEDNET_KEY_TABLE("when", when_keys);

void bednet_rule_read_when(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_rule_target *target = into;
    struct bednet_hours *hours = &target->condition.hours;
    *hours = (struct bednet_hours){.days = 0x7F, .until_minute = BEDNET_MINUTES_OF_DAY};
    if (!bednet_keys_read(build, &bednet_table_when, &pair->value, "when", hours))
        return;
    if (bednet_node_find(&pair->value, "days") == NULL && bednet_node_find(&pair->value, "hours") == NULL)
        bednet_report_error(&build->report, pair->value.source,
                            "when asks for no time (expected days, hours, or both)");
    target->condition.aspects |= BEDNET_ASPECT_TIME;
}
