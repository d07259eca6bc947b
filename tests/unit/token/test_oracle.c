/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libjwt as a second opinion on HS, RS and ES with 256, 384 and 512. Each side makes tokens, a random hand
 * spoils some, and both judge them. What libjwt takes and Bednet must not (see test_attacks.c) is kept away
 * by the guard, so on everything that is left they must agree.
 */
#include "mint.h"
#include "token/compact.h"
#include <jwt.h>

#define KINDS 9

static struct mint_fixture fixture;
static unsigned char *public_keys[KINDS]; /* what libjwt verifies with */
static int public_key_bytes[KINDS];
static uint32_t random_state = 7;

static const struct {
    const char *name;
    jwt_alg_t alg;
    const char *private_file;
    const char *public_file;
} kinds[KINDS] = {
    {"HS256", JWT_ALG_HS256, MINT_DATA("tokens/hs.bin"), MINT_DATA("tokens/hs.bin")},
    {"RS256", JWT_ALG_RS256, MINT_DATA("tokens/rsa.pem"), MINT_DATA("tokens/rsa.pub.pem")},
    {"ES256", JWT_ALG_ES256, MINT_DATA("tokens/ec.pem"), MINT_DATA("tokens/ec.pub.pem")},
    {"HS384", JWT_ALG_HS384, MINT_DATA("tokens/hs384.bin"), MINT_DATA("tokens/hs384.bin")},
    {"RS384", JWT_ALG_RS384, MINT_DATA("tokens/rsa.pem"), MINT_DATA("tokens/rsa.pub.pem")},
    {"ES384", JWT_ALG_ES384, MINT_DATA("tokens/ec384.pem"), MINT_DATA("tokens/ec384.pub.pem")},
    {"HS512", JWT_ALG_HS512, MINT_DATA("tokens/hs512.bin"), MINT_DATA("tokens/hs512.bin")},
    {"RS512", JWT_ALG_RS512, MINT_DATA("tokens/rsa.pem"), MINT_DATA("tokens/rsa.pub.pem")},
    {"ES512", JWT_ALG_ES512, MINT_DATA("tokens/ec521.pem"), MINT_DATA("tokens/ec521.pub.pem")},
};

static uint32_t next_random(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)random_state * below >> 32);
}

static int open_fixture(void **state)
{
    (void)state;
    mint_open(&fixture);
    fixture.issuer.audience_count = 0;
    for (int i = 0; i < KINDS; i++) {
        size_t bytes;
        public_keys[i] = (unsigned char *)mint_read(kinds[i].public_file, &bytes);
        public_key_bytes[i] = (int)bytes;
    }
    return 0;
}

static int close_fixture(void **state)
{
    (void)state;
    for (int i = 0; i < KINDS; i++)
        free(public_keys[i]);
    mint_close(&fixture);
    return 0;
}

/* A token by libjwt with claims of random shape; free with free(), as its allocator is malloc. */
static char *make_by_libjwt(int kind, const char *key_file)
{
    jwt_t *jwt = NULL;
    char value[64];
    size_t bytes;
    char *key = mint_read(key_file, &bytes);
    assert_int_equal(jwt_new(&jwt), 0);
    assert_int_equal(jwt_add_header(jwt, "kid", mint_kid(kinds[kind].name)), 0);
    assert_int_equal(jwt_add_grant(jwt, "iss", MINT_ISSUER), 0);
    assert_int_equal(jwt_add_grant_int(jwt, "exp", 4102444800), 0);
    for (uint32_t i = next_random(4); i > 0; i--) {
        snprintf(value, sizeof value, "claim%u", (unsigned)i);
        assert_int_equal(jwt_add_grant_int(jwt, value, (long)next_random(1000000)), 0);
    }
    snprintf(value, sizeof value, "device-%u", (unsigned)next_random(1000000));
    assert_int_equal(jwt_add_grant(jwt, "sub", value), 0);
    assert_int_equal(jwt_set_alg(jwt, kinds[kind].alg, (unsigned char *)key, (int)bytes), 0);
    char *token = jwt_encode_str(jwt);
    assert_non_null(token);
    jwt_free(jwt);
    free(key);
    return token;
}

static bool is_guard_clean(const char *token)
{
    struct bednet_compact compact;
    if (bednet_compact_open(bednet_text(token), BEDNET_TOKEN_BYTES_DEFAULT, &compact) != BEDNET_REASON_NONE)
        return false;
    bednet_compact_close(&compact);
    return true;
}

static bool libjwt_accepts(const char *token, int kind)
{
    jwt_t *jwt = NULL;
    bool good = jwt_decode(&jwt, token, public_keys[kind], public_key_bytes[kind]) == 0;
    jwt_free(jwt);
    return good;
}

/* A signature is never right for other bytes: anything that still verifies is the same token. */
static void spoil(char *token)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t length = (uint32_t)strlen(token), at = next_random(length);
    switch (next_random(4)) {
    case 0:
        token[at] = alphabet[next_random(64)];
        break;
    case 1:
        token[length - 1] = '\0';
        break;
    case 2: /* two neighbours change places */
        if (at + 1 < length && token[at] != '.' && token[at + 1] != '.') {
            char kept = token[at];
            token[at] = token[at + 1];
            token[at + 1] = kept;
        }
        break;
    default: /* somewhere in the signature, four bytes are zero */
        at = (uint32_t)(strrchr(token, '.') - token) + 1;
        memcpy(token + at + next_random(length - at - 4), "AAAA", 4);
        break;
    }
}

struct tally {
    size_t compared;
    size_t accepted;
};

static void compare(const char *token, int kind, struct tally *tally)
{
    if (!is_guard_clean(token))
        return;
    enum bednet_reason reason = mint_judge_bytes(&fixture.rules, token, strlen(token), MINT_NOW);
    bool theirs = libjwt_accepts(token, kind);
    if (theirs != (reason == BEDNET_REASON_NONE))
        fail_msg("%s: ours %s, libjwt %s", token, bednet_reason_name(reason), theirs ? "accepts" : "refuses");
    tally->compared++;
    tally->accepted += theirs;
}

static void test_agree(void **state)
{
    struct tally tally = {0};
    (void)state;
    for (int round = 0; round < 900; round++) {
        int kind = round % KINDS;
        char *token = make_by_libjwt(kind, kinds[kind].private_file);
        compare(token, kind, &tally);
        for (int i = 0; i < 3; i++) {
            spoil(token);
            compare(token, kind, &tally);
        }
        free(token);
    }
    assert_true(tally.accepted >= 900);
    assert_true(tally.compared - tally.accepted > 900);
}

/* Ours, made with OpenSSL directly, are right for libjwt too, and a stranger's are right for neither. */
static void test_other_makers(void **state)
{
    static const char *const strangers[KINDS] = {
        MINT_DATA("tokens/rsa.pub.pem"),       MINT_DATA("tokens/rsa-stranger.pem"),
        MINT_DATA("tokens/ec-stranger.pem"),   MINT_DATA("tokens/hs512.bin"),
        MINT_DATA("tokens/rsa-stranger.pem"),  MINT_DATA("tokens/ec384-stranger.pem"),
        MINT_DATA("tokens/hs384.bin"),         MINT_DATA("tokens/rsa-stranger.pem"),
        MINT_DATA("tokens/ec521-stranger.pem")};
    struct tally tally = {0};
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        char *token =
            mint_right(kinds[kind].name, mint_header(kinds[kind].name, ",\"typ\":\"JWT\""), MINT_CLAIMS "}");
        compare(token, kind, &tally);
        assert_int_equal(tally.accepted, kind + 1);
        free(token);
        token = make_by_libjwt(kind, strangers[kind]);
        compare(token, kind, &tally);
        assert_int_equal(tally.accepted, kind + 1);
        free(token);
    }
    assert_int_equal(tally.compared, 2 * KINDS);
}

/* Why libjwt alone may not decide: with these it says yes. Should a version learn better, this test tells. */
static void test_where_libjwt_is_too_kind(void **state)
{
    (void)state;
    char *token =
        mint_hmac(public_keys[1], (size_t)public_key_bytes[1], mint_header("HS256", ""), MINT_CLAIMS "}");
    assert_true(libjwt_accepts(token, 1));
    mint_expect(&fixture.rules, "public key as secret", token, MINT_NOW, BEDNET_REASON_SIGNATURE);
    token = mint_right("RS256", mint_header("RS256", ",\"crit\":[\"x\"]"), MINT_CLAIMS "}");
    assert_true(libjwt_accepts(token, 1));
    mint_expect(&fixture.rules, "critical extension", token, MINT_NOW, BEDNET_REASON_CRITICAL);
    token = mint_right("RS256", mint_header("RS256", ""), MINT_CLAIMS ",\"sub\":\"admin\"}");
    assert_true(libjwt_accepts(token, 1));
    mint_expect(&fixture.rules, "duplicate claim", token, MINT_NOW, BEDNET_REASON_CLAIMS);
    token = mint("rsa", "SHA512", "{\"alg\":\"RS512\",\"kid\":\"rsa-1\"}", MINT_CLAIMS "}");
    assert_true(libjwt_accepts(token, 1));
    mint_expect(&fixture.rules, "other algorithm", token, MINT_NOW, BEDNET_REASON_ALGORITHM);
    token = mint("ec384", "SHA256", mint_header("ES256", ""), MINT_CLAIMS "}");
    bool theirs = libjwt_accepts(token, 5);
    mint_expect(&fixture.rules, "other curve", token, MINT_NOW, BEDNET_REASON_SIGNATURE);
    assert_true(theirs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agree),
        cmocka_unit_test(test_other_makers),
        cmocka_unit_test(test_where_libjwt_is_too_kind),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
