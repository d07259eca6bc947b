/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that fails at the n-th request of Bednet's own code, on either thread, for every n: a store does not
 * open, or keeps exactly what it said it would.
 */
#include "scratch.h"

#include "failing_memory.h"

#include <stdatomic.h>

static atomic_long requests; /* since the last arming */
static atomic_long failing;  /* the request that fails; 0: none */
static atomic_bool onwards;  /* and all after it */

static bool fails(void)
{
    long request = atomic_fetch_add(&requests, 1) + 1, nth = atomic_load(&failing);
    return nth != 0 && (request == nth || (atomic_load(&onwards) && request > nth));
}

static void arm(long nth, bool all_after)
{
    atomic_store(&requests, 0);
    atomic_store(&onwards, all_after);
    atomic_store(&failing, nth);
}

/* Puts and forgets; what is there then, in words. */
static void work(struct bednet_store *store, char expected[64])
{
    static const char *const ids[] = {"a", "b", "c"};
    uint64_t number = 0;
    expected[0] = '\0';
    for (int i = 0; i < 3; i++) {
        uint64_t put_as = put(store, ids[i], "x");
        if (put_as == 0)
            continue;
        assert_int_equal(put_as, number + 1);
        number = put_as;
        snprintf(expected + strlen(expected), 64 - strlen(expected), "%s%s=x", expected[0] != '\0' ? " " : "",
                 ids[i]);
    }
    bednet_store_leave(store, bednet_text("a"), 1);
}

static bool sweep(long nth, bool all_after)
{
    char expected[64];
    struct bednet_store *store;
    unlink(path);
    arm(nth, all_after);
    enum bednet_status status = try_open(&store);
    if (status == BEDNET_OK)
        status = bednet_store_start(store);
    if (status != BEDNET_OK) {
        assert_int_equal(status, BEDNET_NOMEM);
        bool reached = atomic_load(&requests) >= nth;
        arm(0, false);
        bednet_store_stop(store);
        return reached;
    }
    work(store, expected);
    bool reached = atomic_load(&requests) >= nth;
    arm(0, false);
    assert_int_equal(bednet_store_stop(store), 0);
    assert_holds(expected);
    return reached;
}

static void every_request_fails_once(void **state)
{
    (void)state;
    long nth = 1;
    while (sweep(nth, false))
        nth++;
    assert_true(nth > 5);
}

static void every_request_fails_from_then_on(void **state)
{
    (void)state;
    for (long nth = 1; sweep(nth, true) && nth < 100; nth++) {
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_request_fails_once, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(every_request_fails_from_then_on, scratch_make, scratch_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
