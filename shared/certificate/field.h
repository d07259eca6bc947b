/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy can ask of a certificate by name, as `${cert.NAME}`: a closed set of fields, and extensions
 * by their OID.
 *
 *     cn o ou c st l dc uid title serial_number email   attributes of the subject
 *     subject  issuer                                   whole names, as RFC 4514 writes them
 *     issuer.cn issuer.o issuer.ou                      attributes of the issuer's name
 *     san.dns san.uri san.email san.ip                  subject alternative names (RFC 5280 section 4.2.1.6)
 *     serial                                            lower-case hexadecimal, without leading zeros
 *     fingerprint.sha256  key.sha256                    lower-case hexadecimal; of the certificate, of its
 *                                                       SubjectPublicKeyInfo
 *     oid.1.2.840...                                    an extension whose value is one string of ASN.1
 *
 * Nothing is guessed: a value that is longer than BEDNET_FIELD_BYTES_MAX, holds a NUL or a control character
 * or is not UTF-8 spoils its field, and so do more values than BEDNET_FIELD_VALUES_MAX. A URI of the scheme
 * `spiffe` spoils san.uri in a certificate that may sign others, or lists of revocations (X509-SVID section
 * 5.2).
 */
#ifndef BEDNET_CERTIFICATE_FIELD_H
#define BEDNET_CERTIFICATE_FIELD_H

#include "core/status.h"
#include "core/text.h"

#define BEDNET_FIELD_BYTES_MAX  512
#define BEDNET_FIELD_VALUES_MAX 16

struct x509_st;

enum bednet_field_kind {
#define BEDNET_FIELD_LIST(X)                                                                                 \
    X(CN, "cn")                                                                                              \
    X(O, "o")                                                                                                \
    X(OU, "ou")                                                                                              \
    X(C, "c")                                                                                                \
    X(ST, "st")                                                                                              \
    X(L, "l")                                                                                                \
    X(DC, "dc")                                                                                              \
    X(UID, "uid")                                                                                            \
    X(TITLE, "title")                                                                                        \
    X(SERIAL_NUMBER, "serial_number")                                                                        \
    X(EMAIL, "email")                                                                                        \
    X(SUBJECT, "subject")                                                                                    \
    X(ISSUER, "issuer")                                                                                      \
    X(ISSUER_CN, "issuer.cn")                                                                                \
    X(ISSUER_O, "issuer.o")                                                                                  \
    X(ISSUER_OU, "issuer.ou")                                                                                \
    X(SAN_DNS, "san.dns")                                                                                    \
    X(SAN_URI, "san.uri")                                                                                    \
    X(SAN_EMAIL, "san.email")                                                                                \
    X(SAN_IP, "san.ip")                                                                                      \
    X(SERIAL, "serial")                                                                                      \
    X(FINGERPRINT, "fingerprint.sha256")                                                                     \
    X(KEY, "key.sha256")
#define X(name, text) BEDNET_FIELD_##name,
    BEDNET_FIELD_LIST(X)
#undef X
        BEDNET_FIELD_OID,
    BEDNET_FIELDS
};

struct bednet_field {
    enum bednet_field_kind kind;
    struct bednet_text oid; /* of BEDNET_FIELD_OID: dotted decimal */
};

/*
 * The field of a name, without `cert.`; `oid` borrows from it. False for a name that is none, or an OID that
 * is not well-formed.
 */
bool bednet_field_named(struct bednet_text name, struct bednet_field *out);

/* The names that are fixed, in the order of the enum, for messages and the schema. NULL-terminated. */
extern const char *const bednet_field_names[];

/* The values of one field, copied. Reused from field to field; about 8 KiB. */
struct bednet_field_values {
    struct bednet_text values[BEDNET_FIELD_VALUES_MAX];
    size_t count;
    char bytes[BEDNET_FIELD_VALUES_MAX * BEDNET_FIELD_BYTES_MAX];
    size_t used;
};

/*
 * Reads the field, in the order of the certificate. BEDNET_OK, with count 0 where it is not there;
 * BEDNET_INVALID where it is spoilt, BEDNET_LIMIT where it has too many values, BEDNET_NOMEM. On failure no
 * value is given.
 */
enum bednet_status bednet_field_read(struct x509_st *certificate, const struct bednet_field *field,
                                     struct bednet_field_values *out);

/*
 * True where a value may be somebody's name: not empty, no `+`, `#`, `*`, and nothing that spoils a field.
 * For a URI of the scheme `spiffe` also the rules of SPIFFE-ID section 2 and X509-SVID section 2: a trust
 * domain of a-z, 0-9, `.`, `-`, `_` without userinfo or port, a path without empty, `.` or `..` segments of
 * letters, digits, `.`, `-`, `_`, no query or fragment, at most 2048 bytes.
 */
bool bednet_field_is_name(const struct bednet_field *field, struct bednet_text value);

#endif
