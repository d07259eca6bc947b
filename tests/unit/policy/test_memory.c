/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that fails at the n-th request of Bednet's own code, for every n: never a policy with less in it,
 * never a leak (under AddressSanitizer).
 */
#include "failing_memory.h"
#include "policy_testing.h"

#include <stdlib.h>

#include "policy/revocations.h"

#define FULL BEDNET_TEST_DATA "/policy/full.yaml"
#define JWT  BEDNET_TEST_DATA "/policy/jwt.yaml"
#define CERT BEDNET_TEST_DATA "/policy/certificate.yaml"

static long requests; /* since the last arming */
static long failing;  /* the request that fails; 0: none */
static bool onwards;  /* and all after it */

static bool fails(void)
{
    requests++;
    return failing != 0 && (requests == failing || (onwards && requests > failing));
}

static void arm(long nth, bool all_after)
{
    requests = 0;
    failing = nth;
    onwards = all_after;
}

static struct parsed attempt(long nth, bool all_after, enum bednet_status (*run)(struct parsed *parsed))
{
    struct parsed parsed = {.diag = bednet_diag_new()};
    assert_non_null(parsed.diag);
    arm(nth, all_after);
    parsed.status = run(&parsed);
    arm(0, false);
    return parsed;
}

static enum bednet_status load_full(struct parsed *parsed)
{
    return bednet_policy_load(FULL, parsed->diag, &parsed->policy);
}

static enum bednet_status load_jwt(struct parsed *parsed)
{
    return bednet_policy_load(JWT, parsed->diag, &parsed->policy);
}

static enum bednet_status load_certificate(struct parsed *parsed)
{
    return bednet_policy_load(CERT, parsed->diag, &parsed->policy);
}

static const char no_keys[] = "bednet: 1\n"
                              "jwt: {issuers: [{issuer: a, audience: [b], algorithms: [ES256], keys: {file: "
                              "k}, roles: [r, '${claim.x}']}]}\n"
                              "roles: {r: {members: {usernames: [u], claims: {s: [t]}, anonymous: true},"
                              " allow: {publish: [a/+, 'b/${claim.y}']}, deny: {receive: [c]}},"
                              " heir: {inherits: [r], deny: {publish: [{topic: d, qos: {max: 1}, from: [::1],"
                              " when: {days: [mon], zone: UTC}}]}}}\n"
                              "topics: {characters: a-z, templates: ['{a}/{b=${client_id}}/{c...}'],\n"
                              "  segments: {a: {enum: [x, y]}, c: {pattern: 'z{2}'}}}\n"
                              "limits: {publish: [{per: client, rate: 1/s}]}\n"
                              "metrics: {}\n";

static enum bednet_status parse_preset(struct parsed *parsed)
{
    return bednet_policy_parse("p", bednet_text("bednet: 1\ntopics: {preset: sparkplug-b}\n"), false,
                               parsed->diag, &parsed->policy);
}

static enum bednet_status parse_without_keys(struct parsed *parsed)
{
    return bednet_policy_parse("p", bednet_text(no_keys), false, parsed->diag, &parsed->policy);
}

static const char refused[] =
    "bednet: 1\nmodes: x\n"
    "jwt: {issuers: [{issuer: a, algorithms: [ES256], keys: {file: k}, roles: [s]}]}\n"
    "roles: {r: {allow: {publish: [a+]}}, r: {inherits: [rr, t]}, t: {inherits: [r, t]}}\n";

static const char refused_certificate[] =
    "bednet: 1\n"
    "certificate: {accept: [{match: {cn: '{a}.{b}', cnn: '{c}'}, username: '${match.d}', roles: [s],\n"
    "  allow: [{key: 00}, {serial: 1, issuer: x}], issuer: x}], authorities: {y: z}, crl: {files: [a]}}\n"
    "roles: {r: {allow: {publish: ['${match.e}', '${cert.cnn}']}}}\n";

static enum bednet_status parse_refused_certificate(struct parsed *parsed)
{
    return bednet_policy_parse("p", bednet_text(refused_certificate), false, parsed->diag, &parsed->policy);
}

static enum bednet_status parse_refused(struct parsed *parsed)
{
    return bednet_policy_parse("p", bednet_text(refused), false, parsed->diag, &parsed->policy);
}

/* Fails the n-th request until none fails any more; gives how many there are. */
static long sweep(bool all_after, enum bednet_status (*run)(struct parsed *parsed))
{
    for (long nth = 1;; nth++) {
        struct parsed parsed = attempt(nth, all_after, run);
        if (parsed.status == BEDNET_OK) {
            assert_told(parsed.diag, "");
            release(&parsed);
            return nth - 1;
        }
        assert_int_equal(parsed.status, BEDNET_NOMEM);
        assert_null(parsed.policy);
        assert_true(bednet_diag_failed(parsed.diag));
        release(&parsed);
        assert_true(nth < 100000);
    }
}

static void a_policy_is_whole_or_not_there(void **state)
{
    (void)state;
    struct parsed whole = attempt(0, false, parse_without_keys);
    assert_int_equal(whole.status, BEDNET_OK);
    size_t rules = bednet_rules_count(whole.policy->acl.rules);
    release(&whole);
    assert_int_equal(rules, 4);
    assert_true(sweep(false, parse_without_keys) > 20);
    assert_true(sweep(true, parse_without_keys) > 20);
    assert_true(sweep(false, parse_preset) > 10);
    assert_true(sweep(true, parse_preset) > 10);
}

static void key_files_included(void **state)
{
    (void)state;
    assert_true(sweep(false, load_full) > 50);
    assert_true(sweep(true, load_full) > 50);
    assert_true(sweep(false, load_jwt) > 20);
    assert_true(sweep(true, load_jwt) > 20);
    assert_true(sweep(false, load_certificate) > 20);
    assert_true(sweep(true, load_certificate) > 20);
}

/* Longer than what passes through in one go, so that memory fails in between, too. */
static char *list_of_many(void)
{
    enum { ENTRIES = 3000 };
    char *yaml = __real_malloc(ENTRIES * 64);
    assert_non_null(yaml);
    size_t length = (size_t)sprintf(yaml, "revoked:\n");
    for (int i = 0; i < ENTRIES; i++)
        length +=
            (size_t)sprintf(yaml + length, "  - {issuer: i%d, sub: s%d, issued_before: %d}\n", i % 3, i, i);
    return yaml;
}

/*
 * Fails the n-th request, or all from it on: a list that lacks an entry would let somebody in. True where a
 * list came of it; *used is how many requests there were.
 */
static bool attempt_list(const char *yaml, long nth, bool all_after, long *used)
{
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_revocations *revocations = NULL;
    assert_non_null(diag);
    arm(nth, all_after);
    enum bednet_status status = bednet_revocations_parse("p", bednet_text(yaml), diag, &revocations);
    *used = requests;
    arm(0, false);
    bool whole = status == BEDNET_OK;
    assert_true(whole == (revocations != NULL));
    assert_true(!whole || bednet_revocations_count(revocations) == 3000);
    assert_true(whole || (status == BEDNET_NOMEM && bednet_diag_failed(diag)));
    bednet_revocations_free(revocations);
    bednet_diag_free(diag);
    return whole;
}

static void a_list_is_whole_or_not_there(void **state)
{
    (void)state;
    char *yaml = list_of_many();
    long total;
    long used;
    assert_true(attempt_list(yaml, 0, false, &total));
    assert_true(total > 3000);
    /* The first and the last of them one by one, those between in strides. Only giving memory back may fail.
     */
    for (long nth = 1; nth <= total; nth += nth < 60 || nth > total - 30 ? 1 : 97) {
        assert_true(attempt_list(yaml, nth, false, &used) == (nth > total - 2));
        assert_true(attempt_list(yaml, nth, true, &used) == (nth > total - 2));
    }
    free(yaml);
}

static void assert_stays_bad(long nth, enum bednet_status (*run)(struct parsed *parsed))
{
    struct parsed parsed = attempt(nth, nth % 2 == 0, run);
    assert_int_not_equal(parsed.status, BEDNET_OK);
    assert_null(parsed.policy);
    assert_true(bednet_diag_failed(parsed.diag));
    release(&parsed);
}

static void a_bad_policy_stays_bad(void **state)
{
    (void)state;
    for (long nth = 1; nth < 500; nth++) {
        assert_stays_bad(nth, parse_refused);
        assert_stays_bad(nth, parse_refused_certificate);
    }
}

/* Answers about roles must not need memory at all. */
static void questions_allocate_nothing(void **state)
{
    (void)state;
    struct parsed parsed = attempt(0, false, parse_without_keys);
    const struct bednet_subject subject = {.client_id = BEDNET_TEXT_LITERAL("c"),
                                           .username = BEDNET_TEXT_LITERAL("u")};
    const struct bednet_text name = BEDNET_TEXT_LITERAL("r");
    uint16_t roles[BEDNET_ROLES_PER_CLIENT_MAX];
    size_t count;
    unsigned exemptions;
    arm(0, false);
    assert_int_equal(bednet_policy_roles(parsed.policy, &subject, &name, 1, roles, &count, &exemptions),
                     BEDNET_OK);
    assert_int_equal(requests, 0);
    assert_int_equal(count, 1);
    release(&parsed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_is_whole_or_not_there), cmocka_unit_test(key_files_included),
        cmocka_unit_test(a_list_is_whole_or_not_there),   cmocka_unit_test(a_bad_policy_stays_bad),
        cmocka_unit_test(questions_allocate_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
