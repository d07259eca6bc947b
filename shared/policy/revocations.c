/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of entries by all that they name. Entries fall into kinds by which fields they name, at most
 * 16, and a subject is looked up once for each kind that occurs. The hash is keyed with a number that nobody
 * knows: who gets revoked chose its client id itself, and must not be able to choose where it lands.
 */
#include "policy/revocations_internal.h"

#include <stdlib.h>
#include <sys/random.h>

/*
 * Look-ups for one kind at most. A claim may be an array, and then every combination counts; whoever needs
 * more of them than this is not what the list is for.
 */
#define PROBES_MAX 1024

/* Texts are in the pool; length 0 where the entry does not name the field. */
struct entry {
    int64_t before_s;
    uint32_t offset[BEDNET_REVOCATION_FIELDS];
    uint16_t length[BEDNET_REVOCATION_FIELDS];
};

struct slot {
    uint32_t tag;    /* half of the hash, to pass over strangers without looking at them */
    uint32_t number; /* of the entry, from 1; 0: free */
};

struct bednet_revocations {
    struct bednet_hash_key key;
    struct entry *entries;
    size_t count;
    size_t capacity;
    char *pool;
    size_t pool_bytes;
    size_t pool_capacity;
    struct slot *slots;
    size_t slot_mask;
    uint16_t kinds; /* bit K: there is an entry that names exactly the fields of the mask K */
};

const struct bednet_text bednet_revocations_attributes[BEDNET_REVOCATIONS_NAMES_COUNT] = {
    {"claim.iss", sizeof "claim.iss" - 1},
    {"claim.jti", sizeof "claim.jti" - 1},
    {"claim.sub", sizeof "claim.sub" - 1},
    {"claim.iat", sizeof "claim.iat" - 1},
};

enum { ISSUED_AT = 3 }; /* the others stand in the order of the fields */

struct bednet_revocations *bednet_revocations_new(void)
{
    struct bednet_revocations *revocations = calloc(1, sizeof *revocations);
    if (revocations == NULL)
        return NULL;
    ssize_t got = getrandom(revocations->key.bytes, sizeof revocations->key.bytes, 0);
    if (got == (ssize_t)sizeof revocations->key.bytes)
        return revocations;
    free(revocations);
    return NULL;
}

void bednet_revocations_free(struct bednet_revocations *revocations)
{
    if (revocations == NULL)
        return;
    free(revocations->entries);
    free(revocations->pool);
    free(revocations->slots);
    free(revocations);
}

size_t bednet_revocations_count(const struct bednet_revocations *revocations)
{
    return revocations->count;
}

/* `array` with room for `more` behind `used` of `size` bytes each; NULL, and as it was, without memory. */
static void *reserve(void *array, size_t *capacity, size_t used, size_t more, size_t size)
{
    if (more <= *capacity - used)
        return array;
    size_t wanted = *capacity * 2 > used + more ? *capacity * 2 : used + more + 1024;
    void *grown = realloc(array, wanted * size);
    if (grown != NULL)
        *capacity = wanted;
    return grown;
}

static bool make_room(struct bednet_revocations *revocations, size_t bytes)
{
    char *pool = reserve(revocations->pool, &revocations->pool_capacity, revocations->pool_bytes, bytes, 1);
    if (pool == NULL)
        return false;
    revocations->pool = pool;
    struct entry *entries = reserve(revocations->entries, &revocations->capacity, revocations->count, 1,
                                    sizeof *revocations->entries);
    if (entries == NULL)
        return false;
    revocations->entries = entries;
    return true;
}

static struct bednet_text text_of(const struct bednet_revocations *revocations, const struct entry *entry,
                                  size_t field)
{
    return (struct bednet_text){revocations->pool + entry->offset[field], entry->length[field]};
}

/* True where the entry before has the same text there: lists are long and name few issuers. */
static bool is_repeated(const struct bednet_revocations *revocations, size_t field, struct bednet_text text)
{
    return revocations->count > 0 &&
           bednet_text_equal(text_of(revocations, &revocations->entries[revocations->count - 1], field),
                             text);
}

bool bednet_revocations_add(struct bednet_revocations *revocations, const struct bednet_revocation *entry)
{
    struct entry kept = {.before_s = entry->before_s};
    size_t bytes = 0;
    for (size_t i = 0; i < BEDNET_REVOCATION_FIELDS; i++)
        bytes += entry->fields[i].len;
    if (!make_room(revocations, bytes))
        return false;
    for (size_t i = 0; i < BEDNET_REVOCATION_FIELDS; i++) {
        struct bednet_text text = entry->fields[i];
        if (text.ptr == NULL)
            continue;
        kept.length[i] = (uint16_t)text.len;
        if (is_repeated(revocations, i, text)) {
            kept.offset[i] = revocations->entries[revocations->count - 1].offset[i];
            continue;
        }
        kept.offset[i] = (uint32_t)revocations->pool_bytes;
        memcpy(revocations->pool + revocations->pool_bytes, text.ptr, text.len);
        revocations->pool_bytes += text.len;
    }
    revocations->entries[revocations->count++] = kept;
    return true;
}

/* One more field in the hash of an entry; the parts are secret, so that mixing them need not be clever. */
static uint64_t mix(uint64_t hash, uint64_t part)
{
    hash = (hash ^ part) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

static unsigned kind_of(const struct entry *entry)
{
    unsigned kind = 0;
    for (size_t i = 0; i < BEDNET_REVOCATION_FIELDS; i++)
        kind |= entry->length[i] > 0 ? 1u << i : 0;
    return kind;
}

static uint64_t hash_of(const struct bednet_revocations *revocations, const struct entry *entry)
{
    uint64_t hash = kind_of(entry);
    for (size_t i = 0; i < BEDNET_REVOCATION_FIELDS; i++)
        if (entry->length[i] > 0)
            hash = mix(hash, bednet_hash_keyed_wide(&revocations->key, text_of(revocations, entry, i)));
    return hash;
}

/*
 * The slot of the entry that names exactly `fields`, absent where it names none; otherwise the free slot
 * where it would stand. There always is one: the table is half empty.
 */
static struct slot *find(const struct bednet_revocations *revocations, uint64_t hash,
                         const struct bednet_text fields[BEDNET_REVOCATION_FIELDS])
{
    uint32_t tag = (uint32_t)(hash >> 32);
    for (size_t at = (size_t)hash;; at++) {
        struct slot *slot = &revocations->slots[at & revocations->slot_mask];
        if (slot->number == 0)
            return slot;
        if (slot->tag != tag)
            continue;
        const struct entry *entry = &revocations->entries[slot->number - 1];
        bool same = true;
        for (size_t i = 0; i < BEDNET_REVOCATION_FIELDS && same; i++)
            same = fields[i].ptr == NULL ? entry->length[i] == 0
                                         : bednet_text_equal(text_of(revocations, entry, i), fields[i]);
        if (same)
            return slot;
    }
}

/* Of entries that name the same, the one that speaks of more tokens says it all. */
static void insert(struct bednet_revocations *revocations, size_t index)
{
    struct entry *entry = &revocations->entries[index];
    struct bednet_text fields[BEDNET_REVOCATION_FIELDS];
    for (size_t i = 0; i < BEDNET_REVOCATION_FIELDS; i++)
        fields[i] = entry->length[i] > 0 ? text_of(revocations, entry, i) : (struct bednet_text){NULL, 0};
    uint64_t hash = hash_of(revocations, entry);
    struct slot *slot = find(revocations, hash, fields);
    revocations->kinds |= (uint16_t)(1u << kind_of(entry));
    if (slot->number == 0) {
        *slot = (struct slot){(uint32_t)(hash >> 32), (uint32_t)index + 1};
        return;
    }
    struct entry *before = &revocations->entries[slot->number - 1];
    if (before->before_s < entry->before_s)
        before->before_s = entry->before_s;
}

/* Gives back what was reserved for nothing; where that fails nothing is lost. */
static void *trim(void *array, size_t bytes)
{
    void *trimmed = bytes > 0 ? realloc(array, bytes) : NULL;
    return trimmed != NULL ? trimmed : array;
}

bool bednet_revocations_freeze(struct bednet_revocations *revocations)
{
    size_t slots = 16;
    while (slots < revocations->count * 2)
        slots *= 2;
    revocations->slots = calloc(slots, sizeof *revocations->slots);
    if (revocations->slots == NULL)
        return false;
    revocations->slot_mask = slots - 1;
    revocations->entries = trim(revocations->entries, revocations->count * sizeof *revocations->entries);
    revocations->pool = trim(revocations->pool, revocations->pool_bytes);
    for (size_t i = 0; i < revocations->count; i++)
        insert(revocations, i);
    return true;
}

/* All values that one subject has for one field. */
struct values {
    const struct bednet_subject *subject;
    size_t first; /* among its attributes: all of one name stand in a row */
    size_t count;
};

static struct values values_of(const struct bednet_subject *subject, struct bednet_text name)
{
    struct values values = {.subject = subject};
    for (size_t i = 0; i < subject->attribute_count; i++) {
        if (!bednet_text_equal(bednet_subject_attribute_at(subject, i).name, name)) {
            if (values.count > 0)
                break;
            continue;
        }
        values.first = values.count == 0 ? i : values.first;
        values.count++;
    }
    return values;
}

static struct bednet_text value_at(const struct values *values, size_t index)
{
    return bednet_subject_attribute_at(values->subject, values->first + index).value;
}

/* False where `text` is no whole number that can be counted. */
static bool read_seconds(struct bednet_text text, int64_t *out_s)
{
    int64_t seconds = 0;
    bool negative = text.len > 0 && text.ptr[0] == '-';
    for (size_t i = negative ? 1 : 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || __builtin_mul_overflow(seconds, 10, &seconds) ||
            __builtin_add_overflow(seconds, text.ptr[i] - '0', &seconds))
            return false;
    *out_s = negative ? -seconds : seconds;
    return text.len > (negative ? 1u : 0u);
}

/* The earliest that the token can have been issued: INT64_MIN where it does not tell. */
static int64_t issued_at(const struct bednet_subject *subject)
{
    struct values times = values_of(subject, bednet_revocations_attributes[ISSUED_AT]);
    int64_t earliest = times.count > 0 ? INT64_MAX : INT64_MIN;
    for (size_t i = 0; i < times.count; i++) {
        int64_t seconds;
        if (!read_seconds(value_at(&times, i), &seconds))
            return INT64_MIN;
        earliest = seconds < earliest ? seconds : earliest;
    }
    return earliest;
}

/* A subject that is being looked up. */
struct question {
    const struct bednet_revocations *revocations;
    struct values values[BEDNET_REVOCATION_FIELDS];
    int64_t issued_s;
};

static bool answers(const struct question *question, uint64_t hash,
                    const struct bednet_text fields[BEDNET_REVOCATION_FIELDS])
{
    const struct slot *slot = find(question->revocations, hash, fields);
    if (slot->number == 0)
        return false;
    int64_t before_s = question->revocations->entries[slot->number - 1].before_s;
    return before_s == BEDNET_REVOCATION_ALWAYS || question->issued_s < before_s;
}

/* Combination `number` of the subject's values for the fields of `kind`. */
static bool ask_combination(const struct question *question, unsigned kind, size_t number)
{
    struct bednet_text fields[BEDNET_REVOCATION_FIELDS] = {{NULL, 0}};
    uint64_t hash = kind;
    for (size_t i = 0; i < BEDNET_REVOCATION_FIELDS; i++) {
        if ((kind & 1u << i) == 0)
            continue;
        const struct values *values = &question->values[i];
        fields[i] = value_at(values, number % values->count);
        number /= values->count;
        if (fields[i].ptr == NULL)
            return false;
        hash = mix(hash, bednet_hash_keyed_wide(&question->revocations->key, fields[i]));
    }
    return answers(question, hash, fields);
}

static bool ask_kind(const struct question *question, unsigned kind)
{
    size_t combinations = 1;
    for (size_t i = 0; i < BEDNET_REVOCATION_FIELDS; i++)
        if ((kind & 1u << i) != 0 &&
            __builtin_mul_overflow(combinations, question->values[i].count, &combinations))
            return true;
    if (combinations > PROBES_MAX)
        return true;
    for (size_t i = 0; i < combinations; i++)
        if (ask_combination(question, kind, i))
            return true;
    return false;
}

bool bednet_revocations_hit(const struct bednet_revocations *revocations,
                            const struct bednet_subject *subject)
{
    if (revocations == NULL || revocations->kinds == 0)
        return false;
    const struct bednet_attribute client_id = {.value = subject->client_id};
    const struct bednet_subject named = {.attributes = &client_id, .attribute_count = 1};
    struct question question = {.revocations = revocations, .issued_s = issued_at(subject)};
    for (size_t i = 0; i < ISSUED_AT; i++)
        question.values[i] = values_of(subject, bednet_revocations_attributes[i]);
    question.values[BEDNET_REVOCATION_CLIENT_ID] = (struct values){&named, 0, 1};
    for (unsigned kind = 0; kind < 16; kind++)
        if ((revocations->kinds & 1u << kind) != 0 && ask_kind(&question, kind))
            return true;
    return false;
}
