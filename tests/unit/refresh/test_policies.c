/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stays and what goes: from one policy to the next, from one process to the next (the key cache), and
 * from one file of revocations to the next.
 */
#include "refresher_testing.h"

#include <dirent.h>
#include <fcntl.h>

static struct asking asking;
static char cache[PATH_MAX];

static int reset(void **state)
{
    snprintf(cache, sizeof cache, "%s", scratch_path("cache"));
    return server_reset(state);
}

static int over(void **state)
{
    refresher_stop();
    (void)state;
    chmod(cache, 0700);
    nftw(cache, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
    return 0;
}

static void ask(void)
{
    rest_ms(quick.schedule.ask_ms);
    bednet_refresher_ask(refresher);
}

static void want_one(bool cached)
{
    ask_nobody(&asking);
    ask_url(&asking, "https", "localhost", "/jwks");
    if (cached)
        asking.jwt.key_cache = bednet_text(cache);
}

/* The only file in the cache. */
static const char *cached_file(void)
{
    static char path[PATH_MAX + 256];
    unsigned count = 0;
    DIR *folder = opendir(cache);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", cache, entry->d_name);
        count++;
    }
    closedir(folder);
    assert_int_equal(count, 1);
    return path;
}

static void age(const char *path, int64_t seconds)
{
    const struct timespec times[2] = {{.tv_sec = time(NULL) - seconds}, {.tv_sec = time(NULL) - seconds}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* Leaves a cache with one set behind, and a server that gives no keys any longer. */
static void fill_cache(void)
{
    want_one(true);
    configure(&asking);
    AWAIT(keys(0) == 1);
    refresher_stop();
    key_server_tell(&server, "mode", "unavailable");
    bednet_counters_reset();
    refresher_start(&quick);
}

static void cold_start_without_network(void **state)
{
    struct stat what;
    (void)state;
    fill_cache();
    assert_int_equal(stat(cache, &what), 0);
    assert_int_equal(what.st_mode & 07777, 0700);
    assert_int_equal(stat(cached_file(), &what), 0);
    assert_int_equal(what.st_mode & 07777, 0600);
    want_one(true);
    configure(&asking);
    AWAIT(keys(0) == 1);
    AWAIT(failed() > 0);
    assert_int_equal(keys(0), 1);
    assert_said("from key_cache: 1, as of ");
    assert_between(metric("mosquitto_jwks_last_success_timestamp_seconds"), time(NULL) - 60, time(NULL));
}

/* What was in the folder stays unused. */
static void refuse_cached(const char *why)
{
    want_one(true);
    configure(&asking);
    AWAIT(failed() > 0);
    assert_int_equal(keys(0), 0);
    assert_said(why);
}

static void cache_too_old(void **state)
{
    (void)state;
    fill_cache();
    age(cached_file(), 86400 + 10);
    refuse_cached("older than `stale` allows");
}

static void cache_nearly_too_old(void **state)
{
    (void)state;
    fill_cache();
    age(cached_file(), 86400 - 60);
    want_one(true);
    configure(&asking);
    AWAIT(keys(0) == 1);
}

static void cache_from_the_future(void **state)
{
    (void)state;
    fill_cache();
    age(cached_file(), -3600);
    refuse_cached("from the future");
}

static void cache_that_others_may_write(void **state)
{
    (void)state;
    fill_cache();
    assert_int_equal(chmod(cached_file(), 0620), 0);
    refuse_cached("not the broker's own");
}

static void cache_folder_that_others_may_write(void **state)
{
    (void)state;
    fill_cache();
    assert_int_equal(chmod(cache, 0777), 0);
    refuse_cached("others may write to the folder");
}

static void cache_of_another_user(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    fill_cache();
    assert_int_equal(chown(cached_file(), 65534, 65534), 0);
    refuse_cached("not the broker's own");
}

static void replace_cached(const char *text)
{
    FILE *file = fopen(cached_file(), "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void cache_with_garbage(void **state)
{
    (void)state;
    fill_cache();
    replace_cached("{\"keys\": [");
    refuse_cached("expected a JWK Set");
}

static void cache_without_a_key(void **state)
{
    (void)state;
    fill_cache();
    replace_cached("{\"keys\": []}");
    refuse_cached("no usable key");
}

static void cache_that_is_empty(void **state)
{
    (void)state;
    fill_cache();
    replace_cached("");
    refuse_cached("wrong size");
}

static void cache_that_is_huge(void **state)
{
    (void)state;
    fill_cache();
    assert_int_equal(truncate(cached_file(), BEDNET_JWKS_BYTES_MAX + 1), 0);
    refuse_cached("wrong size");
}

static void cache_behind_a_link(void **state)
{
    (void)state;
    fill_cache();
    char path[PATH_MAX + 256];
    snprintf(path, sizeof path, "%s", cached_file());
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(scratch_path("good.json"), path), 0);
    refuse_cached("cannot be opened");
}

/* Opening one for reading must not wait for a writer. */
static void cache_that_is_a_pipe(void **state)
{
    (void)state;
    fill_cache();
    char path[PATH_MAX + 256];
    snprintf(path, sizeof path, "%s", cached_file());
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    refuse_cached("not the broker's own");
}

/* The set is used all the same, and somebody is told. */
static void cache_that_cannot_be_made(void **state)
{
    (void)state;
    want_one(true);
    asking.jwt.key_cache = BEDNET_TEXT_LITERAL("/proc/nothing/cache");
    configure(&asking);
    AWAIT(keys(0) == 1);
    AWAIT(succeeded() > 0);
    rest_ms(50);
    assert_said("folder of key_cache cannot be made");
}

static int64_t modified(const char *path)
{
    struct stat what;
    assert_int_equal(stat(path, &what), 0);
    return (int64_t)what.st_mtim.tv_sec;
}

/* An unchanged set is as good as a new one, and the file says so. */
static void cache_is_kept_young(void **state)
{
    (void)state;
    key_server_tell(&server, "etag", "on");
    want_one(true);
    configure(&asking);
    AWAIT(keys(0) == 1);
    AWAIT(succeeded() == 1);
    rest_ms(50);
    age(cached_file(), 1000);
    ask();
    AWAIT(modified(cached_file()) >= time(NULL) - 100);
    assert_int_equal(unlink(cached_file()), 0);
    ask();
    AWAIT(access(scratch_path("cache"), F_OK) == 0 && succeeded() >= 3);
    rest_ms(50);
    assert_true(modified(cached_file()) >= time(NULL) - 100);
}

static void rotation_reaches_the_disk(void **state)
{
    struct stat what;
    (void)state;
    want_one(true);
    configure(&asking);
    AWAIT(keys(0) == 1);
    key_server_tell(&server, "keys", "rotated");
    ask();
    AWAIT(keys(0) == 2);
    rest_ms(50);
    assert_int_equal(stat(cached_file(), &what), 0);
    assert_int_equal(what.st_size, strlen(TWO_KEYS));
}

static void the_same_source_keeps_its_keys(void **state)
{
    (void)state;
    want_one(false);
    configure(&asking);
    AWAIT(keys(0) == 1);
    const struct bednet_keyring *before = bednet_refresher_keys(refresher, 0);
    long fetched = key_server_count(&server, "/jwks");

    /* At another place in the policy, refreshed and aged differently: the same source. */
    ask_nobody(&asking);
    ask_also(&asking, BEDNET_KEYS_FILE);
    ask_url(&asking, "https", "localhost", "/elsewhere");
    struct bednet_key_source *same = ask_url(&asking, "https", "localhost", "/jwks");
    same->refresh_s = 1800;
    same->stale_s = 3600;
    configure(&asking);
    assert_null(bednet_refresher_keys(refresher, 0));
    assert_null(bednet_refresher_keys(refresher, 1));
    assert_ptr_equal(bednet_refresher_keys(refresher, 2), before);
    AWAIT(keys(1) == 1);
    assert_ptr_equal(bednet_refresher_keys(refresher, 2), before);
    assert_int_equal(key_server_count(&server, "/jwks"), fetched);
    assert_int_equal(metric("mosquitto_jwks_keys"), 2);

    ask_nobody(&asking);
    configure(&asking);
    assert_null(bednet_refresher_keys(refresher, 2));
    AWAIT(metric("mosquitto_jwks_keys") == 0);
    assert_int_equal(metric("mosquitto_jwks_unusable_sources"), 0);
}

/* Trusted for something else, or because of somebody else, it is another one. */
static void another_source_starts_afresh(void **state)
{
    (void)state;
    for (unsigned change = 0; change < 4; change++) {
        want_one(false);
        configure(&asking);
        AWAIT(keys(0) == 1);
        struct bednet_key_source *source = &asking.mappings[0].keys;
        if (change == 0)
            source->algorithms = BEDNET_ALG_ES256 | BEDNET_ALG_ES384;
        else if (change == 1)
            source->ca_file = (struct bednet_text){0};
        else if (change == 2)
            source->issuer = BEDNET_TEXT_LITERAL("https://other.example");
        else
            source->plain_http = true;
        configure(&asking);
        assert_null(bednet_refresher_keys(refresher, 0));
    }
}

/* As fast as policies can come: the worker sees some of them, and ends with the last. */
static void many_policies(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        ask_nobody(&asking);
        for (unsigned j = 0; j <= i % 3; j++)
            ask_url(&asking, "https", "localhost", j == 0 ? "/jwks" : "/elsewhere")->algorithms |= (i % 7)
                                                                                                   << 10;
        configure(&asking);
        bednet_refresher_take(refresher);
        bednet_refresher_ask(refresher);
    }
    want_one(false);
    configure(&asking);
    AWAIT(keys(0) == 1);
}

static const char none_revoked[] = "revoked: []\n";
static const char one_revoked[] = "revoked:\n  - jti: one\n";
static const char two_revoked[] = "revoked:\n  - jti: one\n  - jti: two\n";

static size_t revoked(void)
{
    const struct bednet_revocations *revocations = bednet_refresher_revocations(refresher);
    return revocations != NULL ? bednet_revocations_count(revocations) : SIZE_MAX;
}

static void want_revocations(void)
{
    ask_nobody(&asking);
    asking.jwt.revocations_path = bednet_text(scratch_path("revoked.yaml"));
    configure(&asking);
}

/* Written beside it and renamed, as it should be done. */
static void replace_revocations(const char *text)
{
    scratch_write("revoked.new", text, 0600);
    assert_int_equal(rename(scratch_path("revoked.new"), scratch_path("revoked.yaml")), 0);
}

static void revocations_are_followed(void **state)
{
    (void)state;
    replace_revocations(one_revoked);
    want_revocations();
    AWAIT(revoked() == 1);
    replace_revocations(two_revoked);
    AWAIT(revoked() == 2);
    assert_said("revocations: 2 entries of ");
    /* In place, too. */
    scratch_write("revoked.yaml", none_revoked, 0600);
    AWAIT(revoked() == 0);
}

static unsigned times_said(const char *text)
{
    unsigned times = 0;
    bednet_refresher_drain(refresher, hear);
    for (const char *at = strstr(said, text); at != NULL; at = strstr(at + 1, text))
        times++;
    return times;
}

static void broken_revocations_change_nothing(void **state)
{
    (void)state;
    replace_revocations(two_revoked);
    want_revocations();
    AWAIT(revoked() == 2);
    const struct bednet_revocations *before = bednet_refresher_revocations(refresher);
    replace_revocations("revoked: [{jti: ");
    AWAIT(times_said("the old list stays") == 1);
    assert_int_equal(unlink(scratch_path("revoked.yaml")), 0);
    AWAIT(times_said("the old list stays") == 2);
    rest_ms(200);
    assert_int_equal(times_said("the old list stays"), 2);
    bednet_refresher_take(refresher);
    assert_ptr_equal(bednet_refresher_revocations(refresher), before);
    replace_revocations(one_revoked);
    AWAIT(revoked() == 1);
}

/* The policy has read the file later than the list that is still there: that list must not count any more. */
static void revocations_of_an_older_policy(void **state)
{
    (void)state;
    replace_revocations(one_revoked);
    want_revocations();
    AWAIT(revoked() == 1);
    replace_revocations(two_revoked);
    want_revocations();
    assert_true(revoked() == SIZE_MAX || revoked() == 2);
    AWAIT(revoked() == 2);
    ask_nobody(&asking);
    configure(&asking);
    assert_true(revoked() == SIZE_MAX);
}

#define POLICY(test) cmocka_unit_test_setup_teardown(test, reset, over)

int main(void)
{
    const struct CMUnitTest tests[] = {
        POLICY(cold_start_without_network),
        POLICY(cache_too_old),
        POLICY(cache_nearly_too_old),
        POLICY(cache_from_the_future),
        POLICY(cache_that_others_may_write),
        POLICY(cache_folder_that_others_may_write),
        POLICY(cache_of_another_user),
        POLICY(cache_with_garbage),
        POLICY(cache_without_a_key),
        POLICY(cache_that_is_empty),
        POLICY(cache_that_is_huge),
        POLICY(cache_behind_a_link),
        POLICY(cache_that_is_a_pipe),
        POLICY(cache_that_cannot_be_made),
        POLICY(cache_is_kept_young),
        POLICY(rotation_reaches_the_disk),
        POLICY(the_same_source_keeps_its_keys),
        POLICY(another_source_starts_afresh),
        POLICY(many_policies),
        POLICY(revocations_are_followed),
        POLICY(broken_revocations_change_nothing),
        POLICY(revocations_of_an_older_policy),
    };
    return cmocka_run_group_tests(tests, server_begin, server_end);
}
