/* SPDX-License-Identifier: Apache-2.0 */
/* No reason for refusing a login is left without advice. */
#include "cmocka_first.h"
#include "remedy.h"

static void every_refusal_has_a_remedy(void **state)
{
    (void)state;
    size_t refusals = 0;
    for (int reason = 0; reason < BEDNET_REASONS; reason++) {
        if ((bednet_reason_scopes((enum bednet_reason)reason) & BEDNET_SCOPE_JWT) == 0)
            continue;
        refusals++;
        if (bednet_remedy((enum bednet_reason)reason) == NULL)
            fail_msg("%s has none", bednet_reason_name((enum bednet_reason)reason));
    }
    assert_true(refusals > 20);
}

static void other_reasons_have_none(void **state)
{
    (void)state;
    assert_null(bednet_remedy(BEDNET_REASON_NONE));
    assert_null(bednet_remedy(BEDNET_REASON_NO_RULE));
    assert_null(bednet_remedy(BEDNET_REASON_MESSAGE_RATE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_has_a_remedy),
        cmocka_unit_test(other_reasons_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
