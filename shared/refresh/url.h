/* SPDX-License-Identifier: Apache-2.0 */
/* Which URLs may be fetched. Pure. */
#ifndef BEDNET_REFRESH_URL_H
#define BEDNET_REFRESH_URL_H

#include <stdbool.h>
#include <stddef.h>

struct sockaddr;

#define BEDNET_URL_BYTES_MAX  2048 /* with its NUL */
#define BEDNET_URL_HOST_BYTES 96

/*
 * NULL when `url` may be fetched, else a constant sentence that says why not: it must be https, or http to a
 * loopback address or `localhost` where plain_http, and without user name and password.
 */
const char *bednet_url_refusal(const char *url, bool plain_http);

/* Same scheme, host and port; false where one of them is no URL. */
bool bednet_url_same_origin(const char *a, const char *b);

/* The host, and the port where it is said, escaped for a log line; `?` where there is none. */
void bednet_url_host(const char *url, char out[BEDNET_URL_HOST_BYTES]);

/* What a name led to. */
bool bednet_address_is_loopback(const struct sockaddr *address, size_t bytes);

#endif
