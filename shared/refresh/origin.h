/* SPDX-License-Identifier: Apache-2.0 */
/* Where a URL leads, as libcurl reads it. Whether it may be asked at all says policy/url.h. Pure. */
#ifndef BEDNET_REFRESH_ORIGIN_H
#define BEDNET_REFRESH_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

struct sockaddr;

#define BEDNET_URL_HOST_BYTES 96

/* Same scheme, host and port; false where one of them is no URL. */
bool bednet_url_same_origin(const char *a, const char *b);

/* The host, and the port where it is said, escaped for a log line; `?` where there is none. */
void bednet_url_host(const char *url, char out[BEDNET_URL_HOST_BYTES]);

/* What a name led to. */
bool bednet_address_is_loopback(const struct sockaddr *address, size_t bytes);

#endif
