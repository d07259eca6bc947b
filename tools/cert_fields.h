/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in a certificate, under the names that a policy has for it: for looking at, never for deciding.
 */
#ifndef BEDNET_TOOLS_CERT_FIELDS_H
#define BEDNET_TOOLS_CERT_FIELDS_H

#include "certificate/certificate.h"

#include <jansson.h>

/*
 * Prints each field that is there, then its times, key, signature and usages, a line each. `opened` says
 * whether bednet_certificate_open could read the times.
 */
void bednet_cert_fields_print(const struct bednet_certificate *certificate, bool opened, int64_t now_s);

/* The same as an object; NULL without memory. */
json_t *bednet_cert_fields_json(const struct bednet_certificate *certificate, bool opened);

#endif
