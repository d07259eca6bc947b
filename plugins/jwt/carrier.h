/* SPDX-License-Identifier: Apache-2.0 */
/* Where in a login the token is: password, user name, or the data of MQTT 5's enhanced authentication. */
#ifndef BEDNET_PLUGINS_JWT_CARRIER_H
#define BEDNET_PLUGINS_JWT_CARRIER_H

#include "runtime/event.h"

/*
 * What the client shows as its token, in one of the places of the mask of enum bednet_token_carrier; absent
 * where it shows none there. A password or user name must look like a token to be taken for one, but who
 * names the authentication method OAUTH2-JWT or CUSTOM-JWT has said so. Borrowed from the login.
 */
struct bednet_text bednet_jwt_token_of(const struct bednet_login *login, unsigned carriers);

#endif
