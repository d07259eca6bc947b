/* SPDX-License-Identifier: Apache-2.0 */
/* What is found out about a certificate once, before any rule asks. */
#include "certificate/certificate.h"

#include "certificate/digest.h"
#include "certificate/errors.h"

#include <openssl/x509v3.h>
#include <time.h>

/* As RFC 5280 section 4.1.2.5 has it, and X509_verify_cert takes it: nothing but digits and a Z. */
static bool read_time(const ASN1_TIME *asn1, int64_t *out)
{
    int length = ASN1_STRING_type(asn1) == V_ASN1_UTCTIME ? 13 : 15;
    const unsigned char *text = ASN1_STRING_get0_data(asn1);
    struct tm parts;

    if (ASN1_STRING_length(asn1) != length || text[length - 1] != 'Z') {
        return false;
    }
    for (int i = 0; i < length - 1; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    if (ASN1_TIME_to_tm(asn1, &parts) != 1) {
        return false;
    }
    *out = timegm(&parts);
    return true;
}

static bool cut(unsigned char mark[BEDNET_MARK_BYTES], const unsigned char digest[BEDNET_SHA256_BYTES])
{
    memcpy(mark, digest, BEDNET_MARK_BYTES);
    return true;
}

static enum bednet_status take_marks(const X509 *x509, const struct bednet_authorities *authorities,
                                     struct bednet_certificate_mark *mark)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
    struct bednet_text number = {(const char *)ASN1_STRING_get0_data(serial),
                                 (size_t)ASN1_STRING_length(serial)};
    unsigned char digest[BEDNET_SHA256_BYTES];

    if (ASN1_STRING_type(serial) != V_ASN1_INTEGER ||
        !bednet_issued_mark(authorities, X509_get_issuer_name(x509), number, mark->issued)) {
        return BEDNET_INVALID;
    }
    return bednet_digest_certificate(x509, digest) && cut(mark->fingerprint, digest) &&
                   bednet_digest_key(x509, digest) && cut(mark->key, digest)
               ? BEDNET_OK
               : BEDNET_NOMEM;
}

static enum bednet_status open_certificate(X509 *x509, const struct bednet_authorities *authorities,
                                           struct bednet_certificate *out)
{
    /* Extensions that contradict themselves: X509_verify_cert refuses them too. */
    if ((X509_get_extension_flags(x509) & EXFLAG_INVALID) != 0 ||
        !read_time(X509_get0_notBefore(x509), &out->not_before_s) ||
        !read_time(X509_get0_notAfter(x509), &out->not_after_s)) {
        return BEDNET_INVALID;
    }
    return take_marks(x509, authorities, &out->mark);
}

enum bednet_status bednet_certificate_open(X509 *x509, const struct bednet_authorities *authorities,
                                           struct bednet_certificate *out)
{
    *out = (struct bednet_certificate){.x509 = x509, .authority = BEDNET_AUTHORITY_NONE};
    bednet_errors_begin();
    return bednet_errors_end(open_certificate(x509, authorities, out));
}
