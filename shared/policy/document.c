/* SPDX-License-Identifier: Apache-2.0 */
/* The tree's own questions: finding a key, a column, a name for a kind. */
#include "policy/document.h"

#include "policy/encoding.h"

const struct bednet_pair *bednet_node_find(const struct bednet_node *mapping, const char *key)
{
    if (mapping->kind != BEDNET_NODE_MAPPING)
        return NULL;
    for (size_t i = 0; i < mapping->count; i++) {
        const struct bednet_pair *pair = &mapping->pairs[i];
        if (pair->key.kind == BEDNET_NODE_SCALAR && bednet_text_equal(pair->key.text, bednet_text(key)))
            return pair;
    }
    return NULL;
}

const struct bednet_node *bednet_node_as_list(const struct bednet_node *node, size_t *count)
{
    *count = node->kind == BEDNET_NODE_SEQUENCE ? node->count : 1;
    return node->kind == BEDNET_NODE_SEQUENCE ? node->items : node;
}

struct bednet_source bednet_node_at(const struct bednet_node *scalar, size_t offset)
{
    struct bednet_source source = scalar->source;
    if (!scalar->verbatim || offset > scalar->text.len)
        return source;
    source.column += scalar->quoted ? 1 : 0;
    bednet_encoding_advance((struct bednet_text){scalar->text.ptr, offset}, &source);
    return source;
}

const char *bednet_node_kind_text(enum bednet_node_kind kind)
{
    switch (kind) {
    case BEDNET_NODE_SCALAR:
        return "a string";
    case BEDNET_NODE_SEQUENCE:
        return "a list";
    case BEDNET_NODE_MAPPING:
        return "a mapping";
    case BEDNET_NODE_NOTHING:
    case BEDNET_NODE_BROKEN:
        break;
    }
    return "nothing";
}
