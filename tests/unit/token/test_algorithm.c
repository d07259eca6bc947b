/* SPDX-License-Identifier: Apache-2.0 */
/* Names of algorithms: exact, each another bit, and the two names of the signature on Ed25519. */
#include "cmocka_first.h"

#include "token/algorithm.h"

static enum bednet_algorithm named(const char *name)
{
    return bednet_algorithm_by_name(bednet_text(name));
}

static void test_no_other_names(void **state)
{
    (void)state;
    const char *const strangers[] = {"",       "none", "None",   "NONE",   "nOnE",    "hs256",   "HS256 ",
                                     " HS256", "HS25", "HS2560", "ES256K", "Ed448",   "ed25519", "EDDSA",
                                     "RS1",    "PS1",  "RS256,", "dir",    "A128GCM", "HS256\n"};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        assert_int_equal(named(strangers[i]), BEDNET_ALG_NONE);
    assert_int_equal(bednet_algorithm_by_name((struct bednet_text){"RS256\0", 6}), BEDNET_ALG_NONE);
    assert_int_equal(bednet_algorithm_by_name((struct bednet_text){NULL, 0}), BEDNET_ALG_NONE);
}

static void test_each_name_is_one_bit(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (size_t i = 0; bednet_algorithm_names[i] != NULL; i++) {
        unsigned bit = named(bednet_algorithm_names[i]);
        assert_true(bit != 0 && (bit & (bit - 1)) == 0);
        assert_int_equal(seen & bit, 0);
        seen |= bit;
    }
    assert_int_equal(seen, BEDNET_ALG_ALL);
    assert_int_equal(named("PS384"), BEDNET_ALG_PS384);
    assert_int_equal(named("ES512"), BEDNET_ALG_ES512);
    assert_int_equal(named("EdDSA"), BEDNET_ALG_EDDSA);
    assert_int_equal(named("Ed25519"), BEDNET_ALG_EDDSA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_other_names),
        cmocka_unit_test(test_each_name_is_one_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
