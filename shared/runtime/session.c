/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/session.h"

#include "runtime/counters.h"
#include "runtime/process.h"

static void count_opened(size_t count)
{
    for (size_t i = 0; i < count; i++)
        bednet_count(BEDNET_COUNTER_CONNECTIONS_OPENED);
    if (count > 0)
        bednet_gauge_add(BEDNET_GAUGE_CONNECTIONS, (int64_t)count);
}

static void count_closed(void)
{
    bednet_count(BEDNET_COUNTER_CONNECTIONS_CLOSED);
    bednet_gauge_add(BEDNET_GAUGE_CONNECTIONS, -1);
}

static void update_table_size(const struct bednet_identities *identities)
{
    bednet_gauge_set(BEDNET_GAUGE_IDENTITIES, (int64_t)bednet_identities_count(identities));
}

/* The broker forgot to tell the end of whatever lives under a pointer that comes again. */
static void end_stale(struct bednet_identities *identities, const void *handle)
{
    if (bednet_identities_retire(identities, handle))
        count_closed();
}

static enum bednet_status admit(const struct bednet_identity_spec *spec, enum bednet_identity_state state)
{
    struct bednet_identities *identities = bednet_process()->identities;
    uint64_t evictions = bednet_identities_evictions(identities);
    end_stale(identities, spec->handle);
    enum bednet_status status = bednet_identities_admit(identities, spec, state);
    if (bednet_identities_evictions(identities) != evictions)
        bednet_count(BEDNET_COUNTER_IDENTITY_EVICTIONS);
    if (status == BEDNET_OK && state == BEDNET_IDENTITY_LIVE)
        count_opened(1);
    update_table_size(identities);
    return status;
}

static struct bednet_identity_spec other_method(const struct bednet_chain *chain,
                                                const struct bednet_client *client)
{
    return (struct bednet_identity_spec){
        .chain = chain,
        .handle = client->handle,
        .method = BEDNET_METHOD_OTHER,
        .subject = {.client_id = client->client_id, .username = client->username},
    };
}

/* Names that are too long for an identity have none that could answer for them, and need none. */
enum bednet_status bednet_session_login(const struct bednet_chain *chain, const struct bednet_client *client)
{
    struct bednet_identity_spec spec = other_method(chain, client);
    enum bednet_status status = admit(&spec, BEDNET_IDENTITY_PENDING);
    bool too_long = client->client_id.len + client->username.len > BEDNET_IDENTITY_NAME_BYTES_MAX;
    return status == BEDNET_LIMIT && too_long ? BEDNET_OK : status;
}

uint64_t bednet_session_credential(struct bednet_text password)
{
    return bednet_hash_keyed_wide(&bednet_process()->key, password);
}

enum bednet_status bednet_session_identify(const struct bednet_identity_spec *spec)
{
    return admit(spec, BEDNET_IDENTITY_LIVE);
}

void bednet_session_confirm(const void *handle)
{
    if (bednet_identities_confirm(bednet_process()->identities, handle))
        count_opened(1);
}

void bednet_session_confirm_all(void)
{
    count_opened(bednet_identities_confirm_all(bednet_process()->identities));
}

void bednet_session_accept(const struct bednet_chain *chain, const struct bednet_client *client)
{
    struct bednet_identity *identity = bednet_identities_at(bednet_process()->identities, client->handle);
    if (identity != NULL && identity->state == BEDNET_IDENTITY_LIVE)
        return;
    if (identity != NULL && identity->state == BEDNET_IDENTITY_PENDING) {
        bednet_session_confirm(client->handle);
        return;
    }
    struct bednet_identity_spec spec = other_method(chain, client);
    admit(&spec, BEDNET_IDENTITY_LIVE);
}

void bednet_session_doubt(const void *handle)
{
    bednet_identities_doubt(bednet_process()->identities, handle);
}

void bednet_session_end(const void *handle)
{
    struct bednet_identities *identities = bednet_process()->identities;
    if (bednet_identities_retire(identities, handle))
        count_closed();
    update_table_size(identities);
}

void bednet_session_refuse(const void *handle)
{
    struct bednet_identities *identities = bednet_process()->identities;
    end_stale(identities, handle);
    bednet_identities_remove(identities, handle);
    update_table_size(identities);
}
