/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens with a right signature and hostile content: naughty strings everywhere, and payloads, headers and
 * whole tokens that are large or deep. None crashes, and what comes out is clean.
 */
#include "core/escape.h"
#include "core/utf8.h"
#include "mint_group.h"
#include "token/base64url.h"
#include <jansson.h>
#include <openssl/crypto.h>

/* Blocks that were asked for since the program began. */
static long asked;

static void *count_alloc(size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    asked++;
    return malloc(bytes);
}

static void *count_resize(void *block, size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    asked++;
    return realloc(block, bytes);
}

static void count_free(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    free(block);
}

static char *token_of(const char *header, const char *claims)
{
    return mint_right("HS256", header, claims);
}

/* Base64 as the list is written in; bytes of what it decodes to. */
static size_t decode(const char *base64, unsigned char *out)
{
    size_t chars = strlen(base64);
    int bytes = EVP_DecodeBlock(out, (const unsigned char *)base64, (int)chars);
    assert_true(bytes >= 0);
    for (; chars > 0 && base64[chars - 1] == '='; chars--)
        bytes--;
    return (size_t)bytes;
}

/* What the walk must hand out for the string at hand, and how often it did. */
struct expectation {
    struct bednet_text text;
    bool clean;
    size_t values;
    size_t names;
};

static bool check_attribute(void *context, struct bednet_text name, struct bednet_text value)
{
    struct expectation *expected = context;
    assert_true(bednet_utf8_is_clean(name));
    assert_true(bednet_utf8_is_clean(value));
    assert_true(name.len <= BEDNET_CLAIM_NAME_BYTES_MAX);
    assert_memory_equal(name.ptr, "claim.", 6);
    if (bednet_text_equal(value, expected->text))
        expected->values++;
    if (name.len > 9 && memcmp(name.ptr, "claim.in.", 9) == 0 &&
        bednet_text_equal((struct bednet_text){name.ptr + 9, name.len - 9}, expected->text))
        expected->names++;
    return true;
}

/* The string as subject, alone in a list, and as a name, by an encoder that is not ours. */
static char *claims_with(const char *text, size_t bytes)
{
    json_t *name = json_pack("{s:s}", "n", "v");
    json_t *claims =
        json_pack("{s:s,s:s,s:I,s:s%,s:[s%],s:o}", "iss", MINT_ISSUER, "aud", MINT_AUDIENCE, "exp",
                  (json_int_t)4102444800, "sub", text, bytes, "list", text, bytes, "in", name);
    char *dumped = NULL;
    if (claims != NULL) {
        json_object_setn_new(name, text, bytes, json_string("v"));
        dumped = json_dumps(claims, JSON_COMPACT);
        json_decref(claims);
    }
    return dumped;
}

static void check_naughty(const char *text, size_t bytes)
{
    struct bednet_text naughty = {text, bytes};
    struct expectation expected = {naughty, bednet_utf8_is_clean(naughty), 0, 0};
    struct bednet_claims *claims = NULL;
    size_t issuer;
    char *payload = claims_with(text, bytes), header[8192];
    assert_non_null(payload);
    char *token = token_of(mint_header("HS256", ""), payload);
    assert_int_equal(bednet_token_verify(&fixture.rules, bednet_text(token), MINT_NOW, &issuer, &claims),
                     BEDNET_REASON_NONE);
    assert_true(bednet_claims_visit(claims, check_attribute, &expected));
    assert_int_equal(expected.values, expected.clean ? 2 : 0);
    assert_int_equal(expected.names, expected.clean && bytes > 0 ? 1 : 0);
    bednet_claims_free(claims);
    free(token);

    /* As a key's name it names none; as anything unquoted it breaks the header. */
    json_t *kid = json_stringn(text, bytes);
    char *quoted = json_dumps(kid, JSON_ENCODE_ANY);
    json_decref(kid);
    snprintf(header, sizeof header, "{\"alg\":\"HS256\",\"kid\":%s}", quoted);
    token = token_of(header, payload);
    enum bednet_reason reason = mint_judge_bytes(&fixture.rules, token, strlen(token), MINT_NOW);
    assert_int_equal(reason,
                     bytes <= BEDNET_KID_BYTES_MAX ? BEDNET_REASON_UNKNOWN_KEY : BEDNET_REASON_MALFORMED);
    free(token);
    snprintf(header, sizeof header, "{\"alg\":%s,\"kid\":\"hs-1\"}", quoted);
    mint_expect(&fixture.rules, header, token_of(header, payload), MINT_NOW, BEDNET_REASON_ALGORITHM);
    snprintf(header, sizeof header, "{\"alg\":\"HS256\",\"kid\":\"hs-1\",\"typ\":%s}", quoted);
    mint_expect(&fixture.rules, header, token_of(header, payload), MINT_NOW, BEDNET_REASON_TOKEN_TYPE);
    free(quoted);
    free(payload);
}

/* Some are cut in the middle of a character, and no part of a token may be. */
static void check_invalid(const char *text)
{
    char claims[8192], header[8192];
    snprintf(claims, sizeof claims, MINT_CLAIMS ",\"x\":\"%.999s\"}", text);
    mint_expect(&fixture.rules, "a claim", token_of(mint_header("HS256", ""), claims), MINT_NOW,
                BEDNET_REASON_CLAIMS);
    snprintf(header, sizeof header, "{\"alg\":\"HS256\",\"kid\":\"%.999s\"}", text);
    mint_expect(&fixture.rules, "a kid", token_of(header, MINT_CLAIMS "}"), MINT_NOW,
                BEDNET_REASON_MALFORMED);
}

static bool is_utf8(const char *text, size_t bytes)
{
    uint32_t point;
    size_t at = 0, length = 1;
    for (; at < bytes && length > 0; at += length)
        length = bednet_utf8_decode((struct bednet_text){text + at, bytes - at}, &point);
    return length > 0;
}

static void test_naughty_strings(void **state)
{
    json_t *list = json_load_file(MINT_DATA("strings/blns.base64.json"), 0, NULL), *entry;
    size_t index, tried = 0;
    (void)state;
    assert_non_null(list);
    json_array_foreach(list, index, entry)
    {
        unsigned char text[1000];
        assert_true(json_string_length(entry) < sizeof text);
        size_t bytes = decode(json_string_value(entry), text);
        if (memchr(text, 0, bytes) != NULL)
            continue;
        text[bytes] = '\0';
        if (is_utf8((const char *)text, bytes))
            check_naughty((const char *)text, bytes);
        else
            check_invalid((const char *)text);
        /* The bare bytes as a token and as a payload: no claims, whatever they are. */
        mint_judge_bytes(&fixture.rules, (const char *)text, bytes, MINT_NOW);
        enum bednet_reason reason = BEDNET_REASON_CLAIMS;
        if (text[0] == '{')
            reason = BEDNET_REASON_ISSUER; /* `{}` is an object, and nobody's */
        char *token = token_of(mint_header("HS256", ""), (const char *)text);
        enum bednet_reason got = mint_judge_bytes(&fixture.rules, token, strlen(token), MINT_NOW);
        free(token);
        if (got != reason && got != BEDNET_REASON_CLAIMS && !(bytes == 0 && got == BEDNET_REASON_MALFORMED))
            fail_msg("%s: %s", (const char *)text, bednet_reason_name(got));
        tried++;
    }
    assert_true(tried > 500);
    json_decref(list);
}

/* Members named m0, m1 ..., so many that there are `values` values with the claims before them. */
static char *claims_of(unsigned values)
{
    char *text = malloc(64 + 16 * (size_t)values + sizeof MINT_CLAIMS), *at = text;
    assert_non_null(text);
    at += sprintf(at, MINT_CLAIMS);
    for (unsigned i = 5; i < values; i++)
        at += sprintf(at, ",\"m%u\":1", i);
    strcpy(at, "}");
    return text;
}

static char *nested(unsigned depth, const char *open, const char *close)
{
    char *text = calloc(1, depth * (strlen(open) + strlen(close)) + 8);
    assert_non_null(text);
    char *at = text;
    for (unsigned i = 0; i < depth; i++)
        at += sprintf(at, "%s", open);
    at += sprintf(at, "1");
    for (unsigned i = 0; i < depth; i++)
        at += sprintf(at, "%s", close);
    return text;
}

static void expect_nested(unsigned depth, const char *open, const char *close, enum bednet_reason expected)
{
    char *inner = nested(depth, open, close);
    char *claims = malloc(strlen(inner) + sizeof MINT_CLAIMS + 16);
    assert_non_null(claims);
    sprintf(claims, MINT_CLAIMS ",\"x\":%s}", inner);
    mint_expect(&fixture.rules, open, token_of(mint_header("HS256", ""), claims), MINT_NOW, expected);
    free(claims);
    free(inner);
}

static void test_size(void **state)
{
    (void)state;
    struct bednet_token_rules rules = fixture.rules;
    for (unsigned values = 1020; values <= 1030; values++) {
        char *claims = claims_of(values);
        mint_expect(&rules, "values", token_of(mint_header("HS256", ""), claims), MINT_NOW,
                    values <= 1024 ? BEDNET_REASON_NONE : BEDNET_REASON_CLAIMS);
        free(claims);
    }
    char *claims = claims_of(60000);
    char *token = token_of(mint_header("HS256", ""), claims);
    assert_int_equal(mint_judge_bytes(&rules, token, strlen(token), MINT_NOW), BEDNET_REASON_TOO_LONG);
    rules.token_bytes_max = strlen(token);
    assert_int_equal(mint_judge_bytes(&rules, token, strlen(token), MINT_NOW), BEDNET_REASON_CLAIMS);
    free(token);
    free(claims);
    expect_nested(15, "[", "]", BEDNET_REASON_NONE);
    expect_nested(16, "[", "]", BEDNET_REASON_CLAIMS);
    expect_nested(15, "{\"a\":", "}", BEDNET_REASON_NONE);
    expect_nested(16, "{\"a\":", "}", BEDNET_REASON_CLAIMS);
    expect_nested(5000, "[", "]", BEDNET_REASON_CLAIMS);
    /* Too long is said before anything is read. */
    expect_nested(20000, "[", "]", BEDNET_REASON_TOO_LONG);
    expect_nested(1, "[[[[[[[[[[[[[[[[[[[[", "]]]]]]]]]]]]]]]]]]]]", BEDNET_REASON_CLAIMS);
}

/* Whole passwords of one byte, at the limit of what MQTT can carry and beyond the policy's. */
static void test_monotony(void **state)
{
    static const char bytes[] = {'A', '.', '{', '[', '"', '\\', ' ', '\0', '\xff', '='};
    static char password[65535];
    struct bednet_token_rules rules = fixture.rules;
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        memset(password, bytes[i], sizeof password);
        assert_int_equal(mint_judge_bytes(&fixture.rules, password, sizeof password, MINT_NOW),
                         BEDNET_REASON_TOO_LONG);
        rules.token_bytes_max = sizeof password;
        assert_int_equal(mint_judge_bytes(&rules, password, sizeof password, MINT_NOW),
                         BEDNET_REASON_MALFORMED);
    }
}

/* From one that fits in the room on the stack to one that does not, byte by byte around the border. */
static void test_room(void **state)
{
    static char padding[8000], claims[8400];
    (void)state;
    for (size_t bytes = 3800; bytes < 4200; bytes++) {
        memset(padding, 'p', bytes);
        padding[bytes] = '\0';
        snprintf(claims, sizeof claims, MINT_CLAIMS ",\"p\":\"%s\"}", padding);
        mint_expect(&fixture.rules, "around the border", token_of(mint_header("HS256", ""), claims), MINT_NOW,
                    BEDNET_REASON_NONE);
    }
}

/* A token that was seen before costs one block, and one that is refused before its signature none. */
static void test_allocations(void **state)
{
    char *token = mint("rsa", "SHA256", mint_header("RS256", ""), MINT_CLAIMS ",\"scope\":\"a b\"}");
    struct bednet_claims *claims = NULL;
    size_t issuer;
    (void)state;
    assert_int_equal(mint_judge_bytes(&fixture.rules, token, strlen(token), MINT_NOW), BEDNET_REASON_NONE);
    long before = asked;
    assert_int_equal(bednet_token_verify(&fixture.rules, bednet_text(token), MINT_NOW, &issuer, &claims),
                     BEDNET_REASON_NONE);
    assert_int_equal(asked - before, 1);
    bednet_claims_free(claims);
    before = asked;
    assert_int_equal(
        bednet_token_verify(&fixture.rules, bednet_text("e30.e30.AA"), MINT_NOW, &issuer, &claims),
        BEDNET_REASON_ALGORITHM);
    strrchr(token, '.')[5] = '!';
    assert_int_equal(bednet_token_verify(&fixture.rules, bednet_text(token), MINT_NOW, &issuer, &claims),
                     BEDNET_REASON_MALFORMED);
    assert_int_equal(asked, before);
    free(token);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_naughty_strings), cmocka_unit_test(test_size),
        cmocka_unit_test(test_monotony),        cmocka_unit_test(test_room),
        cmocka_unit_test(test_allocations),
    };
    if (CRYPTO_set_mem_functions(count_alloc, count_resize, count_free) != 1)
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
