/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule asks of its certificates: weak keys, weak signatures, other purposes, too long a life. */
#include "making.h"

#include "certificate/rule.h"
#include <openssl/err.h>
#include <openssl/rsa.h>

#define NOW        (MADE_FROM + 1000)
#define CLIENT_OID "1.3.6.1.5.5.7.3.2"

static struct bednet_certificate_rule usual_rule(void)
{
    return (struct bednet_certificate_rule){.authority = BEDNET_AUTHORITY_NONE,
                                            .keys = BEDNET_CERT_KEYS_DEFAULT,
                                            .digests = BEDNET_CERT_DIGESTS_DEFAULT,
                                            .rsa_bits_min = BEDNET_CERT_RSA_BITS_DEFAULT};
}

static enum bednet_reason ask_and_free(const struct bednet_certificate_rule *rule,
                                       enum bednet_requirement requirement, X509 *certificate)
{
    struct bednet_certificate opened;
    enum bednet_reason reason;

    assert_non_null(certificate);
    assert_int_equal(bednet_certificate_open(certificate, NULL, &opened), BEDNET_OK);
    reason = bednet_rule_require(rule, requirement, &opened, NOW);
    assert_true(ERR_peek_error() == 0);
    X509_free(certificate);
    return reason;
}

static enum bednet_reason ask_at(int64_t now_s)
{
    const struct bednet_certificate_rule rule = usual_rule();
    const struct bednet_certificate certificate = {.not_before_s = MADE_FROM, .not_after_s = MADE_UNTIL};

    return bednet_rule_require(&rule, BEDNET_REQUIREMENT_VALIDITY, &certificate, now_s);
}

static void validity_ends_where_openssl_has_it_end(void **state)
{
    (void)state;
    assert_int_equal(ask_at(MADE_FROM - 1), BEDNET_REASON_NOT_YET_VALID);
    assert_int_equal(ask_at(MADE_FROM), BEDNET_REASON_NONE);
    assert_int_equal(ask_at(MADE_UNTIL - 1), BEDNET_REASON_NONE);
    assert_int_equal(ask_at(MADE_UNTIL), BEDNET_REASON_EXPIRED);
    assert_int_equal(ask_at(INT64_MIN), BEDNET_REASON_NOT_YET_VALID);
    assert_int_equal(ask_at(INT64_MAX), BEDNET_REASON_EXPIRED);
}

static enum bednet_reason ask_key(unsigned types, unsigned rsa_bits, const char *type, const char *detail)
{
    struct bednet_certificate_rule rule = usual_rule();
    EVP_PKEY *key = make_key(type, detail);
    X509 *certificate = make_begin();

    rule.keys = types;
    rule.rsa_bits_min = rsa_bits;
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    EVP_PKEY_free(key);
    return ask_and_free(&rule, BEDNET_REQUIREMENT_KEY, make_done(certificate));
}

static void weak_and_unusual_keys_are_refused(void **state)
{
    static const char *const curves[] = {"P-224", "secp256k1", "prime192v1", "brainpoolP256r1"};

    (void)state;
    assert_int_equal(ask_key(BEDNET_CERT_KEYS_DEFAULT, 2048, "RSA", "1024"), BEDNET_REASON_CERTIFICATE_KEY);
    assert_int_equal(ask_key(BEDNET_CERT_KEYS_DEFAULT, 2048, "RSA", "2047"), BEDNET_REASON_CERTIFICATE_KEY);
    assert_int_equal(ask_key(BEDNET_CERT_KEYS_DEFAULT, 3072, "RSA", "2048"), BEDNET_REASON_CERTIFICATE_KEY);
    assert_int_equal(ask_key(BEDNET_CERT_KEYS_DEFAULT, 2048, "X25519", ""), BEDNET_REASON_CERTIFICATE_KEY);
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
        assert_int_equal(ask_key(BEDNET_CERT_KEYS_DEFAULT, 2048, "EC", curves[i]),
                         BEDNET_REASON_CERTIFICATE_KEY);
    }
}

static void each_type_of_key_is_allowed_by_itself(void **state)
{
    static const struct {
        unsigned bit;
        const char *type, *detail;
    } keys[] = {
        {BEDNET_CERT_KEY_RSA, "RSA", "2048"},     {BEDNET_CERT_KEY_P256, "EC", "P-256"},
        {BEDNET_CERT_KEY_P384, "EC", "P-384"},    {BEDNET_CERT_KEY_P521, "EC", "P-521"},
        {BEDNET_CERT_KEY_ED25519, "ED25519", ""}, {BEDNET_CERT_KEY_ED448, "ED448", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        assert_int_equal(ask_key(keys[i].bit, 2048, keys[i].type, keys[i].detail), BEDNET_REASON_NONE);
        assert_int_equal(ask_key(BEDNET_CERT_KEYS_DEFAULT & ~keys[i].bit, 2048, keys[i].type, keys[i].detail),
                         BEDNET_REASON_CERTIFICATE_KEY);
        assert_int_equal(ask_key(0, 0, keys[i].type, keys[i].detail), BEDNET_REASON_CERTIFICATE_KEY);
    }
}

/* P-256 with its numbers spelt out instead of its name could be any curve. */
static void curves_without_a_name_are_refused(void **state)
{
    struct bednet_certificate_rule rule = usual_rule();
    EVP_PKEY *key = make_key("EC", "P-256");
    X509 *certificate = make_begin();

    (void)state;
    assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit"), 1);
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    EVP_PKEY_free(key);
    assert_int_equal(ask_and_free(&rule, BEDNET_REQUIREMENT_KEY, make_done(certificate)),
                     BEDNET_REASON_CERTIFICATE_KEY);
}

/* A key that says P-256 and is a point of no curve. */
static void keys_that_do_not_decode_are_refused(void **state)
{
    static const unsigned char point[65] = {4, 1, 2, 3};
    struct bednet_certificate_rule rule = usual_rule();
    X509 *certificate = make_begin();
    X509_PUBKEY *key = X509_get_X509_PUBKEY(certificate);
    unsigned char *copy = OPENSSL_memdup(point, sizeof(point));

    (void)state;
    assert_int_equal(X509_PUBKEY_set0_param(key, OBJ_nid2obj(NID_X9_62_id_ecPublicKey), V_ASN1_OBJECT,
                                            OBJ_nid2obj(NID_X9_62_prime256v1), copy, sizeof(point)),
                     1);
    assert_int_equal(ask_and_free(&rule, BEDNET_REQUIREMENT_KEY, make_done(certificate)),
                     BEDNET_REASON_CERTIFICATE_KEY);
}

static enum bednet_reason ask_signature(unsigned digests, EVP_PKEY *key, const EVP_MD *digest)
{
    struct bednet_certificate_rule rule = usual_rule();

    rule.digests = digests;
    return ask_and_free(&rule, BEDNET_REQUIREMENT_SIGNATURE, make_signed(make_begin(), key, digest));
}

static void weak_signatures_are_refused(void **state)
{
    EVP_PKEY *rsa = make_key("RSA", "2048");

    (void)state;
    assert_int_equal(ask_signature(BEDNET_CERT_DIGESTS_DEFAULT, rsa, EVP_md5()),
                     BEDNET_REASON_CERTIFICATE_SIGNATURE);
    assert_int_equal(ask_signature(~0u, rsa, EVP_md5()), BEDNET_REASON_CERTIFICATE_SIGNATURE);
    assert_int_equal(ask_signature(BEDNET_CERT_DIGESTS_DEFAULT, rsa, EVP_sha1()),
                     BEDNET_REASON_CERTIFICATE_SIGNATURE);
    assert_int_equal(ask_signature(BEDNET_CERT_DIGESTS_DEFAULT, make_usual_key(), EVP_sha1()),
                     BEDNET_REASON_CERTIFICATE_SIGNATURE);
    assert_int_equal(ask_signature(~0u, rsa, EVP_sha224()), BEDNET_REASON_CERTIFICATE_SIGNATURE);
    assert_int_equal(ask_signature(~0u, rsa, EVP_sha512_256()), BEDNET_REASON_CERTIFICATE_SIGNATURE);
    assert_int_equal(ask_signature(~0u, make_usual_key(), EVP_sha3_256()),
                     BEDNET_REASON_CERTIFICATE_SIGNATURE);
    assert_int_equal(ask_signature(BEDNET_CERT_DIGEST_SHA256, rsa, EVP_sha512()),
                     BEDNET_REASON_CERTIFICATE_SIGNATURE);
    assert_int_equal(ask_signature(BEDNET_CERT_DIGEST_SHA1, rsa, EVP_sha1()), BEDNET_REASON_NONE);
    assert_int_equal(ask_signature(BEDNET_CERT_DIGEST_SHA256, rsa, EVP_sha256()), BEDNET_REASON_NONE);
    assert_int_equal(ask_signature(BEDNET_CERT_DIGEST_SHA384, make_usual_key(), EVP_sha384()),
                     BEDNET_REASON_NONE);
    assert_int_equal(ask_signature(BEDNET_CERT_DIGEST_SHA512, make_usual_key(), EVP_sha512()),
                     BEDNET_REASON_NONE);
    EVP_PKEY_free(rsa);
}

static void edwards_curves_count_as_sha512(void **state)
{
    static const char *const types[] = {"ED25519", "ED448"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        EVP_PKEY *key = make_key(types[i], "");

        assert_int_equal(ask_signature(BEDNET_CERT_DIGEST_SHA512, key, NULL), BEDNET_REASON_NONE);
        assert_int_equal(ask_signature(~BEDNET_CERT_DIGEST_SHA512, key, NULL),
                         BEDNET_REASON_CERTIFICATE_SIGNATURE);
        EVP_PKEY_free(key);
    }
}

static enum bednet_reason ask_pss(unsigned digests, EVP_PKEY *key, const EVP_MD *digest)
{
    struct bednet_certificate_rule rule = usual_rule();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *padding;
    X509 *certificate = make_begin(), *decoded;
    const unsigned char *at;
    unsigned char *der = NULL;
    int bytes;

    rule.digests = digests;
    assert_int_equal(EVP_DigestSignInit(context, &padding, digest, NULL, key), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING), 1);
    assert_true(X509_sign_ctx(certificate, context) > 0);
    EVP_MD_CTX_free(context);
    bytes = i2d_X509(certificate, &der);
    at = der;
    decoded = d2i_X509(NULL, &at, bytes);
    OPENSSL_free(der);
    X509_free(certificate);
    return ask_and_free(&rule, BEDNET_REQUIREMENT_SIGNATURE, decoded);
}

static void pss_says_its_digest_elsewhere(void **state)
{
    EVP_PKEY *key = make_key("RSA", "2048");

    (void)state;
    assert_int_equal(ask_pss(BEDNET_CERT_DIGESTS_DEFAULT, key, EVP_sha1()),
                     BEDNET_REASON_CERTIFICATE_SIGNATURE);
    assert_int_equal(ask_pss(BEDNET_CERT_DIGEST_SHA512, key, EVP_sha256()),
                     BEDNET_REASON_CERTIFICATE_SIGNATURE);
    assert_int_equal(ask_pss(BEDNET_CERT_DIGEST_SHA256, key, EVP_sha256()), BEDNET_REASON_NONE);
    assert_int_equal(ask_pss(BEDNET_CERT_DIGEST_SHA384, key, EVP_sha384()), BEDNET_REASON_NONE);
    EVP_PKEY_free(key);
}

/* NULL for a certificate that says nothing of its usage. */
static enum bednet_reason ask_usage(const char *has, const char *first, const char *second)
{
    struct bednet_text usages[2] = {bednet_text(first), bednet_text(second)};
    struct bednet_certificate_rule rule = usual_rule();
    X509 *certificate = make_begin();

    rule.usages = usages;
    rule.usage_count = (first != NULL) + (second != NULL);
    if (has != NULL) {
        make_usage(certificate, has);
    }
    return ask_and_free(&rule, BEDNET_REQUIREMENT_USAGE, make_done(certificate));
}

static void certificates_for_other_purposes_are_refused(void **state)
{
    (void)state;
    assert_int_equal(ask_usage(NULL, CLIENT_OID, NULL), BEDNET_REASON_CERTIFICATE_USAGE);
    assert_int_equal(ask_usage("serverAuth", CLIENT_OID, NULL), BEDNET_REASON_CERTIFICATE_USAGE);
    assert_int_equal(ask_usage("anyExtendedKeyUsage", CLIENT_OID, NULL), BEDNET_REASON_CERTIFICATE_USAGE);
    assert_int_equal(ask_usage("1.3.6.1.5.5.7.3.2.1", CLIENT_OID, NULL), BEDNET_REASON_CERTIFICATE_USAGE);
    assert_int_equal(ask_usage("1.3.6.1.5.5.7.3", CLIENT_OID, NULL), BEDNET_REASON_CERTIFICATE_USAGE);
    assert_int_equal(ask_usage("clientAuth", CLIENT_OID, "1.2.3.4"), BEDNET_REASON_CERTIFICATE_USAGE);
    assert_int_equal(ask_usage("clientAuth", "1.2.3.4", CLIENT_OID), BEDNET_REASON_CERTIFICATE_USAGE);
    assert_int_equal(ask_usage("clientAuth", "clientAuth", NULL), BEDNET_REASON_CERTIFICATE_USAGE);
    assert_int_equal(ask_usage("clientAuth", "", NULL), BEDNET_REASON_CERTIFICATE_USAGE);
    assert_int_equal(ask_usage("clientAuth", CLIENT_OID, NULL), BEDNET_REASON_NONE);
    assert_int_equal(ask_usage("serverAuth,clientAuth", CLIENT_OID, NULL), BEDNET_REASON_NONE);
    assert_int_equal(ask_usage("serverAuth,clientAuth,1.2.3.4", "1.2.3.4", CLIENT_OID), BEDNET_REASON_NONE);
    assert_int_equal(ask_usage(NULL, NULL, NULL), BEDNET_REASON_NONE);
}

/* As X509_verify_cert would not have it, but asked directly: bednet_certificate_open refuses these. */
static void usages_that_are_not_well_formed_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t count;
    } broken[] = {
        {"", 0},
        {"\x30\x00", 2},
        {"\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x02", 10},
        {"\x30\x0A\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x02!", 13},
        {"\x30\x0B\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x02\x06", 13},
        {"\x30\x0D\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x02\x04\x01x", 15},
        {"\x31\x0A\x06\x08\x2B\x06\x01\x05\x05\x07\x03\x02", 12},
    };
    struct bednet_text usage = bednet_text(CLIENT_OID);
    struct bednet_certificate_rule rule = usual_rule();

    (void)state;
    rule.usages = &usage;
    rule.usage_count = 1;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        X509 *certificate = make_begin();
        struct bednet_certificate opened = {.x509 = NULL};

        make_extension(certificate, "2.5.29.37", false, broken[i].bytes, broken[i].count);
        opened.x509 = make_done(certificate);
        assert_int_equal(bednet_rule_require(&rule, BEDNET_REQUIREMENT_USAGE, &opened, NOW),
                         BEDNET_REASON_CERTIFICATE_USAGE);
        assert_true(ERR_peek_error() == 0);
        X509_free(opened.x509);
    }
}

static enum bednet_reason ask_lifetime(int64_t max_s, int64_t from_s, int64_t until_s)
{
    struct bednet_certificate_rule rule = usual_rule();
    const struct bednet_certificate certificate = {.not_before_s = from_s, .not_after_s = until_s};

    rule.lifetime_max_s = max_s;
    return bednet_rule_require(&rule, BEDNET_REQUIREMENT_LIFETIME, &certificate, NOW);
}

static void too_long_a_life_is_refused(void **state)
{
    (void)state;
    assert_int_equal(ask_lifetime(86400, 0, 86401), BEDNET_REASON_LIFETIME);
    assert_int_equal(ask_lifetime(1, -62167219200, 253402300799), BEDNET_REASON_LIFETIME);
    assert_int_equal(ask_lifetime(86400, 0, 86400), BEDNET_REASON_NONE);
    assert_int_equal(ask_lifetime(0, 0, 253402300799), BEDNET_REASON_NONE);
}

static void who_is_not_on_the_list_is_refused(void **state)
{
    static const unsigned char marks[1][BEDNET_MARK_BYTES] = {{7}};
    struct bednet_certificate_list list = {{NULL}, {0}};
    struct bednet_certificate_rule rule = usual_rule();
    struct bednet_certificate certificate = {.mark = {{0}, {0}, {0}}};

    (void)state;
    assert_int_equal(bednet_rule_require(&rule, BEDNET_REQUIREMENT_ALLOW, &certificate, NOW),
                     BEDNET_REASON_NONE);
    rule.allow = &list;
    assert_int_equal(bednet_rule_require(&rule, BEDNET_REQUIREMENT_ALLOW, &certificate, NOW),
                     BEDNET_REASON_CERTIFICATE_LIST);
    list.marks[BEDNET_LISTED_BY_KEY] = marks;
    list.counts[BEDNET_LISTED_BY_KEY] = 1;
    assert_int_equal(bednet_rule_require(&rule, BEDNET_REQUIREMENT_ALLOW, &certificate, NOW),
                     BEDNET_REASON_CERTIFICATE_LIST);
    certificate.mark.key[0] = 7;
    assert_int_equal(bednet_rule_require(&rule, BEDNET_REQUIREMENT_ALLOW, &certificate, NOW),
                     BEDNET_REASON_NONE);
}

static void requirements_have_names(void **state)
{
    struct bednet_certificate_rule rule = usual_rule();
    struct bednet_certificate certificate = {.x509 = NULL};

    (void)state;
    assert_string_equal(bednet_requirement_name(BEDNET_REQUIREMENT_VALIDITY), "validity");
    assert_string_equal(bednet_requirement_name(BEDNET_REQUIREMENT_USAGE), "extended_key_usage");
    assert_string_equal(bednet_requirement_name(BEDNET_REQUIREMENT_ALLOW), "allow");
    assert_string_equal(bednet_requirement_name(BEDNET_REQUIREMENTS), "unknown");
    assert_int_equal(bednet_rule_require(&rule, BEDNET_REQUIREMENTS, &certificate, NOW),
                     BEDNET_REASON_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validity_ends_where_openssl_has_it_end),
        cmocka_unit_test(weak_and_unusual_keys_are_refused),
        cmocka_unit_test(each_type_of_key_is_allowed_by_itself),
        cmocka_unit_test(curves_without_a_name_are_refused),
        cmocka_unit_test(keys_that_do_not_decode_are_refused),
        cmocka_unit_test(weak_signatures_are_refused),
        cmocka_unit_test(edwards_curves_count_as_sha512),
        cmocka_unit_test(pss_says_its_digest_elsewhere),
        cmocka_unit_test(certificates_for_other_purposes_are_refused),
        cmocka_unit_test(usages_that_are_not_well_formed_are_refused),
        cmocka_unit_test(too_long_a_life_is_refused),
        cmocka_unit_test(who_is_not_on_the_list_is_refused),
        cmocka_unit_test(requirements_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, make_end);
}
