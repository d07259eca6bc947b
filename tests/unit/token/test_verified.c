/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures that are remembered: a token that was accepted once is accepted again and judged anew in all
 * else, no other token gains by it, and a new key set has forgotten everything.
 */
#include "mint_group.h"
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

static void test_fingerprints(void **state)
{
    (void)state;
    struct bednet_verified *verified = bednet_verified_new(), *stranger = bednet_verified_new();
    struct bednet_fingerprint one, other;
    assert_true(verified != NULL && stranger != NULL);
    bednet_fingerprint_take(verified, BEDNET_ALG_RS256, bednet_text("input"), bednet_text("signature"), &one);
    assert_false(bednet_verified_knows(verified, &one));
    bednet_verified_note(verified, &one);
    assert_true(bednet_verified_knows(verified, &one));
    static const struct {
        unsigned algorithm;
        const char *input, *signature;
    } others[] = {
        {BEDNET_ALG_RS256, "input", "signaturf"}, {BEDNET_ALG_RS256, "inpus", "signature"},
        {BEDNET_ALG_PS256, "input", "signature"}, {BEDNET_ALG_RS256, "inputs", "ignature"},
        {BEDNET_ALG_RS256, "inpu", "tsignature"}, {BEDNET_ALG_RS256, "input", "signaturee"},
        {BEDNET_ALG_RS256, "input", "signatur"},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        bednet_fingerprint_take(verified, others[i].algorithm, bednet_text(others[i].input),
                                bednet_text(others[i].signature), &other);
        assert_false(bednet_verified_knows(verified, &other));
    }
    /* Of another key's memory the secrets are others. */
    bednet_fingerprint_take(stranger, BEDNET_ALG_RS256, bednet_text("input"), bednet_text("signature"),
                            &other);
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
                            (struct bednet_text){(const char *)&number, sizeof number}, bednet_text("s"),
                            &fingerprint);
    return fingerprint;
}

/* It grows without losing more than crowded places lose, and what was never noted is never known. */
static void test_many(void **state)
{
    static const uint32_t counts[] = {1, 100, 200, 10000, 32768, 500000};
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
        if (counts[c] <= 10000)
            assert_true(known >= counts[c] - counts[c] / 200);
        else if (counts[c] <= 32768)
            assert_true(known >= counts[c] - counts[c] / 12);
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
        cmocka_unit_test(test_fingerprints),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
