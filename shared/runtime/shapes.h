/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the attributes of many clients have in common: all tokens of an issuer have the same claims in the
 * same order, and most of the values too. Clients whose attributes have the same names share one shape; of
 * the values it has those of the client that was the first. One thread at a time.
 */
#ifndef BEDNET_RUNTIME_SHAPES_H
#define BEDNET_RUNTIME_SHAPES_H

#include "core/subject.h"
#include "runtime/commons.h"

struct bednet_shapes {
    struct bednet_commons commons;
    struct bednet_shape *last; /* the one that was asked for last; NULL where it is gone */
};

/* Must not be moved. */
void bednet_shapes_open(struct bednet_shapes *shapes, const struct bednet_hash_key *key);

/* All were released. */
void bednet_shapes_close(struct bednet_shapes *shapes);

/*
 * The shape of attributes with these names, until it is released; NULL without memory. Their names and values
 * together are at most BEDNET_SPAN_AT_MAX bytes long.
 */
struct bednet_shape *bednet_shapes_hold(struct bednet_shapes *shapes, const struct bednet_subject *subject);

/* One that was held, once for each time; or NULL. */
void bednet_shapes_release(struct bednet_shapes *shapes, struct bednet_shape *shape);

#endif
