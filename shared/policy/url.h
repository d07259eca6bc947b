/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a URL may be asked for keys. Stricter than RFC 3986: what two parsers could read in two ways is
 * refused, so that the host which was judged is the host which is asked. Pure; any thread.
 */
#ifndef BEDNET_POLICY_URL_H
#define BEDNET_POLICY_URL_H

#include "core/text.h"

#define BEDNET_URL_BYTES_MAX 2048
#define BEDNET_URL_BYTES     (BEDNET_URL_BYTES_MAX + 1) /* room for any, with its NUL */

/*
 * NULL where `url` is https://HOST, with or without a port, a path and a query; or http:// where `plain_http`
 * allows it and the host is 127.0.0.0/8, [::1] or localhost. Otherwise a constant string: what is wrong and
 * what was expected; *offset is the byte where it stands.
 */
const char *bednet_url_fault(struct bednet_text url, bool plain_http, size_t *offset);

#endif
