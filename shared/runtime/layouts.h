/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the texts of clients lie, kept once for all clients with which it is the same: most clients of an
 * issuer differ in the same few values from what they have in common. One thread at a time.
 */
#ifndef BEDNET_RUNTIME_LAYOUTS_H
#define BEDNET_RUNTIME_LAYOUTS_H

#include "core/pack.h"
#include "runtime/commons.h"

/*
 * The layout of these spans within this shape (NULL: no span speaks of one), until it is released; NULL
 * without memory. `spans` is copied; the shape has to be held for as long.
 */
const struct bednet_layout *bednet_layouts_hold(struct bednet_commons *layouts, struct bednet_shape *shape,
                                                const struct bednet_span *spans, size_t count);

/* One that was held, once for each time; or NULL. */
void bednet_layouts_release(struct bednet_commons *layouts, const struct bednet_layout *layout);

#endif
