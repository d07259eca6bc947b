/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin's own callbacks: Mosquitto's structures in, Bednet's events through, return codes out. */
#include "broker/certificate.h"
#include "broker/instance.h"
#include "broker/subscriptions.h"
#include "runtime/clock.h"
#include "runtime/counters.h"
#include "runtime/report.h"
#include "runtime/session.h"
#include "runtime/standing.h"

/* The address costs a call into the broker, and only a denial tells it. */
static enum bednet_verdict report(const struct bednet_instance *instance, enum bednet_action action,
                                  struct bednet_client *client, const struct mosquitto *broker_client,
                                  struct bednet_text topic, const struct bednet_decision *decision)
{
    if (decision->verdict == BEDNET_DENY)
        client->address = mosquitto_client_address(broker_client);
    struct bednet_occasion occasion = {.action = action, .client = client, .topic = topic};
    return bednet_report(instance->chain, bednet_module.plugin, &occasion, decision);
}

/* 2.0.11 with per_listener_settings never ticks: then every login does a tick's work first. */
static void catch_up(const struct bednet_instance *instance)
{
    if (bednet_module.tick != NULL && !instance->module_has_ticked)
        bednet_module.tick(instance->state, NULL, bednet_log_severity);
}

static bool is_split(const struct bednet_instance *instance, struct bednet_login *login,
                     const struct mosquitto *client)
{
    if (bednet_chain_login_is_open(instance->chain, client))
        return false;
    login->client.address = mosquitto_client_address(client);
    struct bednet_occasion occasion = {.action = BEDNET_ACTION_LOGIN, .client = &login->client};
    bednet_report_gate_denial(instance->chain, &occasion, BEDNET_REASON_CHAIN_SPLIT);
    return true;
}

/*
 * Nobody behind could answer for a session that lives by this plugin: where its refusal is only observed, the
 * session stays what it was.
 */
static enum bednet_verdict settle_renewal(const struct bednet_decision *decision, enum bednet_verdict verdict)
{
    if (!bednet_module.renews) {
        if (verdict == BEDNET_DENY)
            bednet_count_renewal(false);
        return verdict;
    }
    if (decision->verdict != BEDNET_DEFER)
        bednet_count_renewal(decision->verdict == BEDNET_GRANT);
    return decision->verdict == BEDNET_DENY && verdict == BEDNET_DEFER ? BEDNET_GRANT : verdict;
}

/*
 * Who renews is called so already, unless the end of an earlier connection under this pointer was not told:
 * then the name is what the new one claimed.
 */
static bool is_called(const struct mosquitto *client, struct bednet_text username)
{
    return username.ptr == NULL ||
           bednet_text_equal(bednet_text(mosquitto_client_username(client)), username);
}

static enum bednet_verdict judge_login(const struct bednet_instance *instance, struct bednet_login *login,
                                       struct mosquitto *client)
{
    struct bednet_decision decision = {0};
    struct bednet_text username = {0};
    if (is_split(instance, login, client))
        return BEDNET_DENY;
    catch_up(instance);
    login->certificate = bednet_certificate_of;
    bednet_module.login(instance->state, login, &decision, &username);
    if (decision.verdict == BEDNET_GRANT && !is_called(client, username) &&
        mosquitto_set_username(client, username.ptr) != MOSQ_ERR_SUCCESS) {
        bednet_session_refuse(client);
        decision = (struct bednet_decision){.verdict = BEDNET_DENY, .reason = BEDNET_REASON_INTERNAL};
    }
    if (decision.verdict == BEDNET_GRANT && !instance->features.has_connect_event &&
        bednet_session_certificate(client) == 0)
        bednet_session_set_certificate(client, bednet_certificate_number(&login->client));
    if (decision.verdict == BEDNET_GRANT)
        bednet_standing_note(instance->chain, client);
    enum bednet_verdict verdict =
        report(instance, BEDNET_ACTION_LOGIN, &login->client, client, (struct bednet_text){0}, &decision);
    if (decision.verdict == BEDNET_GRANT && bednet_chain_keeper(instance->chain) != NULL)
        bednet_session_keep(instance->chain, client, bednet_client_persists(client));
    return login->renews ? settle_renewal(&decision, verdict) : verdict;
}

static int on_login(int event, void *event_data, void *userdata)
{
    (void)event;
    const struct bednet_instance *instance = userdata;
    const struct mosquitto_evt_basic_auth *data = event_data;
    if (bednet_instance_is_off_thread(instance))
        return bednet_login_code(BEDNET_DENY);

    struct bednet_login login = {
        .client = bednet_instance_client(data->client, data->username),
        .password = bednet_text(data->password),
    };
    return bednet_login_code(judge_login(instance, &login, data->client));
}

/*
 * 2.1 does not tell the end of a login that was refused, so nothing of it may be left. A refresh that was
 * refused ends the connection: nobody who comes to this pointer later refreshes what ended.
 */
static int on_enhanced_login(int event, void *event_data, void *userdata)
{
    (void)event;
    const struct bednet_instance *instance = userdata;
    const struct mosquitto_evt_extended_auth *data = event_data;
    if (bednet_instance_is_off_thread(instance))
        return bednet_login_code(BEDNET_DENY);

    struct bednet_login login = {
        .client = bednet_instance_client(data->client, mosquitto_client_username(data->client)),
        .method = bednet_text(data->auth_method),
        .data = {data->data_in, data->data_in != NULL ? data->data_in_len : 0},
    };
    login.renews = bednet_session_is_live(instance->chain, &login.client);
    enum bednet_verdict verdict = judge_login(instance, &login, data->client);
    if (verdict == BEDNET_DENY) {
        bednet_session_abandon(data->client);
        bednet_session_give_up(data->client);
    }
    return bednet_login_code(verdict);
}

/* Where no plugin of the chain answers, the last one that is asked applies the policy's default. */
static enum bednet_verdict apply_default(const struct bednet_instance *instance, enum bednet_verdict verdict)
{
    if (verdict == BEDNET_DEFER && bednet_chain_policy(instance->chain)->default_allow &&
        bednet_chain_is_last_judge(instance->chain, bednet_module.plugin))
        return BEDNET_GRANT;
    return verdict;
}

/* What the broker is told in the end. */
static inline int settle_access(const struct bednet_instance *instance, enum bednet_action action,
                                const struct mosquitto_evt_acl_check *data, enum bednet_verdict verdict)
{
    verdict = apply_default(instance, verdict);
    if ((action == BEDNET_ACTION_SUBSCRIBE || action == BEDNET_ACTION_UNSUBSCRIBE) &&
        verdict != BEDNET_DENY && !bednet_subscriptions_note(instance, action, data))
        verdict = BEDNET_DENY;
    else if (action == BEDNET_ACTION_SUBSCRIBE && verdict == BEDNET_DENY)
        bednet_subscriptions_note_denial(instance, data);
    return bednet_access_code(verdict);
}

static inline int grant(const struct bednet_instance *instance, enum bednet_action action,
                        const struct mosquitto_evt_acl_check *data)
{
    bednet_count_in(instance->grants, action);
    return settle_access(instance, action, data, BEDNET_GRANT);
}

/* Costs a call into the broker, and hardly any policy asks for it. A level that makes no sense is unknown. */
static uint8_t protocol_of(unsigned aspects, const struct mosquitto *client)
{
    if ((aspects & BEDNET_ASPECT_PROTOCOL) == 0)
        return 0;
    int level = mosquitto_client_protocol_version(client);
    return level >= 3 && level <= 5 ? (uint8_t)level : 0;
}

/*
 * An identity that the client is known by has its names. Its address costs another call into the broker, and
 * hardly any policy asks for it.
 */
static struct bednet_client party_of(const struct mosquitto *client, const struct bednet_identity *identity,
                                     unsigned aspects)
{
    if (identity == NULL) {
        struct bednet_client party = bednet_instance_client(client, mosquitto_client_username(client));
        party.address = mosquitto_client_address(client);
        return party;
    }
    return (struct bednet_client){
        .handle = client,
        .client_id = bednet_identity_client_id(identity),
        .username = bednet_identity_username(identity),
        .address = (aspects & BEDNET_ASPECT_ADDRESS) != 0 ? mosquitto_client_address(client) : NULL,
    };
}

/*
 * Events are filled in member by member: every message passes here, and a whole struct would be zeroed first
 * only to be written a second time.
 */
static __attribute__((noinline)) int judge_access(const struct bednet_instance *instance,
                                                  enum bednet_action action,
                                                  const struct mosquitto_evt_acl_check *data)
{
    const struct bednet_glimpse *seen = &instance->seen;
    struct bednet_access access;
    unsigned aspects = bednet_chain_policy(instance->chain)->acl.aspects;
    access.glimpse = *seen;
    access.client = party_of(data->client, seen->identity, aspects);
    access.action = action;
    access.topic = seen->topic.ptr != NULL ? seen->topic : bednet_text(data->topic);
    access.payload_bytes = data->payloadlen;
    access.qos = data->qos;
    access.retain = data->retain;
    access.protocol = protocol_of(aspects, data->client);
    access.now_s = (aspects & BEDNET_ASPECT_TIME) != 0 ? bednet_clock_wall_s() : 0;
    access.is_new = false;
    access.subscriptions = 0;
    if (action == BEDNET_ACTION_SUBSCRIBE)
        bednet_subscriptions_weigh(instance, data->client, &access);

    struct bednet_decision decision = {0};
    if (seen->identity == NULL && !bednet_instance_meets(instance, &access.client, false))
        decision.reason = BEDNET_REASON_INTERNAL;
    else
        bednet_module.access(instance->state, &access, &decision);
    if (decision.verdict == BEDNET_GRANT)
        return grant(instance, action, data);
    enum bednet_verdict verdict =
        report(instance, action, &access.client, data->client, access.topic, &decision);
    return settle_access(instance, action, data, verdict);
}

/* Compiled twice; see on_access. */
static inline __attribute__((always_inline)) int answer_access(struct bednet_instance *instance,
                                                               enum bednet_action action,
                                                               const struct mosquitto_evt_acl_check *data)
{
    if (instance->gate_judges_actions && !bednet_gate_rests(instance, action) &&
        bednet_gate_denies(instance, action, data))
        return bednet_access_code(BEDNET_DENY);
    if (action == BEDNET_ACTION_RECEIVE && bednet_module.overlooks_deliveries)
        return settle_access(instance, action, data, BEDNET_DEFER);

    enum bednet_verdict verdict = BEDNET_DENY;
    if (bednet_module.glance != NULL)
        verdict = bednet_module.glance(instance->state, data->client, action, data->topic, &instance->seen);
    if (verdict == BEDNET_GRANT)
        return grant(instance, action, data);
    if (verdict == BEDNET_DEFER)
        return settle_access(instance, action, data, BEDNET_DEFER);
    if (bednet_module.allows != NULL && bednet_module.allows(instance->state, action, &instance->seen))
        return grant(instance, action, data);
    return judge_access(instance, action, data);
}

/* Most actions are deliveries, of which less need be asked. */
static int on_access(int event, void *event_data, void *userdata)
{
    (void)event;
    struct bednet_instance *instance = userdata;
    const struct mosquitto_evt_acl_check *data = event_data;
    if (bednet_instance_is_off_thread(instance))
        return bednet_gate_refuses_thread(instance, data);
    if (data->access == MOSQ_ACL_READ)
        return answer_access(instance, BEDNET_ACTION_RECEIVE, data);
    return answer_access(instance, bednet_instance_action(data->access), data);
}

static void complete(struct bednet_client *client)
{
    client->username = bednet_text(mosquitto_client_username(client->handle));
    client->address = mosquitto_client_address(client->handle);
}

/* Notes the denial, unless the plugin takes it back. */
static __attribute__((noinline)) int refuse_message(const struct bednet_instance *instance,
                                                    struct bednet_message *message,
                                                    const struct mosquitto *broker_client,
                                                    struct bednet_decision *decision)
{
    complete(&message->client);
    if (bednet_module.excuses != NULL)
        bednet_module.excuses(instance->state, message, decision);
    return bednet_message_code(&instance->features, report(instance, BEDNET_ACTION_PUBLISH, &message->client,
                                                           broker_client, message->topic, decision));
}

static int on_message(int event, void *event_data, void *userdata)
{
    (void)event;
    const struct bednet_instance *instance = userdata;
    const struct mosquitto_evt_message *data = event_data;
    struct bednet_message message;
    message.client = bednet_instance_client(data->client, NULL);
    message.topic = bednet_text(data->topic);
    message.payload_bytes = data->payloadlen;
    message.qos = data->qos;
    message.retain = data->retain;
    message.complete = complete;

    struct bednet_decision decision = {0};
    bednet_module.message(instance->state, &message, &decision);
    if (decision.verdict == BEDNET_DENY)
        return refuse_message(instance, &message, data->client, &decision);
    bednet_count_in(instance->passes, BEDNET_ACTION_PUBLISH);
    return bednet_message_code(&instance->features, BEDNET_DEFER);
}

enum bednet_status bednet_register_callbacks(struct bednet_instance *instance)
{
    const struct {
        bool wanted;
        int event;
        MOSQ_FUNC_generic_callback callback;
    } own[] = {
        {bednet_module.login != NULL, MOSQ_EVT_BASIC_AUTH, on_login},
        {bednet_module.enhanced_login, MOSQ_EVT_EXT_AUTH_START, on_enhanced_login},
        {bednet_module.access != NULL, MOSQ_EVT_ACL_CHECK, on_access},
        {bednet_module.message != NULL, MOSQ_EVT_MESSAGE, on_message},
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (own[i].wanted && !bednet_instance_registers(instance, own[i].event, own[i].callback))
            return BEDNET_INVALID;
    return BEDNET_OK;
}
