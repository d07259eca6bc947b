/* SPDX-License-Identifier: Apache-2.0 */
/* Loading and unloading of modules, and the chains of callbacks of each event. */
#include "fault/fake_internal.h"
#include "runtime/counters.h"

#include <dlfcn.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSWORDS_MAX 8
#define SESSIONS_MAX  64

typedef int (*version_function)(int, const int *);
typedef int (*init_function)(mosquitto_plugin_id_t *, void **, struct mosquitto_opt *, int);
typedef int (*cleanup_function)(void *, struct mosquitto_opt *, int);

struct plugin {
    mosquitto_plugin_id_t identifier;
    struct fake_line line;
    void *module;
    init_function init;
    cleanup_function cleanup;
    void *userdata;
    bool attempted;
    bool initialised;
};

static struct plugin plugins[FAKE_LINES_MAX];
static size_t plugin_count;
static bool per_listener;
static struct {
    const char *username;
    const char *password;
} passwords[PASSWORDS_MAX];
static size_t password_count;
static bool anonymous_allowed;
static struct mosquitto *sessions[SESSIONS_MAX];
static void (*kick_hook)(struct mosquitto *client, bool with_will);

/* The linker leaves it out where fake_2_1.c is. */
extern __typeof__(mosquitto_plugin_set_info) mosquitto_plugin_set_info __attribute__((weak));

bool fake_is_2_1(void)
{
    return &mosquitto_plugin_set_info != NULL;
}

static void *open_module(const char *module)
{
    char path[512];
    snprintf(path, sizeof path, "%s/bednet_%s.so", BEDNET_MODULES, module);
    void *library = dlopen(path, RTLD_NOW | (fake_is_2_1() ? RTLD_LOCAL : RTLD_GLOBAL));
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        abort();
    }
    return library;
}

void fake_pin(const char *module)
{
    open_module(module);
}

static void *entry_point(void *library, const char *name)
{
    void *symbol = dlsym(library, name);
    if (symbol == NULL)
        abort();
    return symbol;
}

static void load(struct plugin *plugin, const struct fake_line *line)
{
    static const int supported[] = {5, 4, 3, 2};
    *plugin = (struct plugin){.identifier = {.list = line->list}, .line = *line};
    plugin->module = open_module(line->module);
    version_function version = (version_function)entry_point(plugin->module, "mosquitto_plugin_version");
    if (version(sizeof supported / sizeof *supported, supported) != 5)
        fake_violate("a plugin does not speak version 5");
    plugin->init = (init_function)entry_point(plugin->module, "mosquitto_plugin_init");
    plugin->cleanup = (cleanup_function)entry_point(plugin->module, "mosquitto_plugin_cleanup");
}

/* Options are the broker's own memory: nothing says that a plugin may keep them. */
static int initialise(struct plugin *plugin)
{
    struct mosquitto_opt options[4];
    memcpy(options, plugin->line.options, sizeof options);
    int code = plugin->init(&plugin->identifier, &plugin->userdata, options, plugin->line.option_count);
    plugin->attempted = true;
    plugin->initialised = code == MOSQ_ERR_SUCCESS;
    memset(options, 0, sizeof options);
    return code;
}

static void clean_up(struct plugin *plugin)
{
    struct mosquitto_opt options[4];
    memcpy(options, plugin->line.options, sizeof options);
    plugin->cleanup(plugin->userdata, options, plugin->line.option_count);
}

/*
 * 2.1 cleans up after every plugin that it loaded, the failed one included. 2.0 simply exits; here the
 * others are cleaned up even then, so that a test can see that nothing else is left.
 */
void fake_stop(void)
{
    for (size_t i = 0; i < plugin_count; i++)
        if (plugins[i].initialised || (fake_is_2_1() && plugins[i].attempted))
            clean_up(&plugins[i]);
    fake_callbacks_forget();
    /* 2.1 leaves modules mapped; here it must give them back too, or every start would map one more. */
    for (size_t i = 0; i < plugin_count; i++)
        dlclose(plugins[i].module);
    plugin_count = 0;
    per_listener = false;
}

void fake_load(const struct fake_line *lines, size_t count)
{
    fake_claim_thread();
    for (size_t i = 0; i < count; i++) {
        per_listener = per_listener || lines[i].list != FAKE_GLOBAL;
        load(&plugins[plugin_count++], &lines[i]);
    }
}

int fake_initialise(size_t *failed)
{
    for (size_t i = 0; i < plugin_count; i++) {
        int code = initialise(&plugins[i]);
        if (code == MOSQ_ERR_SUCCESS)
            continue;
        if (failed != NULL)
            *failed = i;
        fake_stop();
        return code;
    }
    return MOSQ_ERR_SUCCESS;
}

int fake_start(const struct fake_line *lines, size_t count, size_t *failed)
{
    fake_load(lines, count);
    return fake_initialise(failed);
}

void fake_password_add(const char *username, const char *password)
{
    passwords[password_count].username = username;
    passwords[password_count++].password = password;
}

void fake_password_clear(void)
{
    password_count = 0;
}

void fake_allow_anonymous(bool allowed)
{
    anonymous_allowed = allowed;
}

struct mosquitto *fake_session_find(const char *id)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        if (sessions[i] != NULL && id != NULL && sessions[i]->id != NULL && strcmp(sessions[i]->id, id) == 0)
            return sessions[i];
    return NULL;
}

void fake_session_remove(const struct mosquitto *client)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        if (sessions[i] == client)
            sessions[i] = NULL;
}

/* Takes the place of an older session of the same id. */
void fake_session_add(struct mosquitto *client)
{
    size_t slot = 0;
    fake_session_remove(client);
    fake_session_remove(fake_session_find(client->id));
    while (slot < SESSIONS_MAX && sessions[slot] != NULL)
        slot++;
    if (slot == SESSIONS_MAX)
        abort();
    sessions[slot] = client;
}

static char *copy(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

bool fake_client_set(struct mosquitto *client, const char *id, const char *username, const char *address)
{
    fake_client_clear(client);
    client->id = copy(id);
    client->username = copy(username);
    client->address = copy(address);
    return (id == NULL || client->id != NULL) && (username == NULL || client->username != NULL) &&
           (address == NULL || client->address != NULL);
}

void fake_client_clear(struct mosquitto *client)
{
    fake_session_remove(client);
    free(client->id);
    free(client->username);
    free(client->address);
    client->id = client->username = client->address = NULL;
}

typedef bool (*code_predicate)(int code);

static bool is_login_code(int code)
{
    return code == MOSQ_ERR_SUCCESS || code == MOSQ_ERR_AUTH || code == MOSQ_ERR_PLUGIN_DEFER;
}

static bool is_access_code(int code)
{
    return code == MOSQ_ERR_SUCCESS || code == MOSQ_ERR_ACL_DENIED || code == MOSQ_ERR_PLUGIN_DEFER;
}

static bool is_message_code(int code)
{
    return code == MOSQ_ERR_SUCCESS || code == MOSQ_ERR_ACL_DENIED ||
           (fake_is_2_1() && code == BEDNET_ERR_QUOTA_EXCEEDED);
}

/* The next callback is read first, for one may take itself off the list. */
static int ask_list(unsigned list, int event, void *data, int go_on, code_predicate expected)
{
    int code = go_on;
    struct fake_callback *next;
    for (struct fake_callback *callback = fake_callbacks(list, event); callback != NULL && code == go_on;
         callback = next) {
        next = callback->next;
        code = callback->function(event, data, callback->userdata);
        if (!expected(code))
            fake_violate("a return code that the event does not know");
    }
    return code;
}

/* The first code that is not `go_on`; 2.1 asks the global list before that of the listener. */
static int ask(const struct mosquitto *client, int event, void *data, int go_on, code_predicate expected)
{
    int code = go_on;
    if (fake_is_2_1() || !per_listener)
        code = ask_list(FAKE_GLOBAL, event, data, go_on, expected);
    if (code == go_on && per_listener && client->list != FAKE_GLOBAL)
        code = ask_list(client->list, event, data, go_on, expected);
    return code;
}

int fake_login_code(struct mosquitto *client, const char *password)
{
    /* The broker's copy, which no plugin may want after the call. */
    char own[20000];
    if (password != NULL)
        snprintf(own, sizeof own, "%s", password);
    struct mosquitto_evt_basic_auth data = {
        .client = client, .username = client->username, .password = password != NULL ? own : NULL};
    int code = ask(client, MOSQ_EVT_BASIC_AUTH, &data, MOSQ_ERR_PLUGIN_DEFER, is_login_code);
    memset(own, 'x', sizeof own);
    return code;
}

static bool password_file_accepts(const struct mosquitto *client, const char *password)
{
    for (size_t i = 0; i < password_count && password != NULL; i++)
        if (strcmp(passwords[i].username, client->username) == 0)
            return strcmp(passwords[i].password, password) == 0;
    return false;
}

bool fake_login(struct mosquitto *client, const char *password)
{
    int code = fake_login_code(client, password);
    bool accepted = code == MOSQ_ERR_SUCCESS;
    if (code == MOSQ_ERR_PLUGIN_DEFER)
        accepted = client->username == NULL ? anonymous_allowed : password_file_accepts(client, password);
    if (accepted)
        fake_session_add(client);
    return accepted;
}

static bool is_enhanced_code(int code)
{
    return is_login_code(code) || code == MOSQ_ERR_AUTH_CONTINUE;
}

/* The broker's copy of the data, without room behind it; 2.0 tells the method at the first step only. */
static int ask_enhanced(struct mosquitto *client, int event, const char *method, const void *data,
                        size_t data_bytes)
{
    void *own = malloc(data_bytes > 0 ? data_bytes : 1);
    if (own == NULL)
        return MOSQ_ERR_NOMEM;
    if (data_bytes > 0)
        memcpy(own, data, data_bytes);
    bool names_method = fake_is_2_1() || event == MOSQ_EVT_EXT_AUTH_START;
    struct mosquitto_evt_extended_auth asked = {.client = client,
                                                .auth_method = names_method ? method : NULL,
                                                .data_in = data != NULL ? own : NULL,
                                                .data_in_len = (uint16_t)data_bytes};
    int code = ask(client, event, &asked, MOSQ_ERR_PLUGIN_DEFER, is_enhanced_code);
    free(own);
    return code;
}

int fake_enhanced(struct mosquitto *client, const char *method, const void *data, size_t data_bytes)
{
    int code = ask_enhanced(client, MOSQ_EVT_EXT_AUTH_START, method, data, data_bytes);
    if (code == MOSQ_ERR_SUCCESS)
        fake_session_add(client);
    return code;
}

int fake_enhanced_step(struct mosquitto *client, const char *method, const void *data, size_t data_bytes)
{
    return ask_enhanced(client, MOSQ_EVT_EXT_AUTH_CONTINUE, method, data, data_bytes);
}

void fake_enhanced_done(struct mosquitto *client)
{
    fake_session_add(client);
}

void fake_on_kick(void (*kicked)(struct mosquitto *client, bool with_will))
{
    kick_hook = kicked;
}

void fake_kicked(struct mosquitto *client, bool with_will)
{
    if (kick_hook != NULL)
        kick_hook(client, with_will);
    else
        fake_disconnected(client, true);
}

bool fake_access(struct mosquitto *client, int access, const char *topic)
{
    struct mosquitto_evt_acl_check data = {.client = client, .topic = topic, .access = access};
    return ask(client, MOSQ_EVT_ACL_CHECK, &data, MOSQ_ERR_PLUGIN_DEFER, is_access_code) == MOSQ_ERR_SUCCESS;
}

bool fake_message(struct mosquitto *client, const char *topic, size_t payload_bytes)
{
    static char payload[1];
    char own[512];
    snprintf(own, sizeof own, "%s", topic);
    struct mosquitto_evt_message data = {
        .client = client, .topic = own, .payload = payload, .payloadlen = (uint32_t)payload_bytes};
    return ask(client, MOSQ_EVT_MESSAGE, &data, MOSQ_ERR_SUCCESS, is_message_code) == MOSQ_ERR_SUCCESS;
}

static bool is_any_code(int code)
{
    (void)code;
    return true;
}

/* 2.0 goes on with its own files only after PLUGIN_DEFER, 2.1 ends itself on anything but success. */
bool fake_sighup(void)
{
    int go_on = fake_is_2_1() ? MOSQ_ERR_SUCCESS : MOSQ_ERR_PLUGIN_DEFER;
    for (unsigned list = 0; list < FAKE_LISTS; list++) {
        struct mosquitto_evt_reload data = {0};
        if (ask_list(list, MOSQ_EVT_RELOAD, &data, go_on, is_any_code) != go_on)
            return false;
    }
    return true;
}

void *fake_symbol(const char *name)
{
    return entry_point(plugins[0].module, name);
}

/* Only events end it, on this thread; how many it takes is up to the other one. */
void fake_settle(void (*event)(void))
{
    int64_t (*gauge)(enum bednet_gauge) = (int64_t(*)(enum bednet_gauge))fake_symbol("bednet_gauge_get");
    while (gauge(BEDNET_GAUGE_RELOADS_RUNNING) > 0) {
        event();
        sched_yield();
    }
}

bool fake_reload(void)
{
    bool goes_on = fake_sighup();
    fake_settle(fake_tick);
    return goes_on;
}

/* Events whose codes nobody looks at. */
static void tell_list(unsigned list, int event, void *data)
{
    struct fake_callback *next;
    for (struct fake_callback *callback = fake_callbacks(list, event); callback != NULL; callback = next) {
        next = callback->next;
        callback->function(event, data, callback->userdata);
    }
}

static void tell(const struct mosquitto *client, int event, void *data)
{
    if (fake_is_2_1() || !per_listener)
        tell_list(FAKE_GLOBAL, event, data);
    if (per_listener && client->list != FAKE_GLOBAL)
        tell_list(client->list, event, data);
}

void fake_tick(void)
{
    static long long count;
    fake_clock_tick(++count);
    for (unsigned list = 0; list < FAKE_LISTS; list++) {
        struct mosquitto_evt_tick data = {0};
        tell_list(list, MOSQ_EVT_TICK, &data);
    }
    fake_clock_tick(0);
}

void fake_connected(struct mosquitto *client)
{
    /* CONNECT has a structure of its own in 2.1, which begins like this one. */
    struct mosquitto_evt_disconnect data = {.client = client};
    if (fake_is_2_1())
        tell(client, BEDNET_EVT_CONNECT, &data);
}

void fake_disconnected(struct mosquitto *client, bool session_stays)
{
    struct mosquitto_evt_disconnect data = {.client = client, .reason = fake_is_2_1() ? 7 : -1};
    bool offline = fake_is_2_1() && session_stays;
    tell(client, offline ? BEDNET_EVT_CLIENT_OFFLINE : MOSQ_EVT_DISCONNECT, &data);
}
