/* SPDX-License-Identifier: Apache-2.0 */
/* Statuses and the vocabulary of decisions: every name is there, is a metric label, and is nobody else's. */
#include "cmocka_first.h"

#include "core/status.h"
#include "core/verdict.h"
#include <string.h>

static void assert_label(const char *name)
{
    assert_non_null(name);
    assert_true(name[0] >= 'a' && name[0] <= 'z');
    assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
    assert_string_not_equal(name, "unknown");
}

static void reasons_are_distinct_labels(void **state)
{
    (void)state;
    for (int i = 0; i < BEDNET_REASONS; i++) {
        assert_label(bednet_reason_name((enum bednet_reason)i));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(bednet_reason_name((enum bednet_reason)i),
                                    bednet_reason_name((enum bednet_reason)j));
        }
    }
    assert_string_equal(bednet_reason_name(BEDNET_REASON_NONE), "none");
    assert_string_equal(bednet_reason_name(BEDNET_REASON_INTERNAL), "internal");
}

/* Without a role nothing is denied for that alone; a review ends the connection. */
static void only_what_denies_nothing_has_no_scope(void **state)
{
    (void)state;
    for (int i = 0; i < BEDNET_REASONS; i++) {
        enum bednet_reason reason = (enum bednet_reason)i;
        assert_int_equal(bednet_reason_scopes(reason) == BEDNET_SCOPE_NONE,
                         reason == BEDNET_REASON_NONE || reason == BEDNET_REASON_NO_ROLE);
    }
    assert_int_equal(bednet_reason_scopes(BEDNET_REASON_EXPIRED), BEDNET_SCOPE_JWT | BEDNET_SCOPE_CERT);
    assert_int_equal(bednet_reason_scopes(BEDNET_REASON_NO_CERTIFICATE), BEDNET_SCOPE_CERT);
    assert_int_equal(bednet_reason_scopes(BEDNET_REASON_FACTORS_DISAGREE), BEDNET_SCOPE_JWT);
}

static void plugins_and_actions_are_labels(void **state)
{
    (void)state;
    for (int i = 0; i < BEDNET_PLUGINS; i++) {
        assert_label(bednet_plugin_name((enum bednet_plugin)i));
    }
    for (int i = 0; i < BEDNET_ACTIONS; i++) {
        assert_label(bednet_action_name((enum bednet_action)i));
    }
    assert_string_equal(bednet_plugin_name(BEDNET_PLUGIN_ACL), "acl");
    assert_string_equal(bednet_action_name(BEDNET_ACTION_UNSUBSCRIBE), "unsubscribe");
}

static void what_does_not_exist_has_a_harmless_name(void **state)
{
    (void)state;
    assert_string_equal(bednet_plugin_name((enum bednet_plugin)BEDNET_PLUGINS), "unknown");
    assert_string_equal(bednet_action_name((enum bednet_action) - 1), "unknown");
    assert_string_equal(bednet_reason_name((enum bednet_reason)BEDNET_REASONS), "unknown");
    assert_int_equal(bednet_reason_scopes((enum bednet_reason) - 1), BEDNET_SCOPE_NONE);
    assert_string_equal(bednet_status_text((enum bednet_status)1000), "unknown status");
}

static void statuses_have_texts(void **state)
{
    (void)state;
    assert_string_equal(bednet_status_text(BEDNET_OK), "success");
    assert_string_equal(bednet_status_text(BEDNET_NOMEM), "out of memory");
    assert_string_equal(bednet_status_text(BEDNET_IO), "input or output failed");
}

static void the_zero_decision_denies(void **state)
{
    struct bednet_decision decision = {0};

    (void)state;
    assert_int_equal(decision.verdict, BEDNET_DENY);
    assert_int_equal(decision.reason, BEDNET_REASON_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_are_distinct_labels),
        cmocka_unit_test(only_what_denies_nothing_has_no_scope),
        cmocka_unit_test(plugins_and_actions_are_labels),
        cmocka_unit_test(what_does_not_exist_has_a_harmless_name),
        cmocka_unit_test(statuses_have_texts),
        cmocka_unit_test(the_zero_decision_denies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
