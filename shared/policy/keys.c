/* SPDX-License-Identifier: Apache-2.0 */
/* Mappings read by their tables. */
#include "policy/keys.h"

#include "core/suggest.h"
#include "policy/build.h"

#include <stdio.h>

bool bednet_node_expect(struct bednet_report *report, const struct bednet_node *node,
                        enum bednet_node_kind kind, const char *what, const char *expected)
{
    if (node->kind == kind)
        return true;
    if (node->kind == BEDNET_NODE_NOTHING)
        bednet_report_error(report, node->source, "%s has no value (expected %s)", what, expected);
    else if (node->kind != BEDNET_NODE_BROKEN)
        bednet_report_error(report, node->source, "%s is %s (expected %s)", what,
                            bednet_node_kind_text(node->kind), expected);
    return false;
}

/* The keys of this version, `a, b or c`. */
static void list_keys(const struct bednet_key_table *table, char *out, size_t out_bytes)
{
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < table->count && length < out_bytes; i++)
        if (table->keys[i].use != BEDNET_KEY_LATER)
            length += (size_t)snprintf(out + length, out_bytes - length, "%s%s", length > 0 ? ", " : "",
                                       table->keys[i].name);
}

static void refuse_unknown(struct bednet_build *build, const struct bednet_key_table *table,
                           const struct bednet_node *key, const char *what)
{
    const char *known[BEDNET_KEYS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < table->count && count < BEDNET_KEYS_MAX; i++)
        if (table->keys[i].use != BEDNET_KEY_LATER)
            known[count++] = table->keys[i].name;
    const char *nearest = bednet_suggest(key->text, known, count);
    char list[256];
    list_keys(table, list, sizeof list);
    if (nearest != NULL)
        bednet_report_error(&build->report, key->source, "unknown key '%.64s' in %s (did you mean '%s'?)",
                            key->text.ptr, what, nearest);
    else
        bednet_report_error(&build->report, key->source, "unknown key '%.64s' in %s (expected %s)",
                            key->text.ptr, what, list);
}

static void refuse_later(struct bednet_build *build, const struct bednet_key_table *table,
                         const struct bednet_node *key, const char *what)
{
    char list[256];
    list_keys(table, list, sizeof list);
    bednet_report_error(&build->report, key->source,
                        "'%s' in %s is not supported by this version (expected %s)", key->text.ptr, what,
                        list);
}

static const struct bednet_key *find_key(const struct bednet_key_table *table, struct bednet_text name)
{
    for (size_t i = 0; i < table->count; i++)
        if (bednet_text_equal(name, bednet_text(table->keys[i].name)))
            return &table->keys[i];
    return NULL;
}

static void read_pair(struct bednet_build *build, const struct bednet_key_table *table,
                      const struct bednet_pair *pair, const char *what, void *into)
{
    if (pair->key.kind == BEDNET_NODE_BROKEN)
        return;
    if (bednet_build_refuse_duplicate(build, pair))
        return;
    const struct bednet_key *key = find_key(table, pair->key.text);
    if (key == NULL)
        refuse_unknown(build, table, &pair->key, what);
    else if (key->use == BEDNET_KEY_LATER)
        refuse_later(build, table, &pair->key, what);
    else
        key->read(build, pair, into);
}

bool bednet_keys_read(struct bednet_build *build, const struct bednet_key_table *table,
                      const struct bednet_node *node, const char *what, void *into)
{
    if (!bednet_node_expect(&build->report, node, BEDNET_NODE_MAPPING, what, "a mapping"))
        return false;
    for (size_t i = 0; i < node->count; i++)
        read_pair(build, table, &node->pairs[i], what, into);
    for (size_t i = 0; i < table->count; i++)
        if (table->keys[i].use == BEDNET_KEY_REQUIRED && bednet_node_find(node, table->keys[i].name) == NULL)
            bednet_report_error(&build->report, node->source, "'%s' is missing in %s (expected there)",
                                table->keys[i].name, what);
    return true;
}
