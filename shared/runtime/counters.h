/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is counted, process-wide, in relaxed atomics: callbacks add, the scrape thread reads. Every series is
 * there from the start and every label comes from a closed set. Names follow Prometheus' conventions.
 */
#ifndef BEDNET_RUNTIME_COUNTERS_H
#define BEDNET_RUNTIME_COUNTERS_H

#include "core/exposition.h"
#include "core/verdict.h"
#include "runtime/identity.h"

#include <stdatomic.h>

/* Plain counters: enum name, metric name, help. */
#define BEDNET_COUNTER_LIST(X)                                                                               \
    X(CONNECTIONS_OPENED, "mosquitto_connections_opened_total", "Client connections that were accepted.")    \
    X(CONNECTIONS_CLOSED, "mosquitto_connections_closed_total", "Accepted client connections that ended.")   \
    X(LOG_SUPPRESSED, "mosquitto_log_messages_suppressed_total",                                             \
      "Denials that were counted but not logged, because there were too many.")                              \
    X(IDENTITY_EVICTIONS, "mosquitto_identity_evictions_total",                                              \
      "Identities of closed sessions that were forgotten to make room.")                                     \
    X(STORE_FAILURES, "mosquitto_identity_store_failures_total",                                             \
      "Attempts to write identities to disk that failed; what waits is written later.")                      \
    X(STORE_LOST, "mosquitto_identity_store_lost_total",                                                     \
      "Changes of identities that the store on disk did not take, for want of room or memory.")              \
    X(SUBSCRIPTION_EVICTIONS, "mosquitto_subscription_evictions_total",                                      \
      "Offline sessions whose subscriptions were forgotten to make room.")                                   \
    X(LIMIT_SHARED, "mosquitto_ratelimit_shared_total",                                                      \
      "Messages of clients beyond the number that are told apart, which share one limit.")                   \
    X(SCRAPES, "mosquitto_metrics_scrapes_total", "Pages of metrics that were served.")                      \
    X(JWKS_FETCHES_OK, "mosquitto_jwks_fetches_succeeded_total",                                             \
      "Attempts to fetch a key set that brought a usable one, or the word that it did not change.")          \
    X(JWKS_FETCHES_FAILED, "mosquitto_jwks_fetches_failed_total",                                            \
      "Attempts to fetch a key set that failed; the last good set stays in use.")                            \
    X(JWKS_UNKNOWN_KID, "mosquitto_jwks_unknown_kid_total",                                                  \
      "Tokens whose key id was in no key set, so that newer sets were asked for.")                           \
    X(CRL_LOADS_OK, "mosquitto_crl_loads_succeeded_total",                                                   \
      "Attempts to read the lists of revoked certificates that brought a set to go by.")                     \
    X(CRL_LOADS_FAILED, "mosquitto_crl_loads_failed_total",                                                  \
      "Attempts to read the lists of revoked certificates that failed; the last good set stays in use.")     \
    X(EXCEPTIONS_USED, "mosquitto_policy_exceptions_used_total",                                             \
      "What clients did that only an exception which ends by itself allowed.")                               \
    X(SUBSCRIPTIONS_REMOVED, "mosquitto_subscriptions_removed_total",                                        \
      "Subscriptions that were taken away, for the policy no longer allows them.")

/* Plain gauges. */
#define BEDNET_GAUGE_LIST(X)                                                                                 \
    X(CONNECTIONS, "mosquitto_connections", "Clients that are connected now.")                               \
    X(IDENTITIES, "mosquitto_identities", "Identities that are kept, those of offline sessions included.")   \
    X(STORE_RECORDS, "mosquitto_identity_store_records",                                                     \
      "Identities that are kept on disk, as they were last counted.")                                        \
    X(STORE_FAILING, "mosquitto_identity_store_failing",                                                     \
      "1 while identities cannot be written to disk, else 0.")                                               \
    X(SESSIONS_EXPIRING, "mosquitto_sessions_expiring", "Connected clients whose session ends by itself.")   \
    X(SUBSCRIPTIONS, "mosquitto_subscriptions_tracked",                                                      \
      "Subscriptions that are kept, those of offline sessions included.")                                    \
    X(SUBSCRIPTION_BYTES, "mosquitto_subscriptions_tracked_bytes", "Memory that they are kept in.")          \
    X(RATELIMIT_KEYS, "mosquitto_ratelimit_tracked_keys", "Clients whose rate is being tracked.")            \
    X(ACL_RULES, "mosquitto_acl_rules", "Topic rules in force, all chains together.")                        \
    X(POLICY_GENERATION, "mosquitto_policy_generation", "Policies taken into use since the broker started.") \
    X(RELOAD_SUCCESSFUL, "mosquitto_policy_last_reload_successful",                                          \
      "1 when the last attempt to load a policy succeeded, else 0.")                                         \
    X(RELOAD_SUCCESS_TIME, "mosquitto_policy_last_reload_success_timestamp_seconds",                         \
      "When a policy was last taken into use, in seconds since 1970.")                                       \
    X(POLICY_EXCEPTIONS, "mosquitto_policy_exceptions",                                                      \
      "Exceptions in force that end by themselves, all chains together.")                                    \
    X(RELOADS_RUNNING, "mosquitto_policy_reloads_running",                                                   \
      "Reloads under way: a policy is being read, or the one before it freed.")                              \
    X(JWKS_KEYS, "mosquitto_jwks_keys", "Usable keys in all key sets that were fetched.")                    \
    X(JWKS_STALE_SOURCES, "mosquitto_jwks_unusable_sources",                                                 \
      "Key sets that could not be fetched yet, or so long ago that they are used no more.")                  \
    X(JWKS_LAST_SUCCESS, "mosquitto_jwks_last_success_timestamp_seconds",                                    \
      "When the key set that has waited longest was last fetched, in seconds since 1970; 0: none was.")      \
    X(CRL_LISTS, "mosquitto_crl_lists", "Lists of revoked certificates in force.")                           \
    X(CRL_ENTRIES, "mosquitto_crl_entries", "Certificates that they revoke.")                                \
    X(CRL_OLDEST_UPDATE, "mosquitto_crl_oldest_update_timestamp_seconds",                                    \
      "When the oldest of them was made, in seconds since 1970; 0: there is none.")                          \
    X(CRL_NEXT_UPDATE, "mosquitto_crl_next_update_timestamp_seconds",                                        \
      "When the first of them is out of date, in seconds since 1970; 0: none says so.")

enum bednet_counter {
#define X(name, metric, help) BEDNET_COUNTER_##name,
    BEDNET_COUNTER_LIST(X)
#undef X
        BEDNET_COUNTERS
};

enum bednet_gauge {
#define X(name, metric, help) BEDNET_GAUGE_##name,
    BEDNET_GAUGE_LIST(X)
#undef X
        BEDNET_GAUGES
};

/* Any thread. */
void bednet_count(enum bednet_counter counter);

/* Any thread. `delta` may be negative. */
void bednet_gauge_add(enum bednet_gauge gauge, int64_t delta);
void bednet_gauge_set(enum bednet_gauge gauge, int64_t value);
int64_t bednet_gauge_get(enum bednet_gauge gauge);

/*
 * Counts one decision of one plugin; `gate` for a denial of the runtime itself (plugin_missing and the like).
 * No denial is lost: one whose reason is not in the scope of its author counts as internal, so that reasons
 * always add up to denials. Any thread.
 */
void bednet_count_decision(enum bednet_plugin plugin, enum bednet_action action,
                           const struct bednet_decision *decision);
void bednet_count_gate_denial(enum bednet_action action, enum bednet_reason reason);

/*
 * The same for what is no denial, of which there is no more to count, and which nearly every message is: a
 * tally is of one plugin and verdict, by action, and there as long as the library is. Any thread.
 */
typedef atomic_uint_fast64_t bednet_tally;
bednet_tally *bednet_tally_of(enum bednet_plugin plugin, enum bednet_verdict verdict);

static inline void bednet_count_in(bednet_tally *tally, enum bednet_action action)
{
    atomic_fetch_add_explicit(&tally[action], 1, memory_order_relaxed);
}

/* Counts one session that Bednet ended. Any thread. */
void bednet_count_session_ended(enum bednet_end why);

/* Counts one login of a client that was logged in already. Any thread. */
void bednet_count_renewal(bool granted);

/* Counts one certificate that let a client in, by how long it is still good for. Any thread. */
void bednet_count_certificate(int64_t seconds_left);

/* Counts one denial that was let through because the plugin's section says `mode: observe`. Any thread. */
void bednet_count_observed(enum bednet_plugin plugin);

/*
 * Counts one attempt to load a policy and sets the gauges RELOAD_SUCCESSFUL and, on success,
 * RELOAD_SUCCESS_TIME to match. Any thread.
 */
void bednet_count_reload(bool success);

/* How long the last attempt to load a policy took, good or bad. Any thread. */
void bednet_count_load_time(uint64_t milliseconds);

/* Marks a plugin as loaded in this process, for mosquitto_plugin_build_info. Any thread. */
void bednet_count_plugin_loaded(enum bednet_plugin plugin);

/* Writes every family with every series, the same ones every time. Any thread. */
void bednet_counters_render(struct bednet_exposition *page);

/* Back to the start, for tests. */
void bednet_counters_reset(void);

#endif
