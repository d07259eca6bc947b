/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/fetch.h"
#include "refresh/origin.h"
#include "token/keyring.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_BODY_BYTES 8192
#define SLOWEST_BYTES_S  64L
#define CONDITION_BYTES  (BEDNET_HTTP_VALIDATOR_BYTES + 32)
#define TOO_LARGE        "the answer is too large (at most 1 MiB)"
#define STATUS_OK        200
#define STATUS_UNCHANGED 304

struct bednet_fetch {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *fields;
    void *owner;
    bool conditional;
    bool plain;      /* not https: nothing but loopback may be connected to */
    const char *why; /* a constant: which limit of ours the answer broke */
    struct bednet_http_header header;
    char *body;
    size_t bytes;
    size_t capacity;
    char error[CURL_ERROR_SIZE];
};

static size_t on_header(char *line, size_t size, size_t count, void *context)
{
    struct bednet_fetch *fetch = context;
    size_t bytes = size * count;
    if (!bednet_http_header_line(&fetch->header, (struct bednet_text){line, bytes})) {
        fetch->why = "the header of the answer is too large";
        return 0;
    }
    if (fetch->header.encoded) {
        fetch->why = "the answer is compressed, which was not asked for";
        return 0;
    }
    return bytes;
}

static bool make_room(struct bednet_fetch *fetch, size_t needed)
{
    size_t capacity = fetch->capacity != 0 ? fetch->capacity : FIRST_BODY_BYTES;
    while (capacity < needed)
        capacity *= 2;
    if (capacity == fetch->capacity)
        return true;
    char *grown = realloc(fetch->body, capacity);
    if (grown == NULL)
        return false;
    fetch->body = grown;
    fetch->capacity = capacity;
    return true;
}

/* One piece is at most 16 KiB, so that the sum cannot overflow. */
static size_t on_body(char *piece, size_t size, size_t count, void *context)
{
    struct bednet_fetch *fetch = context;
    size_t bytes = size * count;
    if (fetch->bytes + bytes > BEDNET_JWKS_BYTES_MAX) {
        fetch->why = TOO_LARGE;
        return 0;
    }
    if (!make_room(fetch, fetch->bytes + bytes)) {
        fetch->why = bednet_status_text(BEDNET_NOMEM);
        return 0;
    }
    memcpy(fetch->body + fetch->bytes, piece, bytes);
    fetch->bytes += bytes;
    return bytes;
}

static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct bednet_fetch *fetch = context;
    (void)purpose;
    if (fetch->plain && !bednet_address_is_loopback(&address->addr, address->addrlen)) {
        fetch->why = "http to an address that is not loopback";
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool set_number(CURL *easy, CURLoption option, long value)
{
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

static bool set_text(CURL *easy, CURLoption option, const char *value)
{
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

/* A connection of its own each time, so that no decision on a certificate outlives its request. */
static bool set_safety(struct bednet_fetch *fetch, const struct bednet_fetch_request *request)
{
    CURL *easy = fetch->easy;
    return set_text(easy, CURLOPT_PROTOCOLS_STR, fetch->plain ? "http" : "https") &&
           set_number(easy, CURLOPT_SSL_VERIFYPEER, 1) && set_number(easy, CURLOPT_SSL_VERIFYHOST, 2) &&
           set_number(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) &&
           set_number(easy, CURLOPT_SSL_SESSIONID_CACHE, 0) && set_number(easy, CURLOPT_FRESH_CONNECT, 1) &&
           set_number(easy, CURLOPT_FORBID_REUSE, 1) && set_number(easy, CURLOPT_FOLLOWLOCATION, 0) &&
           set_number(easy, CURLOPT_HTTP09_ALLOWED, 0) &&
           set_number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) &&
           set_number(easy, CURLOPT_NETRC, CURL_NETRC_IGNORED) && set_text(easy, CURLOPT_PROXY, "") &&
           set_text(easy, CURLOPT_NOPROXY, "*") &&
           curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)BEDNET_JWKS_BYTES_MAX) == CURLE_OK &&
           /* A file of the policy's takes the place of the system's folder, it does not add to it. */
           (request->ca_file == NULL ||
            (set_text(easy, CURLOPT_CAINFO, request->ca_file) && set_text(easy, CURLOPT_CAPATH, NULL)));
}

static bool set_times(CURL *easy, const struct bednet_fetch_request *request)
{
    return set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_ms) &&
           set_number(easy, CURLOPT_TIMEOUT_MS, (long)request->total_ms) &&
           set_number(easy, CURLOPT_LOW_SPEED_LIMIT, SLOWEST_BYTES_S) &&
           set_number(easy, CURLOPT_LOW_SPEED_TIME, request->stalled_s) &&
           set_number(easy, CURLOPT_NOSIGNAL, 1) &&
           /* A name server that does not answer is left to itself. */
           set_number(easy, CURLOPT_QUICK_EXIT, 1);
}

static bool set_callbacks(struct bednet_fetch *fetch)
{
    CURL *easy = fetch->easy;
    return curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error) == CURLE_OK;
}

static bool add_field(struct bednet_fetch *fetch, const char *name, const char *value)
{
    char field[CONDITION_BYTES];
    snprintf(field, sizeof field, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(fetch->fields, field);
    if (longer == NULL)
        return false;
    fetch->fields = longer;
    return true;
}

static bool set_fields(struct bednet_fetch *fetch, const struct bednet_fetch_request *request)
{
    bool by_tag = request->etag != NULL && request->etag[0] != '\0';
    bool by_time = request->last_modified != NULL && request->last_modified[0] != '\0';
    fetch->conditional = by_tag || by_time;
    return add_field(fetch, "Accept", "application/jwk-set+json, application/json") &&
           (!by_tag || add_field(fetch, "If-None-Match", request->etag)) &&
           (!by_time || add_field(fetch, "If-Modified-Since", request->last_modified)) &&
           curl_easy_setopt(fetch->easy, CURLOPT_HTTPHEADER, fetch->fields) == CURLE_OK &&
           set_text(fetch->easy, CURLOPT_USERAGENT, "bednet");
}

static bool prepare(struct bednet_fetch *fetch, const struct bednet_fetch_request *request)
{
    return fetch->easy != NULL && set_text(fetch->easy, CURLOPT_URL, request->url) &&
           set_safety(fetch, request) && set_times(fetch->easy, request) && set_callbacks(fetch) &&
           set_fields(fetch, request) && curl_multi_add_handle(fetch->multi, fetch->easy) == CURLM_OK;
}

enum bednet_status bednet_fetch_start(CURLM *multi, const struct bednet_fetch_request *request, void *owner,
                                      struct bednet_fetch **out)
{
    struct bednet_fetch *fetch = calloc(1, sizeof *fetch);
    if (fetch == NULL)
        return BEDNET_NOMEM;
    fetch->multi = multi;
    fetch->owner = owner;
    fetch->plain = request->plain_http && strncasecmp(request->url, "http:", 5) == 0;
    fetch->easy = curl_easy_init();
    if (!prepare(fetch, request)) {
        bednet_fetch_free(fetch);
        return BEDNET_NOMEM;
    }
    *out = fetch;
    return BEDNET_OK;
}

void *bednet_fetch_owner(CURL *easy)
{
    char *fetch = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_PRIVATE, &fetch) != CURLE_OK || fetch == NULL)
        return NULL;
    return ((struct bednet_fetch *)(void *)fetch)->owner;
}

static enum bednet_fetch_outcome judge(const struct bednet_fetch *fetch,
                                       const struct bednet_fetch_result *result)
{
    if (result->status == STATUS_OK)
        return BEDNET_FETCH_BODY;
    if (result->status == STATUS_UNCHANGED && fetch->conditional)
        return BEDNET_FETCH_UNCHANGED;
    return result->location != NULL ? BEDNET_FETCH_REDIRECT : BEDNET_FETCH_REFUSED;
}

void bednet_fetch_result(struct bednet_fetch *fetch, CURLcode code, struct bednet_fetch_result *result)
{
    char *location = NULL;
    *result = (struct bednet_fetch_result){
        .outcome = BEDNET_FETCH_FAILED, .header = &fetch->header, .body = fetch->body, .bytes = fetch->bytes};
    curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &result->status);
    curl_easy_getinfo(fetch->easy, CURLINFO_REDIRECT_URL, &location);
    result->location = location;
    if (code == CURLE_OK) {
        result->outcome = judge(fetch, result);
        snprintf(result->why, sizeof result->why, "the server answers with status %ld", result->status);
    } else if (code == CURLE_FILESIZE_EXCEEDED) {
        /* Which of the two limits is met first depends on libcurl's version. */
        snprintf(result->why, sizeof result->why, "%s", TOO_LARGE);
    } else if (fetch->why != NULL) {
        snprintf(result->why, sizeof result->why, "%s", fetch->why);
    } else {
        snprintf(result->why, sizeof result->why, "%s",
                 fetch->error[0] != '\0' ? fetch->error : curl_easy_strerror(code));
    }
}

void bednet_fetch_free(struct bednet_fetch *fetch)
{
    if (fetch == NULL)
        return;
    if (fetch->easy != NULL) {
        curl_multi_remove_handle(fetch->multi, fetch->easy);
        curl_easy_cleanup(fetch->easy);
    }
    curl_slist_free_all(fetch->fields);
    free(fetch->body);
    free(fetch);
}
