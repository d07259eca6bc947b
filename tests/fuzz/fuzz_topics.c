/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target functions: bednet_filter_check, bednet_filter_unshared, bednet_levels_split,
 * bednet_filter_matches, bednet_filter_covers, bednet_rules_*, bednet_template_*, bednet_escape,
 * bednet_suggest.
 *
 * Input: two bytes that say how long a filter and a topic are, then filter, topic, and a client id up to the
 * end. Whatever they are, the answers must agree with each other.
 */
#include "core/escape.h"
#include "core/filter.h"
#include "core/suggest.h"
#include "core/template.h"
#include "core/topic.h"
#include "fuzz/must.h"
#include "packed.h"
#include "rules_asking.h"
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    struct bednet_text filter;
    struct bednet_text topic;
    struct bednet_text client_id;
};

/* In memory of its own and of its very size, so that ASan sees what reads past its end. */
static struct bednet_text take(const uint8_t **data, size_t *left, size_t bytes)
{
    char *copy;

    bytes = bytes < *left ? bytes : *left;
    copy = malloc(bytes > 0 ? bytes : 1);
    MUST(copy != NULL);
    memcpy(copy, *data, bytes);
    *data += bytes;
    *left -= bytes;
    return (struct bednet_text){copy, bytes};
}

static void release(struct bednet_text text)
{
    free((void *)(uintptr_t)text.ptr);
}

static void check_escape(struct bednet_text text)
{
    for (size_t room = 8; room <= 64; room += 7) {
        char out[64];
        size_t length = bednet_escape(text, out, room);

        MUST(length < room && strlen(out) == length);
        MUST(bednet_utf8_is_clean((struct bednet_text){out, length}));
        length = bednet_escape_sentence(text, out, room);
        MUST(length < room && strlen(out) == length);
        MUST(bednet_utf8_is_clean((struct bednet_text){out, length}));
    }
}

static bool has_fresh_letters(struct bednet_text text)
{
    return memchr(text.ptr, '~', text.len) != NULL;
}

/* A name that the filter matches; `+` and `#` become `below` levels that stand nowhere else. Owned. */
static struct bednet_text witness(struct bednet_text filter, size_t below)
{
    size_t bytes = 0;
    char *name = malloc(filter.len * 2 + 16);

    MUST(name != NULL);
    for (size_t i = 0; i < filter.len; i++) {
        if (filter.ptr[i] == '+') {
            name[bytes++] = '~';
        } else if (filter.ptr[i] == '#') {
            for (size_t copy = 0; copy < below; copy++) {
                bytes += (size_t)sprintf(name + bytes, "%s~~", copy > 0 ? "/" : "");
            }
            bytes -= below == 0 && bytes > 0; /* the separator */
        } else {
            name[bytes++] = filter.ptr[i];
        }
    }
    return (struct bednet_text){name, bytes};
}

static void check_covering(struct bednet_text wide, struct bednet_text narrow)
{
    bool covers = bednet_filter_covers(wide, narrow);
    bool all = true;

    MUST(bednet_filter_covers(wide, wide));
    if (has_fresh_letters(wide) || has_fresh_letters(narrow)) {
        return;
    }
    for (size_t below = 0; below <= 3; below++) {
        struct bednet_text name = witness(narrow, below);

        if (name.len > 0) {
            MUST(bednet_filter_matches(narrow, name));
            all = all && bednet_filter_matches(wide, name);
        }
        release(name);
    }
    /* Deeper witnesses would tell no more: below a level `#` takes everything. */
    MUST(all == covers);
}

static bool is_hit(const struct bednet_rules_hits *hits)
{
    return hits->source[BEDNET_DENY_RECEIVE].line != 0;
}

/* The rule's filter with the client id filled in, owned; absent where that is not possible. */
static struct bednet_text fill(struct bednet_arena *arena, struct bednet_text filter,
                               const struct bednet_subject *subject)
{
    size_t room = (filter.len + 1) * (subject->client_id.len + 1) + 1, offset;
    struct bednet_template tmpl;
    const char *error;
    char *out;

    if (bednet_template_parse(arena, filter, &tmpl, &error, &offset) != BEDNET_OK ||
        !bednet_template_is_usable(&tmpl, subject)) {
        return (struct bednet_text){NULL, 0};
    }
    out = malloc(room);
    MUST(out != NULL);
    MUST(bednet_template_expand(&tmpl, subject, out, room) == BEDNET_OK);
    return bednet_text(out);
}

static void compare_rules(const struct bednet_rules *rules, struct bednet_text filled,
                          const struct bednet_subject *subject, struct bednet_text topic)
{
    bool is_filter = bednet_filter_check(topic) == BEDNET_TOPIC_OK;
    bool is_name =
        is_filter && memchr(topic.ptr, '+', topic.len) == NULL && memchr(topic.ptr, '#', topic.len) == NULL;
    struct bednet_rules_hits hits;
    uint16_t role = 0;

    if (is_name) {
        MUST(rules_match(rules, &role, 1, subject, topic, 63, &hits));
        MUST(filled.ptr != NULL ? is_hit(&hits) == bednet_filter_matches(filled, topic) : !is_hit(&hits));
        MUST(filled.ptr == NULL || !hits.unusable);
    }
    if (is_filter) {
        MUST(rules_cover(rules, &role, 1, subject, topic, 63, &hits));
        MUST(filled.ptr != NULL ? is_hit(&hits) == bednet_filter_covers(filled, topic) : !is_hit(&hits));
    }
}

/* The short way of the rule that allows the same; what is long or begins with `$` is left to the other one.
 */
static void compare_allowing(const struct bednet_rules *rules, struct bednet_text filled,
                             const struct bednet_subject *subject, struct bednet_text topic)
{
    const unsigned kind = 1u << BEDNET_ALLOW_PUBLISH;
    struct packed packed;
    const struct bednet_pack *pack;
    uint16_t role = 0;
    bool is_plain;

    if (bednet_filter_check(topic) != BEDNET_TOPIC_OK || subject->client_id.len > PACKED_BYTES_MAX / 2) {
        return;
    }
    pack = pack_subject(&packed, subject);
    is_plain = memchr(topic.ptr, '+', topic.len) == NULL && memchr(topic.ptr, '#', topic.len) == NULL;
    if (is_plain) {
        MUST(bednet_rules_allow(rules, &role, 1, pack, &topic, kind) ==
             (filled.ptr != NULL && topic.len < BEDNET_TOPIC_LEVELS_MAX && topic.ptr[0] != '$' &&
              bednet_filter_matches(filled, topic)));
    }
    if (bednet_rules_allow(rules, &role, 1, pack, &topic, kind | BEDNET_RULES_COVER)) {
        MUST(is_plain && filled.ptr != NULL && bednet_filter_covers(filled, topic));
    }
    MUST(!bednet_rules_allow(rules, &role, 1, pack, &topic, kind | 1u << BEDNET_DENY_RECEIVE));
}

static void check_rules(const struct input *input)
{
    struct bednet_subject subject = {.client_id = input->client_id};
    struct bednet_rules_builder *builder = bednet_rules_builder_new(1);
    struct bednet_arena *arena = bednet_arena_new();
    const char *error = NULL;
    size_t offset = SIZE_MAX;

    MUST(builder != NULL && arena != NULL);
    if (rules_add(builder, 0, BEDNET_DENY_RECEIVE, input->filter, (struct bednet_source){1, 1}, &error,
                  &offset) == BEDNET_OK &&
        rules_add(builder, 0, BEDNET_ALLOW_PUBLISH, input->filter, (struct bednet_source){2, 1}, &error,
                  &offset) == BEDNET_OK) {
        struct bednet_rules *rules = bednet_rules_freeze(builder);
        struct bednet_text filled = fill(arena, input->filter, &subject);
        bool dollar_by_value = input->filter.len > 1 && memcmp(input->filter.ptr, "${", 2) == 0 &&
                               filled.ptr != NULL && filled.ptr[0] == '$';

        MUST(rules != NULL && bednet_rules_count(rules) == 2);
        if (!dollar_by_value && (filled.ptr == NULL || filled.len <= BEDNET_TOPIC_BYTES_MAX)) {
            compare_rules(rules, filled, &subject, input->topic);
            compare_allowing(rules, filled, &subject, input->topic);
        }
        release(filled);
        bednet_rules_free(rules);
    } else {
        MUST(error != NULL && offset <= input->filter.len);
    }
    bednet_rules_builder_free(builder);
    bednet_arena_free(arena);
}

static void check_syntax(struct bednet_text text)
{
    static struct bednet_levels levels;
    bool shared;
    struct bednet_text rest = bednet_filter_unshared(text, &shared);

    if (bednet_filter_check(text) == BEDNET_TOPIC_OK) {
        MUST(rest.ptr != NULL && rest.len > 0);
        MUST(bednet_levels_split(text, &levels) && levels.count >= 1);
        MUST(bednet_filter_covers(rest, rest));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const words[] = {"publish", "subscribe", "a", ""};
    size_t filter_bytes, topic_bytes;
    struct input input;

    if (size < 2) {
        return 0;
    }
    filter_bytes = data[0];
    topic_bytes = data[1];
    data += 2;
    size -= 2;
    input.filter = take(&data, &size, filter_bytes);
    input.topic = take(&data, &size, topic_bytes);
    input.client_id = take(&data, &size, size);

    check_escape(input.filter);
    check_escape(input.client_id);
    check_syntax(input.filter);
    check_syntax(input.topic);
    if (bednet_filter_check(input.filter) == BEDNET_TOPIC_OK &&
        bednet_filter_check(input.topic) == BEDNET_TOPIC_OK) {
        check_covering(input.filter, input.topic);
    }
    check_rules(&input);
    bednet_suggest(input.client_id, words, sizeof(words) / sizeof(words[0]));
    release(input.filter);
    release(input.topic);
    release(input.client_id);
    return 0;
}
