/* SPDX-License-Identifier: Apache-2.0 */
/* Keys behind URLs, fetched as the plugin fetches them, but waited for. */
#ifndef BEDNET_TOOLS_FETCHED_H
#define BEDNET_TOOLS_FETCHED_H

#include "plugins/jwt/view.h"
#include "refresh/refresher.h"

/*
 * Fetches the keys of issuer `named`, or where that is none of the view's, of all issuers that have a URL,
 * and puts them into the view. What goes wrong is printed; keys that did not come stay missing. Nothing is
 * kept on disk. *out owns the keys and is to be stopped once the view is used no more. An exit code.
 */
int bednet_fetched_wait(struct bednet_jwt_view *view, size_t named, struct bednet_refresher **out);

#endif
