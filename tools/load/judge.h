/* SPDX-License-Identifier: Apache-2.0 */
/* What should not have been. */
#ifndef BEDNET_LOAD_JUDGE_H
#define BEDNET_LOAD_JUDGE_H

#include "swarm.h"

/* A list of sentences, empty where all is well; NULL without memory. */
json_t *bednet_judge(const struct bednet_swarm *swarm);

#endif
