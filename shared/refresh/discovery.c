/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/discovery.h"
#include "token/json.h"

#include <stdio.h>
#include <stdlib.h>

/* Large providers have some 300. */
#define VALUES_MAX 4096

static const char openid[] = "/.well-known/openid-configuration";
static const char oauth[] = "/.well-known/oauth-authorization-server";

bool bednet_discovery_url(const char *issuer, enum bednet_discovery_form form, char out[BEDNET_URL_BYTES])
{
    const char *host = strstr(issuer, "://");
    size_t length = strlen(issuer);
    if (host == NULL || strpbrk(issuer, "?#") != NULL || length >= BEDNET_URL_BYTES)
        return false;
    if (issuer[length - 1] == '/')
        length--;
    size_t origin = (size_t)(host + 3 - issuer) + strcspn(host + 3, "/");
    if (origin > length || origin == (size_t)(host + 3 - issuer))
        return false;
    /* OpenID Connect appends; RFC 8414 section 3.1 inserts between host and path. */
    size_t head = form == BEDNET_DISCOVERY_OPENID ? length : origin;
    int written =
        snprintf(out, BEDNET_URL_BYTES, "%.*s%s%.*s", (int)head, issuer,
                 form == BEDNET_DISCOVERY_OPENID ? openid : oauth, (int)(length - head), issuer + head);
    return written > 0 && written < BEDNET_URL_BYTES;
}

static const char *read_metadata(const struct bednet_json *root, struct bednet_text issuer, bool plain_http,
                                 char out[BEDNET_URL_BYTES])
{
    const struct bednet_json *uri = bednet_json_member(root, "jwks_uri");
    if (!bednet_json_is(bednet_json_member(root, "issuer"), issuer))
        return "the metadata are another issuer's (their \"issuer\" must be the policy's, letter by letter)";
    if (uri == NULL || uri->type != BEDNET_JSON_STRING)
        return "the metadata have no \"jwks_uri\"";
    size_t offset;
    if (bednet_url_fault(uri->text, plain_http, &offset) != NULL)
        return "the \"jwks_uri\" of the metadata may not be fetched (expected a URL with https)";
    memcpy(out, uri->text.ptr, uri->text.len);
    out[uri->text.len] = '\0';
    return NULL;
}

enum bednet_status bednet_discovery_read(char *text, size_t bytes, struct bednet_text issuer, bool plain_http,
                                         char out[BEDNET_URL_BYTES], const char **why)
{
    struct bednet_json_fault fault;
    size_t capacity = bytes > 0 ? bednet_json_values((struct bednet_text){text, bytes}) : 0;
    if (capacity > VALUES_MAX)
        capacity = VALUES_MAX;
    *why = "the metadata are no JSON";
    if (capacity == 0)
        return BEDNET_INVALID;
    struct bednet_json *values = calloc(capacity, sizeof *values);
    if (values == NULL)
        return BEDNET_NOMEM;
    if (bednet_json_read(text, bytes, values, capacity, &fault))
        *why = read_metadata(values, issuer, plain_http, out);
    free(values);
    return *why == NULL ? BEDNET_OK : BEDNET_INVALID;
}
