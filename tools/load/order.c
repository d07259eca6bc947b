/* SPDX-License-Identifier: Apache-2.0 */
/* From words to an order: each option is read on its own, and what was not said follows. */
#include "order.h"
#include "command.h"
#include "flow.h"
#include "moment.h"
#include "order_check.h"
#include "order_help.h"
#include "play.h"
#include "quantity.h"
#include "stencil.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)

/* Which plays an option is for. */
enum { P = 1, F = 2, C = 4, R = 8, I = 16, MESSAGES = P | F, ALL = P | F | C | R | I };

enum key {
    HOST,
    PORT,
    REMOTE,
    PROTOCOL,
    TLS,
    CA,
    SERVER_NAME,
    INSECURE,
    CERT_DIR,
    ID,
    SUBSCRIBER_ID,
    USERNAME,
    PASSWORD,
    TOKENS,
    SUBSCRIBER_TOKENS,
    MINT_KEY,
    MINT_ALG,
    MINT_KID,
    MINT_ISSUER,
    MINT_AUDIENCE,
    MINT_CLAIM,
    MINT_LIFETIME,
    KEEPALIVE,
    PUBLISHERS,
    SUBSCRIBERS,
    CLIENTS,
    TOPIC,
    FILTER,
    TOPICS,
    QOS,
    SIZE,
    RATE,
    WINDOW,
    MESSAGE_COUNT,
    LOGIN_COUNT,
    IN_FLIGHT,
    WARM_UP,
    DURATION,
    TIMEOUT,
    ROUNDS,
    DROP,
    BACKOFF_BASE,
    BACKOFF_MAX,
    PING,
    SEED,
    BROKER_PID,
    JSON,
    PROGRESS,
    QUIET,
    EXPECT_REFUSED,
    ALLOW_LOST,
    HELP,
    KEYS
};

static const struct {
    const char *name;
    int argument;
    unsigned plays;
} known[KEYS] = {
    [HOST] = {"host", required_argument, ALL},
    [PORT] = {"port", required_argument, ALL},
    [REMOTE] = {"remote", no_argument, ALL},
    [PROTOCOL] = {"protocol", required_argument, ALL},
    [TLS] = {"tls", no_argument, ALL},
    [CA] = {"ca", required_argument, ALL},
    [SERVER_NAME] = {"server-name", required_argument, ALL},
    [INSECURE] = {"insecure", no_argument, ALL},
    [CERT_DIR] = {"cert-dir", required_argument, ALL},
    [ID] = {"id", required_argument, ALL},
    [SUBSCRIBER_ID] = {"subscriber-id", required_argument, MESSAGES},
    [USERNAME] = {"username", required_argument, ALL},
    [PASSWORD] = {"password", required_argument, ALL},
    [TOKENS] = {"tokens", required_argument, ALL},
    [SUBSCRIBER_TOKENS] = {"subscriber-tokens", required_argument, MESSAGES},
    [MINT_KEY] = {"mint-key", required_argument, ALL},
    [MINT_ALG] = {"mint-alg", required_argument, ALL},
    [MINT_KID] = {"mint-kid", required_argument, ALL},
    [MINT_ISSUER] = {"mint-issuer", required_argument, ALL},
    [MINT_AUDIENCE] = {"mint-audience", required_argument, ALL},
    [MINT_CLAIM] = {"mint-claim", required_argument, ALL},
    [MINT_LIFETIME] = {"mint-lifetime", required_argument, ALL},
    [KEEPALIVE] = {"keepalive", required_argument, ALL},
    [PUBLISHERS] = {"publishers", required_argument, P},
    [SUBSCRIBERS] = {"subscribers", required_argument, MESSAGES},
    [CLIENTS] = {"clients", required_argument, C | R | I},
    [TOPIC] = {"topic", required_argument, MESSAGES},
    [FILTER] = {"filter", required_argument, MESSAGES},
    [TOPICS] = {"topics", required_argument, MESSAGES},
    [QOS] = {"qos", required_argument, MESSAGES},
    [SIZE] = {"size", required_argument, MESSAGES},
    [RATE] = {"rate", required_argument, MESSAGES | C},
    [WINDOW] = {"window", required_argument, MESSAGES},
    [MESSAGE_COUNT] = {"messages", required_argument, MESSAGES},
    [LOGIN_COUNT] = {"logins", required_argument, C},
    [IN_FLIGHT] = {"in-flight", required_argument, ALL},
    [WARM_UP] = {"warm-up", required_argument, MESSAGES | C},
    [DURATION] = {"duration", required_argument, ALL},
    [TIMEOUT] = {"timeout", required_argument, ALL},
    [ROUNDS] = {"rounds", required_argument, R},
    [DROP] = {"drop", required_argument, R},
    [BACKOFF_BASE] = {"backoff-base", required_argument, R},
    [BACKOFF_MAX] = {"backoff-max", required_argument, R},
    [PING] = {"ping", required_argument, I},
    [SEED] = {"seed", required_argument, ALL},
    [BROKER_PID] = {"broker-pid", required_argument, ALL},
    [JSON] = {"json", required_argument, ALL},
    [PROGRESS] = {"progress", no_argument, ALL},
    [QUIET] = {"quiet", no_argument, ALL},
    [EXPECT_REFUSED] = {"expect-refused", required_argument, ALL},
    [ALLOW_LOST] = {"allow-lost", required_argument, MESSAGES},
    [HELP] = {"help", no_argument, ALL},
};

static const struct {
    const struct bednet_play *play;
    unsigned bit;
} plays[] = {{&bednet_play_publish, P},
             {&bednet_play_fanout, F},
             {&bednet_play_connect, C},
             {&bednet_play_reconnect, R},
             {&bednet_play_idle, I}};

static int wrong(const struct bednet_order *order, enum key key, const char *value, const char *expected)
{
    return bednet_order_refuse(order, "--%s is '%s' (expected %s)", known[key].name, value, expected);
}

static int take_count(const struct bednet_order *order, enum key key, const char *value, uint64_t least,
                      uint64_t most, uint64_t *out)
{
    char expected[80];
    if (bednet_quantity_count(value, least, most, out))
        return BEDNET_EXIT_OK;
    snprintf(expected, sizeof expected, "a number from %llu to %llu", (unsigned long long)least,
             (unsigned long long)most);
    return wrong(order, key, value, expected);
}

static int take_duration(const struct bednet_order *order, enum key key, const char *value, int64_t *out)
{
    return bednet_quantity_duration(value, out) ? BEDNET_EXIT_OK
                                                : wrong(order, key, value, "500ms, 30s, 5m or 1h");
}

static int take_template(const struct bednet_order *order, enum key key, const char *value,
                         const char *allowed, const char **out)
{
    const char *objection = bednet_stencil_objects(value, allowed);
    if (objection != NULL)
        return bednet_order_refuse(order, "--%s is '%s': %s", known[key].name, value, objection);
    *out = value;
    return BEDNET_EXIT_OK;
}

/* Options with a number in them, and what it may be. */
static const struct {
    enum key key;
    uint64_t least, most;
} numbers[] = {{PORT, 1, 65535},
               {KEEPALIVE, 0, 65535},
               {PUBLISHERS, 1, BEDNET_ORDER_CLIENTS_MAX},
               {CLIENTS, 1, BEDNET_ORDER_CLIENTS_MAX},
               {SUBSCRIBERS, 0, BEDNET_ORDER_CLIENTS_MAX},
               {TOPICS, 1, 1000000},
               {QOS, 0, 2},
               {WINDOW, 1, BEDNET_ORDER_WINDOW_MAX},
               {MESSAGE_COUNT, 1, 1000000000},
               {LOGIN_COUNT, 1, 1000000000},
               {IN_FLIGHT, 1, BEDNET_ORDER_CLIENTS_MAX},
               {ROUNDS, 1, 1000},
               {SEED, 0, UINT32_MAX},
               {BROKER_PID, 1, INT32_MAX},
               {EXPECT_REFUSED, 1, 255}};

static void set_number(struct bednet_order *order, enum key key, uint64_t number)
{
    switch (key) {
    case PORT:
        order->port = (unsigned)number;
        break;
    case KEEPALIVE:
        order->keepalive_s = (unsigned)number;
        break;
    case SUBSCRIBERS:
        order->subscribers = number;
        break;
    case TOPICS:
        order->topics = number;
        break;
    case QOS:
        order->qos = (unsigned)number;
        break;
    case WINDOW:
        order->window = number;
        break;
    case MESSAGE_COUNT:
    case LOGIN_COUNT:
        order->count = number;
        break;
    case IN_FLIGHT:
        order->in_flight = number;
        break;
    case ROUNDS:
        order->rounds = (unsigned)number;
        break;
    case SEED:
        order->seed = (uint32_t)number;
        break;
    case BROKER_PID:
        order->broker_pid = (pid_t)number;
        break;
    case EXPECT_REFUSED:
        order->expected_refusal = (int)number;
        break;
    default: /* PUBLISHERS, CLIENTS */
        order->clients = number;
    }
}

static int take_number(struct bednet_order *order, enum key key, const char *value)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].key == key) {
            uint64_t number;
            int code = take_count(order, key, value, numbers[i].least, numbers[i].most, &number);
            if (code == BEDNET_EXIT_OK)
                set_number(order, key, number);
            return code;
        }
    return BEDNET_EXIT_USAGE;
}

/* Options with a time, a rate or a size. */
static int take_measure(struct bednet_order *order, enum key key, const char *value)
{
    uint64_t bytes;
    switch (key) {
    case WARM_UP:
        return take_duration(order, key, value, &order->warm_up_ns);
    case DURATION:
        return take_duration(order, key, value, &order->duration_ns);
    case TIMEOUT:
        return take_duration(order, key, value, &order->timeout_ns);
    case BACKOFF_BASE:
        return take_duration(order, key, value, &order->backoff.base_ns);
    case BACKOFF_MAX:
        return take_duration(order, key, value, &order->backoff.most_ns);
    case PING:
        return take_duration(order, key, value, &order->ping_ns);
    case RATE:
        order->has_rate = true;
        return bednet_quantity_rate(value, &order->rate) ? BEDNET_EXIT_OK
                                                         : wrong(order, key, value, "100, 100/s or 600/m");
    case SIZE:
        if (!bednet_quantity_size(value, BEDNET_ORDER_PAYLOAD_MAX, &bytes) || bytes < BEDNET_STAMP_BYTES)
            return wrong(order, key, value, "24 (what the time and the number of a message need) to 1MiB");
        order->payload_bytes = bytes;
        return BEDNET_EXIT_OK;
    case ALLOW_LOST:
        return bednet_quantity_part(value, &order->tolerated_loss, &order->is_share)
                   ? BEDNET_EXIT_OK
                   : wrong(order, key, value, "a number of messages, or a share such as 0.5%");
    default:
        return take_number(order, key, value);
    }
}

static int take_mint(struct bednet_order *order, enum key key, const char *value)
{
    switch (key) {
    case MINT_KEY:
        order->wish.key_path = value;
        return BEDNET_EXIT_OK;
    case MINT_ALG:
        order->wish.algorithm = value;
        return BEDNET_EXIT_OK;
    case MINT_KID:
        order->wish.kid = value;
        return BEDNET_EXIT_OK;
    case MINT_ISSUER:
        return bednet_wish_text(&order->wish, "iss", value);
    case MINT_AUDIENCE:
        return bednet_wish_audience(&order->wish, value);
    case MINT_LIFETIME:
        return bednet_moment_parse_duration(value, &order->wish.lifetime_s) && order->wish.lifetime_s > 0
                   ? BEDNET_EXIT_OK
                   : wrong(order, key, value, "30s, 5m, 2h or 7d");
    default: /* MINT_CLAIM */
        if (order->mint_claim_count == sizeof order->mint_claims / sizeof *order->mint_claims)
            return bednet_order_refuse(order, "too many --mint-claim");
        return take_template(order, key, value, "dc", &order->mint_claims[order->mint_claim_count++]);
    }
}

static int take_drop(struct bednet_order *order, const char *value)
{
    static const char *const words[] = {"reset", "disconnect", "await"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(value, words[i]) == 0) {
            order->drop = (enum bednet_drop)i;
            return BEDNET_EXIT_OK;
        }
    return wrong(order, DROP, value, "reset, disconnect or await");
}

static int take_protocol(struct bednet_order *order, const char *value)
{
    if (strcmp(value, "5") == 0 || strcmp(value, "5.0") == 0)
        order->version = BEDNET_MQTT_5;
    else if (strcmp(value, "3.1.1") == 0)
        order->version = BEDNET_MQTT_311;
    else
        return wrong(order, PROTOCOL, value, "3.1.1 or 5");
    return BEDNET_EXIT_OK;
}

/* Options that are texts as they stand, or only stand there. */
static int take_plain(struct bednet_order *order, enum key key, const char *value)
{
    switch (key) {
    case HOST:
        order->host = value;
        break;
    case REMOTE:
        order->is_remote_allowed = true;
        break;
    case TLS:
        order->tls = true;
        break;
    case INSECURE:
        order->insecure = true;
        break;
    case CA:
        order->ca_file = value;
        break;
    case SERVER_NAME:
        order->server_name = value;
        break;
    case CERT_DIR:
        order->certificates = value;
        break;
    case TOKENS:
        order->tokens = value;
        break;
    case SUBSCRIBER_TOKENS:
        order->subscriber_tokens = value;
        break;
    case JSON:
        order->json = value;
        break;
    case PROGRESS:
    case QUIET:
        order->progress = key == PROGRESS;
        break;
    default:
        return take_measure(order, key, value);
    }
    return BEDNET_EXIT_OK;
}

static int take(struct bednet_order *order, enum key key, const char *value)
{
    switch (key) {
    case PROTOCOL:
        return take_protocol(order, value);
    case DROP:
        return take_drop(order, value);
    case ID:
        return take_template(order, key, value, "d", &order->id);
    case SUBSCRIBER_ID:
        return take_template(order, key, value, "d", &order->subscriber_id);
    case USERNAME:
        return take_template(order, key, value, "dc", &order->username);
    case PASSWORD:
        return take_template(order, key, value, "dc", &order->password);
    case TOPIC:
        return take_template(order, key, value, "dct", &order->topic);
    case FILTER:
        return take_template(order, key, value, "dc", &order->filter);
    case MINT_KEY:
    case MINT_ALG:
    case MINT_KID:
    case MINT_ISSUER:
    case MINT_AUDIENCE:
    case MINT_CLAIM:
    case MINT_LIFETIME:
        return take_mint(order, key, value);
    default:
        return take_plain(order, key, value);
    }
}

/* At a rate the window is only what MQTT wants answered; there is none at QoS 0. */
static size_t default_window(const struct bednet_order *order)
{
    if (order->has_rate)
        return order->qos > 0 ? 1000 : 0;
    return order->qos > 0 ? 20 : 100;
}

/* What was not said follows from what was. */
static void complete(struct bednet_order *order, unsigned bit, bool has_subscribers)
{
    if (bit == F)
        order->clients = 1;
    if (bit == P && !has_subscribers)
        order->subscribers = order->clients;
    if (order->id == NULL)
        order->id = (bit & MESSAGES) != 0 ? "load-publisher-%d" : "load-%d";
    if (order->subscriber_id == NULL)
        order->subscriber_id = "load-subscriber-%d";
    if (order->topic == NULL)
        order->topic = order->topics > 1 ? "load/%d/%t" : "load/%d";
    if ((order->tokens != NULL || order->wish.key_path != NULL) && order->username == NULL)
        order->username = "token"; /* 3.1.1 wants one beside a password, whatever it says */
    if (order->in_flight == 0)
        order->in_flight = bit == R ? order->clients : bit == C ? 32 : 64;
    if (order->in_flight > order->clients && bit == C)
        order->in_flight = order->clients;
    if ((bit & MESSAGES) != 0 && order->window == 0)
        order->window = default_window(order);
    if (bit == I && order->ping_ns == 0)
        order->ping_ns = 10 * SECOND_NS;
    if (order->count == 0 && order->duration_ns == 0)
        order->duration_ns = bit == R ? 300 * SECOND_NS : 10 * SECOND_NS;
}

static int read_options(struct bednet_order *order, unsigned bit, int argc, char **argv)
{
    struct option options[KEYS + 1] = {0};
    bool has_subscribers = false, has_duration = false;
    int key, index, code = BEDNET_EXIT_OK;
    for (int i = 0; i < KEYS; i++)
        options[i] = (struct option){known[i].name, known[i].argument, NULL, i + 256};
    optind = 0; /* GNU: start anew */
    while (code == BEDNET_EXIT_OK && (key = getopt_long(argc, argv, "", options, &index)) != -1) {
        key -= 256;
        if (key < 0)
            return BEDNET_EXIT_USAGE; /* getopt_long has said why */
        if ((known[key].plays & bit) == 0)
            return bednet_order_refuse(order, "--%s is not for this kind of load; see bednet-load --help",
                                       known[key].name);
        if (key == HELP) {
            bednet_order_help(stdout);
            exit(fflush(stdout) == 0 ? BEDNET_EXIT_OK : BEDNET_EXIT_IO);
        }
        has_subscribers = has_subscribers || key == SUBSCRIBERS;
        has_duration = has_duration || key == DURATION;
        code = take(order, (enum key)key, optarg);
    }
    if (code == BEDNET_EXIT_OK && optind != argc)
        code = bednet_order_refuse(order, "what is '%s'? (expected options only)", argv[optind]);
    if (code == BEDNET_EXIT_OK && has_duration && order->duration_ns == 0)
        code = bednet_order_refuse(order, "--duration is nothing (expected a time)");
    if (code == BEDNET_EXIT_OK)
        complete(order, bit, has_subscribers);
    return code;
}

int bednet_order_read(int argc, char **argv, struct bednet_order *order)
{
    *order = (struct bednet_order){.host = "127.0.0.1",
                                   .version = BEDNET_MQTT_311,
                                   .clients = 1,
                                   .keepalive_s = 60,
                                   .topics = 1,
                                   .payload_bytes = 64,
                                   .timeout_ns = 10 * SECOND_NS,
                                   .rounds = 1,
                                   .backoff = {SECOND_NS, 60 * SECOND_NS},
                                   .seed = (uint32_t)time(NULL),
                                   .progress = isatty(STDERR_FILENO) == 1,
                                   .expected_refusal = -1};
    unsigned bit = 0;
    for (size_t i = 0; i < sizeof plays / sizeof *plays; i++)
        if (strcmp(argv[0], plays[i].play->word) == 0) {
            order->play = plays[i].play;
            bit = plays[i].bit;
        }
    if (bit == 0) {
        fprintf(stderr, "bednet-load: unknown kind of load '%s'; see bednet-load --help\n", argv[0]);
        return BEDNET_EXIT_USAGE;
    }
    if (bit == F)
        order->subscribers = 50;
    order->wish.now_s = time(NULL);
    order->wish.claims = json_object();
    if (order->wish.claims == NULL)
        return bednet_command_nomem();
    int code = read_options(order, bit, argc, argv);
    return code == BEDNET_EXIT_OK ? bednet_order_check(order) : code;
}

void bednet_order_free(struct bednet_order *order)
{
    json_decref(order->wish.claims);
    order->wish.claims = NULL;
}
