/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a key server sends, into the parts that read it. The first byte of an input says which: its header
 * (then a life between the limits, and validators that can be sent back), an issuer's metadata (then the
 * issuer's own, and a URL that may be fetched), or a redirect (then no other origin, however it is spelt).
 * Target functions: bednet_http_header_line, bednet_http_life_s, bednet_discovery_read, bednet_discovery_url,
 * bednet_url_fault, bednet_url_same_origin, bednet_url_host.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "refresh/discovery.h"
#include "refresh/http_rules.h"
#include "refresh/origin.h"

#define LEAST_S 60
#define MOST_S  3600
#define NOW_S   INT64_C(1795341600)
#define ISSUER  "https://id.example/r"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static void check_validator(const char *value)
{
    check(strlen(value) < BEDNET_HTTP_VALIDATOR_BYTES, "a validator without end");
    for (; *value != '\0'; value++)
        check(*value >= ' ' && *value <= '~', "a validator that breaks the request that it is sent back in");
}

static void fuzz_header(const char *text, size_t size)
{
    struct bednet_http_header header;
    bool small = true;
    memset(&header, 0, sizeof header);
    while (size > 0) {
        const char *end = memchr(text, '\n', size);
        size_t length = end != NULL ? (size_t)(end - text) + 1 : size;
        small = bednet_http_header_line(&header, (struct bednet_text){text, length}) && small;
        check(small == (header.bytes <= BEDNET_HTTP_HEADER_BYTES_MAX), "a limit that is forgotten");
        text += length;
        size -= length;
    }
    check_validator(header.etag);
    check_validator(header.last_modified);
    int64_t life_s = bednet_http_life_s(&header, NOW_S, LEAST_S, MOST_S);
    check(life_s >= LEAST_S && life_s <= MOST_S, "a life beyond its limits");
}

static bool may_be_fetched(const char *url, bool plain_http)
{
    size_t offset;
    return bednet_url_fault(bednet_text(url), plain_http, &offset) == NULL;
}

static void check_fetchable(const char *url, bool plain_http)
{
    char host[BEDNET_URL_HOST_BYTES];
    bednet_url_host(url, host);
    check(strlen(host) < sizeof host, "a host without end");
    if (!may_be_fetched(url, plain_http))
        return;
    check(strncasecmp(url, "https:", 6) == 0 || (plain_http && strncasecmp(url, "http:", 5) == 0),
          "a scheme that may not be fetched");
    check(strpbrk(url, "\r\n") == NULL, "a URL that breaks the request");
    check(bednet_url_same_origin(url, url), "a URL that is not its own origin");
}

static void fuzz_metadata(const char *text, size_t size, bool plain_http)
{
    char url[BEDNET_URL_BYTES];
    const char *why = NULL;
    char *spoilt = malloc(size + 1);
    check(spoilt != NULL, "no memory");
    memcpy(spoilt, text, size);
    enum bednet_status status =
        bednet_discovery_read(spoilt, size, BEDNET_TEXT_LITERAL(ISSUER), plain_http, url, &why);
    check((status == BEDNET_OK) == (why == NULL), "neither read nor refused");
    if (status == BEDNET_OK) {
        check(may_be_fetched(url, plain_http), "a place of keys that may not be fetched");
        check_fetchable(url, plain_http);
    }
    free(spoilt);
}

static void fuzz_redirect(const char *text, size_t size, bool plain_http)
{
    char url[BEDNET_URL_BYTES + 64];
    char metadata[BEDNET_URL_BYTES];
    if (size >= sizeof url || memchr(text, '\0', size) != NULL)
        return;
    memcpy(url, text, size);
    url[size] = '\0';
    check_fetchable(url, plain_http);
    if (bednet_url_same_origin(ISSUER, url))
        check(strcasestr(url, "id.example") != NULL && strncasecmp(url, "https:", 6) == 0,
              "another host taken for ours");
    if (bednet_discovery_url(url, BEDNET_DISCOVERY_OPENID, metadata) &&
        bednet_discovery_url(url, BEDNET_DISCOVERY_OAUTH, metadata) && may_be_fetched(url, plain_http) &&
        may_be_fetched(metadata, plain_http))
        check(bednet_url_same_origin(url, metadata), "metadata at another host than the issuer's");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    const char *text = (const char *)data + 1;
    size--;
    switch (data[0] % 5) {
    case 0:
        fuzz_header(text, size);
        break;
    case 1:
    case 2:
        fuzz_metadata(text, size, data[0] % 5 == 2);
        break;
    default:
        fuzz_redirect(text, size, data[0] % 5 == 4);
        break;
    }
    return 0;
}
