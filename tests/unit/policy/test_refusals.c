/* SPDX-License-Identifier: Apache-2.0 */
/* Every way in which a policy can be wrong, with the exact place and words. */
#include "policy_testing.h"
#include "refusals.h"
#include "refusals_certificate.h"
#include "refusals_jwt.h"
#include "refusals_topics.h"

#include <libfyaml.h>

/* The words for a syntax error are libfyaml's; those of one version are known. */
static bool words_are_known(void)
{
    return strcmp(fy_library_version(), "0.7.12") == 0;
}

/* What must hold of a syntax error under any libfyaml. */
static void assert_syntax_error(const char *told, const char *expected)
{
    unsigned line = 0;
    unsigned column = 0;
    assert_int_equal(sscanf(told, "p:%u:%u: ", &line, &column), 2);
    assert_true(line > 0 && column > 0);
    if (strstr(expected, FLOW) != NULL)
        assert_non_null(strstr(told, FLOW));
    if (strstr(expected, HASH) != NULL)
        assert_non_null(strstr(told, "must be quoted"));
}

static void assert_refused(const struct refusal *refusal)
{
    char told[16384];
    struct parsed parsed = parse(refusal->yaml);
    gather(parsed.diag, told, sizeof told);
    if (parsed.status != BEDNET_INVALID)
        print_error("accepted: %s\n", refusal->yaml);
    assert_int_equal(parsed.status, BEDNET_INVALID);
    assert_true(bednet_diag_failed(parsed.diag));
    bool says_the_library =
        strstr(refusal->told, "YAML syntax") != NULL || strstr(refusal->told, "second document") != NULL;
    if (says_the_library && !words_are_known())
        assert_syntax_error(told, refusal->told);
    else
        assert_string_equal(told, refusal->told);
    release(&parsed);
}

#define REFUSES(section)                                                                                     \
    static void refuses_##section(void **state)                                                              \
    {                                                                                                        \
        (void)state;                                                                                         \
        for (size_t i = 0; i < sizeof section##_refusals / sizeof section##_refusals[0]; i++)                \
            assert_refused(&section##_refusals[i]);                                                          \
    }

REFUSES(syntax)
REFUSES(top_level)
REFUSES(jwt)
REFUSES(jwt_keys)
REFUSES(jwt_urls)
REFUSES(jwt_claims)
REFUSES(jwt_section)
REFUSES(certificate)
REFUSES(certificate_authorities)
REFUSES(certificate_match)
REFUSES(certificate_mapping)
REFUSES(certificate_require)
REFUSES(certificate_list)
REFUSES(certificate_crl)
REFUSES(roles)
REFUSES(conditions)
REFUSES(filters)
REFUSES(topics)
REFUSES(topics_naming)
REFUSES(topics_rules)
REFUSES(limits)
REFUSES(identities)
REFUSES(metrics)

static void assert_bytes_refused(const char *bytes, size_t length, const char *told)
{
    struct parsed parsed = parse_bytes((struct bednet_text){bytes, length});
    assert_int_equal(parsed.status, BEDNET_INVALID);
    assert_told(parsed.diag, told);
    release(&parsed);
}

#define REFUSED_BYTES(bytes, told) assert_bytes_refused((bytes), sizeof(bytes) - 1, (told))

static void refuses_what_is_no_text(void **state)
{
    (void)state;
    REFUSED_BYTES("bednet: 1\nmo\0de: enforce\n", "p:2:3: a NUL byte (expected a text file in UTF-8)");
    REFUSED_BYTES("bednet: 1\n? \n a:\t- b:",
                  "p:2:1: '?' before a key (expected the key alone, and a colon)");
    REFUSED_BYTES("a:\n  ?\n   b:\t- c:", "p:2:3: '?' before a key (expected the key alone, and a colon)");
    REFUSED_BYTES("\0", "p:1:1: a NUL byte (expected a text file in UTF-8)");
    REFUSED_BYTES("bednet: 1\r\n# \xff\n", "p:2:3: invalid UTF-8 (expected a text file in UTF-8)");
    REFUSED_BYTES("# \xc3\xa4\xc3", "p:1:4: invalid UTF-8 (expected a text file in UTF-8)");
    REFUSED_BYTES("# \xed\xa0\x80", "p:1:3: invalid UTF-8 (expected a text file in UTF-8)");
    REFUSED_BYTES("\xff\xfe"
                  "b",
                  "p:1:1: invalid UTF-8 (expected a text file in UTF-8)");
    REFUSED_BYTES("\xef\xbb\xbf"
                  "bed\x1bnet: 1",
                  "p:1:4: a control character (expected a text file in UTF-8)");
    REFUSED_BYTES("a\rb\rc\x7f", "p:3:2: a control character (expected a text file in UTF-8)");
    REFUSED_BYTES("a\xc2\x85", "p:1:2: a control character (expected a text file in UTF-8)");
}

/* Errors beyond what is kept must not turn into none. */
static void counts_what_it_does_not_keep(void **state)
{
    (void)state;
    static char yaml[16384];
    size_t length = (size_t)sprintf(yaml, "bednet: 1\nroles:\n  r:\n    allow:\n      publish:\n");
    for (int i = 0; i < 1000; i++)
        length += (size_t)sprintf(yaml + length, "        -\n");
    struct parsed parsed = parse(yaml);
    assert_int_equal(parsed.status, BEDNET_INVALID);
    assert_int_equal(bednet_diag_count(parsed.diag), BEDNET_DIAG_MAX);
    assert_int_equal(bednet_diag_dropped(parsed.diag), 1000 - BEDNET_DIAG_MAX);
    assert_int_equal(bednet_diag_at(parsed.diag, 99)->source.line, 105);
    release(&parsed);
}

/* A diag that holds errors of something else does not condemn a good policy. */
static void judges_only_its_own_errors(void **state)
{
    (void)state;
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_policy *policy = NULL;
    bednet_diag_add(diag, BEDNET_ERROR, "elsewhere", (struct bednet_source){1, 1}, "something else");
    assert_int_equal(bednet_policy_parse("p", bednet_text("bednet: 1\n"), false, diag, &policy), BEDNET_OK);
    assert_non_null(policy);
    bednet_policy_free(policy);
    bednet_diag_free(diag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_syntax),
        cmocka_unit_test(refuses_top_level),
        cmocka_unit_test(refuses_jwt),
        cmocka_unit_test(refuses_jwt_keys),
        cmocka_unit_test(refuses_jwt_urls),
        cmocka_unit_test(refuses_jwt_claims),
        cmocka_unit_test(refuses_jwt_section),
        cmocka_unit_test(refuses_certificate),
        cmocka_unit_test(refuses_certificate_authorities),
        cmocka_unit_test(refuses_certificate_match),
        cmocka_unit_test(refuses_certificate_mapping),
        cmocka_unit_test(refuses_certificate_require),
        cmocka_unit_test(refuses_certificate_list),
        cmocka_unit_test(refuses_certificate_crl),
        cmocka_unit_test(refuses_roles),
        cmocka_unit_test(refuses_conditions),
        cmocka_unit_test(refuses_filters),
        cmocka_unit_test(refuses_topics),
        cmocka_unit_test(refuses_topics_naming),
        cmocka_unit_test(refuses_topics_rules),
        cmocka_unit_test(refuses_limits),
        cmocka_unit_test(refuses_identities),
        cmocka_unit_test(refuses_metrics),
        cmocka_unit_test(refuses_what_is_no_text),
        cmocka_unit_test(counts_what_it_does_not_keep),
        cmocka_unit_test(judges_only_its_own_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
