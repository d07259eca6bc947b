/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key server that does everything it should not: the last good set stays as it was, object for object, the
 * log says why, and when the server is well again all is well again. And nobody waits for it to be over.
 */
#include "refresher_testing.h"

#include <curl/curl.h>

static struct asking asking;

/* One that has its keys already. */
static const struct bednet_keyring *begin(const char *path)
{
    ask_nobody(&asking);
    ask_url(&asking, "https", "localhost", path);
    configure(&asking);
    AWAIT(keys(0) == 1);
    forget_said();
    return bednet_refresher_keys(refresher, 0);
}

static void ask(void)
{
    rest_ms(quick.schedule.ask_ms);
    bednet_refresher_ask(refresher);
}

/* From good to bad and back. */
static void survive(const char *verb, const char *value, const char *said_then)
{
    const struct bednet_keyring *good = begin("/jwks");
    long long failures = failed();
    key_server_tell(&server, verb, value);
    ask();
    AWAIT(failed() > failures);
    assert_ptr_equal(bednet_refresher_keys(refresher, 0), good);
    assert_said("E keys of ");
    assert_said(said_then);
    assert_said("the last good set stays");
    assert_int_equal(metric("mosquitto_jwks_unusable_sources"), 0);

    long long successes = succeeded();
    key_server_tell(&server, verb, strcmp(verb, "tls") == 0 ? "on" : "good");
    ask();
    AWAIT(succeeded() > successes);
    bednet_refresher_take(refresher);
    assert_ptr_equal(bednet_refresher_keys(refresher, 0), good);
    assert_said("still the same");
}

#define SURVIVES(name, verb, value, text)                                                                    \
    static void name(void **state)                                                                           \
    {                                                                                                        \
        (void)state;                                                                                         \
        survive(verb, value, text);                                                                          \
    }

SURVIVES(survives_silence, "mode", "stall", "")
SURVIVES(survives_a_drip, "mode", "drip", "")
SURVIVES(survives_a_dripping_header, "mode", "drip-header", "")
SURVIVES(survives_a_silent_handshake, "tls", "silent", "")
SURVIVES(survives_no_encryption, "tls", "plain", "")
SURVIVES(survives_an_endless_body, "mode", "endless", "too large (at most 1 MiB)")
SURVIVES(survives_an_endless_header, "mode", "endless-header", "header of the answer is too large")
SURVIVES(survives_endless_hints, "mode", "endless-interim", "header of the answer is too large")
SURVIVES(survives_a_huge_body, "mode", "huge", "too large (at most 1 MiB)")
SURVIVES(survives_a_huge_body_unsaid, "mode", "huge-unsaid", "too large (at most 1 MiB)")
SURVIVES(survives_a_gzip_bomb, "mode", "gzip-bomb", "compressed, which was not asked for")
SURVIVES(survives_gzip, "mode", "gzip", "compressed, which was not asked for")
SURVIVES(survives_a_transfer_bomb, "mode", "transfer-bomb", "")
SURVIVES(survives_truncation, "mode", "truncated", "")
SURVIVES(survives_hanging_up, "mode", "hang-up", "")
SURVIVES(survives_http09, "mode", "http09", "HTTP/0.9")
SURVIVES(survives_an_unasked_304, "mode", "unasked-304", "status 304")
SURVIVES(survives_not_found, "mode", "not-found", "status 404")
SURVIVES(survives_created, "mode", "created", "status 201")
SURVIVES(survives_partial, "mode", "partial", "status 206")
SURVIVES(survives_unavailable, "mode", "unavailable", "status 503")
SURVIVES(survives_another_host, "mode", "redirect-host", "redirect to another host, scheme or port")
SURVIVES(survives_another_scheme, "mode", "redirect-scheme", "redirect to another host, scheme or port")
SURVIVES(survives_another_port, "mode", "redirect-port", "redirect to another host, scheme or port")
SURVIVES(survives_a_file, "mode", "redirect-file", "redirect to another host, scheme or port")
SURVIVES(survives_a_user_name, "mode", "redirect-user", "redirect to another host, scheme or port")

/* Newer versions of libcurl leave it out of what they say of the redirect, which then leads to the same
 * place. */
static void survives_a_password(void **state)
{
    if (curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000)
        skip();
    survives_a_user_name(state);
}

SURVIVES(survives_a_loop, "mode", "redirect-loop", "too many redirects")
SURVIVES(survives_an_empty_body, "mode", "empty-body", "wrong size")
SURVIVES(survives_an_empty_set, "mode", "empty-set", "no usable key")
SURVIVES(survives_a_useless_set, "mode", "useless-set", "no usable key")
SURVIVES(survives_a_broken_key, "mode", "broken-key", "key 1, kid")
SURVIVES(survives_garbage, "mode", "garbage", "expected a JWK Set")
SURVIVES(survives_html, "mode", "html", "expected a JWK Set")
SURVIVES(survives_many_keys, "mode", "many-keys", "too many keys")
SURVIVES(survives_duplicates, "mode", "duplicate", "same kid")
SURVIVES(survives_another_name, "certificate", "wrong-name", "")
SURVIVES(survives_an_expired_certificate, "certificate", "expired", "expired")
SURVIVES(survives_a_future_certificate, "certificate", "future", "not yet valid")
SURVIVES(survives_a_stranger, "certificate", "stranger", "certificate")
SURVIVES(survives_a_self_signed, "certificate", "self-signed", "self-signed")

/* Without a good set before, a bad answer brings none. */
static void first_answer_bad(void **state)
{
    static const char *const modes[] = {"empty-set",     "garbage", "truncated",
                                        "redirect-host", "gzip",    "http09"};
    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        long long failures = failed();
        key_server_tell(&server, "mode", modes[i]);
        ask_nobody(&asking);
        /* Each a source of its own. */
        ask_url(&asking, "https", "localhost", "/jwks")->algorithms |= (unsigned)i * BEDNET_ALG_ES384;
        configure(&asking);
        AWAIT(failed() > failures);
        assert_int_equal(keys(0), 0);
    }
    assert_said("there are none yet");
    assert_int_equal(metric("mosquitto_jwks_keys"), 0);
    assert_int_equal(metric("mosquitto_jwks_unusable_sources"), 1);
}

/* The system's authorities know nothing of the test's. */
/* The system's certificates take some seconds to read where a sanitizer watches. */
static void needs_the_authority(void **state)
{
    (void)state;
    refresher_stop();
    struct bednet_refresh_limits patient = quick;
    patient.connect_ms = patient.total_ms = AWAIT_MS / 2;
    patient.stalled_s = AWAIT_MS / 2 / 1000;
    refresher_start(&patient);
    ask_nobody(&asking);
    ask_url(&asking, "https", "localhost", "/jwks")->ca_file = (struct bednet_text){0};
    configure(&asking);
    AWAIT(failed() > 0);
    assert_int_equal(keys(0), 0);
    assert_said("certificate");
}

static void missing_authority(void **state)
{
    (void)state;
    ask_nobody(&asking);
    ask_url(&asking, "https", "localhost", "/jwks")->ca_file = BEDNET_TEXT_LITERAL("/nonexistent/ca.crt");
    configure(&asking);
    AWAIT(failed() > 0);
    assert_int_equal(keys(0), 0);
}

/* Not even tried: the refusal comes before the first packet. */
static void refused_urls(void **state)
{
    static const struct {
        const char *url;
        bool plain_http;
    } bad[] = {
        {"http://127.0.0.1:1/jwks", false},
        {"http://192.0.2.1/jwks", true},
        {"http://localhost.example/jwks", true},
        {"http://127.0.0.1.example/jwks", true},
        {"http://[::ffff:127.0.0.1]/jwks", true},
        {"http://0.0.0.0/jwks", true},
        {"ftp://127.0.0.1/jwks", true},
        {"file:///etc/hostname", true},
        {"https://user:secret@localhost/", false},
        {"https://user@localhost/", false},
        {"//localhost/jwks", false},
        {"https://", false},
        {"", false},
        {"gopher://127.0.0.1:1/", true},
        {"http://127.0.0.1@192.0.2.1/jwks", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        long long failures = failed();
        forget_said();
        ask_nobody(&asking);
        struct bednet_key_source *source = ask_url(&asking, "https", "localhost", "/");
        source->url = bednet_text(bad[i].url);
        source->plain_http = bad[i].plain_http;
        configure(&asking);
        AWAIT(failed() > failures);
        assert_int_equal(keys(0), 0);
        assert_said("there are none yet, next try in");
        assert_null(strstr(said, "secret"));
    }
}

/* A redirect on the spot is followed. */
static void follows_its_own(void **state)
{
    (void)state;
    key_server_tell(&server, "mode", "redirect");
    begin("/jwks");
}

/* An invented URL in front of each source's eyes: the other one does not wait for the first. */
static void stalled_beside_quick(void **state)
{
    (void)state;
    refresher_stop();
    struct bednet_refresh_limits patient = quick;
    patient.connect_ms = patient.total_ms = AWAIT_MS * 2;
    patient.stalled_s = AWAIT_MS * 2 / 1000;
    refresher_start(&patient);
    key_server_tell(&server, "mode", "stall");
    ask_nobody(&asking);
    ask_url(&asking, "https", "localhost", "/jwks");
    ask_url(&asking, "https", "localhost", "/elsewhere");
    configure(&asking);
    AWAIT(keys(1) == 1);
    assert_int_equal(keys(0), 0);
    key_server_tell(&server, "keys", "rotated");
    ask();
    AWAIT(keys(1) == 2);
    assert_int_equal(keys(0), 0);
}

/* Each server would keep its client for as long as it likes, and each limit is far away. */
static void stops_at_once(void **state)
{
    static const struct {
        const char *verb;
        const char *value;
    } ways[] = {{"mode", "stall"}, {"mode", "drip"}, {"mode", "drip-header"}, {"tls", "silent"}};
    struct bednet_refresh_limits patient = quick;
    (void)state;
    patient.connect_ms = patient.total_ms = AWAIT_MS * 10;
    patient.stalled_s = AWAIT_MS * 10 / 1000;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        refresher_stop();
        refresher_start(&patient);
        key_server_tell(&server, ways[i].verb, ways[i].value);
        long connections = strtol(key_server_say(&server, "connections"), NULL, 10);
        ask_nobody(&asking);
        ask_url(&asking, "https", "localhost", "/jwks");
        configure(&asking);
        AWAIT(strtol(key_server_say(&server, "connections"), NULL, 10) > connections);
        rest_ms(50);
        int64_t before = now_ms();
        refresher_stop();
        assert_true(now_ms() - before < AWAIT_MS);
        refresher_start(&patient);
    }
}

#define HOSTILE(test) cmocka_unit_test_setup_teardown(test, server_reset, test_over)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOSTILE(survives_silence),
        HOSTILE(survives_a_drip),
        HOSTILE(survives_a_dripping_header),
        HOSTILE(survives_a_silent_handshake),
        HOSTILE(survives_no_encryption),
        HOSTILE(survives_an_endless_body),
        HOSTILE(survives_an_endless_header),
        HOSTILE(survives_endless_hints),
        HOSTILE(survives_a_huge_body),
        HOSTILE(survives_a_huge_body_unsaid),
        HOSTILE(survives_a_gzip_bomb),
        HOSTILE(survives_gzip),
        HOSTILE(survives_a_transfer_bomb),
        HOSTILE(survives_truncation),
        HOSTILE(survives_hanging_up),
        HOSTILE(survives_http09),
        HOSTILE(survives_an_unasked_304),
        HOSTILE(survives_not_found),
        HOSTILE(survives_created),
        HOSTILE(survives_partial),
        HOSTILE(survives_unavailable),
        HOSTILE(survives_another_host),
        HOSTILE(survives_another_scheme),
        HOSTILE(survives_another_port),
        HOSTILE(survives_a_file),
        HOSTILE(survives_a_password),
        HOSTILE(survives_a_loop),
        HOSTILE(survives_an_empty_body),
        HOSTILE(survives_an_empty_set),
        HOSTILE(survives_a_useless_set),
        HOSTILE(survives_a_broken_key),
        HOSTILE(survives_garbage),
        HOSTILE(survives_html),
        HOSTILE(survives_many_keys),
        HOSTILE(survives_duplicates),
        HOSTILE(survives_another_name),
        HOSTILE(survives_an_expired_certificate),
        HOSTILE(survives_a_future_certificate),
        HOSTILE(survives_a_stranger),
        HOSTILE(survives_a_self_signed),
        HOSTILE(first_answer_bad),
        HOSTILE(needs_the_authority),
        HOSTILE(missing_authority),
        HOSTILE(refused_urls),
        HOSTILE(follows_its_own),
        HOSTILE(stalled_beside_quick),
        HOSTILE(stops_at_once),
    };
    return cmocka_run_group_tests(tests, server_begin, server_end);
}
