/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin that tells on the broker: it writes every event it sees, with its fields, to the broker's log and
 * returns what the test asks for. Built once on the oldest headers there are; runs in all three brokers, and
 * that it does is itself a test.
 *
 *   plugin_opt_name   stands in every line, to tell two probes apart     (default probe)
 *   plugin_opt_login  what BASIC_AUTH returns                            (default 0)
 *   plugin_opt_login_after_reload  the same, once a RELOAD was seen, for client ids that start with "kick"
 *   plugin_opt_access what ACL_CHECK returns                             (default 0)
 *   plugin_opt_reload what RELOAD returns      (default what this broker wants: 17 on 2.0, 0 on 2.1)
 *
 * A user name `return-N` makes BASIC_AUTH return N; a topic `return/ACTION/N/...` makes ACL_CHECK for that
 * action (read, write, subscribe, unsubscribe), or the MESSAGE_OUT event (out), return N. A user name
 * `fault-leak` or `fault-overflow` makes the probe do what a sanitizer must find.
 *
 * One line an event: `probe NAME: EVENT field=value ...`, texts in quotes with odd bytes as \xNN.
 */
#if __has_include(<mosquitto/broker_plugin.h>)
#include <mosquitto.h>
#else
#include <mosquitto.h>
/* In this order: before 2.0.13 the plugin header does not include what it needs. */
#include <mosquitto_broker.h>

#include <mosquitto_plugin.h>
#endif
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Events of 2.1, by number: 2.0's headers do not name them. Their structs begin like that of DISCONNECT. */
enum { EVENT_CONNECT = 11, EVENT_MESSAGE_OUT = 27, EVENT_CLIENT_OFFLINE = 28 };

struct probe {
    mosquitto_plugin_id_t *id;
    char name[32];
    int login;
    int login_after_reload;
    int access;
    int reload;
    bool reloaded;
};

int mosquitto_plugin_version(int count, const int *versions);
int mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **userdata, struct mosquitto_opt *opts, int count);
int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *opts, int count);

struct line {
    char text[4096];
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
    size_t room = sizeof(line->text) - 1 - line->length; /* one is kept for the newline */
    va_list args;

    va_start(args, format);
    int wanted = vsnprintf(line->text + line->length, room, format, args);
    va_end(args);
    if (wanted > 0) {
        line->length += (size_t)wanted < room ? (size_t)wanted : room - 1;
    }
}

static void add_text(struct line *line, const char *field, const char *text)
{
    if (!text) {
        add(line, " %s=NULL", field);
        return;
    }
    add(line, " %s=\"", field);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\') {
            add(line, "\\x%02x", byte);
        } else {
            add(line, "%c", byte);
        }
    }
    add(line, "\"");
}

/* One write, straight to standard error: the broker's own log function is not safe on other threads. */
static void end(struct line *line)
{
    line->text[line->length++] = '\n';
    if (write(STDERR_FILENO, line->text, line->length) < 0) {
        abort();
    }
}

static struct line begin(const struct probe *probe, const char *event)
{
    struct line line = {.length = 0};

    add(&line, "probe %s: %s", probe->name, event);
    if (gettid() != getpid()) {
        add(&line, " thread=other");
    }
    return line;
}

static void add_client(struct line *line, const struct mosquitto *client)
{
    add(line, " handle=%p", (const void *)client);
    add_text(line, "id", mosquitto_client_id(client));
    add_text(line, "user", mosquitto_client_username(client));
    add_text(line, "address", mosquitto_client_address(client));
    add(line, " protocol=%d", mosquitto_client_protocol_version(client));
}

/* The number behind `prefix` in `text`, or `otherwise`. */
static int steered(const char *text, const char *prefix, int otherwise)
{
    size_t length = strlen(prefix);
    return text && strncmp(text, prefix, length) == 0 ? atoi(text + length) : otherwise;
}

static int on_reload(int event, void *data, void *userdata)
{
    struct probe *probe = userdata;
    const struct mosquitto_evt_reload *reload = data;
    struct line line = begin(probe, "RELOAD");

    (void)event;
    probe->reloaded = true;
    add(&line, " options=%s count=%d result=%d", reload->options ? "some" : "NULL", reload->option_count,
        probe->reload);
    end(&line);
    return probe->reload;
}

static int login_result(const struct probe *probe, const char *client_id, const char *username)
{
    int result = probe->login;

    if (probe->reloaded && client_id && strncmp(client_id, "kick", 4) == 0) {
        result = probe->login_after_reload;
    }
    return steered(username, "return-", result);
}

static void *volatile lost;

/* A sanitizer that is not there, or whose findings are not seen, would let everything pass. */
static void commit_fault(const char *kind)
{
    lost = malloc(77);
    if (strcmp(kind, "fault-overflow") == 0) {
        ((volatile char *)lost)[77] = 1;
        free(lost);
    }
    lost = NULL;
}

static int on_login(int event, void *data, void *userdata)
{
    const struct probe *probe = userdata;
    const struct mosquitto_evt_basic_auth *login = data;
    struct line line = begin(probe, "BASIC_AUTH");
    int result = login_result(probe, mosquitto_client_id(login->client), login->username);

    (void)event;
    add_client(&line, login->client);
    add_text(&line, "password", login->password);
    add(&line, " result=%d", result);
    end(&line);
    if (login->username && strncmp(login->username, "fault-", 6) == 0) {
        commit_fault(login->username);
    }
    return result;
}

static const char *action_name(int access)
{
    switch (access) {
    case MOSQ_ACL_READ:
        return "read";
    case MOSQ_ACL_WRITE:
        return "write";
    case MOSQ_ACL_SUBSCRIBE:
        return "subscribe";
    case MOSQ_ACL_UNSUBSCRIBE:
        return "unsubscribe";
    default:
        return "unknown";
    }
}

static int on_access(int event, void *data, void *userdata)
{
    const struct probe *probe = userdata;
    const struct mosquitto_evt_acl_check *check = data;
    struct line line = begin(probe, "ACL_CHECK");
    char prefix[32];

    (void)event;
    snprintf(prefix, sizeof(prefix), "return/%s/", action_name(check->access));
    int result = steered(check->topic, prefix, probe->access);
    add(&line, " action=%s", action_name(check->access));
    add_text(&line, "topic", check->topic);
    add(&line, " qos=%d retain=%d bytes=%u", check->qos, check->retain, check->payloadlen);
    add_client(&line, check->client);
    add(&line, " result=%d", result);
    end(&line);
    return result;
}

static int on_message(int event, void *data, void *userdata)
{
    const struct probe *probe = userdata;
    const struct mosquitto_evt_message *message = data;
    struct line line = begin(probe, event == EVENT_MESSAGE_OUT ? "MESSAGE_OUT" : "MESSAGE");
    int result = event == EVENT_MESSAGE_OUT ? steered(message->topic, "return/out/", 0) : 0;

    add_text(&line, "topic", message->topic);
    add(&line, " qos=%d retain=%d bytes=%u", message->qos, message->retain, message->payloadlen);
    add_client(&line, message->client);
    add(&line, " result=%d", result);
    end(&line);
    return result;
}

static int on_passing(int event, void *data, void *userdata)
{
    const struct probe *probe = userdata;
    const struct mosquitto_evt_disconnect *passing = data;
    const char *name = event == EVENT_CONNECT          ? "CONNECT"
                       : event == EVENT_CLIENT_OFFLINE ? "CLIENT_OFFLINE"
                                                       : "DISCONNECT";
    struct line line = begin(probe, name);

    add_client(&line, passing->client);
    if (event != EVENT_CONNECT) {
        add(&line, " reason=%d", passing->reason);
    }
    end(&line);
    return 0;
}

int mosquitto_plugin_version(int count, const int *versions)
{
    for (int i = 0; i < count; i++) {
        if (versions[i] == 5) {
            return 5;
        }
    }
    return -1;
}

static void take_option(struct probe *probe, const char *key, const char *value)
{
    struct line line = begin(probe, "option");

    if (strcmp(key, "name") == 0) {
        snprintf(probe->name, sizeof(probe->name), "%s", value);
    } else if (strcmp(key, "login") == 0) {
        probe->login = atoi(value);
    } else if (strcmp(key, "login_after_reload") == 0) {
        probe->login_after_reload = atoi(value);
    } else if (strcmp(key, "access") == 0) {
        probe->access = atoi(value);
    } else if (strcmp(key, "reload") == 0) {
        probe->reload = atoi(value);
    }
    add_text(&line, "key", key);
    add_text(&line, "value", value);
    end(&line);
}

static int attach(struct probe *probe)
{
    int failed = 0;

    failed |= mosquitto_callback_register(probe->id, MOSQ_EVT_RELOAD, on_reload, NULL, probe);
    failed |= mosquitto_callback_register(probe->id, MOSQ_EVT_BASIC_AUTH, on_login, NULL, probe);
    failed |= mosquitto_callback_register(probe->id, MOSQ_EVT_ACL_CHECK, on_access, NULL, probe);
    failed |= mosquitto_callback_register(probe->id, MOSQ_EVT_MESSAGE, on_message, NULL, probe);
    failed |= mosquitto_callback_register(probe->id, MOSQ_EVT_DISCONNECT, on_passing, NULL, probe);
    return failed;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **userdata, struct mosquitto_opt *opts, int count)
{
    struct probe *probe = calloc(1, sizeof(*probe));

    if (!probe) {
        return MOSQ_ERR_NOMEM;
    }
    *userdata = probe;
    probe->id = id;
    snprintf(probe->name, sizeof(probe->name), "probe");
    /* What 2.0 does not know it refuses with NOT_SUPPORTED, and that tells the versions apart. */
    bool modern = mosquitto_callback_register(id, EVENT_CONNECT, on_passing, NULL, probe) == MOSQ_ERR_SUCCESS;
    if (modern) {
        mosquitto_callback_register(id, EVENT_MESSAGE_OUT, on_message, NULL, probe);
        mosquitto_callback_register(id, EVENT_CLIENT_OFFLINE, on_passing, NULL, probe);
    }
    probe->reload = modern ? MOSQ_ERR_SUCCESS : MOSQ_ERR_PLUGIN_DEFER;
    for (int i = 0; i < count; i++) {
        take_option(probe, opts[i].key, opts[i].value);
    }
    int failed = attach(probe);
    struct line line = begin(probe, "init");
    add(&line, " modern=%d failed=%d", modern, failed);
    end(&line);
    return failed ? MOSQ_ERR_UNKNOWN : MOSQ_ERR_SUCCESS;
}

int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *opts, int count)
{
    (void)opts;
    (void)count;
    free(userdata);
    return MOSQ_ERR_SUCCESS;
}
