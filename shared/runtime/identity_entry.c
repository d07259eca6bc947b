/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/identity_entry.h"
#include "core/template.h"

size_t bednet_identity_write_key(char *out, const void *chain, struct bednet_text client_id,
                                 struct bednet_text username)
{
    size_t used = sizeof chain;
    memcpy(out, &chain, sizeof chain);
    memcpy(out + used, client_id.ptr, client_id.len);
    used += client_id.len;
    out[used++] = '\0';
    if (username.ptr != NULL) {
        memcpy(out + used, username.ptr, username.len);
        used += username.len;
        out[used++] = '\0';
    }
    return used;
}

static size_t filter_bytes(const struct bednet_permissions *permissions)
{
    size_t bytes = 0;
    for (size_t i = 0; permissions != NULL && i < permissions->count; i++)
        bytes += permissions->entries[i].filter.len + 1;
    return bytes;
}

static size_t data_bytes(const struct bednet_identity_spec *spec)
{
    size_t bytes = 0;
    for (size_t i = 0; i < spec->subject.attribute_count; i++) {
        struct bednet_attribute attribute = bednet_subject_attribute_at(&spec->subject, i);
        bytes += attribute.name.len + attribute.value.len + 2;
    }
    for (size_t i = 0; i < spec->role_name_count; i++)
        bytes += spec->role_names[i].len + 1;
    return bytes;
}

bool bednet_identity_fits(const struct bednet_identity_spec *spec)
{
    return bednet_identity_names_fit(spec->subject.client_id, spec->subject.username) &&
           spec->subject.attribute_count <= BEDNET_IDENTITY_ATTRIBUTES_MAX &&
           spec->role_name_count <= BEDNET_ROLES_PER_CLIENT_MAX &&
           data_bytes(spec) <= BEDNET_IDENTITY_DATA_BYTES_MAX &&
           (spec->permissions == NULL ||
            (spec->permissions->count <= BEDNET_PERMISSIONS_MAX &&
             filter_bytes(spec->permissions) - spec->permissions->count <= BEDNET_PERMISSIONS_BYTES_MAX));
}

_Static_assert(sizeof(struct bednet_certificate_mark) % sizeof(uint16_t) == 0, "places follow a mark");

#define SPANS_MAX (BEDNET_IDENTITY_ATTRIBUTES_MAX + BEDNET_ROLES_PER_CLIENT_MAX)

_Static_assert(BEDNET_IDENTITY_NAME_BYTES_MAX + 2 + BEDNET_IDENTITY_DATA_BYTES_MAX < BEDNET_SPAN_AT_MAX,
               "a place reaches all texts");

/* Where everything will lie, before there is memory for it. */
struct draft {
    const struct bednet_identity_spec *spec;
    struct bednet_shape *shape;
    const struct bednet_layout *layout;
    struct bednet_span spans[SPANS_MAX];
    size_t span_count;
    struct bednet_text texts[SPANS_MAX]; /* the client's own, one behind the other */
    size_t text_count;
    size_t bytes; /* of its names and all texts so far */
};

/* Many clients are called the same twice. */
static bool has_own_username(const struct bednet_subject *subject)
{
    return subject->username.ptr != NULL && !bednet_text_equal(subject->username, subject->client_id);
}

static size_t name_bytes(const struct bednet_subject *subject)
{
    return subject->client_id.len + 1 + (has_own_username(subject) ? subject->username.len + 1 : 0);
}

static void place(struct draft *draft, struct bednet_text text)
{
    const struct bednet_subject *subject = &draft->spec->subject;
    struct bednet_span *span = &draft->spans[draft->span_count++];
    *span = (struct bednet_span){BEDNET_SPAN_ABSENT, 0};
    if (text.ptr == NULL)
        return;
    if (bednet_text_equal(subject->client_id, text)) {
        span->at = BEDNET_SPAN_CLIENT_ID;
    } else if (bednet_text_equal(subject->username, text)) {
        span->at = BEDNET_SPAN_USERNAME;
    } else {
        span->at = (uint16_t)draft->text_count;
        draft->texts[draft->text_count++] = text;
        draft->bytes += text.len;
    }
}

/* A value that others have, too, lies with them. */
static void place_attribute(struct draft *draft, size_t index)
{
    struct bednet_text value = bednet_subject_attribute_at(&draft->spec->subject, index).value;
    struct bednet_span usual = draft->shape->values[index];
    if (usual.at != BEDNET_SPAN_ABSENT &&
        bednet_text_equal((struct bednet_text){draft->shape->bytes + usual.at, usual.bytes}, value))
        draft->spans[draft->span_count++] = (struct bednet_span){BEDNET_SPAN_SHARED | usual.at, usual.bytes};
    else
        place(draft, value);
    if (!bednet_template_accepts(value))
        draft->spans[index].bytes |= BEDNET_SPAN_UNSAFE;
}

/* Mostly a role is the value of an attribute. */
static void place_role(struct draft *draft, struct bednet_text name)
{
    const struct bednet_subject *subject = &draft->spec->subject;
    for (size_t i = 0; i < subject->attribute_count; i++) {
        if (bednet_text_equal(bednet_subject_attribute_at(subject, i).value, name)) {
            draft->spans[draft->span_count++] = draft->spans[i];
            return;
        }
    }
    place(draft, name);
}

static void place_all(struct draft *draft)
{
    const struct bednet_identity_spec *spec = draft->spec;
    draft->span_count = draft->text_count = 0;
    draft->bytes = name_bytes(&spec->subject);
    for (size_t i = 0; i < spec->subject.attribute_count; i++)
        place_attribute(draft, i);
    for (size_t i = 0; i < spec->role_name_count; i++)
        place_role(draft, spec->role_names[i]);
}

static char *put_text(char *cursor, struct bednet_text text)
{
    if (text.len > 0)
        memcpy(cursor, text.ptr, text.len);
    return cursor + text.len;
}

static char *put_string(char *cursor, struct bednet_text text)
{
    cursor = put_text(cursor, text);
    *cursor = '\0';
    return cursor + 1;
}

/* Behind the entry: permissions, the mark, the places of texts, the texts, and those of the filters. */
static size_t permissions_bytes(const struct bednet_permissions *permissions)
{
    return permissions != NULL ? sizeof *permissions + permissions->count * sizeof(struct bednet_permission)
                               : 0;
}

static size_t mark_bytes(const struct bednet_identity_spec *spec)
{
    return spec->mark != NULL ? sizeof *spec->mark : 0;
}

static void put_permissions(struct bednet_identity_entry *entry, char *texts,
                            const struct bednet_permissions *from)
{
    struct bednet_permissions *to = (struct bednet_permissions *)(entry + 1);
    struct bednet_permission *filters = (struct bednet_permission *)(to + 1);
    *to = *from;
    to->entries = filters;
    for (size_t i = 0; i < from->count; i++) {
        filters[i] = from->entries[i];
        filters[i].filter.ptr = texts;
        texts = put_string(texts, from->entries[i].filter);
    }
}

/* As many as the client's own texts, and one more for the end of the last. */
static size_t place_bytes(const struct draft *draft)
{
    return draft->text_count > 0 ? (draft->text_count + 1) * sizeof(uint16_t) : 0;
}

/* See struct bednet_pack; returns where they end. */
static char *put_own_texts(const char *texts, char *cursor, const struct draft *draft)
{
    uint16_t *place = (uint16_t *)(uintptr_t)texts - 1;
    for (size_t i = 0; i < draft->text_count; i++) {
        *place-- = (uint16_t)(cursor - texts);
        cursor = put_text(cursor, draft->texts[i]);
    }
    if (draft->text_count > 0)
        *place = (uint16_t)(cursor - texts);
    return cursor;
}

static void put_all(struct bednet_identity_entry *entry, const struct draft *draft)
{
    const struct bednet_identity_spec *spec = draft->spec;
    char *cursor = (char *)(entry + 1) + permissions_bytes(spec->permissions);
    cursor = put_text(cursor, (struct bednet_text){(const char *)spec->mark, mark_bytes(spec)});
    char *texts = cursor + place_bytes(draft);
    entry->identity.pack.texts_at = (uint16_t)(texts - (char *)&entry->identity.pack);
    cursor = put_string(texts, spec->subject.client_id);
    if (has_own_username(&spec->subject))
        cursor = put_string(cursor, spec->subject.username);
    cursor = put_own_texts(texts, cursor, draft);
    if (spec->permissions != NULL)
        put_permissions(entry, cursor, spec->permissions);
}

static uint16_t username_bytes(const struct bednet_subject *subject)
{
    if (has_own_username(subject))
        return (uint16_t)subject->username.len;
    return subject->username.ptr != NULL ? BEDNET_SPAN_CLIENT_ID : BEDNET_SPAN_ABSENT;
}

static void fill_entry(struct bednet_identity_entry *entry, const struct draft *draft)
{
    const struct bednet_identity_spec *spec = draft->spec;
    struct bednet_identity *identity = &entry->identity;
    struct bednet_pack *pack = &identity->pack;

    entry->chain = spec->chain;
    identity->method = spec->method;
    identity->client_id_is_vouched = spec->client_id_is_vouched;
    identity->credential = spec->credential;
    identity->expiry.ends_s = spec->ends_s;
    identity->ends_with_will = spec->ends_with_will;
    identity->has_permissions = spec->permissions != NULL;
    identity->has_mark = spec->mark != NULL;
    pack->layout = draft->layout;
    pack->client_id_bytes = (uint16_t)spec->subject.client_id.len;
    pack->username_bytes = username_bytes(&spec->subject);
    pack->attribute_count = spec->subject.attribute_count & 0x7F;
    pack->client_id_is_safe = bednet_template_accepts(spec->subject.client_id);
    pack->role_count = spec->role_name_count & 0x7F;
    pack->username_is_safe = bednet_template_accepts(spec->subject.username);
    put_all(entry, draft);
}

/* What it has in common with others. False without memory: then nothing is held. */
static bool hold_common(struct draft *draft, struct bednet_shapes *shapes, struct bednet_commons *layouts)
{
    const struct bednet_subject *subject = &draft->spec->subject;
    draft->shape = NULL;
    draft->layout = NULL;
    if (subject->attribute_count > 0 && (draft->shape = bednet_shapes_hold(shapes, subject)) == NULL)
        return false;
    place_all(draft);
    if (draft->span_count == 0)
        return true;
    draft->layout = bednet_layouts_hold(layouts, draft->shape, draft->spans, draft->span_count);
    if (draft->layout == NULL)
        bednet_shapes_release(shapes, draft->shape);
    return draft->layout != NULL;
}

static void release_common(const struct bednet_layout *layout, struct bednet_shapes *shapes,
                           struct bednet_commons *layouts)
{
    if (layout == NULL)
        return;
    struct bednet_shape *shape = layout->shape;
    bednet_layouts_release(layouts, layout);
    bednet_shapes_release(shapes, shape);
}

struct bednet_identity_entry *bednet_identity_new_entry(const struct bednet_identity_spec *spec,
                                                        struct bednet_shapes *shapes,
                                                        struct bednet_commons *layouts)
{
    struct draft draft; /* not emptied as a whole: it has room for many texts */
    draft.spec = spec;
    if (!hold_common(&draft, shapes, layouts))
        return NULL;
    struct bednet_identity_entry *entry =
        calloc(1, sizeof *entry + permissions_bytes(spec->permissions) + mark_bytes(spec) +
                      place_bytes(&draft) + draft.bytes + filter_bytes(spec->permissions));
    if (entry == NULL)
        release_common(draft.layout, shapes, layouts);
    else
        fill_entry(entry, &draft);
    return entry;
}

void bednet_identity_free_entry(struct bednet_identity_entry *entry, struct bednet_shapes *shapes,
                                struct bednet_commons *layouts)
{
    release_common(entry->identity.pack.layout, shapes, layouts);
    free(entry);
}

size_t bednet_identity_role_names(const struct bednet_identity *identity,
                                  struct bednet_text names[BEDNET_ROLES_PER_CLIENT_MAX])
{
    for (size_t i = 0; i < identity->pack.role_count; i++)
        names[i] = bednet_pack_role(&identity->pack, i);
    return identity->pack.role_count;
}

const struct bednet_permissions *bednet_identity_permissions(const struct bednet_identity *identity)
{
    const struct bednet_identity_entry *entry = (const void *)identity;
    return identity->has_permissions ? (const struct bednet_permissions *)(entry + 1) : NULL;
}

const struct bednet_certificate_mark *bednet_identity_mark(const struct bednet_identity *identity)
{
    const struct bednet_identity_entry *entry = (const void *)identity;
    const char *end = (const char *)(entry + 1) + permissions_bytes(bednet_identity_permissions(identity));
    return identity->has_mark ? (const struct bednet_certificate_mark *)end : NULL;
}
