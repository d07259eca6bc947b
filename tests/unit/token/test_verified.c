/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures that are remembered: a token that was accepted once is accepted again and judged anew in all
 * else, no other token gains by it, and a new key set has forgotten everything.
 */
#include "mint_group.h"
#include "token/candidates.h"
#include "token/verified.h"

static enum bednet_reason judge(const char *token, int64_t now_s)
{
    return mint_judge_bytes(&fixture.rules, token, strlen(token), now_s);
}

static char *token_of(const char *algorithm)
{
    return mint_right(algorithm, mint_header(algorithm, ""), MINT_CLAIMS "}");
}

/* One character at a time: what was signed, the signature, and their borders. */
static void test_no_other_token_gains(void **state)
{
    (void)state;
    for (size_t a = 0; a < MINT_ALGORITHMS; a++) {
        char *token = token_of(mint_algorithms[a]);
        for (int round = 0; round < 3; round++)
            assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_NONE);
        for (size_t i = 0; i < strlen(token); i++) {
            char was = token[i];
            token[i] = was == 'A' ? 'B' : 'A';
            assert_int_not_equal(judge(token, MINT_NOW), BEDNET_REASON_NONE);
            token[i] = was;
        }
        assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_NONE);
        free(token);
    }
}

static void test_a_wrong_signature_is_never_remembered(void **state)
{
    (void)state;
    for (size_t a = 0; a < MINT_ALGORITHMS; a++) {
        char *token = token_of(mint_algorithms[a]);
        char *last = strrchr(token, '.') + 1;
        *last = *last == 'A' ? 'B' : 'A';
        for (int round = 0; round < 3; round++)
            assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_SIGNATURE);
        free(token);
    }
}

static void test_everything_else_is_judged_again(void **state)
{
    (void)state;
    struct bednet_text nobody = bednet_text("somebody-else");
    for (size_t a = 0; a < MINT_ALGORITHMS; a++) {
        char *token = mint_right(mint_algorithms[a], mint_header(mint_algorithms[a], ""),
                                 "{\"iss\":\"" MINT_ISSUER "\",\"aud\":\"" MINT_AUDIENCE
                                 "\",\"exp\":2000,\"nbf\":1000,\"sub\":\"d\"}");
        assert_int_equal(judge(token, 1500), BEDNET_REASON_NONE);
        assert_int_equal(judge(token, 2000), BEDNET_REASON_EXPIRED);
        assert_int_equal(judge(token, 999), BEDNET_REASON_NOT_YET_VALID);
        fixture.issuer.audiences = &nobody;
        assert_int_equal(judge(token, 1500), BEDNET_REASON_AUDIENCE);
        fixture.issuer.audiences = &fixture.audience;
        fixture.issuer.issuer = nobody;
        assert_int_equal(judge(token, 1500), BEDNET_REASON_ISSUER);
        fixture.issuer.issuer = bednet_text(MINT_ISSUER);
        fixture.issuer.algorithms = 0;
        assert_int_equal(judge(token, 1500), BEDNET_REASON_ALGORITHM);
        fixture.issuer.algorithms = BEDNET_ALG_ALL;
        assert_int_equal(judge(token, 1500), BEDNET_REASON_NONE);
        free(token);
    }
}

/* After a reload with another key under the same id. */
static void test_a_new_key_set_has_forgotten(void **state)
{
    (void)state;
    size_t bytes;
    char *token = token_of("HS256");
    char *secret = mint_read(MINT_DATA("tokens/hs.bin"), &bytes);
    char other[4096] = "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"hs-1\",\"k\":\"";
    secret[0] ^= 1;
    mint_base64url(other, secret, bytes);
    strcat(other, "\"}]}");
    assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_NONE);

    struct bednet_keyring *keys = mint_keyring(other, BEDNET_ALG_HS256);
    fixture.issuer.keys = keys;
    assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_SIGNATURE);
    fixture.issuer.keys = fixture.keys;
    bednet_keyring_free(keys);
    free(secret);
    free(token);
}

/* Rules like the fixture's, with whatever keys. */
struct side {
    struct bednet_token_issuer issuer;
    struct bednet_token_rules rules;
    struct bednet_keyring *keys;
};

static void open_side(struct side *side, const char *jwks, unsigned algorithms)
{
    side->keys = mint_keyring(jwks, algorithms);
    side->issuer = fixture.issuer;
    side->issuer.keys = side->keys;
    side->rules = (struct bednet_token_rules){&side->issuer, 1, BEDNET_TOKEN_BYTES_DEFAULT};
}

/* What one who has never seen a token says of this one. He forgets again what he saw. */
static enum bednet_reason judge_cold(struct side *cold, const char *jwks, const char *token, int64_t now_s)
{
    unsigned algorithms = cold->issuer.algorithms;
    enum bednet_reason reason = mint_judge_bytes(&cold->rules, token, strlen(token), now_s);
    if (reason != BEDNET_REASON_MALFORMED && reason != BEDNET_REASON_SIGNATURE) {
        bednet_keyring_free(cold->keys);
        cold->keys = mint_keyring(jwks, algorithms);
        cold->issuer.keys = cold->keys;
    }
    return reason;
}

static const struct {
    const char *name;
    unsigned algorithm;
} kinds[] = {{"HS256", BEDNET_ALG_HS256},
             {"RS256", BEDNET_ALG_RS256},
             {"ES256", BEDNET_ALG_ES256},
             {"EdDSA", BEDNET_ALG_EDDSA}};
#define KINDS (sizeof kinds / sizeof *kinds)

static void expect_as_cold(struct side *warm, struct side *cold, const char *jwks, const char *token)
{
    enum bednet_reason reason = mint_judge_bytes(&warm->rules, token, strlen(token), MINT_NOW);
    if (reason != judge_cold(cold, jwks, token, MINT_NOW))
        fail_msg("%s: %s, which a stranger to it would not say", token, bednet_reason_name(reason));
}

/* Every single bit of a token that is known, and every length: refused, and for the reason it always was. */
static void test_what_is_remembered_changes_no_verdict(void **state)
{
    size_t bytes;
    char *jwks = mint_read(MINT_DATA("tokens/jwks.json"), &bytes);
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        struct side warm, cold;
        char *token = token_of(kinds[k].name);
        size_t length = strlen(token);
        open_side(&warm, jwks, kinds[k].algorithm);
        open_side(&cold, jwks, kinds[k].algorithm);
        cold.issuer.algorithms = kinds[k].algorithm;
        warm.issuer.algorithms = kinds[k].algorithm;
        assert_int_equal(mint_judge_bytes(&warm.rules, token, length, MINT_NOW), BEDNET_REASON_NONE);
        for (size_t i = 0; i < length * 8; i++) {
            token[i / 8] ^= (char)(1 << i % 8);
            assert_int_not_equal(mint_judge_bytes(&warm.rules, token, length, MINT_NOW), BEDNET_REASON_NONE);
            expect_as_cold(&warm, &cold, jwks, token);
            token[i / 8] ^= (char)(1 << i % 8);
        }
        for (size_t cut = 0; cut < length; cut++) {
            char was = token[cut];
            token[cut] = '\0';
            assert_int_not_equal(mint_judge_bytes(&warm.rules, token, cut, MINT_NOW), BEDNET_REASON_NONE);
            expect_as_cold(&warm, &cold, jwks, token);
            token[cut] = was;
        }
        assert_int_equal(mint_judge_bytes(&warm.rules, token, length, MINT_NOW), BEDNET_REASON_NONE);
        expect_as_cold(&warm, &cold, jwks, token);
        free(token);
        bednet_keyring_free(warm.keys);
        bednet_keyring_free(cold.keys);
    }
    free(jwks);
}

/* The parts of tokens that are all known, put together anew. */
static void test_parts_of_several_tokens(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        char *parts[3][3], *tokens[3];
        tokens[0] = token_of(kinds[k].name);
        tokens[1] = mint_right(kinds[k].name, mint_header(kinds[k].name, ""), MINT_CLAIMS ",\"admin\":true}");
        tokens[2] =
            mint_right(kinds[k].name, mint_header(kinds[k].name, ",\"typ\":\"JWT\""), MINT_CLAIMS "}");
        for (int t = 0; t < 3; t++) {
            assert_int_equal(judge(tokens[t], MINT_NOW), BEDNET_REASON_NONE);
            assert_int_equal(judge(tokens[t], MINT_NOW), BEDNET_REASON_NONE);
            char *rest = tokens[t];
            for (int p = 0; p < 3; p++)
                parts[t][p] = strsep(&rest, ".");
        }
        for (int i = 0; i < 27; i++) {
            char token[8192];
            int header = i % 3, payload = i / 3 % 3, signature = i / 9;
            bool whole = strcmp(parts[header][0], parts[signature][0]) == 0 &&
                         strcmp(parts[payload][1], parts[signature][1]) == 0;
            snprintf(token, sizeof token, "%s.%s.%s", parts[header][0], parts[payload][1],
                     parts[signature][2]);
            assert_int_equal(judge(token, MINT_NOW), whole ? BEDNET_REASON_NONE : BEDNET_REASON_SIGNATURE);
        }
        for (int t = 0; t < 3; t++)
            free(tokens[t]);
    }
}

/* Two issuers use one key id, and so the same header. What one's key vouched for is nothing to the other's.
 */
static void test_another_key_under_the_same_header(void **state)
{
    static const char secrets[2][33] = {"0123456789abcdef0123456789abcdef",
                                        "fedcba9876543210fedcba9876543210"};
    static const char header[] = "{\"alg\":\"HS256\",\"kid\":\"k\"}";
    struct side sides[2];
    char *tokens[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        char jwks[512] = "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"k\",\"k\":\"";
        mint_base64url(jwks, secrets[i], 32);
        strcat(jwks, "\"}]}");
        open_side(&sides[i], jwks, BEDNET_ALG_HS256);
        tokens[i] = mint_hmac(secrets[i], 32, header, MINT_CLAIMS "}");
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 4; i++) {
            const char *token = tokens[i / 2];
            assert_int_equal(mint_judge_bytes(&sides[i % 2].rules, token, strlen(token), MINT_NOW),
                             i / 2 == i % 2 ? BEDNET_REASON_NONE : BEDNET_REASON_SIGNATURE);
        }
    }
    /* Both in one set of rules: by name they are two issuers, and each token names the first. */
    struct bednet_token_issuer both[] = {sides[0].issuer, sides[1].issuer};
    both[1].issuer = bednet_text("https://other.example.test");
    struct bednet_token_rules rules = {both, 2, BEDNET_TOKEN_BYTES_DEFAULT};
    for (int round = 0; round < 3; round++) {
        assert_int_equal(mint_judge_bytes(&rules, tokens[0], strlen(tokens[0]), MINT_NOW),
                         BEDNET_REASON_NONE);
        assert_int_equal(mint_judge_bytes(&rules, tokens[1], strlen(tokens[1]), MINT_NOW),
                         BEDNET_REASON_ISSUER);
    }
    for (int i = 0; i < 2; i++) {
        free(tokens[i]);
        bednet_keyring_free(sides[i].keys);
    }
}

/* The key is withdrawn, or is none for this algorithm any more, or there are no keys at all. */
static void test_a_key_that_went(void **state)
{
    size_t bytes;
    char *jwks = mint_read(MINT_DATA("tokens/jwks.json"), &bytes);
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        char *token = token_of(kinds[k].name);
        assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_NONE);
        struct bednet_keyring *others = mint_keyring(jwks, BEDNET_ALG_ALL & ~kinds[k].algorithm);
        fixture.issuer.keys = others;
        assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_UNKNOWN_KEY);
        fixture.issuer.keys = NULL;
        assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_KEYS_UNAVAILABLE);
        fixture.issuer.keys = fixture.keys;
        assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_NONE);
        bednet_keyring_free(others);
        free(token);
    }
    free(jwks);
}

/* What a header says is judged anew although it is not read anew, and what is malformed comes first. */
static void test_a_known_header_is_judged(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        char *token =
            mint_right(kinds[k].name, mint_header(kinds[k].name, ",\"typ\":\"at+jwt\""), MINT_CLAIMS "}");
        char *plain = token_of(kinds[k].name);
        for (int round = 0; round < 2; round++) {
            assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_NONE);
            fixture.issuer.types = BEDNET_TYP_JWT | BEDNET_TYP_ABSENT;
            assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_TOKEN_TYPE);
            assert_int_equal(judge(plain, MINT_NOW), BEDNET_REASON_NONE);
            fixture.issuer.types = BEDNET_TYP_AT_JWT;
            assert_int_equal(judge(plain, MINT_NOW), BEDNET_REASON_TOKEN_TYPE);
            fixture.issuer.types = BEDNET_TYP_DEFAULT;
            assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_NONE);
        }
        size_t last = strlen(token) - 1;
        char was = token[last];
        fixture.issuer.algorithms = 0;
        assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_ALGORITHM);
        token[last] = '=';
        assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_MALFORMED);
        fixture.issuer.algorithms = BEDNET_ALG_ALL;
        assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_MALFORMED);
        token[last] = was;
        assert_int_equal(judge(token, MINT_NOW), BEDNET_REASON_NONE);
        free(plain);
        free(token);
    }
}

static bool recalls(const char *token)
{
    struct bednet_header header;
    return bednet_candidates_recall_header(
        &fixture.rules, (struct bednet_text){token, (size_t)(strchr(token, '.') - token)}, &header);
}

/* Only a header that was signed is kept, one for each key, and not a long one. */
static void test_which_headers_are_kept(void **state)
{
    char more[1024], *first = token_of("RS256");
    (void)state;
    memset(more, ' ', sizeof more);
    more[sizeof more - 1] = '\0';
    char *second = mint_right("RS256", mint_header("RS256", ",\"typ\":\"jwt\""), MINT_CLAIMS "}");
    char *large = mint_right("RS256", mint_header("RS256", more), MINT_CLAIMS "}");
    assert_int_equal(judge(first, MINT_NOW), BEDNET_REASON_NONE);
    assert_true(recalls(first) && !recalls(second));
    char *last = strrchr(second, '.') + 1;
    *last ^= 3;
    assert_int_not_equal(judge(second, MINT_NOW), BEDNET_REASON_NONE);
    assert_true(recalls(first) && !recalls(second));
    *last ^= 3;
    assert_int_equal(judge(large, MINT_NOW), BEDNET_REASON_NONE);
    assert_int_equal(judge(large, MINT_NOW), BEDNET_REASON_NONE);
    assert_true(recalls(first) && !recalls(large));
    assert_int_equal(judge(second, MINT_NOW), BEDNET_REASON_NONE);
    assert_true(recalls(second) && !recalls(first));
    assert_int_equal(judge(first, MINT_NOW), BEDNET_REASON_NONE);
    free(large);
    free(second);
    free(first);
}

/* Kept and given back as it was, to the letter and no other. */
static void test_header_memory(void **state)
{
    struct bednet_verified *verified = bednet_verified_new();
    struct bednet_header header = {BEDNET_ALG_ES256, BEDNET_TYP_JWT, bednet_text("key")}, found;
    char segment[513], kid[BEDNET_KID_BYTES_MAX + 1];
    (void)state;
    assert_non_null(verified);
    memset(segment, 'A', sizeof segment);
    memset(kid, 'k', sizeof kid);
    assert_false(bednet_verified_recall_header(verified, bednet_text(""), &found));
    bednet_verified_note_header(verified, (struct bednet_text){segment, 513}, &header);
    assert_false(bednet_verified_recall_header(verified, (struct bednet_text){segment, 513}, &found));
    bednet_verified_note_header(verified, (struct bednet_text){segment, 512}, &header);
    assert_true(bednet_verified_recall_header(verified, (struct bednet_text){segment, 512}, &found));
    assert_int_equal(found.algorithm, BEDNET_ALG_ES256);
    assert_int_equal(found.type, BEDNET_TYP_JWT);
    assert_true(bednet_text_equal(found.kid, header.kid) && found.kid.ptr != header.kid.ptr);
    for (size_t i = 0; i < 512; i++) {
        segment[i] = 'B';
        assert_false(bednet_verified_recall_header(verified, (struct bednet_text){segment, 512}, &found));
        segment[i] = 'A';
    }
    assert_false(bednet_verified_recall_header(verified, (struct bednet_text){segment, 511}, &found));
    /* What was recalled may be noted again. */
    bednet_verified_note_header(verified, (struct bednet_text){segment, 512}, &found);
    assert_true(bednet_verified_recall_header(verified, (struct bednet_text){segment, 512}, &found));
    assert_true(bednet_text_equal(found.kid, header.kid));
    header.kid = (struct bednet_text){kid, sizeof kid};
    bednet_verified_note_header(verified, bednet_text("other"), &header);
    assert_false(bednet_verified_recall_header(verified, bednet_text("other"), &found));
    header.kid = (struct bednet_text){0};
    bednet_verified_note_header(verified, bednet_text("other"), &header);
    assert_true(bednet_verified_recall_header(verified, bednet_text("other"), &found));
    assert_null(found.kid.ptr);
    bednet_verified_free(verified);
}

static void test_fingerprints(void **state)
{
    (void)state;
    struct bednet_verified *verified = bednet_verified_new(), *stranger = bednet_verified_new();
    struct bednet_fingerprint one, other;
    assert_true(verified != NULL && stranger != NULL);
    bednet_fingerprint_take(verified, BEDNET_ALG_RS256, bednet_text("header.payload.signature"), &one);
    assert_false(bednet_verified_knows(verified, &one));
    bednet_verified_note(verified, &one);
    assert_true(bednet_verified_knows(verified, &one));
    static const struct {
        unsigned algorithm;
        const char *token;
    } others[] = {
        {BEDNET_ALG_RS256, "header.payload.signaturf"},  {BEDNET_ALG_RS256, "header.payloae.signature"},
        {BEDNET_ALG_RS256, "headeq.payload.signature"},  {BEDNET_ALG_PS256, "header.payload.signature"},
        {BEDNET_ALG_RS256, "header.payloads.ignature"},  {BEDNET_ALG_RS256, "header.payloa.dsignature"},
        {BEDNET_ALG_RS256, "header.payload.signaturee"}, {BEDNET_ALG_RS256, "header.payload.signatur"},
        {BEDNET_ALG_RS256, ".header.payload.signature"}, {BEDNET_ALG_RS256, "eader.payload.signature"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        bednet_fingerprint_take(verified, others[i].algorithm, bednet_text(others[i].token), &other);
        assert_false(bednet_verified_knows(verified, &other));
    }
    /* Of another key's memory the secret is another. */
    bednet_fingerprint_take(stranger, BEDNET_ALG_RS256, bednet_text("header.payload.signature"), &other);
    assert_true(memcmp(&one, &other, sizeof one) != 0);
    /* The same place, and all the rest but one bit. */
    other = one;
    other.words[1] ^= 2;
    assert_false(bednet_verified_knows(verified, &other));
    other = one;
    other.words[0] ^= UINT64_C(1) << 63;
    assert_false(bednet_verified_knows(verified, &other));
    bednet_verified_free(stranger);
    bednet_verified_free(verified);
}

static struct bednet_fingerprint numbered(const struct bednet_verified *verified, uint32_t number)
{
    struct bednet_fingerprint fingerprint;
    bednet_fingerprint_take(verified, BEDNET_ALG_ES256,
                            (struct bednet_text){(const char *)&number, sizeof number}, &fingerprint);
    return fingerprint;
}

/* It grows and loses hardly any, up to its last size, and what was never noted is never known. */
static void test_many(void **state)
{
    static const uint32_t counts[] = {1, 100, 200, 256, 257, 3000, 4096, 6001, 10000, 32768, 500000};
    (void)state;
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        struct bednet_verified *verified = bednet_verified_new();
        uint32_t known = 0;
        assert_non_null(verified);
        for (uint32_t i = 0; i < counts[c]; i++) {
            struct bednet_fingerprint fingerprint = numbered(verified, i);
            assert_false(bednet_verified_knows(verified, &fingerprint));
            bednet_verified_note(verified, &fingerprint);
            assert_true(bednet_verified_knows(verified, &fingerprint));
        }
        for (uint32_t i = 0; i < counts[c]; i++) {
            struct bednet_fingerprint fingerprint = numbered(verified, i);
            known += bednet_verified_knows(verified, &fingerprint);
        }
        if (counts[c] <= 32768)
            assert_true(counts[c] - known <= 4 + counts[c] / 500);
        else
            assert_true(known > 60000 && known <= 65536);
        for (uint32_t i = 0; i < 1000; i++) {
            struct bednet_fingerprint fingerprint = numbered(verified, UINT32_MAX - i);
            assert_false(bednet_verified_knows(verified, &fingerprint));
        }
        bednet_verified_free(verified);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_other_token_gains),
        cmocka_unit_test(test_a_wrong_signature_is_never_remembered),
        cmocka_unit_test(test_everything_else_is_judged_again),
        cmocka_unit_test(test_a_new_key_set_has_forgotten),
        cmocka_unit_test(test_what_is_remembered_changes_no_verdict),
        cmocka_unit_test(test_parts_of_several_tokens),
        cmocka_unit_test(test_another_key_under_the_same_header),
        cmocka_unit_test(test_a_key_that_went),
        cmocka_unit_test(test_a_known_header_is_judged),
        cmocka_unit_test(test_which_headers_are_kept),
        cmocka_unit_test(test_header_memory),
        cmocka_unit_test(test_fingerprints),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
