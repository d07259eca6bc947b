/* SPDX-License-Identifier: Apache-2.0 */
/* Where in the file things stand, as far as libfyaml tells: it does not tell of what is not there. */
#include "policy/compose.h"

#include "policy/encoding.h"

struct bednet_source bednet_composer_source(const struct fy_mark *mark)
{
    return (struct bednet_source){(uint32_t)mark->line + 1, (uint32_t)mark->column + 1};
}

char bednet_composer_byte(const struct bednet_composer *composer, size_t offset)
{
    return offset < composer->yaml.len ? composer->yaml.ptr[offset] : '\n';
}

static void advance_to(struct bednet_composer *composer, size_t offset)
{
    bednet_encoding_advance(
        (struct bednet_text){composer->yaml.ptr + composer->offset, offset - composer->offset},
        &composer->source);
    composer->offset = offset;
}

/* Finds the dash of an item that has no value: past blanks, line ends and comments. */
static struct bednet_source find_dash(struct bednet_composer *composer)
{
    size_t offset = composer->offset;
    if (bednet_composer_byte(composer, offset) == '"' || bednet_composer_byte(composer, offset) == '\'')
        offset++; /* libfyaml ends a quoted scalar before its quote */
    for (; offset < composer->yaml.len && composer->yaml.ptr[offset] != '-'; offset++) {
        char byte = composer->yaml.ptr[offset];
        if (byte == '#')
            while (!bednet_composer_is_line_end(bednet_composer_byte(composer, offset + 1)))
                offset++;
        else if (!bednet_composer_is_blank(byte) && !bednet_composer_is_line_end(byte))
            return composer->source;
    }
    if (offset >= composer->yaml.len)
        return composer->source;
    advance_to(composer, offset);
    struct bednet_source dash = composer->source;
    advance_to(composer, offset + 1);
    return dash;
}

struct bednet_source bednet_composer_source_of_nothing(struct bednet_composer *composer)
{
    if (composer->depth == 0)
        return composer->source;
    const struct bednet_composer_frame *frame = &composer->frames[composer->depth - 1];
    if (!frame->mapping)
        return frame->flow ? composer->source : find_dash(composer);
    bool is_value = (composer->value_count - frame->start) % 2 == 1;
    return is_value ? composer->values[composer->value_count - 1].source : composer->source;
}

struct bednet_source bednet_composer_source_with_sign(const struct bednet_composer *composer,
                                                      const struct fy_mark *mark, char sign)
{
    struct bednet_source source = bednet_composer_source(mark);
    if (mark->input_pos > 0 && bednet_composer_byte(composer, mark->input_pos - 1) == sign)
        source.column--;
    return source;
}

bool bednet_composer_has_no_place(struct fy_event *event)
{
    const struct fy_mark *start = fy_event_start_mark(event);
    const struct fy_mark *end = fy_event_end_mark(event);
    return event->scalar.value == NULL || start == NULL || end == NULL ||
           (start->input_pos == end->input_pos && fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN);
}

void bednet_composer_follow(struct bednet_composer *composer, struct fy_event *event)
{
    const struct fy_mark *end = fy_event_end_mark(event);
    if (event->type == FYET_SCALAR && bednet_composer_has_no_place(event))
        return;
    if (end != NULL && end->input_pos >= composer->offset && end->input_pos <= composer->yaml.len) {
        composer->offset = end->input_pos;
        composer->source = bednet_composer_source(end);
    }
}
