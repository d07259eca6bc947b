/* SPDX-License-Identifier: Apache-2.0 */
/* Keys behind URLs, fetched as the plugin fetches them, but waited for. */
#ifndef BEDNET_TOOLS_FETCHED_H
#define BEDNET_TOOLS_FETCHED_H

#include "plugins/jwt/view.h"
#include "refresh/refresher.h"

/* Whoever fetched keys owns them; zeroed is empty. */
struct bednet_fetched {
    struct bednet_refresher *refreshers[BEDNET_ISSUERS_MAX]; /* one for each issuer that was asked for keys */
};

/*
 * Fetches the keys of issuer `named`, or where that is none of the view's, of all issuers that have a URL,
 * and puts them into the view. Each is asked once, and waited for until it has answered. What goes wrong is
 * printed; keys that did not come stay missing. Nothing is kept on disk. `out` is to be freed once the view
 * is used no more, whatever comes of it. An exit code.
 */
int bednet_fetched_wait(struct bednet_jwt_view *view, size_t named, struct bednet_fetched *out);
void bednet_fetched_free(struct bednet_fetched *fetched);

#endif
