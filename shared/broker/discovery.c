/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that the broker names by their certificate and lets in without asking (use_identity_as_username,
 * use_subject_as_username). 2.1 tells of them once they are in; 2.0 never does, and the first of them is what
 * they do, or their end.
 */
#include "broker/certificate.h"
#include "broker/instance.h"
#include "runtime/counters.h"
#include "runtime/process.h"
#include "runtime/report.h"
#include "runtime/session.h"

/*
 * Somebody under this pointer has left. Whoever is there now with another certificate is somebody new. With
 * the same one it is the same client: back, or one whose connection websockets have not closed yet though its
 * end was told. Taken for being back while it is not, an offline session would be closed one day, which 2.0
 * does not survive; so it keeps what was said of it.
 */
static bool is_new(const struct bednet_client *client, uint64_t certificate)
{
    return certificate != bednet_session_certificate(client->handle) ||
           mosquitto_client_protocol(client->handle) != mp_websockets;
}

/* The same, of a client with a certificate; false where nobody knows which. */
static bool meets_successor(const struct bednet_instance *instance, const struct bednet_client *client,
                            bool leaves)
{
    uint64_t certificate = bednet_certificate_number(client);
    if (certificate == 0)
        return false;
    if (!bednet_chain_discovers(instance->chain)) {
        bednet_session_follow(client->handle, certificate);
        return true;
    }
    return !is_new(client, certificate) || bednet_chain_discover(instance->chain, client, leaves);
}

/*
 * Only whoever shows a certificate is surely there, for it goes with the connection. One whose end was told a
 * moment ago is on its way out: that is its will.
 */
bool bednet_instance_meets(const struct bednet_instance *instance, const struct bednet_client *client,
                           bool leaves)
{
    const struct bednet_identity *identity =
        bednet_identities_at(bednet_process()->identities, client->handle);
    if (identity != NULL && identity->state != BEDNET_IDENTITY_RETIRED)
        return true;
    bool discovers = bednet_chain_discovers(instance->chain);
    if (!discovers && (identity == NULL || instance->features.has_connect_event))
        return true;
    bool has_left = bednet_session_is_leaving(client->handle);
    if (!bednet_certificate_is_shown(client) || (discovers && identity != NULL && has_left))
        return true;
    return identity == NULL ? bednet_chain_discover(instance->chain, client, leaves || has_left)
                            : meets_successor(instance, client, leaves);
}

/* What stands under the pointer of a client that was just accepted is either of its login, or a stranger's.
 */
static bool is_stranger(const struct bednet_identity *identity, const struct bednet_client *client)
{
    if (identity == NULL || identity->state == BEDNET_IDENTITY_RETIRED)
        return true;
    return identity->state == BEDNET_IDENTITY_LIVE && identity->method != BEDNET_METHOD_OTHER &&
           !(bednet_text_equal(bednet_identity_client_id(identity), client->client_id) &&
             bednet_text_equal(bednet_identity_username(identity), client->username));
}

void bednet_instance_accepts(const struct bednet_instance *instance, const struct bednet_client *client)
{
    const struct bednet_identity *identity =
        bednet_identities_at(bednet_process()->identities, client->handle);
    if (!bednet_chain_discovers(instance->chain) || !is_stranger(identity, client)) {
        bednet_session_accept(instance->chain, client);
        return;
    }
    /* Here a connection may be closed, and one of which nothing can be remembered has to be. */
    if (!bednet_chain_discover(instance->chain, client, false))
        bednet_instance_kick(client->client_id.ptr, false);
}

/* The verdict becomes a session, for nobody can be refused any more. */
static bool settle(const struct bednet_instance *instance, const struct bednet_client *client,
                   enum bednet_verdict verdict)
{
    switch (verdict) {
    case BEDNET_GRANT:
        return true;
    case BEDNET_DEFER:
        return bednet_session_prove(instance->chain, client) != NULL;
    default:
        return bednet_session_reject(instance->chain, client) == BEDNET_OK;
    }
}

bool bednet_instance_discovers(void *state, const struct bednet_client *client, bool leaves)
{
    const struct bednet_instance *instance = state;
    struct bednet_decision decision = {0};
    struct bednet_text username = {0};
    struct bednet_login login = {.client = *client, .discovered = true, .certificate = bednet_certificate_of};
    login.client.address = mosquitto_client_address(client->handle);
    bednet_module.login(instance->state, &login, &decision, &username);
    struct bednet_occasion occasion = {.action = BEDNET_ACTION_LOGIN, .client = &login.client};
    enum bednet_verdict verdict = bednet_report(instance->chain, bednet_module.plugin, &occasion, &decision);
    bool settled = settle(instance, client, verdict);
    if (settled && bednet_chain_keeper(instance->chain) != NULL)
        bednet_session_keep(instance->chain, client->handle, bednet_client_persists(client->handle));
    if (settled && leaves)
        bednet_session_end(client->handle);
    return settled;
}
