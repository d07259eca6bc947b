/* SPDX-License-Identifier: Apache-2.0 */
/* From a claim to entries: which reader, how a filter is filled in, and what makes a good one. */
#include "token/permissions.h"

#include "core/escape.h"
#include "core/topic.h"
#include "token/claims.h"
#include "token/permissions_internal.h"

static bool starts_with(struct bednet_text text, struct bednet_text start)
{
    return text.len >= start.len && memcmp(text.ptr, start.ptr, start.len) == 0;
}

static struct bednet_text rest_of(struct bednet_text text, size_t at)
{
    return (struct bednet_text){text.ptr + at, text.len - at};
}

/* The placeholder that begins at `at`; NULL where there is none. */
static const struct bednet_placeholder *placeholder_at(const struct bednet_permissions_reader *reader,
                                                       struct bednet_text text, size_t at)
{
    for (size_t i = 0; i < reader->placeholder_count; i++) {
        const struct bednet_placeholder *placeholder = &reader->placeholders[i];
        size_t end = at + placeholder->text.len;
        if (starts_with(rest_of(text, at), placeholder->text) &&
            (!placeholder->whole_level ||
             ((at == 0 || text.ptr[at - 1] == '/') && (end == text.len || text.ptr[end] == '/'))))
            return placeholder;
    }
    return NULL;
}

bool bednet_permissions_has_placeholder(const struct bednet_permissions_reader *reader,
                                        struct bednet_text text)
{
    for (size_t at = 0; at < text.len; at++) {
        if (placeholder_at(reader, text, at) != NULL ||
            starts_with(rest_of(text, at), BEDNET_TEXT_LITERAL("${")))
            return true;
    }
    return false;
}

/* Writes what the placeholder stands for behind the work's last byte. */
static bool fill_in(struct bednet_permissions_reader *reader, const struct bednet_placeholder *placeholder,
                    size_t *bytes)
{
    struct bednet_permissions_work *work = reader->work;
    char *out = work->bytes + work->used + *bytes;
    size_t room = sizeof work->bytes - work->used - *bytes;
    if (!bednet_template_is_usable(&placeholder->value, reader->holder) ||
        bednet_template_expand(&placeholder->value, reader->holder, out, room) != BEDNET_OK)
        return false;
    *bytes += strlen(out);
    return true;
}

/* Writes the filter, filled in, behind the work's last byte. */
static bool write_filter(struct bednet_permissions_reader *reader, struct bednet_text text, size_t *bytes)
{
    struct bednet_permissions_work *work = reader->work;
    *bytes = 0;
    for (size_t at = 0; at < text.len;) {
        const struct bednet_placeholder *placeholder = placeholder_at(reader, text, at);
        if (placeholder != NULL) {
            if (!fill_in(reader, placeholder, bytes))
                return false;
            at += placeholder->text.len;
            continue;
        }
        if ((reader->placeholder_count > 0 && starts_with(rest_of(text, at), BEDNET_TEXT_LITERAL("${"))) ||
            work->used + *bytes == sizeof work->bytes)
            return false;
        work->bytes[work->used + (*bytes)++] = text.ptr[at++];
    }
    return true;
}

static bool is_good_filter(struct bednet_text filter)
{
    bool shared;
    (void)bednet_filter_unshared(filter, &shared);
    return !shared && bednet_utf8_is_clean(filter) && bednet_filter_check(filter) == BEDNET_TOPIC_OK;
}

bool bednet_permissions_add(struct bednet_permissions_reader *reader, struct bednet_permission entry,
                            const struct bednet_json *filter)
{
    struct bednet_permissions_work *work = reader->work;
    size_t bytes;
    if (filter->type != BEDNET_JSON_STRING || work->count == BEDNET_PERMISSIONS_MAX ||
        !write_filter(reader, filter->text, &bytes))
        return false;
    entry.filter = (struct bednet_text){work->bytes + work->used, bytes};
    if (!is_good_filter(entry.filter))
        return false;
    work->used += bytes;
    work->entries[work->count++] = entry;
    work->conditional |= entry.qos != BEDNET_PERMISSION_QOS_ALL || entry.retain != BEDNET_RETAIN_ANY;
    return true;
}

bool bednet_permissions_add_each(struct bednet_permissions_reader *reader, struct bednet_permission entry,
                                 const struct bednet_json *filters)
{
    if (filters->type != BEDNET_JSON_ARRAY)
        return false;
    const struct bednet_json *filter = filters + 1;
    for (uint32_t i = 0; i < filters->size; i++, filter += filter->span) {
        if (!bednet_permissions_add(reader, entry, filter))
            return false;
    }
    return true;
}

static bool read_value(struct bednet_permissions_reader *reader, enum bednet_permissions_format format,
                       const struct bednet_json *value)
{
    switch (format) {
    case BEDNET_PERMISSIONS_BEDNET:
        return bednet_permissions_read_bednet(reader, value);
    case BEDNET_PERMISSIONS_EMQX:
        return bednet_permissions_read_emqx(reader, value);
    case BEDNET_PERMISSIONS_AIF:
        return bednet_permissions_read_aif(reader, value);
    }
    return false;
}

enum bednet_reason bednet_claims_permissions(const struct bednet_claims *claims, struct bednet_text name,
                                             enum bednet_permissions_format format,
                                             const struct bednet_subject *holder,
                                             struct bednet_permissions_work *work, bool *present)
{
    struct bednet_permissions_reader reader = {.work = work, .holder = holder};
    const struct bednet_json *value = bednet_claims_find(claims, name);
    work->count = 0;
    work->used = 0;
    work->conditional = false;
    *present = value != NULL;
    if (value == NULL || read_value(&reader, format, value))
        return BEDNET_REASON_NONE;
    work->count = 0;
    return BEDNET_REASON_PERMISSIONS;
}
