/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target functions: bednet_certificate_open, bednet_field_read, bednet_field_is_name, bednet_rule_fit,
 * bednet_rule_require, bednet_authority_signed.
 *
 * Input: the DER of a certificate. Whatever comes out of a field is clean and bounded, the same each time,
 * and what OpenSSL's own decoders find there, which the fields do without; nothing is left in OpenSSL's queue
 * of errors.
 */
#include "certificate/rule.h"
#include "core/escape.h"
#include "fuzz/must.h"
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_values(const struct bednet_field *field, const struct bednet_field_values *values)
{
    MUST(values->count <= BEDNET_FIELD_VALUES_MAX && values->used <= sizeof(values->bytes));
    for (size_t i = 0; i < values->count; i++) {
        struct bednet_text value = values->values[i];

        MUST(value.ptr >= values->bytes && value.ptr + value.len <= values->bytes + values->used);
        MUST(value.len <= BEDNET_FIELD_BYTES_MAX && bednet_utf8_is_clean(value));
        if (bednet_field_is_name(field, value)) {
            MUST(value.len > 0 && memchr(value.ptr, '+', value.len) == NULL &&
                 memchr(value.ptr, '#', value.len) == NULL && memchr(value.ptr, '*', value.len) == NULL);
        }
    }
}

static enum bednet_status read_twice(X509 *x509, const struct bednet_field *field,
                                     struct bednet_field_values *values)
{
    static struct bednet_field_values again;
    enum bednet_status status = bednet_field_read(x509, field, values);

    MUST(ERR_peek_error() == 0);
    MUST(status == BEDNET_OK || status == BEDNET_INVALID || status == BEDNET_LIMIT);
    MUST(status == BEDNET_OK || values->count == 0);
    check_values(field, values);
    MUST(bednet_field_read(x509, field, &again) == status && again.count == values->count);
    for (size_t i = 0; i < values->count; i++) {
        MUST(bednet_text_equal(values->values[i], again.values[i]));
    }
    return status;
}

static bool is_string(struct bednet_text value, const ASN1_STRING *string)
{
    unsigned char *utf8 = NULL;
    int bytes = ASN1_STRING_to_UTF8(&utf8, string);
    bool same = bytes >= 0 && (size_t)bytes == value.len && memcmp(utf8, value.ptr, value.len) == 0;

    OPENSSL_free(utf8);
    return same;
}

static void compare_name(const X509_NAME *name, int nid, const struct bednet_field_values *values)
{
    size_t count = 0;

    for (int at = -1; (at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0; count++) {
        MUST(count < values->count);
        MUST(is_string(values->values[count], X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at))));
    }
    MUST(count == values->count);
}

static void compare_san(X509 *x509, int type, const struct bednet_field_values *values)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    size_t count = 0;

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        int found;
        const ASN1_STRING *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &found);

        if (found != type) {
            continue;
        }
        MUST(count < values->count);
        MUST(type == GEN_IPADD || is_string(values->values[count], value));
        count++;
    }
    MUST(count == values->count);
    GENERAL_NAMES_free(names);
}

/* Only of certificates that are open: OpenSSL decodes all of an extension, or nothing. */
static void compare_field(X509 *x509, const struct bednet_field *field,
                          const struct bednet_field_values *values)
{
    switch (field->kind) {
    case BEDNET_FIELD_CN:
        compare_name(X509_get_subject_name(x509), NID_commonName, values);
        break;
    case BEDNET_FIELD_ISSUER_O:
        compare_name(X509_get_issuer_name(x509), NID_organizationName, values);
        break;
    case BEDNET_FIELD_SAN_DNS:
        compare_san(x509, GEN_DNS, values);
        break;
    case BEDNET_FIELD_SAN_URI:
        compare_san(x509, GEN_URI, values);
        break;
    case BEDNET_FIELD_SAN_EMAIL:
        compare_san(x509, GEN_EMAIL, values);
        break;
    case BEDNET_FIELD_SAN_IP:
        compare_san(x509, GEN_IPADD, values);
        break;
    case BEDNET_FIELD_SERIAL:
    case BEDNET_FIELD_FINGERPRINT:
    case BEDNET_FIELD_KEY:
        MUST(values->count == 1);
        break;
    default:
        break;
    }
    ERR_clear_error();
}

static void check_fields(X509 *x509, bool opened)
{
    static struct bednet_field_values values;

    for (size_t i = 0; bednet_field_names[i] != NULL; i++) {
        struct bednet_field field;

        MUST(bednet_field_named(bednet_text(bednet_field_names[i]), &field));
        if (read_twice(x509, &field, &values) == BEDNET_OK && opened) {
            compare_field(x509, &field, &values);
        }
    }
}

static void check_extension(X509 *x509, X509_EXTENSION *extension)
{
    static struct bednet_field_values values;
    const ASN1_OCTET_STRING *octets = X509_EXTENSION_get_data(extension);
    const unsigned char *at = ASN1_STRING_get0_data(octets);
    char name[256] = "oid.";
    struct bednet_field field;
    ASN1_TYPE *value;
    int length = OBJ_obj2txt(name + 4, sizeof(name) - 4, X509_EXTENSION_get_object(extension), 1);

    /* What OpenSSL cannot write down, or not with so few letters, has no name. */
    if (length <= 0 || length >= (int)sizeof(name) - 4 || !bednet_field_named(bednet_text(name), &field)) {
        ERR_clear_error();
        return;
    }
    ERR_clear_error();
    if (read_twice(x509, &field, &values) != BEDNET_OK) {
        return;
    }
    MUST(values.count == 1); /* it is there, after all */
    value = d2i_ASN1_TYPE(NULL, &at, ASN1_STRING_length(octets));
    MUST(value != NULL && is_string(values.values[0], value->value.asn1_string));
    ASN1_TYPE_free(value);
}

static bool is_for_clients(X509 *x509)
{
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(x509, NID_ext_key_usage, NULL, NULL);
    bool found = false;

    for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
        found = found || OBJ_obj2nid(sk_ASN1_OBJECT_value(usages, i)) == NID_client_auth;
    }
    EXTENDED_KEY_USAGE_free(usages);
    ERR_clear_error();
    return found;
}

static void check_fit(struct bednet_certificate *opened, const char *name, const char *written)
{
    static struct bednet_captures captures;
    struct bednet_arena *arena = bednet_arena_new();
    struct bednet_certificate_match match;
    struct bednet_certificate_rule rule = {
        .authority = BEDNET_AUTHORITY_NONE, .matches = &match, .match_count = 1};
    enum bednet_rule_fit fit;
    const char *error;
    size_t offset;

    MUST(arena != NULL && bednet_field_named(bednet_text(name), &match.field));
    MUST(bednet_pattern_parse(arena, bednet_text(written), &match.pattern, &error, &offset) == BEDNET_OK);
    fit = bednet_rule_fit(&rule, NULL, opened, &captures, NULL);
    MUST(fit != BEDNET_RULE_OTHER_ISSUER && fit != BEDNET_RULE_NO_MEMORY);
    MUST(captures.count == (fit == BEDNET_RULE_FITS ? match.pattern.capture_count : 0));
    for (size_t i = 0; i < captures.count; i++) {
        MUST(captures.attributes[i].value.len > 0 && bednet_utf8_is_clean(captures.attributes[i].value));
    }
    MUST(ERR_peek_error() == 0);
    bednet_arena_free(arena);
}

static void check_rule(struct bednet_certificate *opened)
{
    struct bednet_text client = bednet_text("1.3.6.1.5.5.7.3.2");
    struct bednet_certificate_rule rule = {.authority = BEDNET_AUTHORITY_NONE,
                                           .keys = BEDNET_CERT_KEYS_DEFAULT,
                                           .digests = BEDNET_CERT_DIGESTS_DEFAULT,
                                           .rsa_bits_min = BEDNET_CERT_RSA_BITS_DEFAULT,
                                           .usages = &client,
                                           .usage_count = 1};

    for (int i = 0; i < BEDNET_REQUIREMENTS; i++) {
        enum bednet_reason reason =
            bednet_rule_require(&rule, (enum bednet_requirement)i, opened, INT64_C(1800000000));

        MUST(reason != BEDNET_REASON_INTERNAL && ERR_peek_error() == 0);
        /* Who is let in by our reading is so by OpenSSL's. */
        MUST(i != BEDNET_REQUIREMENT_USAGE || reason != BEDNET_REASON_NONE || is_for_clients(opened->x509));
    }
    check_fit(opened, "san.uri", "spiffe://acme.example/site/{site}/device/{device}");
    check_fit(opened, "cn", "{device}");
    check_fit(opened, "san.dns", "{device}.{domain}");
}

/* An authority of a new key, which has signed nothing but itself. */
static void add_authority(struct bednet_authorities *authorities, const char *name, EVP_PKEY *key)
{
    char why[BEDNET_AUTHORITY_WHY_BYTES], path[64];
    int file = memfd_create(name, 0);
    X509_EXTENSION *constraints = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "CA:TRUE");
    unsigned char *der = NULL;
    X509 *x509 = X509_new();
    int bytes;

    MUST(file >= 0 && constraints != NULL && x509 != NULL && key != NULL);
    MUST(X509_set_version(x509, 2) && X509_add_ext(x509, constraints, -1) && X509_set_pubkey(x509, key));
    MUST(ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) && X509_gmtime_adj(X509_getm_notBefore(x509), 0) &&
         X509_gmtime_adj(X509_getm_notAfter(x509), 1));
    MUST(X509_sign(x509, key, EVP_sha256()) > 0);
    bytes = i2d_X509(x509, &der);
    MUST(bytes > 0 && write(file, der, (size_t)bytes) == bytes && fchmod(file, 0600) == 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    MUST(bednet_authorities_add(authorities, bednet_text(name), path, why) == BEDNET_OK);
    close(file);
    OPENSSL_free(der);
    X509_EXTENSION_free(constraints);
    X509_free(x509);
    EVP_PKEY_free(key);
}

static void check_signature(X509 *x509)
{
    static struct bednet_authorities *authorities;

    if (authorities == NULL) {
        authorities = bednet_authorities_new();
        MUST(authorities != NULL);
        add_authority(authorities, "rsa", EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024));
        add_authority(authorities, "ec", EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"));
    }
    for (size_t i = 0; i < bednet_authorities_count(authorities); i++) {
        MUST(!bednet_authority_signed(authorities, i, x509) && ERR_peek_error() == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const unsigned char *at = data;
    X509 *x509 = d2i_X509(NULL, &at, (long)size);
    struct bednet_certificate opened;
    enum bednet_status status;

    ERR_clear_error();
    if (x509 == NULL) {
        return 0;
    }
    status = bednet_certificate_open(x509, NULL, &opened);
    MUST(status == BEDNET_OK || status == BEDNET_INVALID);
    MUST(ERR_peek_error() == 0);
    check_fields(x509, status == BEDNET_OK);
    for (int i = 0; i < X509_get_ext_count(x509); i++) {
        check_extension(x509, X509_get_ext(x509, i));
    }
    if (status == BEDNET_OK) {
        check_rule(&opened);
    }
    check_signature(x509);
    X509_free(x509);
    return 0;
}
