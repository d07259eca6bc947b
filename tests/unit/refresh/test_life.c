/* SPDX-License-Identifier: Apache-2.0 */
/* Key sets that come, change, grow old and are asked for, over real connections. */
#include "refresher_testing.h"
#include "threads_testing.h"

#include <dirent.h>

static struct asking asking;

static void ask(void)
{
    rest_ms(quick.schedule.ask_ms);
    bednet_refresher_ask(refresher);
}

static void begin(void)
{
    ask_nobody(&asking);
    ask_url(&asking, "https", "localhost", "/jwks");
    configure(&asking);
    AWAIT(keys(0) == 1);
}

static void restart(const struct bednet_refresh_limits *limits)
{
    refresher_stop();
    refresher_start(limits);
}

/* Waits for a refresh that goes well. */
static void refresh(void)
{
    long long successes = succeeded();
    ask();
    AWAIT(succeeded() > successes);
    bednet_refresher_take(refresher);
}

static void nothing_before_the_first_policy(void **state)
{
    (void)state;
    assert_false(bednet_refresher_take(refresher));
    assert_null(bednet_refresher_keys(refresher, 0));
    assert_null(bednet_refresher_keys(refresher, SIZE_MAX));
    assert_null(bednet_refresher_revocations(refresher));
    bednet_refresher_ask(refresher);
    rest_ms(50);
    assert_int_equal(succeeded() + failed(), 0);
}

static void no_thread_with_nothing_to_fetch(void **state)
{
    (void)state;
    ask_nobody(&asking);
    configure(&asking);
    bednet_refresher_ask(refresher);
    assert_int_equal(count_threads("bednet-refresh"), 0);
    begin();
    assert_int_equal(count_threads("bednet-refresh"), 1);
    ask_nobody(&asking);
    configure(&asking);
    assert_int_equal(count_threads("bednet-refresh"), 1);
    AWAIT(keys(0) == 0);
}

static void fetches(void **state)
{
    (void)state;
    begin();
    assert_false(bednet_refresher_take(refresher));
    assert_said("N keys of https://localhost:");
    assert_said(": 1, taken into use");
    assert_int_equal(metric("mosquitto_jwks_keys"), 1);
    assert_int_equal(metric("mosquitto_jwks_unusable_sources"), 0);
    assert_between(metric("mosquitto_jwks_last_success_timestamp_seconds"), time(NULL) - 60, time(NULL));
    refresher_stop();
    assert_int_equal(metric("mosquitto_jwks_keys"), 0);
    refresher_start(&quick);
}

/* What a request must not have: anything that asks for more than the plain set. */
static void asks_plainly(void **state)
{
    (void)state;
    begin();
    const char *last = key_server_say(&server, "last /jwks");
    assert_non_null(strstr(last, "GET /jwks HTTP/1.1"));
    assert_null(strcasestr(last, "accept-encoding"));
    assert_null(strcasestr(last, "cookie"));
    assert_null(strcasestr(last, "authorization"));
    assert_null(strcasestr(last, "if-"));
}

static void rotates(void **state)
{
    (void)state;
    begin();
    key_server_tell(&server, "keys", "rotated");
    ask();
    AWAIT(keys(0) == 2);
    key_server_tell(&server, "keys", "good");
    ask();
    AWAIT(keys(0) == 1);
    assert_int_equal(metric("mosquitto_jwks_keys"), 1);
}

static void same_bytes_same_keys(void **state)
{
    (void)state;
    begin();
    const struct bednet_keyring *before = bednet_refresher_keys(refresher, 0);
    refresh();
    assert_ptr_equal(bednet_refresher_keys(refresher, 0), before);
    assert_int_equal(key_server_count(&server, "/none"), 0);
    assert_int_equal(strtol(key_server_say(&server, "unchanged"), NULL, 10), 0);
}

static void conditional_by_tag(void **state)
{
    (void)state;
    key_server_tell(&server, "etag", "on");
    begin();
    const struct bednet_keyring *before = bednet_refresher_keys(refresher, 0);
    long unchanged = strtol(key_server_say(&server, "unchanged"), NULL, 10);
    refresh();
    refresh();
    assert_int_equal(strtol(key_server_say(&server, "unchanged"), NULL, 10), unchanged + 2);
    assert_ptr_equal(bednet_refresher_keys(refresher, 0), before);
    key_server_tell(&server, "keys", "rotated");
    ask();
    AWAIT(keys(0) == 2);
}

static void conditional_by_time(void **state)
{
    (void)state;
    key_server_tell(&server, "header", "Last-Modified: Sun, 22 Nov 2026 10:00:00 GMT");
    begin();
    refresh();
    assert_non_null(
        strstr(key_server_say(&server, "last /jwks"), "| If-Modified-Since: Sun, 22 Nov 2026 10:00:00 GMT"));
}

/* The server's time counts where it is shorter, and nobody is asked twice where it is not. */
static void max_age(void **state)
{
    (void)state;
    key_server_tell(&server, "header", "Cache-Control: max-age=1");
    long before = key_server_count(&server, "/jwks");
    begin();
    AWAIT(key_server_count(&server, "/jwks") >= before + 3);
    key_server_tell(&server, "headers", "none");
    /* The first of these may still be an answer from before. */
    refresh();
    refresh();
    rest_ms(500);
    before = key_server_count(&server, "/jwks");
    rest_ms(1500);
    assert_int_equal(key_server_count(&server, "/jwks"), before);
}

/* At least two of the intervals passed, so at least one fetch; never more than intervals that began. */
static void flood(int64_t interval_ms)
{
    long before = key_server_count(&server, "/jwks");
    int64_t start = now_ms();
    long asked = 0;
    while (now_ms() < start + interval_ms * 4) {
        bednet_refresher_ask(refresher);
        bednet_refresher_take(refresher);
        asked++;
    }
    long fetched = key_server_count(&server, "/jwks") - before;
    assert_true(asked > 1000);
    assert_between(fetched, 1, (now_ms() - start) / interval_ms + 1);
    assert_true(metric("mosquitto_jwks_unknown_kid_total") >= asked);
}

static void flood_of_questions(void **state)
{
    struct bednet_refresh_limits slow = quick;
    (void)state;
    slow.schedule.ask_ms = 500;
    restart(&slow);
    begin();
    flood(slow.schedule.ask_ms);
}

static void flood_while_nothing_works(void **state)
{
    struct bednet_refresh_limits slow = quick;
    (void)state;
    slow.schedule.ask_ms = 500;
    restart(&slow);
    key_server_tell(&server, "mode", "unavailable");
    ask_nobody(&asking);
    ask_url(&asking, "https", "localhost", "/jwks");
    configure(&asking);
    AWAIT(failed() > 0);
    flood(slow.schedule.ask_ms);
}

/* A question while a fetch is under way leads to another: the first may have come too early. */
static void question_during_a_fetch(void **state)
{
    (void)state;
    begin();
    key_server_tell(&server, "mode", "stall");
    long before = key_server_count(&server, "/jwks");
    ask();
    AWAIT(key_server_count(&server, "/jwks") > before);
    ask();
    key_server_tell(&server, "keys", "rotated");
    key_server_tell(&server, "mode", "good");
    /* The stalled one ends by itself; no further question is asked, and a failure waits for a minute. */
    AWAIT(keys(0) == 2);
}

static void retries_without_being_asked(void **state)
{
    struct bednet_refresh_limits eager = quick;
    (void)state;
    eager.schedule.retry_first_ms = 40;
    eager.schedule.retry_most_ms = 400;
    restart(&eager);
    key_server_tell(&server, "mode", "hang-up");
    ask_nobody(&asking);
    ask_url(&asking, "https", "localhost", "/jwks");
    configure(&asking);
    int64_t start = now_ms();
    AWAIT(failed() >= 4);
    long long failures = failed();
    /* Half of each pause is certain: 20 + 40 + 80 ms before the fourth, then 160, then 200 at least. */
    assert_true(failures <= 4 + (now_ms() - start) / 160);
    key_server_tell(&server, "mode", "good");
    AWAIT(keys(0) == 1);
    assert_said("taken into use");
}

static void grows_old(void **state)
{
    (void)state;
    ask_nobody(&asking);
    ask_url(&asking, "https", "localhost", "/jwks")->stale_s = 1;
    configure(&asking);
    AWAIT(keys(0) == 1);
    const struct bednet_keyring *before = bednet_refresher_keys(refresher, 0);
    key_server_tell(&server, "mode", "unavailable");
    int64_t until = now_ms() + AWAIT_MS;
    while (!bednet_refresher_take(refresher) && now_ms() < until)
        rest_ms(10);
    /* That it changed was told, and not only found out by whoever happened to look. */
    assert_null(bednet_refresher_keys(refresher, 0));
    assert_said("E keys of ");
    assert_said("older than `stale` allows");
    assert_int_equal(metric("mosquitto_jwks_unusable_sources"), 1);
    assert_int_equal(metric("mosquitto_jwks_keys"), 0);
    key_server_tell(&server, "mode", "good");
    ask();
    AWAIT(keys(0) == 1);
    assert_ptr_equal(bednet_refresher_keys(refresher, 0), before);
    assert_said("still the same");
}

/* A set that may not be older than it is refreshed: the next one is fetched in time all the same. */
static void refreshed_before_it_is_too_old(void **state)
{
    (void)state;
    ask_nobody(&asking);
    ask_url(&asking, "https", "localhost", "/jwks")->stale_s = 4;
    configure(&asking);
    AWAIT(succeeded() >= 2);
    assert_int_equal(failed(), 0);
}

static void proxies_of_the_environment_are_nothing(void **state)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        setenv(names[i], "http://127.0.0.1:1/", 1);
    restart(&quick);
    begin();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
}

static void plain_http_on_loopback(void **state)
{
    static struct key_server plain;
    static const char *const hosts[] = {"127.0.0.1", "localhost"};
    unsigned port = server.port;
    (void)state;
    key_server_start(&plain, scratch, 0, "", true);
    server.port = plain.port;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        ask_nobody(&asking);
        ask_url(&asking, "http", hosts[i], "/jwks")->plain_http = true;
        configure(&asking);
        AWAIT(keys(0) == 1);
    }
    ask_nobody(&asking);
    ask_url(&asking, "http", "localhost", "/jwks");
    configure(&asking);
    AWAIT(failed() == 1);
    assert_int_equal(keys(0), 0);
    assert_said("the URL is http:// (expected https://");
    server.port = port;
    key_server_stop(&plain);
}

static void outage_and_return(void **state)
{
    (void)state;
    begin();
    unsigned port = server.port;
    key_server_stop(&server);
    ask();
    AWAIT(failed() > 0);
    assert_int_equal(keys(0), 1);
    key_server_start(&server, scratch, port, "/realm", false);
    key_server_tell(&server, "keys", "rotated");
    ask();
    AWAIT(keys(0) == 2);
}

static void discovers(const char *metadata)
{
    key_server_tell(&server, "metadata", metadata);
    ask_nobody(&asking);
    ask_issuer(&asking, "/realm");
    configure(&asking);
    AWAIT(keys(0) == 1);
}

static void discovery_by_openid(void **state)
{
    (void)state;
    discovers("openid");
    assert_int_equal(failed(), 0);
}

static void discovery_by_oauth(void **state)
{
    (void)state;
    discovers("oauth");
    assert_int_equal(failed(), 0);
}

/* The place of the keys is asked for each time: it may move. */
static void discovery_fails(void **state)
{
    static const struct {
        const char *metadata;
        const char *why;
    } ways[] = {{"none", "status 404"},
                {"wrong-issuer", "another issuer's"},
                {"no-keys", "no \"jwks_uri\""},
                {"number-keys", "no \"jwks_uri\""},
                {"http-keys", "may not be fetched"},
                {"file-keys", "may not be fetched"},
                {"garbage", "no JSON"},
                {"stall", ""}};
    (void)state;
    discovers("openid");
    const struct bednet_keyring *before = bednet_refresher_keys(refresher, 0);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        long long failures = failed();
        forget_said();
        key_server_tell(&server, "metadata", ways[i].metadata);
        ask();
        AWAIT(failed() > failures);
        assert_ptr_equal(bednet_refresher_keys(refresher, 0), before);
        assert_said(ways[i].why);
    }
    key_server_tell(&server, "metadata", "oauth");
    key_server_tell(&server, "keys", "rotated");
    ask();
    AWAIT(keys(0) == 2);
}

/* An issuer that is not the one who speaks there. */
static void discovery_of_another(void **state)
{
    (void)state;
    ask_nobody(&asking);
    ask_issuer(&asking, "/realm/");
    configure(&asking);
    AWAIT(failed() > 0);
    assert_int_equal(keys(0), 0);
    assert_said("another issuer's");
}

static void refresher_named(char *out, size_t bytes)
{
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
        char path[64 + sizeof task->d_name];
        snprintf(path, sizeof path, "/proc/self/task/%s/status", task->d_name);
        FILE *file = fopen(path, "r");
        if (file == NULL)
            continue;
        size_t got = fread(out, 1, bytes - 1, file);
        out[got] = '\0';
        fclose(file);
        if (strstr(out, "\tbednet-refresh\n") != NULL)
            break;
        out[0] = '\0';
    }
    closedir(tasks);
}

/* All but those that cannot be blocked, KILL and STOP, and the two that the C library keeps to itself. */
static void signals_are_the_brokers(void **state)
{
    static char status[8192];
    (void)state;
    /* While a thread is being made the C library blocks everything: look when it works. */
    begin();
    refresher_named(status, sizeof status);
    const char *blocked = strstr(status, "SigBlk:");
    assert_non_null(blocked);
    unsigned long long mask = strtoull(blocked + 7, NULL, 16);
    static const int signals[] = {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        assert_true(mask >> (signals[i] - 1) & 1);
}

#define LIFE(test) cmocka_unit_test_setup_teardown(test, server_reset, test_over)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIFE(nothing_before_the_first_policy),
        LIFE(no_thread_with_nothing_to_fetch),
        LIFE(fetches),
        LIFE(asks_plainly),
        LIFE(rotates),
        LIFE(same_bytes_same_keys),
        LIFE(conditional_by_tag),
        LIFE(conditional_by_time),
        LIFE(max_age),
        LIFE(flood_of_questions),
        LIFE(flood_while_nothing_works),
        LIFE(question_during_a_fetch),
        LIFE(retries_without_being_asked),
        LIFE(grows_old),
        LIFE(refreshed_before_it_is_too_old),
        LIFE(proxies_of_the_environment_are_nothing),
        LIFE(plain_http_on_loopback),
        LIFE(outage_and_return),
        LIFE(discovery_by_openid),
        LIFE(discovery_by_oauth),
        LIFE(discovery_fails),
        LIFE(discovery_of_another),
        LIFE(signals_are_the_brokers),
    };
    return cmocka_run_group_tests(tests, server_begin, server_end);
}
