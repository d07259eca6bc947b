/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topics the slow and obvious way, to judge the quick ways by: everything is split into strings first, and
 * wildcards are explored by recursion over what is left. Also a generator of small topics in which hits are
 * frequent. For tests only.
 */
#ifndef BEDNET_TESTS_NAIVE_H
#define BEDNET_TESTS_NAIVE_H

#include "core/text.h"
#include <stdint.h>
#include <stdio.h>

#define NAIVE_LEVELS 12
#define NAIVE_BYTES  512

/* How many rounds an oracle goes. Sanitizers, under which all takes longer, see the first ones only. */
#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define NAIVE_SANITIZED
#endif
#endif
#if defined(NAIVE_SANITIZED) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NAIVE_ROUNDS(many, few) (few)
#else
#define NAIVE_ROUNDS(many, few) (many)
#endif

struct naive_levels {
    int count;
    char level[NAIVE_LEVELS][64];
};

static inline struct naive_levels naive_split(const char *topic)
{
    struct naive_levels out = {.count = 1};
    int length = 0;

    for (; *topic != '\0'; topic++) {
        if (*topic == '/') {
            out.count++;
            length = 0;
        } else {
            out.level[out.count - 1][length++] = *topic;
        }
    }
    return out;
}

static inline bool naive_rest_matches(const struct naive_levels *filter, int f,
                                      const struct naive_levels *name, int n)
{
    if (f == filter->count) {
        return n == name->count;
    }
    if (strcmp(filter->level[f], "#") == 0) {
        return true;
    }
    if (n == name->count) {
        return false;
    }
    if (strcmp(filter->level[f], "+") != 0 && strcmp(filter->level[f], name->level[n]) != 0) {
        return false;
    }
    return naive_rest_matches(filter, f + 1, name, n + 1);
}

static inline bool naive_matches(const char *filter, const char *name)
{
    struct naive_levels f = naive_split(filter);
    struct naive_levels n = naive_split(name);

    if (name[0] == '$' && (strcmp(f.level[0], "+") == 0 || strcmp(f.level[0], "#") == 0)) {
        return false;
    }
    return naive_rest_matches(&f, 0, &n, 0);
}

/*
 * A name that `filter` matches: each `+` becomes a level that stands nowhere else, `#` becomes `below` of
 * them. False where that leaves nothing, which is no name.
 */
static inline bool naive_witness(const char *filter, int below, char out[NAIVE_BYTES])
{
    struct naive_levels levels = naive_split(filter);
    size_t length = 0;
    bool first = true;

    out[0] = '\0';
    for (int i = 0; i < levels.count; i++) {
        bool multi = strcmp(levels.level[i], "#") == 0;
        bool single = strcmp(levels.level[i], "+") == 0;

        for (int copies = multi ? below : 1; copies > 0; copies--) {
            length += (size_t)snprintf(out + length, NAIVE_BYTES - length, "%s", first ? "" : "/");
            if (multi || single) {
                length += (size_t)snprintf(out + length, NAIVE_BYTES - length, "~%d.%d~", i, copies);
            } else {
                length += (size_t)snprintf(out + length, NAIVE_BYTES - length, "%s", levels.level[i]);
            }
            first = false;
        }
    }
    return out[0] != '\0';
}

/* Covered when every kind of witness is matched: nothing, one, two and three levels for `#`. */
static inline bool naive_covers(const char *filter, const char *requested)
{
    char name[NAIVE_BYTES];

    for (int below = 0; below <= 3; below++) {
        if (naive_witness(requested, below, name) && !naive_matches(filter, name)) {
            return false;
        }
    }
    return true;
}

/* --- Random input --- */

/* SplitMix64: the same sequence everywhere, so that a seed in a failure is worth something. */
static inline uint64_t naive_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline unsigned naive_below(uint64_t *state, unsigned bound)
{
    return (unsigned)(naive_random(state) % bound);
}

/* Up to five levels out of a handful, empty ones and `$` ones included. Never empty as a whole. */
static inline void naive_topic(uint64_t *state, bool wildcards, char out[NAIVE_BYTES])
{
    static const char *const literals[] = {"a", "b", "", "$SYS", "a", "long-level-of-many-bytes"};

    do {
        unsigned levels = 1 + naive_below(state, 5);

        out[0] = '\0';
        for (unsigned i = 0; i < levels; i++) {
            const char *level = literals[naive_below(state, 6)];

            if (wildcards && naive_below(state, 4) == 0) {
                level = "+";
            }
            if (wildcards && i + 1 == levels && naive_below(state, 3) == 0) {
                level = "#";
            }
            strcat(strcat(out, i == 0 ? "" : "/"), level);
        }
    } while (out[0] == '\0');
}

#endif
