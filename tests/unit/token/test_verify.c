/* SPDX-License-Identifier: Apache-2.0 */
/* Whole tokens: those of a foreign implementation, times, types of claims, audiences, issuers, attributes. */
#include "mint_group.h"
#include <jansson.h>

static void test_foreign_tokens(void **state)
{
    json_t *list = json_load_file(MINT_DATA("tokens/tokens.json"), 0, NULL), *entry;
    size_t index, accepted = 0;
    (void)state;
    assert_non_null(list);
    assert_true(json_array_size(list) > 60);
    json_array_foreach(list, index, entry)
    {
        const char *token = json_string_value(json_object_get(entry, "token"));
        const char *expected = json_string_value(json_object_get(entry, "expect"));
        enum bednet_reason reason = mint_judge_bytes(&fixture.rules, token, strlen(token), MINT_NOW);
        if (strcmp(bednet_reason_name(reason), expected) != 0)
            fail_msg("%s: %s instead of %s", json_string_value(json_object_get(entry, "name")),
                     bednet_reason_name(reason), expected);
        accepted += reason == BEDNET_REASON_NONE;
    }
    assert_int_equal(accepted, 3 * MINT_ALGORITHMS);
    json_decref(list);
}

/* One ES256 token with claims of the caller's. */
static void expect_claims(const char *what, const char *claims, int64_t now_s, enum bednet_reason expected)
{
    mint_expect(&fixture.rules, what, mint_right("HS256", mint_header("HS256", ""), claims), now_s, expected);
}

static void test_times(void **state)
{
    static const struct {
        const char *times;
        int64_t now_s;
        enum bednet_reason expected;
    } cases[] = {
        {"\"exp\":1000", 999, BEDNET_REASON_NONE},
        {"\"exp\":1000", 1000, BEDNET_REASON_EXPIRED},
        {"\"exp\":1000.9", 999, BEDNET_REASON_NONE},
        {"\"exp\":1000.9", 1000, BEDNET_REASON_EXPIRED},
        {"\"exp\":1e3", 999, BEDNET_REASON_NONE},
        {"\"exp\":1e3", 1000, BEDNET_REASON_EXPIRED},
        {"\"exp\":0", 0, BEDNET_REASON_EXPIRED},
        {"\"exp\":0", -1, BEDNET_REASON_NONE},
        {"\"exp\":-1", 0, BEDNET_REASON_EXPIRED},
        {"\"exp\":2000,\"nbf\":1000", 999, BEDNET_REASON_NOT_YET_VALID},
        {"\"exp\":2000,\"nbf\":1000", 1000, BEDNET_REASON_NONE},
        {"\"exp\":2000,\"nbf\":999.1", 999, BEDNET_REASON_NOT_YET_VALID},
        {"\"exp\":2000,\"nbf\":-5", 0, BEDNET_REASON_NONE},
        {"\"exp\":1000,\"nbf\":1000", 1000, BEDNET_REASON_EXPIRED},
        {"\"exp\":2147483648", INT64_C(2147483647), BEDNET_REASON_NONE},
        {"\"exp\":2147483648", INT64_C(2147483648), BEDNET_REASON_EXPIRED},
        {"\"exp\":9007199254740993", INT64_C(9007199254740992), BEDNET_REASON_NONE},
        {"\"exp\":9007199254740993", INT64_C(9007199254740993), BEDNET_REASON_EXPIRED},
        {"\"exp\":9223372036854775807", INT64_MAX - 1, BEDNET_REASON_NONE},
        {"\"exp\":9223372036854775807", INT64_MAX, BEDNET_REASON_EXPIRED},
        {"\"exp\":-9223372036854775808", INT64_MIN, BEDNET_REASON_EXPIRED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char claims[512];
        snprintf(claims, sizeof claims, "{\"iss\":\"" MINT_ISSUER "\",\"aud\":\"" MINT_AUDIENCE "\",%s}",
                 cases[i].times);
        expect_claims(cases[i].times, claims, cases[i].now_s, cases[i].expected);
    }
}

static void test_leeway(void **state)
{
    static const char claims[] =
        "{\"iss\":\"" MINT_ISSUER "\",\"aud\":\"" MINT_AUDIENCE "\",\"exp\":2000,\"nbf\":1000}";
    static const char extreme[] = "{\"iss\":\"" MINT_ISSUER "\",\"aud\":\"" MINT_AUDIENCE
                                  "\",\"exp\":9223372036854775807,\"nbf\":9223372036854775807}";
    (void)state;
    fixture.issuer.leeway_s = 30;
    expect_claims("31 s early", claims, 969, BEDNET_REASON_NOT_YET_VALID);
    expect_claims("30 s early", claims, 970, BEDNET_REASON_NONE);
    expect_claims("30 s less a tick late", claims, 2029, BEDNET_REASON_NONE);
    expect_claims("30 s late", claims, 2030, BEDNET_REASON_EXPIRED);
    expect_claims("the end of time", extreme, INT64_MAX, BEDNET_REASON_NONE);
    expect_claims("the beginning of time", extreme, INT64_MIN, BEDNET_REASON_NOT_YET_VALID);
    expect_claims("no overflow at the beginning", claims, INT64_MIN, BEDNET_REASON_NOT_YET_VALID);
    fixture.issuer.leeway_s = 0;
}

/* What a time claim may be, for all three of them; the numbers that are times are judged in test_times. */
static void test_claim_types(void **state)
{
    static const struct {
        const char *value;
        bool number;
    } values[] = {
        {"\"4102444800\"", false},
        {"\"\"", false},
        {"true", false},
        {"false", false},
        {"null", false},
        {"[]", false},
        {"[4102444800]", false},
        {"{}", false},
        {"1e400", false},
        {"-1e400", false},
        {"1e300", false},
        {"9223372036854775808", false},
        {"99999999999999999999", false},
        {"-9223372036854775809", false},
        {"4102444800", true},
        {"4.1024448e9", true},
        {"4102444800.5", true},
    };
    static const char *const names[] = {"exp", "nbf", "iat"};
    (void)state;
    for (size_t n = 0; n < 3; n++) {
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            char claims[512];
            snprintf(claims, sizeof claims,
                     "{\"iss\":\"" MINT_ISSUER "\",\"aud\":\"" MINT_AUDIENCE "\"%s,\"%s\":%s}",
                     n == 0 ? "" : ",\"exp\":5000000000", names[n], values[i].value);
            enum bednet_reason expected = values[i].number ? BEDNET_REASON_NONE : BEDNET_REASON_CLAIMS;
            if (n != 0 && values[i].number)
                expected = BEDNET_REASON_NOT_YET_VALID;
            expect_claims(claims, claims, MINT_NOW, expected);
        }
    }
    expect_claims("no exp", "{\"iss\":\"" MINT_ISSUER "\",\"aud\":\"" MINT_AUDIENCE "\"}", MINT_NOW,
                  BEDNET_REASON_CLAIMS);
    static const char *const subjects[] = {"1", "null", "[]", "{}", "true", "[\"device-0001\"]"};
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        char claims[512];
        snprintf(claims, sizeof claims,
                 "{\"iss\":\"" MINT_ISSUER "\",\"aud\":\"" MINT_AUDIENCE "\",\"exp\":4102444800,\"sub\":%s}",
                 subjects[i]);
        expect_claims(claims, claims, MINT_NOW, BEDNET_REASON_CLAIMS);
    }
}

static void test_payloads(void **state)
{
    static const char *const payloads[] = {"foo",
                                           "[]",
                                           "[" MINT_CLAIMS "}]",
                                           "\"x\"",
                                           "1",
                                           "null",
                                           "{",
                                           MINT_CLAIMS "} {}",
                                           MINT_CLAIMS ",\"exp\":4102444801}",
                                           MINT_CLAIMS ",\"x\":{\"a\":1,\"a\":2}}",
                                           MINT_CLAIMS ",\"x\":\"\\u0000\"}",
                                           MINT_CLAIMS ",\"x\":\"\xff\"}"};
    (void)state;
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++)
        expect_claims(payloads[i], payloads[i], MINT_NOW, BEDNET_REASON_CLAIMS);
    expect_claims("a big number elsewhere", MINT_CLAIMS ",\"x\":99999999999999999999}", MINT_NOW,
                  BEDNET_REASON_NONE);
}

static void test_audiences(void **state)
{
    static const struct {
        const char *audience;
        bool good;
    } cases[] = {
        {"\"mqtt.example.test\"", true},
        {"[\"mqtt.example.test\"]", true},
        {"[\"a\",\"mqtt.example.test\",\"b\"]", true},
        {"\"MQTT.example.test\"", false},
        {"\"mqtt.example.test \"", false},
        {"\"mqtt.example.tes\"", false},
        {"\"\"", false},
        {"[]", false},
        {"[\"a\"]", false},
        {"[[\"mqtt.example.test\"]]", false},
        {"[\"mqtt.example.test\",1]", false},
        {"[\"mqtt.example.test\",null]", false},
        {"{\"mqtt.example.test\":true}", false},
        {"null", false},
        {"true", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char claims[512];
        snprintf(claims, sizeof claims, "{\"iss\":\"" MINT_ISSUER "\",\"exp\":4102444800,\"aud\":%s}",
                 cases[i].audience);
        expect_claims(claims, claims, MINT_NOW, cases[i].good ? BEDNET_REASON_NONE : BEDNET_REASON_AUDIENCE);
    }
    static const char without[] = "{\"iss\":\"" MINT_ISSUER "\",\"exp\":4102444800}";
    expect_claims("no audience", without, MINT_NOW, BEDNET_REASON_AUDIENCE);
    fixture.issuer.audience_count = 0;
    expect_claims("no audience asked for", without, MINT_NOW, BEDNET_REASON_NONE);
    struct bednet_text two[] = {bednet_text("x"), bednet_text(MINT_AUDIENCE)};
    fixture.issuer.audiences = two;
    fixture.issuer.audience_count = 2;
    expect_claims("the second of two", MINT_CLAIMS "}", MINT_NOW, BEDNET_REASON_NONE);
    fixture.issuer.audiences = &fixture.audience;
    fixture.issuer.audience_count = 1;
}

static void test_issuers(void **state)
{
    static const char *const wrong[] = {"",
                                        "\"iss\":\"https://id.example.test/\",",
                                        "\"iss\":\"https://ID.example.test\",",
                                        "\"iss\":\"\",",
                                        "\"iss\":null,",
                                        "\"iss\":[\"" MINT_ISSUER "\"],",
                                        "\"iss\":1,",
                                        "\"iss\":\"https://id.example.tes\","};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char claims[512];
        snprintf(claims, sizeof claims, "{%s\"exp\":4102444800,\"aud\":\"" MINT_AUDIENCE "\"}", wrong[i]);
        expect_claims(claims, claims, MINT_NOW, BEDNET_REASON_ISSUER);
    }
}

/* Two issuers: the same key ids for different keys, and the same keys. */
static void test_several_issuers(void **state)
{
    static const char other_keys[] = "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"hs-1\",\"k\":"
                                     "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}]}";
    unsigned char secret[32];
    (void)state;
    for (unsigned char i = 0; i < 32; i++)
        secret[i] = i;
    struct bednet_keyring *other = mint_keyring(other_keys, BEDNET_ALG_ALL);
    struct bednet_token_issuer issuers[3] = {fixture.issuer, fixture.issuer, fixture.issuer};
    issuers[0].keys = other;
    issuers[0].issuer = bednet_text("https://other.example.test");
    issuers[2].issuer = bednet_text("https://tenant.example.test");
    struct bednet_token_rules rules = {issuers, 3, BEDNET_TOKEN_BYTES_DEFAULT};
    static const char tenant[] =
        "{\"iss\":\"https://tenant.example.test\",\"aud\":\"" MINT_AUDIENCE "\",\"exp\":4102444800}";
    static const char others[] =
        "{\"iss\":\"https://other.example.test\",\"aud\":\"" MINT_AUDIENCE "\",\"exp\":4102444800}";

    char *token = mint_right("HS256", mint_header("HS256", ""), tenant);
    struct bednet_claims *claims = NULL;
    size_t issuer = 99;
    assert_int_equal(bednet_token_verify(&rules, bednet_text(token), MINT_NOW, &issuer, &claims),
                     BEDNET_REASON_NONE);
    assert_int_equal(issuer, 2);
    bednet_claims_free(claims);
    free(token);
    mint_expect(&rules, "the other issuer's key", mint_hmac(secret, 32, mint_header("HS256", ""), others),
                MINT_NOW, BEDNET_REASON_NONE);
    mint_expect(&rules, "one issuer's key for another's name",
                mint_right("HS256", mint_header("HS256", ""), others), MINT_NOW, BEDNET_REASON_ISSUER);
    mint_expect(&rules, "the other way round",
                mint_hmac(secret, 32, mint_header("HS256", ""), MINT_CLAIMS "}"), MINT_NOW,
                BEDNET_REASON_ISSUER);
    mint_expect(&rules, "no kid and three keys", mint_right("HS256", "{\"alg\":\"HS256\"}", MINT_CLAIMS "}"),
                MINT_NOW, BEDNET_REASON_NONE);

    /* An algorithm that only another issuer allows opens nothing here. */
    issuers[1].algorithms = BEDNET_ALG_ES256;
    issuers[2].algorithms = BEDNET_ALG_ES256;
    mint_expect(&rules, "an algorithm of another issuer",
                mint_right("RS256", mint_header("RS256", ""), MINT_CLAIMS "}"), MINT_NOW,
                BEDNET_REASON_ALGORITHM);
    mint_expect(&rules, "the same with the kid of both",
                mint_right("HS256", mint_header("HS256", ""), MINT_CLAIMS "}"), MINT_NOW,
                BEDNET_REASON_SIGNATURE);
    bednet_keyring_free(other);
}

static void test_no_issuers(void **state)
{
    struct bednet_token_rules rules = {NULL, 0, BEDNET_TOKEN_BYTES_DEFAULT};
    (void)state;
    mint_expect(&rules, "no issuer at all", mint_right("ES256", mint_header("ES256", ""), MINT_CLAIMS "}"),
                MINT_NOW, BEDNET_REASON_ALGORITHM);
}

static void test_length(void **state)
{
    (void)state;
    char *token = mint_right("EdDSA", mint_header("EdDSA", ""), MINT_CLAIMS "}");
    struct bednet_token_rules rules = fixture.rules;
    rules.token_bytes_max = strlen(token);
    assert_int_equal(mint_judge_bytes(&rules, token, strlen(token), MINT_NOW), BEDNET_REASON_NONE);
    rules.token_bytes_max--;
    mint_expect(&rules, "a byte too long", token, MINT_NOW, BEDNET_REASON_TOO_LONG);
    struct bednet_claims *claims = NULL;
    size_t issuer;
    assert_int_equal(bednet_token_verify(&fixture.rules, (struct bednet_text){0}, MINT_NOW, &issuer, &claims),
                     BEDNET_REASON_MALFORMED);
}

/* Collects `name=value;` and stops after `left` of them. */
struct collector {
    char text[4096];
    int left;
};

static bool collect(void *context, struct bednet_text name, struct bednet_text value)
{
    struct collector *collector = context;
    snprintf(collector->text + strlen(collector->text), sizeof collector->text - strlen(collector->text),
             "%.*s=%.*s;", (int)name.len, name.ptr, (int)value.len, value.ptr);
    return --collector->left > 0;
}

static bool visit(const char *payload, struct collector *collector, int left)
{
    struct bednet_claims *claims = NULL;
    size_t issuer;
    char *token = mint_right("HS256", mint_header("HS256", ""), payload);
    enum bednet_reason reason =
        bednet_token_verify(&fixture.rules, bednet_text(token), MINT_NOW, &issuer, &claims);
    free(token);
    assert_int_equal(reason, BEDNET_REASON_NONE);
    assert_int_equal(bednet_claims_expiry(claims), INT64_C(4102444800));
    *collector = (struct collector){.left = left};
    bool finished = bednet_claims_visit(claims, collect, collector);
    bednet_claims_free(claims);
    return finished;
}

#define USUAL                                                                                                \
    "claim.iss=" MINT_ISSUER ";claim.aud=" MINT_AUDIENCE ";claim.exp=4102444800;claim.sub=device-0001;"

static void test_visit(void **state)
{
    struct collector collector;
    (void)state;
    assert_true(visit(MINT_CLAIMS
                      ",\"n\":-7,\"big\":99999999999999999999,\"t\":true,\"f\":false,\"null\":null,\"r\":1.5,"
                      "\"list\":[\"a\",1,false,null,2.5,[\"x\"],{\"y\":\"z\"},\"b\"],\"none\":[],"
                      "\"o\":{\"p\":{\"q\":{\"r\":\"deep\",\"s\":{\"t\":\"deeper\"}}},\"l\":[1,2]},"
                      "\"https://x.test/roles\":[\"u\"],\"\":\"no name\",\"bell\\u0007\":\"x\","
                      "\"value\":\"be\\u0007ll\",\"empty\":\"\",\"e\\u00e9\":\"\\u00e9\"}",
                      &collector, 100));
    assert_string_equal(collector.text,
                        USUAL "claim.n=-7;claim.big=99999999999999999999;claim.t=true;claim.f=false;"
                              "claim.list=a;claim.list=1;claim.list=false;claim.list=b;"
                              "claim.o.p.q.r=deep;claim.o.l=1;claim.o.l=2;claim.https://x.test/roles=u;"
                              "claim.empty=;claim.e\xc3\xa9=\xc3\xa9;");
    assert_false(visit(MINT_CLAIMS "}", &collector, 2));
    assert_string_equal(collector.text, "claim.iss=" MINT_ISSUER ";claim.aud=" MINT_AUDIENCE ";");
    assert_false(visit("{\"list\":[1,2,3],\"iss\":\"" MINT_ISSUER "\",\"aud\":\"" MINT_AUDIENCE
                       "\",\"exp\":4102444800}",
                       &collector, 2));
    assert_string_equal(collector.text, "claim.list=1;claim.list=2;");
}

/* Words of a scope at the top, and nowhere else. */
static void test_scopes(void **state)
{
    static const struct {
        const char *members;
        const char *expected;
    } cases[] = {
        {"\"scope\":\"\"", ""},
        {"\"scope\":\"   \"", ""},
        {"\"scope\":\"a\"", "claim.scope=a;"},
        {"\"scope\":\" a  b c \"", "claim.scope=a;claim.scope=b;claim.scope=c;"},
        {"\"scope\":\"a\\tb,c\"", ""},
        {"\"scope\":\"a \\u0007 b\"", ""},
        {"\"scope\":\"a\u00a0b\"", "claim.scope=a\u00a0b;"},
        {"\"scp\":\"a b\"", "claim.scp=a;claim.scp=b;"},
        {"\"scp\":[\"a b\",\"c\",1]", "claim.scp=a b;claim.scp=c;claim.scp=1;"},
        {"\"scope\":7", "claim.scope=7;"},
        {"\"scope\":null", ""},
        {"\"scopes\":\"a b\"", "claim.scopes=a b;"},
        {"\"o\":{\"scope\":\"a b\"}", "claim.o.scope=a b;"},
        {"\"scope\":{\"scope\":\"a b\"}", "claim.scope.scope=a b;"},
    };
    struct collector collector;
    char payload[512], expected[512];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(payload, sizeof payload, MINT_CLAIMS ",%s}", cases[i].members);
        snprintf(expected, sizeof expected, USUAL "%s", cases[i].expected);
        assert_true(visit(payload, &collector, 100));
        assert_string_equal(collector.text, expected);
    }
    assert_false(visit("{\"scope\":\"a b c\",\"iss\":\"" MINT_ISSUER "\",\"aud\":\"" MINT_AUDIENCE
                       "\",\"exp\":4102444800}",
                       &collector, 2));
    assert_string_equal(collector.text, "claim.scope=a;claim.scope=b;");
}

static void test_long_names(void **state)
{
    struct collector collector;
    char name[300], payload[1000], expected[1000];
    (void)state;
    memset(name, 'n', sizeof name);
    /* `claim.` and 250 bytes fill the room, one more does not fit. */
    snprintf(payload, sizeof payload, MINT_CLAIMS ",\"%.250s\":1}", name);
    assert_true(visit(payload, &collector, 100));
    snprintf(expected, sizeof expected, USUAL "claim.%.250s=1;", name);
    assert_string_equal(collector.text, expected);
    snprintf(payload, sizeof payload, MINT_CLAIMS ",\"%.251s\":1,\"%.125s\":{\"%.125s\":2,\"%.124s\":3}}",
             name, name, name, name);
    assert_true(visit(payload, &collector, 100));
    snprintf(expected, sizeof expected, USUAL "claim.%.125s.%.124s=3;", name, name);
    assert_string_equal(collector.text, expected);
}

/* No attribute may have two origins. */
static void test_ambiguous_names(void **state)
{
    (void)state;
    expect_claims("a dotted name beside an object", MINT_CLAIMS ",\"a.b\":1,\"a\":{\"b\":2}}", MINT_NOW,
                  BEDNET_REASON_CLAIMS);
    expect_claims("the object first", MINT_CLAIMS ",\"a\":{},\"a.b.c\":1}", MINT_NOW, BEDNET_REASON_CLAIMS);
    expect_claims("further down", MINT_CLAIMS ",\"x\":{\"a.b\":{},\"a.b.c\":1}}", MINT_NOW,
                  BEDNET_REASON_CLAIMS);
    expect_claims("a dotted name beside a string", MINT_CLAIMS ",\"a.b\":1,\"a\":\"b\",\"ab\":{}}", MINT_NOW,
                  BEDNET_REASON_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_foreign_tokens),  cmocka_unit_test(test_times),
        cmocka_unit_test(test_leeway),          cmocka_unit_test(test_claim_types),
        cmocka_unit_test(test_payloads),        cmocka_unit_test(test_audiences),
        cmocka_unit_test(test_issuers),         cmocka_unit_test(test_several_issuers),
        cmocka_unit_test(test_no_issuers),      cmocka_unit_test(test_length),
        cmocka_unit_test(test_visit),           cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_ambiguous_names), cmocka_unit_test(test_scopes),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
