/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/identity_entry.h"

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

#define SPANS_MAX (BEDNET_IDENTITY_ATTRIBUTES_MAX + BEDNET_ROLES_PER_CLIENT_MAX)

_Static_assert(BEDNET_IDENTITY_NAME_BYTES_MAX + 2 + BEDNET_IDENTITY_DATA_BYTES_MAX < BEDNET_SPAN_AT_MAX,
               "a span reaches all texts");

/* Where everything will lie, before there is memory for it. */
struct draft {
    const struct bednet_identity_spec *spec;
    struct bednet_shape *shape;
    struct bednet_span spans[SPANS_MAX];
    size_t span_count;
    struct bednet_text texts[SPANS_MAX]; /* those that lie nowhere else, one behind the other */
    size_t text_count;
    size_t names_bytes; /* what comes before them */
    size_t bytes;       /* of all texts so far */
};

static bool lies_at(struct bednet_text there, size_t at, struct bednet_text text, struct bednet_span *span)
{
    if (!bednet_text_equal(there, text))
        return false;
    *span = (struct bednet_span){(uint16_t)at, (uint16_t)text.len};
    return true;
}

static void place(struct draft *draft, struct bednet_text text)
{
    const struct bednet_subject *subject = &draft->spec->subject;
    struct bednet_span *span = &draft->spans[draft->span_count++];
    if (text.ptr == NULL)
        *span = (struct bednet_span){BEDNET_SPAN_ABSENT, 0};
    else if (!lies_at(subject->client_id, 0, text, span) &&
             !lies_at(subject->username, subject->client_id.len + 1, text, span)) {
        *span = (struct bednet_span){(uint16_t)draft->bytes, (uint16_t)text.len};
        draft->texts[draft->text_count++] = text;
        draft->bytes += text.len;
    }
}

/* A value that others have, too, lies with them. */
static void place_attribute(struct draft *draft, size_t index)
{
    struct bednet_text value = bednet_subject_attribute_at(&draft->spec->subject, index).value;
    struct bednet_span usual = draft->shape->values[index];
    if (usual.at == BEDNET_SPAN_ABSENT ||
        !lies_at((struct bednet_text){draft->shape->bytes + usual.at, usual.bytes},
                 BEDNET_SPAN_SHARED | usual.at, value, &draft->spans[draft->span_count]))
        place(draft, value);
    else
        draft->span_count++;
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
    draft->names_bytes = spec->subject.client_id.len + spec->subject.username.len + 2;
    draft->bytes = draft->names_bytes;
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

/* Behind the entry: permissions and their filters, the mark, the spans, the texts. */
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

static void put_all(struct bednet_identity_entry *entry, const struct draft *draft)
{
    const struct bednet_identity_spec *spec = draft->spec;
    char *cursor = (char *)(entry + 1) + permissions_bytes(spec->permissions);
    cursor = put_text(cursor, (struct bednet_text){(const char *)spec->mark, mark_bytes(spec)});
    cursor = put_text(
        cursor, (struct bednet_text){(const char *)draft->spans, draft->span_count * sizeof *draft->spans});
    entry->identity.pack.texts_at = (uint16_t)(cursor - (char *)&entry->identity.pack);
    cursor = put_string(cursor, spec->subject.client_id);
    cursor = put_string(cursor, spec->subject.username);
    for (size_t i = 0; i < draft->text_count; i++)
        cursor = put_text(cursor, draft->texts[i]);
    if (spec->permissions != NULL)
        put_permissions(entry, cursor, spec->permissions);
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
    pack->shape = draft->shape;
    pack->client_id_bytes = (uint16_t)spec->subject.client_id.len;
    pack->username_bytes =
        spec->subject.username.ptr != NULL ? (uint16_t)spec->subject.username.len : BEDNET_SPAN_ABSENT;
    pack->attribute_count = (uint8_t)spec->subject.attribute_count;
    pack->role_count = (uint8_t)spec->role_name_count;
    put_all(entry, draft);
}

struct bednet_identity_entry *bednet_identity_new_entry(const struct bednet_identity_spec *spec,
                                                        struct bednet_shapes *shapes)
{
    struct draft draft; /* not emptied as a whole: it has room for many texts */
    draft.spec = spec;
    draft.shape = NULL;
    if (spec->subject.attribute_count > 0) {
        draft.shape = bednet_shapes_hold(shapes, &spec->subject);
        if (draft.shape == NULL)
            return NULL;
    }
    place_all(&draft);
    struct bednet_identity_entry *entry =
        calloc(1, sizeof *entry + permissions_bytes(spec->permissions) + mark_bytes(spec) +
                      draft.span_count * sizeof *draft.spans + draft.bytes + filter_bytes(spec->permissions));
    if (entry == NULL) {
        bednet_shapes_release(shapes, draft.shape);
        return NULL;
    }
    fill_entry(entry, &draft);
    return entry;
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
    const void *end = bednet_pack_spans(&identity->pack);
    return identity->has_mark ? (const struct bednet_certificate_mark *)end - 1 : NULL;
}
