/* SPDX-License-Identifier: Apache-2.0 */
/* Syntax of topic filters and levels of topics, in one pass over their bytes. */
#include "core/topic.h"

#include "core/split.h"
#include "core/utf8.h"

static const struct bednet_text share_prefix = {"$share/", 7};

/* `+` fills its level; `#` fills the last one. */
static bool wildcard_stands_well(struct bednet_text filter, size_t at)
{
    if (at > 0 && filter.ptr[at - 1] != '/') {
        return false;
    }
    return at + 1 == filter.len || (filter.ptr[at] == '+' && filter.ptr[at + 1] == '/');
}

/* What is not ASCII, and NUL. Gives the bytes of the character at `at`, 0 where it is none. */
static size_t character_bytes(struct bednet_text text, size_t at)
{
    uint32_t point;
    size_t bytes = bednet_utf8_decode((struct bednet_text){text.ptr + at, text.len - at}, &point);

    return bytes != 0 && point != 0 ? bytes : 0;
}

static enum bednet_topic_fault check(struct bednet_text text)
{
    size_t levels = 1;

    if (text.ptr == NULL || text.len == 0) {
        return BEDNET_TOPIC_EMPTY;
    }
    if (text.len > BEDNET_TOPIC_BYTES_MAX) {
        return BEDNET_TOPIC_TOO_LONG;
    }
    for (size_t at = 0, bytes; at < text.len; at += bytes) {
        unsigned char byte = (unsigned char)text.ptr[at];

        bytes = 1;
        if (byte == '/') {
            levels++;
        } else if (byte == '+' || byte == '#') {
            if (!wildcard_stands_well(text, at)) {
                return BEDNET_TOPIC_WILDCARD;
            }
        } else if (byte == 0 || byte >= 0x80) {
            bytes = character_bytes(text, at);
            if (bytes == 0) {
                return BEDNET_TOPIC_UTF8;
            }
        }
    }
    return levels <= BEDNET_TOPIC_LEVELS_MAX ? BEDNET_TOPIC_OK : BEDNET_TOPIC_TOO_DEEP;
}

enum bednet_topic_fault bednet_filter_check(struct bednet_text filter)
{
    enum bednet_topic_fault fault = check(filter);
    struct bednet_text rest, group;
    bool shared;

    if (fault != BEDNET_TOPIC_OK) {
        return fault;
    }
    rest = bednet_filter_unshared(filter, &shared);
    if (!shared) {
        return BEDNET_TOPIC_OK;
    }
    if (rest.ptr == NULL) {
        return BEDNET_TOPIC_SHARE;
    }
    group = (struct bednet_text){filter.ptr + share_prefix.len, filter.len - share_prefix.len - rest.len - 1};
    if (memchr(group.ptr, '+', group.len) != NULL || memchr(group.ptr, '#', group.len) != NULL) {
        return BEDNET_TOPIC_WILDCARD;
    }
    return BEDNET_TOPIC_OK;
}

struct bednet_text bednet_filter_unshared(struct bednet_text filter, bool *shared)
{
    const char *group, *end;
    size_t bytes;

    *shared = filter.ptr != NULL && filter.len >= share_prefix.len &&
              memcmp(filter.ptr, share_prefix.ptr, share_prefix.len) == 0;
    if (!*shared) {
        return filter;
    }
    group = filter.ptr + share_prefix.len;
    bytes = filter.len - share_prefix.len;
    end = memchr(group, '/', bytes);
    if (end == NULL || end == group || (size_t)(end - group) + 1 == bytes) {
        return (struct bednet_text){NULL, 0};
    }
    return (struct bednet_text){end + 1, bytes - (size_t)(end - group) - 1};
}

bool bednet_levels_split(struct bednet_text topic, struct bednet_levels *out)
{
    const struct bednet_level *end = topic.ptr != NULL ? bednet_split(topic, true, out->level) : NULL;

    out->count = end != NULL ? (size_t)(end - out->level) : 0;
    return end != NULL;
}
