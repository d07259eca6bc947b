/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an issuer says that its keys are: OpenID Connect Discovery 1.0 section 4, or RFC 8414 section 3. Pure
 * but for memory.
 */
#ifndef BEDNET_REFRESH_DISCOVERY_H
#define BEDNET_REFRESH_DISCOVERY_H

#include "core/status.h"
#include "core/text.h"
#include "policy/url.h"

/* In the order in which they are tried. */
enum bednet_discovery_form { BEDNET_DISCOVERY_OPENID, BEDNET_DISCOVERY_OAUTH, BEDNET_DISCOVERY_FORMS };

/* The URL of the metadata. False where the issuer is too long, has a query or fragment, or is no URL. */
bool bednet_discovery_url(const char *issuer, enum bednet_discovery_form form, char out[BEDNET_URL_BYTES]);

/*
 * Reads metadata, and spoils the text. BEDNET_INVALID with a constant sentence in *why unless they are those
 * of exactly this issuer and name a URL that may be fetched.
 */
enum bednet_status bednet_discovery_read(char *text, size_t bytes, struct bednet_text issuer, bool plain_http,
                                         char out[BEDNET_URL_BYTES], const char **why);

#endif
