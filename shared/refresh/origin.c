/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/origin.h"
#include "core/escape.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Parts are owned by libcurl, and NULL where they are missing. */
struct parts {
    CURLU *url;
    char *scheme;
    char *host;
    char *port;
};

static bool split(const char *text, struct parts *parts)
{
    *parts = (struct parts){.url = curl_url()};
    return parts->url != NULL &&
           curl_url_set(parts->url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK &&
           curl_url_get(parts->url, CURLUPART_SCHEME, &parts->scheme, 0) == CURLUE_OK &&
           curl_url_get(parts->url, CURLUPART_HOST, &parts->host, 0) == CURLUE_OK &&
           curl_url_get(parts->url, CURLUPART_PORT, &parts->port, CURLU_DEFAULT_PORT) == CURLUE_OK;
}

static void release(struct parts *parts)
{
    curl_free(parts->scheme);
    curl_free(parts->host);
    curl_free(parts->port);
    curl_url_cleanup(parts->url);
}

bool bednet_address_is_loopback(const struct sockaddr *address, size_t bytes)
{
    if (address->sa_family == AF_INET && bytes >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    if (address->sa_family == AF_INET6 && bytes >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
    }
    return false;
}

bool bednet_url_same_origin(const char *a, const char *b)
{
    struct parts one;
    struct parts other;
    /* Both are always split, for both are released. */
    bool split_both = split(a, &one);
    split_both = split(b, &other) && split_both;
    bool same = split_both && strcasecmp(one.scheme, other.scheme) == 0 &&
                strcasecmp(one.host, other.host) == 0 && strcmp(one.port, other.port) == 0;
    release(&one);
    release(&other);
    return same;
}

void bednet_url_host(const char *url, char out[BEDNET_URL_HOST_BYTES])
{
    struct parts parts;
    char *port = NULL;
    char text[BEDNET_URL_HOST_BYTES] = "?";
    if (split(url, &parts)) {
        bool said = curl_url_get(parts.url, CURLUPART_PORT, &port, 0) == CURLUE_OK;
        snprintf(text, sizeof text, "%s%s%s", parts.host, said ? ":" : "", said ? port : "");
    }
    curl_free(port);
    release(&parts);
    bednet_escape(bednet_text(text), out, BEDNET_URL_HOST_BYTES);
}
