/* SPDX-License-Identifier: Apache-2.0 */
/* Which values may be somebody's name: SPIFFE's own rules where it is SPIFFE's. */
#include "making.h"

#include "certificate/field.h"

static const struct bednet_field cn = {BEDNET_FIELD_CN, {NULL, 0}};
static const struct bednet_field uri = {BEDNET_FIELD_SAN_URI, {NULL, 0}};

static void check_all(const struct bednet_field *field, const char *const *names, size_t count, bool expected)
{
    for (size_t i = 0; i < count; i++) {
        if (bednet_field_is_name(field, bednet_text(names[i])) != expected) {
            fail_msg("%s is %s name", names[i], expected ? "no" : "a");
        }
    }
}

#define assert_all(field, names, expected)                                                                   \
    check_all(&(field), names, sizeof(names) / sizeof((names)[0]), expected)

static void wildcards_and_unclean_values_are_no_names(void **state)
{
    static const char *const wrong[] = {"",    "+",   "#",    "*",        "a+b",  "a#",    "*.acme.example",
                                        "a/#", "a\n", "\x7F", "\xC2\x9F", "\xFF", "a\xC3", "\xEF\xBF\xBE"};
    char bytes[BEDNET_FIELD_BYTES_MAX + 1];

    (void)state;
    assert_all(cn, wrong, false);
    assert_all(uri, wrong, false);
    assert_false(bednet_field_is_name(&cn, (struct bednet_text){NULL, 0}));
    assert_false(bednet_field_is_name(&cn, (struct bednet_text){"a\0b", 3}));
    memset(bytes, 'x', sizeof(bytes));
    assert_false(bednet_field_is_name(&cn, (struct bednet_text){bytes, sizeof(bytes)}));
    assert_true(bednet_field_is_name(&cn, (struct bednet_text){bytes, sizeof(bytes) - 1}));
}

static void usual_values_are_names(void **state)
{
    static const char *const good[] = {"d1",
                                       "device 1",
                                       "a/b",
                                       "CN=d1,O=Acme\\, Inc.",
                                       "d\xC3\xBCse",
                                       "2001:db8::1",
                                       "d1@acme.example",
                                       "$x",
                                       "https://acme.example/d?x=1",
                                       "urn:uuid:1b4e28ba",
                                       "spiffe",
                                       "spiffes://a/b",
                                       "x-spiffe://A/b"};

    (void)state;
    assert_all(cn, good, true);
    assert_all(uri, good, true);
}

static void bad_spiffe_ids_are_refused(void **state)
{
    static const char *const wrong[] = {"spiffe:",
                                        "spiffe:/",
                                        "spiffe://",
                                        "spiffe:///",
                                        "spiffe:///path",
                                        "spiffe:acme.example/d",
                                        "spiffe:/acme.example/d",
                                        "spiffe://acme.example",
                                        "spiffe://acme.example/",
                                        "spiffe://acme.example//",
                                        "spiffe://acme.example//d",
                                        "spiffe://acme.example/d/",
                                        "spiffe://acme.example/d//e",
                                        "spiffe://acme.example/.",
                                        "spiffe://acme.example/..",
                                        "spiffe://acme.example/./d",
                                        "spiffe://acme.example/d/..",
                                        "spiffe://acme.example/d/../e",
                                        "SPIFFE://acme.example/d",
                                        "Spiffe://acme.example/d",
                                        "spiffE://acme.example/d",
                                        "spiffe://Acme.example/d",
                                        "spiffe://ACME.EXAMPLE/d",
                                        "spiffe://acme.example:8443/d",
                                        "spiffe://acme.example:/d",
                                        "spiffe://user@acme.example/d",
                                        "spiffe://user:pass@acme.example/d",
                                        "spiffe://@acme.example/d",
                                        "spiffe://acme.example/d?x=1",
                                        "spiffe://acme.example/d?",
                                        "spiffe://acme.example?x/d",
                                        "spiffe://acme.example/d!",
                                        "spiffe://acme.example/a%62c",
                                        "spiffe://acme.example/%2e%2e",
                                        "spiffe://acme%2eexample/d",
                                        "spiffe://acme example/d",
                                        "spiffe://acme.example/d e",
                                        "spiffe://acme.example/d:e",
                                        "spiffe://acme.example/d@e",
                                        "spiffe://acme.example/d~e",
                                        "spiffe://acme.example/d\\e",
                                        "spiffe://acme.example\\d/e",
                                        "spiffe://acme.example/{d}",
                                        "spiffe://[2001:db8::1]/d",
                                        "spiffe://acme.example/d,e",
                                        "spiffe://acme.example/d=e",
                                        "spiffe://acme.example/d\xC3\xBC",
                                        "spiffe://b\xC3\xBC"
                                        "cher.example/d",
                                        "spiffe://acme!example/d",
                                        "spiffe://acme,example/d",
                                        "spiffe://acme.example/d;e",
                                        "spiffe://acme.example/d&e",
                                        "spiffe://acme.example/$d",
                                        "spiffe://acme.example/'d'"};
    char domain[400] = "spiffe://";

    (void)state;
    assert_all(uri, wrong, false);
    assert_all(cn, wrong, false);
    memset(domain + 9, 'a', 256);
    strcpy(domain + 9 + 256, "/d");
    assert_false(bednet_field_is_name(&uri, bednet_text(domain)));
    assert_true(bednet_field_is_name(&uri, (struct bednet_text){"spiffe://a/d", 12}));
    memmove(domain + 9, domain + 10, 258);
    assert_true(bednet_field_is_name(&uri, bednet_text(domain)));
}

static void good_spiffe_ids_are_names(void **state)
{
    static const char *const good[] = {"spiffe://acme.example/d",
                                       "spiffe://a/b",
                                       "spiffe://acme.example/site/berlin/device/d-1",
                                       "spiffe://acme_example/d",
                                       "spiffe://10.0.0.1/d",
                                       "spiffe://a-b.c_d.0/x",
                                       "spiffe://acme.example/D.e-f_9",
                                       "spiffe://acme.example/...",
                                       "spiffe://acme.example/..d",
                                       "spiffe://acme.example/.d",
                                       "spiffe://acme.example/d.",
                                       "spiffe://acme.example/9eebccd2-12bf-40a6-b262-65fe0487d453",
                                       "spiffe://-/-",
                                       "spiffe://./a"};

    (void)state;
    assert_all(uri, good, true);
}

/* None is taken for a whole one, wherever it is cut off. */
static void cut_ids_are_refused(void **state)
{
    const char *whole = "spiffe://ab/c";

    (void)state;
    for (size_t length = strlen("spiffe:"); length < strlen(whole); length++) {
        char *cut = malloc(length);

        assert_non_null(cut);
        memcpy(cut, whole, length);
        assert_false(bednet_field_is_name(&uri, (struct bednet_text){cut, length}));
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wildcards_and_unclean_values_are_no_names),
        cmocka_unit_test(usual_values_are_names),
        cmocka_unit_test(bad_spiffe_ids_are_refused),
        cmocka_unit_test(good_spiffe_ids_are_names),
        cmocka_unit_test(cut_ids_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
