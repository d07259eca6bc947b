/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/certificate.h"

#include "broker/mosquitto_api.h"
#include "runtime/session.h"
#include "token/thumbprint.h"

/* Each call of the broker's function takes a reference. */
struct x509_st *bednet_certificate_of(const struct bednet_client *client)
{
    return mosquitto_client_certificate(client->handle);
}

bool bednet_certificate_is_shown(const struct bednet_client *client)
{
    return bednet_thumbprint_drop(bednet_certificate_of(client));
}

bool bednet_certificate_sha256(const struct bednet_client *client,
                               unsigned char sha256[BEDNET_THUMBPRINT_BYTES])
{
    return bednet_thumbprint_of(bednet_certificate_of(client), sha256);
}

uint64_t bednet_certificate_number(const struct bednet_client *client)
{
    unsigned char sha256[BEDNET_THUMBPRINT_BYTES];
    return bednet_certificate_sha256(client, sha256) ? bednet_session_certificate_number(sha256) : 0;
}
