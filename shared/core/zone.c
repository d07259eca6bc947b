/* SPDX-License-Identifier: Apache-2.0 */
/* Reading TZif: two blocks, of which the second has all that is needed, and a rule behind it. */
#include "core/zone.h"

#include <string.h>

enum { HEADER_BYTES = 44, COUNTS_AT = 20, TYPE_BYTES = 6, OFFSET_MAX_S = 26 * 3600 };

struct counts {
    uint32_t is_ut, is_standard, leaps, times, types, characters;
};

static uint32_t read_u32(const char *at)
{
    const uint8_t *bytes = (const uint8_t *)at;

    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t read_i64(const char *at)
{
    return (int64_t)((uint64_t)read_u32(at) << 32 | read_u32(at + 4));
}

/* Takes a header off; none of its counts is more than a file may have bytes. */
static bool take_header(struct bednet_text *bytes, struct counts *out)
{
    uint32_t counts[6];

    if (bytes->len < HEADER_BYTES || memcmp(bytes->ptr, "TZif", 4) != 0 || bytes->ptr[4] < '2') {
        return false;
    }
    for (size_t i = 0; i < 6; i++) {
        counts[i] = read_u32(bytes->ptr + COUNTS_AT + 4 * i);
        if (counts[i] > BEDNET_ZONE_BYTES_MAX) {
            return false;
        }
    }
    *out = (struct counts){counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
    bytes->ptr += HEADER_BYTES;
    bytes->len -= HEADER_BYTES;
    return true;
}

static size_t block_bytes(const struct counts *counts, size_t time_bytes)
{
    return counts->times * (time_bytes + 1) + (size_t)counts->types * TYPE_BYTES + counts->characters +
           counts->leaps * (time_bytes + 4) + counts->is_standard + counts->is_ut;
}

static bool take_block(struct bednet_text *bytes, size_t block, struct bednet_text *out)
{
    if (bytes->len < block) {
        return false;
    }
    *out = (struct bednet_text){bytes->ptr, block};
    bytes->ptr += block;
    bytes->len -= block;
    return true;
}

/* `block` has what `counts` say. */
static enum bednet_status read_block(struct bednet_arena *arena, const char *block,
                                     const struct counts *counts, struct bednet_zone *zone)
{
    const char *indices = block + (size_t)counts->times * 8;
    const char *types = indices + counts->times;
    int64_t *transitions = bednet_arena_array(arena, counts->times + 1, sizeof(*transitions));
    int32_t *offsets = bednet_arena_array(arena, counts->times + 1, sizeof(*offsets));

    if (transitions == NULL || offsets == NULL) {
        return BEDNET_NOMEM;
    }
    for (uint32_t i = 0; i < counts->types; i++) {
        int32_t offset = (int32_t)read_u32(types + (size_t)i * TYPE_BYTES);

        if (offset < -OFFSET_MAX_S || offset > OFFSET_MAX_S) {
            return BEDNET_INVALID;
        }
    }
    for (uint32_t i = 0; i < counts->times; i++) {
        uint8_t type = (uint8_t)indices[i];

        transitions[i] = read_i64(block + (size_t)i * 8);
        if (type >= counts->types || (i > 0 && transitions[i] <= transitions[i - 1])) {
            return BEDNET_INVALID;
        }
        offsets[i] = (int32_t)read_u32(types + (size_t)type * TYPE_BYTES);
    }
    *zone = (struct bednet_zone){.transitions = transitions,
                                 .offsets = offsets,
                                 .count = counts->times,
                                 .first_s = (int32_t)read_u32(types)};
    return BEDNET_OK;
}

/* `\n`, a rule or nothing, `\n`. */
static bool read_footer(struct bednet_text bytes, struct bednet_zone *zone)
{
    const char *end;

    if (bytes.len < 2 || bytes.ptr[0] != '\n') {
        return false;
    }
    end = memchr(bytes.ptr + 1, '\n', bytes.len - 1);
    if (end == NULL) {
        return false;
    }
    zone->has_rule = end > bytes.ptr + 1;
    return !zone->has_rule ||
           bednet_zone_rule_parse((struct bednet_text){bytes.ptr + 1, (size_t)(end - bytes.ptr) - 1},
                                  &zone->rule);
}

enum bednet_status bednet_zone_parse(struct bednet_arena *arena, struct bednet_text bytes,
                                     struct bednet_zone *out, const char **error)
{
    struct counts counts;
    struct bednet_text block;
    struct bednet_zone zone;
    enum bednet_status status;

    *error = "is no file of a time zone (expected TZif of version 2 or later)";
    if (bytes.len > BEDNET_ZONE_BYTES_MAX || !take_header(&bytes, &counts) ||
        !take_block(&bytes, block_bytes(&counts, 4), &block) || !take_header(&bytes, &counts) ||
        !take_block(&bytes, block_bytes(&counts, 8), &block) || counts.types == 0) {
        return BEDNET_INVALID;
    }
    if (counts.leaps != 0) {
        *error = "counts leap seconds (expected a time zone that does not)";
        return BEDNET_INVALID;
    }
    status = read_block(arena, block.ptr, &counts, &zone);
    if (status != BEDNET_OK) {
        return status;
    }
    if (!read_footer(bytes, &zone)) {
        return BEDNET_INVALID;
    }
    *out = zone;
    return BEDNET_OK;
}

int32_t bednet_zone_offset(const struct bednet_zone *zone, int64_t now_s)
{
    size_t low = 0, high = zone->count;

    if (zone->has_rule && (zone->count == 0 || now_s >= zone->transitions[zone->count - 1])) {
        return bednet_zone_rule_offset(&zone->rule, now_s);
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (zone->transitions[middle] <= now_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? zone->first_s : zone->offsets[low - 1];
}
