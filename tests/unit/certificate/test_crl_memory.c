/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that fails at the n-th request, Bednet's own or libcrypto's: then there is no set, and nothing is
 * lost. Else the set is a whole one.
 */
#include "../failing_libcrypto.h"
#include "crl_making.h"

static struct maker ca, other;
static struct bednet_authorities *authorities;
static const char *const serials[] = {"01", "0123456789ABCDEF", NULL};

static int begin(void **state)
{
    if (scratch_begin(state) != 0)
        return -1;
    ca = make_authority("Device CA", MBSTRING_UTF8, CA_USAGE, "ca.crt");
    other = make_authority("Other CA", MBSTRING_UTF8, CA_USAGE, "other.crt");
    authorities = bednet_authorities_new();
    trust(authorities, "devices", "ca.crt");
    trust(authorities, "other", "other.crt");
    const struct crl_spec good = {.issuer = &ca, .serials = serials, .number = "01"},
                          newer = {.issuer = &ca, .serials = serials, .number = "02"},
                          second = {.issuer = &other, .serials = serials};
    write_crl(&good, "good.pem", "w", true);
    write_crl(&newer, "good.pem", "a", true);
    assert_int_equal(mkdir(scratch_path("folder"), 0700), 0);
    write_crl(&second, "folder/second.crl", "w", false);
    return 0;
}

static int end(void **state)
{
    bednet_authorities_free(authorities);
    free_maker(&ca);
    free_maker(&other);
    return scratch_end(state);
}

static void whole_or_not_at_all(void **state)
{
    struct bednet_text file = bednet_text(scratch_path("good.pem")),
                       folder = bednet_text(scratch_path("folder"));
    const struct bednet_crl_sources sources = {&file, 1, &folder, 1};
    long request = 0, survived = 0;
    bool all_was_there = false;
    (void)state;
    while (!all_was_there) {
        struct bednet_diag *diag = bednet_diag_new();
        struct bednet_crls *crls = NULL;
        failing = ++request;
        enum bednet_status status = bednet_crls_load(&sources, authorities, NOW, diag, &crls);
        all_was_there = failing > 0;
        failing = 0;
        if (status == BEDNET_OK) {
            survived += !all_was_there;
            for (size_t i = 0; serials[i] != NULL; i++) {
                assert_int_equal(ask(crls, authorities, ca.name, serials[i]), BEDNET_CRL_REVOKED);
                assert_int_equal(ask(crls, authorities, other.name, serials[i]), BEDNET_CRL_REVOKED);
            }
            assert_int_equal(ask(crls, authorities, ca.name, "02"), BEDNET_CRL_GOOD);
        } else {
            assert_true(bednet_diag_failed(diag));
            assert_null(crls);
        }
        assert_int_equal(ERR_peek_error(), 0);
        bednet_crls_free(crls);
        bednet_diag_free(diag);
    }
    /* Most of them are needed. */
    assert_true(request > 100);
    assert_true(survived < request / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(whole_or_not_at_all)};
    if (!fail_libcrypto_too())
        return 1;
    return cmocka_run_group_tests(tests, begin, end);
}
