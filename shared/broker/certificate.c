/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/certificate.h"

#include "broker/mosquitto_api.h"
#include "token/thumbprint.h"

/* Each call of the broker's function takes a reference. */
bool bednet_certificate_sha256(const struct bednet_client *client,
                               unsigned char sha256[BEDNET_THUMBPRINT_BYTES])
{
    return bednet_thumbprint_of(mosquitto_client_certificate(client->handle), sha256);
}
