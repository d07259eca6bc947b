/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operation of Bednet that can fail says about itself. A status never carries a verdict: who may do
 * what is in verdict.h.
 */
#ifndef BEDNET_CORE_STATUS_H
#define BEDNET_CORE_STATUS_H

#define BEDNET_STATUS_LIST(X)                                                                                \
    X(OK, "success")                                                                                         \
    X(NOMEM, "out of memory")                                                                                \
    X(INVALID, "invalid input")                                                                              \
    X(LIMIT, "a fixed limit was reached")                                                                    \
    X(NOT_FOUND, "not found")                                                                                \
    X(EXISTS, "already there")                                                                               \
    X(IO, "input or output failed")

enum bednet_status {
#define X(name, text) BEDNET_##name,
    BEDNET_STATUS_LIST(X)
#undef X
};

/* The text of a status, a constant string. Any thread. */
const char *bednet_status_text(enum bednet_status status);

#endif
