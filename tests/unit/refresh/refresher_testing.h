/* SPDX-License-Identifier: Apache-2.0 */
/* A refresher with short times, a key server for it, and what both have said. */
#ifndef BEDNET_TESTS_REFRESH_REFRESHER_TESTING_H
#define BEDNET_TESTS_REFRESH_REFRESHER_TESTING_H

#include "key_server.h"

#include "../metric.h"
#include "../policy/scratch.h"
#include "refresh/limits.h"
#include "runtime/counters.h"
#include "token/keyring.h"

#include <time.h>

#define EC_POINT                                                                                             \
    "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"on1XTaLyvsNDUTyIGByR7XemhAsqXzbh4Icr-wCSt_Q\","                \
    "\"y\":\"wDXe6ooeHZWMHHu9dMtOeKD9CrowwM6gEpLrsWUZJV0\""
#define ONE_KEY  "{\"keys\":[{\"kid\":\"a\"," EC_POINT "}]}"
#define TWO_KEYS "{\"keys\":[{\"kid\":\"a\"," EC_POINT "},{\"kid\":\"b\"," EC_POINT "}]}"

/* Nothing here waits so long unless it hangs. */
#define AWAIT_MS 60000

static const struct bednet_refresh_limits quick = {
    .schedule = {.ask_ms = 20, .least_ms = 20, .retry_first_ms = 60000, .retry_most_ms = 60000},
    .connect_ms = 1500,
    .total_ms = 2000,
    .stalled_s = 1,
    .watch_ms = 20,
};

static struct key_server server;
static struct bednet_refresher *refresher;
static char said[65536]; /* by the refresher */

static inline void hear(enum bednet_severity severity, const char *line)
{
    static const char marks[] = {[BEDNET_ERROR] = 'E', [BEDNET_WARNING] = 'W', [BEDNET_NOTICE] = 'N'};
    size_t length = strlen(said);
    assert_true(strlen(line) < 256);
    snprintf(said + length, sizeof said - length, "%c %s\n", marks[severity], line);
}

static inline void forget_said(void)
{
    bednet_refresher_drain(refresher, hear);
    said[0] = '\0';
}

static inline long long succeeded(void)
{
    return metric("mosquitto_jwks_fetches_succeeded_total");
}

static inline long long failed(void)
{
    return metric("mosquitto_jwks_fetches_failed_total");
}

static inline int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void rest_ms(long ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

/* What is counted is told a little later. */
static inline void assert_said(const char *text)
{
    int64_t until = now_ms() + AWAIT_MS;
    while (bednet_refresher_drain(refresher, hear), strstr(said, text) == NULL) {
        if (now_ms() > until)
            fail_msg("\"%s\" was not said, but:\n%s", text, said);
        rest_ms(5);
    }
}

/* Keys of issuer `index`; 0: none that may be used. */
static inline size_t keys(size_t index)
{
    const struct bednet_keyring *keyring = bednet_refresher_keys(refresher, index);
    return keyring != NULL ? bednet_keyring_count(keyring) : 0;
}

#define AWAIT(condition)                                                                                     \
    do {                                                                                                     \
        int64_t await_until = now_ms() + AWAIT_MS;                                                           \
        while (bednet_refresher_take(refresher), !(condition)) {                                             \
            if (now_ms() > await_until) {                                                                    \
                bednet_refresher_drain(refresher, hear);                                                     \
                fail_msg("in vain: %s\n%s", #condition, said);                                               \
            }                                                                                                \
            rest_ms(5);                                                                                      \
        }                                                                                                    \
    } while (0)

/* A policy of up to four issuers. What it borrows is static. */
struct asking {
    struct bednet_jwt_mapping mappings[4];
    struct bednet_token_issuer issuers[4];
    struct bednet_jwt_policy jwt;
    char url[4][128];
    char ca_file[128];
};

static inline void ask_nobody(struct asking *asking)
{
    memset(asking, 0, sizeof *asking);
    asking->jwt.mappings = asking->mappings;
    asking->jwt.rules.issuers = asking->issuers;
    snprintf(asking->ca_file, sizeof asking->ca_file, "%s", scratch_path("ca.crt"));
}

static inline struct bednet_key_source *ask_also(struct asking *asking, enum bednet_key_origin origin)
{
    struct bednet_key_source *source = &asking->mappings[asking->jwt.rules.issuer_count++].keys;
    *source = (struct bednet_key_source){.origin = origin,
                                         .ca_file = bednet_text(asking->ca_file),
                                         .algorithms = BEDNET_ALG_ES256,
                                         .refresh_s = 3600,
                                         .stale_s = 86400};
    return source;
}

/* A URL of the server; `host` as the client is to call it. */
static inline struct bednet_key_source *ask_url(struct asking *asking, const char *scheme, const char *host,
                                                const char *path)
{
    char *url = asking->url[asking->jwt.rules.issuer_count];
    struct bednet_key_source *source = ask_also(asking, BEDNET_KEYS_URL);
    snprintf(url, sizeof asking->url[0], "%s://%s:%u%s", scheme, host, server.port, path);
    source->url = bednet_text(url);
    source->issuer = BEDNET_TEXT_LITERAL("https://id.example");
    return source;
}

static inline struct bednet_key_source *ask_issuer(struct asking *asking, const char *path)
{
    char *url = asking->url[asking->jwt.rules.issuer_count];
    struct bednet_key_source *source = ask_also(asking, BEDNET_KEYS_DISCOVERY);
    snprintf(url, sizeof asking->url[0], "https://localhost:%u%s", server.port, path);
    source->issuer = bednet_text(url);
    return source;
}

static inline void configure(struct asking *asking)
{
    assert_int_equal(bednet_refresher_configure(refresher, &asking->jwt), BEDNET_OK);
}

static inline void refresher_start(const struct bednet_refresh_limits *limits)
{
    said[0] = '\0';
    assert_int_equal(bednet_refresher_start_with(limits, &refresher), BEDNET_OK);
}

static inline void refresher_stop(void)
{
    bednet_refresher_stop(refresher);
    refresher = NULL;
}

/* Keys, certificates and a server for all tests of a program; called before its first one. */
static inline int server_begin(void **state)
{
    if (scratch_begin(state) != 0 || key_server_run(KEY_SERVER_FOLDER "/certificates.sh", scratch) != 0)
        return -1;
    scratch_write("good.json", ONE_KEY, 0600);
    scratch_write("rotated.json", TWO_KEYS, 0600);
    /* A server that has gone is an answer that does not come, not the end of the test. */
    signal(SIGPIPE, SIG_IGN);
    key_server_start(&server, scratch, 0, "/realm", false);
    return 0;
}

static inline int server_end(void **state)
{
    key_server_stop(&server);
    return scratch_end(state);
}

static inline int server_reset(void **state)
{
    (void)state;
    key_server_tell(&server, "keys", "good");
    key_server_tell(&server, "mode", "good");
    key_server_tell(&server, "metadata", "openid");
    key_server_tell(&server, "certificate", "good");
    key_server_tell(&server, "tls", "on");
    key_server_tell(&server, "headers", "none");
    key_server_tell(&server, "etag", "off");
    bednet_counters_reset();
    refresher_start(&quick);
    return 0;
}

static inline int test_over(void **state)
{
    (void)state;
    refresher_stop();
    return 0;
}

#endif
