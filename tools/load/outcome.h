/* SPDX-License-Identifier: Apache-2.0 */
/* What is said at the end, and whether all was as it should be. */
#ifndef BEDNET_LOAD_OUTCOME_H
#define BEDNET_LOAD_OUTCOME_H

#include "swarm.h"

/* The whole of it; NULL without memory. `failures` says in words what should not have been: empty, all is
 * well. */
json_t *bednet_outcome_make(const struct bednet_swarm *swarm);

/* The same for people. */
void bednet_outcome_print(const json_t *outcome);

/* Whether nothing went wrong in it. */
bool bednet_outcome_is_good(const json_t *outcome);

#endif
