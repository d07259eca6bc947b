/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's certificate while a login is judged by it: the X.509 structure, and what every rule asks of it.
 * One thread at a time.
 */
#ifndef BEDNET_CERTIFICATE_CERTIFICATE_H
#define BEDNET_CERTIFICATE_CERTIFICATE_H

#include "certificate/authority.h"
#include "certificate/mark.h"
#include "core/status.h"
#include <stdint.h>

struct bednet_certificate {
    struct x509_st *x509; /* borrowed */
    struct bednet_certificate_mark mark;
    int64_t not_before_s; /* seconds since 1970 */
    int64_t not_after_s;
    size_t authority; /* whose signature was found right; BEDNET_AUTHORITY_NONE: none was looked at */
    uint64_t not_by;  /* a bit for each authority of whose key it is known that it did not sign */
};

/*
 * BEDNET_INVALID for a certificate that nothing can be said of (a number that is too long, times that are
 * none), BEDNET_NOMEM.
 */
enum bednet_status bednet_certificate_open(struct x509_st *x509, const struct bednet_authorities *authorities,
                                           struct bednet_certificate *out);

#endif
