/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that are bound to a certificate (RFC 8705): the adapter tells the plugin what the client's
 * connection showed, and gives back every reference that it takes. Token and hash are made here by other
 * means.
 */
#include "cmocka_first.h"
#include "fault/site.h"

#include <jwt.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdlib.h>

/* As long as HS256 asks for, and the same in the key set's own writing. */
#define SECRET         "0123456789abcdef0123456789abcdef"
#define SECRET_ENCODED "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"

static struct mosquitto client;
static X509 *own;
static X509 *foreign;

static X509 *make_certificate(const char *name)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    X509 *certificate = X509_new();
    assert_true(key != NULL && certificate != NULL);
    X509_NAME *subject = X509_NAME_new();
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_subject_name(certificate, subject);
    X509_set_issuer_name(certificate, subject);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, NULL) > 0);
    X509_NAME_free(subject);
    EVP_PKEY_free(key);
    return certificate;
}

/* Base64url without padding, of 32 bytes. */
static void write_hash(X509 *certificate, char out[48])
{
    unsigned char *der = NULL, hash[SHA256_DIGEST_LENGTH];
    int length = i2d_X509(certificate, &der);
    assert_true(length > 0);
    SHA256(der, (size_t)length, hash);
    OPENSSL_free(der);
    EVP_EncodeBlock((unsigned char *)out, hash, sizeof hash);
    for (char *at = out; *at != '\0'; at++)
        *at = *at == '+' ? '-' : *at == '/' ? '_' : *at == '=' ? '\0' : *at;
}

/* `confirmation` is the value of `cnf`. */
static char *mint(const char *confirmation)
{
    char claims[1024];
    jwt_t *jwt = NULL;
    snprintf(claims, sizeof claims,
             "{\"iss\":\"https://id.fault.example\",\"aud\":\"mqtt.fault.example\",\"sub\":\"user-0\","
             "\"device_id\":\"dev-0\",\"roles\":[\"device\"],\"exp\":4102444800,\"cnf\":%s}",
             confirmation);
    assert_int_equal(jwt_new(&jwt), 0);
    assert_int_equal(jwt_add_grants_json(jwt, claims), 0);
    assert_int_equal(jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)SECRET, sizeof SECRET - 1), 0);
    char *token = jwt_encode_str(jwt);
    assert_non_null(token);
    jwt_free(jwt);
    return token;
}

static char *mint_bound(X509 *certificate)
{
    char hash[48], confirmation[128];
    write_hash(certificate, hash);
    snprintf(confirmation, sizeof confirmation, "{\"x5t#S256\":\"%s\"}", hash);
    return mint(confirmation);
}

static int set_up(void **state)
{
    (void)state;
    site_open();
    site_write("jwks.json", "{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"" SECRET_ENCODED "\"}]}");
    site_write_policy("one.yaml", "roles:\n  device:\n    allow: {publish: [a]}\n", 0);
    own = make_certificate("own");
    foreign = make_certificate("foreign");
    struct fake_line lines[SITE_PLUGINS];
    site_lines(lines, FAKE_GLOBAL, site_path("one.yaml"), NULL);
    lines[2] = lines[3]; /* without metrics */
    lines[3] = lines[4];
    return fake_start(lines, SITE_PLUGINS - 1, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    fake_stop();
    fake_client_clear(&client);
    X509_free(own);
    X509_free(foreign);
    site_close();
    return 0;
}

/* By both ways in; what the broker keeps of the certificate is still there afterwards. */
static void assert_login(const char *token, X509 *shown, bool expected)
{
    for (int i = 0; i < 3; i++) {
        assert_true(fake_client_set(&client, "dev-0", "whoever", "192.0.2.1"));
        client.certificate = shown;
        assert_int_equal(fake_login(&client, token), expected);
        fake_disconnected(&client, false);
        assert_true(fake_client_set(&client, "dev-0", "whoever", "192.0.2.1"));
        assert_int_equal(fake_enhanced(&client, "CUSTOM-JWT", token, strlen(token)),
                         expected ? MOSQ_ERR_SUCCESS : MOSQ_ERR_AUTH);
        fake_disconnected(&client, false);
    }
    if (shown != NULL)
        assert_true(X509_cmp(shown, shown) == 0 && X509_up_ref(shown) == 1);
    X509_free(shown);
    assert_null(fake_violation());
}

static void test_a_bound_token_needs_its_certificate(void **state)
{
    (void)state;
    char *token = mint_bound(own);
    assert_login(token, NULL, false);
    assert_login(token, foreign, false);
    assert_login(token, own, true);
    free(token);
}

/* Whatever it is bound to by other means cannot be looked at. */
static void test_other_bonds_are_refused(void **state)
{
    (void)state;
    char *wrong[] = {mint("{\"jkt\":\"AAAA\"}"), mint("{}"), mint("\"x\""), mint("{\"x5t#S256\":\"\"}")};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_login(wrong[i], own, false);
        free(wrong[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bound_token_needs_its_certificate),
        cmocka_unit_test(test_other_bonds_are_refused),
    };
    return cmocka_run_group_tests_name("certificate", tests, set_up, tear_down);
}
