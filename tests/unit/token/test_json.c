/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON reader against tables, and against jansson on a hundred thousand documents. */
#include "core/escape.h"
#include "mint.h"
#include "token/json.h"
#include <jansson.h>

#define VALUES 256

struct document {
    char *text;
    struct bednet_json *values;
    struct bednet_json_fault fault;
};

/* Reads a copy of the bytes, in exactly as much memory as needed. */
static bool read_document(struct document *document, const char *text, size_t bytes, size_t capacity)
{
    document->text = malloc(bytes > 0 ? bytes : 1);
    document->values = malloc(capacity * sizeof *document->values);
    assert_non_null(document->text);
    assert_non_null(document->values);
    memcpy(document->text, text, bytes);
    return bednet_json_read(document->text, bytes, document->values, capacity, &document->fault);
}

static void close_document(struct document *document)
{
    free(document->values);
    free(document->text);
}

static bool is_json(const char *text, size_t bytes)
{
    struct document document;
    bool good = read_document(&document, text, bytes, VALUES);
    close_document(&document);
    return good;
}

static void test_refused(void **state)
{
    static const char *const refused[] = {"",
                                          " ",
                                          "{",
                                          "}",
                                          "[",
                                          "]",
                                          "[1",
                                          "[1,",
                                          "[1,]",
                                          "[,1]",
                                          "{\"a\"}",
                                          "{\"a\":}",
                                          "{\"a\":1,}",
                                          "{a:1}",
                                          "{'a':1}",
                                          "{\"a\" 1}",
                                          "{\"a\":1 \"b\":2}",
                                          "{1:2}",
                                          "[1 2]",
                                          "{} {}",
                                          "{}x",
                                          "[]]",
                                          "nul",
                                          "nulll",
                                          "True",
                                          "tru",
                                          "NaN",
                                          "Infinity",
                                          "-Infinity",
                                          "+1",
                                          "01",
                                          "-01",
                                          "-",
                                          "1.",
                                          ".1",
                                          "1e",
                                          "1e+",
                                          "1.e1",
                                          "0x1",
                                          "1_0",
                                          "--1",
                                          "\"",
                                          "\"a",
                                          "\"\\\"",
                                          "\"\\x\"",
                                          "\"\\u12\"",
                                          "\"\\u12g4\"",
                                          "\"\\u0000\"",
                                          "\"\\ud800\"",
                                          "\"\\udc00\"",
                                          "\"\\ud800\\u0041\"",
                                          "\"\\ud800x\"",
                                          "\"\\ud800\\\"",
                                          "\"\\ud800\\ud800\"",
                                          "\"\t\"",
                                          "\"\n\"",
                                          "\"\x01\"",
                                          "\"\x80\"",
                                          "\"\xc0\xaf\"",
                                          "\"\xe0\x80\x80\"",
                                          "\"\xed\xa0\x80\"",
                                          "\"\xf4\x90\x80\x80\"",
                                          "\"\xf8\x88\x80\x80\x80\"",
                                          "\"\xc3\"",
                                          "\"\xe2\x82\"",
                                          "\xef\xbb\xbf{}",
                                          "{\"a\":1,\"a\":2}",
                                          "{\"a\":1,\"\\u0061\":2}",
                                          "{\"x\":{\"a\":1,\"a\":2}}",
                                          "[{\"a\":1,\"a\":1}]",
                                          "/**/{}",
                                          "{}//",
                                          "{\"a\":1}\x0c",
                                          "\xa0{}",
                                          "[1,\v2]"};
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (is_json(refused[i], strlen(refused[i])))
            fail_msg("taken: %s", refused[i]);
    }
    assert_false(is_json("{}\0", 3));
    assert_false(is_json("\"a\0b\"", 5));
    assert_false(is_json("[\0]", 3));
}

static void test_taken(void **state)
{
    static const char text[] =
        " { \"a\" : [ 1 , -0.5e+3 , true , false , null , \"\" , [ ] , { } ] ,\t\r\n \"b\\u00e9\\n\" : "
        "\"\\ud83d\\ude00\\/\\\\\\\"\\b\\f\\r\\t\" } ";
    struct document d;
    (void)state;
    assert_true(read_document(&d, text, strlen(text), VALUES));
    assert_int_equal(d.values->type, BEDNET_JSON_OBJECT);
    assert_int_equal(d.values->size, 2);
    assert_int_equal(d.values->span, 11);
    assert_int_equal(d.values->offset, 1);
    const struct bednet_json *a = bednet_json_member(d.values, "a");
    assert_ptr_equal(a, d.values + 1);
    assert_int_equal(a->size, 8);
    assert_int_equal(a[2].type, BEDNET_JSON_REAL);
    assert_true(bednet_text_equal(a[2].text, bednet_text("-0.5e+3")));
    assert_int_equal(a[8].type, BEDNET_JSON_OBJECT);
    assert_null(bednet_json_member(a, "a"));
    assert_null(bednet_json_member(d.values, "A"));
    const struct bednet_json *b = bednet_json_member(d.values, "b\xc3\xa9\n");
    assert_true(bednet_json_is(b, bednet_text("\xf0\x9f\x98\x80/\\\"\b\f\r\t")));
    assert_false(bednet_json_is(a, bednet_text("a")));
    assert_false(bednet_json_is(NULL, bednet_text("a")));
    close_document(&d);
}

/* Depth, values and the place of a fault. */
static void test_bounds(void **state)
{
    char deep[2 * (BEDNET_JSON_DEPTH_MAX + 1) + 1];
    struct document d;
    (void)state;
    for (size_t depth = BEDNET_JSON_DEPTH_MAX; depth <= BEDNET_JSON_DEPTH_MAX + 1; depth++) {
        memset(deep, '[', depth);
        memset(deep + depth, ']', depth);
        assert_int_equal(is_json(deep, 2 * depth), depth == BEDNET_JSON_DEPTH_MAX);
    }
    assert_true(is_json("[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]", 55));

    static const char five[] = "[1,[2],{\"a\":3}]";
    assert_int_equal(bednet_json_values(bednet_text(five)), 6);
    assert_true(read_document(&d, five, strlen(five), 6));
    close_document(&d);
    for (size_t capacity = 0; capacity < 6; capacity++) {
        assert_false(read_document(&d, five, strlen(five), capacity));
        close_document(&d);
    }
    assert_false(read_document(&d, "{\"a\":1,\n \"a\":2}", 15, VALUES));
    assert_int_equal(d.fault.offset, 9);
    assert_string_equal(d.fault.text, "a duplicate member");
    close_document(&d);
}

/* Each byte at each place of strings that are read eight bytes at a time, and of their last few. */
static void test_each_byte(void **state)
{
    char text[32];
    (void)state;
    for (size_t bytes = 1; bytes <= 20; bytes++) {
        for (size_t place = 0; place < bytes; place++) {
            for (int byte = 0; byte < 256; byte++) {
                memset(text, 'x', sizeof text);
                text[0] = text[bytes + 1] = '"';
                text[place + 1] = (char)byte;
                bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
                assert_int_equal(is_json(text, bytes + 2), plain);
            }
        }
    }
}

static bool is_printable(int byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* Each byte in each place of a name, of its value, and of a value without a name. */
static void test_plain(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        for (size_t place = 0; place < 18; place++) {
            for (int byte = 1; byte < 0x80; byte++) {
                static const char *const before[] = {"{\"", "{\"y\":\"", "[\"y\",\""};
                static const char *const after[] = {"\":\"y\"}", "\"}", "\",1]"};
                char string[19], text[64];
                struct document d;
                memset(string, 'x', 18);
                string[18] = '\0';
                string[place] = (char)byte;
                snprintf(text, sizeof text, "%s%s%s", before[kind], string, after[kind]);
                if (read_document(&d, text, strlen(text), VALUES)) {
                    const struct bednet_json *value = d.values + (kind == 2 ? 2 : 1);
                    bool plain = is_printable(byte);
                    assert_int_equal(value->text_is_plain, kind == 0 || plain);
                    assert_int_equal(value->name_is_plain, kind == 1 || (kind == 0 && plain));
                    assert_true(byte == 0x7f || plain);
                } else {
                    assert_false(is_printable(byte) || byte == 0x7f);
                }
                close_document(&d);
            }
        }
    }
}

/* Each of many names again at the end is a duplicate, whatever came between; a new one is none. */
static void test_duplicates(void **state)
{
    enum { NAMES = 200 };
    char text[NAMES * 12 + 40], again[sizeof text + 40];
    (void)state;
    strcpy(text, "{");
    for (int i = 0; i < NAMES; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "\"%d\":1,", i * 37 % NAMES);
    for (int i = 0; i < NAMES + 20; i++) {
        snprintf(again, sizeof again, "%s\"%d\":2}", text, i);
        assert_int_equal(is_json(again, strlen(again)), i >= NAMES);
    }
    assert_false(is_json("{\"\":1,\"\":2}", 11));
    assert_true(is_json("{\"\":1,\"a\":{\"\":2}}", 17));
}

static void check_whole(const char *text, bool good, int64_t down, int64_t up)
{
    struct document d;
    int64_t value = 77;
    assert_true(read_document(&d, text, strlen(text), 1));
    if (bednet_json_whole(d.values, false, &value) != good || (good && value != down))
        fail_msg("%s down: %lld", text, (long long)value);
    if (good && (!bednet_json_whole(d.values, true, &value) || value != up))
        fail_msg("%s up: %lld", text, (long long)value);
    close_document(&d);
}

static void test_whole(void **state)
{
    (void)state;
    check_whole("0", true, 0, 0);
    check_whole("-0", true, 0, 0);
    check_whole("-0.0e5", true, 0, 0);
    check_whole("1", true, 1, 1);
    check_whole("1.0", true, 1, 1);
    check_whole("1.5", true, 1, 2);
    check_whole("-1.5", true, -2, -1);
    check_whole("0.9", true, 0, 1);
    check_whole("-0.1", true, -1, 0);
    check_whole("1e3", true, 1000, 1000);
    check_whole("1E+3", true, 1000, 1000);
    check_whole("12345e-2", true, 123, 124);
    check_whole("12300e-2", true, 123, 123);
    check_whole("1.2345e3", true, 1234, 1235);
    check_whole("1e-400", true, 0, 1);
    check_whole("0e99999999999999999999", true, 0, 0);
    check_whole("1e-99999999999999999999", true, 0, 1);
    check_whole("1.7e9", true, 1700000000, 1700000000);
    check_whole("2147483648", true, INT64_C(2147483648), INT64_C(2147483648));
    check_whole("9007199254740993", true, INT64_C(9007199254740993), INT64_C(9007199254740993));
    check_whole("9007199254740993.0", true, INT64_C(9007199254740993), INT64_C(9007199254740993));
    check_whole("9223372036854775807", true, INT64_MAX, INT64_MAX);
    check_whole("-9223372036854775808", true, INT64_MIN, INT64_MIN);
    check_whole("9.223372036854775807e18", true, INT64_MAX, INT64_MAX);
    check_whole("9223372036854775808", false, 0, 0);
    check_whole("-9223372036854775809", false, 0, 0);
    check_whole("-9223372036854775808.5", false, 0, 0);
    check_whole("1e19", false, 0, 0);
    check_whole("1e300", false, 0, 0);
    check_whole("1e400", false, 0, 0);
    check_whole("1e99999999999999999999", false, 0, 0);
    check_whole("99999999999999999999", false, 0, 0);
    check_whole("\"1\"", false, 0, 0);
    check_whole("true", false, 0, 0);
    check_whole("null", false, 0, 0);
    check_whole("[]", false, 0, 0);
    int64_t unused;
    assert_false(bednet_json_whole(NULL, false, &unused));
}

static uint32_t random_state;

static uint32_t next_random(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)random_state * below >> 32);
}

/* What is called plain is clean in every sense. */
static bool is_honest(const struct bednet_json *value)
{
    return (!value->name_is_plain || bednet_utf8_is_clean(value->name)) &&
           (!value->text_is_plain ||
            (value->type == BEDNET_JSON_STRING && bednet_utf8_is_clean(value->text)));
}

/* jansson's tree and ours say the same. */
static bool same(const struct bednet_json *ours, json_t *theirs)
{
    static const json_type types[] = {JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_INTEGER,
                                      JSON_REAL,   JSON_TRUE,  JSON_FALSE,  JSON_NULL};
    if (json_typeof(theirs) != types[ours->type] || !is_honest(ours))
        return false;
    const struct bednet_json *child = ours + 1;
    int64_t whole;
    char number[512];
    switch (ours->type) {
    case BEDNET_JSON_OBJECT:
        if (json_object_size(theirs) != ours->size)
            return false;
        for (uint32_t i = 0; i < ours->size; i++, child += child->span) {
            char name[512];
            snprintf(name, sizeof name, "%.*s", (int)child->name.len, child->name.ptr);
            json_t *member = json_object_get(theirs, name);
            if (member == NULL || !same(child, member))
                return false;
        }
        return true;
    case BEDNET_JSON_ARRAY:
        if (json_array_size(theirs) != ours->size)
            return false;
        for (uint32_t i = 0; i < ours->size; i++, child += child->span) {
            if (!same(child, json_array_get(theirs, i)))
                return false;
        }
        return true;
    case BEDNET_JSON_STRING:
        return bednet_text_equal(ours->text,
                                 (struct bednet_text){json_string_value(theirs), json_string_length(theirs)});
    case BEDNET_JSON_INTEGER:
        return bednet_json_whole(ours, false, &whole) && whole == json_integer_value(theirs);
    case BEDNET_JSON_REAL:
        snprintf(number, sizeof number, "%.*s", (int)ours->text.len, ours->text.ptr);
        return strtod(number, NULL) == json_real_value(theirs);
    default:
        return true;
    }
}

static size_t make_document(char *out, size_t room, unsigned depth);

static size_t make_string(char *out)
{
    static const char *const pieces[] = {"a",    "exp", "\\u00e9", "\\ud83d\\ude00", "\\n",     "\xc3\xa9",
                                         "\\\"", " ",   "a.b",     "\\u0000",        "\\ud800", "\x7f"};
    size_t at = 0, count = next_random(4);
    out[at++] = '"';
    for (size_t i = 0; i < count; i++) {
        const char *piece = pieces[next_random(next_random(10) == 0 ? 12 : 9)];
        memcpy(out + at, piece, strlen(piece));
        at += strlen(piece);
    }
    out[at++] = '"';
    return at;
}

static size_t make_container(char *out, size_t room, unsigned depth, bool object)
{
    size_t at = 0, count = next_random(5);
    out[at++] = object ? '{' : '[';
    for (size_t i = 0; i < count && at + 200 < room; i++) {
        if (i > 0)
            out[at++] = ',';
        if (object) {
            at += make_string(out + at);
            out[at++] = ':';
        }
        at += make_document(out + at, room - at - 100, depth + 1);
    }
    out[at++] = object ? '}' : ']';
    return at;
}

static size_t make_document(char *out, size_t room, unsigned depth)
{
    static const char *const scalars[] = {"0",    "-1",   "12345", "1.5e3", "-0.25",
                                          "true", "null", "1e-5",  "false", "9223372036854775807"};
    uint32_t kind = next_random(depth < 4 && room > 400 ? 5 : 3);
    if (kind == 0 || depth == 0 || kind > 2)
        return room > 400 ? make_container(out, room, depth, kind != 4) : make_string(out);
    if (kind == 1)
        return make_string(out);
    const char *scalar = scalars[next_random(10)];
    memcpy(out, scalar, strlen(scalar));
    return strlen(scalar);
}

/* Changes, drops or doubles a byte, mostly to one that means something. */
static size_t mutate(char *text, size_t bytes)
{
    static const char alphabet[] = "{}[]\",:\\u0019eE+-.tfn \n\xc3\xa9\x80";
    size_t at = next_random((uint32_t)bytes);
    switch (next_random(3)) {
    case 0:
        text[at] = alphabet[next_random(sizeof alphabet - 1)];
        return bytes;
    case 1:
        memmove(text + at, text + at + 1, bytes - at - 1);
        return bytes - 1;
    default:
        memmove(text + at + 1, text + at, bytes - at);
        return bytes + 1;
    }
}

/* Where jansson alone is right to differ: numbers that it cannot hold. */
static bool is_about_range(const json_error_t *error)
{
    return strstr(error->text, "too big") != NULL || strstr(error->text, "overflow") != NULL;
}

static void test_like_jansson(void **state)
{
    size_t taken = 0, refused = 0;
    (void)state;
    random_state = 20;
    for (int round = 0; round < 100000; round++) {
        char text[4096];
        size_t bytes = make_document(text, 1000, 0);
        for (uint32_t i = next_random(3); i > 0 && bytes > 1; i--)
            bytes = mutate(text, bytes);
        json_error_t error;
        json_t *theirs = json_loadb(text, bytes, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
        struct document d;
        bool good = read_document(&d, text, bytes, VALUES * 4);
        if (good != (theirs != NULL) && !is_about_range(&error))
            fail_msg("%.*s: jansson says %s, ours %s", (int)bytes, text, theirs ? "yes" : error.text,
                     good ? "yes" : d.fault.text);
        if (good && theirs != NULL && !same(d.values, theirs))
            fail_msg("%.*s: read differently", (int)bytes, text);
        taken += good;
        refused += !good;
        json_decref(theirs);
        close_document(&d);
    }
    /* Neither side of the comparison may run dry. */
    assert_true(taken > 20000 && refused > 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_taken),        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_duplicates), cmocka_unit_test(test_each_byte),    cmocka_unit_test(test_whole),
        cmocka_unit_test(test_plain),      cmocka_unit_test(test_like_jansson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
