/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that fails at the n-th request of the broker's thread: a policy is taken over whole or not at all,
 * and what was there before stays in use. And of the worker's: nothing is ever lost but time.
 */
#include "failing_memory.h"
#include "refresher_testing.h"

#include <stdatomic.h>

static __thread long failing; /* the request of this thread that fails; 0: none */
static __thread bool mine;    /* this is the broker's thread */
static atomic_bool starving;  /* every third request of any other thread fails */
static atomic_uint others;

static bool fails(void)
{
    if (!mine)
        return atomic_load(&starving) && atomic_fetch_add(&others, 1) % 3 == 0;
    return failing > 0 && --failing == 0;
}

static struct asking asking;

static void want_one(void)
{
    ask_nobody(&asking);
    ask_url(&asking, "https", "localhost", "/jwks");
}

static void want_more(void)
{
    ask_nobody(&asking);
    ask_issuer(&asking, "/realm");
    ask_url(&asking, "https", "localhost", "/jwks");
    ask_url(&asking, "https", "localhost", "/elsewhere");
    asking.jwt.key_cache = bednet_text(scratch_path("cache"));
    asking.jwt.revocations_path = bednet_text(scratch_path("revoked.yaml"));
}

static void a_policy_whole_or_not(void **state)
{
    (void)state;
    want_one();
    configure(&asking);
    AWAIT(keys(0) == 1);
    const struct bednet_keyring *before = bednet_refresher_keys(refresher, 0);
    long attempts = 0;
    enum bednet_status status = BEDNET_NOMEM;
    while (status != BEDNET_OK) {
        want_more();
        failing = ++attempts;
        status = bednet_refresher_configure(refresher, &asking.jwt);
        failing = 0;
        if (status == BEDNET_OK)
            break;
        assert_int_equal(status, BEDNET_NOMEM);
        bednet_refresher_take(refresher);
        assert_ptr_equal(bednet_refresher_keys(refresher, 0), before);
        assert_null(bednet_refresher_keys(refresher, 1));
    }
    assert_true(attempts > 10);
    assert_ptr_equal(bednet_refresher_keys(refresher, 1), before);
    AWAIT(keys(0) == 1 && keys(2) == 1);
}

static void no_refresher_without_memory(void **state)
{
    struct bednet_refresher *other = NULL;
    (void)state;
    failing = 1;
    assert_int_equal(bednet_refresher_start(&other), BEDNET_NOMEM);
    assert_null(other);
}

/* Fetches fail and bulletins wait, but what is there stays, and in the end all is there. */
static void a_worker_that_starves(void **state)
{
    struct bednet_refresh_limits eager = quick;
    (void)state;
    refresher_stop();
    eager.schedule.retry_first_ms = eager.schedule.retry_most_ms = 20;
    refresher_start(&eager);
    key_server_tell(&server, "header", "Cache-Control: no-cache");
    want_more();
    atomic_store(&starving, true);
    configure(&asking);
    int64_t until = now_ms() + 3000;
    size_t seen[3] = {0};
    while (now_ms() < until) {
        bednet_refresher_ask(refresher);
        bednet_refresher_take(refresher);
        for (size_t i = 0; i < 3; i++) {
            assert_true(keys(i) >= seen[i]);
            seen[i] = keys(i);
        }
        rest_ms(5);
    }
    atomic_store(&starving, false);
    AWAIT(keys(0) == 1 && keys(1) == 1 && keys(2) == 1);
}

#define MEMORY(test) cmocka_unit_test_setup_teardown(test, server_reset, test_over)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MEMORY(a_policy_whole_or_not),
        MEMORY(no_refresher_without_memory),
        MEMORY(a_worker_that_starves),
    };
    mine = true;
    return cmocka_run_group_tests(tests, server_begin, server_end);
}
