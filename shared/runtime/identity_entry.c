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

static struct bednet_text put_text(char **cursor, struct bednet_text text)
{
    if (text.ptr == NULL)
        return text;
    struct bednet_text copy = {*cursor, text.len};
    memcpy(*cursor, text.ptr, text.len);
    (*cursor)[text.len] = '\0';
    *cursor += text.len + 1;
    return copy;
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
    for (size_t i = 0; i < spec->subject.attribute_count; i++)
        bytes += spec->subject.attributes[i].name.len + spec->subject.attributes[i].value.len + 2;
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

/* Where the parts of an entry that vary in number lie, in this order, behind it. */
struct parts {
    struct bednet_attribute *attributes;
    struct bednet_text *roles;
    struct bednet_permissions *permissions;
    struct bednet_permission *filters;
    struct bednet_certificate_mark *mark;
    char *bytes;
};

static char *put_names(struct bednet_identity_entry *entry, char *cursor,
                       const struct bednet_identity_spec *spec)
{
    const struct bednet_subject *from = &spec->subject;
    struct bednet_subject *to = &entry->identity.subject;
    to->client_id = put_text(&cursor, from->client_id);
    to->username = put_text(&cursor, from->username);
    return cursor;
}

static void put_permissions(struct bednet_identity_entry *entry, const struct parts *parts, char *cursor,
                            const struct bednet_permissions *from)
{
    if (from == NULL)
        return;
    *parts->permissions = *from;
    parts->permissions->entries = parts->filters;
    for (size_t i = 0; i < from->count; i++) {
        parts->filters[i] = from->entries[i];
        parts->filters[i].filter = put_text(&cursor, from->entries[i].filter);
    }
    entry->identity.permissions = parts->permissions;
}

static void fill_entry(struct bednet_identity_entry *entry, const struct parts *parts,
                       const struct bednet_identity_spec *spec)
{
    const struct bednet_subject *from = &spec->subject;
    struct bednet_identity *identity = &entry->identity;

    entry->chain = spec->chain;
    identity->method = spec->method;
    identity->client_id_is_vouched = spec->client_id_is_vouched;
    identity->credential = spec->credential;
    identity->expiry.ends_s = spec->ends_s;
    identity->ends_with_will = spec->ends_with_will;
    if (spec->mark != NULL) {
        *parts->mark = *spec->mark;
        identity->mark = parts->mark;
    }
    char *cursor = put_names(entry, parts->bytes, spec);
    for (size_t i = 0; i < from->attribute_count; i++) {
        parts->attributes[i].name = put_text(&cursor, from->attributes[i].name);
        parts->attributes[i].value = put_text(&cursor, from->attributes[i].value);
    }
    identity->subject.attributes = parts->attributes;
    identity->subject.attribute_count = from->attribute_count;
    for (size_t i = 0; i < spec->role_name_count; i++)
        parts->roles[i] = put_text(&cursor, spec->role_names[i]);
    identity->role_names = parts->roles;
    identity->role_name_count = (uint8_t)spec->role_name_count;
    put_permissions(entry, parts, cursor, spec->permissions);
}

struct bednet_identity_entry *bednet_identity_new_entry(const struct bednet_identity_spec *spec)
{
    bool permits = spec->permissions != NULL, is_marked = spec->mark != NULL;
    size_t filter_count = permits ? spec->permissions->count : 0;
    size_t bytes = spec->subject.client_id.len + spec->subject.username.len + 2 + data_bytes(spec) +
                   filter_bytes(spec->permissions);
    struct bednet_identity_entry *entry = calloc(
        1, sizeof *entry + spec->subject.attribute_count * sizeof(struct bednet_attribute) +
               spec->role_name_count * sizeof(struct bednet_text) +
               permits * sizeof(struct bednet_permissions) + filter_count * sizeof(struct bednet_permission) +
               is_marked * sizeof(struct bednet_certificate_mark) + bytes);
    if (entry == NULL)
        return NULL;
    struct parts parts = {.attributes = (struct bednet_attribute *)(entry + 1)};
    parts.roles = (struct bednet_text *)(parts.attributes + spec->subject.attribute_count);
    parts.permissions = (struct bednet_permissions *)(parts.roles + spec->role_name_count);
    parts.filters = (struct bednet_permission *)(parts.permissions + permits);
    parts.mark = (struct bednet_certificate_mark *)(parts.filters + filter_count);
    parts.bytes = (char *)(parts.mark + is_marked);
    fill_entry(entry, &parts, spec);
    return entry;
}
