/* SPDX-License-Identifier: Apache-2.0 */
/* What the section `jwt` becomes: each field, with defaults and places. */
#include "policy_testing.h"
#include "scratch.h"

#include "policy/revocations.h"

#define JWT       BEDNET_TEST_DATA "/policy/jwt.yaml"
#define ISSUER(x) "bednet: 1\njwt:\n  issuers: [{issuer: https://id, algorithms: [EdDSA], " x "}]\n"

static struct parsed load_all(void)
{
    struct parsed parsed = load(JWT);
    assert_told(parsed.diag, "");
    assert_int_equal(parsed.status, BEDNET_OK);
    return parsed;
}

static void reads_the_section(void **state)
{
    (void)state;
    struct parsed parsed = load_all();
    const struct bednet_jwt_policy *jwt = &parsed.policy->jwt;
    assert_int_equal(jwt->carriers, BEDNET_CARRIER_USERNAME | BEDNET_CARRIER_ENHANCED);
    assert_text(jwt->key_cache, BEDNET_TEST_DATA "/policy/cache/keys");
    assert_false(jwt->on_expiry.keeps);
    assert_int_equal(jwt->on_expiry.jitter_s, 30);
    assert_false(jwt->on_expiry.will);
    assert_source(jwt->on_expiry.source, 7, 14);
    assert_text(jwt->revocations_path, BEDNET_TEST_DATA "/policy/revoked.yaml");
    assert_source(jwt->revocations_source, 8, 23);
    assert_int_equal(bednet_revocations_count(jwt->revocations), 4);
    assert_int_equal(jwt->rules.issuer_count, 3);
    release(&parsed);
}

static void reads_what_tokens_must_satisfy(void **state)
{
    (void)state;
    struct parsed parsed = load_all();
    const struct bednet_token_issuer *issuer = &parsed.policy->jwt.rules.issuers[0];
    assert_int_equal(issuer->algorithms, BEDNET_ALG_ALL & ~BEDNET_ALG_HS);
    assert_int_equal(issuer->types, BEDNET_TYP_AT_JWT | BEDNET_TYP_ABSENT);
    assert_int_equal(issuer->party_count, 2);
    assert_text(issuer->parties[1], "client-b");
    assert_int_equal(issuer->lifetime_max_s, 86400);
    assert_false(issuer->expiry_optional);
    assert_int_equal(issuer->required_count, 3);
    assert_text(issuer->required[0].name, "realm.site");
    assert_int_equal(issuer->required[0].value_count, 1);
    assert_text(issuer->required[0].values[0], "north");
    assert_int_equal(issuer->required[1].value_count, 4);
    assert_text(issuer->required[1].values[1], "7");
    assert_text(issuer->required[1].values[2], "true");
    assert_text(issuer->required[1].values[3], "any");
    assert_text(issuer->required[2].name, "email");
    assert_int_equal(issuer->required[2].value_count, 0);
    assert_null(issuer->keys);
    issuer = &parsed.policy->jwt.rules.issuers[1];
    assert_true(issuer->expiry_optional);
    assert_int_equal(issuer->party_count, 1);
    assert_text(issuer->parties[0], "one");
    issuer = &parsed.policy->jwt.rules.issuers[2];
    assert_int_equal(bednet_keyring_count(issuer->keys), 1);
    release(&parsed);
    parsed = parse_good(
        "bednet: 1\njwt: {issuers: [{issuer: a, algorithms: [HS512, HS256, HS384], keys: {file: k}}]}");
    assert_int_equal(parsed.policy->jwt.rules.issuers[0].algorithms, BEDNET_ALG_HS);
    release(&parsed);
}

static void reads_where_keys_come_from(void **state)
{
    (void)state;
    struct parsed parsed = load_all();
    const struct bednet_key_source *keys = &parsed.policy->jwt.mappings[0].keys;
    assert_int_equal(keys->origin, BEDNET_KEYS_URL);
    assert_text(keys->url, "https://keys.example:8443/certs?v=2");
    assert_text(keys->issuer, "https://url.example");
    assert_text(keys->ca_file, BEDNET_TEST_DATA "/policy/ca.pem");
    assert_false(keys->plain_http);
    assert_int_equal(keys->algorithms, BEDNET_ALG_ALL & ~BEDNET_ALG_HS);
    assert_int_equal(keys->refresh_s, 300);
    assert_int_equal(keys->stale_s, 7 * 86400);
    assert_source(keys->source, 12, 9);
    keys = &parsed.policy->jwt.mappings[1].keys;
    assert_int_equal(keys->origin, BEDNET_KEYS_DISCOVERY);
    assert_null(keys->url.ptr);
    assert_null(keys->ca_file.ptr);
    assert_true(keys->plain_http);
    assert_int_equal(keys->refresh_s, 600);
    assert_int_equal(keys->stale_s, 86400);
    keys = &parsed.policy->jwt.mappings[2].keys;
    assert_int_equal(keys->origin, BEDNET_KEYS_FILE);
    assert_source(keys->source, 32, 13);
    release(&parsed);
}

static void reads_permissions(void **state)
{
    (void)state;
    struct parsed parsed = load_all();
    const struct bednet_permissions_policy *permissions = &parsed.policy->jwt.mappings[0].permissions;
    assert_text(permissions->claim, "ext.acl");
    assert_int_equal(permissions->format, BEDNET_PERMISSIONS_EMQX);
    assert_int_equal(permissions->use, BEDNET_PERMISSIONS_WIDEN);
    assert_true(permissions->required);
    assert_source(permissions->source, 24, 20);
    permissions = &parsed.policy->jwt.mappings[1].permissions;
    assert_text(permissions->claim, "acl");
    assert_int_equal(permissions->format, BEDNET_PERMISSIONS_BEDNET);
    assert_int_equal(permissions->use, BEDNET_PERMISSIONS_NARROW);
    assert_true(permissions->required); /* it narrows */
    assert_null(parsed.policy->jwt.mappings[2].permissions.claim.ptr);
    release(&parsed);
    parsed = parse_good(ISSUER("keys: {file: k}, permissions: {claim: acl, use: widen}"));
    assert_false(parsed.policy->jwt.mappings[0].permissions.required);
    release(&parsed);
}

/* Without acl nobody would look at them, denials included. */
static void permissions_ask_for_acl(void **state)
{
    (void)state;
    struct parsed parsed = parse_good(ISSUER("keys: {file: k}"));
    assert_int_equal(parsed.policy->section[BEDNET_PLUGIN_ACL].line, 0);
    release(&parsed);
    parsed = parse_good(ISSUER("keys: {file: k}, permissions: {claim: acl}"));
    assert_int_equal(parsed.policy->section[BEDNET_PLUGIN_ACL].line, 3);
    release(&parsed);
    parsed = parse_good("roles: {}\n" ISSUER("keys: {file: k}, permissions: {claim: acl}"));
    assert_int_equal(parsed.policy->section[BEDNET_PLUGIN_ACL].line, 1);
    release(&parsed);
}

/* An identity that forgot what the list asks for could not be revoked. */
static void revocations_note_their_attributes(void **state)
{
    (void)state;
    static const char *const expected[] = {"claim.iat", "claim.iss", "claim.jti", "claim.sub"};
    struct parsed parsed = load_all();
    assert_int_equal(parsed.policy->attribute_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_text(parsed.policy->attributes[i], expected[i]);
    release(&parsed);
    parsed = parse_good(ISSUER("keys: {file: k}"));
    assert_int_equal(parsed.policy->attribute_count, 1);
    release(&parsed);
}

static void has_defaults(void **state)
{
    (void)state;
    struct parsed parsed = parse_good(ISSUER("keys: {file: k}"));
    const struct bednet_jwt_policy *jwt = &parsed.policy->jwt;
    assert_int_equal(jwt->carriers, BEDNET_CARRIER_PASSWORD | BEDNET_CARRIER_ENHANCED);
    assert_null(jwt->key_cache.ptr);
    assert_false(jwt->on_expiry.keeps);
    assert_int_equal(jwt->on_expiry.jitter_s, 0);
    assert_true(jwt->on_expiry.will);
    assert_source(jwt->on_expiry.source, 2, 1);
    assert_null(jwt->revocations);
    assert_null(jwt->revocations_path.ptr);
    const struct bednet_token_issuer *issuer = &jwt->rules.issuers[0];
    assert_int_equal(issuer->types, BEDNET_TYP_DEFAULT);
    assert_int_equal(issuer->party_count + issuer->required_count, 0);
    assert_int_equal(issuer->lifetime_max_s, 0);
    assert_false(issuer->expiry_optional);
    release(&parsed);
    parsed = parse_good("bednet: 1\n");
    assert_int_equal(parsed.policy->jwt.carriers, 0);
    assert_int_equal(parsed.policy->jwt.on_expiry.source.line, 0);
    release(&parsed);
}

static void assert_cache(const char *yaml, const char *expected)
{
    struct parsed parsed = parse_good(yaml);
    if (expected == NULL)
        assert_null(parsed.policy->jwt.key_cache.ptr);
    else
        assert_text(parsed.policy->jwt.key_cache, expected);
    release(&parsed);
}

static void keeps_keys_where_it_is_told(void **state)
{
    (void)state;
    assert_cache(ISSUER("keys: {url: https://id/k}"), "/var/lib/mosquitto/bednet");
    assert_cache(ISSUER("keys: {discovery: true}"), "/var/lib/mosquitto/bednet");
    assert_cache(ISSUER("keys: {url: https://id/k}") "  key_cache: none\n", NULL);
    assert_cache(ISSUER("keys: {url: https://id/k}") "  key_cache: ./none\n", "./none");
    assert_cache(ISSUER("keys: {url: https://id/k}") "  key_cache: /srv/keys\n", "/srv/keys");
    assert_cache(ISSUER("keys: {file: k}") "  key_cache: /srv/keys\n", "/srv/keys");
}

static void assert_expiry(const char *value, bool keeps, int64_t jitter_s, bool will)
{
    char yaml[512];
    snprintf(yaml, sizeof yaml, ISSUER("keys: {file: k}") "  on_expiry: %s\n", value);
    struct parsed parsed = parse_good(yaml);
    const struct bednet_expiry_policy *policy = &parsed.policy->jwt.on_expiry;
    assert_int_equal(policy->keeps, keeps);
    assert_int_equal(policy->jitter_s, jitter_s);
    assert_int_equal(policy->will, will);
    assert_source(policy->source, 4, 14);
    release(&parsed);
}

static void expiry_is_a_word_or_more(void **state)
{
    (void)state;
    assert_expiry("disconnect", false, 0, true);
    assert_expiry("keep", true, 0, true);
    assert_expiry("{}", false, 0, true);
    assert_expiry("{action: keep}", true, 0, true);
    assert_expiry("{jitter: 1h}", false, 3600, true);
    assert_expiry("{will: send, action: disconnect}", false, 0, true);
}

static void urls_that_may_be_asked(void **state)
{
    (void)state;
    static const char *const good[] = {
        "https://id",
        "https://id/",
        "https://id.example/a/b.json?c=d&e=%20",
        "https://id?x",
        "https://192.0.2.1:1/k",
        "https://[2001:db8::1]:65535/k",
        "https://x--1.a_b.example/k~(1)*'!$,;:@",
        "http://localhost:8080/k",
        "http://LocalHost/k",
        "http://127.0.0.1/k",
        "http://127.255.0.9:1/k",
        "http://[::1]/k",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char yaml[512];
        snprintf(yaml, sizeof yaml, ISSUER("keys: {url: \"%s\", plain_http: true}"), good[i]);
        struct parsed parsed = parse_good(yaml);
        assert_text(parsed.policy->jwt.mappings[0].keys.url, good[i]);
        release(&parsed);
    }
}

static void warns_of_tokens_without_end(void **state)
{
    (void)state;
    struct parsed parsed = parse(ISSUER("keys: {file: k}, expiry: optional"));
    assert_int_equal(parsed.status, BEDNET_OK);
    assert_told(parsed.diag,
                "warning: p:3:13: tokens of 'https://id' may be good for ever (expected 'expiry: "
                "required', or revocations by which they can be ended)");
    release(&parsed);
    parsed = parse_good(ISSUER("keys: {file: k}, expiry: optional") "  revocations: r.yaml\n");
    assert_text(parsed.policy->jwt.revocations_path, "r.yaml");
    assert_null(parsed.policy->jwt.revocations);
    release(&parsed);
}

/* Loads `policy` from the folder; %s in `told` is the folder. */
static void assert_folder(const char *policy, enum bednet_status status, const char *told)
{
    char expected[2048];
    scratch_write("p.yaml", policy, 0644);
    struct parsed parsed = load(scratch_path("p.yaml"));
    scratch_expand(told, expected, sizeof expected);
    assert_told(parsed.diag, expected);
    assert_int_equal(parsed.status, status);
    release(&parsed);
}

static void refuses_files_that_are_none(void **state)
{
    (void)state;
    static const char with_ca[] = ISSUER("keys: {url: https://id/k, ca_file: ca.pem}");
    assert_folder(with_ca, BEDNET_INVALID,
                  "%s/p.yaml:3:90: the ca_file '%s/ca.pem': No such file or directory (expected a file that "
                  "can be read)");
    scratch_write("ca.pem", "-----BEGIN PRIVATE KEY-----\n", 0644);
    assert_folder(with_ca, BEDNET_INVALID,
                  "%s/p.yaml:3:90: the ca_file '%s/ca.pem' holds no certificate (expected PEM: -----BEGIN "
                  "CERTIFICATE-----)");
    scratch_write("ca.pem", "-----BEGIN CERTIFICATE-----\n", 0666);
    assert_folder(with_ca, BEDNET_INVALID,
                  "%s/p.yaml:3:90: the ca_file '%s/ca.pem': may be written by anybody (expected no write "
                  "permission for others)");
}

static void a_bad_list_is_a_bad_policy(void **state)
{
    (void)state;
    static const char with_list[] = ISSUER("keys: {url: https://id/k}") "  revocations: r.yaml\n";
    assert_folder(with_list, BEDNET_INVALID,
                  "%s/r.yaml: No such file or directory (expected a file that can be read)\n"
                  "%s/p.yaml:4:16: the file of revocations '%s/r.yaml' is not usable (expected a list "
                  "'revoked:')");
    scratch_write("r.yaml", "revoked:\n  - {jti: a}\n  - {issuer: b}\n", 0644);
    assert_folder(with_list, BEDNET_INVALID,
                  "%s/r.yaml:3:5: an entry says nothing but the issuer (expected jti, sub or client_id, or "
                  "issuer and issued_before)\n"
                  "%s/p.yaml:4:16: the file of revocations '%s/r.yaml' is not usable (expected a list "
                  "'revoked:')");
    scratch_write("r.yaml", "revoked: []\n", 0644);
    assert_folder(with_list, BEDNET_OK, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_section),
        cmocka_unit_test(reads_what_tokens_must_satisfy),
        cmocka_unit_test(reads_where_keys_come_from),
        cmocka_unit_test(reads_permissions),
        cmocka_unit_test(permissions_ask_for_acl),
        cmocka_unit_test(revocations_note_their_attributes),
        cmocka_unit_test(has_defaults),
        cmocka_unit_test(keeps_keys_where_it_is_told),
        cmocka_unit_test(expiry_is_a_word_or_more),
        cmocka_unit_test(urls_that_may_be_asked),
        cmocka_unit_test(warns_of_tokens_without_end),
        cmocka_unit_test(refuses_files_that_are_none),
        cmocka_unit_test(a_bad_list_is_a_bad_policy),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}
