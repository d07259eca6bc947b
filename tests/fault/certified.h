/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A site with certificates: an authority that the policy trusts and one of the same name that it does not,
 * a broker with cert, jwt and acl, and clients that show certificates.
 */
#ifndef BEDNET_TESTS_FAULT_CERTIFIED_H
#define BEDNET_TESTS_FAULT_CERTIFIED_H

#include "certificates.h"
#include "fault/site.h"
#include "runtime/counters.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CERTIFIED_DAY INT64_C(86400)

static struct made_ca trusted, impostor;
static int64_t certified_now_s;
static struct mosquitto client;
static struct mosquitto other;

static inline int certified_open(void **state)
{
    (void)state;
    site_open();
    certified_now_s = time(NULL);
    int64_t from_s = certified_now_s - 1000 * CERTIFIED_DAY, until_s = certified_now_s + 1000 * CERTIFIED_DAY;
    trusted = made_authority("Devices", from_s, until_s);
    impostor = made_authority("Devices", from_s, until_s);
    made_write(site_path("ca.crt"), trusted.certificate);
    return 0;
}

static inline int certified_close(void **state)
{
    (void)state;
    made_authority_free(&trusted);
    made_authority_free(&impostor);
    site_close();
    return 0;
}

/* Serial number, common name and organisational unit; good for a year from yesterday on. */
static inline X509 *certified_issue(const struct made_ca *ca, long serial, const char *cn, const char *ou)
{
    struct made_wish wish = {.cn = cn,
                             .ou = {ou},
                             .serial = serial,
                             .from_s = certified_now_s - CERTIFIED_DAY,
                             .until_s = certified_now_s + 365 * CERTIFIED_DAY};
    return made_issue(ca, &wish);
}

/* `how` stands in the section `certificate`. */
static inline void certified_write_policy(const char *how)
{
    char rest[4096];
    snprintf(rest, sizeof rest,
             "certificate:\n"
             "  authorities: {devices: ca.crt}\n"
             "  accept:\n"
             "    - issuer: devices\n"
             "      username: \"${cert.cn}\"\n"
             "      roles: [certified]\n"
             "%s"
             "roles:\n"
             "  device:\n"
             "    allow: {publish: [\"token/${claim.site}\"]}\n"
             "  certified:\n"
             "    allow: {publish: [\"certificate/${cert.ou}\"], subscribe: [\"down/${username}\"]}\n"
             "  named:\n"
             "    members: {usernames: [by-password, by-name]}\n"
             "    allow: {publish: [named]}\n",
             how);
    site_write_policy("one.yaml", rest, 0);
}

#define CERTIFIED_LINES 4

static inline void certified_start_lines(const char *how, const char *const *modules, size_t count)
{
    static char key[] = "policy";
    struct fake_line lines[CERTIFIED_LINES];
    certified_write_policy(how);
    for (size_t i = 0; i < count; i++) {
        lines[i] = (struct fake_line){.module = modules[i], .list = FAKE_GLOBAL, .option_count = 1};
        lines[i].options[0] = (struct mosquitto_opt){key, (char *)(uintptr_t)site_path("one.yaml")};
    }
    fake_log_clear();
    fake_violation_clear();
    if (fake_start(lines, count, NULL) != 0) {
        fake_log_print();
        fail();
    }
}

static inline void certified_start(const char *how)
{
    static const char *const modules[] = {"cert", "jwt", "acl"};
    certified_start_lines(how, modules, 3);
}

static inline void certified_clear(struct mosquitto *who)
{
    fake_client_clear(who);
    X509_free(who->certificate);
    who->certificate = NULL;
    who->websockets = false;
    who->list = FAKE_GLOBAL;
}

/* Nothing of a test is left, and what it did no broker minds. */
static inline int certified_clean(void **state)
{
    (void)state;
    fake_clock_step(0);
    fake_on_kick(NULL);
    fake_stop();
    certified_clear(&client);
    certified_clear(&other);
    fake_password_clear();
    const char *violation = fake_violation();
    if (violation != NULL)
        fprintf(stderr, "%s\n", violation);
    fake_violation_clear();
    return violation != NULL;
}

/* Takes over the certificate, which may be NULL. */
static inline void certified_be(struct mosquitto *who, const char *id, const char *username, X509 *shown)
{
    assert_true(fake_client_set(who, id, username, "192.0.2.1"));
    X509_free(who->certificate);
    who->certificate = shown;
}

static inline bool certified_logs_in(struct mosquitto *who, const char *password)
{
    bool accepted = fake_login(who, password);
    if (accepted)
        fake_connected(who);
    else
        fake_disconnected(who, false);
    return accepted;
}

/* The broker lets the client in under its common name without asking. */
static inline void certified_turns_up(struct mosquitto *who)
{
    fake_enhanced_done(who);
    fake_connected(who);
}

static inline bool publishes(struct mosquitto *who, const char *topic)
{
    return fake_access(who, MOSQ_ACL_WRITE, topic);
}

/* What the broker loads has its counters in a library that this program is not linked with. */
static inline int64_t gauge(enum bednet_gauge which)
{
    static int64_t (*get)(enum bednet_gauge);
    void *library = dlopen("libbednet.so.0", RTLD_NOW | RTLD_NOLOAD);
    if (library == NULL)
        library = dlopen(BEDNET_MODULES "/libbednet.so.0", RTLD_NOW | RTLD_NOLOAD);
    assert_non_null(library);
    *(void **)&get = dlsym(library, "bednet_gauge_get");
    assert_non_null(get);
    int64_t value = get(which);
    dlclose(library);
    return value;
}

static inline int64_t connections(void)
{
    return gauge(BEDNET_GAUGE_CONNECTIONS);
}

#endif
