/* SPDX-License-Identifier: Apache-2.0 */
/* The names behind `${claim.`, `${cert.` and `${match.`: which there are, and which a policy speaks of. */
#include "core/suggest.h"
#include "policy/build.h"

#include <stdio.h>

static const struct bednet_text cert_prefix = {"cert.", 5};
static const struct bednet_text match_prefix = {"match.", 6};

void bednet_build_refuse_unknown(struct bednet_build *build, struct bednet_source source, const char *what,
                                 struct bednet_text word, const char *const *known, size_t known_count,
                                 const char *expected)
{
    /* Not for an error that nobody will see. */
    const char *nearest = bednet_diag_dropped(build->report.diag) == 0 && known != NULL
                              ? bednet_suggest(word, known, known_count)
                              : NULL;
    if (nearest != NULL)
        bednet_report_error(&build->report, source, "%s '%.*s' (did you mean '%.64s'?)", what,
                            word.len < 64 ? (int)word.len : 64, word.ptr, nearest);
    else
        bednet_report_error(&build->report, source, "%s '%.*s' (expected %s)", what,
                            word.len < 64 ? (int)word.len : 64, word.ptr, expected);
}

bool bednet_build_check_field(struct bednet_build *build, struct bednet_source source,
                              struct bednet_text name)
{
    struct bednet_field field;
    size_t count = 0;
    if (bednet_field_named(name, &field))
        return true;
    while (bednet_field_names[count] != NULL)
        count++;
    bednet_build_refuse_unknown(build, source, "certificates have no field", name, bednet_field_names, count,
                                "a name such as cn, ou, san.dns, san.uri, serial, or oid.1.2.840.1");
    return false;
}

static bool is_taken(const struct bednet_taken *taken, struct bednet_text name)
{
    for (size_t i = 0; i < taken->count; i++)
        if (bednet_text_equal(taken->names[i], name))
            return true;
    return false;
}

static bool check_taken(struct bednet_build *build, struct bednet_source source,
                        const struct bednet_taken *taken, struct bednet_text name)
{
    char expected[128];
    const char *known[BEDNET_TAKEN_MAX];
    if (is_taken(taken, name))
        return true;
    for (size_t i = 0; i < taken->count; i++)
        known[i] = taken->names[i].ptr;
    snprintf(expected, sizeof expected, "{NAME} in a pattern of %s", taken->by);
    bednet_build_refuse_unknown(build, source, "no pattern takes", name, known, taken->count, expected);
    return false;
}

static bool begins_with(struct bednet_text name, struct bednet_text prefix)
{
    return name.len > prefix.len && memcmp(name.ptr, prefix.ptr, prefix.len) == 0;
}

static bool check(struct bednet_build *build, struct bednet_source source, const struct bednet_taken *taken,
                  struct bednet_text name)
{
    if (begins_with(name, cert_prefix))
        return bednet_build_check_field(
            build, source, (struct bednet_text){name.ptr + cert_prefix.len, name.len - cert_prefix.len});
    if (begins_with(name, match_prefix))
        return check_taken(build, source, taken,
                           (struct bednet_text){name.ptr + match_prefix.len, name.len - match_prefix.len});
    return true;
}

/* What is between the next `${` at or behind *at and its `}`, and *at behind it; absent at the end. */
static struct bednet_text next_name(struct bednet_text text, size_t *at)
{
    const char *opening = memmem(text.ptr + *at, text.len - *at, "${", 2);
    const char *end = opening != NULL ? memchr(opening, '}', text.len - (size_t)(opening - text.ptr)) : NULL;
    if (end == NULL)
        return (struct bednet_text){NULL, 0};
    *at = (size_t)(end - text.ptr) + 1;
    return (struct bednet_text){opening + 2, (size_t)(end - opening) - 2};
}

bool bednet_build_note_template(struct bednet_build *build, const struct bednet_node *node,
                                const struct bednet_taken *taken)
{
    bool good = true;
    size_t at = 0;
    struct bednet_text name;
    while ((name = next_name(node->text, &at)).ptr != NULL) {
        size_t offset = (size_t)(name.ptr - node->text.ptr) - 2;
        if (memchr(name.ptr, '.', name.len) == NULL)
            continue;
        if (check(build, bednet_node_at(node, offset), taken, name))
            bednet_build_note(build, &build->attributes, name, (struct bednet_text){NULL, 0}, 0);
        else
            good = false;
    }
    return good;
}
