/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What if memory fails while identities are kept on disk: when a chain has them back, when a client logs in,
 * and in the thread that writes? Whoever was kept comes back or the chain does not start; whoever was refused
 * never does; and nobody comes back with other rights than he had.
 */
#include "cmocka_first.h"

#include "fault/scene.h"
#include "policy/policy.h"
#include "runtime/keeper.h"
#include "runtime/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Whether a disk has it is not what is tested, and waiting for one would take most of the time. */
int fsync(int file)
{
    (void)file;
    return 0;
}

int fdatasync(int file)
{
    return fsync(file);
}

static struct mosquitto stored; /* a session from before the broker started, as the broker asks about it */
static const struct site_token *kept;
static bool granted;
static bool failed_once;

/* It has what its token gave it, and nothing else. */
static bool comes_back(const struct site_token *token)
{
    char own[160], foreign[160];
    snprintf(own, sizeof own, "site/%s/%s/down", token->site, token->client_id);
    snprintf(foreign, sizeof foreign, "site/%s/another/down", token->site);
    if (!fake_client_set(&stored, token->client_id, token->username, NULL))
        abort();
    if (fake_access(&stored, MOSQ_ACL_READ, foreign) || fake_access(&stored, MOSQ_ACL_READ, "plain/note"))
        abort();
    return fake_access(&stored, MOSQ_ACL_READ, own);
}

/* By a session that nobody keeps. */
static const char *works(void)
{
    scene_client.clean = true;
    const char *defect = scene_works();
    scene_client.clean = false;
    return defect;
}

static void start(void)
{
    scene_load();
    if (fake_initialise(NULL) != 0)
        abort();
}

/* Of whoever the client is now. */
static bool visit(const struct site_token *token)
{
    bool is_in = fake_login(&scene_client, token->text);
    if (is_in)
        fake_connected(&scene_client);
    fake_tick();
    return is_in;
}

/* ---- a chain has its identities back ---- */

/* Of the plugins' runtime: a start of the broker does much else, which is swept elsewhere. */
static struct {
    __typeof__(bednet_process_acquire) *process_acquire;
    __typeof__(bednet_process_release) *process_release;
    __typeof__(bednet_keeper_acquire) *acquire;
    __typeof__(bednet_keeper_release) *release;
    __typeof__(bednet_identities_find) *find;
    __typeof__(bednet_identities_remove_chain) *forget;
    __typeof__(bednet_policy_load) *load;
    __typeof__(bednet_policy_free) *free;
    __typeof__(bednet_diag_new) *diag_new;
    __typeof__(bednet_diag_free) *diag_free;
} runtime;

#define FIND(member, name) runtime.member = (__typeof__(runtime.member))fake_symbol(name)

static void find_runtime(void)
{
    FIND(process_acquire, "bednet_process_acquire");
    FIND(process_release, "bednet_process_release");
    FIND(acquire, "bednet_keeper_acquire");
    FIND(release, "bednet_keeper_release");
    FIND(find, "bednet_identities_find");
    FIND(forget, "bednet_identities_remove_chain");
    FIND(load, "bednet_policy_load");
    FIND(free, "bednet_policy_free");
    FIND(diag_new, "bednet_diag_new");
    FIND(diag_free, "bednet_diag_free");
}

static char place;
static const struct bednet_chain *const chain = (const struct bednet_chain *)&place;
static struct bednet_policy *policy;
static struct bednet_process *process;
static struct bednet_keeper *keeper;
static struct bednet_diag *diag;

static void prepare_return(void)
{
    process = runtime.process_acquire();
    diag = runtime.diag_new();
    keeper = NULL;
    if (process == NULL || diag == NULL)
        abort();
}

static int run_return(void)
{
    return runtime.acquire(policy, chain, "default", diag, &keeper);
}

static const char *judge_return(int status, bool failed)
{
    const struct bednet_client client = {
        .handle = &place, .client_id = bednet_text(kept->client_id), .username = bednet_text(kept->username)};
    const struct bednet_identity *identity = runtime.find(process->identities, chain, &client);
    if (status == BEDNET_OK)
        return keeper != NULL && identity != NULL ? NULL : "who was kept is forgotten without a word";
    if (!failed)
        return "a good store is refused";
    if (keeper != NULL)
        return "a store that is refused is in use";
    return status == BEDNET_NOMEM ? NULL : "want of memory is taken for something else";
}

static void leave(void)
{
    runtime.release(keeper, chain);
    runtime.forget(process->identities, chain);
    runtime.diag_free(diag);
    runtime.process_release();
}

static const char *settle_return(void)
{
    leave();
    prepare_return();
    const char *defect = judge_return(run_return(), false);
    leave();
    return defect;
}

static const struct operation returning = {
    .prepare = prepare_return, .run = run_return, .judge = judge_return, .settle = settle_return};

static void test_return(void **state)
{
    (void)state;
    /* Nothing of it is another thing on 2.1, and once takes long enough. */
    if (fake_is_2_1())
        skip();
    find_runtime();
    fake_stop();
    struct bednet_diag *said = runtime.diag_new();
    assert_int_equal(runtime.load(site_path("live.yaml"), said, &policy), BEDNET_OK);
    runtime.diag_free(said);
    assert_true(scene_survives("return", &returning) > 100);
    runtime.free(policy);
    start();
    assert_true(comes_back(kept));
}

/* ---- login ---- */

static void prepare_login(void)
{
    scene_be(&scene_client, scene_token->client_id, "anything");
}

static int run_login(void)
{
    return visit(scene_token);
}

static const char *judge_login(int is_in, bool failed)
{
    granted = is_in;
    failed_once = failed;
    return scene_judge_login(is_in, failed);
}

/* The broker starts again. Then all is as it was before the login. */
static const char *settle_login(void)
{
    if (granted)
        fake_disconnected(&scene_client, true);
    fake_stop();
    start();
    bool is_back = comes_back(scene_token);
    if (is_back && !granted)
        return "a refused login is kept";
    if (!is_back && granted && !failed_once)
        return "a login is not kept";
    if (!comes_back(kept))
        return "somebody else's identity is lost";
    return works();
}

static const struct operation logging_in = {.threads = true,
                                            .prepare = prepare_login,
                                            .run = run_login,
                                            .judge = judge_login,
                                            .settle = settle_login};

static void test_logins(void **state)
{
    (void)state;
    assert_true(scene_survives("login that is kept", &logging_in) > 3);
}

/* ---- the thread that writes ---- */

static void prepare_write(void)
{
    prepare_login();
    granted = visit(scene_token);
    if (!granted)
        abort();
}

/* What waits is written before the broker has ended, or lost. */
static int run_write(void)
{
    fake_disconnected(&scene_client, true);
    fake_stop();
    return 0;
}

static const char *judge_write(int nothing, bool failed)
{
    (void)nothing;
    failed_once = failed;
    return fake_violation();
}

static const char *settle_write(void)
{
    start();
    if (!comes_back(scene_token) && !failed_once)
        return "a login is not kept";
    if (!comes_back(kept))
        return "somebody else's identity is lost";
    return works();
}

static const struct operation writing = {.scope = FAULTS_ELSEWHERE,
                                         .threads = true,
                                         .prepare = prepare_write,
                                         .run = run_write,
                                         .judge = judge_write,
                                         .settle = settle_write};

static void test_writes(void **state)
{
    (void)state;
    /* Where all fail, how often that thread tries until the broker has ended is not told. */
    struct sweep result = scene_sweep("write", &writing, FAULTS_ONE);
    if (result.defect != NULL)
        fail_msg("allocation %zu: %s", result.n, result.defect);
    assert_true(result.allocations > 3);
}

/* The broker has a store, and knows somebody in it; the scene's token is another one's. */
static int open_store(void **state)
{
    if (scene_open(state) != 0)
        return -1;
    fake_stop();
    site_use_keys("quick.jwks.json");
    scene_use_store("identities.db");
    scene_write_a();
    kept = site_token("ES256");
    start();
    scene_be(&scene_client, kept->client_id, "anything");
    if (!visit(kept))
        return -1;
    fake_disconnected(&scene_client, true);
    scene_use_token("HS256");
    fake_violation_clear();
    return 0;
}

static int close_store(void **state)
{
    fake_client_clear(&stored);
    return scene_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logins),
        cmocka_unit_test(test_writes),
        cmocka_unit_test(test_return),
    };
    return cmocka_run_group_tests_name("allocation_store", tests, open_store, close_store);
}
