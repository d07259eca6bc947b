/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/keeper.h"

#include "runtime/chain.h"
#include "runtime/counters.h"
#include "runtime/process.h"
#include "runtime/record.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

struct bednet_keeper {
    struct bednet_keeper *next;
    char *path;
    size_t references; /* chains that share it */
    struct bednet_store *store;
    struct bednet_store_health told; /* what log and metrics know */
};

static struct bednet_keeper *keepers;

static struct bednet_keeper *find_keeper(struct bednet_text path)
{
    struct bednet_keeper *keeper = keepers;
    while (keeper != NULL && !bednet_text_equal(bednet_text(keeper->path), path))
        keeper = keeper->next;
    return keeper;
}

static struct bednet_keeper *new_keeper(struct bednet_text path)
{
    struct bednet_keeper *keeper = calloc(1, sizeof *keeper);
    if (keeper == NULL)
        return NULL;
    keeper->path = strdup(path.ptr);
    if (keeper->path == NULL) {
        free(keeper);
        return NULL;
    }
    keeper->next = keepers;
    keepers = keeper;
    return keeper;
}

static void free_keeper(struct bednet_keeper *keeper)
{
    struct bednet_keeper **link = &keepers;
    while (*link != keeper)
        link = &(*link)->next;
    *link = keeper->next;
    bednet_store_stop(keeper->store);
    free(keeper->path);
    free(keeper);
}

/* What a record needs to become an identity of this chain again. */
struct homecoming {
    const struct bednet_chain *chain;
    const struct bednet_policy *policy;
    struct bednet_text chain_name;
    struct bednet_identities *identities;
    struct bednet_record record;
    enum bednet_status status;
};

static bool restore(void *context, const struct bednet_store_record *stored)
{
    struct homecoming *home = context;
    struct bednet_record *record = &home->record;
    home->status = bednet_record_read(stored->bytes, record);
    if (home->status == BEDNET_OK && !bednet_text_equal(record->spec.subject.client_id, stored->client_id))
        home->status = BEDNET_INVALID;
    if (home->status != BEDNET_OK || !bednet_text_equal(record->chain, home->chain_name))
        return home->status == BEDNET_OK;
    record->spec.chain = home->chain;
    record->permissions.source = home->policy->section[BEDNET_PLUGIN_JWT];
    home->status =
        bednet_identities_restore(home->identities, &record->spec, record->revoked, stored->number);
    return home->status == BEDNET_OK;
}

static enum bednet_status restore_all(struct bednet_keeper *keeper, const struct bednet_policy *policy,
                                      const struct bednet_chain *chain, const char *chain_name, char *why)
{
    struct homecoming *home = calloc(1, sizeof *home);
    if (home == NULL)
        return BEDNET_NOMEM;
    home->chain = chain;
    home->policy = policy;
    home->chain_name = bednet_text(chain_name);
    home->identities = bednet_process()->identities;
    enum bednet_status status = bednet_store_read(keeper->store, restore, home, why);
    if (home->status != BEDNET_OK) {
        status = home->status;
        snprintf(why, BEDNET_STORE_WHY_BYTES,
                 "it holds a damaged identity: move it away, and whoever it knew has to log in again");
    }
    free(home);
    bednet_gauge_set(BEDNET_GAUGE_IDENTITIES, (int64_t)bednet_identities_count(bednet_process()->identities));
    return status;
}

/* Chains come one by one while the broker starts; nothing waits for the disk of what already runs. */
static enum bednet_status open_store(struct bednet_keeper *keeper, const struct bednet_policy *policy,
                                     const struct bednet_chain *chain, const char *chain_name, char *why)
{
    struct bednet_store_options options = {
        .path = keeper->path,
        .keep_s = policy->identities.keep_s,
        .records_max = BEDNET_IDENTITIES_MAX,
    };
    bednet_store_stop(keeper->store);
    keeper->store = NULL;
    enum bednet_status status = bednet_store_open(&options, &keeper->store, why);
    if (status == BEDNET_OK)
        status = restore_all(keeper, policy, chain, chain_name, why);
    if (status == BEDNET_OK)
        status = bednet_store_start(keeper->store);
    return status;
}

enum bednet_status bednet_keeper_acquire(const struct bednet_policy *policy, const struct bednet_chain *chain,
                                         const char *chain_name, struct bednet_diag *diag,
                                         struct bednet_keeper **out)
{
    char why[BEDNET_STORE_WHY_BYTES] = "";
    if (policy->identities.store.ptr == NULL)
        return BEDNET_OK;
    struct bednet_keeper *keeper = find_keeper(policy->identities.store);
    if (keeper == NULL)
        keeper = new_keeper(policy->identities.store);
    if (keeper == NULL)
        return BEDNET_NOMEM;
    uint64_t evictions = bednet_identities_evictions(bednet_process()->identities);
    enum bednet_status status = open_store(keeper, policy, chain, chain_name, why);
    evictions = bednet_identities_evictions(bednet_process()->identities) - evictions;
    if (status == BEDNET_OK && evictions > 0)
        bednet_diag_add(
            diag, BEDNET_WARNING, policy->path.ptr, policy->identities.source,
            "the store of identities '%.128s' holds %llu more than there is room for: the oldest are "
            "not known any more",
            keeper->path, (unsigned long long)evictions);
    if (status == BEDNET_OK) {
        keeper->references++;
        *out = keeper;
        return BEDNET_OK;
    }
    if (status != BEDNET_NOMEM)
        bednet_diag_add(diag, BEDNET_ERROR, policy->path.ptr, policy->identities.source,
                        "the store of identities '%.128s' cannot be used: %s", keeper->path, why);
    if (keeper->references == 0)
        free_keeper(keeper);
    return status;
}

/* 2.0 does not surely say that somebody was let in by other means; whoever is there until the end was. */
static void settle_others(struct bednet_keeper *keeper, const struct bednet_chain *chain)
{
    struct bednet_identities *identities = bednet_process()->identities;
    struct bednet_identities_cursor cursor = {0};
    struct bednet_identity *identity;
    const void *of;
    bednet_identities_rewind(&cursor);
    while ((identity = bednet_identities_next(identities, &cursor, &of)) != NULL)
        if (of == chain && identity->state == BEDNET_IDENTITY_LIVE)
            bednet_keeper_confirm(keeper, identity);
}

void bednet_keeper_release(struct bednet_keeper *keeper, const struct bednet_chain *chain)
{
    if (keeper == NULL)
        return;
    if (keeper->store != NULL)
        settle_others(keeper, chain);
    if (--keeper->references == 0)
        free_keeper(keeper);
}

void bednet_keeper_prepare(const struct bednet_keeper *keeper, const struct bednet_policy *next,
                           struct bednet_diag *diag)
{
    struct bednet_text path = next->identities.store;
    if (keeper == NULL && path.ptr != NULL)
        bednet_diag_add(
            diag, BEDNET_ERROR, next->path.ptr, next->identities.source,
            "identities.store is new (expected no such key until the broker is restarted: only then "
            "a store can be opened)");
    else if (keeper != NULL && !bednet_text_equal(bednet_text(keeper->path), path))
        bednet_diag_add(diag, BEDNET_ERROR, next->path.ptr, next->identities.source,
                        "identities.store is another one (expected '%.128s' until the broker is restarted)",
                        keeper->path);
}

void bednet_keeper_configure(struct bednet_keeper *keeper, const struct bednet_policy *policy)
{
    if (keeper != NULL)
        bednet_store_set_keep(keeper->store, policy->identities.keep_s);
}

static struct bednet_identity_spec spec_of(const struct bednet_identity *identity,
                                           struct bednet_text role_names[BEDNET_ROLES_PER_CLIENT_MAX])
{
    return (struct bednet_identity_spec){
        .method = identity->method,
        .client_id_is_vouched = identity->client_id_is_vouched,
        .subject = bednet_identity_subject(identity),
        .role_names = role_names,
        .role_name_count = bednet_identity_role_names(identity, role_names),
        .ends_s = identity->expiry.ends_s,
        .ends_with_will = identity->ends_with_will,
        .permissions = bednet_identity_permissions(identity),
        .mark = bednet_identity_mark(identity),
    };
}

/* Nothing is better than what was true of an earlier login. */
static void keep(struct bednet_keeper *keeper, struct bednet_text chain_name,
                 struct bednet_identity *identity)
{
    unsigned char bytes[BEDNET_RECORD_BYTES_MAX];
    struct bednet_text role_names[BEDNET_ROLES_PER_CLIENT_MAX];
    struct bednet_identity_spec spec = spec_of(identity, role_names);
    size_t length = bednet_record_write(&spec, chain_name, identity->ended, bytes);
    identity->kept = 0;
    if (length > 0)
        identity->kept = bednet_store_put(keeper->store, bednet_identity_client_id(identity),
                                          (struct bednet_text){(const char *)bytes, length});
    if (identity->kept == 0)
        bednet_store_forget(keeper->store, bednet_identity_client_id(identity),
                            bednet_store_number(keeper->store));
}

void bednet_keeper_note(struct bednet_keeper *keeper, struct bednet_text chain_name,
                        struct bednet_identity *identity, bool persists)
{
    if (keeper == NULL || (identity->method == BEDNET_METHOD_OTHER && !identity->ended))
        return;
    if (persists) {
        keep(keeper, chain_name, identity);
        return;
    }
    bednet_store_forget(keeper->store, bednet_identity_client_id(identity),
                        bednet_store_number(keeper->store));
    identity->kept = 0;
}

void bednet_keeper_begin(const struct bednet_keeper *keeper, struct bednet_identity *identity)
{
    if (keeper != NULL && identity != NULL)
        identity->kept = bednet_store_number(keeper->store);
}

void bednet_keeper_confirm(struct bednet_keeper *keeper, struct bednet_identity *identity)
{
    if (keeper == NULL || identity->kept == 0 || identity->ended || identity->method != BEDNET_METHOD_OTHER)
        return;
    bednet_store_forget(keeper->store, bednet_identity_client_id(identity), identity->kept);
    identity->kept = 0;
}

void bednet_keeper_leave(struct bednet_keeper *keeper, struct bednet_identity *identity, bool over)
{
    if (keeper == NULL || identity->kept == 0)
        return;
    if (identity->method == BEDNET_METHOD_OTHER && !identity->ended)
        bednet_keeper_confirm(keeper, identity);
    else if (over)
        bednet_store_forget(keeper->store, bednet_identity_client_id(identity), identity->kept);
    else
        bednet_store_leave(keeper->store, bednet_identity_client_id(identity), identity->kept);
}

static void count_up(enum bednet_counter counter, uint64_t from, uint64_t to)
{
    for (; from < to; from++)
        bednet_count(counter);
}

static void tell(const struct bednet_keeper *keeper, const struct bednet_store_health *now,
                 void (*log)(enum bednet_severity severity, const char *line))
{
    char line[512];
    if (now->failing && !keeper->told.failing) {
        snprintf(
            line, sizeof line,
            "the store of identities '%.128s' cannot be written (%s): it is tried again and again, and what "
            "waits is written then; a restart before that forgets it",
            keeper->path, bednet_store_fault(keeper->store));
        log(BEDNET_ERROR, line);
    } else if (!now->failing && keeper->told.failing) {
        snprintf(line, sizeof line, "the store of identities '%.128s' is written again", keeper->path);
        log(BEDNET_WARNING, line);
    }
    if (now->lost > 0 && keeper->told.lost == 0) {
        snprintf(
            line, sizeof line,
            "the store of identities '%.128s' did not take an identity: too much waits to be written, or "
            "there is no memory; mosquitto_identity_store_lost_total counts them",
            keeper->path);
        log(BEDNET_ERROR, line);
    }
}

void bednet_keepers_report(void (*log)(enum bednet_severity severity, const char *line))
{
    int64_t records = 0, failing = 0;
    if (keepers == NULL)
        return;
    for (struct bednet_keeper *keeper = keepers; keeper != NULL; keeper = keeper->next) {
        struct bednet_store_health now = bednet_store_health(keeper->store);
        tell(keeper, &now, log);
        count_up(BEDNET_COUNTER_STORE_FAILURES, keeper->told.failures, now.failures);
        count_up(BEDNET_COUNTER_STORE_LOST, keeper->told.lost, now.lost);
        keeper->told = now;
        records += (int64_t)now.records;
        failing += now.failing;
    }
    bednet_gauge_set(BEDNET_GAUGE_STORE_RECORDS, records);
    bednet_gauge_set(BEDNET_GAUGE_STORE_FAILING, failing);
}
