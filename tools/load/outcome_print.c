/* SPDX-License-Identifier: Apache-2.0 */
/* The outcome for people: a few lines that can be read aloud. */
#include "outcome.h"

#include <stdio.h>

static double number(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

/* The const of jansson's iterators is the object's, which is not written to. */
static json_t *iterable(const json_t *object)
{
    return (json_t *)(uintptr_t)object;
}

static void print_value(const json_t *value)
{
    if (json_is_object(value))
        json_dumpf(value, stdout, JSON_COMPACT);
    else if (json_is_integer(value))
        printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        printf("%.6g", json_number_value(value));
}

/* One line, without what is empty; none where all is. */
static void print_group(const char *title, const json_t *group)
{
    const char *name;
    json_t *value;
    const char *before = NULL;
    json_object_foreach(iterable(group), name, value)
    {
        if (json_is_object(value) && json_object_size(value) == 0)
            continue;
        if (before == NULL)
            printf("%-10s", title);
        printf("%s%s ", before != NULL ? before : "", name);
        before = ", ";
        print_value(value);
    }
    if (before != NULL)
        putchar('\n');
}

static void print_durations(const json_t *durations)
{
    const char *name;
    json_t *duration;
    json_object_foreach(iterable(durations), name, duration)
        printf("%-10sp50 %.3f ms, p90 %.3f, p99 %.3f, p99.9 %.3f, max %.3f (%.0f of them)\n", name,
               number(duration, "p50_us") / 1000, number(duration, "p90_us") / 1000,
               number(duration, "p99_us") / 1000, number(duration, "p999_us") / 1000,
               number(duration, "max_us") / 1000, number(duration, "count"));
}

void bednet_outcome_print(const json_t *outcome)
{
    const json_t *failures = json_object_get(outcome, "failures"), *notes = json_object_get(outcome, "notes");
    printf("%-10s%.3f s measured%s\n", json_string_value(json_object_get(outcome, "load")),
           number(outcome, "seconds"),
           json_is_true(json_object_get(outcome, "interrupted")) ? ", interrupted" : "");
    print_group("logins", json_object_get(outcome, "logins"));
    print_group("sessions", json_object_get(outcome, "sessions"));
    print_group("messages", json_object_get(outcome, "messages"));
    print_group("storm", json_object_get(outcome, "storm"));
    print_durations(json_object_get(outcome, "durations"));
    print_group("broker", json_object_get(outcome, "broker"));
    print_group("generator", json_object_get(outcome, "generator"));
    for (size_t i = 0; i < json_array_size(notes); i++)
        printf("NOTE      %s\n", json_string_value(json_array_get(notes, i)));
    for (size_t i = 0; i < json_array_size(failures); i++)
        printf("FAILED    %s\n", json_string_value(json_array_get(failures, i)));
}
