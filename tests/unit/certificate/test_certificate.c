/* SPDX-License-Identifier: Apache-2.0 */
/* Opening: certificates that nothing can be said of, and what is said of the others. */
#include "making_authority.h"

#include "certificate/certificate.h"
#include <openssl/err.h>

static struct bednet_certificate opened;

static enum bednet_status open_and_free(X509 *certificate)
{
    enum bednet_status status = bednet_certificate_open(certificate, NULL, &opened);

    assert_true(ERR_peek_error() == 0);
    X509_free(certificate);
    return status;
}

static enum bednet_status open_numbered(const char *hex)
{
    X509 *certificate = make_begin();
    BIGNUM *number = NULL;

    assert_true(BN_hex2bn(&number, hex) > 0);
    assert_non_null(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)));
    BN_free(number);
    return open_and_free(make_done(certificate));
}

static void numbers_that_may_not_be_are_refused(void **state)
{
    (void)state;
    assert_int_equal(open_numbered("0"), BEDNET_INVALID);
    assert_int_equal(open_numbered("-1"), BEDNET_INVALID);
    assert_int_equal(open_numbered("-FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"), BEDNET_INVALID);
    assert_int_equal(open_numbered("010000000000000000000000000000000000000000"), BEDNET_INVALID);
    assert_int_equal(open_numbered("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"), BEDNET_INVALID);
    assert_int_equal(open_numbered("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"), BEDNET_OK);
    assert_int_equal(open_numbered("80"), BEDNET_OK);
}

/* Both times are the same. What newer versions of OpenSSL do not read at all is refused, too. */
static enum bednet_status open_timed(int tag, const char *text)
{
    X509 *certificate = make_begin();
    ASN1_TIME *times[2] = {X509_getm_notBefore(certificate), X509_getm_notAfter(certificate)};

    for (int i = 0; i < 2; i++) {
        ASN1_STRING *raw = ASN1_STRING_type_new(tag);

        assert_int_equal(ASN1_STRING_set(raw, text, -1), 1);
        assert_int_equal(ASN1_STRING_copy(times[i], raw), 1);
        ASN1_STRING_free(raw);
    }
    certificate = make_signed(certificate, make_usual_key(), EVP_sha256());
    return certificate != NULL ? open_and_free(certificate) : BEDNET_INVALID;
}

static void times_that_are_none_are_refused(void **state)
{
    static const char *const utc[] = {"",
                                      "2601011200Z",
                                      "260101120000",
                                      "260101120000+0100",
                                      "260101120000Z0",
                                      "261301120000Z",
                                      "260230120000Z",
                                      "260101250000Z",
                                      "26010112000aZ",
                                      "26010112000-Z",
                                      " 60101120000Z",
                                      "20260101120000Z"};
    static const char *const generalized[] = {"260101120000Z",     "20260101120000",  "20260101120000.5Z",
                                              "20260101120000+01", "20261301120000Z", "2026010112000Z",
                                              "-0260101120000Z"};

    (void)state;
    for (size_t i = 0; i < sizeof(utc) / sizeof(utc[0]); i++) {
        if (open_timed(V_ASN1_UTCTIME, utc[i]) != BEDNET_INVALID) {
            fail_msg("%s is taken", utc[i]);
        }
    }
    for (size_t i = 0; i < sizeof(generalized) / sizeof(generalized[0]); i++) {
        if (open_timed(V_ASN1_GENERALIZEDTIME, generalized[i]) != BEDNET_INVALID) {
            fail_msg("%s is taken", generalized[i]);
        }
    }
}

static void times_are_seconds_since_1970(void **state)
{
    (void)state;
    assert_int_equal(open_timed(V_ASN1_UTCTIME, "491231235959Z"), BEDNET_OK);
    assert_int_equal(opened.not_after_s, INT64_C(2524607999));
    assert_int_equal(open_timed(V_ASN1_UTCTIME, "500101000000Z"), BEDNET_OK);
    assert_int_equal(opened.not_before_s, INT64_C(-631152000));
    assert_int_equal(open_timed(V_ASN1_GENERALIZEDTIME, "99991231235959Z"), BEDNET_OK);
    assert_int_equal(opened.not_after_s, INT64_C(253402300799));
    assert_int_equal(open_and_free(make_done(make_begin())), BEDNET_OK);
    assert_int_equal(opened.not_before_s, MADE_FROM);
    assert_int_equal(opened.not_after_s, MADE_UNTIL);
    assert_true(opened.authority == BEDNET_AUTHORITY_NONE);
    assert_true(opened.not_by == 0);
}

/* X509_verify_cert refuses them as well, so that no listener should ever let one through. */
static void extensions_that_contradict_themselves_are_refused(void **state)
{
    X509 *certificate = make_begin();

    (void)state;
    make_extension(certificate, MADE_SAN_OID, false,
                   "\x30\x03\x82\x02"
                   "a",
                   5);
    assert_int_equal(open_and_free(make_done(certificate)), BEDNET_INVALID);
    certificate = make_begin();
    make_usage(certificate, "clientAuth");
    make_usage(certificate, "serverAuth");
    assert_int_equal(open_and_free(make_done(certificate)), BEDNET_INVALID);
}

static void marks_are_the_digests_cut(void **state)
{
    X509 *certificate = make_done(make_begin());
    unsigned char digest[EVP_MAX_MD_SIZE], mark[BEDNET_MARK_BYTES], *der = NULL;
    int bytes = i2d_PUBKEY(make_usual_key(), &der);

    (void)state;
    assert_int_equal(bednet_certificate_open(certificate, NULL, &opened), BEDNET_OK);
    assert_ptr_equal(opened.x509, certificate);
    assert_int_equal(X509_digest(certificate, EVP_sha256(), digest, NULL), 1);
    assert_memory_equal(opened.mark.fingerprint, digest, BEDNET_MARK_BYTES);
    assert_int_equal(EVP_Digest(der, (size_t)bytes, digest, NULL, EVP_sha256(), NULL), 1);
    assert_memory_equal(opened.mark.key, digest, BEDNET_MARK_BYTES);
    assert_true(
        bednet_issued_mark(NULL, X509_get_issuer_name(certificate), (struct bednet_text){"\1", 1}, mark));
    assert_memory_equal(opened.mark.issued, mark, BEDNET_MARK_BYTES);
    OPENSSL_free(der);
    X509_free(certificate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_that_may_not_be_are_refused),
        cmocka_unit_test(times_that_are_none_are_refused),
        cmocka_unit_test(times_are_seconds_since_1970),
        cmocka_unit_test(extensions_that_contradict_themselves_are_refused),
        cmocka_unit_test(marks_are_the_digests_cut),
    };

    return cmocka_run_group_tests(tests, NULL, make_end);
}
