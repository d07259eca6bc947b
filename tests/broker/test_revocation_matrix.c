/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change of the policy reaches: each way that a message can be on its way, held against the loss of
 * the publisher's or the subscriber's right before it was published, between then and its delivery, and while
 * the subscriber was away. The table at the end of docs/acl.md is this one in words. Every row is also played
 * with a reload that takes nothing from anybody: there each message must come, or its absence proved nothing.
 */
#include "harness/clock.h"
#include "harness/launch.h"
#include "harness/stage.h"
#include <string.h>

/* Which right the reload takes away, and how: by a rule that is gone, or by one that denies. */
enum revoked { NOBODY, PUBLISHER, SUBSCRIBER };
enum manner { WITHDRAWN, DENIED, MANNERS };

/* What somebody logs in by: a token, or else a certificate. */
struct credential {
    const char *name; /* of this one alone */
    const char *token;
    const struct tls_identity *certificate;
};

#define BY(who) .username = (who)->token ? "any" : NULL, .password = (who)->token, .tls = (who)->certificate

struct matrix {
    struct env *env;
    struct broker *broker;
    int port; /* 0: the broker's only one */
    int protocol;
    bool checks_source; /* check_retain_source */
    struct credential publisher, subscriber;
    const struct tls_identity *revoked[3]; /* up to NULL */
};

struct cell {
    struct matrix *matrix;
    const char *id; /* of this cell alone; topic, client ids and group are made of it */
    const char *topic;
    struct raw_client *publisher, *subscriber;
    unsigned packet;
};

/*
 * Whether a message comes although the right is gone. Where its source is checked and gone, it may not come
 * even to those who may have it: see test_sources_by_name.
 */
enum reach { NEVER, ALWAYS, UNLESS_CHECKED, UNLESS_CHECKED_GONE, ON_OLDEST };

struct row {
    const char *name;
    void (*prepare)(struct cell *cell);
    int (*messages)(struct cell *cell); /* does the rest; how many came */
    enum reach publisher_revoked, subscriber_revoked;
};

/* Rights. */

static const char *rules(struct env *env, enum revoked revoked, enum manner manner)
{
    bool no_publish = revoked == PUBLISHER && manner == WITHDRAWN;
    bool no_subscribe = revoked == SUBSCRIBER && manner == WITHDRAWN;
    bool deny_publish = revoked == PUBLISHER && manner == DENIED;
    bool deny_receive = revoked == SUBSCRIBER && manner == DENIED;

    return env_format(env,
                      "%s"
                      "roles:\n"
                      "  publisher:\n"
                      "    allow: {publish: [%s]}\n"
                      "%s"
                      "  subscriber:\n"
                      "    allow: {subscribe: [%s]}\n"
                      "%s",
                      suite_issuer(env, ""), no_publish ? "other" : "\"m/#\"",
                      deny_publish ? "    deny: {publish: [\"m/#\"]}\n" : "",
                      no_subscribe ? "other" : "\"m/#\"",
                      deny_receive ? "    deny: {receive: [\"m/+/+\"]}\n" : "");
}

static void put_in_force(struct matrix *matrix, enum revoked revoked, enum manner manner)
{
    env_write(matrix->env, "policy.yaml", rules(matrix->env, revoked, manner));
    broker_mark(matrix->broker);
    broker_reload(matrix->broker);
    broker_expect_log(matrix->broker, "bednet: policy", "reloaded: 2 roles");
}

/* Credentials. */

static struct credential by_token(struct env *env, const char *role, int number)
{
    const char *jti = env_format(env, "%s%d", role, number);

    return (struct credential){
        .name = jti,
        .token = token_for(
            env, role,
            env_format(env, "%s, \"jti\": \"%s\"", suite_roles(env, env_format(env, "\"%s\"", role)), jti)),
    };
}

static struct credential by_certificate(struct env *env, const char *role, int number)
{
    const char *name = env_format(env, "%s%d", role, number);

    return (struct credential){.name = name, .certificate = issue(env, .name = name, .cn = role, .ou = role)};
}

/* Another one for the same. */
static struct credential next(struct env *env, const struct credential *old, const char *role, int number)
{
    return old->token ? by_token(env, role, number) : by_certificate(env, role, number);
}

/* Clients. */

enum stay { CLEAN, PERSISTENT };

static struct raw_client *log_in(struct cell *cell, const char *kind, const struct credential *who,
                                 enum stay stay)
{
    struct matrix *matrix = cell->matrix;

    return raw_login_port(matrix->broker, matrix->port, BY(who), .protocol = matrix->protocol,
                          .client_id = env_format(matrix->env, "%s-%s", cell->id, kind),
                          .resume = stay == PERSISTENT, .session_expiry = stay == PERSISTENT ? 3600 : 0);
}

static void publisher_comes(struct cell *cell, enum stay stay)
{
    cell->publisher = log_in(cell, "publisher", &cell->matrix->publisher, stay);
}

static void publisher_comes_with_will(struct cell *cell, bool retain)
{
    struct matrix *matrix = cell->matrix;

    cell->publisher =
        raw_login(matrix->broker, BY(&matrix->publisher), .protocol = matrix->protocol,
                  .client_id = env_format(matrix->env, "%s-publisher", cell->id), .will_topic = cell->topic,
                  .will_payload = "will", .will_qos = 1, .will_retain = retain);
}

static void subscriber_comes(struct cell *cell, enum stay stay)
{
    cell->subscriber = log_in(cell, "subscriber", &cell->matrix->subscriber, stay);
}

static void subscribe(struct cell *cell, const char *filter, unsigned qos)
{
    if (raw_subscribe(cell->subscriber, filter, qos) != qos) {
        env_fail("%s may not even subscribe to %s", cell->id, filter);
    }
}

static const char *shared_filter(struct cell *cell)
{
    return env_format(cell->matrix->env, "$share/%s/%s", cell->id, cell->topic);
}

static void publish(struct cell *cell, unsigned qos, bool retain)
{
    raw_publish_whole(cell->publisher, cell->topic, "message", qos, retain);
}

static int taken(struct cell *cell)
{
    return raw_take(cell->subscriber, cell->topic);
}

/* Ways to begin. */

static void both_are_there(struct cell *cell)
{
    publisher_comes(cell, CLEAN);
    subscriber_comes(cell, PERSISTENT);
    subscribe(cell, cell->topic, 2);
}

static void shared_and_there(struct cell *cell)
{
    publisher_comes(cell, CLEAN);
    subscriber_comes(cell, PERSISTENT);
    subscribe(cell, shared_filter(cell), 2);
}

static void subscriber_is_away(struct cell *cell)
{
    both_are_there(cell);
    raw_disconnect(cell->subscriber);
    broker_settle(cell->matrix->broker);
}

static void shared_and_away(struct cell *cell)
{
    shared_and_there(cell);
    raw_disconnect(cell->subscriber);
    broker_settle(cell->matrix->broker);
}

static void with_a_will(struct cell *cell)
{
    subscriber_comes(cell, PERSISTENT);
    subscribe(cell, cell->topic, 1);
    publisher_comes_with_will(cell, false);
}

static void retained(struct cell *cell)
{
    publisher_comes(cell, CLEAN);
    publish(cell, 1, true);
}

static void retained_and_gone(struct cell *cell)
{
    retained(cell);
    raw_disconnect(cell->publisher);
    broker_settle(cell->matrix->broker);
}

static void retained_will(struct cell *cell)
{
    publisher_comes_with_will(cell, true);
    raw_drop(cell->publisher);
    broker_settle(cell->matrix->broker);
}

static void sent_unacknowledged(struct cell *cell, unsigned qos)
{
    both_are_there(cell);
    raw_publish(cell->publisher, cell->topic, "message", qos, false);
    if (qos == 1) {
        raw_expect(cell->publisher, PUBACK);
    } else {
        raw_release(cell->publisher, raw_expect(cell->publisher, PUBREC).id);
    }
    raw_expect(cell->subscriber, PUBLISH);
}

static void sent_at_qos_1(struct cell *cell)
{
    sent_unacknowledged(cell, 1);
}

static void sent_at_qos_2(struct cell *cell)
{
    sent_unacknowledged(cell, 2);
}

/* One in flight is all there may be: see start. */
static void waiting_behind_another(struct cell *cell)
{
    both_are_there(cell);
    publish(cell, 1, false);
    cell->packet = raw_expect(cell->subscriber, PUBLISH).id;
    publish(cell, 1, false);
    raw_expect_silence(cell->subscriber);
}

static void half_of_qos_2(struct cell *cell)
{
    publisher_comes(cell, PERSISTENT);
    subscriber_comes(cell, PERSISTENT);
    subscribe(cell, cell->topic, 2);
    cell->packet = raw_publish(cell->publisher, cell->topic, "message", 2, false);
    raw_expect(cell->publisher, PUBREC);
    raw_expect_silence(cell->subscriber);
}

static void queued_at_qos_1(struct cell *cell)
{
    subscriber_is_away(cell);
    publish(cell, 1, false);
}

static void queued_at_qos_2(struct cell *cell)
{
    subscriber_is_away(cell);
    publish(cell, 2, true);
}

static void queued_for_a_group(struct cell *cell)
{
    shared_and_away(cell);
    publish(cell, 1, false);
}

static void queued_will(struct cell *cell)
{
    with_a_will(cell);
    raw_disconnect(cell->subscriber);
    raw_drop(cell->publisher);
    broker_settle(cell->matrix->broker);
}

/* Ways to end. */

static int published_at_qos_0(struct cell *cell)
{
    publish(cell, 0, false);
    return taken(cell);
}

static int published_at_qos_1(struct cell *cell)
{
    publish(cell, 1, false);
    return taken(cell);
}

static int published_at_qos_2(struct cell *cell)
{
    publish(cell, 2, false);
    return taken(cell);
}

static int will_when_lost(struct cell *cell)
{
    raw_drop(cell->publisher);
    broker_settle(cell->matrix->broker);
    return taken(cell);
}

static int will_when_taken_over(struct cell *cell)
{
    struct raw_client *old = cell->publisher;

    publisher_comes(cell, CLEAN);
    raw_expect_end(old);
    return taken(cell);
}

/* Whoever may not subscribe gets nothing; where deliveries are denied, he may. */
static int asked_for_retained(struct cell *cell)
{
    subscriber_comes(cell, CLEAN);
    raw_subscribe(cell->subscriber, cell->topic, 1);
    return taken(cell);
}

static int published_and_asked_for(struct cell *cell)
{
    publish(cell, 1, true);
    return asked_for_retained(cell);
}

static int come_back(struct cell *cell)
{
    raw_drop(cell->subscriber);
    broker_settle(cell->matrix->broker);
    subscriber_comes(cell, PERSISTENT);
    return taken(cell);
}

static int taken_over(struct cell *cell)
{
    struct raw_client *old = cell->subscriber;

    subscriber_comes(cell, PERSISTENT);
    raw_expect_end(old);
    return taken(cell);
}

static int taken_over_and_published(struct cell *cell)
{
    assert_int_equal(taken_over(cell), 0);
    return published_at_qos_1(cell);
}

static int published_and_come_back(struct cell *cell)
{
    publish(cell, 1, false);
    return come_back(cell);
}

static int first_acknowledged(struct cell *cell)
{
    const uint8_t puback[] = {PUBACK << 4, 2, (uint8_t)(cell->packet >> 8), (uint8_t)cell->packet};

    raw_send(cell->subscriber, puback, sizeof(puback));
    return taken(cell);
}

static int released(struct cell *cell)
{
    raw_release(cell->publisher, cell->packet);
    return taken(cell);
}

static int come_back_and_released(struct cell *cell)
{
    raw_drop(cell->publisher);
    broker_settle(cell->matrix->broker);
    publisher_comes(cell, PERSISTENT);
    return released(cell);
}

static const struct row rows[] = {
    /* Revoked before it was published. */
    {"live, QoS 0", both_are_there, published_at_qos_0, NEVER, NEVER},
    {"live, QoS 1", both_are_there, published_at_qos_1, NEVER, NEVER},
    {"live, QoS 2", both_are_there, published_at_qos_2, NEVER, NEVER},
    {"retained", both_are_there, published_and_asked_for, NEVER, NEVER},
    {"will", with_a_will, will_when_lost, NEVER, NEVER},
    {"will, taken over", with_a_will, will_when_taken_over, NEVER, NEVER},
    {"session", subscriber_is_away, published_and_come_back, NEVER, NEVER},
    {"group", shared_and_there, published_at_qos_1, NEVER, NEVER},
    {"group, away", shared_and_away, published_and_come_back, NEVER, NEVER},
    {"taken over", both_are_there, taken_over_and_published, NEVER, NEVER},
    /* Between publishing and delivery. */
    {"stored, retained", retained, asked_for_retained, UNLESS_CHECKED, NEVER},
    {"stored, publisher gone", retained_and_gone, asked_for_retained, UNLESS_CHECKED_GONE, NEVER},
    {"stored, retained will", retained_will, asked_for_retained, UNLESS_CHECKED_GONE, NEVER},
    {"in flight, QoS 1", sent_at_qos_1, come_back, ALWAYS, NEVER},
    {"in flight, QoS 2", sent_at_qos_2, come_back, ALWAYS, NEVER},
    {"in flight, taken over", sent_at_qos_1, taken_over, ALWAYS, NEVER},
    {"behind another", waiting_behind_another, first_acknowledged, ALWAYS, ALWAYS},
    {"before PUBREL", half_of_qos_2, released, ALWAYS, NEVER},
    {"before PUBREL, come back", half_of_qos_2, come_back_and_released, ON_OLDEST, NEVER},
    /* While the subscriber was away. */
    {"queued, QoS 1", queued_at_qos_1, come_back, ALWAYS, NEVER},
    {"queued, QoS 2", queued_at_qos_2, come_back, ALWAYS, NEVER},
    {"queued for a group", queued_for_a_group, come_back, ALWAYS, NEVER},
    {"queued will", queued_will, come_back, ALWAYS, NEVER},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static bool reaches(const struct matrix *matrix, const struct row *row, enum revoked revoked)
{
    enum reach reach = revoked == PUBLISHER ? row->publisher_revoked : row->subscriber_revoked;

    switch (revoked == NOBODY ? ALWAYS : reach) {
    case NEVER:
        return false;
    case UNLESS_CHECKED:
    case UNLESS_CHECKED_GONE:
        return !matrix->checks_source;
    case ON_OLDEST:
        return launch_is_oldest();
    default:
        return true;
    }
}

static void play(struct matrix *matrix, enum revoked revoked, enum manner manner)
{
    static const char *const who[] = {"nobody", "the publisher", "the subscriber"};
    struct cell cells[ROWS] = {{NULL}};

    put_in_force(matrix, NOBODY, WITHDRAWN);
    for (size_t i = 0; i < ROWS; i++) {
        const char *id = env_format(matrix->env, "%d%d%zu", revoked, manner, i);
        cells[i] = (struct cell){.matrix = matrix, .id = id, .topic = env_format(matrix->env, "m/%s/x", id)};
        rows[i].prepare(&cells[i]);
    }
    put_in_force(matrix, revoked, manner);
    for (size_t i = 0; i < ROWS; i++) {
        bool come = reaches(matrix, &rows[i], revoked);
        int messages = rows[i].messages(&cells[i]);
        bool forgotten =
            rows[i].publisher_revoked == UNLESS_CHECKED_GONE && matrix->checks_source && messages == 0;
        if (messages != come && !forgotten) {
            env_fail("%s, MQTT %d, %s lost the right (manner %d): %d messages came", rows[i].name,
                     matrix->protocol, who[revoked], manner, messages);
        }
    }
}

static struct matrix begin(struct env *env, int protocol, bool checks_source)
{
    const char *policy = env_write(env, "policy.yaml", rules(env, NOBODY, WITHDRAWN));

    return (struct matrix){
        .env = env,
        .protocol = protocol,
        .checks_source = checks_source,
        .publisher = by_token(env, "publisher", 1),
        .subscriber = by_token(env, "subscriber", 1),
        .broker = broker_start(env,
                               env_format(env, "max_inflight_messages 1\ncheck_retain_source %s\n",
                                          checks_source ? "true" : "false"),
                               suite_lines(env, policy, "jwt", "acl")),
    };
}

static void play_all(struct env *env, int protocol, bool checks_source)
{
    struct matrix matrix = begin(env, protocol, checks_source);

    play(&matrix, NOBODY, WITHDRAWN);
    for (enum manner manner = WITHDRAWN; manner < MANNERS; manner++) {
        play(&matrix, PUBLISHER, manner);
        if (!checks_source) { /* which is about publishers */
            play(&matrix, SUBSCRIBER, manner);
        }
    }
}

static void test_matrix_of_mqtt_3(struct env *env)
{
    play_all(env, 4, false);
}

static void test_matrix_of_mqtt_5(struct env *env)
{
    play_all(env, 5, false);
}

static void test_matrix_of_mqtt_3_with_sources(struct env *env)
{
    play_all(env, 4, true);
}

static void test_matrix_of_mqtt_5_with_sources(struct env *env)
{
    play_all(env, 5, true);
}

/* A will whose time comes after the reload; clients with a keepalive of minutes outlive these. */
static void test_delayed_wills(struct env *env)
{
    enum { DELAY = 120 };

    clock_take(env);
    struct matrix matrix = begin(env, 5, false);
    for (enum revoked revoked = NOBODY; revoked <= SUBSCRIBER; revoked++) {
        const char *id = env_format(env, "%d", revoked);
        struct cell cell = {.matrix = &matrix, .id = id, .topic = env_format(env, "m/%s/x", id)};

        put_in_force(&matrix, NOBODY, WITHDRAWN);
        subscriber_comes(&cell, CLEAN);
        subscribe(&cell, cell.topic, 1);
        raw_drop(raw_login(matrix.broker, BY(&matrix.publisher), .protocol = 5,
                           .client_id = env_format(env, "%s-publisher", id), .session_expiry = 3600,
                           .will_topic = cell.topic, .will_payload = "will", .will_delay = DELAY));
        broker_settle(matrix.broker);
        put_in_force(&matrix, revoked, DENIED);
        raw_expect_silence(cell.subscriber);
        clock_shift(env, (revoked + 1) * (DELAY + 2));
        if (revoked == NOBODY) {
            raw_expect_publish(cell.subscriber, cell.topic, "will");
        } else if (revoked == PUBLISHER) {
            broker_expect_log(matrix.broker, "deny publish", env_format(env, "client=\"%s-publisher\"", id));
        } else {
            broker_expect_log(matrix.broker, "deny receive", env_format(env, "client=\"%s-subscriber\"", id));
        }
        raw_expect_silence(cell.subscriber);
    }
}

/*
 * A token or a certificate that is revoked: its sessions end. What they leave behind, retained messages of
 * which the source is checked and subscriptions, keeps its rights where their wills are sent, and has none
 * where those are dropped.
 */

static void revoke_token(struct matrix *matrix, const struct credential *who)
{
    broker_mark(matrix->broker);
    env_write(matrix->env, "revoked.yaml", env_format(matrix->env, "revoked:\n  - jti: %s\n", who->name));
    broker_expect_log(matrix->broker, "revocations: ", "taken into use");
}

static void revoke_certificate(struct matrix *matrix, const struct credential *who)
{
    int count = matrix->revoked[0] ? 2 : 1;

    matrix->revoked[count - 1] = who->certificate;
    broker_mark(matrix->broker);
    issue_list(matrix->env, .path = "crls/device-ca.crl", .revoked = matrix->revoked);
    broker_expect_log(matrix->broker,
                      "revoked certificates: ", env_format(matrix->env, "with %d entries were read", count));
}

static void revoke(struct matrix *matrix, const struct credential *who)
{
    if (who->token) {
        revoke_token(matrix, who);
    } else {
        revoke_certificate(matrix, who);
    }
}

static struct matrix begin_with_tokens(struct env *env, int protocol, const char *will)
{
    env_write(env, "revoked.yaml", "revoked: []\n");
    const char *text = rules(env, NOBODY, WITHDRAWN), *place = strstr(text, "roles:\n  publisher:");
    const char *policy = env_write(env, "policy.yaml",
                                   env_format(env,
                                              "%.*s"
                                              "  revocations: revoked.yaml\n"
                                              "  on_expiry: {will: %s}\n"
                                              "%s",
                                              (int)(place - text), text, will, place));

    return (struct matrix){
        .env = env,
        .protocol = protocol,
        .publisher = by_token(env, "publisher", 1),
        .subscriber = by_token(env, "subscriber", 1),
        .broker = broker_start(env, "check_retain_source true\n", suite_lines(env, policy, "jwt", "acl")),
    };
}

static struct matrix begin_with_certificates(struct env *env, int protocol, const char *will)
{
    static const char accept[] = "certificate:\n"
                                 "  authorities: {devices: pki/device-ca.crt}\n"
                                 "  accept:\n"
                                 "    - {issuer: devices, roles: [\"${cert.ou}\"]}\n"
                                 "  crl: {folders: [pki/crls]}\n"
                                 "  on_expiry: {action: disconnect, will: %s}\n"
                                 "%s";

    pki_folder(env);
    issue_list(env, .path = "crls/device-ca.crl");
    const char *roles = strstr(rules(env, NOBODY, WITHDRAWN), "roles:\n  publisher:");
    const struct stage *stage = stage_start(env, .policy = env_format(env, accept, will, roles),
                                            .after = "check_retain_source true\n");

    return (struct matrix){
        .env = env,
        .protocol = protocol,
        .publisher = by_certificate(env, "publisher", 1),
        .subscriber = by_certificate(env, "subscriber", 1),
        .broker = stage->broker,
        .port = stage->port,
    };
}

static void lose_the_publisher(struct matrix *matrix, bool at_once)
{
    struct cell news = {.matrix = matrix, .id = "news", .topic = "m/news/x"};
    struct cell half = {.matrix = matrix, .id = "half", .topic = "m/half/x"};

    retained(&news);
    half_of_qos_2(&half);
    assert_int_equal(asked_for_retained(&news), 1);
    revoke(matrix, &matrix->publisher);
    raw_expect_end(news.publisher);
    raw_expect_end(half.publisher);
    assert_int_equal(asked_for_retained(&news), !at_once);
    raw_login_refused_port(matrix->broker, matrix->port, BY(&matrix->publisher), .protocol = matrix->protocol,
                           .client_id = "half-publisher", .resume = true);
    /* By another one he is who he was, with the session that he had. */
    matrix->publisher = next(matrix->env, &matrix->publisher, "publisher", 2);
    publisher_comes(&half, PERSISTENT);
    assert_int_equal(released(&half), 1);
    publisher_comes(&news, CLEAN);
    assert_int_equal(asked_for_retained(&news), 1);
}

/* What is queued goes to nobody but a holder of a good credential, who may have it by rules of today. */
static void lose_the_subscriber(struct matrix *matrix, bool at_once)
{
    struct cell here = {.matrix = matrix, .id = "here", .topic = "m/here/x"};
    struct cell away = {.matrix = matrix, .id = "away", .topic = "m/away/x"};

    both_are_there(&here);
    subscriber_is_away(&away);
    publish(&away, 1, false);
    revoke(matrix, &matrix->subscriber);
    raw_expect_end(here.subscriber);
    publish(&here, 1, false);
    publish(&away, 1, false);
    raw_login_refused_port(matrix->broker, matrix->port, BY(&matrix->subscriber),
                           .protocol = matrix->protocol, .client_id = "away-subscriber", .resume = true);
    matrix->subscriber = next(matrix->env, &matrix->subscriber, "subscriber", 2);
    subscriber_comes(&here, PERSISTENT);
    assert_int_equal(taken(&here), !at_once);
    subscriber_comes(&away, PERSISTENT);
    /* What came before it was revoked. Nobody was there whose will might be sent: the rights go at once. */
    assert_int_equal(taken(&away), 1);
}

static void lose_both(struct env *env,
                      struct matrix (*begin_by)(struct env *env, int protocol, const char *will))
{
    for (int protocol = 4; protocol <= 5; protocol++) {
        for (int at_once = 0; at_once < 2; at_once++) {
            struct matrix matrix = begin_by(env, protocol, at_once ? "drop" : "send");
            lose_the_publisher(&matrix, at_once);
            lose_the_subscriber(&matrix, at_once);
            broker_stop(matrix.broker);
        }
    }
}

static void test_revoked_tokens(struct env *env)
{
    lose_both(env, begin_with_tokens);
}

static void test_revoked_certificates(struct env *env)
{
    lose_both(env, begin_with_certificates);
}

/*
 * Whose right to publish is asked about may be long gone, and the broker knows no more than two names: what a
 * token said is forgotten when the broker gives the client's memory to another one. Then nothing is
 * delivered. Roles that the policy gives to names are not forgotten.
 */
static void test_sources_by_name(struct env *env)
{
    static const char text[] = "bednet: 1\n"
                               "roles:\n"
                               "  person:\n"
                               "    members: {usernames: [" SUITE_USER "]}\n"
                               "    allow: {publish: [%s], subscribe: [\"#\"]}\n";
    const char *policy = env_write(env, "policy.yaml", env_format(env, text, "news"));
    struct broker *broker =
        broker_start(env, "check_retain_source true\n",
                     env_format(env, "%s%s", suite_lines(env, policy, "acl"), suite_password_line(env)));

#define PERSON(id) .protocol = 5, .client_id = id, .username = SUITE_USER, .password = SUITE_PASSWORD
    struct raw_client *client = raw_login(broker, PERSON("publisher"));
    assert_int_equal(raw_publish_whole(client, "news", "x", 1, true), NOBODY_LISTENS);
    raw_disconnect(client);
    for (int i = 0; i < 20; i++) {
        client = raw_login(broker, .protocol = 5, .client_id = env_format(env, "other%d", i),
                           .username = SUITE_USER, .password = SUITE_PASSWORD);
        assert_int_equal(raw_subscribe(client, "news", 0), 0);
        assert_int_equal(raw_take(client, "news"), 1);
        if (i % 2) {
            raw_disconnect(client);
        }
    }
    env_write(env, "policy.yaml", env_format(env, text, "other"));
    broker_mark(broker);
    broker_reload(broker);
    broker_expect_log(broker, "bednet: policy", "reloaded: 1 roles");
    client = raw_login(broker, PERSON("last"));
    assert_int_equal(raw_subscribe(client, "news", 0), 0);
    assert_int_equal(raw_take(client, "news"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_matrix_of_mqtt_3),
        BROKER_TEST(test_matrix_of_mqtt_5),
        BROKER_TEST(test_matrix_of_mqtt_3_with_sources),
        BROKER_TEST(test_matrix_of_mqtt_5_with_sources),
        BROKER_TEST(test_delayed_wills),
        BROKER_TEST(test_revoked_tokens),
        BROKER_TEST(test_revoked_certificates),
        BROKER_TEST(test_sources_by_name),
    };
    return ENV_MAIN("revocation_matrix", tests);
}
