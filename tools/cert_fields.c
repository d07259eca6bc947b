/* SPDX-License-Identifier: Apache-2.0 */
/* Every value was read, and found clean or spoilt, by the function that the plugin reads it with. */
#include "cert_fields.h"

#include "answer.h"
#include "cert_facts.h"
#include "certificate/field.h"
#include "json_print.h"
#include "moment.h"

#include <openssl/objects.h>
#include <openssl/x509.h>
#include <stdlib.h>

enum {
    EXTENSIONS_MAX = 32, /* a certificate may have thousands */
    OID_BYTES_MAX = 128
};

/* One field, as a visitor sees it. */
struct sight {
    const char *name;
    const char *state;
    const char *remark; /* NULL where there is nothing to say */
    const struct bednet_field_values *values;
};

typedef void (*visit_fn)(const struct sight *sight, void *context);

static void judge_value(const struct bednet_field *field, struct sight *sight)
{
    sight->state = "clean";
    sight->remark = NULL;
    if (sight->values->count > 1) {
        sight->state = "several";
        sight->remark = "several: good for roles, but for no name";
    } else if (!bednet_field_is_name(field, sight->values->values[0])) {
        sight->state = "no name";
        sight->remark = "no name: holds what a name may not hold";
    }
}

static void visit(X509 *certificate, const char *name, struct bednet_field_values *values, bool with_spoilt,
                  visit_fn see, void *context)
{
    struct bednet_field field;
    struct sight sight = {.name = name, .values = values};
    if (!bednet_field_named(bednet_text(name), &field))
        return;
    enum bednet_status status = bednet_field_read(certificate, &field, values);
    if (status != BEDNET_OK) {
        values->count = 0;
        sight.state = status == BEDNET_LIMIT ? "too many" : status == BEDNET_NOMEM ? "no memory" : "spoilt";
        sight.remark = status == BEDNET_LIMIT   ? "too many values"
                       : status == BEDNET_NOMEM ? "no memory"
                                                : "spoilt: too long, no UTF-8, or with control characters";
        if (!with_spoilt)
            return;
    } else if (values->count == 0) {
        return;
    } else {
        judge_value(&field, &sight);
    }
    see(&sight, context);
}

/* Those that libcrypto knows have a structure, and are no string that a policy could speak of. */
static void visit_extensions(X509 *certificate, struct bednet_field_values *values, visit_fn see,
                             void *context)
{
    int count = X509_get_ext_count(certificate);
    for (int i = 0; i < count && i < EXTENSIONS_MAX; i++) {
        char name[OID_BYTES_MAX] = "oid.";
        const ASN1_OBJECT *oid = X509_EXTENSION_get_object(X509_get_ext(certificate, i));
        int length = OBJ_obj2txt(name + 4, sizeof name - 4, oid, 1);
        if (length > 0 && (size_t)length < sizeof name - 4)
            visit(certificate, name, values, OBJ_obj2nid(oid) == NID_undef, see, context);
    }
}

static bool visit_all(X509 *certificate, visit_fn see, void *context)
{
    struct bednet_field_values *values = malloc(sizeof *values);
    if (values == NULL)
        return false;
    for (size_t i = 0; bednet_field_names[i] != NULL; i++)
        visit(certificate, bednet_field_names[i], values, true, see, context);
    visit_extensions(certificate, values, see, context);
    free(values);
    return true;
}

static void print_sight(const struct sight *sight, void *context)
{
    (void)context;
    printf("  %-18s ", sight->name);
    for (size_t i = 0; i < sight->values->count; i++) {
        fputs(i > 0 ? ", " : "", stdout);
        bednet_json_print_string(stdout, sight->values->values[i]);
    }
    if (sight->remark != NULL)
        printf(sight->values->count > 0 ? " (%s)" : "%s", sight->remark);
    putchar('\n');
}

static void print_times(const struct bednet_certificate *certificate, int64_t now_s)
{
    char from[BEDNET_MOMENT_BYTES], to[BEDNET_MOMENT_BYTES], distance[BEDNET_MOMENT_BYTES];
    int64_t end_s = certificate->not_after_s;
    bednet_moment_utc(certificate->not_before_s, from);
    bednet_moment_utc(end_s, to);
    bednet_moment_distance(end_s, now_s, distance);
    printf("  %-18s from %s to %s, %s %s\n", "valid", from, to, end_s <= now_s ? "expired" : "ends",
           distance);
}

static void print_facts(const struct bednet_cert_facts *facts)
{
    printf("  %-18s %s", "key", facts->key);
    if (facts->key_bits > 0)
        printf(", %d bits", facts->key_bits);
    printf("\n  %-18s %s\n  %-18s ", "signature", facts->signature, "extended_key_usage");
    for (size_t i = 0; i < facts->usage_count; i++)
        printf("%s%s", i > 0 ? ", " : "", facts->usages[i]);
    puts(facts->usage_count > 0 ? "" : "none");
}

void bednet_cert_fields_print(const struct bednet_certificate *certificate, bool opened, int64_t now_s)
{
    struct bednet_cert_facts facts;
    if (!visit_all(certificate->x509, print_sight, NULL))
        puts("  no memory for its fields");
    if (opened)
        print_times(certificate, now_s);
    else
        puts("  times or number are not to be read");
    bednet_cert_facts_read(certificate->x509, &facts);
    print_facts(&facts);
}

static void add_sight(const struct sight *sight, void *context)
{
    json_t *values = json_array();
    for (size_t i = 0; i < sight->values->count; i++)
        json_array_append_new(values, bednet_answer_text_json(sight->values->values[i]));
    json_object_set_new(context, sight->name,
                        json_pack("{s:s, s:o}", "state", sight->state, "values", values));
}

json_t *bednet_cert_fields_json(const struct bednet_certificate *certificate, bool opened)
{
    struct bednet_cert_facts facts;
    json_t *fields = json_object(), *usages = json_array();
    if (fields == NULL || usages == NULL || !visit_all(certificate->x509, add_sight, fields)) {
        json_decref(fields);
        json_decref(usages);
        return NULL;
    }
    bednet_cert_facts_read(certificate->x509, &facts);
    for (size_t i = 0; i < facts.usage_count; i++)
        json_array_append_new(usages, json_string(facts.usages[i]));
    return json_pack("{s:o, s:o, s:o, s:s, s:i, s:s, s:o}", "fields", fields, "not_before",
                     opened ? json_integer(certificate->not_before_s) : json_null(), "not_after",
                     opened ? json_integer(certificate->not_after_s) : json_null(), "key", facts.key,
                     "key_bits", facts.key_bits, "signature", facts.signature, "extended_key_usage", usages);
}
