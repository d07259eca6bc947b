/* SPDX-License-Identifier: Apache-2.0 */
/* Scalars: their text, whether it stands in the file as it is, and what of it is refused. */
#include "policy/compose.h"

#include "core/escape.h"

static bool is_nothing(struct bednet_text text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (bednet_text_equal(text, bednet_text(words[i])))
            return true;
    return false;
}

/*
 * True for ` #` at the end of a line and for ` #/`: nobody writes such a comment, but somebody who knows MQTT
 * and not YAML writes `acme/+ #` or `acme/site #/x`.
 */
static bool is_cut(const struct bednet_composer *composer, size_t end)
{
    size_t offset = end;
    while (bednet_composer_is_blank(bednet_composer_byte(composer, offset)))
        offset++;
    if (offset == end || bednet_composer_byte(composer, offset) != '#')
        return false;
    char next = bednet_composer_byte(composer, offset + 1);
    return next == '/' || bednet_composer_is_line_end(next) ||
           (bednet_composer_is_blank(next) &&
            bednet_composer_is_line_end(bednet_composer_byte(composer, offset + 2)));
}

/* Where the text of a quoted scalar begins: versions differ in whether they mark the quote or what follows.
 */
static size_t content_offset(const struct bednet_composer *composer, const struct fy_mark *start, char quote,
                             struct bednet_node *node)
{
    if (start->input_pos > 0 && bednet_composer_byte(composer, start->input_pos - 1) == quote) {
        node->source.column--;
        return start->input_pos;
    }
    return start->input_pos + 1;
}

static void check_scalar(struct bednet_composer *composer, struct bednet_node *node, bool one_line)
{
    if (!one_line) {
        bednet_report_error(composer->report, node->source,
                            "a value goes on over several lines (expected it on one line)");
        node->kind = BEDNET_NODE_BROKEN;
    } else if (!bednet_utf8_is_clean(node->text)) {
        bednet_report_error(composer->report, node->source,
                            "a value holds a control character (expected printable UTF-8)");
        node->kind = BEDNET_NODE_BROKEN;
    }
}

void bednet_composer_fill_scalar(struct bednet_composer *composer, struct fy_event *event,
                                 struct bednet_node *node)
{
    const struct fy_mark *start = fy_event_start_mark(event);
    const struct fy_mark *end = fy_event_end_mark(event);
    enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);
    size_t length = 0;
    const char *text = fy_token_get_text(event->scalar.value, &length);
    node->text = bednet_arena_text(bednet_composer_arena(composer),
                                   (struct bednet_text){text, text != NULL ? length : 0});
    if (node->text.ptr == NULL) {
        bednet_composer_nomem(composer);
        return;
    }
    node->source = bednet_composer_source(start);
    node->quoted = style != FYSS_PLAIN;
    size_t offset = start->input_pos;
    if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
        offset = content_offset(composer, start, style == FYSS_SINGLE_QUOTED ? '\'' : '"', node);
    bool one_line = start->line == end->line && style != FYSS_LITERAL && style != FYSS_FOLDED;
    node->verbatim = one_line && length <= composer->yaml.len && offset <= composer->yaml.len - length &&
                     memcmp(composer->yaml.ptr + offset, node->text.ptr, length) == 0;
    node->cut = !node->quoted && is_cut(composer, end->input_pos);
    if (!node->quoted && is_nothing(node->text))
        node->kind = BEDNET_NODE_NOTHING;
    else
        check_scalar(composer, node, one_line);
}
