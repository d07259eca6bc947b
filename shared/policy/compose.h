/* SPDX-License-Identifier: Apache-2.0 */
/* The tree while it grows from libfyaml's events, for the parts of that. Internal to this folder. */
#ifndef BEDNET_POLICY_COMPOSE_H
#define BEDNET_POLICY_COMPOSE_H

#include "policy/document.h"

#include <libfyaml.h>

/* A sequence or mapping that is still open; its children wait on the stack of values from `start` on. */
struct bednet_composer_frame {
    bool mapping;
    bool flow;
    struct bednet_source source;
    size_t offset;
    size_t start;
};

struct bednet_composer {
    struct bednet_arena *arena;
    const struct bednet_document_reader *reader;
    struct bednet_arena *passing; /* of the item that the reader gets next; NULL without one */
    struct bednet_report *report;
    struct bednet_text yaml;
    struct bednet_node *values;
    size_t value_count;
    size_t value_capacity;
    size_t node_count;
    struct bednet_composer_frame frames[BEDNET_DOCUMENT_DEPTH_MAX];
    size_t depth;
    size_t documents;
    /* How far the file was understood, for nodes that libfyaml gives no place for. */
    size_t offset;
    struct bednet_source source;
    bool stop;
};

static inline void bednet_composer_nomem(struct bednet_composer *composer)
{
    bednet_report_nomem(composer->report);
    composer->stop = true;
}

static inline bool bednet_composer_is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static inline bool bednet_composer_is_line_end(char byte)
{
    return byte == '\n' || byte == '\r';
}

/* True inside of a list whose items go to the reader: the value, not the key, of a pair of the root. */
static inline bool bednet_composer_is_passing(const struct bednet_composer *composer)
{
    const struct bednet_composer_frame *frames = composer->frames;
    return composer->reader->item != NULL && composer->depth >= 2 && frames[0].mapping &&
           !frames[1].mapping && (frames[1].start - frames[0].start) % 2 == 1;
}

static inline struct bednet_arena *bednet_composer_arena(const struct bednet_composer *composer)
{
    return bednet_composer_is_passing(composer) ? composer->passing : composer->arena;
}

/* What follows is where things stand. The byte at `offset`, and behind the end a newline. */
char bednet_composer_byte(const struct bednet_composer *composer, size_t offset);

struct bednet_source bednet_composer_source(const struct fy_mark *mark);

/* Where a mark stands that may lie behind its sign (`&`, `*`), as it does in some versions. */
struct bednet_source bednet_composer_source_with_sign(const struct bednet_composer *composer,
                                                      const struct fy_mark *mark, char sign);

/* True for a scalar that is not there: libfyaml gives it no place, or one of its own choosing. */
bool bednet_composer_has_no_place(struct fy_event *event);

/* The place that such a one gets: that of the key or dash before it. */
struct bednet_source bednet_composer_source_of_nothing(struct bednet_composer *composer);

/* The file is understood up to the end of this event. */
void bednet_composer_follow(struct bednet_composer *composer, struct fy_event *event);

/* Fills in a scalar that has a token and a place. */
void bednet_composer_fill_scalar(struct bednet_composer *composer, struct fy_event *event,
                                 struct bednet_node *node);

/* Reports, where there is one, the error that ended the parsing. */
void bednet_composer_report_syntax(struct bednet_composer *composer, struct fy_parser *parser,
                                   struct fy_diag *diag);

#endif
