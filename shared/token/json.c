/* SPDX-License-Identifier: Apache-2.0 */
/* A strict JSON reader in place. */
#include "token/json.h"
#include "core/utf8.h"
#include <endian.h>

/*
 * What is read, and where to. The place in the text goes from function to function instead: each takes the
 * place where something begins, and gives the one behind it, or NULL after saying what is wrong.
 */
struct reader {
    char *text;
    char *end;
    struct bednet_json *values;
    size_t capacity;
    size_t count;
    unsigned depth;
    bool plain; /* the string that was read last */
    struct bednet_json_fault *fault;
};

static char *read_value(struct reader *r, char *at, struct bednet_text name);

static char *fail(struct reader *r, const char *at, const char *text)
{
    *r->fault = (struct bednet_json_fault){text, (size_t)(at - r->text)};
    return NULL;
}

static bool is_next(const struct reader *r, const char *at, char wanted)
{
    return at < r->end && *at == wanted;
}

static char *skip_space(const struct reader *r, char *at)
{
    /* Nearly always there is none, and most of what comes instead is greater. */
    while (at < r->end && (unsigned char)*at <= ' ' &&
           (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    return at;
}

/* The bytes of the character that begins at `text`, of which `bytes` are there; 0 where a string has none. */
static size_t character_bytes(const char *text, size_t bytes)
{
    uint32_t point;
    unsigned char first = (unsigned char)text[0];
    if (first < 0x80)
        return first >= 0x20 ? 1 : 0;
    return bednet_utf8_decode((struct bednet_text){text, bytes}, &point);
}

/* Writes a code point other than a surrogate as UTF-8. */
static char *put_character(char *out, unsigned long code)
{
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xc0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *out++ = (char)(0xe0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    } else {
        *out++ = (char)(0xf0 | code >> 18);
        *out++ = (char)(0x80 | (code >> 12 & 0x3f));
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    }
    return out;
}

/* Reads `\uXXXX`; NULL, and no complaint, where there is none. */
static char *read_unit(const struct reader *r, char *at, unsigned long *unit)
{
    if (r->end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return NULL;
    *unit = 0;
    for (size_t i = 2; i < 6; i++) {
        static const char digits[] = "0123456789abcdef";
        char c = at[i];
        const char *digit = memchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c, 16);
        if (digit == NULL)
            return NULL;
        *unit = *unit << 4 | (unsigned long)(digit - digits);
    }
    return at + 6;
}

/* One `\u` escape or a pair of them. What is written is never longer than what was read. */
static char *read_unicode_escape(struct reader *r, char *at, char **write)
{
    unsigned long code, low;
    char *next = read_unit(r, at, &code);
    if (next == NULL)
        return fail(r, at, "an escape that JSON does not have");
    if (code == 0)
        return fail(r, at, "the character U+0000");
    if (code >= 0xd800 && code <= 0xdfff) {
        if (code > 0xdbff || (next = read_unit(r, next, &low)) == NULL || low < 0xdc00 || low > 0xdfff)
            return fail(r, at, "half a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    *write = put_character(*write, code);
    return next;
}

static char *read_escape(struct reader *r, char *at, char **write)
{
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (r->end - at < 2)
        return fail(r, at, "a string without an end");
    if (at[1] == 'u')
        return read_unicode_escape(r, at, write);
    const char *escape = memchr(escapes, at[1], sizeof escapes - 1);
    if (escape == NULL)
        return fail(r, at, "an escape that JSON does not have");
    *(*write)++ = meanings[escape - escapes];
    return at + 2;
}

/* The same byte eight times. */
#define EIGHT(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * How many of eight bytes, from the first on, are plain, that is printable ASCII but `"` and `\\`: they stand
 * for themselves in a string. A subtraction sets the upper bit of a byte that is too small, and the addition
 * that of DEL; what they borrow or carry spoils only bytes behind one that is not plain.
 */
static size_t plain_of_eight(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    word = le64toh(word);
    uint64_t special = (word | (word + EIGHT(1)) | (word - EIGHT(0x20)) | ((word ^ EIGHT('"')) - EIGHT(1)) |
                        ((word ^ EIGHT('\\')) - EIGHT(1))) &
                       EIGHT(0x80);
    return special != 0 ? (size_t)__builtin_ctzll(special) / 8 : sizeof word;
}

static bool is_plain(char byte)
{
    unsigned char c = (unsigned char)byte;
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* The end of the run of such bytes from `at` on. */
static char *plain_end(const struct reader *r, char *at)
{
    while (r->end - at >= 8) {
        size_t plain = plain_of_eight(at);
        at += plain;
        if (plain < 8)
            return at;
    }
    while (at < r->end && is_plain(*at))
        at++;
    return at;
}

/* Moves what stands before `end` to where the string is put together, which is in place until an escape. */
static char *keep(char *write, const char *begin, const char *end)
{
    if (write != begin)
        memmove(write, begin, (size_t)(end - begin));
    return write + (end - begin);
}

/* The rest of a string that begins at `start` and is plain up to `at`, where its end does not come yet. */
static char *read_long_string(struct reader *r, char *start, char *at, struct bednet_text *out)
{
    char *write = at;
    r->plain = false;
    while (!is_next(r, at, '"')) {
        if (at == r->end)
            return fail(r, start - 1, "a string without an end");
        if (*at == '\\') {
            if ((at = read_escape(r, at, &write)) == NULL)
                return NULL;
        } else {
            size_t bytes = character_bytes(at, (size_t)(r->end - at));
            if (bytes == 0)
                return fail(r, at, "a control character or invalid UTF-8 in a string");
            write = keep(write, at, at + bytes);
            at += bytes;
        }
        char *end = plain_end(r, at);
        write = keep(write, at, end);
        at = end;
    }
    *out = (struct bednet_text){start, (size_t)(write - start)};
    return at + 1;
}

static char *read_string(struct reader *r, char *at, struct bednet_text *out)
{
    char *start = at + 1, *end = plain_end(r, start);
    if (!is_next(r, end, '"'))
        return read_long_string(r, start, end, out);
    r->plain = true;
    *out = (struct bednet_text){start, (size_t)(end - start)};
    return end + 1;
}

static char *skip_digits(const struct reader *r, char *at)
{
    while (at < r->end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static char *read_number(struct reader *r, char *begin, struct bednet_json *value)
{
    char *at = begin + is_next(r, begin, '-'), *digits = at;
    at = is_next(r, at, '0') ? at + 1 : skip_digits(r, at);
    bool good = at > digits, real = false;
    if (good && is_next(r, at, '.')) {
        real = true;
        digits = at + 1;
        at = skip_digits(r, digits);
        good = at > digits;
    }
    if (good && (is_next(r, at, 'e') || is_next(r, at, 'E'))) {
        real = true;
        digits = at + 1;
        digits += is_next(r, digits, '+') || is_next(r, digits, '-');
        at = skip_digits(r, digits);
        good = at > digits;
    }
    if (!good)
        return fail(r, begin, "no JSON value");
    value->type = real ? BEDNET_JSON_REAL : BEDNET_JSON_INTEGER;
    value->text = (struct bednet_text){begin, (size_t)(at - begin)};
    return at;
}

static char *read_literal(struct reader *r, char *at, struct bednet_json *value)
{
    static const struct {
        struct bednet_text text;
        enum bednet_json_type type;
    } literals[] = {
        {{"true", 4}, BEDNET_JSON_TRUE}, {{"false", 5}, BEDNET_JSON_FALSE}, {{"null", 4}, BEDNET_JSON_NULL}};
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        size_t len = literals[i].text.len;
        if ((size_t)(r->end - at) >= len && memcmp(at, literals[i].text.ptr, len) == 0) {
            value->type = literals[i].type;
            return at + len;
        }
    }
    return fail(r, at, "no JSON value");
}

/* The member of `object` among those that were read so far. */
static const struct bednet_json *find_member(const struct bednet_json *object, struct bednet_text name)
{
    const struct bednet_json *member = object + 1;
    for (uint32_t i = 0; i < object->size; i++, member += member->span) {
        /* Most names differ in their length or last character. */
        if (member->name.len == name.len &&
            (name.len == 0 || (member->name.ptr[name.len - 1] == name.ptr[name.len - 1] &&
                               memcmp(member->name.ptr, name.ptr, name.len) == 0)))
            return member;
    }
    return NULL;
}

/*
 * True when the object has a member of that name. `seen` holds a bit for each name before, chosen by its
 * length and its ends: a name that is the first with its bit needs no search.
 */
static bool is_duplicate(const struct bednet_json *object, struct bednet_text name, uint64_t *seen)
{
    size_t mix = name.len;
    if (name.len > 0)
        mix += 5 * (size_t)(unsigned char)name.ptr[0] + 11 * (size_t)(unsigned char)name.ptr[name.len - 1];
    uint64_t bit = UINT64_C(1) << (mix & 63);
    bool duplicate = (*seen & bit) != 0 && find_member(object, name) != NULL;
    *seen |= bit;
    return duplicate;
}

static char *read_member(struct reader *r, char *begin, struct bednet_json *object, uint64_t *seen)
{
    struct bednet_text name;
    if (!is_next(r, begin, '"'))
        return fail(r, begin, "no member name in quotes");
    char *at = read_string(r, begin, &name);
    if (at == NULL)
        return NULL;
    if (is_duplicate(object, name, seen))
        return fail(r, begin, "a duplicate member");
    at = skip_space(r, at);
    if (!is_next(r, at, ':'))
        return fail(r, at, "no colon after a member name");
    return read_value(r, skip_space(r, at + 1), name);
}

/* An object or an array: the same but for what stands between the commas. */
static char *read_container(struct reader *r, char *at, struct bednet_json *value)
{
    bool object = value->type == BEDNET_JSON_OBJECT;
    uint64_t seen = 0;
    char end = object ? '}' : ']';
    if (++r->depth > BEDNET_JSON_DEPTH_MAX)
        return fail(r, at, "nested too deeply");
    at = skip_space(r, at + 1);
    if (!is_next(r, at, end)) {
        for (;;) {
            at = object ? read_member(r, at, value, &seen) : read_value(r, at, (struct bednet_text){0});
            if (at == NULL)
                return NULL;
            value->size++;
            at = skip_space(r, at);
            if (!is_next(r, at, ','))
                break;
            at = skip_space(r, at + 1);
        }
        if (!is_next(r, at, end))
            return fail(r, at, "neither a comma nor the end of what was opened");
    }
    r->depth--;
    return at + 1;
}

static char *read_any(struct reader *r, char *at, struct bednet_json *value)
{
    switch (at < r->end ? *at : '\0') {
    case '{':
        value->type = BEDNET_JSON_OBJECT;
        return read_container(r, at, value);
    case '[':
        value->type = BEDNET_JSON_ARRAY;
        return read_container(r, at, value);
    case '"':
        value->type = BEDNET_JSON_STRING;
        at = read_string(r, at, &value->text);
        value->text_is_plain = r->plain;
        return at;
    case 't':
    case 'f':
    case 'n':
        return read_literal(r, at, value);
    default:
        return read_number(r, at, value);
    }
}

static char *read_value(struct reader *r, char *at, struct bednet_text name)
{
    if (r->count == r->capacity)
        return fail(r, at, "more values than are allowed");
    size_t index = r->count++;
    struct bednet_json *value = &r->values[index];
    *value = (struct bednet_json){
        .name = name, .name_is_plain = name.ptr != NULL && r->plain, .offset = (uint32_t)(at - r->text)};
    at = read_any(r, at, value);
    value->span = (uint32_t)(r->count - index);
    return at;
}

/* What a value may come after, besides at the beginning: `[` and `{` differ in one bit. */
static inline unsigned char precedes_value(char c)
{
    return (unsigned char)((c == ',') | ((c | ('[' ^ '{')) == '{'));
}

size_t bednet_json_values(struct bednet_text text)
{
    /* In blocks of a constant size, which compilers turn into a few instructions. */
    enum { BLOCK = 16 };
    size_t values = 1, at = 0;
    for (; text.len - at >= BLOCK; at += BLOCK) {
        unsigned char found = 0;
        for (size_t i = 0; i < BLOCK; i++)
            found = (unsigned char)(found + precedes_value(text.ptr[at + i]));
        values += found;
    }
    for (; at < text.len; at++)
        values += precedes_value(text.ptr[at]);
    return values;
}

bool bednet_json_read(char *text, size_t bytes, struct bednet_json *values, size_t capacity,
                      struct bednet_json_fault *fault)
{
    struct reader r = {
        .text = text, .end = text + bytes, .values = values, .capacity = capacity, .fault = fault};
    if (bytes > UINT32_MAX)
        return fail(&r, text, "too long") != NULL;
    char *at = read_value(&r, skip_space(&r, text), (struct bednet_text){0});
    if (at == NULL)
        return false;
    at = skip_space(&r, at);
    return at == r.end || fail(&r, at, "something after the end") != NULL;
}

const struct bednet_json *bednet_json_find(const struct bednet_json *object, struct bednet_text name)
{
    return object->type == BEDNET_JSON_OBJECT ? find_member(object, name) : NULL;
}

bool bednet_json_is(const struct bednet_json *value, struct bednet_text text)
{
    return value != NULL && value->type == BEDNET_JSON_STRING && bednet_text_equal(value->text, text);
}
