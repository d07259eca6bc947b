/* SPDX-License-Identifier: Apache-2.0 */
/* What lists say that were taken: of whom, until when, and which of several of one issuer. */
#include "crl_making.h"

static struct maker ca, rekeyed, other;
static struct bednet_authorities *authorities;
static const char *const none[] = {NULL};

static int begin(void **state)
{
    if (scratch_begin(state) != 0)
        return -1;
    ca = make_authority("Device CA", MBSTRING_UTF8, CA_USAGE, "ca.crt");
    /* The same name, spelled with another type of string, in capitals and with more blanks. */
    rekeyed = make_authority("DEVICE  ca", V_ASN1_PRINTABLESTRING, NULL, "rekeyed.crt");
    other = make_authority("Other CA", MBSTRING_UTF8, CA_USAGE, "other.crt");
    authorities = bednet_authorities_new();
    trust(authorities, "devices", "ca.crt");
    trust(authorities, "devices-2027", "rekeyed.crt");
    trust(authorities, "other", "other.crt");
    return 0;
}

static int end(void **state)
{
    bednet_authorities_free(authorities);
    free_maker(&ca);
    free_maker(&rekeyed);
    free_maker(&other);
    return scratch_end(state);
}

/* Several lists as one file of PEM, in this order. */
static struct bednet_crls *load(const struct crl_spec *specs, size_t count, const char *warning)
{
    struct bednet_text file = bednet_text(scratch_path("all.pem"));
    const struct bednet_crl_sources sources = {.files = &file, .file_count = 1};
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_crls *crls = NULL;
    for (size_t i = 0; i < count; i++)
        write_crl(&specs[i], "all.pem", i == 0 ? "w" : "a", true);
    if (bednet_crls_load(&sources, authorities, NOW, diag, &crls) != BEDNET_OK)
        fail_msg("%s", diag_text(diag));
    if (warning == NULL)
        assert_int_equal(bednet_diag_count(diag), 0);
    else if (strstr(diag_text(diag), warning) == NULL)
        fail_msg("\"%s\" is not in: %s", warning, diag_text(diag));
    bednet_diag_free(diag);
    return crls;
}

#define SAYS(crls, maker, serial, expected)                                                                  \
    assert_int_equal(ask(crls, authorities, (maker).name, serial), BEDNET_CRL_##expected)

static void no_list(void **state)
{
    unsigned char mark[BEDNET_MARK_BYTES] = {0};
    struct bednet_crls_summary summary;
    int64_t stale_s = 77;
    (void)state;
    assert_int_equal(bednet_crls_ask(NULL, ca.name, mark, NOW, &stale_s), BEDNET_CRL_MISSING);
    assert_int_equal(stale_s, 0);
    assert_false(bednet_crls_revoke(NULL, mark));
    bednet_crls_summarize(NULL, &summary);
    assert_int_equal(summary.lists, 0);
    assert_int_equal(summary.next_update_s, 0);
    bednet_crls_free(NULL);
    struct bednet_crls *crls = load(&(struct crl_spec){.issuer = &ca, .serials = none}, 1, NULL);
    SAYS(crls, other, "01", MISSING);
    SAYS(crls, ca, "01", GOOD);
    bednet_crls_free(crls);
}

/* With a first bit, the longest ones, and those that are nobody's. */
static void numbers(void **state)
{
    static const char *const revoked[] = {"01",
                                          "7F",
                                          "80",
                                          "FF00",
                                          "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
                                          "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
                                          "0100000000000000000000000000000000000000000000",
                                          "-05",
                                          "0",
                                          NULL};
    (void)state;
    struct bednet_crls *crls = load(&(struct crl_spec){.issuer = &ca, .serials = revoked}, 1, NULL);
    struct bednet_crls_summary summary;
    for (size_t i = 0; i < 6; i++) {
        SAYS(crls, ca, revoked[i], REVOKED);
        SAYS(crls, rekeyed, revoked[i], REVOKED);
        SAYS(crls, other, revoked[i], MISSING);
    }
    static const char *const good[] = {"02", "05", "FF", "8000", "7F00", "00FF0000", "FF01"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        SAYS(crls, ca, good[i], GOOD);
    bednet_crls_summarize(crls, &summary);
    assert_int_equal(summary.entries, 6);
    bednet_crls_free(crls);
}

static void of_two_issuers(void **state)
{
    static const char *const a[] = {"0A", "AA", NULL}, *const b[] = {"0B", "BB", "BC", NULL};
    const struct crl_spec specs[] = {
        {.issuer = &ca, .serials = a, .this_update_s = NOW - 100, .next_update_s = NOW + 100},
        {.issuer = &other, .serials = b, .this_update_s = NOW - 200, .next_update_s = NOW + 50}};
    struct bednet_crls *crls = load(specs, 2, NULL);
    struct bednet_crls_summary summary;
    (void)state;
    SAYS(crls, ca, "0A", REVOKED);
    SAYS(crls, ca, "0B", GOOD);
    SAYS(crls, other, "BC", REVOKED);
    SAYS(crls, other, "AA", GOOD);
    bednet_crls_summarize(crls, &summary);
    assert_int_equal(summary.lists, 2);
    assert_int_equal(summary.entries, 5);
    assert_int_equal(summary.oldest_update_s, NOW - 200);
    assert_int_equal(summary.next_update_s, NOW + 50);
    bednet_crls_free(crls);
}

static void out_of_date(void **state)
{
    static const char *const revoked[] = {"01", NULL};
    struct crl_spec spec = {.issuer = &ca, .serials = revoked, .next_update_s = NOW - 10};
    unsigned char bad[BEDNET_MARK_BYTES], good[BEDNET_MARK_BYTES];
    int64_t stale_s;
    (void)state;
    assert_true(bednet_issued_mark(authorities, ca.name, BEDNET_TEXT_LITERAL("\1"), bad));
    assert_true(bednet_issued_mark(authorities, ca.name, BEDNET_TEXT_LITERAL("\2"), good));
    struct bednet_crls *crls = load(&spec, 1, NULL);
    assert_int_equal(bednet_crls_ask(crls, ca.name, good, NOW, &stale_s), BEDNET_CRL_STALE);
    assert_int_equal(stale_s, 10);
    assert_int_equal(bednet_crls_ask(crls, ca.name, good, NOW - 9, &stale_s), BEDNET_CRL_STALE);
    assert_int_equal(stale_s, 1);
    assert_int_equal(bednet_crls_ask(crls, ca.name, good, NOW - 10, &stale_s), BEDNET_CRL_GOOD);
    assert_int_equal(stale_s, 0);
    /* Revoked is revoked, however old the list. */
    assert_int_equal(bednet_crls_ask(crls, ca.name, bad, NOW + 999 * DAY_S, &stale_s), BEDNET_CRL_REVOKED);
    assert_true(bednet_crls_revoke(crls, bad));
    assert_false(bednet_crls_revoke(crls, good));
    bednet_crls_free(crls);
    spec.next_update_s = -1;
    crls = load(&spec, 1, "the list has no nextUpdate");
    assert_int_equal(bednet_crls_ask(crls, ca.name, good, NOW + 999 * DAY_S, &stale_s), BEDNET_CRL_GOOD);
    bednet_crls_free(crls);
}

static const char *const one[] = {"01", NULL}, *const two[] = {"02", NULL},
                         *const both[] = {"01", "02", NULL};

/* Both orders; the second of the two is the one that counts. */
static void counts(struct crl_spec older, struct crl_spec newer)
{
    older.issuer = older.issuer != NULL ? older.issuer : &ca;
    newer.issuer = newer.issuer != NULL ? newer.issuer : &ca;
    for (int turn = 0; turn < 2; turn++) {
        const struct crl_spec specs[] = {turn == 0 ? older : newer, turn == 0 ? newer : older};
        struct bednet_crls *crls = load(specs, 2, NULL);
        struct bednet_crls_summary summary;
        SAYS(crls, ca, "02", REVOKED);
        for (const char *const *serial = newer.serials; *serial != NULL; serial++)
            SAYS(crls, ca, *serial, REVOKED);
        if (newer.serials == two)
            SAYS(crls, ca, "01", GOOD);
        bednet_crls_summarize(crls, &summary);
        assert_int_equal(summary.lists, 1);
        assert_int_equal(summary.entries, newer.serials == two ? 1 : 2);
        bednet_crls_free(crls);
    }
}

static void the_newest(void **state)
{
    (void)state;
    counts((struct crl_spec){.serials = one, .this_update_s = NOW - 2, .number = "FFFF"},
           (struct crl_spec){.serials = two, .this_update_s = NOW - 1, .number = "01"});
    counts((struct crl_spec){.serials = one, .this_update_s = NOW - 2, .number = "09"},
           (struct crl_spec){.serials = two, .this_update_s = NOW - 2, .number = "0100"});
    counts((struct crl_spec){.serials = one, .this_update_s = NOW - 2},
           (struct crl_spec){.serials = two, .this_update_s = NOW - 2, .number = "01"});
    /* Alike in all that tells them apart: the one that revokes more. */
    counts((struct crl_spec){.serials = one, .this_update_s = NOW - 2, .number = "01"},
           (struct crl_spec){.serials = both, .this_update_s = NOW - 2, .number = "01"});
}

/* Its lists are of the same issuer, and their marks the same whichever way the name is spelled. */
static void another_key(void **state)
{
    (void)state;
    counts((struct crl_spec){.serials = one, .this_update_s = NOW - 2},
           (struct crl_spec){.issuer = &rekeyed, .serials = two, .this_update_s = NOW - 1});
    counts((struct crl_spec){.issuer = &rekeyed, .serials = one, .this_update_s = NOW - 2},
           (struct crl_spec){.serials = two, .this_update_s = NOW - 1});
    /* Signed by the old key under the new spelling, as by the new one under the old. */
    counts((struct crl_spec){.issuer = &rekeyed, .signer = &ca, .serials = one, .this_update_s = NOW - 2},
           (struct crl_spec){.issuer = &ca, .signer = &rekeyed, .serials = two, .this_update_s = NOW - 1});
}

static void users_only(X509_CRL *crl)
{
    add_extension(crl, "2.5.29.28", true, "\x30\x03\x81\x01\xff", 5);
}

static void authorities_only(X509_CRL *crl)
{
    add_extension(crl, "2.5.29.28", true, "\x30\x03\x82\x01\xff", 5);
}

static void for_some_certificates(void **state)
{
    (void)state;
    struct bednet_crls *crls =
        load(&(struct crl_spec){.issuer = &ca, .serials = one, .change = users_only}, 1, NULL);
    SAYS(crls, ca, "01", REVOKED);
    SAYS(crls, ca, "02", GOOD);
    bednet_crls_free(crls);
    crls = load(&(struct crl_spec){.issuer = &ca, .serials = one, .change = authorities_only}, 1,
                "left out: the list is for certificates of authorities only");
    SAYS(crls, ca, "01", MISSING);
    bednet_crls_free(crls);
}

/* Against the plain way to look. */
static void many(void **state)
{
    enum { ENTRIES = 5000 };
    static char text[ENTRIES][17];
    static const char *revoked[ENTRIES + 1];
    uint64_t seed = 88172645463325252u;
    (void)state;
    for (size_t count = 0; count <= ENTRIES; count = count < 20 ? count + 1 : count * 3) {
        for (size_t i = 0; i < count; i++) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            /* Few bits, so that some are there twice and neighbours are asked for that are not there. */
            snprintf(text[i], sizeof text[i], "%llX", (unsigned long long)(seed % (4 * ENTRIES) + 1));
            revoked[i] = text[i];
        }
        revoked[count] = NULL;
        struct bednet_crls *crls = load(&(struct crl_spec){.issuer = &ca, .serials = revoked}, 1, NULL);
        static bool there[4 * ENTRIES + 1];
        memset(there, 0, sizeof there);
        for (size_t i = 0; i < count; i++)
            there[strtoul(text[i], NULL, 16)] = true;
        for (unsigned long serial = 1; serial <= 4 * ENTRIES; serial++) {
            char hex[17];
            snprintf(hex, sizeof hex, "%lX", serial);
            assert_int_equal(ask(crls, authorities, ca.name, hex),
                             there[serial] ? BEDNET_CRL_REVOKED : BEDNET_CRL_GOOD);
        }
        bednet_crls_free(crls);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_list),
        cmocka_unit_test(numbers),
        cmocka_unit_test(of_two_issuers),
        cmocka_unit_test(out_of_date),
        cmocka_unit_test(the_newest),
        cmocka_unit_test(another_key),
        cmocka_unit_test(for_some_certificates),
        cmocka_unit_test(many),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
