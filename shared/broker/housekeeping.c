/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one plugin of a chain, the first in the file, does for all of them: it sees every login before the
 * others, follows sessions, writes the denial log, and refuses everything while a section of the policy has
 * no plugin. The policy's reload is in reload.c.
 */
#include "broker/certificate.h"
#include "broker/exceptions.h"
#include "broker/instance.h"
#include "broker/reload.h"
#include "broker/review.h"
#include "broker/subscriptions.h"
#include "runtime/clock.h"
#include "runtime/counters.h"
#include "runtime/keeper.h"
#include "runtime/process.h"
#include "runtime/report.h"
#include "runtime/session.h"
#include "runtime/standing.h"

#define TICK_MS             100
#define TURN_NS             UINT64_C(50000000)
#define REAUTHENTICATION_NS UINT64_C(1000000000)
#define GATE_REST           64
/* By then the broker has surely asked again for all of its sessions. */
#define REAUTHENTICATED_NS (60 * REAUTHENTICATION_NS)

/*
 * 2.0.11 with per_listener_settings never ticks: then every event of the gate does a tick's work first.
 * Sessions are looked at once a second, and no connection may be closed: some event of it may be under way.
 */
static void catch_up(struct bednet_instance *instance)
{
    if (instance->has_ticked)
        return;
    if (instance->reload_stage != BEDNET_RELOAD_NONE)
        bednet_reload_proceed(instance);
    bednet_report_drain(bednet_log_denial);
    bednet_keepers_report(bednet_log_severity);
    int64_t now_s = bednet_clock_wall_s();
    if (now_s != instance->caught_up_s) {
        bednet_session_turn();
        bednet_exceptions_turn(instance);
        bednet_instance_reviews(instance);
    }
    if (now_s != instance->caught_up_s && bednet_session_is_due(now_s))
        bednet_session_expire(now_s, NULL);
    instance->caught_up_s = now_s;
}

/*
 * The same for connections, at the login of another client: a takeover closes connections there, too. Not
 * while the broker walks through its sessions after SIGHUP.
 */
static void catch_up_kicks(const struct bednet_instance *instance)
{
    if (!instance->has_ticked && (instance->reloaded_ns == 0 ||
                                  bednet_clock_monotonic_ns() - instance->reloaded_ns > REAUTHENTICATED_NS))
        bednet_session_expire(bednet_clock_wall_s(), bednet_instance_kick);
}

static void deny_at_gate(const struct bednet_instance *instance, enum bednet_action action,
                         struct bednet_client *client, const struct mosquitto *broker_client,
                         struct bednet_text topic, enum bednet_reason reason)
{
    client->address = mosquitto_client_address(broker_client);
    struct bednet_occasion occasion = {.action = action, .client = client, .topic = topic};
    bednet_report_gate_denial(instance->chain, &occasion, reason);
}

/*
 * What has left has no connection, and so no certificate to show: a session that lived by one is offline then
 * and stays. Whoever shows another one than that is somebody new.
 */
static bool shows_the_same(const struct bednet_client *client, struct bednet_text password,
                           const struct bednet_identity *identity)
{
    unsigned char sha256[32];
    const struct bednet_certificate_mark *mark = bednet_identity_mark(identity);
    bool shows = mark != NULL && bednet_certificate_sha256(client, sha256);
    if (shows && memcmp(sha256, mark->fingerprint, sizeof mark->fingerprint) != 0)
        return false;
    if (identity->method == BEDNET_METHOD_CERT)
        return true;
    return password.ptr != NULL && identity->credential == bednet_session_credential(password);
}

/*
 * SIGHUP makes the broker authenticate all of its sessions again, right after RELOAD and before anything else
 * happens. Tokens may have expired since they were judged, many were never a password that the broker could
 * show again, and offline and restored sessions have nothing to prove before they come back (refusing one
 * corrupts 2.0's list of session expiries, and the broker crashes later): whoever Bednet let in stays. Where
 * this may be somebody new under an old pointer, what is no longer connected must show the same credential.
 */
static bool stays_logged_in(const struct bednet_client *client, struct bednet_text password,
                            const struct bednet_identity *identity, enum bednet_asked asked)
{
    if (client->address == NULL && password.ptr == NULL)
        return true;
    return identity != NULL && identity->method != BEDNET_METHOD_OTHER &&
           (identity->state == BEDNET_IDENTITY_LIVE || asked == BEDNET_ASKED_AGAIN ||
            shows_the_same(client, password, identity));
}

/* True, with *verdict, when this is not a login but SIGHUP's question about an old one. */
static bool answer_again(const struct bednet_instance *instance, const struct bednet_client *client,
                         const struct mosquitto *broker_client, struct bednet_text password,
                         enum bednet_verdict *verdict)
{
    if (!instance->reauthenticating ||
        bednet_clock_monotonic_ns() - instance->reloaded_ns > REAUTHENTICATION_NS)
        return false;
    enum bednet_asked asked = bednet_broker_asks(broker_client, instance->has_ticked);
    if (asked == BEDNET_ASKED_NEW)
        return false;
    struct bednet_identities *identities = bednet_process()->identities;
    const struct bednet_identity *identity = bednet_identities_find(identities, instance->chain, client);
    if (identity != bednet_identities_at(identities, client->handle))
        identity = NULL; /* found by its names: whoever connects before the next tick would pass for it */
    if (identity != NULL && identity->unproven)
        identity = NULL; /* it never was a session of the broker's */
    bool stays = stays_logged_in(client, password, identity, asked);
    *verdict = stays ? BEDNET_GRANT : BEDNET_DEFER; /* whoever let the others in judges them */
    return stays || (identity != NULL && identity->method == BEDNET_METHOD_OTHER);
}

/*
 * The next tick ends it. 2.0.11 with per_listener_settings never ticks: there the first login that is none of
 * SIGHUP's does, or time.
 */
static void end_reauthentication(struct bednet_instance *instance)
{
    if (!instance->has_ticked)
        instance->reauthenticating = false;
}

typedef enum bednet_status (*session_login)(const struct bednet_chain *chain,
                                            const struct bednet_client *client);

/* `login` NULL: the client is logged in. */
static enum bednet_verdict begin_login(struct bednet_instance *instance, struct bednet_client *client,
                                       const struct mosquitto *broker_client, session_login login)
{
    enum bednet_plugin missing;
    enum bednet_reason reason = BEDNET_REASON_NONE;
    if (bednet_chain_misses(instance->chain, &missing))
        reason = BEDNET_REASON_PLUGIN_MISSING;
    else if (login != NULL && login(instance->chain, client) != BEDNET_OK)
        reason = BEDNET_REASON_INTERNAL;
    if (reason == BEDNET_REASON_NONE) {
        if (login != NULL && !instance->features.has_connect_event)
            bednet_review_login(&instance->review, instance->chain, client);
        return BEDNET_DEFER;
    }
    deny_at_gate(instance, BEDNET_ACTION_LOGIN, client, broker_client, (struct bednet_text){0}, reason);
    return BEDNET_DENY;
}

static int on_tick(int event, void *event_data, void *userdata);

/*
 * 2.1 counts the time between two ticks by the wall clock: when that is put back there is none until it has
 * caught up. A callback that is registered anew is called at once. Without memory for it there are no more
 * ticks, and events do their work.
 */
static void keep_ticking(struct bednet_instance *instance)
{
    if (!instance->features.has_connect_event || bednet_clock_wall_s() >= instance->ticked_s)
        return;
    instance->ticked_s = 0;
    mosquitto_callback_unregister(instance->identifier, MOSQ_EVT_TICK, on_tick, NULL);
    instance->has_ticked = bednet_instance_registers(instance, MOSQ_EVT_TICK, on_tick);
}

static int on_gate_login(int event, void *event_data, void *userdata)
{
    (void)event;
    struct bednet_instance *instance = userdata;
    const struct mosquitto_evt_basic_auth *data = event_data;
    if (bednet_instance_is_off_thread(instance)) {
        bednet_count_gate_denial(BEDNET_ACTION_LOGIN, BEDNET_REASON_OTHER_THREAD);
        return bednet_login_code(BEDNET_DENY);
    }
    keep_ticking(instance);
    catch_up(instance);
    struct bednet_client client = bednet_instance_client(data->client, data->username);
    client.address = mosquitto_client_address(data->client);
    bednet_chain_open_login(instance->chain, data->client);

    enum bednet_verdict verdict;
    if (answer_again(instance, &client, data->client, bednet_text(data->password), &verdict))
        return bednet_login_code(verdict);
    end_reauthentication(instance);
    verdict = begin_login(instance, &client, data->client, bednet_session_login);
    catch_up_kicks(instance);
    return bednet_login_code(verdict);
}

/* A client that is logged in keeps what it has until whoever judges the new credential says otherwise. */
static int on_gate_enhanced_login(int event, void *event_data, void *userdata)
{
    (void)event;
    struct bednet_instance *instance = userdata;
    const struct mosquitto_evt_extended_auth *data = event_data;
    if (bednet_instance_is_off_thread(instance)) {
        bednet_count_gate_denial(BEDNET_ACTION_LOGIN, BEDNET_REASON_OTHER_THREAD);
        return bednet_login_code(BEDNET_DENY);
    }
    catch_up(instance);
    struct bednet_client client =
        bednet_instance_client(data->client, mosquitto_client_username(data->client));
    client.address = mosquitto_client_address(data->client);
    bednet_chain_open_login(instance->chain, data->client);
    bednet_session_doubt(data->client);
    bool is_live = bednet_session_is_there(instance->chain, &client);
    if (!is_live)
        end_reauthentication(instance);
    return bednet_login_code(
        begin_login(instance, &client, data->client, is_live ? NULL : bednet_session_login_enhanced));
}

static __attribute__((noinline)) void deny_action(const struct bednet_instance *instance,
                                                  enum bednet_action action,
                                                  const struct mosquitto_evt_acl_check *data,
                                                  enum bednet_reason reason)
{
    struct bednet_client client =
        bednet_instance_client(data->client, mosquitto_client_username(data->client));
    deny_at_gate(instance, action, &client, data->client, bednet_text(data->topic), reason);
}

static __attribute__((noinline)) bool has_ended(const struct bednet_instance *instance,
                                                const struct mosquitto *broker_client)
{
    if (bednet_identities_known(bednet_process()->identities, instance->chain, broker_client) != NULL)
        return false;
    struct bednet_client client =
        bednet_instance_client(broker_client, mosquitto_client_username(broker_client));
    client.address = mosquitto_client_address(broker_client);
    return !bednet_instance_meets(instance, &client, false) ||
           bednet_session_has_ended(instance->chain, &client);
}

bool bednet_gate_denies(struct bednet_instance *instance, enum bednet_action action,
                        const struct mosquitto_evt_acl_check *data)
{
    keep_ticking(instance);
    if (!instance->has_ticked) {
        catch_up(instance);
        bednet_session_confirm(instance->chain, data->client);
        instance->gate_ends_sessions = bednet_chain_gate_ends_sessions(instance->chain);
    }
    enum bednet_plugin missing;
    enum bednet_reason reason = BEDNET_REASON_NONE;
    if (action == BEDNET_ACTION_UNSUBSCRIBE)
        return false;
    if (bednet_chain_misses(instance->chain, &missing))
        reason = BEDNET_REASON_PLUGIN_MISSING;
    else if (instance->gate_ends_sessions && has_ended(instance, data->client))
        reason = BEDNET_REASON_SESSION_ENDED;
    bool has_a_say = reason != BEDNET_REASON_NONE || instance->gate_ends_sessions || !instance->has_ticked;
    instance->gate_rest = has_a_say ? 0 : GATE_REST;
    if (reason != BEDNET_REASON_NONE)
        deny_action(instance, action, data, reason);
    if (reason != BEDNET_REASON_NONE && action == BEDNET_ACTION_SUBSCRIBE)
        bednet_subscriptions_note_denial(instance, data);
    return reason != BEDNET_REASON_NONE;
}

int bednet_gate_refuses_thread(const struct bednet_instance *instance,
                               const struct mosquitto_evt_acl_check *data)
{
    if (instance->gate_judges_actions)
        bednet_count_gate_denial(bednet_instance_action(data->access), BEDNET_REASON_OTHER_THREAD);
    return bednet_access_code(BEDNET_DENY);
}

/* Where the plugin that leads judges no actions itself. */
static int on_gate_access(int event, void *event_data, void *userdata)
{
    (void)event;
    struct bednet_instance *instance = userdata;
    const struct mosquitto_evt_acl_check *data = event_data;
    enum bednet_action action = bednet_instance_action(data->access);
    if (bednet_instance_is_off_thread(instance))
        return bednet_gate_refuses_thread(instance, data);
    if (!bednet_gate_rests(instance, action) && bednet_gate_denies(instance, action, data))
        return bednet_access_code(BEDNET_DENY);
    bool grants = bednet_chain_policy(instance->chain)->default_allow &&
                  bednet_chain_is_last_judge(instance->chain, BEDNET_PLUGINS);
    return bednet_access_code(grants ? BEDNET_GRANT : BEDNET_DEFER);
}

static void say_incomplete(const struct bednet_instance *instance)
{
    enum bednet_plugin missing;
    const char *path = bednet_chain_policy(instance->chain)->path.ptr;
    if (bednet_chain_misses(instance->chain, &missing))
        mosquitto_log_printf(MOSQ_LOG_ERR,
                             "bednet: %s has a section for bednet_%s.so, which no plugin line loads: every "
                             "login, publish and subscribe is denied until it does",
                             path, bednet_plugin_name(missing));
    if (bednet_chain_misses_metrics(instance->chain))
        mosquitto_log_printf(MOSQ_LOG_WARNING,
                             "bednet: %s has a section `metrics`, but no plugin line loads bednet_metrics.so",
                             path);
}

/*
 * Once the chain is known to be whole the gate has no more to say on actions where others judge them and acl
 * knows what ended. 2.1 keeps it: there another thread may be walking the list of callbacks, and wants to be
 * refused.
 */
static void leave_gate(struct bednet_instance *instance)
{
    enum bednet_plugin missing;
    if (!instance->gate_judges_actions || instance->gate_ends_sessions ||
        instance->features.has_other_threads || bednet_chain_misses(instance->chain, &missing) ||
        bednet_chain_is_last_judge(instance->chain, BEDNET_PLUGINS))
        return;
    if (bednet_module.access != NULL ||
        mosquitto_callback_unregister(instance->identifier, MOSQ_EVT_ACL_CHECK, on_gate_access, NULL) ==
            MOSQ_ERR_SUCCESS)
        instance->gate_judges_actions = false;
}

/* TICK comes with every message, and most of what is done then can wait. */
static bool takes_turn(struct bednet_instance *instance)
{
    uint64_t now_ns = bednet_clock_coarse_ns();
    if (now_ns - instance->turn_ns < TURN_NS)
        return false;
    instance->turn_ns = now_ns;
    return true;
}

static int on_tick(int event, void *event_data, void *userdata)
{
    (void)event;
    struct bednet_instance *instance = userdata;
    bednet_tick_again(event_data, TICK_MS);
    if (!instance->has_ticked) {
        say_incomplete(instance);
        instance->gate_ends_sessions = bednet_chain_gate_ends_sessions(instance->chain);
        leave_gate(instance);
        instance->has_ticked = true;
    }
    instance->reauthenticating = false;
    if (instance->reload_stage != BEDNET_RELOAD_NONE)
        bednet_reload_proceed(instance);
    if (instance->features.has_connect_event)
        bednet_session_turn();
    else
        bednet_session_confirm_all();
    if (takes_turn(instance)) {
        bednet_exceptions_turn(instance);
        bednet_instance_reviews(instance);
        instance->ticked_s = bednet_clock_wall_s();
        bednet_session_expire(instance->ticked_s, bednet_instance_kick);
        bednet_chain_tick(instance->chain);
        bednet_report_drain(bednet_log_denial);
        bednet_keepers_report(bednet_log_severity);
    }
    return MOSQ_ERR_SUCCESS;
}

static int on_connect(int event, void *event_data, void *userdata)
{
    (void)event;
    const struct bednet_instance *instance = userdata;
    /* CONNECT is not in 2.0's headers; its data begins like that of DISCONNECT. */
    const struct mosquitto_evt_disconnect *data = event_data;
    struct bednet_client client =
        bednet_instance_client(data->client, mosquitto_client_username(data->client));
    bednet_instance_accepts(instance, &client);
    bednet_standing_note(instance->chain, data->client);
    bednet_subscriptions_begin(instance, data->client);
    return MOSQ_ERR_SUCCESS;
}

/*
 * A client that never did anything may have a will, which is judged by what its certificate says. Not one
 * whose login was refused.
 */
static void meet_who_leaves(const struct bednet_instance *instance, const struct mosquitto *broker_client)
{
    struct bednet_client client =
        bednet_instance_client(broker_client, mosquitto_client_username(broker_client));
    if (!bednet_instance_meets(instance, &client, true))
        bednet_session_refuse(broker_client); /* whoever left before must not answer for its will */
}

/*
 * DISCONNECT and 2.1's CLIENT_OFFLINE, whose data begin alike. The id may be another session's, and is NULL
 * where a login was refused, which has no will, or where the end was told before.
 */
static int on_end(int event, void *event_data, void *userdata)
{
    const struct bednet_instance *instance = userdata;
    const struct mosquitto_evt_disconnect *data = event_data;
    if (mosquitto_client_id(data->client) == NULL)
        bednet_session_abandon(data->client);
    else if (!instance->features.has_connect_event &&
             !bednet_chain_close_login(instance->chain, data->client))
        meet_who_leaves(instance, data->client);
    bool over = instance->features.has_connect_event && event == MOSQ_EVT_DISCONNECT;
    bednet_session_part(instance->chain, data->client, over);
    if (mosquitto_client_id(data->client) != NULL)
        bednet_subscriptions_end(instance, event, data);
    bednet_session_end(data->client);
    return MOSQ_ERR_SUCCESS;
}

/*
 * The next step of somebody else's enhanced authentication, who may rename the client by it. A token takes
 * one step only; but an AUTH packet without a reason code reaches plugins from whoever is logged in, and
 * where they have no answer all versions of the broker forget the client's id and not the client, and crash.
 * Told to go on, it breaks the protocol by whatever it sends next.
 */
static int on_enhanced_step(int event, void *event_data, void *userdata)
{
    (void)event;
    const struct bednet_instance *instance = userdata;
    const struct mosquitto_evt_extended_auth *data = event_data;
    if (bednet_instance_is_off_thread(instance))
        return bednet_login_code(BEDNET_DENY);
    struct bednet_client client =
        bednet_instance_client(data->client, mosquitto_client_username(data->client));
    if (bednet_session_is_live(instance->chain, &client))
        return bednet_another_step_code();
    bednet_session_doubt(data->client);
    return bednet_login_code(BEDNET_DEFER);
}

static int on_reload(int event, void *event_data, void *userdata)
{
    (void)event;
    (void)event_data;
    struct bednet_instance *instance = userdata;
    keep_ticking(instance);
    bednet_reload_ask(instance);
    instance->reauthenticating = true;
    instance->reloaded_ns = bednet_clock_monotonic_ns();
    return bednet_reload_code(&instance->features);
}

enum bednet_status bednet_register_housekeeping(struct bednet_instance *instance)
{
    if (!bednet_instance_registers(instance, MOSQ_EVT_BASIC_AUTH, on_gate_login) ||
        (bednet_module.access == NULL &&
         !bednet_instance_registers(instance, MOSQ_EVT_ACL_CHECK, on_gate_access)) ||
        !bednet_instance_registers(instance, MOSQ_EVT_RELOAD, on_reload) ||
        !bednet_instance_registers(instance, MOSQ_EVT_TICK, on_tick) ||
        !bednet_instance_registers(instance, MOSQ_EVT_EXT_AUTH_START, on_gate_enhanced_login) ||
        !bednet_instance_registers(instance, MOSQ_EVT_EXT_AUTH_CONTINUE, on_enhanced_step) ||
        !bednet_instance_registers(instance, MOSQ_EVT_DISCONNECT, on_end))
        return BEDNET_INVALID;
    instance->gate_judges_actions = true;
    if (!instance->features.has_connect_event)
        return BEDNET_OK;
    if (!bednet_instance_registers(instance, BEDNET_EVT_CONNECT, on_connect) ||
        !bednet_instance_registers(instance, BEDNET_EVT_CLIENT_OFFLINE, on_end))
        return BEDNET_INVALID;
    return BEDNET_OK;
}
