/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target functions: bednet_naming_parse, bednet_naming_fits, bednet_naming_judge_filter, bednet_segment_fits.
 *
 * Input: two bytes that say how long a template and a topic are, then template, topic, and a client id up to
 * the end. What fits for nobody in particular fits for everybody; a filter without wildcards fits as the name
 * does; and a name that fits does so with `+` for any level and `#` for any rest that is not bound, and
 * intrudes with one that is.
 */
#include "core/naming.h"
#include "fuzz/must.h"
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct trial {
    const struct bednet_naming *naming;
    struct bednet_subject subject;
    struct bednet_levels topic;
};

static struct bednet_text take(const uint8_t **data, size_t *left, size_t bytes)
{
    struct bednet_text text = {(const char *)*data, bytes < *left ? bytes : *left};

    *data += text.len;
    *left -= text.len;
    return text;
}

static bool has_wildcard(const struct bednet_levels *levels)
{
    for (size_t i = 0; i < levels->count; i++) {
        struct bednet_text level = bednet_level_text(&levels->level[i]);

        if (memchr(level.ptr, '+', level.len) != NULL || memchr(level.ptr, '#', level.len) != NULL) {
            return true;
        }
    }
    return false;
}

static bool is_bound_from(const struct bednet_naming *naming, size_t index)
{
    for (; index < naming->level_count; index++) {
        if (naming->levels[index].bound) {
            return true;
        }
    }
    return false;
}

/* The topic fits. */
static void check_wildcards(const struct trial *trial)
{
    static struct bednet_levels filter;
    size_t reached;
    bool is_brokers = trial->topic.level[0].len > 0 && trial->topic.level[0].ptr[0] == '$';

    /* A wildcard at the beginning does not stand for what begins with `$`. */
    for (size_t i = is_brokers; i <= trial->topic.count; i++) {
        const struct bednet_naming_level *level = bednet_naming_level_at(trial->naming, i);

        memcpy(&filter, &trial->topic, sizeof(filter));
        if (i < filter.count) {
            filter.level[i] = bednet_level_of(BEDNET_TEXT_LITERAL("+"));
            MUST(bednet_naming_judge_filter(trial->naming, &filter, &trial->subject, &reached) ==
                 (level->bound ? BEDNET_NAMING_INTRUDES : BEDNET_NAMING_FITS));
        }
        if (i < BEDNET_TOPIC_LEVELS_MAX) {
            filter.level[i] = bednet_level_of(BEDNET_TEXT_LITERAL("#"));
            filter.count = i + 1;
            MUST(bednet_naming_judge_filter(trial->naming, &filter, &trial->subject, &reached) ==
                 (is_bound_from(trial->naming, i) ? BEDNET_NAMING_INTRUDES : BEDNET_NAMING_FITS));
        }
    }
}

static void check(const struct trial *trial)
{
    size_t reached = SIZE_MAX;
    enum bednet_naming_fit own, anybody;
    bool fits = bednet_naming_fits(trial->naming, &trial->topic, &trial->subject, &reached);

    MUST(reached <= trial->topic.count);
    MUST(fits || !bednet_naming_fits(trial->naming, &trial->topic, NULL, &reached));
    own = bednet_naming_judge_filter(trial->naming, &trial->topic, &trial->subject, &reached);
    anybody = bednet_naming_judge_filter(trial->naming, &trial->topic, NULL, &reached);
    MUST(anybody != BEDNET_NAMING_FITS || own == BEDNET_NAMING_FITS);
    MUST(own != BEDNET_NAMING_INTRUDES || anybody == BEDNET_NAMING_INTRUDES);
    if (has_wildcard(&trial->topic)) {
        return;
    }
    MUST(own == (fits ? BEDNET_NAMING_FITS : BEDNET_NAMING_DIFFERENT));
    if (fits) {
        check_wildcards(trial);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bednet_text values[] = {BEDNET_TEXT_LITERAL("x"), BEDNET_TEXT_LITERAL("yy")};
    struct bednet_topic_segment segments[] = {{BEDNET_TEXT_LITERAL("a"), values, 2, NULL, {1, 1}},
                                              {.name = BEDNET_TEXT_LITERAL("b"), .source = {2, 1}}};
    static struct trial trial;
    struct bednet_naming naming = {.bound = false};
    const char *error = NULL;
    size_t offset = SIZE_MAX, template_bytes, topic_bytes;
    struct bednet_arena *arena;
    struct bednet_text text, topic;

    if (size < 2) {
        return 0;
    }
    template_bytes = data[0];
    topic_bytes = data[1];
    data += 2;
    size -= 2;
    text = take(&data, &size, template_bytes);
    topic = take(&data, &size, topic_bytes);
    trial.subject = (struct bednet_subject){.client_id = take(&data, &size, size)};
    arena = bednet_arena_new();
    MUST(arena != NULL);
    MUST(bednet_regular_parse(arena, bednet_text("[a-c]{1,3}"), &segments[1].pattern, &error, &offset) ==
         BEDNET_OK);
    if (bednet_naming_parse(arena, text, segments, 2, &naming, &error, &offset) == BEDNET_OK) {
        trial.naming = &naming;
        if (bednet_levels_split(topic, &trial.topic)) {
            check(&trial);
        }
    } else {
        MUST(error != NULL && offset <= text.len);
    }
    bednet_arena_free(arena);
    return 0;
}
