/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of all sections share: memory of the policy, and notes of what it speaks of. */
#include "policy/build.h"

bool bednet_build_refuse_duplicate(struct bednet_build *build, const struct bednet_pair *pair)
{
    if (pair->first == NULL)
        return false;
    bednet_report_error(&build->report, pair->key.source,
                        "duplicate key '%.64s' (expected it once; the first stands at %u:%u)",
                        pair->key.text.ptr, pair->first->key.source.line, pair->first->key.source.column);
    return true;
}

struct bednet_text bednet_build_keep(struct bednet_build *build, struct bednet_text text)
{
    struct bednet_text kept = bednet_arena_text(build->arena, text);
    if (kept.ptr == NULL)
        bednet_report_nomem(&build->report);
    return kept;
}

void *bednet_build_array(struct bednet_build *build, size_t count, size_t size)
{
    void *array = bednet_arena_array(build->arena, count > 0 ? count : 1, size);
    if (array == NULL)
        bednet_report_nomem(&build->report);
    return array;
}

void bednet_build_note(struct bednet_build *build, struct bednet_name_list *list, struct bednet_text name,
                       struct bednet_text value, size_t role)
{
    if (!bednet_name_list_add(list, (struct bednet_name){name, value, (uint16_t)role}))
        bednet_report_nomem(&build->report);
}
