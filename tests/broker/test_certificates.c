/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients by their certificate: who they are, which rules they meet, what they may do, and why others are
 * refused. Over TLS and over websockets.
 */
#include "harness/launch.h"
#include "harness/stage.h"
#include <openssl/x509v3.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define AUTHORITIES "  authorities: {devices: pki/device-ca.crt, services: pki/service-ca.crt}\n"

/* The policy of the document. */
static const char *documented(struct env *env)
{
    const char *text = env_read(env, BEDNET_PKI "/../../config-examples/client-certificates/bednet.yaml");
    const char *begin = strstr(text, "certificate:");
    const char *end = strstr(text, "\ntopics:");

    assert_non_null(begin);
    assert_non_null(end);
    return env_format(env, "%.*s", (int)(end - begin) + 1, begin);
}

static const char *without_exemption(struct env *env)
{
    const char *text = documented(env);
    const char *line = strstr(text, "    exempt: [topics.wildcards]\n");

    assert_non_null(line);
    return env_format(env, "%.*s%s", (int)(line - text), text, strchr(line, '\n') + 1);
}

/* One entry of `accept`, its lines with six blanks in front but for the first; and roles for everybody. */
static const char *accepting(struct env *env, const char *entry, const char *more)
{
    return env_format(env,
                      "certificate:\n" AUTHORITIES "  accept:\n    - %s\n%s"
                      "roles:\n"
                      "  device: {allow: {publish: [\"up/${username}\"]}}\n",
                      entry, more);
}

static void test_documented_identities(struct env *env)
{
    const struct stage *stage = stage_start(env, .policy = without_exemption(env));
    const struct tls_identity *sensor = pki_identity(env, "sensor-1"),
                              *gateway = pki_identity(env, "gateway-1");
    const struct tls_identity *historian = pki_identity(env, "historian");

    for (int way = 0; way < STAGE_WAYS; way++) {
        for (int protocol = 3; protocol <= 5; protocol++) {
            broker_mark(stage->broker);
            struct raw_client *listener = stage_login(stage, way, protocol, "any", historian);
            stage_expect_username(stage, "any", "historian");
            raw_subscribe(listener, "acme/+/+/telemetry", 0);
            struct raw_client *client = stage_login(stage, way, protocol, "sensor-1", sensor);
            stage_expect_username(stage, "sensor-1", "sensor-1");
            raw_publish(client, "acme/north/sensor-2/telemetry", "not mine", 0, false);
            raw_publish(client, "acme/north/sensor-1/telemetry", "mine", 0, false);
            raw_expect_publish(listener, "acme/north/sensor-1/telemetry", "mine");
            if (protocol > 3) { /* MQTT 3.1 has no word for that */
                assert_int_equal(raw_subscribe(client, "acme/north/sensor-2/command/#", 0),
                                 raw_refused_subscribe(client));
            }
            assert_int_equal(raw_subscribe(client, "acme/north/sensor-1/command/#", 0), 0);
        }
        STAGE_RIGHTS(stage_login(stage, way, 5, "gateway-1", gateway), "acme/south/gateway-1/telemetry",
                     "acme/south/pump/telemetry", "acme/north/pump/telemetry!", "acme/south/pump/command!");
    }
    stage_refuses(stage, "another", sensor, "client_id", NULL);
    stage_refuses(stage, "sensor-1", gateway, "client_id", NULL);
}

/* A service of the same name is not the device: the authority tells them apart. */
static void test_issuers_are_pinned(struct env *env)
{
    const struct stage *stage = stage_start(env, .policy = without_exemption(env));
    static const char uri[] = "spiffe://acme.example/site/north/device/sensor-1";

    stage_refuses(stage, "sensor-1",
                  issue(env, .name = "impostor", .by = "service-ca", .cn = "sensor-1", .uri = uri),
                  "certificate_rule", stage_place(stage, "certificate:"));
    stage_refuses(
        stage, "historian",
        issue(env, .name = "other", .cn = "historian", .uri = "spiffe://acme.example/service/historian"),
        "certificate_rule", stage_place(stage, "certificate:"));
    raw_drop(stage_login(stage, STAGE_TLS, 5, "sensor-1",
                         issue(env, .name = "genuine", .cn = "x", .ou = "sensors", .uri = uri)));
}

static void test_every_field_is_a_name(struct env *env)
{
    static const struct issue_value subject[] = {
        {NID_countryName, "SE", 0, V_ASN1_PRINTABLESTRING},
        {NID_stateOrProvinceName, "Skane", 0, 0},
        {NID_localityName, "Malm\xc3\xb6", 0, 0},
        {NID_domainComponent, "acme", 0, V_ASN1_IA5STRING},
        {NID_userId, "u-17", 0, 0},
        {NID_title, "pump", 0, V_ASN1_T61STRING},
        {NID_serialNumber, "0815", 0, V_ASN1_PRINTABLESTRING},
        {NID_pkcs9_emailAddress, "a@subject.example", 0, V_ASN1_IA5STRING},
        {0},
    };
    static const struct issue_value names[] = {
        {GEN_EMAIL, "b@san.example", 0, 0}, {GEN_IPADD, "\xc0\x00\x02\x07", 4, 0}, {0}};
    const struct tls_identity *rich =
        issue(env, .name = "rich", .cn = "common", .ou = "unit", .more = subject, .names = names,
              .uri = "urn:device:17", .dns = "pump.acme.example", .oid = "1.3.6.1.4.1.55555.7",
              .oid_text = "own extension");
    const char *const fields[][2] = {
        {"cn", "common"},
        {"o", "Acme"},
        {"ou", "unit"},
        {"c", "SE"},
        {"st", "Skane"},
        {"l", "Malm\xc3\xb6"},
        {"dc", "acme"},
        {"uid", "u-17"},
        {"title", "pump"},
        {"serial_number", "0815"},
        {"email", "a@subject.example"},
        {"issuer.cn", "Acme MQTT device CA"},
        {"issuer.o", "Acme"},
        {"issuer", "CN=Acme MQTT device CA,O=Acme"},
        {"san.dns", "pump.acme.example"},
        {"san.uri", "urn:device:17"},
        {"san.email", "b@san.example"},
        {"san.ip", "192.0.2.7"},
        {"serial", issue_serial(env, rich)},
        {"fingerprint.sha256", issue_fingerprint(env, rich)},
        {"key.sha256", issue_key_digest(env, rich)},
        {"oid.1.3.6.1.4.1.55555.7", "own extension"},
    };
    const struct stage *stage =
        stage_start(env, .policy = accepting(env, "{username: \"${cert.cn}\", roles: [device]}", ""));

    for (size_t i = 0; i < COUNT(fields); i++) {
        stage_reload(
            stage,
            accepting(env, env_format(env, "{username: \"${cert.%s}\", roles: [device]}", fields[i][0]), ""));
        broker_mark(stage->broker);
        struct raw_client *client = stage_login(stage, i % 4 == 0 ? STAGE_WEB : STAGE_TLS, 5, "a", rich);
        stage_expect_username(stage, "a", fields[i][1]);
        STAGE_RIGHTS(client, env_format(env, "up/%s", fields[i][1]), "up/another!");
        raw_drop(client);
    }
    /* What is not there names nobody. */
    stage_reload(stage,
                 accepting(env, "{username: \"${cert.oid.1.3.6.1.4.1.55555.8}\", roles: [device]}", ""));
    stage_refuses(stage, NULL, rich, "identity", NULL);
}

static void test_first_entry_that_fits(struct env *env)
{
    const struct stage *stage =
        stage_start(env, .policy = accepting(env,
                                             "match: {cn: \"gw-{username}\"}\n"
                                             "      roles: [device]\n"
                                             "    - match: {ou: pumps, cn: \"{username}.{site}\"}\n"
                                             "      client_id: \"${match.site}-${match.username}\"\n"
                                             "    - issuer: services\n"
                                             "      username: \"service ${cert.cn}\"\n",
                                             ""));
    struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "a", issue(env, .name = "a", .cn = "gw-7"));

    stage_expect_username(stage, "a", "7");
    STAGE_RIGHTS(client, "up/7", "up/gw-7!");
    STAGE_RIGHTS(stage_login(stage, STAGE_WEB, 5, "north-p1",
                             issue(env, .name = "b", .cn = "p1.north", .ou = "pumps")),
                 "up/p1!");
    stage_expect_username(stage, "north-p1", "p1");
    stage_login(stage, STAGE_WEB, 4, "s", pki_identity(env, "historian"));
    stage_expect_username(stage, "s", "service historian");
    stage_refuses(stage, NULL, issue(env, .name = "c", .cn = "gw-", .ou = "x"), "certificate_rule", NULL);
    stage_refuses(stage, NULL, issue(env, .name = "d", .cn = "p1.north", .ou = "pumpsx"), "certificate_rule",
                  NULL);
    stage_refuses(stage, NULL, issue(env, .name = "e", .cn = "p1.north.west", .ou = "pumps"), "client_id",
                  NULL);
    stage_refuses(stage, NULL, issue(env, .name = "f", .cn = "p1.north", .ou = "pumps"), "client_id", NULL);
}

static void test_requirements(struct env *env)
{
    static const struct {
        const char *entry; /* of accept */
        struct issue_options options;
        const char *reason, *place;
        struct issue_options good;
    } cases[] = {
        {"key: {types: [ed25519, rsa]}",
         {.cn = "a"},
         "certificate_key",
         "types:",
         {.cn = "a", .key = "ED25519"}},
        {"key: {types: [p384]}", {.cn = "a"}, "certificate_key", "types:", {.cn = "a", .key = "P-384"}},
        {"key: {rsa_bits: 3072}",
         {.cn = "a", .key = "RSA", .bits = 2048},
         "certificate_key",
         "rsa_bits:",
         {.cn = "a", .key = "RSA", .bits = 3072}},
        {"signature: [sha512]",
         {.cn = "a"},
         "certificate_signature",
         "signature:",
         {.cn = "a", .digest = "SHA512"}},
        {"extended_key_usage: [client_auth]",
         {.cn = "a", .usage = ""},
         "certificate_usage",
         "extended_key_usage:",
         {.cn = "a"}},
        {"extended_key_usage: [client_auth, 1.3.6.1.4.1.55555.9]",
         {.cn = "a"},
         "certificate_usage",
         "extended_key_usage:",
         {.cn = "a", .usage = "clientAuth,1.3.6.1.4.1.55555.9"}},
        {"lifetime: {max: 2h}",
         {.cn = "a", .from_s = -3600, .until_s = 3601},
         "lifetime",
         "lifetime:",
         {.cn = "a", .from_s = -3600, .until_s = 3600}},
    };
    const struct stage *stage = stage_start(env, .policy = accepting(env, "roles: [device]\n", ""));

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct issue_options bad = cases[i].options, good = cases[i].good;
        bad.name = "bad";
        good.name = "good";
        stage_reload(stage,
                     accepting(env, env_format(env, "roles: [device]\n      %s", cases[i].entry), "\n"));
        stage_refuses(stage, NULL, issue_of(env, &bad), cases[i].reason, NULL);
        /* The place is that of the requirement, by line. */
        const char *place = stage_place(stage, cases[i].place);
        broker_expect_log(stage->broker, "deny login", cases[i].reason,
                          env_format(env, "%.*s", (int)(strrchr(place, ':') - place), place));
        struct raw_client *client = stage_login(stage, STAGE_TLS, 5, "a", issue_of(env, &good));
        STAGE_RIGHTS(client, "up/a", "up/b!");
        raw_drop(client);
    }
}

/* With a colon after each pair of digits, in capitals. */
static const char *with_colons(struct env *env, const char *hex)
{
    size_t length = strlen(hex);
    char *text = env_alloc(env, length * 2);
    char *out = text;

    for (size_t i = 0; i < length; i++) {
        if (i > 0 && i % 2 == 0) {
            *out++ = ':';
        }
        *out++ = hex[i] >= 'a' ? (char)(hex[i] - 'a' + 'A') : hex[i];
    }
    return text;
}

/* The three ways in which a list names a certificate, and the one in colons and capitals. */
static const char *list_entry(struct env *env, const struct tls_identity *identity, int kind)
{
    switch (kind) {
    case 0:
        return env_format(env, "{fingerprint: %s}", issue_fingerprint(env, identity));
    case 1:
        return env_format(env, "{key: %s}", issue_key_digest(env, identity));
    case 2:
        return env_format(env, "{serial: \"%s\", issuer: devices}", issue_serial(env, identity));
    default:
        return env_format(env, "{fingerprint: \"%s\"}", with_colons(env, issue_fingerprint(env, identity)));
    }
}

static void test_allow_lists(struct env *env)
{
    const struct tls_identity *named = issue(env, .name = "named", .cn = "a");
    const struct tls_identity *other = issue(env, .name = "other", .cn = "a");
    const struct stage *stage = stage_start(env, .policy = accepting(env, "roles: [device]\n", ""));

    for (int kind = 0; kind < 4; kind++) {
        stage_reload(stage, accepting(env,
                                      env_format(env, "roles: [device]\n      allow: [%s]\n",
                                                 list_entry(env, named, kind)),
                                      ""));
        stage_refuses(stage, NULL, other, "certificate_list", NULL);
        struct raw_client *client = stage_login(stage, kind % STAGE_WAYS, 5, "a", named);
        STAGE_RIGHTS(client, "up/a");
        raw_drop(client);
    }
}

static void test_deny_lists(struct env *env)
{
    const struct tls_identity *named = issue(env, .name = "named", .cn = "a");
    const struct tls_identity *other = issue(env, .name = "other", .cn = "a");
    const char *good = accepting(env, "roles: [device]\n", "");
    const struct stage *stage = stage_start(env, .policy = good);

    for (int kind = 0; kind < 4; kind++) {
        struct raw_client *client = stage_login(stage, kind % STAGE_WAYS, 5, "a", named);
        struct raw_client *unharmed = stage_login(stage, kind % STAGE_WAYS, 5, "b", other);
        STAGE_RIGHTS(client, "up/a");
        stage_reload(stage, accepting(env, "roles: [device]\n",
                                      env_format(env, "  deny: [%s]\n", list_entry(env, named, kind))));
        /* Whoever is there goes, too. */
        raw_expect_reason(client, DISCONNECT, 0x98);
        raw_expect_end(client);
        stage_refuses(stage, NULL, named, "certificate_list", NULL);
        STAGE_RIGHTS(unharmed, "up/a");
        raw_disconnect(unharmed);
        stage_reload(stage, good);
    }
    raw_drop(stage_login(stage, STAGE_TLS, 5, "a", named));
}

static void test_roles_of_fields(struct env *env)
{
    static const char policy[] =
        "certificate:\n" AUTHORITIES "  accept:\n"
        "    - match: {o: Acme}\n"
        "      roles: [device, \"${cert.ou}\"]\n"
        "roles:\n"
        "  device: {allow: {publish: [\"up/${cert.uid}\"]}}\n"
        "  pumps: {allow: {publish: [pumps]}}\n"
        "  valves: {allow: {publish: [valves]}}\n"
        "  special: {members: {certificates: {title: [chief, head]}}, allow: {publish: [special]}}\n"
        "  named: {members: {usernames: [a]}, allow: {publish: [named]}}\n"
        "  claimed: {members: {claims: {ou: [pumps]}}, allow: {publish: [claimed]}}\n";
    static const struct issue_value two_units[] = {{NID_organizationalUnitName, "valves", 0, 0},
                                                   {NID_title, "head", 0, 0},
                                                   {NID_userId, "7", 0, 0},
                                                   {0}};
    static const struct issue_value two_ids[] = {{NID_userId, "7", 0, 0}, {NID_userId, "8", 0, 0}, {0}};
    const struct stage *stage = stage_start(env, .policy = policy);

    /* Two units give two roles; attributes that are not there, or twice, fill no rule. */
    STAGE_RIGHTS(stage_login(stage, STAGE_TLS, 5, "1",
                             issue(env, .name = "a", .cn = "a", .ou = "pumps", .more = two_units)),
                 "pumps", "valves", "special", "named", "up/7", "up/8!", "claimed!");
    STAGE_RIGHTS(stage_login(stage, STAGE_WEB, 5, "2",
                             issue(env, .name = "b", .cn = "b", .ou = "pumps", .more = two_ids)),
                 "pumps", "valves!", "special!", "named!", "up/7!", "up/8!", "up/!");
    STAGE_RIGHTS(stage_login(stage, STAGE_TLS, 5, "3", issue(env, .name = "c", .cn = "c", .ou = "unknown")),
                 "pumps!", "up/!", "unknown!");
}

static void test_who_shows_none(struct env *env)
{
    const char *lenient = accepting(env, "roles: [device]\n", "");
    const struct stage *stage =
        stage_start(env, .policy = accepting(env, "roles: [device]\n", "  required: true\n"));

    /* On the plain listener nobody can show one; on the others nobody gets so far. */
    for (int protocol = 3; protocol <= 5; protocol++) {
        raw_login_refused(stage->broker, .protocol = protocol, .client_id = "a");
        raw_login_refused(stage->broker, .protocol = protocol, .client_id = "a", .username = SUITE_USER,
                          .password = SUITE_PASSWORD);
    }
    broker_expect_log(stage->broker, "bednet: cert: deny login", "client=\"a\"", "reason=no_certificate",
                      stage_place(stage, "certificate:"));
    assert_int_equal(
        (int)stage_metric(stage, "mosquitto_auth_denials_total{method=\"cert\",reason=\"no_certificate\"}"),
        6);
    assert_false(raw_shakes_hands(stage->broker, stage->port, pki_nobody(env)));
    assert_false(raw_shakes_hands(stage->broker, stage->web_port, pki_nobody(env)));

    /* Left to others, of whom there are none: to Mosquitto. */
    stage_reload(stage, lenient);
    broker_mark(stage->broker);
    raw_login_refused(stage->broker, .protocol = 5, .client_id = "b", .username = SUITE_USER,
                      .password = SUITE_PASSWORD);
    broker_expect_no_log(stage->broker, "cert: deny login");
}

static void test_password_file_behind(struct env *env)
{
    const char *policy = accepting(env, "match: {ou: pumps}\n      roles: [device]\n", "");
    const struct stage *stage =
        stage_start(env, .policy = policy,
                    .after = env_format(env, "allow_anonymous false\n%s", suite_password_line(env)));
    const struct tls_identity *unfit = issue(env, .name = "unfit", .cn = "a", .ou = "others");

    /* Without a certificate a password is as good as ever, with one that is refused it is worth nothing. */
    raw_login(stage->broker, .protocol = 5, .client_id = "a", .username = SUITE_USER,
              .password = SUITE_PASSWORD);
    raw_login_refused(stage->broker, .protocol = 5, .client_id = "a", .username = SUITE_USER,
                      .password = "guess");
    stage_refuses(stage, NULL, unfit, "certificate_rule", NULL);
    /* With one that is accepted, the name is the certificate's, whatever else is sent. */
    raw_login_port(stage->broker, stage->port, .protocol = 5, .client_id = "b", .username = SUITE_USER,
                   .password = SUITE_PASSWORD, .tls = issue(env, .name = "fit", .cn = "fit", .ou = "pumps"));
    stage_expect_username(stage, "b", "fit");
    raw_login_port(stage->broker, stage->port, .protocol = 5, .client_id = "c", .username = SUITE_USER,
                   .password = "guess", .tls = pki_identity(env, "fit"));
    stage_expect_username(stage, "c", "fit");
}

static void test_observe(struct env *env)
{
    const struct stage *stage = stage_start(
        env, .policy = accepting(env, "match: {ou: pumps}\n      roles: [device]\n", "  mode: observe\n"),
        .after = "allow_anonymous true\n");

    STAGE_RIGHTS(stage_login(stage, STAGE_TLS, 5, "a", issue(env, .name = "fit", .cn = "fit", .ou = "pumps")),
                 "up/fit");
    struct raw_client *client =
        stage_login(stage, STAGE_TLS, 5, "b", issue(env, .name = "unfit", .cn = "fit"));
    broker_expect_log(stage->broker, "bednet: cert: would deny login client=\"b\"",
                      "reason=certificate_rule");
    STAGE_RIGHTS(client, "up/fit!");
}

static void test_metrics(struct env *env)
{
    const struct stage *stage = stage_start(env, .policy = accepting(env, "roles: [device]\n", ""));
    static const char bucket[] = "mosquitto_certificate_remaining_seconds_bucket{le=\"%s\"}";

    assert_int_equal((int)stage_metric(stage, "mosquitto_certificate_remaining_seconds_count"), 0);
    stage_login(stage, STAGE_TLS, 5, "a", issue(env, .name = "a", .cn = "a"));
    stage_login(stage, STAGE_WEB, 5, "b",
                issue(env, .name = "b", .cn = "b", .from_s = -60, .until_s = 10L * 24 * 3600));
    stage_login(stage, STAGE_TLS, 5, "c",
                issue(env, .name = "c", .cn = "c", .from_s = -60, .until_s = 1000L * 24 * 3600));
    stage_refuses(stage, NULL, issue(env, .name = "d", .ou = "no name"), "identity", NULL);
    assert_int_equal(
        (int)stage_metric(stage, "mosquitto_auth_requests_total{method=\"cert\",result=\"allow\"}"), 3);
    assert_int_equal(
        (int)stage_metric(stage, "mosquitto_auth_requests_total{method=\"cert\",result=\"deny\"}"),
        STAGE_REFUSALS);
    assert_int_equal((int)stage_metric(stage, "mosquitto_certificate_remaining_seconds_count"), 3);
    assert_int_equal((int)stage_metric(stage, env_format(env, bucket, "86400")), 1);
    assert_int_equal((int)stage_metric(stage, env_format(env, bucket, "604800")), 1);
    assert_int_equal((int)stage_metric(stage, env_format(env, bucket, "1209600")), 2);
    assert_int_equal((int)stage_metric(stage, env_format(env, bucket, "63072000")), 2);
    assert_int_equal((int)stage_metric(stage, env_format(env, bucket, "+Inf")), 3);
}

/* An authority that changes over, by the commands of the document: both count, then the old one is gone. */
static void test_rotation_of_an_authority(struct env *env)
{
    static const char both[] = "certificate:\n"
                               "  authorities: {devices: pki/device-ca.crt, devices-2: pki/device-2-ca.crt}\n"
                               "  accept:\n"
                               "    - {issuer: devices-2, roles: [device]}\n"
                               "    - {issuer: devices, roles: [device]}\n"
                               "roles: {device: {allow: {publish: [\"up/${username}\"]}}}\n";
    static const char fresh[] = "certificate:\n"
                                "  authorities: {devices-2: pki/device-2-ca.crt}\n"
                                "  accept: [{issuer: devices-2, roles: [device]}]\n"
                                "roles: {device: {allow: {publish: [\"up/${username}\"]}}}\n";
    const struct stage *stage =
        stage_start(env, .policy = accepting(env, "issuer: devices\n      roles: [device]\n", ""));
    const struct tls_identity *old = pki_identity(env, "sensor-1");

    pki_run(env, "Rotating a device's certificate");
    pki_run(env, "Rotating an authority");
    const struct tls_identity *renewed = pki_identity(env, "sensor-1.new"),
                              *moved = pki_identity(env, "sensor-1.2");
    struct raw_client *living = stage_login(stage, STAGE_TLS, 5, "living", old);
    STAGE_RIGHTS(stage_login(stage, STAGE_TLS, 5, "renewed", renewed), "up/sensor-1");
    stage_refuses(stage, NULL, moved, "certificate_rule", NULL);
    stage_reload(stage, both);
    STAGE_RIGHTS(stage_login(stage, STAGE_WEB, 5, "moved", moved), "up/sensor-1");
    STAGE_RIGHTS(stage_login(stage, STAGE_WEB, 5, "old", old), "up/sensor-1");
    stage_reload(stage, fresh);
    stage_refuses(stage, NULL, old, "certificate_rule", NULL);
    STAGE_RIGHTS(stage_login(stage, STAGE_TLS, 5, "moved-2", moved), "up/sensor-1");
    /* Nothing ended for it. */
    STAGE_RIGHTS(living, "up/sensor-1");
}

/* Mosquitto authenticates everybody anew on SIGHUP: nobody loses anything by it. */
static void test_reload_keeps_sessions(struct env *env)
{
    const char *policy = accepting(env, "issuer: devices\n      roles: [device]\n", "");
    const struct stage *stage = stage_start(env, .policy = policy);
    struct raw_client *by_tls = stage_login(stage, STAGE_TLS, 5, "a", pki_identity(env, "sensor-1"));
    struct raw_client *by_web = stage_login(stage, STAGE_WEB, 5, "b", pki_identity(env, "sensor-2"));

    for (int round = 0; round < 3; round++) {
        stage_reload(stage, policy);
        STAGE_RIGHTS(by_tls, "up/sensor-1", "up/sensor-2!");
        STAGE_RIGHTS(by_web, "up/sensor-2", "up/sensor-1!");
        stage_reload_fails(stage, accepting(env, "issuer: nobody\n", ""));
        STAGE_RIGHTS(by_tls, "up/sensor-1", "up/sensor-2!");
    }
}

/* Of a file in PEM. */
static const char *first_certificate(struct env *env, const char *path)
{
    static const char last[] = "-----END CERTIFICATE-----\n";
    const char *text = env_read(env, path);
    const char *end = strstr(text, last);

    assert_non_null(end);
    return env_format(env, "%.*s", (int)(end - text) + (int)strlen(last), text);
}

static void test_policies_that_keep_the_broker_from_starting(struct env *env)
{
    static const char *const policies[][2] = {
        {"accept: [{issuer: nobody}]", "issuer without authorities"},
        {"authorities: {a: pki/device-ca.crt}, accept: [{issuer: nobody}]", "nobody"},
        {"authorities: {a: pki/nowhere.crt}, accept: [{issuer: a}]", "nowhere.crt"},
        {"authorities: {a: pki/sensor-1.key}, accept: [{issuer: a}]", "sensor-1.key"},
        {"authorities: {a: pki/leaf.crt}, accept: [{issuer: a}]", "leaf.crt"},
        {"authorities: {a: pki/server.crt}, accept: [{issuer: a}]", "server.crt"},
        {"accept: [{roles: [a]}], crl: {folders: [pki/crls]}", "authorities"},
        {"authorities: {a: pki/device-ca.crt}, accept: [{issuer: a}], crl: {files: [pki/nowhere.crl]}",
         "nowhere.crl"},
        {"authorities: {a: pki/device-ca.crt}, accept: [{issuer: a}], crl: {folders: [pki/nowhere]}",
         "nowhere"},
        {"authorities: {a: pki/device-ca.crt}, accept: [{issuer: a}], crl: {files: [pki/device-ca.crt]}",
         "device-ca.crt"},
        {"authorities: {a: pki/device-ca.crt}, accept: [{issuer: a}], crl: {files: "
         "[pki/crls/service-ca.crl]}",
         "service-ca.crl"},
        {"authorities: {a: pki/device-ca.crt}, accept: [{issuer: a}], crl: {files: [pki/forged.crl]}",
         "forged.crl"},
    };

    env_write(env, "pki/leaf.crt", first_certificate(env, pki_file(env, "sensor-1.crt")));
    issue_list(env, .path = "forged.crl", .signer = "service-ca");
    for (size_t i = 0; i < COUNT(policies); i++) {
        const char *policy =
            env_write(env, "policy.yaml", env_format(env, "bednet: 1\ncertificate: {%s}\n", policies[i][0]));
        struct broker *broker = broker_refuses(env, NULL, suite_lines(env, policy, "cert"));
        broker_expect_log(broker, "bednet: cert: ", policies[i][1]);
        broker_expect_log(broker, "bednet: cert did not start");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_documented_identities),
        BROKER_TEST(test_issuers_are_pinned),
        BROKER_TEST(test_every_field_is_a_name),
        BROKER_TEST(test_first_entry_that_fits),
        BROKER_TEST(test_requirements),
        BROKER_TEST(test_allow_lists),
        BROKER_TEST(test_deny_lists),
        BROKER_TEST(test_roles_of_fields),
        BROKER_TEST(test_who_shows_none),
        BROKER_TEST(test_password_file_behind),
        BROKER_TEST(test_observe),
        BROKER_TEST(test_metrics),
        BROKER_TEST(test_rotation_of_an_authority),
        BROKER_TEST(test_reload_keeps_sessions),
        BROKER_TEST(test_policies_that_keep_the_broker_from_starting),
    };
    return ENV_MAIN("certificates", tests);
}
