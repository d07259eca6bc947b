/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A YAML file as a tree of nodes that know where they stand. The subset that a policy needs: one document,
 * string keys, values on one line; tags, anchors, aliases and directives are refused, so what a reader sees
 * in the file is what the policy says. The only code that knows libfyaml.
 */
#ifndef BEDNET_POLICY_DOCUMENT_H
#define BEDNET_POLICY_DOCUMENT_H

#include "core/arena.h"
#include "policy/report.h"

#define BEDNET_DOCUMENT_DEPTH_MAX 16
#define BEDNET_DOCUMENT_NODES_MAX 2000000

enum bednet_node_kind {
    BEDNET_NODE_NOTHING, /* `key:` without a value, `-` without an item, `~`, `null` */
    BEDNET_NODE_SCALAR,
    BEDNET_NODE_SEQUENCE,
    BEDNET_NODE_MAPPING,
    BEDNET_NODE_BROKEN /* was reported already: say no more about it */
};

struct bednet_pair;

struct bednet_node {
    enum bednet_node_kind kind;
    bool quoted;
    bool verbatim; /* stands in the file byte by byte, so that an offset is a column */
    bool cut;      /* unquoted, and what YAML takes for a comment behind it looks like the end of a filter */
    struct bednet_source source; /* of a quoted scalar its quote; of nothing the key or dash before it */
    struct bednet_text text;     /* of a scalar: clean UTF-8, NUL-terminated */
    size_t count;                /* of items or pairs */
    const struct bednet_node *items;
    const struct bednet_pair *pairs;
};

struct bednet_pair {
    struct bednet_node key; /* a scalar, or broken */
    struct bednet_node value;
    const struct bednet_pair *first; /* the earlier pair with the same key, or NULL */
};

/*
 * Parses `yaml` into the arena and gives its root, or NULL where errors left nothing to go on with. Errors go
 * to the report, also where a root is given.
 */
const struct bednet_node *bednet_document_parse(struct bednet_arena *arena, struct bednet_text yaml,
                                                struct bednet_report *report);

/*
 * The same for long files that are a mapping with a list: each item of a list that is the value of a key of
 * the root goes to `item`, as soon as it is complete, and is forgotten; the list then counts no items in the
 * tree. False from `item` ends the reading. `empty` says what is wrong with a file that holds nothing.
 */
struct bednet_document_reader {
    const char *empty;
    bool (*item)(void *context, const struct bednet_node *key, const struct bednet_node *item);
    void *context;
};

const struct bednet_node *bednet_document_read(struct bednet_arena *arena, struct bednet_text yaml,
                                               const struct bednet_document_reader *reader,
                                               struct bednet_report *report);

/* The pair of a mapping with this key, the first of them; NULL where there is none. */
const struct bednet_pair *bednet_node_find(const struct bednet_node *mapping, const char *key);

/* The items of a list; anything else stands for a list of one. */
const struct bednet_node *bednet_node_as_list(const struct bednet_node *node, size_t *count);

/* Where byte `offset` of a scalar's text stands, as exactly as is known. */
struct bednet_source bednet_node_at(const struct bednet_node *scalar, size_t offset);

/* "a mapping", "a list", "a string" or "nothing". */
const char *bednet_node_kind_text(enum bednet_node_kind kind);

#endif
