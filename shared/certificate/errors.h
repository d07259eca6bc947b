/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's queue of errors, which belongs to the broker's TLS as much as to us: nothing of ours is left in
 * it. Internal to certificate. Any thread; each has a queue of its own.
 */
#ifndef BEDNET_CERTIFICATE_ERRORS_H
#define BEDNET_CERTIFICATE_ERRORS_H

#include "core/status.h"

#include <openssl/err.h>
#include <stdbool.h>

/* An error that could not be recorded for want of memory is a hole in the queue and reads as its end. */
#define BEDNET_QUEUED_ERRORS 16

/* Before OpenSSL is asked: what lies in the queue is of no interest to anybody any more. */
static inline void bednet_errors_begin(void)
{
    if (ERR_peek_error() != 0) {
        ERR_clear_error();
    }
}

/* Empties the queue; true where memory failed. */
static inline bool bednet_errors_drain(void)
{
    bool memory = false;

    for (int i = 0; i < BEDNET_QUEUED_ERRORS; i++) {
        memory |= ERR_GET_REASON(ERR_get_error()) == ERR_R_MALLOC_FAILURE;
    }
    ERR_clear_error();
    return memory;
}

/* What an operation ends with that began with bednet_errors_begin: lack of memory can look like bad input. */
static inline enum bednet_status bednet_errors_end(enum bednet_status status)
{
    if (status == BEDNET_OK && ERR_peek_error() == 0) {
        return status;
    }
    return bednet_errors_drain() && status == BEDNET_INVALID ? BEDNET_NOMEM : status;
}

#endif
