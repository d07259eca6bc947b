/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From libfyaml's events to the tree. Events rather than libfyaml's own documents, so that depth and number
 * of nodes are bounded while parsing, aliases never expand, and the tree outlives the parser.
 */
#include "policy/compose.h"

#include "policy/encoding.h"

#include <stdlib.h>

static void discard_output(struct fy_diag *diag, void *user, const char *bytes, size_t length)
{
    (void)diag;
    (void)user;
    (void)bytes;
    (void)length;
}

/* Enough for many items, little enough to be had again and again. */
#define PASSING_BYTES_MAX (256 * 1024)

static void pass(struct bednet_composer *composer, const struct bednet_node *item)
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
        bednet_composer_nomem(composer);
}

static void push(struct bednet_composer *composer, struct bednet_node node)
{
    if (composer->depth == 2 && bednet_composer_is_passing(composer)) {
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
            bednet_composer_nomem(composer);
            return;
        }
        composer->values = values;
        composer->value_capacity = capacity;
    }
    composer->values[composer->value_count++] = node;
}

static void on_scalar(struct bednet_composer *composer, struct fy_event *event)
{
    struct bednet_node node = {.kind = BEDNET_NODE_NOTHING};
    if (bednet_composer_has_no_place(event)) {
        node.source = bednet_composer_source_of_nothing(composer);
    } else {
        node.kind = BEDNET_NODE_SCALAR;
        bednet_composer_fill_scalar(composer, event, &node);
    }
    if (!composer->stop)
        push(composer, node);
}

static void refuse_token(struct bednet_composer *composer, struct fy_token *token, const char *what)
{
    if (token == NULL)
        return;
    const struct fy_mark *mark = fy_token_start_mark(token);
    bednet_report_error(composer->report,
                        mark != NULL ? bednet_composer_source_with_sign(composer, mark, '&')
                                     : composer->source,
                        "%s is not supported (expected plain values only)", what);
}

static void on_start(struct bednet_composer *composer, struct fy_event *event, bool mapping)
{
    const struct fy_mark *start = fy_event_start_mark(event);
    const struct fy_mark *end = fy_event_end_mark(event);
    struct bednet_composer_frame frame = {.mapping = mapping, .start = composer->value_count};
    frame.source = start != NULL ? bednet_composer_source(start) : composer->source;
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

static void end_sequence(struct bednet_composer *composer, const struct bednet_composer_frame *frame,
                         struct bednet_node *node)
{
    node->kind = BEDNET_NODE_SEQUENCE;
    node->count = composer->value_count - frame->start;
    if (node->count == 0)
        return;
    struct bednet_node *items =
        bednet_arena_array(bednet_composer_arena(composer), node->count, sizeof *items);
    if (items == NULL) {
        bednet_composer_nomem(composer);
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

static void mark_duplicates(struct bednet_composer *composer, struct bednet_pair *pairs, size_t count)
{
    struct bednet_pair **sorted = malloc(count * sizeof *sorted);
    if (sorted == NULL) {
        bednet_composer_nomem(composer);
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

static void check_key(struct bednet_composer *composer, struct bednet_node *key)
{
    if (key->kind == BEDNET_NODE_SCALAR || key->kind == BEDNET_NODE_BROKEN)
        return;
    bednet_report_error(composer->report, key->source, "a key is %s (expected a string)",
                        bednet_node_kind_text(key->kind));
    key->kind = BEDNET_NODE_BROKEN;
}

static void end_mapping(struct bednet_composer *composer, const struct bednet_composer_frame *frame,
                        struct bednet_node *node)
{
    node->kind = BEDNET_NODE_MAPPING;
    node->count = (composer->value_count - frame->start) / 2;
    if (node->count == 0)
        return;
    struct bednet_pair *pairs =
        bednet_arena_array(bednet_composer_arena(composer), node->count, sizeof *pairs);
    if (pairs == NULL) {
        bednet_composer_nomem(composer);
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

static void on_end(struct bednet_composer *composer)
{
    struct bednet_composer_frame frame = composer->frames[--composer->depth];
    struct bednet_node node = {.source = frame.source};
    if (frame.mapping)
        end_mapping(composer, &frame, &node);
    else
        end_sequence(composer, &frame, &node);
    composer->value_count = frame.start;
    if (!composer->stop)
        push(composer, node);
}

static void on_alias(struct bednet_composer *composer, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    struct bednet_node node = {.kind = BEDNET_NODE_BROKEN};
    node.source = mark != NULL ? bednet_composer_source_with_sign(composer, mark, '*') : composer->source;
    bednet_report_error(composer->report, node.source,
                        "an alias is not supported (expected plain values only; quote a '*' that is meant)");
    push(composer, node);
}

static void on_document(struct bednet_composer *composer, struct fy_event *event)
{
    struct fy_document_state *state = event->document_start.document_state;
    const struct fy_mark *mark = fy_event_start_mark(event);
    struct bednet_source source = mark != NULL ? bednet_composer_source(mark) : composer->source;
    if (composer->documents++ > 0) {
        bednet_report_error(composer->report, source, "a second document in the file (expected exactly one)");
        composer->stop = true;
    } else if (state != NULL &&
               (fy_document_state_version_explicit(state) || fy_document_state_tags_explicit(state))) {
        bednet_report_error(composer->report, (struct bednet_source){1, 1},
                            "a YAML directive is not supported (expected no line that starts with '%%')");
    }
}

static void on_event(struct bednet_composer *composer, struct fy_event *event)
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
    bednet_composer_follow(composer, event);
}

static void compose(struct bednet_composer *composer, struct fy_diag *diag)
{
    struct fy_parse_cfg config = {.search_path = "",
                                  .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 |
                                           FYPCF_JSON_NONE,
                                  .diag = diag};
    struct fy_parser *parser = fy_parser_create(&config);
    if (parser == NULL || fy_parser_set_string(parser, composer->yaml.ptr, composer->yaml.len) != 0) {
        bednet_composer_nomem(composer);
    } else {
        struct fy_event *event;
        while (!composer->stop && (event = fy_parser_parse(parser)) != NULL) {
            on_event(composer, event);
            fy_parser_event_free(parser, event);
        }
        if (!composer->stop)
            bednet_composer_report_syntax(composer, parser, diag);
    }
    if (parser != NULL)
        fy_parser_destroy(parser);
}

static const struct bednet_node *take_root(struct bednet_composer *composer)
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

static const struct bednet_node *read_text(struct bednet_composer *composer)
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
    struct bednet_composer composer = {
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
