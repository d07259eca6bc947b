/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From libfyaml's events to the tree. Events rather than libfyaml's own documents, so that depth and number
 * of nodes are bounded while parsing, aliases never expand, and the tree outlives the parser.
 */
#include "policy/document.h"

#include "core/escape.h"
#include "policy/encoding.h"

#include <libfyaml.h>
#include <stdlib.h>

/* A sequence or mapping that is still open; its children wait on the stack of values from `start` on. */
struct frame {
    bool mapping;
    bool flow;
    struct bednet_source source;
    size_t offset;
    size_t start;
};

struct composer {
    struct bednet_arena *arena;
    const struct bednet_document_reader *reader;
    struct bednet_arena *passing; /* of the item that the reader gets next; NULL without one */
    struct bednet_report *report;
    struct bednet_text yaml;
    struct bednet_node *values;
    size_t value_count;
    size_t value_capacity;
    size_t node_count;
    struct frame frames[BEDNET_DOCUMENT_DEPTH_MAX];
    size_t depth;
    size_t documents;
    /* How far the file was understood, for nodes that libfyaml gives no place for. */
    size_t offset;
    struct bednet_source source;
    bool stop;
};

static void discard_output(struct fy_diag *diag, void *user, const char *bytes, size_t length)
{
    (void)diag;
    (void)user;
    (void)bytes;
    (void)length;
}

static struct bednet_source source_of(const struct fy_mark *mark)
{
    return (struct bednet_source){(uint32_t)mark->line + 1, (uint32_t)mark->column + 1};
}

static void out_of_memory(struct composer *composer)
{
    bednet_report_nomem(composer->report);
    composer->stop = true;
}

static char byte_at(const struct composer *composer, size_t offset)
{
    return offset < composer->yaml.len ? composer->yaml.ptr[offset] : '\n';
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_line_end(char byte)
{
    return byte == '\n' || byte == '\r';
}

static void advance_to(struct composer *composer, size_t offset)
{
    bednet_encoding_advance(
        (struct bednet_text){composer->yaml.ptr + composer->offset, offset - composer->offset},
        &composer->source);
    composer->offset = offset;
}

/* Finds the dash of an item that has no value: past blanks, line ends and comments. */
static struct bednet_source find_dash(struct composer *composer)
{
    size_t offset = composer->offset;
    if (byte_at(composer, offset) == '"' || byte_at(composer, offset) == '\'')
        offset++; /* libfyaml ends a quoted scalar before its quote */
    for (; offset < composer->yaml.len && composer->yaml.ptr[offset] != '-'; offset++) {
        char byte = composer->yaml.ptr[offset];
        if (byte == '#')
            while (!is_line_end(byte_at(composer, offset + 1)))
                offset++;
        else if (!is_blank(byte) && !is_line_end(byte))
            return composer->source;
    }
    if (offset >= composer->yaml.len)
        return composer->source;
    advance_to(composer, offset);
    struct bednet_source dash = composer->source;
    advance_to(composer, offset + 1);
    return dash;
}

static struct bednet_source source_of_nothing(struct composer *composer)
{
    if (composer->depth == 0)
        return composer->source;
    const struct frame *frame = &composer->frames[composer->depth - 1];
    if (!frame->mapping)
        return frame->flow ? composer->source : find_dash(composer);
    bool is_value = (composer->value_count - frame->start) % 2 == 1;
    return is_value ? composer->values[composer->value_count - 1].source : composer->source;
}

/* True inside of a list whose items go to the reader: the value, not the key, of a pair of the root. */
static bool is_passing(const struct composer *composer)
{
    const struct frame *frames = composer->frames;
    return composer->reader->item != NULL && composer->depth >= 2 && frames[0].mapping &&
           !frames[1].mapping && (frames[1].start - frames[0].start) % 2 == 1;
}

static struct bednet_arena *arena_of(const struct composer *composer)
{
    return is_passing(composer) ? composer->passing : composer->arena;
}

/* Enough for many items, little enough to be had again and again. */
#define PASSING_BYTES_MAX (256 * 1024)

static void pass(struct composer *composer, const struct bednet_node *item)
{
    const struct bednet_node *key = &composer->values[composer->frames[1].start - 1];
    composer->node_count = 0;
    if (!composer->reader->item(composer->reader->context, key, item)) {
        composer->stop = true;
        return;
    }
    if (bednet_arena_bytes(composer->passing) < PASSING_BYTES_MAX)
        return;
    bednet_arena_free(composer->passing);
    composer->passing = bednet_arena_new();
    if (composer->passing == NULL)
        out_of_memory(composer);
}

static void push(struct composer *composer, struct bednet_node node)
{
    if (composer->depth == 2 && is_passing(composer)) {
        pass(composer, &node);
        return;
    }
    if (composer->node_count++ >= BEDNET_DOCUMENT_NODES_MAX) {
        bednet_report_error(composer->report, node.source,
                            "too many values in one file (expected at most %d)", BEDNET_DOCUMENT_NODES_MAX);
        composer->stop = true;
        return;
    }
    if (composer->value_count == composer->value_capacity) {
        size_t capacity = composer->value_capacity == 0 ? 256 : composer->value_capacity * 2;
        struct bednet_node *values = realloc(composer->values, capacity * sizeof *values);
        if (values == NULL) {
            out_of_memory(composer);
            return;
        }
        composer->values = values;
        composer->value_capacity = capacity;
    }
    composer->values[composer->value_count++] = node;
}

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
static bool is_cut(const struct composer *composer, size_t end)
{
    size_t offset = end;
    while (is_blank(byte_at(composer, offset)))
        offset++;
    if (offset == end || byte_at(composer, offset) != '#')
        return false;
    char next = byte_at(composer, offset + 1);
    return next == '/' || is_line_end(next) || (is_blank(next) && is_line_end(byte_at(composer, offset + 2)));
}

/* Where the text of a quoted scalar begins: versions differ in whether they mark the quote or what follows.
 */
static size_t content_offset(const struct composer *composer, const struct fy_mark *start, char quote,
                             struct bednet_node *node)
{
    if (start->input_pos > 0 && byte_at(composer, start->input_pos - 1) == quote) {
        node->source.column--;
        return start->input_pos;
    }
    return start->input_pos + 1;
}

static void check_scalar(struct composer *composer, struct bednet_node *node, bool one_line)
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

/* Fills in a scalar that has a token and a place. */
static void fill_scalar(struct composer *composer, struct fy_event *event, struct bednet_node *node)
{
    const struct fy_mark *start = fy_event_start_mark(event);
    const struct fy_mark *end = fy_event_end_mark(event);
    enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);
    size_t length = 0;
    const char *text = fy_token_get_text(event->scalar.value, &length);
    node->text = bednet_arena_text(arena_of(composer), (struct bednet_text){text, text != NULL ? length : 0});
    if (node->text.ptr == NULL) {
        out_of_memory(composer);
        return;
    }
    node->source = source_of(start);
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

/* A value that is not there: some versions of libfyaml give it no place, others one of their own choosing. */
static bool has_no_place(struct fy_event *event)
{
    const struct fy_mark *start = fy_event_start_mark(event);
    const struct fy_mark *end = fy_event_end_mark(event);
    return event->scalar.value == NULL || start == NULL || end == NULL ||
           (start->input_pos == end->input_pos && fy_token_scalar_style(event->scalar.value) == FYSS_PLAIN);
}

static void on_scalar(struct composer *composer, struct fy_event *event)
{
    struct bednet_node node = {.kind = BEDNET_NODE_NOTHING};
    if (has_no_place(event)) {
        node.source = source_of_nothing(composer);
    } else {
        node.kind = BEDNET_NODE_SCALAR;
        fill_scalar(composer, event, &node);
    }
    if (!composer->stop)
        push(composer, node);
}

/* Where a mark stands that may lie behind its sign (`&`, `*`), as it does in some versions. */
static struct bednet_source source_with_sign(const struct composer *composer, const struct fy_mark *mark,
                                             char sign)
{
    struct bednet_source source = source_of(mark);
    if (mark->input_pos > 0 && byte_at(composer, mark->input_pos - 1) == sign)
        source.column--;
    return source;
}

static void refuse_token(struct composer *composer, struct fy_token *token, const char *what)
{
    if (token == NULL)
        return;
    const struct fy_mark *mark = fy_token_start_mark(token);
    bednet_report_error(composer->report,
                        mark != NULL ? source_with_sign(composer, mark, '&') : composer->source,
                        "%s is not supported (expected plain values only)", what);
}

static void on_start(struct composer *composer, struct fy_event *event, bool mapping)
{
    const struct fy_mark *start = fy_event_start_mark(event);
    const struct fy_mark *end = fy_event_end_mark(event);
    struct frame frame = {.mapping = mapping, .start = composer->value_count};
    frame.source = start != NULL ? source_of(start) : composer->source;
    frame.offset = start != NULL ? start->input_pos : composer->offset;
    frame.flow = start != NULL && end != NULL && end->input_pos > start->input_pos;
    if (composer->depth == BEDNET_DOCUMENT_DEPTH_MAX) {
        bednet_report_error(composer->report, frame.source, "nested too deeply (expected at most %d levels)",
                            BEDNET_DOCUMENT_DEPTH_MAX);
        composer->stop = true;
        return;
    }
    composer->frames[composer->depth++] = frame;
}

static void end_sequence(struct composer *composer, const struct frame *frame, struct bednet_node *node)
{
    node->kind = BEDNET_NODE_SEQUENCE;
    node->count = composer->value_count - frame->start;
    if (node->count == 0)
        return;
    struct bednet_node *items = bednet_arena_array(arena_of(composer), node->count, sizeof *items);
    if (items == NULL) {
        out_of_memory(composer);
        return;
    }
    memcpy(items, composer->values + frame->start, node->count * sizeof *items);
    node->items = items;
}

/* By key, and among equal ones by place. */
static int compare_pairs(const void *left, const void *right)
{
    const struct bednet_pair *a = *(struct bednet_pair *const *)left;
    const struct bednet_pair *b = *(struct bednet_pair *const *)right;
    size_t shorter = a->key.text.len < b->key.text.len ? a->key.text.len : b->key.text.len;
    int order = shorter == 0 ? 0 : memcmp(a->key.text.ptr, b->key.text.ptr, shorter);
    if (order != 0)
        return order;
    if (a->key.text.len != b->key.text.len)
        return a->key.text.len < b->key.text.len ? -1 : 1;
    return a < b ? -1 : a > b;
}

static void mark_duplicates(struct composer *composer, struct bednet_pair *pairs, size_t count)
{
    struct bednet_pair **sorted = malloc(count * sizeof *sorted);
    if (sorted == NULL) {
        out_of_memory(composer);
        return;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = &pairs[i];
    qsort(sorted, count, sizeof *sorted, compare_pairs);
    for (size_t i = 1; i < count; i++) {
        struct bednet_pair *before = sorted[i - 1];
        if (bednet_text_equal(before->key.text, sorted[i]->key.text))
            sorted[i]->first = before->first != NULL ? before->first : before;
    }
    free(sorted);
}

static void check_key(struct composer *composer, struct bednet_node *key)
{
    if (key->kind == BEDNET_NODE_SCALAR || key->kind == BEDNET_NODE_BROKEN)
        return;
    bednet_report_error(composer->report, key->source, "a key is %s (expected a string)",
                        bednet_node_kind_text(key->kind));
    key->kind = BEDNET_NODE_BROKEN;
}

static void end_mapping(struct composer *composer, const struct frame *frame, struct bednet_node *node)
{
    node->kind = BEDNET_NODE_MAPPING;
    node->count = (composer->value_count - frame->start) / 2;
    if (node->count == 0)
        return;
    struct bednet_pair *pairs = bednet_arena_array(arena_of(composer), node->count, sizeof *pairs);
    if (pairs == NULL) {
        out_of_memory(composer);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        pairs[i].key = composer->values[frame->start + 2 * i];
        pairs[i].value = composer->values[frame->start + 2 * i + 1];
        check_key(composer, &pairs[i].key);
    }
    node->pairs = pairs;
    mark_duplicates(composer, pairs, node->count);
}

static void on_end(struct composer *composer)
{
    struct frame frame = composer->frames[--composer->depth];
    struct bednet_node node = {.source = frame.source};
    if (frame.mapping)
        end_mapping(composer, &frame, &node);
    else
        end_sequence(composer, &frame, &node);
    composer->value_count = frame.start;
    if (!composer->stop)
        push(composer, node);
}

static void on_alias(struct composer *composer, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    struct bednet_node node = {.kind = BEDNET_NODE_BROKEN};
    node.source = mark != NULL ? source_with_sign(composer, mark, '*') : composer->source;
    bednet_report_error(composer->report, node.source,
                        "an alias is not supported (expected plain values only; quote a '*' that is meant)");
    push(composer, node);
}

static void on_document(struct composer *composer, struct fy_event *event)
{
    struct fy_document_state *state = event->document_start.document_state;
    const struct fy_mark *mark = fy_event_start_mark(event);
    struct bednet_source source = mark != NULL ? source_of(mark) : composer->source;
    if (composer->documents++ > 0) {
        bednet_report_error(composer->report, source, "a second document in the file (expected exactly one)");
        composer->stop = true;
    } else if (state != NULL &&
               (fy_document_state_version_explicit(state) || fy_document_state_tags_explicit(state))) {
        bednet_report_error(composer->report, (struct bednet_source){1, 1},
                            "a YAML directive is not supported (expected no line that starts with '%%')");
    }
}

static void on_event(struct composer *composer, struct fy_event *event)
{
    switch (event->type) {
    case FYET_DOCUMENT_START:
        on_document(composer, event);
        break;
    case FYET_SCALAR:
        refuse_token(composer, event->scalar.anchor, "an anchor");
        refuse_token(composer, event->scalar.tag, "a tag");
        on_scalar(composer, event);
        break;
    case FYET_SEQUENCE_START:
        refuse_token(composer, event->sequence_start.anchor, "an anchor");
        refuse_token(composer, event->sequence_start.tag, "a tag");
        on_start(composer, event, false);
        break;
    case FYET_MAPPING_START:
        refuse_token(composer, event->mapping_start.anchor, "an anchor");
        refuse_token(composer, event->mapping_start.tag, "a tag");
        on_start(composer, event, true);
        break;
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        on_end(composer);
        break;
    case FYET_ALIAS:
        on_alias(composer, event);
        break;
    default:
        break;
    }
    const struct fy_mark *end = fy_event_end_mark(event);
    if (event->type == FYET_SCALAR && has_no_place(event))
        return;
    if (end != NULL && end->input_pos >= composer->offset && end->input_pos <= composer->yaml.len) {
        composer->offset = end->input_pos;
        composer->source = source_of(end);
    }
}

#define HASH_HINT " (a '#' that is meant must be quoted: unquoted it starts a comment)"

/* What a syntax error inside `[...]` or `{...}` most likely comes from in a file about MQTT topics. */
static const char *flow_hint(const struct composer *composer)
{
    size_t start = composer->yaml.len;
    for (size_t i = composer->depth; i > 0; i--)
        if (composer->frames[i - 1].flow)
            start = composer->frames[i - 1].offset;
    bool comment = false;
    for (size_t i = start; i + 1 < composer->yaml.len; i++) {
        const char *bytes = composer->yaml.ptr + i;
        if (i > composer->offset && is_line_end(bytes[0]))
            break; /* the error stands at most on the line that was understood last */
        if (bytes[0] == '$' && bytes[1] == '{')
            return " (inside [...] and {...} a value with ${...} must be quoted; or use a list with dashes)";
        comment = comment || (bytes[1] == '#' && (is_blank(bytes[0]) || i == start));
    }
    return comment ? HASH_HINT : "";
}

/* Some advice, always in parentheses. */
static const char *hint(const struct composer *composer, const char *message)
{
    const char *flow = flow_hint(composer);
    if (flow[0] != '\0')
        return flow;
    if (strstr(message, "invalid comment") != NULL)
        return HASH_HINT;
    if (strstr(message, "node content") != NULL)
        return " (expected a value here or before; a '#' that is meant must be quoted)";
    if (strstr(message, "multiline plain key") != NULL)
        return " (expected the next line to be indented otherwise)";
    return " (expected valid YAML)";
}

static void report_syntax(struct composer *composer, struct fy_parser *parser, struct fy_diag *diag)
{
    if (!fy_parser_get_stream_error(parser))
        return;
    void *state = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &state);
    while (error != NULL && error->type != FYET_ERROR)
        error = fy_diag_errors_iterate(diag, &state);
    if (error == NULL || error->msg == NULL) { /* libfyaml says nothing only where memory failed */
        out_of_memory(composer);
        return;
    }
    struct bednet_source source = {error->line > 0 ? (uint32_t)error->line : 1,
                                   error->column > 0 ? (uint32_t)error->column : 1};
    bednet_report_error(composer->report, source, "YAML syntax: %s%s", error->msg,
                        hint(composer, error->msg));
    composer->stop = true;
}

static void compose(struct composer *composer, struct fy_diag *diag)
{
    struct fy_parse_cfg config = {.search_path = "",
                                  .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 |
                                           FYPCF_JSON_NONE,
                                  .diag = diag};
    struct fy_parser *parser = fy_parser_create(&config);
    if (parser == NULL || fy_parser_set_string(parser, composer->yaml.ptr, composer->yaml.len) != 0) {
        out_of_memory(composer);
    } else {
        struct fy_event *event;
        while (!composer->stop && (event = fy_parser_parse(parser)) != NULL) {
            on_event(composer, event);
            fy_parser_event_free(parser, event);
        }
        if (!composer->stop)
            report_syntax(composer, parser, diag);
    }
    if (parser != NULL)
        fy_parser_destroy(parser);
}

static const struct bednet_node *take_root(struct composer *composer)
{
    if (composer->stop)
        return NULL;
    if (composer->documents == 0 || composer->value_count != 1) {
        bednet_report_error(composer->report, (struct bednet_source){1, 1}, "%s", composer->reader->empty);
        return NULL;
    }
    struct bednet_node *root = bednet_arena_alloc(composer->arena, sizeof *root);
    if (root == NULL)
        bednet_report_nomem(composer->report);
    else
        *root = composer->values[0];
    return root;
}

static const struct bednet_node *read_text(struct composer *composer)
{
    struct fy_diag_cfg config;
    fy_diag_cfg_default(&config);
    config.fp = NULL;
    config.output_fn = discard_output;
    config.colorize = false;
    struct fy_diag *diag = fy_diag_create(&config);
    composer->passing = composer->reader->item != NULL ? bednet_arena_new() : NULL;
    const struct bednet_node *root = NULL;
    if (diag == NULL || (composer->reader->item != NULL && composer->passing == NULL)) {
        bednet_report_nomem(composer->report);
    } else {
        fy_diag_set_collect_errors(diag, true);
        if (composer->yaml.len > 0)
            compose(composer, diag);
        root = take_root(composer);
    }
    free(composer->values);
    bednet_arena_free(composer->passing);
    if (diag != NULL)
        fy_diag_destroy(diag);
    return root;
}

const struct bednet_node *bednet_document_read(struct bednet_arena *arena, struct bednet_text yaml,
                                               const struct bednet_document_reader *reader,
                                               struct bednet_report *report)
{
    struct bednet_source place;
    const char *fault = bednet_encoding_fault(yaml, &place);
    if (fault != NULL) {
        bednet_report_error(report, place, "%s", fault);
        return NULL;
    }
    struct composer composer = {
        .arena = arena, .reader = reader, .report = report, .yaml = yaml, .source = {1, 1}};
    return read_text(&composer);
}

const struct bednet_node *bednet_document_parse(struct bednet_arena *arena, struct bednet_text yaml,
                                                struct bednet_report *report)
{
    static const struct bednet_document_reader reader = {
        .empty = "the policy is empty (expected a mapping that begins with 'bednet: 1')"};
    return bednet_document_read(arena, yaml, &reader, report);
}
