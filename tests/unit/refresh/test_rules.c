/* SPDX-License-Identifier: Apache-2.0 */
/* What may be read from a header, a URL and an issuer's metadata. */
#include "cmocka_first.h"

#include "refresh/discovery.h"
#include "refresh/http_rules.h"
#include "refresh/origin.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST 60
#define MOST  3600
#define NOW   INT64_C(1795341600) /* Sun, 22 Nov 2026 10:00:00 GMT */

/* Lines parted by \n, as a header's lines by CR LF. */
static bool read_header(const char *lines, struct bednet_http_header *header)
{
    bool read = true;
    memset(header, 0, sizeof *header);
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        char line[1024];
        snprintf(line, sizeof line, "%.*s\r\n", (int)length, lines);
        read = bednet_http_header_line(header, bednet_text(line)) && read;
        lines += length + (lines[length] == '\n');
    }
    return read;
}

static void life(void **state)
{
    static const struct {
        const char *lines;
        int64_t life_s;
    } cases[] = {
        {"HTTP/1.1 200 OK", MOST},
        {"Cache-Control: max-age=300", 300},
        {"cache-control:MAX-AGE=300", 300},
        {"Cache-Control: public, max-age=300, must-revalidate", 300},
        {"Cache-Control: max-age=\"300\"", 300},
        {"Cache-Control: max-age = 300 ", 300},
        {"Cache-Control: max-age=1", LEAST},
        {"Cache-Control: max-age=0", LEAST},
        {"Cache-Control: max-age=99999999", MOST},
        {"Cache-Control: max-age=99999999999999999999999999", MOST},
        {"Cache-Control: max-age=-5", LEAST},
        {"Cache-Control: max-age=1e9", LEAST},
        {"Cache-Control: max-age", LEAST},
        {"Cache-Control: max-age=", LEAST},
        {"Cache-Control: max-age=900, max-age=300", 300},
        {"Cache-Control: max-age=300\nCache-Control: max-age=900", 300},
        {"Cache-Control: no-cache", LEAST},
        {"Cache-Control: no-store, max-age=900", LEAST},
        {"Cache-Control: private=\"x\", max-age=900", 900},
        {"Cache-Control: s-maxage=100", MOST},
        {"Cache-Control: ,,,", MOST},
        {"Cache-Control:", MOST},
        {"X-Cache-Control: max-age=300", MOST},
        {"Cache-Control: max-age=900\nAge: 600", 300},
        {"Cache-Control: max-age=900\nAge: 9999999999999", LEAST},
        {"Date: Sun, 22 Nov 2026 10:00:00 GMT\nExpires: Sun, 22 Nov 2026 10:10:00 GMT", 600},
        {"Date: Sun, 22 Nov 1998 10:00:00 GMT\nExpires: Sun, 22 Nov 1998 10:10:00 GMT", 600},
        {"Expires: Sun, 22 Nov 2026 10:10:00 GMT", 600},
        {"Expires: 0", LEAST},
        {"Expires: -1", LEAST},
        {"Expires: tomorrow, perhaps", LEAST},
        {"Expires: Sun, 22 Nov 2026 09:00:00 GMT", LEAST},
        {"Expires: Sun, 22 Nov 2399 10:10:00 GMT", MOST},
        {"Expires: Sun, 22 Nov 2026 10:10:00 GMT\nCache-Control: max-age=120", 120},
        /* Interim answers say nothing of the last. */
        {"HTTP/1.1 103 Early Hints\nCache-Control: max-age=300\nHTTP/1.1 200 OK", MOST},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bednet_http_header header;
        assert_true(read_header(cases[i].lines, &header));
        int64_t got = bednet_http_life_s(&header, NOW, LEAST, MOST);
        if (got != cases[i].life_s)
            fail_msg("%s: %lld", cases[i].lines, (long long)got);
    }
}

static void validators(void **state)
{
    struct bednet_http_header header;
    char line[1024];
    (void)state;
    assert_true(read_header("ETag: W/\"a b\"\nLast-Modified: Sun, 22 Nov 2026 10:00:00 GMT", &header));
    assert_string_equal(header.etag, "W/\"a b\"");
    assert_string_equal(header.last_modified, "Sun, 22 Nov 2026 10:00:00 GMT");
    assert_true(read_header("ETag: \"a\"\nETag:", &header));
    assert_string_equal(header.etag, "");
    assert_true(read_header("ETag: \"a\x01\"", &header));
    assert_string_equal(header.etag, "");
    assert_true(read_header("ETag: \"\xC3\xA4\"", &header));
    assert_string_equal(header.etag, "");
    snprintf(line, sizeof line, "ETag: %0255d", 1);
    assert_true(read_header(line, &header));
    assert_int_equal(strlen(header.etag), 255);
    snprintf(line, sizeof line, "ETag: %0256d", 1);
    assert_true(read_header(line, &header));
    assert_string_equal(header.etag, "");
    /* A NUL in the middle would cut it off when it is sent back. */
    memset(&header, 0, sizeof header);
    assert_true(bednet_http_header_line(&header, (struct bednet_text){"ETag: \"a\0b\"\r\n", 13}));
    assert_string_equal(header.etag, "");
}

static void encodings(void **state)
{
    struct bednet_http_header header;
    static const char *const bad[] = {"Content-Encoding: gzip",
                                      "content-encoding:br",
                                      "Content-Encoding: gzip\nContent-Encoding: identity",
                                      "Content-Encoding: identity, gzip",
                                      "Transfer-Encoding: gzip, chunked",
                                      "Transfer-Encoding: deflate"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        read_header(bad[i], &header);
        assert_true(header.encoded);
    }
    read_header("Content-Encoding: identity\nTransfer-Encoding: Chunked\nAccept-Encoding: gzip", &header);
    assert_false(header.encoded);
}

static void large_headers(void **state)
{
    struct bednet_http_header header = {0};
    char line[1024];
    size_t lines = 0;
    (void)state;
    memset(line, 'a', sizeof line);
    memcpy(line, "HTTP/", 5);
    while (bednet_http_header_line(&header, (struct bednet_text){line, sizeof line}))
        lines++;
    assert_int_equal(lines, BEDNET_HTTP_HEADER_BYTES_MAX / sizeof line);
}

static bool may_be_fetched(const char *url, bool plain_http)
{
    size_t offset;
    return bednet_url_fault(bednet_text(url), plain_http, &offset) == NULL;
}

static void urls(void **state)
{
    static const struct {
        const char *url;
        bool https_only;
        bool plain_too;
    } cases[] = {
        {"https://id.example/jwks", true, true},
        {"https://id.example:8443/a?b", true, true},
        {"https://id.example/a#c", false, false},
        {"HTTPS://id.example/", false, false},
        {"https://127.0.0.1/", true, true},
        {"https://[2001:db8::1]:444/", true, true},
        {"http://localhost/", false, true},
        {"http://LOCALHOST:80/", false, true},
        {"http://127.0.0.1:8080/jwks", false, true},
        {"http://127.255.1.2/", false, true},
        {"http://[::1]/", false, true},
        {"http://[::2]/", false, false},
        {"http://[::ffff:127.0.0.1]/", false, false},
        {"http://128.0.0.1/", false, false},
        {"http://10.0.0.1/", false, false},
        {"http://0.0.0.0/", false, false},
        {"http://0/", false, false},
        {"http://localhost.example/", false, false},
        {"http://localhost.@elsewhere/", false, false},
        {"http://id.example/", false, false},
        {"https://user:secret@id.example/", false, false},
        {"https://user@id.example/", false, false},
        {"https://@id.example/", false, false},
        {"ftp://127.0.0.1/", false, false},
        {"file:///etc/passwd", false, false},
        {"httpss://id.example/", false, false},
        {"/jwks", false, false},
        {"id.example", false, false},
        {"", false, false},
        {"https://", false, false},
        {"https://id.example/\r\nHost: b", false, false},
        {"https://id.exa mple/", false, false},
        {"https://id.example:70000/", false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (may_be_fetched(cases[i].url, false) != cases[i].https_only ||
            may_be_fetched(cases[i].url, true) != cases[i].plain_too)
            fail_msg("%s", cases[i].url);
    }
    char *long_url = malloc(BEDNET_URL_BYTES + 1);
    assert_non_null(long_url);
    memset(long_url, 'a', BEDNET_URL_BYTES);
    long_url[BEDNET_URL_BYTES] = '\0';
    memcpy(long_url, "https://a/", 10);
    assert_false(may_be_fetched(long_url, false));
    long_url[BEDNET_URL_BYTES - 1] = '\0';
    assert_true(may_be_fetched(long_url, false));
    free(long_url);
}

static void origins(void **state)
{
    (void)state;
    assert_true(bednet_url_same_origin("https://a/b", "HTTPS://A:443/c?d"));
    assert_true(bednet_url_same_origin("http://a:80/", "http://a/"));
    assert_false(bednet_url_same_origin("https://a/", "http://a/"));
    assert_false(bednet_url_same_origin("https://a/", "https://a:8443/"));
    assert_false(bednet_url_same_origin("https://a/", "https://b/"));
    assert_false(bednet_url_same_origin("https://a/", "https://a./"));
    assert_false(bednet_url_same_origin("https://a/", "https://u:p@a/"));
    assert_false(bednet_url_same_origin("https://a/", ""));
    assert_false(bednet_url_same_origin("", ""));
    assert_false(bednet_url_same_origin("/", "https://a/"));
}

static void hosts(void **state)
{
    char host[BEDNET_URL_HOST_BYTES];
    (void)state;
    bednet_url_host("https://id.example:8443/jwks?token=secret", host);
    assert_string_equal(host, "id.example:8443");
    bednet_url_host("https://id.example/", host);
    assert_string_equal(host, "id.example");
    bednet_url_host("https://user:secret@id.example/", host);
    assert_string_equal(host, "?");
    bednet_url_host("", host);
    assert_string_equal(host, "?");
}

static void addresses(void **state)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr other = {.sa_family = AF_UNIX};
    (void)state;
    assert_true(bednet_address_is_loopback((struct sockaddr *)&v4, sizeof v4));
    assert_true(bednet_address_is_loopback((struct sockaddr *)&v6, sizeof v6));
    assert_false(bednet_address_is_loopback((struct sockaddr *)&v6, sizeof v4));
    assert_false(bednet_address_is_loopback(&other, sizeof other));
    v4.sin_addr.s_addr = htonl(0x0A000001);
    assert_false(bednet_address_is_loopback((struct sockaddr *)&v4, sizeof v4));
    v6.sin6_addr.s6_addr[0] = 0x20;
    assert_false(bednet_address_is_loopback((struct sockaddr *)&v6, sizeof v6));
}

static void places_of_metadata(void **state)
{
    static const struct {
        const char *issuer;
        const char *openid;
        const char *oauth;
    } cases[] = {
        {"https://a", "https://a/.well-known/openid-configuration",
         "https://a/.well-known/oauth-authorization-server"},
        {"https://a/", "https://a/.well-known/openid-configuration",
         "https://a/.well-known/oauth-authorization-server"},
        {"https://a:444/r/m", "https://a:444/r/m/.well-known/openid-configuration",
         "https://a:444/.well-known/oauth-authorization-server/r/m"},
        {"https://a/r/", "https://a/r/.well-known/openid-configuration",
         "https://a/.well-known/oauth-authorization-server/r"},
        {"https://a?b=c", NULL, NULL},
        {"https://a/#c", NULL, NULL},
        {"urn:issuer", NULL, NULL},
        {"accounts.example", NULL, NULL},
        {"", NULL, NULL},
        {"https://", NULL, NULL},
        {"https:///", NULL, NULL},
    };
    char url[BEDNET_URL_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(bednet_discovery_url(cases[i].issuer, BEDNET_DISCOVERY_OPENID, url),
                         cases[i].openid != NULL);
        if (cases[i].openid == NULL)
            continue;
        assert_string_equal(url, cases[i].openid);
        assert_true(bednet_discovery_url(cases[i].issuer, BEDNET_DISCOVERY_OAUTH, url));
        assert_string_equal(url, cases[i].oauth);
    }
    char *issuer = malloc(BEDNET_URL_BYTES);
    assert_non_null(issuer);
    memset(issuer, 'a', BEDNET_URL_BYTES);
    memcpy(issuer, "https://", 8);
    issuer[BEDNET_URL_BYTES - 1] = '\0';
    assert_false(bednet_discovery_url(issuer, BEDNET_DISCOVERY_OPENID, url));
    free(issuer);
}

static void metadata(void **state)
{
    static const struct {
        const char *json;
        bool plain_http;
        bool read;
    } cases[] = {
        {"{\"issuer\":\"https://a\",\"jwks_uri\":\"https://b/k\"}", false, true},
        {"{\"jwks_uri\":\"https:\\/\\/b\\/k\",\"issuer\":\"https://a\",\"x\":[{}]}", false, true},
        {"{\"issuer\":\"https://a\",\"jwks_uri\":\"http://[::1]/k\"}", true, true},
        {"{\"issuer\":\"https://a\",\"jwks_uri\":\"http://[::1]/k\"}", false, false},
        {"{\"issuer\":\"https://a/\",\"jwks_uri\":\"https://b/k\"}", false, false},
        {"{\"issuer\":\"https://A\",\"jwks_uri\":\"https://b/k\"}", false, false},
        {"{\"issuer\":[\"https://a\"],\"jwks_uri\":\"https://b/k\"}", false, false},
        {"{\"jwks_uri\":\"https://b/k\"}", false, false},
        {"{\"issuer\":\"https://a\"}", false, false},
        {"{\"issuer\":\"https://a\",\"jwks_uri\":null}", false, false},
        {"{\"issuer\":\"https://a\",\"jwks_uri\":\"/k\"}", false, false},
        {"{\"issuer\":\"https://a\",\"jwks_uri\":\"https://u:p@b/k\"}", false, false},
        {"{\"issuer\":\"https://a\",\"jwks_uri\":\"https://b/k\\r\\nX: y\"}", false, false},
        {"{\"issuer\":\"https://a\",\"issuer\":\"https://a\",\"jwks_uri\":\"https://b/k\"}", false, false},
        {"{\"issuer\":\"https://a\",\"jwks_uri\":\"https://b/k\"} x", false, false},
        {"[\"https://a\"]", false, false},
        {"\"https://a\"", false, false},
        {"", false, false},
        {"<html>", false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256];
        char url[BEDNET_URL_BYTES] = "untouched";
        const char *why = NULL;
        snprintf(text, sizeof text, "%s", cases[i].json);
        enum bednet_status status = bednet_discovery_read(
            text, strlen(text), BEDNET_TEXT_LITERAL("https://a"), cases[i].plain_http, url, &why);
        if ((status == BEDNET_OK) != cases[i].read)
            fail_msg("%s: %s", cases[i].json, why);
        assert_true(cases[i].read ? strncmp(url, "http", 4) == 0
                                  : strcmp(url, "untouched") == 0 && why != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(life),      cmocka_unit_test(validators),
        cmocka_unit_test(encodings), cmocka_unit_test(large_headers),
        cmocka_unit_test(urls),      cmocka_unit_test(origins),
        cmocka_unit_test(hosts),     cmocka_unit_test(addresses),
        cmocka_unit_test(metadata),  cmocka_unit_test(places_of_metadata),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
