/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates that no authority should issue, on running brokers: names that are several, none, or not what
 * they seem; and NIST's PKITS, of which nobody gets in whom `openssl verify` would not let in.
 */
#include "harness/command.h"
#include "harness/launch.h"
#include "harness/stage.h"
#include <dirent.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool lets_in(struct broker *broker, int port, const char *id, const struct tls_identity *identity)
{
    int reason = raw_try(broker, port, id, identity);

    assert_true(reason == -1 || reason == 0 || reason == 0x87);
    return reason == 0;
}

static const char by_name[] =
    "certificate:\n"
    "  accept: [{username: \"${cert.cn}\", client_id: \"${cert.cn}\", roles: [\"${cert.ou}\"]}]\n"
    "roles:\n"
    "  device: {allow: {publish: [\"by/${username}\", \"of/${cert.ou}\"]}}\n"
    "  admin: {allow: {publish: [\"#\"]}}\n";

static const char by_uri[] = "certificate:\n"
                             "  accept:\n"
                             "    - match: {san.uri: \"spiffe://acme.example/device/{username}\"}\n"
                             "      roles: [device]\n"
                             "    - username: fallback\n"
                             "      match: {cn: fallback}\n"
                             "roles:\n"
                             "  device: {allow: {publish: [\"by/${username}\"]}}\n";

static char *repeated(struct env *env, char letter, size_t count)
{
    char *text = env_alloc(env, count + 1);

    memset(text, letter, count);
    return text;
}

/* Nobody gets in by it, whatever client id he sends, and the broker goes on. */
static void expect_nobody(const struct stage *stage, const struct tls_identity *identity, size_t number)
{
    static const char *const ids[] = {"admin", "a", "fallback"};

    for (size_t i = 0; i < COUNT(ids); i++) {
        if (lets_in(stage->broker, stage->port, ids[i], identity)) {
            env_fail("certificate %zu let in %s", number, ids[i]);
        }
    }
    assert_true(broker_is_alive(stage->broker));
}

static void test_odd_common_names(struct env *env)
{
    const char *huge = repeated(env, 'a', 64 * 1024 - 1);
    /* What is not UTF-8 where it says so does not come as far as to us: OpenSSL takes no such subject. */
    const struct issue_value names[][3] = {
        {{NID_commonName, "admin", 0, 0}, {NID_commonName, "a", 0, 0}},
        {{NID_commonName, "a", 0, 0}, {NID_commonName, "a", 0, 0}},
        {{NID_commonName, "admin\0.evil", 11, 0}},
        {{NID_commonName, "\0admin", 6, 0}},
        {{NID_commonName, "admin\0", 6, 0}},
        {{NID_commonName, "+", 0, 0}},
        {{NID_commonName, "#", 0, 0}},
        {{NID_commonName, "a/#", 0, 0}},
        {{NID_commonName, "a/+/b", 0, 0}},
        {{NID_commonName, "*", 0, 0}},
        {{NID_commonName, "*.acme.example", 0, 0}},
        {{NID_commonName, "a\nb", 0, 0}},
        {{NID_commonName, "a\x1b[2J", 0, 0}},
        {{NID_commonName, "a\x7f", 0, 0}},
        {{NID_commonName, "a\xc2\x85", 0, 0}},
        {{NID_commonName, "\0a\0\0", 4, V_ASN1_BMPSTRING}},
        {{NID_commonName, "a", 1, V_ASN1_BIT_STRING}},
        {{NID_commonName, huge, 513, 0}},
        {{NID_commonName, huge, 0, 0}},
        {{NID_organizationalUnitName, "admin", 0, 0}},
    };
    const struct stage *stage = stage_start(env, .policy = by_name);
    struct raw_client *living =
        stage_login(stage, STAGE_TLS, 5, "good", issue(env, .name = "good", .cn = "good", .ou = "device"));

    for (size_t i = 0; i < COUNT(names); i++) {
        expect_nobody(stage, issue(env, .name = "odd", .more = names[i]), i);
        STAGE_RIGHTS(living, "by/good", "by/admin!");
    }
    /* By websockets, some of them. */
    for (size_t i = 0; i < COUNT(names); i += 8) {
        raw_login_refused_port(stage->broker, stage->web_port, .protocol = 5, .client_id = "admin",
                               .websocket = true, .tls = issue(env, .name = "odd", .more = names[i]));
    }
}

/* A name that is taken is one level of a topic, or none; and units are roles, however many. */
static void test_names_in_rules(struct env *env)
{
    const struct stage *stage = stage_start(env, .policy = by_name);
    static const struct issue_value two_units[] = {{NID_organizationalUnitName, "x", 0, 0}, {0}};
    static const struct issue_value spoilt[] = {{NID_organizationalUnitName, "admin\0", 6, 0}, {0}};

    STAGE_RIGHTS(
        stage_login(stage, STAGE_TLS, 5, "a/b", issue(env, .name = "a", .cn = "a/b", .ou = "device")),
        "by/a/b!", "by/a!", "of/device");
    STAGE_RIGHTS(stage_login(stage, STAGE_TLS, 5, "b",
                             issue(env, .name = "b", .cn = "b", .ou = "device", .more = two_units)),
                 "by/b", "of/device!", "of/x!");
    STAGE_RIGHTS(stage_login(stage, STAGE_TLS, 5, "${username}",
                             issue(env, .name = "c", .cn = "${username}", .ou = "device")),
                 "by/b!", "of/device");
    expect_nobody(stage, issue(env, .name = "d", .cn = "device", .ou = "device", .more = spoilt), 0);
}

static void test_odd_alternative_names(struct env *env)
{
    const char *huge = env_format(env, "spiffe://acme.example/device/%s", repeated(env, 'a', 60 * 1024));
    const struct issue_value names[][4] = {
        {{GEN_URI, "spiffe://acme.example/device/a", 0, 0},
         {GEN_URI, "spiffe://acme.example/device/admin", 0, 0}},
        {{GEN_URI, "urn:a", 0, 0}, {GEN_URI, "spiffe://acme.example/device/admin", 0, 0}},
        {{GEN_URI, "spiffe://acme.example/device/admin\0", 35, 0}},
        {{GEN_URI, "spiffe://acme.example/device/a\0b", 32, 0}},
        {{GEN_URI, "spiffe://acme.example/device/\xff", 0, 0}},
        {{GEN_URI, "spiffe://acme.example/device/+", 0, 0}},
        {{GEN_URI, "spiffe://acme.example/device/#", 0, 0}},
        {{GEN_URI, "spiffe://acme.example/device/a?b", 0, 0}},
        {{GEN_URI, "spiffe://acme.example/device/a#b", 0, 0}},
        {{GEN_URI, "spiffe://acme.example/device/a%2fb", 0, 0}},
        {{GEN_URI, "spiffe://acme.example/device/a/b", 0, 0}},
        {{GEN_URI, "spiffe://acme.example/device/a/", 0, 0}},
        {{GEN_URI, "spiffe://acme.example/device/", 0, 0}},
        {{GEN_URI, "spiffe://acme.example/device/..", 0, 0}},
        {{GEN_URI, "spiffe://acme.example//device/a", 0, 0}},
        {{GEN_URI, "spiffe://acme.example/x/../device/a", 0, 0}},
        {{GEN_URI, "spiffe://acme.example:443/device/a", 0, 0}},
        {{GEN_URI, "spiffe://u@acme.example/device/a", 0, 0}},
        {{GEN_URI, "spiffe://ACME.example/device/a", 0, 0}},
        {{GEN_URI, "SPIFFE://acme.example/device/a", 0, 0}},
        {{GEN_URI, "spiffe://acme.example.evil/device/a", 0, 0}},
        {{GEN_URI, "spiffe://evil/acme.example/device/a", 0, 0}},
        {{GEN_URI, " spiffe://acme.example/device/a", 0, 0}},
        {{GEN_DNS, "spiffe://acme.example/device/a", 0, 0}},
        {{GEN_EMAIL, "spiffe://acme.example/device/a", 0, 0}},
        {{GEN_URI, huge, 0, 0}},
    };
    const struct stage *stage = stage_start(env, .policy = by_uri);
    const struct tls_identity *good = issue(env, .name = "good", .uri = "spiffe://acme.example/device/good");
    struct raw_client *living = stage_login(stage, STAGE_TLS, 5, "good", good);

    for (size_t i = 0; i < COUNT(names); i++) {
        /* The second entry would let its common name in: a field that is spoilt is not one that is missing.
         */
        const char *cn = i < 5 ? "fallback" : "other";
        expect_nobody(stage, issue(env, .name = "odd", .cn = cn, .names = names[i]), i);
        STAGE_RIGHTS(living, "by/good", "by/admin!");
    }
    STAGE_RIGHTS(stage_login(stage, STAGE_WEB, 5, "x", good), "by/good");
}

/* Everything at once, as large as a handshake may be. */
static void test_large_certificates(struct env *env)
{
    struct issue_value subject[ISSUE_VALUES_MAX + 1] = {0}, names[ISSUE_VALUES_MAX + 1] = {0};
    const struct stage *stage = stage_start(env, .policy = by_name);

    for (int i = 0; i < ISSUE_VALUES_MAX; i++) {
        subject[i] = (struct issue_value){NID_organizationalUnitName, env_format(env, "unit-%d", i), 0, 0};
        names[i] =
            (struct issue_value){GEN_URI, env_format(env, "urn:%d:%s", i, repeated(env, 'a', 1000)), 0, 0};
    }
    expect_nobody(stage, issue(env, .name = "large", .cn = "a", .more = subject, .names = names), 0);
    expect_nobody(stage,
                  issue(env, .name = "wide", .cn = "a", .ou = repeated(env, 'u', 65000),
                        .uri = repeated(env, 'a', 20000)),
                  0);
    /* What no rule speaks of may be as large as it likes. */
    STAGE_RIGHTS(stage_login(stage, STAGE_TLS, 5, "a",
                             issue(env, .name = "fine", .cn = "a", .ou = "device", .names = names)),
                 "by/a");
    stage_refuses(stage, NULL, issue(env, .name = "none", .ou = "device"), "identity", NULL);
}

/* --- NIST's Public Key Interoperability Test Suite --- */

#define PKITS_MOST 512
#define CHAIN_MOST 24

static X509 *authorities[PKITS_MOST];
static int authority_count;

static void forget_authorities(void)
{
    while (authority_count > 0) {
        X509_free(authorities[--authority_count]);
    }
}

static X509 *read_der(const char *path)
{
    FILE *file = fopen(path, "r");
    X509 *certificate = file ? d2i_X509_fp(file, NULL) : NULL;

    if (file) {
        fclose(file);
    }
    return certificate;
}

static bool ends_with(const char *name, const char *end)
{
    return strlen(name) > strlen(end) && strcmp(name + strlen(name) - strlen(end), end) == 0;
}

/* Whoever might have issued something. */
static void read_authorities(struct env *env)
{
    struct dirent **entries = NULL;
    int count = scandir(BEDNET_PKITS "/certs", &entries, NULL, alphasort);

    assert_true(count > 0);
    atexit(forget_authorities);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (ends_with(name, "Cert.crt") && authority_count < PKITS_MOST) {
            X509 *certificate = read_der(env_format(env, BEDNET_PKITS "/certs/%s", name));
            if (certificate) {
                authorities[authority_count++] = certificate;
            }
        }
        free(entries[i]);
    }
    free(entries);
    assert_true(authority_count > 100);
}

/* All that have the name of an issuer, and of theirs: what is of no use does no harm. */
static int gather_chain(X509 *leaf, X509 *chain[CHAIN_MOST])
{
    int count = 1;

    chain[0] = leaf;
    for (int at = 0; at < count; at++) {
        for (int i = 0; i < authority_count && count < CHAIN_MOST; i++) {
            bool known = false;
            for (int k = 0; k < count; k++) {
                known = known || X509_cmp(chain[k], authorities[i]) == 0;
            }
            if (!known &&
                X509_NAME_cmp(X509_get_issuer_name(chain[at]), X509_get_subject_name(authorities[i])) == 0) {
                chain[count++] = authorities[i];
            }
        }
    }
    return count;
}

static void write_pem(const char *path, X509 *const *certificates, int count, EVP_PKEY *key)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    for (int i = 0; i < count; i++) {
        assert_int_equal(PEM_write_X509(file, certificates[i]), 1);
    }
    if (key) {
        assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    }
    fclose(file);
}

/* An end entity with its key and all that may lead from it to the anchor; NULL: OpenSSL cannot even read it.
 */
static const struct tls_identity *take_entity(struct env *env, const char *file_name)
{
    struct tls_identity *identity = env_alloc(env, sizeof(*identity));
    FILE *file = fopen(env_format(env, BEDNET_PKITS "/pkcs12/%s", file_name), "r");
    PKCS12 *bundle = file ? d2i_PKCS12_fp(file, NULL) : NULL;
    EVP_PKEY *key = NULL;
    X509 *leaf = NULL, *chain[CHAIN_MOST];
    STACK_OF(X509) *more = NULL;

    assert_non_null(bundle);
    fclose(file);
    assert_int_equal(PKCS12_parse(bundle, "password", &key, &leaf, &more), 1);
    int count = leaf && key ? gather_chain(leaf, chain) : 0;
    identity->ca_file = pki_file(env, "root-ca.crt");
    identity->certificate = env_format(env, "%s/entity.crt", env_folder(env));
    identity->key = env_format(env, "%s/entity.key", env_folder(env));
    write_pem(identity->certificate, chain, count, NULL);
    if (count > 0) {
        write_pem(identity->key, NULL, 0, key);
    }
    sk_X509_pop_free(more, X509_free);
    X509_free(leaf);
    EVP_PKEY_free(key);
    PKCS12_free(bundle);
    return count > 0 ? identity : NULL;
}

static bool openssl_verifies(const char *anchor, const char *chain)
{
    char *said = command_output((const char *const[]){"openssl", "verify", "-purpose", "sslclient", "-CAfile",
                                                      anchor, "-untrusted", chain, chain, NULL},
                                NULL, 0, NULL);

    assert_non_null(said);
    bool verified = strstr(said, ": OK") != NULL;
    free(said);
    return verified;
}

static void test_pkits(struct env *env)
{
    static const char policy[] = "bednet: 1\n"
                                 "certificate: {accept: [{username: \"${cert.cn}\"}]}\n";
    struct dirent **entries = NULL;
    int count = scandir(BEDNET_PKITS "/pkcs12", &entries, NULL, alphasort), port = env_port();
    int tried = 0, verified = 0, accepted = 0;
    X509 *anchor = read_der(BEDNET_PKITS "/certs/TrustAnchorRootCertificate.crt");
    const char *anchor_file = env_format(env, "%s/anchor.crt", env_folder(env));

    assert_true(count > 0 && anchor);
    write_pem(anchor_file, &anchor, 1, NULL);
    X509_free(anchor);
    read_authorities(env);
    struct broker *broker = broker_start(
        env, suite_lines(env, env_write(env, "policy.yaml", policy), "cert"),
        env_format(env, "listener %d %s\ncafile %s\ncertfile %s\nkeyfile %s\nrequire_certificate true\n",
                   port, env_host(), anchor_file, pki_file(env, "server.crt"), pki_file(env, "server.key")));
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        const struct tls_identity *entity = ends_with(name, "EE.p12") ? take_entity(env, name) : NULL;
        if (entity) {
            bool right = openssl_verifies(anchor_file, entity->certificate);
            bool in = lets_in(broker, port, "pkits", entity);
            if (in && !right) {
                env_fail("%s was let in", name);
            }
            tried++;
            verified += right ? 1 : 0;
            accepted += in ? 1 : 0;
        }
        free(entries[i]);
    }
    free(entries);
    printf("[ pkits    ] %d tried, %d verified by openssl, %d let in\n", tried, verified, accepted);
    /* Or this would show nothing. */
    assert_true(tried > 150 && verified > 50 && verified < tried - 30 && accepted > 50);
    broker_settle(broker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BROKER_TEST(test_odd_common_names),
        BROKER_TEST(test_names_in_rules),
        BROKER_TEST(test_odd_alternative_names),
        BROKER_TEST(test_large_certificates),
        BROKER_TEST(test_pkits),
    };
    return ENV_MAIN("certificate_hostile", tests);
}
