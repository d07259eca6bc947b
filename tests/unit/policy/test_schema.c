/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON Schema and the loader speak of the same language: each table of keys is a definition with the same
 * properties, each closed set of words one with the same words, and the schema has no others.
 */
#include "policy_testing.h"

#include "policy/tables.h"
#include "policy/url.h"

#include <jansson.h>
#include <regex.h>

#define SCHEMA BEDNET_TEST_DATA "/../../schema/bednet.schema.json"

static json_t *schema;

static int open_schema(void **state)
{
    (void)state;
    json_error_t error;
    schema = json_load_file(SCHEMA, JSON_REJECT_DUPLICATES, &error);
    if (schema == NULL)
        print_error("%s:%d: %s\n", SCHEMA, error.line, error.text);
    return schema != NULL ? 0 : -1;
}

static int close_schema(void **state)
{
    (void)state;
    json_decref(schema);
    return 0;
}

static const json_t *definition(const char *name)
{
    const json_t *found = json_object_get(json_object_get(schema, "$defs"), name);
    if (found == NULL)
        print_error("the schema has no $defs/%s\n", name);
    assert_non_null(found);
    return found;
}

static bool lists(const json_t *array, const char *word)
{
    size_t index;
    json_t *entry;
    json_array_foreach(array, index, entry)
    {
        if (json_is_string(entry) && strcmp(json_string_value(entry), word) == 0)
            return true;
    }
    return false;
}

static void assert_same(bool loader, bool in_schema, const char *where, const char *word)
{
    if (loader != in_schema)
        print_error("%s: '%s' is known to the %s only\n", where, word, loader ? "loader" : "schema");
    assert_true(loader == in_schema);
}

static void assert_table(const struct bednet_key_table *table)
{
    const json_t *found = definition(table->name);
    const json_t *properties = json_object_get(found, "properties");
    const json_t *required = json_object_get(found, "required");
    assert_string_equal(json_string_value(json_object_get(found, "type")), "object");
    assert_true(json_is_false(json_object_get(found, "additionalProperties")));
    assert_true(table->count <= BEDNET_KEYS_MAX);
    size_t supported = 0;
    size_t needed = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct bednet_key *key = &table->keys[i];
        assert_int_equal(key->use == BEDNET_KEY_LATER, key->read == NULL);
        assert_same(key->use != BEDNET_KEY_LATER, json_object_get(properties, key->name) != NULL, table->name,
                    key->name);
        assert_same(key->use == BEDNET_KEY_REQUIRED, lists(required, key->name), table->name, key->name);
        supported += key->use != BEDNET_KEY_LATER ? 1 : 0;
        needed += key->use == BEDNET_KEY_REQUIRED ? 1 : 0;
    }
    assert_int_equal(json_object_size(properties), supported);
    assert_int_equal(json_array_size(required), needed);
}

static void tables_are_definitions(void **state)
{
    (void)state;
    for (size_t i = 0; bednet_policy_tables[i] != NULL; i++)
        assert_table(bednet_policy_tables[i]);
}

static void words_are_enumerations(void **state)
{
    (void)state;
    for (size_t i = 0; bednet_policy_words[i] != NULL; i++) {
        const struct bednet_words *words = bednet_policy_words[i];
        const json_t *listed = json_object_get(definition(words->name), "enum");
        assert_true(words->count <= BEDNET_KEYS_MAX);
        assert_int_equal(json_array_size(listed), words->count);
        for (size_t k = 0; k < words->count; k++)
            assert_same(true, lists(listed, words->words[k].text), words->name, words->words[k].text);
    }
}

static bool is_table(const char *name)
{
    for (size_t i = 0; bednet_policy_tables[i] != NULL; i++)
        if (strcmp(bednet_policy_tables[i]->name, name) == 0)
            return true;
    return false;
}

static bool is_words(const char *name)
{
    for (size_t i = 0; bednet_policy_words[i] != NULL; i++)
        if (strcmp(bednet_policy_words[i]->name, name) == 0)
            return true;
    return false;
}

static void the_schema_has_no_others(void **state)
{
    (void)state;
    const char *name;
    json_t *found;
    json_object_foreach(json_object_get(schema, "$defs"), name, found)
    {
        assert_same(is_table(name), json_object_get(found, "properties") != NULL, "$defs", name);
        assert_same(is_words(name), json_object_get(found, "enum") != NULL, "$defs", name);
    }
}

/* Every reference leads somewhere, and every definition is referred to. */
static void follow_references(const json_t *node, json_t *seen)
{
    const char *key;
    json_t *value;
    size_t index;
    json_object_foreach((json_t *)(uintptr_t)node, key, value)
    {
        if (strcmp(key, "$ref") == 0) {
            const char *reference = json_string_value(value);
            assert_int_equal(strncmp(reference, "#/$defs/", 8), 0);
            definition(reference + 8);
            json_object_set_new(seen, reference + 8, json_true());
        }
        follow_references(value, seen);
    }
    json_array_foreach(node, index, value)
    {
        follow_references(value, seen);
    }
}

static void references_hold(void **state)
{
    (void)state;
    json_t *seen = json_object();
    const char *name;
    json_t *found;
    follow_references(schema, seen);
    json_object_foreach(json_object_get(schema, "$defs"), name, found)
    {
        assert_same(true, json_object_get(seen, name) != NULL, "references", name);
    }
    json_decref(seen);
}

/* Bounds that both state. */
static void bounds_agree(void **state)
{
    (void)state;
    const json_t *limits = json_object_get(definition("limits"), "properties");
    const json_t *jwt = json_object_get(definition("jwt"), "properties");
    const json_t *policy = json_object_get(definition("policy"), "properties");
    const json_t *levels = json_object_get(definition("levels"), "properties");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(limits, "publish"), "maxItems")),
                     BEDNET_LIMIT_RULES_MAX);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(jwt, "issuers"), "maxItems")),
                     BEDNET_ISSUERS_MAX);
    const json_t *keys = json_object_get(definition("keys"), "properties");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(keys, "url"), "maxLength")),
                     BEDNET_URL_BYTES_MAX);
    const json_t *permissions = json_object_get(definition("permissions"), "properties");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(permissions, "claim"), "maxLength")),
                     BEDNET_CLAIM_NAME_BYTES_MAX - strlen("claim."));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(policy, "roles"), "maxProperties")),
                     BEDNET_ROLES_MAX);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(levels, "max"), "maximum")),
                     BEDNET_TOPIC_LEVELS_MAX);
    const json_t *certificate = json_object_get(definition("certificate"), "properties");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(certificate, "accept"), "maxItems")),
                     BEDNET_ACCEPT_MAX);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(certificate, "deny"), "maxItems")),
                     BEDNET_CERTIFICATE_LIST_MAX);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(certificate, "authorities"), "maxProperties")),
        BEDNET_AUTHORITIES_MAX);
    const json_t *acceptance = json_object_get(definition("acceptance"), "properties");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(acceptance, "match"), "maxProperties")),
        BEDNET_MATCHES_MAX);
}

static bool fits(const regex_t *expression, const char *name)
{
    return regexec(expression, name, 0, NULL, 0) == 0;
}

/* Both know the same fields of certificates. */
static void fields_agree(void **state)
{
    (void)state;
    static const char *const others[] = {
        "oid.1.2.840.113549", "oid.2.5",      "oid.3.1",     "oid.1", "oid.",    "oid", "oid.1..2",
        "oid.1.02",           "oid.1.2.",     "cert.cn",     "",      "CN",      "san", "issuer.ou",
        "issuer.c",           "serialnumber", "fingerprint", "key",   "san.dns "};
    const char *pattern = json_string_value(json_object_get(definition("field"), "pattern"));
    struct bednet_field field;
    regex_t expression;
    assert_int_equal(regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB), 0);
    for (size_t i = 0; bednet_field_names[i] != NULL; i++) {
        assert_true(bednet_field_named(bednet_text(bednet_field_names[i]), &field));
        assert_same(true, fits(&expression, bednet_field_names[i]), "field", bednet_field_names[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_same(bednet_field_named(bednet_text(others[i]), &field), fits(&expression, others[i]), "field",
                    others[i]);
    regfree(&expression);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_definitions),
        cmocka_unit_test(words_are_enumerations),
        cmocka_unit_test(the_schema_has_no_others),
        cmocka_unit_test(references_hold),
        cmocka_unit_test(bounds_agree),
        cmocka_unit_test(fields_agree),
    };
    return cmocka_run_group_tests(tests, open_schema, close_schema);
}
