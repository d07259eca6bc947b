/* SPDX-License-Identifier: Apache-2.0 */
/* Claims handed out as attributes. */
#include "core/escape.h"
#include "token/claims.h"

/* A walk through the claims, with the name of where it is. */
struct walk {
    bool (*visit)(void *context, struct bednet_text name, struct bednet_text value);
    void *context;
    char name[BEDNET_CLAIM_NAME_BYTES_MAX];
};

/* What the reader saw to be plain need not be looked at again. */
static bool is_clean(const struct bednet_json *string)
{
    return string->text_is_plain || bednet_utf8_is_clean(string->text);
}

/* False when the visitor wants no more. Values that no attribute can have are left out. */
static bool hand_out(const struct walk *walk, size_t name_bytes, const struct bednet_json *value)
{
    struct bednet_text text;
    if (!bednet_claim_text(value, &text) || (value->type == BEDNET_JSON_STRING && !is_clean(value)))
        return true;
    return walk->visit(walk->context, (struct bednet_text){walk->name, name_bytes}, text);
}

static bool walk_words(const struct walk *walk, size_t name_bytes, const struct bednet_json *claim)
{
    struct bednet_text words = claim->text, word;
    if (!is_clean(claim))
        return true;
    while (bednet_claim_next_word(&words, &word)) {
        if (!walk->visit(walk->context, (struct bednet_text){walk->name, name_bytes}, word))
            return false;
    }
    return true;
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

/* Puts `.` and the member's name behind the first name_bytes bytes of the walk's name; 0 where that cannot
 * be. */
static size_t append_name(struct walk *walk, size_t name_bytes, const struct bednet_json *member)
{
    struct bednet_text name = member->name;
    if (name.len == 0 || name.len >= sizeof walk->name - name_bytes ||
        (!member->name_is_plain && !bednet_utf8_is_clean(name)))
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
        size_t member_bytes = append_name(walk, name_bytes, member);
        if (member_bytes == 0)
            continue;
        if (member->type == BEDNET_JSON_ARRAY)
            more = walk_array(walk, member_bytes, member);
        else if (level == 1 && bednet_claim_is_word_list(member, member->name))
            more = walk_words(walk, member_bytes, member);
        else if (member->type != BEDNET_JSON_OBJECT)
            more = hand_out(walk, member_bytes, member);
        else if (level < BEDNET_CLAIM_LEVELS_MAX)
            more = walk_object(walk, member_bytes, member, level + 1);
    }
    return more;
}

bool bednet_claims_visit(const struct bednet_claims *claims,
                         bool (*visit)(void *context, struct bednet_text name, struct bednet_text value),
                         void *context)
{
    static const struct bednet_text prefix = {"claim", 5};
    struct walk walk; /* not emptied as a whole: the room for a name is long */
    walk.visit = visit;
    walk.context = context;
    memcpy(walk.name, prefix.ptr, prefix.len);
    return walk_object(&walk, prefix.len, claims->values, 1);
}
