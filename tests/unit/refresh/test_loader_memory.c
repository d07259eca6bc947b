/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that fails at the n-th request of the broker's thread: a plan is taken over whole or not at all, and
 * nothing is lost. And of the loader's own: it comes later, not worse.
 */
#include "../failing_memory.h"
#include "loader_testing.h"

static __thread long failing; /* the request of this thread that fails; 0: none */
static __thread bool mine;    /* this is the broker's thread */
static atomic_bool starving;  /* every seventh request of any other thread fails */
static atomic_uint others;

static bool fails(void)
{
    if (!mine)
        return atomic_load(&starving) && atomic_fetch_add(&others, 1) % 7 == 0;
    return failing > 0 && --failing == 0;
}

static void a_start(void **state)
{
    enum bednet_status status = BEDNET_NOMEM;
    long request = 0;
    (void)state;
    while (status != BEDNET_OK) {
        struct bednet_diag *diag = bednet_diag_new();
        struct text_plan *plan = plan_of("a");
        failing = ++request;
        status = bednet_loader_start(&eager, plan, diag, &loader);
        failing = 0;
        bednet_diag_free(diag);
        if (status == BEDNET_OK)
            break;
        assert_int_equal(status, BEDNET_NOMEM);
        assert_null(loader);
        assert_int_equal(atomic_load(&plans), 0);
        assert_int_equal(atomic_load(&objects), 0);
    }
    assert_true(request > 5);
    assert_string_equal(current(), "first");
    /* What a start that failed had built was freed here, where it was built. */
    atomic_store(&freed_here, false);
}

static void a_plan(void **state)
{
    struct bednet_diag *diag = bednet_diag_new();
    (void)state;
    assert_int_equal(bednet_loader_start(&eager, plan_of("a"), diag, &loader), BEDNET_OK);
    bednet_diag_free(diag);
    struct text_plan *plan = plan_of("b");
    failing = 1;
    assert_int_equal(bednet_loader_configure(loader, plan), BEDNET_NOMEM);
    failing = 0;
    assert_int_equal(atomic_load(&plans), 1);
    assert_true(bednet_loader_settled(loader));
    /* None at all takes no memory. */
    failing = 1;
    assert_int_equal(bednet_loader_configure(loader, NULL), BEDNET_OK);
    failing = 0;
    assert_string_equal(current(), "first");
}

static void a_thread_that_starves(void **state)
{
    struct bednet_diag *diag = bednet_diag_new();
    char text[32];
    (void)state;
    assert_int_equal(bednet_loader_start(&eager, plan_of("a"), diag, &loader), BEDNET_OK);
    bednet_diag_free(diag);
    atomic_store(&starving, true);
    for (int i = 0; i < 50; i++) {
        snprintf(text, sizeof text, "number %02d", i);
        put("a", text);
        do
            await(&told);
        while (!bednet_loader_take(loader));
        assert_string_equal(current(), text);
    }
    atomic_store(&starving, false);
    assert_true(times_said("out of memory") > 5);
}

#define TEXTS(test) cmocka_unit_test_setup_teardown(test, texts_begin, texts_end)

int main(void)
{
    const struct CMUnitTest tests[] = {TEXTS(a_start), TEXTS(a_plan), TEXTS(a_thread_that_starves)};
    mine = true;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
