/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a mapping of the policy may hold, as tables: the loader reads by them, messages list them, and a test
 * compares them with the JSON Schema. The values that every section reads alike are here, too.
 */
#ifndef BEDNET_POLICY_KEYS_H
#define BEDNET_POLICY_KEYS_H

#include "policy/document.h"
#include <stdint.h>

struct bednet_build;

/* Reads the value of one key into `into`; reports what is wrong with it. */
typedef void (*bednet_key_reader)(struct bednet_build *build, const struct bednet_pair *pair, void *into);

enum bednet_key_use {
    BEDNET_KEY_OPTIONAL,
    BEDNET_KEY_REQUIRED,
    BEDNET_KEY_LATER /* part of the language, not of this version */
};

struct bednet_key {
    const char *name;
    enum bednet_key_use use;
    bednet_key_reader read; /* NULL for BEDNET_KEY_LATER */
};

#define BEDNET_KEYS_MAX 16

struct bednet_key_table {
    const char *name; /* below `$defs` in the schema */
    const struct bednet_key *keys;
    size_t count; /* at most BEDNET_KEYS_MAX */
};

#define BEDNET_KEY_TABLE(name, keys)                                                                         \
    {                                                                                                        \
        (name), (keys), sizeof(keys) / sizeof((keys)[0])                                                     \
    }

/*
 * Reads a mapping by its table: refuses unknown, later and duplicate keys and misses required ones. `what`
 * names the mapping in messages. False where `node` is no mapping.
 */
bool bednet_keys_read(struct bednet_build *build, const struct bednet_key_table *table,
                      const struct bednet_node *node, const char *what, void *into);

/* True where `node` is of `kind`; otherwise reports it (unless broken) as `what is .. (expected ..)`. */
bool bednet_node_expect(struct bednet_report *report, const struct bednet_node *node,
                        enum bednet_node_kind kind, const char *what, const char *expected);

/* A value out of a closed set. */
struct bednet_word {
    const char *text;
    int value;
};

struct bednet_words {
    const char *name; /* below `$defs` in the schema */
    const struct bednet_word *words;
    size_t count; /* at most BEDNET_KEYS_MAX */
};

#define BEDNET_WORDS(name, words)                                                                            \
    {                                                                                                        \
        (name), (words), sizeof(words) / sizeof((words)[0])                                                  \
    }

/* Each of these reports and returns false where the value is not as it should be, and leaves *out alone. */
bool bednet_read_word(struct bednet_report *report, const struct bednet_node *node, const char *what,
                      const struct bednet_words *words, int *out);
bool bednet_read_text(struct bednet_report *report, const struct bednet_node *node, const char *what,
                      struct bednet_text *out); /* not empty; borrowed from the node */
bool bednet_read_boolean(struct bednet_report *report, const struct bednet_node *node, const char *what,
                         bool *out);
bool bednet_read_number(struct bednet_report *report, const struct bednet_node *node, const char *what,
                        uint64_t least, uint64_t most, uint64_t *out);
bool bednet_read_size(struct bednet_report *report, const struct bednet_node *node, const char *what,
                      uint64_t most, uint64_t *out);
bool bednet_read_duration(struct bednet_report *report, const struct bednet_node *node, const char *what,
                          uint64_t least_s, uint64_t most_s, uint64_t *out_s);

/* The sets of words that several sections use. */
extern const struct bednet_words bednet_words_mode;
extern const struct bednet_words bednet_words_permission;

#endif
