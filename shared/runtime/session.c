/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/session.h"

#include "runtime/chain.h"
#include "runtime/counters.h"
#include "runtime/keeper.h"
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
    bednet_gauge_set(BEDNET_GAUGE_SESSIONS_EXPIRING, (int64_t)bednet_identities_ending(identities));
}

/* The broker forgot to tell the end of whatever lives under a pointer that comes again. */
static void end_stale(struct bednet_identities *identities, const void *handle)
{
    if (bednet_identities_retire(identities, handle))
        count_closed();
}

static enum bednet_status admit_by(enum bednet_status (*put)(struct bednet_identities *identities,
                                                             const struct bednet_identity_spec *spec),
                                   const struct bednet_identity_spec *spec)
{
    struct bednet_identities *identities = bednet_process()->identities;
    uint64_t evictions = bednet_identities_evictions(identities);
    end_stale(identities, spec->handle);
    enum bednet_status status = put(identities, spec);
    if (bednet_identities_evictions(identities) != evictions)
        bednet_count(BEDNET_COUNTER_IDENTITY_EVICTIONS);
    update_table_size(identities);
    return status;
}

static enum bednet_status put_pending(struct bednet_identities *identities,
                                      const struct bednet_identity_spec *spec)
{
    return bednet_identities_admit(identities, spec, BEDNET_IDENTITY_PENDING);
}

static enum bednet_status put_live(struct bednet_identities *identities,
                                   const struct bednet_identity_spec *spec)
{
    enum bednet_status status = bednet_identities_admit(identities, spec, BEDNET_IDENTITY_LIVE);
    count_opened(status == BEDNET_OK);
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
    enum bednet_status status = admit_by(put_pending, &spec);
    if (status == BEDNET_OK)
        bednet_keeper_begin(bednet_chain_keeper(chain),
                            bednet_identities_at(bednet_process()->identities, client->handle));
    bool too_long = client->client_id.len + client->username.len > BEDNET_IDENTITY_NAME_BYTES_MAX;
    return status == BEDNET_LIMIT && too_long ? BEDNET_OK : status;
}

/* Names that are too long would speak for themselves if the client left too early. */
enum bednet_status bednet_session_login_enhanced(const struct bednet_chain *chain,
                                                 const struct bednet_client *client)
{
    struct bednet_identity_spec spec = other_method(chain, client);
    return admit_by(bednet_identities_admit_unproven, &spec);
}

/* A token has its signature at the end, so the end of a long password tells it from any other. */
#define CREDENTIAL_BYTES 128

uint64_t bednet_session_credential(struct bednet_text password)
{
    if (password.len > CREDENTIAL_BYTES)
        password = (struct bednet_text){password.ptr + password.len - CREDENTIAL_BYTES, CREDENTIAL_BYTES};
    return bednet_hash_keyed_wide(&bednet_process()->key, password);
}

enum bednet_status bednet_session_identify(const struct bednet_identity_spec *spec)
{
    return admit_by(put_live, spec);
}

enum bednet_status bednet_session_renew(const struct bednet_identity_spec *spec)
{
    struct bednet_identities *identities = bednet_process()->identities;
    enum bednet_status status = bednet_identities_renew(identities, spec);
    update_table_size(identities);
    return status;
}

bool bednet_session_is_there(const struct bednet_chain *chain, const struct bednet_client *client)
{
    struct bednet_identities *identities = bednet_process()->identities;
    return bednet_identities_is_live(identities, chain, client) &&
           !bednet_identities_at(identities, client->handle)->given_up;
}

bool bednet_session_is_live(const struct bednet_chain *chain, const struct bednet_client *client)
{
    struct bednet_identities *identities = bednet_process()->identities;
    return bednet_session_is_there(chain, client) &&
           bednet_identities_at(identities, client->handle)->method != BEDNET_METHOD_OTHER;
}

void bednet_session_give_up(const void *handle)
{
    struct bednet_identity *identity = bednet_identities_at(bednet_process()->identities, handle);
    if (identity != NULL)
        identity->given_up = identity->ended;
}

/* A kick tells the end of the session before it returns, and may free what it is told. */
static void close_connection(struct bednet_identities *identities, struct bednet_identity *identity,
                             bednet_session_kick kick)
{
    char client_id[BEDNET_IDENTITY_NAME_BYTES_MAX + 1];
    struct bednet_text name = bednet_identity_client_id(identity);
    uint64_t serial = identity->serial;
    memcpy(client_id, name.ptr, name.len);
    client_id[name.len] = '\0';
    const void *handle = bednet_identities_begin_close(identity);
    kick(client_id, identity->ends_with_will);
    bednet_identities_finish_close(identities, handle, serial);
}

static void close_connections(struct bednet_identities *identities, bednet_session_kick kick)
{
    for (int i = 0; i < BEDNET_SESSION_KICKS_MAX && kick != NULL; i++) {
        struct bednet_identity *identity = bednet_identities_next_to_close(identities);
        if (identity == NULL)
            return;
        close_connection(identities, identity, kick);
    }
}

bool bednet_session_is_due(int64_t now_s)
{
    return bednet_identities_is_due(bednet_process()->identities, now_s);
}

void bednet_session_expire(int64_t now_s, bednet_session_kick kick)
{
    struct bednet_identities *identities = bednet_process()->identities;
    size_t ended = bednet_identities_expire(identities, now_s);
    for (size_t i = 0; i < ended; i++)
        bednet_count_session_ended(BEDNET_END_EXPIRED);
    if (ended > 0)
        update_table_size(identities);
    close_connections(identities, kick);
}

/* Whoever is offline or was restored has no connection to close, and no will to wait for. */
static bool may_end(const struct bednet_identity *identity)
{
    return identity->state != BEDNET_IDENTITY_PENDING && !identity->unproven && !identity->ended;
}

void bednet_session_review_restart(struct bednet_chain *chain, enum bednet_plugin plugin)
{
    bednet_identities_rewind(bednet_chain_cursor(chain, plugin));
}

bool bednet_session_review(struct bednet_chain *chain, enum bednet_plugin plugin,
                           bool (*is_over)(const void *context, const struct bednet_identity *identity),
                           const void *context, bool with_will, bednet_session_kick kick)
{
    struct bednet_identities *identities = bednet_process()->identities;
    struct bednet_identity *identity = NULL;
    const void *of = NULL;
    for (int i = 0; i < BEDNET_SESSION_REVIEW_MAX; i++) {
        identity = bednet_identities_next(identities, bednet_chain_cursor(chain, plugin), &of);
        if (identity == NULL)
            break;
        if (of != chain || !may_end(identity) || !is_over(context, identity))
            continue;
        bednet_identities_end(identities, identity, BEDNET_END_REVOKED, with_will);
        if (identity->kept != 0)
            bednet_chain_keep(chain, identity, true);
        bednet_count_session_ended(BEDNET_END_REVOKED);
    }
    update_table_size(identities);
    close_connections(identities, kick);
    return identity != NULL;
}

void bednet_session_end_by_policy(struct bednet_identity *identity, bool with_will)
{
    struct bednet_identities *identities = bednet_process()->identities;
    bednet_identities_end(identities, identity, BEDNET_END_POLICY, with_will);
    bednet_count_session_ended(BEDNET_END_POLICY);
    update_table_size(identities);
}

void bednet_session_confirm(const struct bednet_chain *chain, const void *handle)
{
    struct bednet_identities *identities = bednet_process()->identities;
    if (!bednet_identities_confirm(identities, handle))
        return;
    count_opened(1);
    bednet_keeper_confirm(bednet_chain_keeper(chain), bednet_identities_at(identities, handle));
}

/* Each message brings a turn, and nearly none of them has anybody to confirm. */
void bednet_session_confirm_all(void)
{
    struct bednet_process *process = bednet_process();
    if (process->leaving != NULL)
        bednet_session_turn();
    size_t confirmed = bednet_identities_confirm_all(process->identities);
    if (confirmed > 0)
        count_opened(confirmed);
}

void bednet_session_accept(const struct bednet_chain *chain, const struct bednet_client *client)
{
    struct bednet_identities *identities = bednet_process()->identities;
    const struct bednet_identity *identity = bednet_identities_at(identities, client->handle);
    if (identity != NULL && identity->state == BEDNET_IDENTITY_LIVE)
        return;
    if (identity != NULL && identity->state == BEDNET_IDENTITY_PENDING && !identity->unproven)
        bednet_session_confirm(chain, client->handle);
    else
        bednet_session_prove(chain, client);
}

struct bednet_identity *bednet_session_prove(const struct bednet_chain *chain,
                                             const struct bednet_client *client)
{
    struct bednet_identities *identities = bednet_process()->identities;
    struct bednet_identity *identity = bednet_identities_prove(identities, chain, client);
    count_opened(identity != NULL);
    update_table_size(identities);
    if (identity != NULL) {
        bednet_keeper_begin(bednet_chain_keeper(chain), identity);
        bednet_keeper_confirm(bednet_chain_keeper(chain), identity);
    }
    return identity;
}

enum bednet_status bednet_session_reject(const struct bednet_chain *chain, const struct bednet_client *client)
{
    struct bednet_identities *identities = bednet_process()->identities;
    struct bednet_identity_spec spec = other_method(chain, client);
    enum bednet_status status = admit_by(put_live, &spec);
    if (status == BEDNET_OK)
        bednet_identities_end(identities, bednet_identities_at(identities, client->handle),
                              BEDNET_END_REVOKED, false);
    return status;
}

bool bednet_session_has_ended(const struct bednet_chain *chain, const struct bednet_client *client)
{
    struct bednet_identities *identities = bednet_process()->identities;
    if (bednet_identities_known(identities, chain, client->handle) != NULL)
        return false;
    const struct bednet_identity *identity = bednet_identities_find(identities, chain, client);
    if (identity == NULL || !identity->unproven || identity->state != BEDNET_IDENTITY_PENDING)
        return identity != NULL && identity->ended;
    return bednet_session_prove(chain, client) == NULL;
}

void bednet_session_keep(const struct bednet_chain *chain, const void *handle, bool persists)
{
    struct bednet_identity *identity = bednet_identities_at(bednet_process()->identities, handle);
    if (identity != NULL)
        bednet_chain_keep(chain, identity, persists);
}

void bednet_session_part(const struct bednet_chain *chain, const void *handle, bool over)
{
    struct bednet_identity *identity = bednet_identities_at(bednet_process()->identities, handle);
    if (identity != NULL && identity->state == BEDNET_IDENTITY_LIVE)
        bednet_keeper_leave(bednet_chain_keeper(chain), identity, over);
}

void bednet_session_doubt(const void *handle)
{
    bednet_identities_doubt(bednet_process()->identities, handle);
}

void bednet_session_abandon(const void *handle)
{
    struct bednet_identities *identities = bednet_process()->identities;
    bednet_identities_abandon(identities, handle);
    update_table_size(identities);
}

void bednet_session_end(const void *handle)
{
    struct bednet_identities *identities = bednet_process()->identities;
    if (bednet_identities_retire(identities, handle))
        count_closed();
    update_table_size(identities);
    bednet_process()->leaving = handle;
    bednet_process()->leaving_turns = 0;
}

/* The turn in which it was told may end before its will is asked about. */
#define LEAVING_TURNS 2

bool bednet_session_is_leaving(const void *handle)
{
    return bednet_process()->leaving == handle;
}

void bednet_session_turn(void)
{
    struct bednet_process *process = bednet_process();
    if (++process->leaving_turns >= LEAVING_TURNS)
        process->leaving = NULL;
}

/* 0 stands for none. */
uint64_t bednet_session_certificate_number(const unsigned char *fingerprint)
{
    uint64_t number;
    memcpy(&number, fingerprint, sizeof number);
    return number | 1;
}

uint64_t bednet_session_certificate(const void *handle)
{
    const struct bednet_identity *identity = bednet_identities_at(bednet_process()->identities, handle);
    if (identity == NULL)
        return 0;
    const struct bednet_certificate_mark *mark = bednet_identity_mark(identity);
    return mark != NULL ? bednet_session_certificate_number(mark->fingerprint) : identity->certificate;
}

void bednet_session_set_certificate(const void *handle, uint64_t certificate)
{
    struct bednet_identity *identity = bednet_identities_at(bednet_process()->identities, handle);
    if (identity != NULL)
        identity->certificate = certificate;
}

bool bednet_session_has_left(const void *handle)
{
    const struct bednet_identity *identity = bednet_identities_at(bednet_process()->identities, handle);
    return identity != NULL && identity->state == BEDNET_IDENTITY_RETIRED;
}

void bednet_session_follow(const void *handle, uint64_t certificate)
{
    struct bednet_identities *identities = bednet_process()->identities;
    if (!bednet_session_has_left(handle) || bednet_session_certificate(handle) == certificate)
        return;
    bednet_identities_remove(identities, handle);
    update_table_size(identities);
}

void bednet_session_refuse(const void *handle)
{
    struct bednet_identities *identities = bednet_process()->identities;
    end_stale(identities, handle);
    bednet_identities_remove(identities, handle);
    update_table_size(identities);
}
