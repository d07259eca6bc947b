/* SPDX-License-Identifier: Apache-2.0 */
/* What of an order cannot be, and how that is said. */
#ifndef BEDNET_LOAD_ORDER_CHECK_H
#define BEDNET_LOAD_ORDER_CHECK_H

#include "order.h"

/* Says on standard error what is wrong; an exit code. */
int bednet_order_refuse(const struct bednet_order *order, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Holds against each other what is complete; an exit code, and said where it is not good. */
int bednet_order_check(const struct bednet_order *order);

#endif
