/* SPDX-License-Identifier: Apache-2.0 */
/* What the broker does when clients that are there are reviewed; see runtime/review.h. */
#ifndef BEDNET_BROKER_REVIEW_H
#define BEDNET_BROKER_REVIEW_H

#include "broker/instance.h"

/* A turn of the review of the chain that the instance leads; before bednet_session_expire. */
void bednet_instance_reviews(struct bednet_instance *instance);

#endif
