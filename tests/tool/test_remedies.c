/* SPDX-License-Identifier: Apache-2.0 */
/* No reason for refusing a login is left without advice. */
#include "cmocka_first.h"
#include "remedy.h"

static void assert_remedies(enum bednet_plugin plugin, unsigned scope, size_t at_least)
{
    size_t refusals = 0;
    for (int reason = 0; reason < BEDNET_REASONS; reason++) {
        bool refuses = (bednet_reason_scopes((enum bednet_reason)reason) & scope) != 0;
        bool advises = bednet_remedy(plugin, (enum bednet_reason)reason) != NULL;
        refusals += refuses ? 1 : 0;
        if (refuses != advises)
            fail_msg("%s %s for %s", bednet_reason_name((enum bednet_reason)reason),
                     refuses ? "has none" : "has one that nobody needs", bednet_plugin_name(plugin));
    }
    assert_true(refusals > at_least);
}

static void every_refusal_has_a_remedy(void **state)
{
    (void)state;
    assert_remedies(BEDNET_PLUGIN_JWT, BEDNET_SCOPE_JWT, 20);
    assert_remedies(BEDNET_PLUGIN_CERT, BEDNET_SCOPE_CERT, 15);
}

static void other_reasons_have_none(void **state)
{
    (void)state;
    assert_null(bednet_remedy(BEDNET_PLUGIN_JWT, BEDNET_REASON_NONE));
    assert_null(bednet_remedy(BEDNET_PLUGIN_CERT, BEDNET_REASON_NONE));
    assert_null(bednet_remedy(BEDNET_PLUGIN_ACL, BEDNET_REASON_NO_RULE));
    assert_null(bednet_remedy(BEDNET_PLUGIN_LIMIT, BEDNET_REASON_MESSAGE_RATE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_has_a_remedy),
        cmocka_unit_test(other_reasons_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
