/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the policy share: parsing from memory, and comparing all that was said about it. */
#ifndef BEDNET_TESTS_POLICY_TESTING_H
#define BEDNET_TESTS_POLICY_TESTING_H

#include "cmocka_first.h"

#include "policy/policy.h"

#include <stdio.h>

struct parsed {
    enum bednet_status status;
    struct bednet_policy *policy;
    struct bednet_diag *diag;
};

static inline struct parsed parse_bytes(struct bednet_text yaml)
{
    struct parsed parsed = {.diag = bednet_diag_new()};
    assert_non_null(parsed.diag);
    parsed.status = bednet_policy_parse("p", yaml, false, parsed.diag, &parsed.policy);
    assert_int_equal(parsed.status == BEDNET_OK, parsed.policy != NULL);
    return parsed;
}

static inline struct parsed load(const char *path)
{
    struct parsed parsed = {.diag = bednet_diag_new()};
    assert_non_null(parsed.diag);
    parsed.status = bednet_policy_load(path, parsed.diag, &parsed.policy);
    assert_int_equal(parsed.status == BEDNET_OK, parsed.policy != NULL);
    return parsed;
}

static inline void release(struct parsed *parsed)
{
    bednet_policy_free(parsed->policy);
    bednet_diag_free(parsed->diag);
}

/* All diagnostics, one a line, warnings marked. */
static inline void gather(const struct bednet_diag *diag, char *out, size_t out_bytes)
{
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < bednet_diag_count(diag); i++) {
        char line[BEDNET_DIAG_TEXT_BYTES + 512];
        const struct bednet_diag_entry *entry = bednet_diag_at(diag, i);
        bednet_diag_format(entry, line, sizeof line);
        length += (size_t)snprintf(out + length, out_bytes - length, "%s%s%s", i > 0 ? "\n" : "",
                                   entry->severity == BEDNET_WARNING ? "warning: " : "", line);
        assert_true(length < out_bytes);
    }
}

static inline void assert_told(const struct bednet_diag *diag, const char *expected)
{
    char told[16384];
    gather(diag, told, sizeof told);
    assert_string_equal(told, expected);
}

static inline struct parsed parse(const char *yaml)
{
    return parse_bytes(bednet_text(yaml));
}

/* A policy that must be accepted, with nothing said about it. */
static inline struct parsed parse_good(const char *yaml)
{
    struct parsed parsed = parse(yaml);
    assert_told(parsed.diag, "");
    assert_int_equal(parsed.status, BEDNET_OK);
    return parsed;
}

static inline void assert_source(struct bednet_source source, unsigned line, unsigned column)
{
    assert_int_equal(source.line, line);
    assert_int_equal(source.column, column);
}

static inline void assert_text(struct bednet_text text, const char *expected)
{
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.ptr, expected, text.len);
}

#endif
