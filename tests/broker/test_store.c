/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Persistent sessions keep their rights over a restart of the broker, whichever way it ended: what tokens
 * said of their holders is kept on disk. Without that, or where it is damaged, nothing is guessed.
 */
#include "harness/clock.h"
#include "harness/launch.h"
#include "harness/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char roles[] = "roles:\n"
                            "  device:\n"
                            "    allow:\n"
                            "      publish:\n"
                            "        - dev/${client_id}/up\n"
                            "      subscribe:\n"
                            "        - dev/${client_id}/down/#\n"
                            "        - site/${claim.site}\n"
                            "  sender:\n"
                            "    allow: {publish: [\"#\"]}\n"
                            "  person:\n"
                            "    members: {usernames: [" SUITE_USER "]}\n"
                            "    allow: {publish: [people], subscribe: [people]}\n";

static const char store[] = "identities: {store: identities.db}\n";

struct scene {
    struct env *env;
    struct broker *broker;
    int metrics_port;
    const char *policy;
};

static void write_policy(struct scene *scene, const char *jwt, const char *sections)
{
    scene->policy = env_write(scene->env, "policy.yaml",
                              env_format(scene->env, "%s%s%s%smetrics: {listen: \"%s:%d\"}\n",
                                         suite_issuer(scene->env, ""), jwt, sections, roles, env_host(),
                                         scene->metrics_port));
}

/* A broker with sessions on disk, and a password file behind the plugins. */
static const char *configure(struct scene *scene, struct env *env, const char *jwt, const char *sections)
{
    scene->env = env;
    scene->metrics_port = env_port();
    write_policy(scene, jwt, sections);
    return env_format(env, "%s%spersistence true\npersistence_location %s/\n",
                      suite_lines(env, scene->policy, "metrics", "jwt", "acl"), suite_password_line(env),
                      env_folder(env));
}

static struct scene start(struct env *env, const char *jwt, const char *sections)
{
    struct scene scene;
    const char *lines = configure(&scene, env, jwt, sections);

    scene.broker = broker_start(env, lines, NULL);
    return scene;
}

static const char *store_path(struct env *env)
{
    return env_format(env, "%s/identities.db", env_folder(env));
}

static const char *device_token(struct env *env, const char *subject)
{
    return token_for(env, subject,
                     env_format(env, "%s, \"site\": \"north\"", suite_roles(env, "\"device\"")));
}

#define AWAY(level, id, token)                                                                               \
    .protocol = level, .client_id = id, .username = "any", .password = token, .session_expiry = 3600,        \
    .resume = true

/* Subscribes what only its token allows, and goes. */
static void leave(struct scene *scene, int protocol, const char *id, const char *token)
{
    struct raw_client *client = raw_login(scene->broker, AWAY(protocol, id, token));

    assert_int_equal(raw_subscribe(client, env_format(scene->env, "dev/%s/down/#", id), 1), 1);
    assert_int_equal(raw_subscribe(client, "site/north", 1), 1);
    raw_disconnect(client);
}

static struct raw_client *come_back(struct scene *scene, int protocol, const char *id, const char *token)
{
    struct raw_client *client = raw_connect(scene->broker, AWAY(protocol, id, token));

    assert_true(raw_expect_reason(client, CONNACK, 0).session_present);
    return client;
}

/* By a client whose session surely ends with it, so that the store knows nothing of it. */
static void send(struct scene *scene, const char *topic, const char *payload)
{
    struct raw_client *sender = suite_login(scene->broker, 4, "sender", "\"sender\"");

    raw_publish_acked(sender, topic, payload);
    raw_disconnect(sender);
}

static void await_records(struct scene *scene, int wanted)
{
    await_metric(scene->env, scene->metrics_port, "mosquitto_identity_store_records", wanted);
}

/* Ends by SIGTERM, or by SIGKILL once all is on disk that is to be there. */
static void end(struct scene *scene, bool hard, int records)
{
    if (!hard) {
        broker_stop(scene->broker);
        return;
    }
    await_records(scene, records);
    broker_save(scene->broker);
    broker_kill(scene->broker);
}

static void survive(struct env *env, bool hard)
{
    struct scene scene = start(env, "", store);
    const char *ids[] = {"four", "five"};
    const char *tokens[] = {device_token(env, "four"), device_token(env, "five")};

    for (int i = 0; i < 2; i++) {
        leave(&scene, 4 + i, ids[i], tokens[i]);
    }
    for (int round = 0; round < 2; round++) {
        end(&scene, hard, 2);
        broker_resume(scene.broker);
        send(&scene, "site/north", "to all");
        for (int i = 0; i < 2; i++) {
            send(&scene, env_format(env, "dev/%s/down/x", ids[i]), "to one");
            struct raw_client *client = come_back(&scene, 4 + i, ids[i], tokens[i]);
            raw_expect_publish(client, "site/north", "to all");
            raw_expect_publish(client, env_format(env, "dev/%s/down/x", ids[i]), "to one");
            raw_expect_silence(client);
            assert_int_equal(raw_publish_acked(client, "dev/other/up", "x"), i == 0 ? 0 : 0x87);
            raw_disconnect(client);
        }
    }
    broker_expect_no_log(scene.broker, "reason=unknown_session");
}

static void test_rights_survive_a_restart(struct env *env)
{
    survive(env, false);
}

static void test_rights_survive_a_crash(struct env *env)
{
    survive(env, true);
}

/* Whoever is connected when the broker ends has a session, too, and one that was renewed what it became. */
static void stay_until_the_end(struct env *env, bool hard)
{
    struct scene scene = start(env, "", store);
    const char *token = device_token(env, "a");
    const char *other = token_for(env, "b", suite_roles(env, "\"device\""));
    struct raw_client *four = raw_login(scene.broker, AWAY(4, "a", token));
    struct raw_client *five =
        raw_login(scene.broker, .protocol = 5, .client_id = "b", .auth_method = "OAUTH2-JWT",
                  .auth_data = other, .session_expiry = 3600, .resume = true);

    assert_int_equal(raw_subscribe(four, "site/north", 1), 1);
    assert_int_equal(raw_subscribe(five, "dev/b/down/#", 1), 1);
    assert_int_equal(raw_subscribe(five, "site/north", 1), 0x87);
    const char *better = device_token(env, "b");
    raw_reauthenticate(five, "OAUTH2-JWT", better, strlen(better));
    raw_expect(five, AUTH);
    assert_int_equal(raw_subscribe(five, "site/north", 1), 1);
    end(&scene, hard, 2);
    raw_drop(four);
    raw_drop(five);
    broker_resume(scene.broker);
    send(&scene, "site/north", "x");
    raw_expect_publish(come_back(&scene, 4, "a", token), "site/north", "x");
    raw_expect_publish(come_back(&scene, 5, "b", better), "site/north", "x");
}

static void test_whoever_is_there_at_the_end(struct env *env)
{
    stay_until_the_end(env, false);
}

static void test_whoever_is_there_at_a_crash(struct env *env)
{
    stay_until_the_end(env, true);
}

/* SIGHUP asks for restored sessions too, and they stay what they are. */
static void test_rights_survive_reloads(struct env *env)
{
    struct scene scene = start(env, "", store);
    const char *token = device_token(env, "a");

    leave(&scene, 5, "a", token);
    broker_restart(scene.broker);
    broker_reload(scene.broker);
    broker_reload(scene.broker);
    send(&scene, "site/north", "x");
    raw_expect_publish(come_back(&scene, 5, "a", token), "site/north", "x");
}

/* The next policy decides, with what the token said then. */
static void test_a_new_policy_counts(struct env *env)
{
    struct scene scene = start(env, "", store);
    const char *token = device_token(env, "a");

    leave(&scene, 5, "a", token);
    broker_stop(scene.broker);
    char *policy = env_read(env, scene.policy);
    char *site = strstr(policy, "site/${claim.site}");
    memcpy(site, "gone", 4);
    env_write(env, "policy.yaml", policy);
    broker_resume(scene.broker);
    send(&scene, "site/north", "denied");
    send(&scene, "dev/a/down/x", "allowed");
    struct raw_client *client = come_back(&scene, 5, "a", token);
    raw_expect_publish(client, "dev/a/down/x", "allowed");
    raw_expect_silence(client);
}

static void test_without_a_store_it_is_told(struct env *env)
{
    struct scene scene = start(env, "", "");
    const char *token = device_token(env, "a");
    const char *series = "mosquitto_acl_denials_total{action=\"receive\",reason=\"unknown_session\"}";

    leave(&scene, 5, "a", token);
    broker_restart(scene.broker);
    assert_int_equal((int)metric(env, scene.metrics_port, series), 0);
    send(&scene, "site/north", "lost");
    send(&scene, "dev/a/down/x", "lost");
    broker_expect_log(scene.broker, "bednet: acl: deny receive client=\"a\"", "reason=unknown_session");
    broker_expect_log(scene.broker, "bednet: acl: ", "`identities: {store: FILE}`");
    assert_int_equal((int)metric(env, scene.metrics_port, series), 2);
    assert_int_equal(broker_count_log(scene.broker, "`identities: {store: FILE}`"), 1);
    raw_expect_silence(come_back(&scene, 5, "a", token));
}

static void test_a_store_that_is_empty_is_told(struct env *env)
{
    struct scene scene = start(env, "", store);

    leave(&scene, 5, "a", device_token(env, "a"));
    broker_stop(scene.broker);
    unlink(store_path(env));
    broker_resume(scene.broker);
    send(&scene, "site/north", "lost");
    broker_expect_log(scene.broker, "the file of identities.store has no identity of it");
    raw_expect_silence(come_back(&scene, 5, "a", device_token(env, "a")));
}

/* As for one that is offline when its token ends: the session goes on, and coming back takes a good token. */
static void test_expired_while_it_was_down(struct env *env)
{
    struct scene scene = start(env, "", store);
    const char *token = token_for_until(
        env, TOKEN_ES256, "a", 3, env_format(env, "%s, \"site\": \"north\"", suite_roles(env, "\"device\"")));

    leave(&scene, 5, "a", token);
    broker_stop(scene.broker);
    broker_resume(scene.broker);
    suite_await_expiry(scene.broker, token);
    broker_restart(scene.broker);
    send(&scene, "site/north", "x");
    raw_login_refused(scene.broker, AWAY(5, "a", token));
    raw_expect_publish(come_back(&scene, 5, "a", device_token(env, "a")), "site/north", "x");
}

static const char revoked[] = "  revocations: revoked.yaml\n";

static void test_revoked_while_it_was_down(struct env *env)
{
    env_write(env, "revoked.yaml", "revoked: []\n");
    struct scene scene = start(env, revoked, store);

    leave(&scene, 5, "a", device_token(env, "a"));
    leave(&scene, 5, "b", device_token(env, "b"));
    broker_stop(scene.broker);
    env_write(env, "revoked.yaml", "revoked:\n  - {issuer: \"" TOKEN_ISSUER "\", sub: a}\n");
    broker_resume(scene.broker);
    send(&scene, "site/north", "x");
    broker_expect_log(scene.broker, "bednet: acl: deny receive client=\"a\"", "reason=session_ended");
    /* That does not come back, either, when the list forgets it. */
    broker_stop(scene.broker);
    env_write(env, "revoked.yaml", "revoked: []\n");
    broker_resume(scene.broker);
    send(&scene, "site/north", "y");
    raw_expect_silence(come_back(&scene, 5, "a", device_token(env, "a")));
    struct raw_client *client = come_back(&scene, 5, "b", device_token(env, "b"));
    raw_expect_publish(client, "site/north", "x");
    raw_expect_publish(client, "site/north", "y");
}

/* Offline in the same process: revoked is revoked. */
static void test_revoked_while_it_is_offline(struct env *env)
{
    env_write(env, "revoked.yaml", "revoked: []\n");
    struct scene scene = start(env, revoked, store);

    leave(&scene, 5, "a", device_token(env, "a"));
    broker_mark(scene.broker);
    env_write(env, "revoked.yaml", "revoked:\n  - {issuer: \"" TOKEN_ISSUER "\", sub: a}\n");
    await_metric(env, scene.metrics_port, "mosquitto_sessions_ended_total{reason=\"revoked\"}", 1);
    send(&scene, "site/north", "x");
    broker_expect_log(scene.broker, "bednet: acl: deny receive client=\"a\"", "reason=session_ended");
    end(&scene, true, 1);
    env_write(env, "revoked.yaml", "revoked: []\n");
    broker_resume(scene.broker);
    send(&scene, "site/north", "y");
    raw_expect_silence(come_back(&scene, 5, "a", device_token(env, "a")));
}

/* Names are no credential. */
static void test_nobody_inherits_by_name(struct env *env)
{
    struct scene scene = start(env, "", store);
    const char *token = device_token(env, SUITE_USER);

    leave(&scene, 5, "a", token);
    broker_restart(scene.broker);
    raw_login_refused(scene.broker, .protocol = 5, .client_id = "a", .username = SUITE_USER, .resume = true);
    raw_login_refused(scene.broker, .protocol = 5, .client_id = "a", .username = SUITE_USER,
                      .password = "wrong", .resume = true);
    /* Nor does a login that is refused take anything from whoever it claimed to be. */
    broker_restart(scene.broker);
    send(&scene, "site/north", "still there");
    struct raw_client *device = come_back(&scene, 5, "a", token);
    raw_expect_publish(device, "site/north", "still there");
    raw_disconnect(device);
    broker_restart(scene.broker);
    send(&scene, "site/north", "for the device");
    /* Let in by other means under the same names: it has the rights of those, and gets nothing else. */
    struct raw_client *person =
        raw_login(scene.broker, .protocol = 5, .client_id = "a", .username = SUITE_USER,
                  .password = SUITE_PASSWORD, .session_expiry = 3600, .resume = true);
    raw_expect_silence(person);
    assert_int_equal(raw_publish_acked(person, "dev/a/up", "x"), 0x87);
    assert_int_equal(raw_subscribe(person, "people", 1), 1);
    raw_disconnect(person);
    /* Nor does the session that is the person's now get it all back. */
    broker_restart(scene.broker);
    send(&scene, "site/north", "y");
    send(&scene, "people", "z");
    person = raw_connect(scene.broker, .protocol = 5, .client_id = "a", .username = SUITE_USER,
                         .password = SUITE_PASSWORD, .session_expiry = 3600, .resume = true);
    raw_expect_reason(person, CONNACK, 0);
    raw_expect_publish(person, "people", "z");
    raw_expect_silence(person);
}

/* A session of somebody without any credential of ours has the rights of its names, with a store and without.
 */
static void test_others_are_known_by_name(struct env *env)
{
    struct scene scene = start(env, "", store);
    struct raw_client *person =
        raw_login(scene.broker, .protocol = 5, .client_id = "p", .username = SUITE_USER,
                  .password = SUITE_PASSWORD, .session_expiry = 3600, .resume = true);

    assert_int_equal(raw_subscribe(person, "people", 1), 1);
    raw_disconnect(person);
    broker_restart(scene.broker);
    send(&scene, "people", "x");
    person = raw_connect(scene.broker, .protocol = 5, .client_id = "p", .username = SUITE_USER,
                         .password = SUITE_PASSWORD, .session_expiry = 3600, .resume = true);
    raw_expect_reason(person, CONNACK, 0);
    raw_expect_publish(person, "people", "x");
}

/* What ends with its connection is not kept, as far as the broker says. */
static void test_sessions_that_end_are_not_kept(struct env *env)
{
    struct scene scene = start(env, "", store);
    const char *token = device_token(env, "a");

    leave(&scene, 4, "a", token);
    leave(&scene, 5, "b", token);
    await_records(&scene, 2);
    raw_disconnect(
        raw_login(scene.broker, .protocol = 4, .client_id = "a", .username = "any", .password = token));
    await_records(&scene, 1);
    raw_disconnect(
        raw_login(scene.broker, .protocol = 5, .client_id = "b", .username = "any", .password = token));
    if (launch_is_modern()) {
        await_records(&scene, 0);
    }
}

static void test_the_store_stays_with_a_reload(struct env *env)
{
    struct scene scene = start(env, "", store);

    leave(&scene, 5, "a", device_token(env, "a"));
    write_policy(&scene, "", "identities: {store: another.db}\n");
    broker_reload(scene.broker);
    broker_expect_log(scene.broker, "identities.store is another one", "until the broker is restarted",
                      suite_place(env, scene.policy, "another.db"));
    broker_expect_log(scene.broker, "was not reloaded");
    write_policy(&scene, "", "");
    broker_reload(scene.broker);
    broker_mark(scene.broker);
    write_policy(&scene, "", "identities: {store: identities.db, keep: 1h}\n");
    broker_reload(scene.broker);
    broker_expect_log(scene.broker, "bednet: policy", "reloaded: ");
    assert_int_equal(access(env_format(env, "%s/another.db", env_folder(env)), F_OK), -1);
}

static void test_a_store_does_not_come_with_a_reload(struct env *env)
{
    struct scene scene = start(env, "", "");

    write_policy(&scene, "", store);
    broker_reload(scene.broker);
    broker_expect_log(scene.broker, "identities.store is new",
                      suite_place(env, scene.policy, "identities.db"));
    broker_expect_log(scene.broker, "was not reloaded");
}

/* Writes bytes somewhere into the file, or (NULL) cuts it there. */
static void damage(struct env *env, off_t at, const void *bytes, size_t count)
{
    int file = open(store_path(env), O_RDWR | O_CLOEXEC);

    assert_true(file >= 0);
    assert_int_equal(bytes ? pwrite(file, bytes, count, at) : ftruncate(file, at),
                     bytes ? (ssize_t)count : 0);
    close(file);
}

static void refuses(struct scene *scene, const char *file, const char *why)
{
    broker_mark(scene->broker);
    broker_refuses_again(scene->broker);
    broker_expect_log(scene->broker, "bednet: ", "the store of identities", why,
                      suite_place(scene->env, scene->policy, file));
}

static void test_damaged_files_are_refused(struct env *env)
{
    static const unsigned char newer[] = {0, 0, 0, 2};
    struct scene scene = start(env, "", store);
    const char *path = store_path(env);
    struct stat what;

    leave(&scene, 5, "a", device_token(env, "a"));
    broker_stop(scene.broker);
    assert_int_equal(stat(path, &what), 0);
    assert_int_equal(what.st_mode & 07777, 0600);
    /* The version is where SQLite has its user_version. */
    damage(env, 60, newer, sizeof(newer));
    refuses(&scene, "identities.db", "it is of version 2");
    damage(env, what.st_size / 2, NULL, 0);
    refuses(&scene, "identities.db", "move it away");
    damage(env, 0, "garbage, garbage", 16);
    refuses(&scene, "identities.db", "move it away");
    chmod(path, 0640);
    refuses(&scene, "identities.db", "its mode is not 0600");
    unlink(path);
    assert_int_equal(symlink("elsewhere.db", path), 0);
    refuses(&scene, "identities.db", "it is a symbolic link");
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    refuses(&scene, "identities.db", "it is not a regular file");
    rmdir(path);
    broker_resume(scene.broker);
    leave(&scene, 5, "a", device_token(env, "a"));
}

static void test_folders_that_will_not_do(struct env *env)
{
    const char *folder = env_format(env, "%s/folder", env_folder(env));
    struct scene scene;
    const char *lines = configure(&scene, env, "", "identities: {store: folder/identities.db}\n");

    scene.broker = broker_refuses(env, lines, NULL);
    broker_expect_log(scene.broker, "the folder cannot be used", "No such file or directory");
    assert_int_equal(mkdir(folder, 0700), 0);
    chmod(folder, 0777);
    refuses(&scene, "folder/identities.db", "others may write to its folder");
    chmod(folder, 0700);
    broker_resume(scene.broker);
    /* A second broker must not have it, too. */
    struct scene second = {.env = env, .policy = scene.policy};
    second.broker = broker_refuses(env, lines, NULL);
    broker_expect_log(second.broker, "another broker uses it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_rights_survive_a_restart),
        BROKER_TEST(test_rights_survive_a_crash),
        BROKER_TEST(test_whoever_is_there_at_the_end),
        BROKER_TEST(test_whoever_is_there_at_a_crash),
        BROKER_TEST(test_rights_survive_reloads),
        BROKER_TEST(test_a_new_policy_counts),
        BROKER_TEST(test_without_a_store_it_is_told),
        BROKER_TEST(test_a_store_that_is_empty_is_told),
        BROKER_TEST(test_expired_while_it_was_down),
        BROKER_TEST(test_revoked_while_it_was_down),
        BROKER_TEST(test_revoked_while_it_is_offline),
        BROKER_TEST(test_nobody_inherits_by_name),
        BROKER_TEST(test_others_are_known_by_name),
        BROKER_TEST(test_sessions_that_end_are_not_kept),
        BROKER_TEST(test_the_store_stays_with_a_reload),
        BROKER_TEST(test_a_store_does_not_come_with_a_reload),
        BROKER_TEST(test_damaged_files_are_refused),
        BROKER_TEST(test_folders_that_will_not_do),
    };
    return ENV_MAIN("store", tests);
}
