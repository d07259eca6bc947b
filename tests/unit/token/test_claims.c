/* SPDX-License-Identifier: Apache-2.0 */
/* What an issuer's rules ask beyond signature, issuer and audience, each by a table of what is refused. */
#include "mint_group.h"

/* Rules as the fixture opened them, for a test to change. */
static struct bednet_token_rules rules_of(struct bednet_token_issuer *issuer)
{
    *issuer = fixture.issuer;
    return (struct bednet_token_rules){issuer, 1, BEDNET_TOKEN_BYTES_DEFAULT};
}

static char *token_of(const char *claims)
{
    return mint_right("HS256", mint_header("HS256", ""), claims);
}

/* Good `iss` and `aud`, and more members without a leading comma. */
static void expect_more(const struct bednet_token_rules *rules, const char *more, int64_t now_s,
                        enum bednet_reason expected)
{
    char claims[2048];
    snprintf(claims, sizeof claims, "{\"iss\":\"" MINT_ISSUER "\",\"aud\":\"" MINT_AUDIENCE "\"%s%s}",
             more[0] != '\0' ? "," : "", more);
    mint_expect(rules, more, token_of(claims), now_s, expected);
}

/* Kinds of token that no issuer may have; those that it may, under each mask. */
static void test_types(void **state)
{
    static const char *const foreign[] = {"\"dpop+jwt\"",
                                          "\"secevent+jwt\"",
                                          "\"logout+jwt\"",
                                          "\"JOSE\"",
                                          "\"JWT \"",
                                          "\" JWT\"",
                                          "\"\"",
                                          "\"JW\"",
                                          "\"JWTT\"",
                                          "\"at+jw\"",
                                          "\"at+jwt+x\"",
                                          "\"application/\"",
                                          "\"text/jwt\"",
                                          "\"jwt;v=1\"",
                                          "\"application\"",
                                          "\"application/application/jwt\"",
                                          "null",
                                          "1",
                                          "true",
                                          "[\"JWT\"]",
                                          "{}",
                                          "[]",
                                          "\"J\\u0057T\\n\""};
    static const struct {
        const char *member;
        enum bednet_token_type type;
    } known[] = {{"", BEDNET_TYP_ABSENT},
                 {",\"typ\":\"JWT\"", BEDNET_TYP_JWT},
                 {",\"typ\":\"jwt\"", BEDNET_TYP_JWT},
                 {",\"typ\":\"application/jwt\"", BEDNET_TYP_JWT},
                 {",\"typ\":\"Application/JWT\"", BEDNET_TYP_JWT},
                 {",\"typ\":\"\\u004aWT\"", BEDNET_TYP_JWT},
                 {",\"typ\":\"at+jwt\"", BEDNET_TYP_AT_JWT},
                 {",\"typ\":\"AT+JWT\"", BEDNET_TYP_AT_JWT},
                 {",\"typ\":\"application/at+jwt\"", BEDNET_TYP_AT_JWT}};
    struct bednet_token_issuer issuer;
    struct bednet_token_rules rules = rules_of(&issuer);
    (void)state;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        char member[64];
        snprintf(member, sizeof member, ",\"typ\":%s", foreign[i]);
        mint_expect(&rules, member, mint_right("HS256", mint_header("HS256", member), MINT_CLAIMS "}"),
                    MINT_NOW, BEDNET_REASON_TOKEN_TYPE);
    }
    for (issuer.types = 0; issuer.types <= BEDNET_TYP_DEFAULT; issuer.types++) {
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            const char *header = mint_header("HS256", known[i].member);
            mint_expect(&rules, header, mint_right("HS256", header, MINT_CLAIMS "}"), MINT_NOW,
                        (issuer.types & known[i].type) != 0 ? BEDNET_REASON_NONE : BEDNET_REASON_TOKEN_TYPE);
        }
    }
}

/* The mask is the issuer's who signed, not another's. */
static void test_types_of_several_issuers(void **state)
{
    struct bednet_token_issuer issuers[2] = {fixture.issuer, fixture.issuer};
    struct bednet_token_rules rules = {issuers, 2, BEDNET_TOKEN_BYTES_DEFAULT};
    (void)state;
    issuers[0].issuer = bednet_text("https://other.example.test");
    issuers[0].types = BEDNET_TYP_ABSENT;
    issuers[1].types = BEDNET_TYP_AT_JWT;
    mint_expect(&rules, "the other's kind", mint_right("HS256", mint_header("HS256", ""), MINT_CLAIMS "}"),
                MINT_NOW, BEDNET_REASON_TOKEN_TYPE);
    mint_expect(&rules, "its own",
                mint_right("HS256", mint_header("HS256", ",\"typ\":\"at+jwt\""), MINT_CLAIMS "}"), MINT_NOW,
                BEDNET_REASON_NONE);
    /* What is wrong with a forged token is its signature, whatever kind it is of. */
    mint_expect(&rules, "forged", mint_hmac("x", 1, mint_header("HS256", ""), MINT_CLAIMS "}"), MINT_NOW,
                BEDNET_REASON_SIGNATURE);
}

struct time_case {
    const char *times;
    int64_t now_s;
    enum bednet_reason expected;
};

static void expect_times(const struct bednet_token_rules *rules, const struct time_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect_more(rules, cases[i].times, cases[i].now_s, cases[i].expected);
}

static void test_no_expiry(void **state)
{
    static const struct time_case strict[] = {{"", 0, BEDNET_REASON_CLAIMS},
                                              {"\"exp\":null", 0, BEDNET_REASON_CLAIMS},
                                              {"\"EXP\":5", 0, BEDNET_REASON_CLAIMS}};
    static const struct time_case optional[] = {
        {"", 0, BEDNET_REASON_NONE},
        {"", INT64_MAX, BEDNET_REASON_NONE},
        {"", INT64_MIN, BEDNET_REASON_NONE},
        {"\"exp\":null", 0, BEDNET_REASON_CLAIMS},
        {"\"exp\":\"\"", 0, BEDNET_REASON_CLAIMS},
        {"\"exp\":false", 0, BEDNET_REASON_CLAIMS},
        {"\"exp\":[]", 0, BEDNET_REASON_CLAIMS},
        {"\"exp\":1e400", 0, BEDNET_REASON_CLAIMS},
        {"\"exp\":9223372036854775808", 0, BEDNET_REASON_CLAIMS},
        {"\"exp\":1000", 1000, BEDNET_REASON_EXPIRED},
        {"\"nbf\":1000", 999, BEDNET_REASON_NOT_YET_VALID},
        {"\"iat\":1000", 999, BEDNET_REASON_NOT_YET_VALID},
    };
    struct bednet_token_issuer issuer;
    struct bednet_token_rules rules = rules_of(&issuer);
    struct bednet_claims *claims = NULL;
    size_t index;
    (void)state;
    expect_times(&rules, strict, sizeof strict / sizeof *strict);
    issuer.expiry_optional = true;
    expect_times(&rules, optional, sizeof optional / sizeof *optional);

    char *token = token_of("{\"iss\":\"" MINT_ISSUER "\",\"aud\":\"" MINT_AUDIENCE "\"}");
    assert_int_equal(bednet_token_verify(&rules, bednet_text(token), 5, &index, &claims), BEDNET_REASON_NONE);
    assert_true(bednet_claims_expiry(claims) == INT64_MAX);
    bednet_claims_free(claims);
    free(token);
}

static void test_lifetime(void **state)
{
    static const struct time_case cases[] = {
        {"\"exp\":1300,\"iat\":1000", 1000, BEDNET_REASON_NONE},
        {"\"exp\":1301,\"iat\":1000", 1000, BEDNET_REASON_LIFETIME},
        {"\"exp\":1301,\"iat\":1000", 1299, BEDNET_REASON_LIFETIME},
        {"\"exp\":1300.9,\"iat\":1000.1", 1000, BEDNET_REASON_NONE},
        {"\"exp\":1301.0,\"iat\":1000.9", 1001, BEDNET_REASON_LIFETIME},
        {"\"exp\":1300", 1000, BEDNET_REASON_LIFETIME},
        {"\"exp\":1300,\"nbf\":1000", 1000, BEDNET_REASON_LIFETIME},
        {"\"iat\":1000", 1000, BEDNET_REASON_LIFETIME},
        {"", 1000, BEDNET_REASON_LIFETIME},
        {"\"exp\":1300,\"iat\":null", 1000, BEDNET_REASON_CLAIMS},
        {"\"exp\":1300,\"iat\":\"1000\"", 1000, BEDNET_REASON_CLAIMS},
        /* Beyond what a difference can hold. */
        {"\"exp\":9223372036854775807,\"iat\":-9223372036854775808", 0, BEDNET_REASON_LIFETIME},
        {"\"exp\":9223372036854775807,\"iat\":-1", 0, BEDNET_REASON_LIFETIME},
        {"\"exp\":9223372036854775807,\"iat\":9223372036854775507", INT64_MAX - 1, BEDNET_REASON_NONE},
        {"\"exp\":9223372036854775807,\"iat\":9223372036854775506", INT64_MAX - 1, BEDNET_REASON_LIFETIME},
        {"\"exp\":-9223372036854775807,\"iat\":-9223372036854775808", INT64_MIN, BEDNET_REASON_NONE},
        /* Expired says more than too long. */
        {"\"exp\":1301,\"iat\":1000", 1301, BEDNET_REASON_EXPIRED},
        {"\"exp\":5000,\"iat\":1000", 999, BEDNET_REASON_NOT_YET_VALID},
    };
    struct bednet_token_issuer issuer;
    struct bednet_token_rules rules = rules_of(&issuer);
    (void)state;
    issuer.lifetime_max_s = 300;
    issuer.expiry_optional = true;
    expect_times(&rules, cases, sizeof cases / sizeof *cases);
    issuer.lifetime_max_s = INT64_MAX;
    expect_more(&rules, "\"exp\":9223372036854775807,\"iat\":-1", 0, BEDNET_REASON_LIFETIME);
    expect_more(&rules, "\"exp\":9223372036854775807,\"iat\":0", 0, BEDNET_REASON_NONE);
    expect_more(&rules, "\"exp\":-1", INT64_MIN, BEDNET_REASON_LIFETIME);
    issuer.lifetime_max_s = 300;
    expect_more(&rules, "\"iat\":9223372036854775707", INT64_MAX - 1, BEDNET_REASON_LIFETIME);
    issuer.lifetime_max_s = 0;
    expect_more(&rules, "\"exp\":9223372036854775807,\"iat\":-9223372036854775808", 0, BEDNET_REASON_NONE);
}

/* Each boundary one second to both sides, for leeways within and out of what there may be. */
static void test_leeway(void **state)
{
    static const struct {
        int64_t asked_s, granted_s;
    } leeways[] = {{0, 0},     {1, 1},           {30, 30}, {300, 300},
                   {301, 300}, {INT64_MAX, 300}, {-1, 0},  {INT64_MIN, 0}};
    struct bednet_token_issuer issuer;
    struct bednet_token_rules rules = rules_of(&issuer);
    (void)state;
    for (size_t i = 0; i < sizeof leeways / sizeof *leeways; i++) {
        int64_t granted_s = leeways[i].granted_s;
        issuer.leeway_s = leeways[i].asked_s;
        expect_more(&rules, "\"exp\":5000", 4999 + granted_s, BEDNET_REASON_NONE);
        expect_more(&rules, "\"exp\":5000", 5000 + granted_s, BEDNET_REASON_EXPIRED);
        expect_more(&rules, "\"exp\":9000,\"nbf\":5000", 5000 - granted_s, BEDNET_REASON_NONE);
        expect_more(&rules, "\"exp\":9000,\"nbf\":5000", 4999 - granted_s, BEDNET_REASON_NOT_YET_VALID);
        expect_more(&rules, "\"exp\":9000,\"iat\":5000", 5000 - granted_s, BEDNET_REASON_NONE);
        expect_more(&rules, "\"exp\":9000,\"iat\":5000", 4999 - granted_s, BEDNET_REASON_NOT_YET_VALID);
    }
}

static void test_parties(void **state)
{
    static const struct {
        const char *members;
        bool good;
    } cases[] = {
        {"", false},
        {"\"azp\":\"fleet\"", true},
        {"\"azp\":\"web\"", true},
        {"\"client_id\":\"fleet\"", true},
        {"\"azp\":\"fleet\",\"client_id\":\"stranger\"", true},
        {"\"azp\":\"stranger\",\"client_id\":\"fleet\"", false},
        {"\"azp\":null,\"client_id\":\"fleet\"", false},
        {"\"azp\":[\"fleet\"]", false},
        {"\"azp\":{\"fleet\":true}", false},
        {"\"azp\":1", false},
        {"\"azp\":\"\"", false},
        {"\"azp\":\"Fleet\"", false},
        {"\"azp\":\"fleet \"", false},
        {"\"azp\":\"flee\"", false},
        {"\"client_id\":[\"fleet\"]", false},
        {"\"client_id\":null", false},
        {"\"AZP\":\"fleet\"", false},
        {"\"x\":{\"azp\":\"fleet\"}", false},
    };
    struct bednet_text parties[] = {bednet_text("web"), bednet_text("fleet")};
    struct bednet_token_issuer issuer;
    struct bednet_token_rules rules = rules_of(&issuer);
    char more[256];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(more, sizeof more, "\"exp\":5000%s%s", cases[i].members[0] != '\0' ? "," : "",
                 cases[i].members);
        issuer.parties = parties;
        issuer.party_count = 2;
        expect_more(&rules, more, 0, cases[i].good ? BEDNET_REASON_NONE : BEDNET_REASON_PARTY);
        issuer.party_count = 0;
        expect_more(&rules, more, 0, BEDNET_REASON_NONE);
    }
}

/* One required claim, the values that it may have, and tokens with and without. */
static void test_required(void **state)
{
    static const struct {
        const char *name;
        const char *values[3];
        const char *members;
        bool good;
    } cases[] = {
        /* Any value but null. */
        {"site", {0}, "", false},
        {"site", {0}, "\"site\":null", false},
        {"site", {0}, "\"Site\":1", false},
        {"site", {0}, "\"x\":{\"site\":1}", false},
        {"site", {0}, "\"site\":\"\"", true},
        {"site", {0}, "\"site\":false", true},
        {"site", {0}, "\"site\":{}", true},
        {"site", {0}, "\"site\":[]", true},
        {"site", {0}, "\"site\":1.5", true},
        /* One of some. */
        {"site", {"n", "s"}, "", false},
        {"site", {"n", "s"}, "\"site\":null", false},
        {"site", {"n", "s"}, "\"site\":\"N\"", false},
        {"site", {"n", "s"}, "\"site\":\"\"", false},
        {"site", {"n", "s"}, "\"site\":\"n \"", false},
        {"site", {"n", "s"}, "\"site\":\"n s\"", false},
        {"site", {"n", "s"}, "\"site\":[]", false},
        {"site", {"n", "s"}, "\"site\":[[\"n\"]]", false},
        {"site", {"n", "s"}, "\"site\":[{\"n\":\"n\"}]", false},
        {"site", {"n", "s"}, "\"site\":{\"n\":\"n\"}", false},
        {"site", {"n", "s"}, "\"site\":\"s\"", true},
        {"site", {"n", "s"}, "\"site\":[null,1,\"s\"]", true},
        {"n", {"7"}, "\"n\":7.0", false},
        {"n", {"7"}, "\"n\":70e-1", false},
        {"n", {"7"}, "\"n\":-7", false},
        {"n", {"7"}, "\"n\":7", true},
        {"n", {"7"}, "\"n\":[6,7]", true},
        {"n", {"-0"}, "\"n\":0", false},
        {"n", {"99999999999999999999"}, "\"n\":99999999999999999999", true},
        {"b", {"true"}, "\"b\":false", false},
        {"b", {"true"}, "\"b\":1", false},
        {"b", {"true"}, "\"b\":null", false},
        {"b", {"true"}, "\"b\":true", true},
        {"b", {"null"}, "\"b\":null", false},
        /* In objects, and by names with dots in them. */
        {"a.b", {"x"}, "\"a\":\"x\"", false},
        {"a.b", {"x"}, "\"a\":[{\"b\":\"x\"}]", false},
        {"a.b", {"x"}, "\"a\":{\"b\":null}", false},
        {"a.b", {"x"}, "\"a\":{\"b\":\"y\"},\"b\":\"x\"", false},
        {"a.b", {"x"}, "\"a\":{\"b\":\"x\"}", true},
        {"a.b", {"x"}, "\"a.b\":\"x\"", true},
        {"a.b.c.d", {"x"}, "\"a\":{\"b\":{\"c\":{\"d\":[\"x\"]}}}", true},
        {"a.b.c.d.e", {"x"}, "\"a\":{\"b\":{\"c\":{\"d\":{\"e\":\"x\"}}}}", false},
        {"https://x.test/roles", {"x"}, "\"https://x.test/roles\":[\"x\"]", true},
        {"a.b", {0}, "\"a\":{}", false},
        {"a.", {0}, "\"a\":{\"b\":1}", false},
        /* A scope is a list of words. */
        {"scope", {"mqtt"}, "\"scope\":\"openid mqttx\"", false},
        {"scope", {"mqtt"}, "\"scope\":\"openid,mqtt\"", false},
        {"scope", {"mqtt"}, "\"scope\":\"openid\\tmqtt\"", false},
        {"scope", {"mqtt"}, "\"scope\":\"\"", false},
        {"scope", {"mqtt"}, "\"scope\":\"openid mqtt\"", true},
        {"scp", {"mqtt"}, "\"scp\":\" mqtt  x \"", true},
        {"scp", {"mqtt"}, "\"scp\":[\"x\",\"mqtt\"]", true},
        {"scp", {"mqtt"}, "\"scp\":[\"x mqtt\"]", false},
        {"scopes", {"mqtt"}, "\"scopes\":\"x mqtt\"", false},
        {"a.scope", {"mqtt"}, "\"a\":{\"scope\":\"x mqtt\"}", false},
    };
    struct bednet_token_issuer issuer;
    struct bednet_token_rules rules = rules_of(&issuer);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bednet_text values[3];
        struct bednet_required_claim required = {bednet_text(cases[i].name), values, 0};
        while (required.value_count < 3 && cases[i].values[required.value_count] != NULL) {
            values[required.value_count] = bednet_text(cases[i].values[required.value_count]);
            required.value_count++;
        }
        issuer.required = &required;
        issuer.required_count = 1;
        char more[512];
        snprintf(more, sizeof more, "\"exp\":5000%s%s", cases[i].members[0] != '\0' ? "," : "",
                 cases[i].members);
        expect_more(&rules, more, 0, cases[i].good ? BEDNET_REASON_NONE : BEDNET_REASON_REQUIRED_CLAIM);
    }
}

/* All of them, not one of them. */
static void test_several_required(void **state)
{
    struct bednet_text value = bednet_text("x");
    struct bednet_required_claim required[] = {{bednet_text("a"), &value, 1}, {bednet_text("b"), NULL, 0}};
    struct bednet_token_issuer issuer;
    struct bednet_token_rules rules = rules_of(&issuer);
    (void)state;
    issuer.required = required;
    issuer.required_count = 2;
    expect_more(&rules, "\"exp\":5000,\"a\":\"x\"", 0, BEDNET_REASON_REQUIRED_CLAIM);
    expect_more(&rules, "\"exp\":5000,\"b\":\"x\"", 0, BEDNET_REASON_REQUIRED_CLAIM);
    expect_more(&rules, "\"exp\":5000,\"a\":\"y\",\"b\":1", 0, BEDNET_REASON_REQUIRED_CLAIM);
    expect_more(&rules, "\"exp\":5000,\"a\":\"x\",\"b\":1", 0, BEDNET_REASON_NONE);
    /* A name with two origins satisfies nothing: it is refused before anything is looked for. */
    required[0].name = bednet_text("o.p");
    expect_more(&rules, "\"exp\":5000,\"o.p\":\"x\",\"o\":{\"p\":\"y\"},\"b\":1", 0, BEDNET_REASON_CLAIMS);
}

/* Who is named by what is no string is nobody. */
static void test_strings(void **state)
{
    static const char *const names[] = {"sub", "jti"};
    static const char *const values[] = {"1", "null", "true", "[]", "[\"x\"]", "{}", "1.5"};
    struct bednet_token_issuer issuer;
    struct bednet_token_rules rules = rules_of(&issuer);
    (void)state;
    for (size_t n = 0; n < sizeof names / sizeof *names; n++) {
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            char more[128];
            snprintf(more, sizeof more, "\"exp\":5000,\"%s\":%s", names[n], values[i]);
            expect_more(&rules, more, 0, BEDNET_REASON_CLAIMS);
        }
    }
    expect_more(&rules, "\"exp\":5000,\"sub\":\"\",\"jti\":\"\"", 0, BEDNET_REASON_NONE);
}

#define THUMBPRINT "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static void test_confirmation(void **state)
{
    static const struct {
        const char *members;
        enum bednet_confirmation expected;
    } cases[] = {
        {"", BEDNET_CONFIRMATION_NONE},
        {",\"CNF\":{}", BEDNET_CONFIRMATION_NONE},
        {",\"x\":{\"cnf\":{\"x5t#S256\":\"" THUMBPRINT "\"}}", BEDNET_CONFIRMATION_NONE},
        {",\"cnf\":{\"x5t#S256\":\"" THUMBPRINT "\"}", BEDNET_CONFIRMATION_CERTIFICATE},
        {",\"cnf\":{\"x5t\\u0023S256\":\"" THUMBPRINT "\"}", BEDNET_CONFIRMATION_CERTIFICATE},
        {",\"cnf\":null", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{}", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":[]", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":\"" THUMBPRINT "\"", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":[{\"x5t#S256\":\"" THUMBPRINT "\"}]", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"jkt\":\"" THUMBPRINT "\"}", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"jwk\":{\"kty\":\"oct\"}}", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"kid\":\"1\"}", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"x5t\":\"" THUMBPRINT "\"}", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"x5t#s256\":\"" THUMBPRINT "\"}", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"x5t#S256\":\"" THUMBPRINT "\",\"jkt\":\"x\"}", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"a\":null,\"x5t#S256\":\"" THUMBPRINT "\"}", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"x5t#S256\":null}", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"x5t#S256\":\"\"}", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"x5t#S256\":[\"" THUMBPRINT "\"]}", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"x5t#S256\":\"" THUMBPRINT "=\"}", BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"x5t#S256\":\"" THUMBPRINT "A\"}", BEDNET_CONFIRMATION_UNSUPPORTED},
        /* One character less, a second spelling, the other alphabet, a foreign character. */
        {",\"cnf\":{\"x5t#S256\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh\"}",
         BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"x5t#S256\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9\"}",
         BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"x5t#S256\":\"+/ECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}",
         BEDNET_CONFIRMATION_UNSUPPORTED},
        {",\"cnf\":{\"x5t#S256\":\"AAECAwQFBgcICQoLDA0ODxARE MUFRYXGBkaGxwdHh8\"}",
         BEDNET_CONFIRMATION_UNSUPPORTED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char thumbprint[BEDNET_THUMBPRINT_BYTES];
        char text[512];
        struct bednet_claims *claims = NULL;
        size_t issuer;
        memset(thumbprint, 0xee, sizeof thumbprint);
        snprintf(text, sizeof text, MINT_CLAIMS "%s}", cases[i].members);
        char *token = token_of(text);
        assert_int_equal(bednet_token_verify(&fixture.rules, bednet_text(token), MINT_NOW, &issuer, &claims),
                         BEDNET_REASON_NONE);
        if (bednet_claims_confirmation(claims, thumbprint) != cases[i].expected)
            fail_msg("%s", cases[i].members);
        for (unsigned char b = 0; b < BEDNET_THUMBPRINT_BYTES; b++)
            assert_int_equal(thumbprint[b], cases[i].expected == BEDNET_CONFIRMATION_CERTIFICATE ? b : 0xee);
        bednet_claims_free(claims);
        free(token);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),     cmocka_unit_test(test_types_of_several_issuers),
        cmocka_unit_test(test_no_expiry), cmocka_unit_test(test_lifetime),
        cmocka_unit_test(test_leeway),    cmocka_unit_test(test_parties),
        cmocka_unit_test(test_required),  cmocka_unit_test(test_several_required),
        cmocka_unit_test(test_strings),   cmocka_unit_test(test_confirmation),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
