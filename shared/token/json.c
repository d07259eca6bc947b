/* SPDX-License-Identifier: Apache-2.0 */
/* A strict JSON reader in place. */
#include "token/json.h"
#include "core/utf8.h"
#include <endian.h>

struct reader {
    char *text;
    size_t bytes;
    size_t at;
    struct bednet_json *values;
    size_t capacity;
    size_t count;
    unsigned depth;
    struct bednet_json_fault *fault;
};

static bool read_value(struct reader *r, struct bednet_text name);

static bool fail(struct reader *r, size_t offset, const char *text)
{
    *r->fault = (struct bednet_json_fault){text, offset};
    return false;
}

/* The byte that comes next; -1 at the end. */
static int peek(const struct reader *r)
{
    return r->at < r->bytes ? (unsigned char)r->text[r->at] : -1;
}

static bool take(struct reader *r, char wanted)
{
    if (peek(r) != wanted)
        return false;
    r->at++;
    return true;
}

static inline void skip_space(struct reader *r)
{
    for (int c = peek(r); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek(r))
        r->at++;
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

/* Reads `\uXXXX` at the current place; false where there is none. */
static bool read_unit(struct reader *r, unsigned long *unit)
{
    if (r->bytes - r->at < 6 || r->text[r->at] != '\\' || r->text[r->at + 1] != 'u')
        return false;
    *unit = 0;
    for (size_t i = 2; i < 6; i++) {
        static const char digits[] = "0123456789abcdef";
        char c = r->text[r->at + i];
        const char *digit = memchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c, 16);
        if (digit == NULL)
            return false;
        *unit = *unit << 4 | (unsigned long)(digit - digits);
    }
    r->at += 6;
    return true;
}

/* One `\u` escape or a pair of them. What is written is never longer than what was read. */
static bool read_unicode_escape(struct reader *r, char **write)
{
    size_t begin = r->at;
    unsigned long code, low;
    if (!read_unit(r, &code))
        return fail(r, begin, "an escape that JSON does not have");
    if (code == 0)
        return fail(r, begin, "the character U+0000");
    if (code >= 0xd800 && code <= 0xdfff) {
        if (code > 0xdbff || !read_unit(r, &low) || low < 0xdc00 || low > 0xdfff)
            return fail(r, begin, "half a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    *write = put_character(*write, code);
    return true;
}

static bool read_escape(struct reader *r, char **write)
{
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (r->bytes - r->at < 2)
        return fail(r, r->at, "a string without an end");
    char c = r->text[r->at + 1];
    if (c == 'u')
        return read_unicode_escape(r, write);
    const char *escape = memchr(escapes, c, sizeof escapes - 1);
    if (escape == NULL)
        return fail(r, r->at, "an escape that JSON does not have");
    *(*write)++ = meanings[escape - escapes];
    r->at += 2;
    return true;
}

/* The same byte eight times. */
#define EIGHT(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * How many of eight bytes, from the first on, stand for themselves in a string: ASCII but control, `"` and
 * `\\`. A subtraction sets the upper bit of a byte that is too small; what it borrows spoils only bytes
 * behind such a one.
 */
static size_t plain_of_eight(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    word = le64toh(word);
    uint64_t special =
        (word | (word - EIGHT(0x20)) | ((word ^ EIGHT('"')) - EIGHT(1)) | ((word ^ EIGHT('\\')) - EIGHT(1))) &
        EIGHT(0x80);
    return special != 0 ? (size_t)__builtin_ctzll(special) / 8 : sizeof word;
}

static bool is_plain(char byte)
{
    unsigned char c = (unsigned char)byte;
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* The end of the run of such bytes from `at` on. */
static size_t plain_end(const struct reader *r, size_t at)
{
    while (r->bytes - at >= 8) {
        size_t plain = plain_of_eight(r->text + at);
        at += plain;
        if (plain < 8)
            return at;
    }
    while (at < r->bytes && is_plain(r->text[at]))
        at++;
    return at;
}

/* Moves `bytes` at the current place to where the string is put together, which is there until an escape. */
static void keep(struct reader *r, char **write, size_t bytes)
{
    if (*write != r->text + r->at)
        memmove(*write, r->text + r->at, bytes);
    *write += bytes;
    r->at += bytes;
}

static bool read_string(struct reader *r, struct bednet_text *out)
{
    size_t begin = r->at++;
    char *start = r->text + r->at, *write = start;
    for (;;) {
        keep(r, &write, plain_end(r, r->at) - r->at);
        if (r->at == r->bytes)
            return fail(r, begin, "a string without an end");
        const char *next = r->text + r->at;
        if (*next == '"')
            break;
        if (*next == '\\') {
            if (!read_escape(r, &write))
                return false;
            continue;
        }
        size_t bytes = character_bytes(next, r->bytes - r->at);
        if (bytes == 0)
            return fail(r, r->at, "a control character or invalid UTF-8 in a string");
        keep(r, &write, bytes);
    }
    *out = (struct bednet_text){start, (size_t)(write - start)};
    r->at++;
    return true;
}

/* At least one digit. */
static bool read_digits(struct reader *r)
{
    size_t begin = r->at;
    while (peek(r) >= '0' && peek(r) <= '9')
        r->at++;
    return r->at > begin;
}

static bool read_number(struct reader *r, struct bednet_json *value)
{
    size_t begin = r->at;
    bool good, real = false;
    take(r, '-');
    good = take(r, '0') || read_digits(r);
    if (good && take(r, '.')) {
        real = true;
        good = read_digits(r);
    }
    if (good && (take(r, 'e') || take(r, 'E'))) {
        real = true;
        if (!take(r, '+'))
            take(r, '-');
        good = read_digits(r);
    }
    if (!good)
        return fail(r, begin, "no JSON value");
    value->type = real ? BEDNET_JSON_REAL : BEDNET_JSON_INTEGER;
    value->text = (struct bednet_text){r->text + begin, r->at - begin};
    return true;
}

static bool read_literal(struct reader *r, struct bednet_json *value)
{
    static const struct {
        struct bednet_text text;
        enum bednet_json_type type;
    } literals[] = {
        {{"true", 4}, BEDNET_JSON_TRUE}, {{"false", 5}, BEDNET_JSON_FALSE}, {{"null", 4}, BEDNET_JSON_NULL}};
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        size_t len = literals[i].text.len;
        if (r->bytes - r->at >= len && memcmp(r->text + r->at, literals[i].text.ptr, len) == 0) {
            value->type = literals[i].type;
            r->at += len;
            return true;
        }
    }
    return fail(r, r->at, "no JSON value");
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

static bool read_member(struct reader *r, struct bednet_json *object, uint64_t *seen)
{
    struct bednet_text name;
    size_t begin = r->at;
    if (peek(r) != '"')
        return fail(r, begin, "no member name in quotes");
    if (!read_string(r, &name))
        return false;
    if (is_duplicate(object, name, seen))
        return fail(r, begin, "a duplicate member");
    skip_space(r);
    if (!take(r, ':'))
        return fail(r, r->at, "no colon after a member name");
    skip_space(r);
    return read_value(r, name);
}

/* An object or an array: the same but for what stands between the commas. */
static bool read_container(struct reader *r, struct bednet_json *value)
{
    bool object = value->type == BEDNET_JSON_OBJECT;
    uint64_t seen = 0;
    char end = object ? '}' : ']';
    if (++r->depth > BEDNET_JSON_DEPTH_MAX)
        return fail(r, r->at, "nested too deeply");
    r->at++;
    skip_space(r);
    if (!take(r, end)) {
        do {
            skip_space(r);
            if (!(object ? read_member(r, value, &seen) : read_value(r, (struct bednet_text){0})))
                return false;
            value->size++;
            skip_space(r);
        } while (take(r, ','));
        if (!take(r, end))
            return fail(r, r->at, "neither a comma nor the end of what was opened");
    }
    r->depth--;
    return true;
}

static bool read_any(struct reader *r, struct bednet_json *value)
{
    switch (peek(r)) {
    case '{':
        value->type = BEDNET_JSON_OBJECT;
        return read_container(r, value);
    case '[':
        value->type = BEDNET_JSON_ARRAY;
        return read_container(r, value);
    case '"':
        value->type = BEDNET_JSON_STRING;
        return read_string(r, &value->text);
    case 't':
    case 'f':
    case 'n':
        return read_literal(r, value);
    default:
        return read_number(r, value);
    }
}

static bool read_value(struct reader *r, struct bednet_text name)
{
    if (r->count == r->capacity)
        return fail(r, r->at, "more values than are allowed");
    size_t index = r->count++;
    struct bednet_json *value = &r->values[index];
    *value = (struct bednet_json){.name = name, .offset = (uint32_t)r->at};
    if (!read_any(r, value))
        return false;
    value->span = (uint32_t)(r->count - index);
    return true;
}

/* What a value may come after, besides at the beginning: `[` and `{` differ in one bit. */
static inline unsigned char precedes_value(char c)
{
    return (unsigned char)((c == ',') | ((c | ('[' ^ '{')) == '{'));
}

size_t bednet_json_values(struct bednet_text text)
{
    /* In blocks of a constant size, which compilers turn into a few instructions. */
    enum { BLOCK = 64 };
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
    struct reader r = {.text = text, .bytes = bytes, .values = values, .capacity = capacity, .fault = fault};
    if (bytes > UINT32_MAX)
        return fail(&r, 0, "too long");
    skip_space(&r);
    if (!read_value(&r, (struct bednet_text){0}))
        return false;
    skip_space(&r);
    return r.at == bytes || fail(&r, r.at, "something after the end");
}

const struct bednet_json *bednet_json_find(const struct bednet_json *object, struct bednet_text name)
{
    return object->type == BEDNET_JSON_OBJECT ? find_member(object, name) : NULL;
}

bool bednet_json_is(const struct bednet_json *value, struct bednet_text text)
{
    return value != NULL && value->type == BEDNET_JSON_STRING && bednet_text_equal(value->text, text);
}
