/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/jwt/carrier.h"
#include "policy/policy.h"

static bool is_method_for_tokens(struct bednet_text method)
{
    return bednet_text_equal(method, BEDNET_TEXT_LITERAL("OAUTH2-JWT")) ||
           bednet_text_equal(method, BEDNET_TEXT_LITERAL("CUSTOM-JWT"));
}

static bool is_shown(struct bednet_text text)
{
    return text.ptr != NULL && bednet_token_is_meant(text);
}

struct bednet_text bednet_jwt_token_of(const struct bednet_login *login, unsigned carriers)
{
    const struct bednet_text none = {0}, empty = {"", 0};
    if (login->method.ptr != NULL) {
        if ((carriers & BEDNET_CARRIER_ENHANCED) == 0 || !is_method_for_tokens(login->method))
            return none;
        return login->data.ptr != NULL ? login->data : empty;
    }
    if ((carriers & BEDNET_CARRIER_PASSWORD) != 0 && is_shown(login->password))
        return login->password;
    if ((carriers & BEDNET_CARRIER_USERNAME) != 0 && is_shown(login->client.username))
        return login->client.username;
    return none;
}
