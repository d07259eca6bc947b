/* SPDX-License-Identifier: Apache-2.0 */
/* What an issuer's rules ask of its claims. */
#include "token/claims.h"

static bool is_one_of(struct bednet_text text, const struct bednet_text *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bednet_text_equal(text, list[i]))
            return true;
    }
    return false;
}

static bool is_string_of(const struct bednet_json *value, const struct bednet_text *list, size_t count)
{
    return value != NULL && value->type == BEDNET_JSON_STRING && is_one_of(value->text, list, count);
}

/* `aud` is a string or an array of strings (RFC 7519 section 4.1.3), and one of them is ours. */
static bool has_audience(const struct bednet_claims *claims, const struct bednet_token_issuer *issuer)
{
    const struct bednet_json *audience = claims->named[BEDNET_CLAIM_AUD];
    if (audience == NULL || audience->type != BEDNET_JSON_ARRAY)
        return is_string_of(audience, issuer->audiences, issuer->audience_count);
    bool found = false;
    const struct bednet_json *element = audience + 1;
    for (uint32_t i = 0; i < audience->size; i++, element += element->span) {
        if (element->type != BEDNET_JSON_STRING)
            return false;
        found |= is_string_of(element, issuer->audiences, issuer->audience_count);
    }
    return found;
}

/*
 * Whom the token was issued to: `azp` of OpenID Connect or `client_id` of RFC 9068. An `azp` that is wrong is
 * not made good by a `client_id` beside it.
 */
static bool has_party(const struct bednet_claims *claims, const struct bednet_token_issuer *issuer)
{
    const struct bednet_json *party = claims->named[BEDNET_CLAIM_AZP];
    if (party == NULL)
        party = bednet_json_member(claims->values, "client_id");
    return is_string_of(party, issuer->parties, issuer->party_count);
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

static bool has_objects(const struct bednet_json *object)
{
    const struct bednet_json *member = object + 1;
    bool found = false;
    for (uint32_t i = 0; i < object->size; i++, member += member->span)
        found |= member->type == BEDNET_JSON_OBJECT;
    return found;
}

/*
 * {"a.b": 1, "a": {"b": 2}} would give `claim.a.b` two origins, and whoever may choose one claim at the
 * issuer could pass it off as another.
 */
static bool is_ambiguous(const struct bednet_json *object, unsigned level)
{
    const struct bednet_json *member = object + 1;
    if (!has_objects(object))
        return false;
    for (uint32_t i = 0; i < object->size; i++, member += member->span) {
        if (memchr(member->name.ptr, '.', member->name.len) != NULL && is_shadowed(object, member))
            return true;
        if (member->type == BEDNET_JSON_OBJECT && level < BEDNET_CLAIM_LEVELS_MAX &&
            is_ambiguous(member, level + 1))
            return true;
    }
    return false;
}

static bool has_value(const struct bednet_json *value, const struct bednet_required_claim *required)
{
    struct bednet_text text;
    return bednet_claim_text(value, &text) && is_one_of(text, required->values, required->value_count);
}

static bool has_word(const struct bednet_json *claim, const struct bednet_required_claim *required)
{
    struct bednet_text rest = claim->text, word;
    while (bednet_claim_next_word(&rest, &word)) {
        if (is_one_of(word, required->values, required->value_count))
            return true;
    }
    return false;
}

static bool is_satisfied(const struct bednet_claims *claims, const struct bednet_required_claim *required)
{
    const struct bednet_json *claim = bednet_claims_find(claims, required->name);
    if (claim == NULL || claim->type == BEDNET_JSON_NULL)
        return false;
    if (required->value_count == 0 || has_value(claim, required))
        return true;
    if (claim->type != BEDNET_JSON_ARRAY)
        return bednet_claim_is_word_list(claim, required->name) && has_word(claim, required);
    const struct bednet_json *element = claim + 1;
    for (uint32_t i = 0; i < claim->size; i++, element += element->span) {
        if (has_value(element, required))
            return true;
    }
    return false;
}

static bool has_required(const struct bednet_claims *claims, const struct bednet_token_issuer *issuer)
{
    for (size_t i = 0; i < issuer->required_count; i++) {
        if (!is_satisfied(claims, &issuer->required[i]))
            return false;
    }
    return true;
}

/* a + b, which is what it can be at most or least where it does not fit. */
static int64_t add_saturated(int64_t a, int64_t b)
{
    int64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return b > 0 ? INT64_MAX : INT64_MIN;
    return sum;
}

/* When a token is good, in whole seconds. */
struct times {
    int64_t expiry_s;     /* INT64_MAX without */
    int64_t not_before_s; /* INT64_MIN without */
    int64_t issued_s;     /* INT64_MIN without */
    bool expires;
    bool issued;
};

/* False where one that is there is no time, or `exp` is missing. Parts of a second count against the token.
 */
static bool read_times(const struct bednet_claims *claims, bool expiry_optional, struct times *times)
{
    const struct bednet_json *exp = claims->named[BEDNET_CLAIM_EXP];
    const struct bednet_json *nbf = claims->named[BEDNET_CLAIM_NBF];
    const struct bednet_json *iat = claims->named[BEDNET_CLAIM_IAT];
    *times = (struct times){INT64_MAX, INT64_MIN, INT64_MIN, exp != NULL, iat != NULL};
    return (exp != NULL ? bednet_json_whole(exp, false, &times->expiry_s) : expiry_optional) &&
           (nbf == NULL || bednet_json_whole(nbf, true, &times->not_before_s)) &&
           (iat == NULL || bednet_json_whole(iat, false, &times->issued_s));
}

static int64_t bounded_leeway(int64_t leeway_s)
{
    if (leeway_s < 0)
        return 0;
    return leeway_s < BEDNET_TOKEN_LEEWAY_S_MAX ? leeway_s : BEDNET_TOKEN_LEEWAY_S_MAX;
}

/* True when the token lives longer than it may, or does not say how long. What does not fit is too long. */
static bool is_too_long(const struct times *times, int64_t lifetime_max_s)
{
    int64_t lifetime_s;
    return !times->expires || !times->issued ||
           __builtin_sub_overflow(times->expiry_s, times->issued_s, &lifetime_s) ||
           lifetime_s > lifetime_max_s;
}

static enum bednet_reason check_times(const struct times *times, const struct bednet_token_issuer *issuer,
                                      int64_t now_s)
{
    int64_t leeway_s = bounded_leeway(issuer->leeway_s);
    int64_t earliest_s = add_saturated(now_s, -leeway_s), latest_s = add_saturated(now_s, leeway_s);
    if (times->expires && earliest_s >= times->expiry_s)
        return BEDNET_REASON_EXPIRED;
    if (latest_s < times->not_before_s || latest_s < times->issued_s)
        return BEDNET_REASON_NOT_YET_VALID;
    if (issuer->lifetime_max_s > 0 && is_too_long(times, issuer->lifetime_max_s))
        return BEDNET_REASON_LIFETIME;
    return BEDNET_REASON_NONE;
}

static bool is_string_if_there(const struct bednet_json *value)
{
    return value == NULL || value->type == BEDNET_JSON_STRING;
}

enum bednet_reason bednet_claims_check(struct bednet_claims *claims, const struct bednet_token_issuer *issuer,
                                       int64_t now_s)
{
    struct times times;
    if (!read_times(claims, issuer->expiry_optional, &times) ||
        !is_string_if_there(claims->named[BEDNET_CLAIM_SUB]) ||
        !is_string_if_there(claims->named[BEDNET_CLAIM_JTI]) || is_ambiguous(claims->values, 1))
        return BEDNET_REASON_CLAIMS;
    if (issuer->audience_count > 0 && !has_audience(claims, issuer))
        return BEDNET_REASON_AUDIENCE;
    if (issuer->party_count > 0 && !has_party(claims, issuer))
        return BEDNET_REASON_PARTY;
    enum bednet_reason reason = check_times(&times, issuer, now_s);
    if (reason != BEDNET_REASON_NONE)
        return reason;
    if (!has_required(claims, issuer))
        return BEDNET_REASON_REQUIRED_CLAIM;
    claims->expiry_s = times.expiry_s;
    return BEDNET_REASON_NONE;
}
