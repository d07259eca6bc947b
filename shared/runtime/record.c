/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/record.h"

#include "core/topic.h"

#include <endian.h>

#define VERSION        1
#define CHECKSUM_BYTES 8

enum flag {
    FLAG_VOUCHED = 1 << 0,
    FLAG_WILL = 1 << 1,
    FLAG_REVOKED = 1 << 2,
    FLAG_USERNAME = 1 << 3,
    FLAG_MARK = 1 << 4,
    FLAG_PERMISSIONS = 1 << 5,
    FLAGS_ALL = (1 << 6) - 1
};

enum filter_flag {
    FILTER_DENIES = 1 << 0,
    FILTER_LITERAL = 1 << 1,
    FILTER_YIELDS = 1 << 2,
    FILTER_FLAGS_ALL = (1 << 3) - 1
};

#define ACTIONS_ALL (1 << BEDNET_ACTION_PUBLISH | 1 << BEDNET_ACTION_SUBSCRIBE | 1 << BEDNET_ACTION_RECEIVE)

/* Nobody attacks it: it finds what the disk did. */
static uint64_t checksum_of(struct bednet_text bytes)
{
    return htole64(bednet_hash_frozen(bytes));
}

/* What is written so far; room was made sure of. */
struct writer {
    unsigned char *at;
};

static void put_byte(struct writer *writer, unsigned byte)
{
    *writer->at++ = (unsigned char)byte;
}

static void put_bytes(struct writer *writer, const void *bytes, size_t count)
{
    memcpy(writer->at, bytes, count);
    writer->at += count;
}

static void put_text(struct writer *writer, struct bednet_text text)
{
    put_byte(writer, (unsigned)text.len >> 8);
    put_byte(writer, (unsigned)text.len & 0xff);
    if (text.len > 0)
        put_bytes(writer, text.ptr, text.len);
}

static void put_permissions(struct writer *writer, const struct bednet_permissions *permissions)
{
    put_byte(writer, permissions->use);
    put_byte(writer, (unsigned)permissions->count);
    for (size_t i = 0; i < permissions->count; i++) {
        const struct bednet_permission *entry = &permissions->entries[i];
        put_byte(writer, (entry->denies ? FILTER_DENIES : 0) | (entry->literal ? FILTER_LITERAL : 0) |
                             (entry->yields ? FILTER_YIELDS : 0));
        put_byte(writer, entry->actions);
        put_byte(writer, entry->qos);
        put_byte(writer, entry->retain);
        put_text(writer, entry->filter);
    }
}

static unsigned flags_of(const struct bednet_identity_spec *spec, bool revoked)
{
    return (spec->client_id_is_vouched ? FLAG_VOUCHED : 0) | (spec->ends_with_will ? FLAG_WILL : 0) |
           (revoked ? FLAG_REVOKED : 0) | (spec->subject.username.ptr != NULL ? FLAG_USERNAME : 0) |
           (spec->mark != NULL ? FLAG_MARK : 0) | (spec->permissions != NULL ? FLAG_PERMISSIONS : 0);
}

static void put_subject(struct writer *writer, const struct bednet_identity_spec *spec)
{
    put_text(writer, spec->subject.client_id);
    if (spec->subject.username.ptr != NULL)
        put_text(writer, spec->subject.username);
    put_byte(writer, (unsigned)spec->subject.attribute_count);
    for (size_t i = 0; i < spec->subject.attribute_count; i++) {
        struct bednet_attribute attribute = bednet_subject_attribute_at(&spec->subject, i);
        put_text(writer, attribute.name);
        put_text(writer, attribute.value);
    }
    put_byte(writer, (unsigned)spec->role_name_count);
    for (size_t i = 0; i < spec->role_name_count; i++)
        put_text(writer, spec->role_names[i]);
}

size_t bednet_record_write(const struct bednet_identity_spec *spec, struct bednet_text chain, bool revoked,
                           unsigned char out[BEDNET_RECORD_BYTES_MAX])
{
    if (chain.len > BEDNET_RECORD_CHAIN_BYTES_MAX || !bednet_identity_fits(spec))
        return 0;
    struct writer writer = {out};
    uint64_t ends = htole64((uint64_t)spec->ends_s);
    put_byte(&writer, VERSION);
    put_byte(&writer, spec->method);
    put_byte(&writer, flags_of(spec, revoked));
    put_bytes(&writer, &ends, sizeof ends);
    put_text(&writer, chain);
    put_subject(&writer, spec);
    if (spec->mark != NULL)
        put_bytes(&writer, spec->mark, sizeof *spec->mark);
    if (spec->permissions != NULL)
        put_permissions(&writer, spec->permissions);
    uint64_t checksum = checksum_of((struct bednet_text){(const char *)out, (size_t)(writer.at - out)});
    put_bytes(&writer, &checksum, sizeof checksum);
    return (size_t)(writer.at - out);
}

/* What is left to be read. After a failure everything reads as nothing. */
struct reader {
    const char *at;
    size_t left;
    bool failed;
};

static const char *take(struct reader *reader, size_t count)
{
    if (reader->failed || reader->left < count) {
        reader->failed = true;
        return NULL;
    }
    const char *bytes = reader->at;
    reader->at += count;
    reader->left -= count;
    return bytes;
}

static unsigned take_byte(struct reader *reader, unsigned most)
{
    const char *byte = take(reader, 1);
    unsigned value = byte != NULL ? (unsigned char)*byte : 0;
    reader->failed |= value > most;
    return reader->failed ? 0 : value;
}

static void take_bytes(struct reader *reader, void *out, size_t count)
{
    const char *bytes = take(reader, count);
    if (bytes != NULL)
        memcpy(out, bytes, count);
}

static struct bednet_text take_text(struct reader *reader)
{
    unsigned high = take_byte(reader, 0xff);
    size_t length = high << 8 | take_byte(reader, 0xff);
    const char *bytes = take(reader, length);
    return (struct bednet_text){bytes != NULL ? bytes : "", bytes != NULL ? length : 0};
}

/* What MQTT allows in a string: the table of names relies on there being no NUL. */
static struct bednet_text take_name(struct reader *reader)
{
    struct bednet_text name = take_text(reader);
    reader->failed |= memchr(name.ptr, '\0', name.len) != NULL;
    return name;
}

static void take_filter(struct reader *reader, struct bednet_permission *entry)
{
    bool shared;
    unsigned flags = take_byte(reader, FILTER_FLAGS_ALL);
    entry->denies = (flags & FILTER_DENIES) != 0;
    entry->literal = (flags & FILTER_LITERAL) != 0;
    entry->yields = (flags & FILTER_YIELDS) != 0;
    entry->actions = (uint8_t)take_byte(reader, 0xff);
    entry->qos = (uint8_t)take_byte(reader, BEDNET_PERMISSION_QOS_ALL);
    entry->retain = (uint8_t)take_byte(reader, BEDNET_RETAIN_CLEAR);
    entry->filter = take_text(reader);
    reader->failed = reader->failed || entry->actions == 0 || (entry->actions & ~ACTIONS_ALL) != 0 ||
                     entry->qos == 0 || (entry->yields && !entry->denies) ||
                     bednet_filter_check(entry->filter) != BEDNET_TOPIC_OK;
    if (!reader->failed) {
        bednet_filter_unshared(entry->filter, &shared);
        reader->failed = shared;
    }
}

static void take_permissions(struct reader *reader, struct bednet_record *record)
{
    struct bednet_permissions *permissions = &record->permissions;
    permissions->use = (enum bednet_permissions_use)take_byte(reader, BEDNET_PERMISSIONS_NARROW);
    permissions->count = take_byte(reader, BEDNET_PERMISSIONS_MAX);
    permissions->entries = record->filters;
    for (size_t i = 0; i < permissions->count && !reader->failed; i++) {
        take_filter(reader, &record->filters[i]);
        permissions->conditional |= record->filters[i].qos != BEDNET_PERMISSION_QOS_ALL ||
                                    record->filters[i].retain != BEDNET_RETAIN_ANY;
    }
    record->spec.permissions = permissions;
}

static void take_subject(struct reader *reader, unsigned flags, struct bednet_record *record)
{
    struct bednet_subject *subject = &record->spec.subject;
    subject->client_id = take_name(reader);
    if ((flags & FLAG_USERNAME) != 0)
        subject->username = take_name(reader);
    subject->attribute_count = take_byte(reader, BEDNET_IDENTITY_ATTRIBUTES_MAX);
    subject->attributes = record->attributes;
    for (size_t i = 0; i < subject->attribute_count && !reader->failed; i++) {
        record->attributes[i].name = take_text(reader);
        record->attributes[i].value = take_text(reader);
    }
    record->spec.role_name_count = take_byte(reader, BEDNET_ROLES_PER_CLIENT_MAX);
    record->spec.role_names = record->role_names;
    for (size_t i = 0; i < record->spec.role_name_count && !reader->failed; i++)
        record->role_names[i] = take_text(reader);
}

static void take_all(struct reader *reader, struct bednet_record *record)
{
    uint64_t ends = 0;
    reader->failed |= take_byte(reader, 0xff) != VERSION;
    record->spec.method = (enum bednet_method)take_byte(reader, BEDNET_METHOD_CERT);
    unsigned flags = take_byte(reader, FLAGS_ALL);
    record->spec.client_id_is_vouched = (flags & FLAG_VOUCHED) != 0;
    record->spec.ends_with_will = (flags & FLAG_WILL) != 0;
    record->revoked = (flags & FLAG_REVOKED) != 0;
    take_bytes(reader, &ends, sizeof ends);
    record->spec.ends_s = (int64_t)le64toh(ends);
    record->chain = take_text(reader);
    take_subject(reader, flags, record);
    if ((flags & FLAG_MARK) != 0) {
        take_bytes(reader, &record->mark, sizeof record->mark);
        record->spec.mark = &record->mark;
    }
    if ((flags & FLAG_PERMISSIONS) != 0)
        take_permissions(reader, record);
}

enum bednet_status bednet_record_read(struct bednet_text bytes, struct bednet_record *record)
{
    uint64_t checksum;
    if (bytes.len < CHECKSUM_BYTES || bytes.len > BEDNET_RECORD_BYTES_MAX)
        return BEDNET_INVALID;
    struct reader reader = {bytes.ptr, bytes.len - CHECKSUM_BYTES, false};
    memcpy(&checksum, bytes.ptr + reader.left, sizeof checksum);
    if (checksum != checksum_of((struct bednet_text){reader.at, reader.left}))
        return BEDNET_INVALID;
    *record = (struct bednet_record){0};
    take_all(&reader, record);
    bool fits = !reader.failed && reader.left == 0 && record->chain.len <= BEDNET_RECORD_CHAIN_BYTES_MAX &&
                bednet_identity_fits(&record->spec);
    return fits ? BEDNET_OK : BEDNET_INVALID;
}
