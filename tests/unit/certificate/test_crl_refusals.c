/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that are not taken, each wrong in one way only, and what is said of them. */
#include "crl_making.h"

static struct maker ca, mute, stranger, impostor;
static struct bednet_authorities *authorities;
static const char *const serials[] = {"01", "7F", "80", "0123456789ABCDEF", NULL};

static int begin(void **state)
{
    if (scratch_begin(state) != 0)
        return -1;
    ca = make_authority("Device CA", MBSTRING_UTF8, CA_USAGE, "ca.crt");
    mute = make_authority("Mute CA", MBSTRING_UTF8, "critical,keyCertSign", "mute.crt");
    stranger = make_authority("Stranger\n", MBSTRING_UTF8, CA_USAGE, "stranger.crt");
    impostor = make_authority("Device CA", MBSTRING_UTF8, CA_USAGE, "impostor.crt");
    authorities = bednet_authorities_new();
    trust(authorities, "devices", "ca.crt");
    trust(authorities, "mute", "mute.crt");
    return 0;
}

static int end(void **state)
{
    bednet_authorities_free(authorities);
    free_maker(&ca);
    free_maker(&mute);
    free_maker(&stranger);
    free_maker(&impostor);
    return scratch_end(state);
}

/* Refused with this in the sentence, and with this status. */
static void refuses_with(struct bednet_text bytes, enum bednet_status expected, const char *because)
{
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_crls *crls = NULL;
    enum bednet_status status = bednet_crls_parse("x.crl", bytes, authorities, NOW, diag, &crls);
    const char *text = diag_text(diag);
    if (status != expected || strstr(text, because) == NULL || strncmp(text, "x.crl: ", 7) != 0)
        fail_msg("expected %s with \"%s\", and it is %s with: %s", bednet_status_text(expected), because,
                 bednet_status_text(status), text);
    assert_true(bednet_diag_failed(diag));
    assert_null(crls);
    assert_int_equal(ERR_peek_error(), 0);
    bednet_diag_free(diag);
}

static void refuses(struct bednet_text bytes, const char *because)
{
    refuses_with(bytes, BEDNET_INVALID, because);
}

static void refuses_spec(struct crl_spec spec, const char *because)
{
    spec.issuer = spec.issuer != NULL ? spec.issuer : &ca;
    spec.serials = spec.serials != NULL ? spec.serials : serials;
    struct bednet_text der = make_crl(&spec);
    refuses(der, because);
    free_text(der);
}

/* The list that all others are spoilt versions of. */
static struct bednet_text good_list(void)
{
    return make_crl(&(struct crl_spec){.issuer = &ca, .serials = serials, .number = "05"});
}

static struct bednet_crls *accepts(struct bednet_text bytes)
{
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_crls *crls = NULL;
    if (bednet_crls_parse("x.crl", bytes, authorities, NOW, diag, &crls) != BEDNET_OK)
        fail_msg("%s", diag_text(diag));
    assert_non_null(crls);
    bednet_diag_free(diag);
    return crls;
}

static void no_list_at_all(void **state)
{
    (void)state;
    refuses(BEDNET_TEXT_LITERAL(""), "is not a list of revoked certificates");
    refuses(BEDNET_TEXT_LITERAL("revoked: []\n"), "is not a list of revoked certificates");
    refuses(BEDNET_TEXT_LITERAL("\x30\x80"), "is not a list of revoked certificates");
    refuses(BEDNET_TEXT_LITERAL("\x30\x03\x02\x01\x01"), "is not a list of revoked certificates");
    struct bednet_text der = good_list();
    for (size_t length = 0; length < der.len; length++)
        refuses((struct bednet_text){der.ptr, length}, "is not a list of revoked certificates");
    char longer[4096];
    memcpy(longer, der.ptr, der.len);
    longer[der.len] = '\n';
    refuses((struct bednet_text){longer, der.len + 1}, "something follows the list");
    memcpy(longer + der.len, der.ptr, der.len);
    refuses((struct bednet_text){longer, 2 * der.len}, "something follows the list");
    free_text(der);
}

static void too_long(void **state)
{
    (void)state;
    /* Only its length is looked at. */
    refuses_with((struct bednet_text){"0", (size_t)BEDNET_CRL_BYTES_MAX + 1}, BEDNET_LIMIT,
                 "is larger than 134217728 bytes");
}

/* What a bit does that is none of the list's own: nothing, or there is no list. */
static void every_bit(void **state)
{
    (void)state;
    struct bednet_text der = good_list();
    char *spoilt = malloc(der.len);
    size_t taken = 0;
    for (size_t bit = 0; bit < der.len * 8; bit++) {
        struct bednet_diag *diag = bednet_diag_new();
        struct bednet_crls *crls = NULL;
        memcpy(spoilt, der.ptr, der.len);
        spoilt[bit / 8] ^= (char)(1 << bit % 8);
        if (bednet_crls_parse("x.crl", (struct bednet_text){spoilt, der.len}, authorities, NOW, diag,
                              &crls) == BEDNET_OK) {
            taken++;
            for (size_t i = 0; serials[i] != NULL; i++)
                assert_int_equal(ask(crls, authorities, ca.name, serials[i]), BEDNET_CRL_REVOKED);
        }
        bednet_crls_free(crls);
        bednet_diag_free(diag);
    }
    /* There may be one or two in the frame of a signature that OpenSSL does not read. */
    assert_true(taken < 3);
    free(spoilt);
    free_text(der);
}

static void signatures(void **state)
{
    (void)state;
    refuses_spec((struct crl_spec){.signer = &impostor}, "its signature is not right");
    refuses_spec((struct crl_spec){.signer = &mute}, "its signature is not right");
    refuses_spec((struct crl_spec){.signer = &impostor}, "O=Acme");
    refuses_spec((struct crl_spec){.issuer = &mute}, "may not sign lists");
    refuses_spec((struct crl_spec){.issuer = &mute, .signer = &ca}, "may not sign lists");
}

static void strangers(void **state)
{
    (void)state;
    refuses_spec((struct crl_spec){.issuer = &stranger}, "(expected the subject of one of the authorities)");
    refuses_spec((struct crl_spec){.issuer = &stranger, .signer = &ca},
                 "(expected the subject of one of the authorities)");
    /* Its line feed stays out of the log. */
    refuses_spec((struct crl_spec){.issuer = &stranger}, "Stranger\\0A");
}

static void add_scope(X509_CRL *crl, const ISSUING_DIST_POINT *scope)
{
    assert_int_equal(X509_CRL_add1_ext_i2d(crl, NID_issuing_distribution_point, (void *)(uintptr_t)scope, 1,
                                           X509V3_ADD_APPEND),
                     1);
}

static void delta(X509_CRL *crl)
{
    ASN1_INTEGER *base = make_integer("01");
    X509_CRL_add1_ext_i2d(crl, NID_delta_crl, base, 1, 0);
    ASN1_INTEGER_free(base);
}

static void delta_not_critical(X509_CRL *crl)
{
    ASN1_INTEGER *base = make_integer("01");
    X509_CRL_add1_ext_i2d(crl, NID_delta_crl, base, 0, 0);
    ASN1_INTEGER_free(base);
}

static void indirect(X509_CRL *crl)
{
    ISSUING_DIST_POINT *scope = ISSUING_DIST_POINT_new();
    scope->indirectCRL = 0xFF;
    add_scope(crl, scope);
    ISSUING_DIST_POINT_free(scope);
}

static void some_reasons(X509_CRL *crl)
{
    ISSUING_DIST_POINT *scope = ISSUING_DIST_POINT_new();
    scope->onlysomereasons = ASN1_BIT_STRING_new();
    ASN1_BIT_STRING_set_bit(scope->onlysomereasons, 1, 1);
    add_scope(crl, scope);
    ISSUING_DIST_POINT_free(scope);
}

static void attributes_only(X509_CRL *crl)
{
    ISSUING_DIST_POINT *scope = ISSUING_DIST_POINT_new();
    scope->onlyattr = 0xFF;
    add_scope(crl, scope);
    ISSUING_DIST_POINT_free(scope);
}

static void nothing_at_all(X509_CRL *crl)
{
    ISSUING_DIST_POINT *scope = ISSUING_DIST_POINT_new();
    scope->onlyuser = scope->onlyCA = 0xFF;
    add_scope(crl, scope);
    ISSUING_DIST_POINT_free(scope);
}

/* { [0] { [0] { [6] "http://a/" } } } */
static void partition(X509_CRL *crl)
{
    add_extension(crl, "2.5.29.28", true, "\x30\x0f\xa0\x0d\xa0\x0b\x86\x09http://a/", 17);
}

static void scope_twice(X509_CRL *crl)
{
    ISSUING_DIST_POINT *scope = ISSUING_DIST_POINT_new();
    scope->onlyuser = 0xFF;
    add_scope(crl, scope);
    add_scope(crl, scope);
    ISSUING_DIST_POINT_free(scope);
}

static void scope_malformed(X509_CRL *crl)
{
    add_extension(crl, "2.5.29.28", true, "\x30\x03\x85\x01", 4);
}

static void number_malformed(X509_CRL *crl)
{
    add_extension(crl, "2.5.29.20", false, "\x02\x02\x01", 3);
}

static void unknown_critical(X509_CRL *crl)
{
    add_extension(crl, "1.2.3.4.5", true, "\x05\x00", 2);
}

static void version_3(X509_CRL *crl)
{
    assert_int_equal(X509_CRL_set_version(crl, 2), 1);
}

static void entry_with(X509_CRL *crl, const char *oid, bool critical, const char *bytes, int length)
{
    X509_REVOKED *entry = make_entry("0A");
    X509_EXTENSION *extension = make_extension(oid, critical, bytes, length);
    assert_int_equal(X509_REVOKED_add_ext(entry, extension, -1), 1);
    X509_EXTENSION_free(extension);
    assert_int_equal(X509_CRL_add0_revoked(crl, entry), 1);
}

static void entry_unknown_critical(X509_CRL *crl)
{
    entry_with(crl, "1.2.3.4.5", true, "\x05\x00", 2);
}

/* GeneralNames of one directoryName that is empty. */
static void entry_of_another(X509_CRL *crl)
{
    entry_with(crl, "2.5.29.29", true, "\x30\x04\xa4\x02\x30\x00", 6);
}

static void entry_of_another_not_critical(X509_CRL *crl)
{
    entry_with(crl, "2.5.29.29", false, "\x30\x04\xa4\x02\x30\x00", 6);
}

static void kinds(void **state)
{
    static const struct {
        void (*change)(X509_CRL *crl);
        const char *because;
    } cases[] = {
        {delta, "it is a delta list"},
        {delta_not_critical, "it is a delta list"},
        {indirect, "it is indirect"},
        {some_reasons, "for some reasons only"},
        {attributes_only, "for attribute certificates only"},
        {nothing_at_all, "for no certificates at all"},
        {partition, "of one distribution point only"},
        {scope_twice, "issuingDistributionPoint is malformed or there twice"},
        {scope_malformed, "issuingDistributionPoint is malformed or there twice"},
        {number_malformed, "crlNumber is malformed or there twice"},
        {unknown_critical, "critical extension 1.2.3.4.5 is unknown"},
        {version_3, "its version is 2"},
        {entry_unknown_critical, "critical extension 1.2.3.4.5 of an entry is unknown"},
        {entry_of_another, "an entry is of another issuer"},
        {entry_of_another_not_critical, "an entry is of another issuer"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuses_spec((struct crl_spec){.change = cases[i].change}, cases[i].because);
}

/* The same extensions are no fault where nothing depends on them. */
static void harmless(X509_CRL *crl)
{
    add_extension(crl, "1.2.3.4.5", false, "\x05\x00", 2);
    entry_with(crl, "1.2.3.4.5", false, "\x05\x00", 2);
    entry_with(crl, "2.5.29.21", true, "\x0a\x01\x01", 3);
}

static void times(void **state)
{
    (void)state;
    refuses_spec((struct crl_spec){.this_update_s = NOW + BEDNET_CRL_EARLY_S + 1},
                 "thisUpdate is in the future");
    refuses_spec((struct crl_spec){.next_update_s = NOW - DAY_S}, "nextUpdate is not after");
    refuses_spec((struct crl_spec){.next_update_s = NOW - 2 * DAY_S}, "nextUpdate is not after");
}

static void only_by_a_second(void **state)
{
    (void)state;
    struct crl_spec spec = {
        .issuer = &ca, .serials = serials, .this_update_s = NOW + BEDNET_CRL_EARLY_S, .change = harmless};
    struct bednet_text der = make_crl(&spec);
    bednet_crls_free(accepts(der));
    free_text(der);
}

/* One good list, as PEM, in a buffer that may be spoilt. */
static size_t good_pem(char *out, size_t out_bytes)
{
    struct crl_spec spec = {.issuer = &ca, .serials = serials};
    write_crl(&spec, "pem", "w", true);
    FILE *file = fopen(scratch_path("pem"), "r");
    size_t length = fread(out, 1, out_bytes - 1, file);
    fclose(file);
    out[length] = '\0';
    return length;
}

static void armour(void **state)
{
    static char one[8192], text[32768];
    (void)state;
    good_pem(one, sizeof one);
    bednet_crls_free(accepts(bednet_text(one)));
    snprintf(text, sizeof text, "of 2026\n%s\n%s# end\n", one, one);
    bednet_crls_free(accepts(bednet_text(text)));
    /* Cut off, somewhere in the second. */
    snprintf(text, sizeof text, "%s%.*s", one, (int)strlen(one) - 20, one);
    refuses(bednet_text(text), "a block of PEM is damaged");
    /* A first line that is none: the list would be passed over. */
    snprintf(text, sizeof text, "%s-----BEGIN X509 CRL---\n%s", one,
             one + strlen("-----BEGIN X509 CRL-----\n"));
    refuses(bednet_text(text), "a block of PEM is damaged");
    snprintf(text, sizeof text, "%s%s", one, one);
    strstr(text + strlen(one), "MI")[0] = '!';
    refuses(bednet_text(text), "a block of PEM is damaged");
    snprintf(text, sizeof text, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n%s", one);
    refuses(bednet_text(text), "a block is \"CERTIFICATE\"");
    /* A list with a password: nobody is asked for it. */
    snprintf(text, sizeof text,
             "-----BEGIN X509 CRL-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
             "000102030405060708090A0B0C0D0E0F\n\n%s",
             one + strlen("-----BEGIN X509 CRL-----\n"));
    refuses(bednet_text(text), "(expected nothing but \"X509 CRL\")");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_list_at_all), cmocka_unit_test(too_long),         cmocka_unit_test(every_bit),
        cmocka_unit_test(signatures),     cmocka_unit_test(strangers),        cmocka_unit_test(kinds),
        cmocka_unit_test(times),          cmocka_unit_test(only_by_a_second), cmocka_unit_test(armour),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
