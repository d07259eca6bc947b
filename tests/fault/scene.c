/* SPDX-License-Identifier: Apache-2.0 */
#include "cmocka_first.h"

#include "fault/scene.h"
#include "unit/plugins/metrics_client.h"

#include <stdlib.h>

#define COMMON                                                                                               \
    "topics:\n"                                                                                              \
    "  levels: {max: 8}\n"                                                                                   \
    "  characters: A-Za-z0-9_-\n"                                                                            \
    "  subscriptions: {max: 2}\n"                                                                            \
    "  wildcards: {multi_level: {min_literal_levels: 2}}\n"                                                  \
    "limits:\n"                                                                                              \
    "  publish:\n"                                                                                           \
    "    - {per: client, rate: 1000000/s, burst: 1000000, bytes: 1MiB/s}\n"                                  \
    "    - {per: client, rate: 100000000/h}\n"

/* Two policies that differ in what a device may publish. */
#define POLICY(topic)                                                                                        \
    COMMON "roles:\n"                                                                                        \
           "  device:\n"                                                                                     \
           "    allow:\n"                                                                                    \
           "      publish:\n"                                                                                \
           "        - site/${claim.site}/${client_id}/" topic "\n"                                           \
           "      subscribe:\n"                                                                              \
           "        - site/${claim.site}/${client_id}/#\n"                                                   \
           "    deny:\n"                                                                                     \
           "      publish:\n"                                                                                \
           "        - +/+/+/secret\n"                                                                        \
           "  plain:\n"                                                                                      \
           "    members: {usernames: [plain], claims: {role: [plain]}}\n"                                    \
           "    allow: {publish: [plain/note]}\n"

/* Counted from the end, which may hold bits that mean nothing. */
#define FORGED_AT 16

const char scene_rules_a[] = POLICY("a");
const char scene_rules_b[] = POLICY("b");

struct mosquitto scene_client;
struct mosquitto scene_shadow;
const struct site_token *scene_token;
char scene_topic_a[128];
char scene_topic_b[128];
char scene_forged[8192];

static struct fake_line lines[SITE_PLUGINS];
static uint16_t port;
static const char *store;

void scene_use_store(const char *name)
{
    store = name;
}

void scene_write(const char *rest)
{
    char whole[8192];
    snprintf(whole, sizeof whole, "%s%s%s%s", rest, store != NULL ? "identities: {store: " : "",
             store != NULL ? store : "", store != NULL ? "}\n" : "");
    site_write_policy("live.yaml", whole, port);
}

void scene_write_a(void)
{
    scene_write(scene_rules_a);
}

void scene_write_b(void)
{
    scene_write(scene_rules_b);
}

void scene_use_token(const char *name)
{
    scene_token = site_token(name);
    snprintf(scene_topic_a, sizeof scene_topic_a, "site/%s/%s/a", scene_token->site, scene_token->client_id);
    snprintf(scene_topic_b, sizeof scene_topic_b, "site/%s/%s/b", scene_token->site, scene_token->client_id);
    snprintf(scene_forged, sizeof scene_forged, "%s", scene_token->text);
    char *at = scene_forged + strlen(scene_forged) - FORGED_AT;
    *at = *at == 'A' ? 'B' : 'A';
}

bool scene_publishes(struct mosquitto *who, const char *topic)
{
    return fake_access(who, MOSQ_ACL_WRITE, topic);
}

void scene_be(struct mosquitto *who, const char *id, const char *username)
{
    if (!fake_client_set(who, id, username, "192.0.2.1"))
        abort();
}

static char page[65536];

int scene_scrape(void)
{
    ssize_t length = client_ask(port, SCRAPE, strlen(SCRAPE), page, sizeof page);
    if (length < 0)
        return -1;
    if (strncmp(page, "HTTP/1.1 200 ", 13) != 0)
        return length == 0 || strncmp(page, "HTTP/1.1 503 ", 13) == 0 ? 0 : -1;
    const char *field = strstr(page, "Content-Length: ");
    const char *body = strstr(page, "\r\n\r\n");
    if (field == NULL || body == NULL)
        return -1;
    return page + length - (body + 4) == atol(field + 16) ? 1 : -1;
}

int scene_reload_gauge(void)
{
    static const char name[] = "\nmosquitto_policy_last_reload_successful ";
    const char *at = scene_scrape() == 1 ? strstr(page, name) : NULL;
    return at != NULL ? at[sizeof name - 1] - '0' : -1;
}

void scene_load(void)
{
    fake_log_clear();
    fake_load(lines, SITE_PLUGINS);
}

void scene_log_in(void)
{
    scene_be(&scene_client, scene_token->client_id, "anything");
    if (!fake_login(&scene_client, scene_token->text))
        abort();
}

const char *scene_stands_by(const char *own, const char *foreign)
{
    if (!scene_publishes(&scene_client, own))
        return "what the policy allows is denied";
    if (scene_publishes(&scene_client, foreign) || scene_publishes(&scene_client, "site/s1/x/secret") ||
        scene_publishes(&scene_client, "site/s1/dev-0/a/b/c/d/e/f") ||
        scene_publishes(&scene_client, "other"))
        return "what the policy denies is allowed";
    if (!fake_access(&scene_client, MOSQ_ACL_READ, own) ||
        fake_access(&scene_client, MOSQ_ACL_READ, "other") ||
        fake_access(&scene_client, MOSQ_ACL_SUBSCRIBE, "#"))
        return "receiving or subscribing is not judged by the policy";
    return fake_message(&scene_client, own, 100) ? NULL : "a message within the limits is dropped";
}

static bool has_rights(struct mosquitto *who)
{
    return scene_publishes(who, scene_topic_a) || fake_access(who, MOSQ_ACL_READ, scene_topic_a);
}

static const char *is_nobody(void)
{
    static const char defect[] = "a refused login leaves an identity";
    scene_be(&scene_shadow, scene_token->client_id, scene_token->username);
    if (has_rights(&scene_client) || has_rights(&scene_shadow))
        return defect;
    fake_disconnected(&scene_client, false);
    return scene_publishes(&scene_client, scene_topic_a) ? defect : NULL;
}

const char *scene_judge_login(int granted, bool failed)
{
    if (granted)
        return scene_stands_by(scene_topic_a, scene_topic_b);
    return failed ? is_nobody() : "a good token is refused";
}

const char *scene_judge_forged(int granted, bool failed)
{
    (void)failed;
    return granted ? "a forged token is taken" : is_nobody();
}

const char *scene_works(void)
{
    scene_be(&scene_client, scene_token->client_id, "anything");
    if (fake_login(&scene_client, scene_forged))
        return "a forged token is taken";
    if (!fake_login(&scene_client, scene_token->text))
        return "a good token is refused";
    const char *defect = scene_stands_by(scene_topic_a, scene_topic_b);
    fake_tick();
    fake_disconnected(&scene_client, false);
    if (defect == NULL)
        defect = fake_violation();
    return defect;
}

struct sweep scene_sweep(const char *name, const struct operation *operation, enum faults_mode mode)
{
    double before = client_now_s();
    struct sweep result = sweep(operation, mode);
    print_message("%s, %s: %zu allocations, %zu blocks kept, %.1f s\n", name,
                  mode == FAULTS_ONE ? "one fails" : "all fail from", result.allocations, result.kept,
                  client_now_s() - before);
    return result;
}

/* So many blocks libraries may keep: OpenSSL's error slots hold a text each. */
#define KEPT_MAX 20

static size_t survives_mode(const char *name, const struct operation *operation, enum faults_mode mode)
{
    struct sweep result = scene_sweep(name, operation, mode);
    if (result.defect != NULL) {
        fake_log_print();
        faults_print_place();
        fail_msg("%s, %s allocation %zu on: %s", name, mode == FAULTS_ONE ? "one," : "from", result.n,
                 result.defect);
    }
    assert_true(result.kept <= KEPT_MAX);
    return result.allocations;
}

size_t scene_survives(const char *name, const struct operation *operation)
{
    size_t allocations = survives_mode(name, operation, FAULTS_ONE);
    survives_mode(name, operation, FAULTS_FROM);
    return allocations;
}

int scene_open(void **state)
{
    (void)state;
    site_open();
    port = site_free_port();
    scene_write_a();
    site_lines(lines, FAKE_GLOBAL, site_path("live.yaml"), NULL);
    for (size_t i = 0; i < SITE_PLUGINS; i++)
        fake_pin(lines[i].module);
    scene_use_token("RS256");
    scene_load();
    return fake_initialise(NULL);
}

int scene_refresh(void **state)
{
    (void)state;
    scene_write_a();
    site_use_keys("jwks.json");
    fake_violation_clear();
    return fake_reload() ? 0 : -1;
}

int scene_close(void **state)
{
    (void)state;
    fake_stop();
    fake_client_clear(&scene_client);
    fake_client_clear(&scene_shadow);
    site_close();
    return 0;
}
