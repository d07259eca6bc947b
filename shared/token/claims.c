/* SPDX-License-Identifier: Apache-2.0 */
/* Claims: read, judged, and handed out as attributes. */
#include "token/claims.h"
#include "core/escape.h"
#include "token/json.h"
#include <openssl/crypto.h>

/* More than identity providers write; a search through it stays short. */
#define VALUES_MAX 1024

/* `claim.` and four names with dots between them. */
#define LEVELS_MAX 4

struct bednet_claims {
    int64_t expiry_s;
    char *text;
    struct bednet_json values[]; /* the root is an object */
};

enum bednet_reason bednet_claims_read(struct bednet_text payload, struct bednet_claims **claims)
{
    struct bednet_json_fault fault;
    size_t capacity = bednet_json_values(payload);
    if (capacity > VALUES_MAX)
        capacity = VALUES_MAX;
    size_t table_bytes = sizeof **claims + capacity * sizeof(struct bednet_json);
    struct bednet_claims *read = OPENSSL_malloc(table_bytes + payload.len);
    if (read == NULL)
        return BEDNET_REASON_INTERNAL;

    read->expiry_s = 0;
    read->text = (char *)read + table_bytes;
    memcpy(read->text, payload.ptr, payload.len);
    if (!bednet_json_read(read->text, payload.len, read->values, capacity, &fault) ||
        read->values->type != BEDNET_JSON_OBJECT) {
        bednet_claims_free(read);
        return BEDNET_REASON_CLAIMS;
    }
    *claims = read;
    return BEDNET_REASON_NONE;
}

void bednet_claims_free(struct bednet_claims *claims)
{
    OPENSSL_free(claims);
}

bool bednet_claims_come_from(const struct bednet_claims *claims, struct bednet_text issuer)
{
    return bednet_json_is(bednet_json_member(claims->values, "iss"), issuer);
}

static bool is_one_of(const struct bednet_json *value, const struct bednet_token_issuer *issuer)
{
    for (size_t i = 0; i < issuer->audience_count; i++) {
        if (bednet_json_is(value, issuer->audiences[i]))
            return true;
    }
    return false;
}

/* `aud` is a string or an array of strings (RFC 7519 section 4.1.3), and one of them is ours. */
static bool has_audience(const struct bednet_json *root, const struct bednet_token_issuer *issuer)
{
    const struct bednet_json *audience = bednet_json_member(root, "aud");
    if (audience == NULL || audience->type != BEDNET_JSON_ARRAY)
        return is_one_of(audience, issuer);
    bool found = false;
    const struct bednet_json *element = audience + 1;
    for (uint32_t i = 0; i < audience->size; i++, element += element->span) {
        if (element->type != BEDNET_JSON_STRING)
            return false;
        found |= is_one_of(element, issuer);
    }
    return found;
}

/* True when part of a member's name, up to a dot, is the name of an object beside it. */
static bool is_shadowed(const struct bednet_json *object, const struct bednet_json *member)
{
    const struct bednet_json *other = object + 1;
    for (uint32_t i = 0; i < object->size; i++, other += other->span) {
        if (other->type == BEDNET_JSON_OBJECT && other->name.len < member->name.len &&
            member->name.ptr[other->name.len] == '.' &&
            memcmp(other->name.ptr, member->name.ptr, other->name.len) == 0)
            return true;
    }
    return false;
}

/*
 * {"a.b": 1, "a": {"b": 2}} would give `claim.a.b` two origins, and whoever may choose one claim at the
 * issuer could pass it off as another.
 */
static bool is_ambiguous(const struct bednet_json *object, unsigned level)
{
    const struct bednet_json *member = object + 1;
    for (uint32_t i = 0; i < object->size; i++, member += member->span) {
        if (memchr(member->name.ptr, '.', member->name.len) != NULL && is_shadowed(object, member))
            return true;
        if (member->type == BEDNET_JSON_OBJECT && level < LEVELS_MAX && is_ambiguous(member, level + 1))
            return true;
    }
    return false;
}

/* a + b, which is what it can be at most or least where it does not fit. */
static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return b > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}

enum bednet_reason bednet_claims_check(struct bednet_claims *claims, const struct bednet_token_issuer *issuer,
                                       int64_t now_s)
{
    const struct bednet_json *root = claims->values;
    const struct bednet_json *nbf = bednet_json_member(root, "nbf"), *iat = bednet_json_member(root, "iat");
    const struct bednet_json *sub = bednet_json_member(root, "sub");
    int64_t not_before_s = INT64_MIN, issued_s;
    /* A part of a second is rounded against the token. */
    if (!bednet_json_whole(bednet_json_member(root, "exp"), false, &claims->expiry_s) ||
        (nbf != NULL && !bednet_json_whole(nbf, true, &not_before_s)) ||
        (iat != NULL && !bednet_json_whole(iat, false, &issued_s)) ||
        (sub != NULL && sub->type != BEDNET_JSON_STRING) || is_ambiguous(root, 1))
        return BEDNET_REASON_CLAIMS;
    if (issuer->audience_count > 0 && !has_audience(root, issuer))
        return BEDNET_REASON_AUDIENCE;
    if (add_saturated(now_s, -issuer->leeway_s) >= claims->expiry_s)
        return BEDNET_REASON_EXPIRED;
    if (add_saturated(now_s, issuer->leeway_s) < not_before_s)
        return BEDNET_REASON_NOT_YET_VALID;
    return BEDNET_REASON_NONE;
}

int64_t bednet_claims_expiry(const struct bednet_claims *claims)
{
    return claims->expiry_s;
}

/* A walk through the claims, with the name of where it is. */
struct walk {
    bool (*visit)(void *context, struct bednet_text name, struct bednet_text value);
    void *context;
    char name[BEDNET_CLAIM_NAME_BYTES_MAX];
};

/* False when the visitor wants no more. Values that no attribute can have are left out. */
static bool hand_out(const struct walk *walk, size_t name_bytes, const struct bednet_json *value)
{
    struct bednet_text text;
    switch (value->type) {
    case BEDNET_JSON_STRING:
        if (!bednet_utf8_is_clean(value->text))
            return true;
        text = value->text;
        break;
    case BEDNET_JSON_INTEGER:
        text = value->text;
        break;
    case BEDNET_JSON_TRUE:
        text = BEDNET_TEXT_LITERAL("true");
        break;
    case BEDNET_JSON_FALSE:
        text = BEDNET_TEXT_LITERAL("false");
        break;
    default:
        return true;
    }
    return walk->visit(walk->context, (struct bednet_text){walk->name, name_bytes}, text);
}

static bool walk_array(const struct walk *walk, size_t name_bytes, const struct bednet_json *array)
{
    const struct bednet_json *element = array + 1;
    for (uint32_t i = 0; i < array->size; i++, element += element->span) {
        if (!hand_out(walk, name_bytes, element))
            return false;
    }
    return true;
}

/* Puts `.name` behind the first name_bytes bytes of the walk's name; 0 where that cannot be. */
static size_t append_name(struct walk *walk, size_t name_bytes, struct bednet_text name)
{
    if (name.len == 0 || name.len >= sizeof walk->name - name_bytes || !bednet_utf8_is_clean(name))
        return 0;
    walk->name[name_bytes] = '.';
    memcpy(walk->name + name_bytes + 1, name.ptr, name.len);
    return name_bytes + 1 + name.len;
}

static bool walk_object(struct walk *walk, size_t name_bytes, const struct bednet_json *object,
                        unsigned level)
{
    bool more = true;
    const struct bednet_json *member = object + 1;
    for (uint32_t i = 0; more && i < object->size; i++, member += member->span) {
        size_t member_bytes = append_name(walk, name_bytes, member->name);
        if (member_bytes == 0)
            continue;
        if (member->type == BEDNET_JSON_ARRAY)
            more = walk_array(walk, member_bytes, member);
        else if (member->type != BEDNET_JSON_OBJECT)
            more = hand_out(walk, member_bytes, member);
        else if (level < LEVELS_MAX)
            more = walk_object(walk, member_bytes, member, level + 1);
    }
    return more;
}

bool bednet_claims_visit(const struct bednet_claims *claims,
                         bool (*visit)(void *context, struct bednet_text name, struct bednet_text value),
                         void *context)
{
    static const struct bednet_text prefix = {"claim", 5};
    struct walk walk = {.visit = visit, .context = context};
    memcpy(walk.name, prefix.ptr, prefix.len);
    return walk_object(&walk, prefix.len, claims->values, 1);
}

/* A name may hold dots of its own, as claims that are named by a URL do. */
static const struct bednet_json *find(const struct bednet_json *object, struct bednet_text name,
                                      unsigned level)
{
    const struct bednet_json *member = object + 1, *found = NULL;
    for (uint32_t i = 0; found == NULL && i < object->size; i++, member += member->span) {
        size_t bytes = member->name.len;
        if (bednet_text_equal(member->name, name))
            found = member;
        else if (member->type == BEDNET_JSON_OBJECT && level < LEVELS_MAX && bytes < name.len &&
                 name.ptr[bytes] == '.' && memcmp(member->name.ptr, name.ptr, bytes) == 0)
            found = find(member, (struct bednet_text){name.ptr + bytes + 1, name.len - bytes - 1}, level + 1);
    }
    return found;
}

const struct bednet_json *bednet_claims_find(const struct bednet_claims *claims, struct bednet_text name)
{
    return name.ptr != NULL ? find(claims->values, name, 1) : NULL;
}
