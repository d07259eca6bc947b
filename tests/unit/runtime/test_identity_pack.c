/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What identities keep of their clients, in whatever few bytes, against the specifications that they were
 * made from: random ones, of which many have names, values and roles in common, and many are alone with
 * theirs.
 */
#include "cmocka_first.h"

#include "core/template.h"
#include "runtime/identity.h"

#include <stdio.h>
#include <stdlib.h>

static const struct bednet_hash_key KEY = {{5}};
static const char chain;

#define CLIENTS 200
#define TEXT    24

/* A specification and all that it refers to. */
struct made {
    struct bednet_identity_spec spec;
    char client_id[TEXT], username[TEXT], names[64][TEXT], values[64][TEXT], roles[32][TEXT],
        filters[4][TEXT];
    struct bednet_attribute attributes[64];
    struct bednet_text role_names[32];
    struct bednet_permission entries[4];
    struct bednet_permissions permissions;
    struct bednet_certificate_mark mark;
    bool is_there;
};

static bool one_in(int count)
{
    return rand() % count == 0;
}

/* Absent, empty, a name of the client, something that many have, or something of its own. */
static struct bednet_text random_value(const struct made *made, char out[TEXT])
{
    static const char *const common[] = {"device", "common", "lyon", "a", "a+a", "https://id.acme.example"};
    switch (rand() % 8) {
    case 0:
        if (one_in(4))
            return (struct bednet_text){NULL, 0};
        strcpy(out, "");
        break;
    case 1:
        strcpy(out, made->client_id);
        break;
    case 2:
        strcpy(out, made->username);
        break;
    case 3:
        snprintf(out, TEXT, "%s-%d", one_in(4) ? "not#safe" : "own", rand());
        break;
    default:
        strcpy(out, common[rand() % 6]);
    }
    return bednet_text(out);
}

static void make_attributes(struct made *made)
{
    static const char *const names[] = {"claim.iss", "claim.sub", "claim.site", "claim.roles"};
    struct bednet_subject *subject = &made->spec.subject;
    subject->attribute_count = one_in(20) ? 64 : (size_t)rand() % 6;
    subject->attributes = made->attributes;
    for (size_t i = 0; i < subject->attribute_count; i++) {
        if (one_in(40))
            snprintf(made->names[i], TEXT, "claim.%d", rand());
        else
            strcpy(made->names[i], names[i % 4]);
        made->attributes[i] =
            (struct bednet_attribute){bednet_text(made->names[i]), random_value(made, made->values[i])};
    }
}

static void make_permissions(struct made *made)
{
    made->permissions = (struct bednet_permissions){.entries = made->entries,
                                                    .count = (size_t)rand() % 5,
                                                    .use = BEDNET_PERMISSIONS_NARROW,
                                                    .source = {3, 4}};
    for (size_t i = 0; i < made->permissions.count; i++) {
        snprintf(made->filters[i], TEXT, "a/%d/#", rand());
        made->entries[i] = (struct bednet_permission){
            .filter = bednet_text(made->filters[i]), .actions = (uint8_t)(rand() % 8), .denies = one_in(2)};
    }
    made->spec.permissions = &made->permissions;
}

static void make(struct made *made, size_t number)
{
    memset(made, 0, sizeof *made);
    made->spec = (struct bednet_identity_spec){
        .chain = &chain,
        .handle = (const void *)(number + 1),
        .method = one_in(2) ? BEDNET_METHOD_JWT : BEDNET_METHOD_CERT,
        .credential = (uint64_t)rand(),
        .ends_s = one_in(2) ? rand() : 0,
        .client_id_is_vouched = one_in(2),
        .ends_with_will = one_in(2),
    };
    snprintf(made->client_id, TEXT, one_in(30) ? "" : "c%zu", number);
    snprintf(made->username, TEXT, one_in(5) ? "" : "u%d", rand() % 50);
    if (one_in(4))
        strcpy(made->username, made->client_id);
    made->spec.subject.client_id = bednet_text(made->client_id);
    if (!one_in(3))
        made->spec.subject.username = bednet_text(made->username);
    make_attributes(made);
    made->spec.role_names = made->role_names;
    made->spec.role_name_count = one_in(20) ? 32 : (size_t)rand() % 4;
    for (size_t i = 0; i < made->spec.role_name_count; i++)
        made->role_names[i] = random_value(made, made->roles[i]);
    if (one_in(3))
        make_permissions(made);
    for (size_t i = 0; i < BEDNET_MARK_BYTES; i++)
        made->mark.fingerprint[i] = made->mark.issued[i] = (unsigned char)rand();
    if (one_in(3))
        made->spec.mark = &made->mark;
}

static void assert_text(struct bednet_text a, struct bednet_text b)
{
    assert_int_equal(a.ptr == NULL, b.ptr == NULL);
    assert_int_equal(a.len, b.len);
    if (a.len > 0)
        assert_memory_equal(a.ptr, b.ptr, a.len);
    if (a.ptr != NULL)
        assert_ptr_not_equal(a.ptr, b.ptr);
}

static void assert_attributes(const struct bednet_subject *is, const struct bednet_subject *was)
{
    assert_int_equal(is->attribute_count, was->attribute_count);
    for (size_t i = 0; i < was->attribute_count; i++) {
        struct bednet_attribute attribute = bednet_subject_attribute_at(is, i);
        assert_text(attribute.name, was->attributes[i].name);
        assert_text(attribute.value, was->attributes[i].value);
        struct bednet_text one = bednet_subject_attribute(was, attribute.name);
        assert_true(one.ptr == NULL ? bednet_subject_attribute(is, attribute.name).ptr == NULL
                                    : bednet_text_equal(bednet_subject_attribute(is, attribute.name), one));
    }
    assert_null(bednet_subject_attribute(is, bednet_text("claim.nobody")).ptr);
}

/* What is known beforehand of values, which is whether each may stand in a topic. */
static void assert_marks(const struct bednet_pack *pack, const struct bednet_subject *was)
{
    assert_int_equal(pack->client_id_is_safe, bednet_template_accepts(was->client_id));
    assert_int_equal(pack->username_is_safe, bednet_template_accepts(was->username));
    for (size_t i = 0; i < was->attribute_count; i++)
        assert_int_equal((pack->layout->spans[i].bytes & BEDNET_SPAN_UNSAFE) == 0,
                         bednet_template_accepts(was->attributes[i].value));
}

static void assert_permissions(const struct bednet_permissions *is, const struct bednet_permissions *was)
{
    assert_int_equal(is == NULL, was == NULL);
    if (was == NULL)
        return;
    assert_int_equal(is->count, was->count);
    assert_int_equal(is->use, was->use);
    assert_int_equal(is->source.line, was->source.line);
    for (size_t i = 0; i < was->count; i++) {
        assert_text(is->entries[i].filter, was->entries[i].filter);
        assert_int_equal(is->entries[i].filter.ptr[is->entries[i].filter.len], '\0');
        assert_int_equal(is->entries[i].actions, was->entries[i].actions);
        assert_int_equal(is->entries[i].denies, was->entries[i].denies);
    }
}

static void assert_kept(struct bednet_identities *table, const struct bednet_identity_spec *spec)
{
    struct bednet_text roles[BEDNET_ROLES_PER_CLIENT_MAX];
    const struct bednet_identity *identity = bednet_identities_at(table, spec->handle);
    assert_non_null(identity);
    struct bednet_subject subject = bednet_identity_subject(identity);
    assert_text(subject.client_id, spec->subject.client_id);
    assert_text(subject.username, spec->subject.username);
    assert_text(bednet_identity_client_id(identity), spec->subject.client_id);
    assert_text(bednet_identity_username(identity), spec->subject.username);
    assert_int_equal(subject.client_id.ptr[subject.client_id.len], '\0');
    if (subject.username.ptr != NULL)
        assert_int_equal(subject.username.ptr[subject.username.len], '\0');
    assert_attributes(&subject, &spec->subject);
    assert_marks(&identity->pack, &spec->subject);
    assert_int_equal(bednet_identity_role_names(identity, roles), spec->role_name_count);
    for (size_t i = 0; i < spec->role_name_count; i++)
        assert_text(roles[i], spec->role_names[i]);
    assert_permissions(bednet_identity_permissions(identity), spec->permissions);
    const struct bednet_certificate_mark *mark = bednet_identity_mark(identity);
    assert_int_equal(mark == NULL, spec->mark == NULL);
    if (mark != NULL)
        assert_memory_equal(mark, spec->mark, sizeof *mark);
    assert_int_equal(identity->method, spec->method);
    assert_true(identity->credential == spec->credential && identity->expiry.ends_s == spec->ends_s);
    assert_int_equal(identity->client_id_is_vouched, spec->client_id_is_vouched);
    assert_int_equal(identity->ends_with_will, spec->ends_with_will);
}

static void test_random(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 4; seed++) {
        struct made *all = calloc(CLIENTS, sizeof *all);
        struct bednet_identities *table = bednet_identities_new(&KEY, CLIENTS);
        assert_true(all != NULL && table != NULL);
        srand(seed);
        for (int i = 0; i < 3000; i++) {
            struct made *made = &all[rand() % CLIENTS];
            if (made->is_there && one_in(3)) {
                bednet_identities_remove(table, made->spec.handle);
                made->is_there = false;
                continue;
            }
            make(made, (size_t)(made - all));
            made->is_there = true;
            assert_int_equal(bednet_identities_admit(table, &made->spec, BEDNET_IDENTITY_LIVE), BEDNET_OK);
            assert_kept(table, &made->spec);
        }
        for (size_t i = 0; i < CLIENTS; i++)
            if (all[i].is_there)
                assert_kept(table, &all[i].spec);
        bednet_identities_free(table);
        free(all);
    }
}

/* What one identity keeps can be what another one is made of. */
static void test_made_of_another(void **state)
{
    (void)state;
    struct made *made = calloc(1, sizeof *made);
    struct bednet_identities *table = bednet_identities_new(&KEY, 4);
    assert_true(made != NULL && table != NULL);
    srand(9);
    for (int i = 0; i < 300; i++) {
        struct bednet_text roles[BEDNET_ROLES_PER_CLIENT_MAX];
        make(made, 0);
        assert_int_equal(bednet_identities_admit(table, &made->spec, BEDNET_IDENTITY_LIVE), BEDNET_OK);
        const struct bednet_identity *identity = bednet_identities_at(table, made->spec.handle);
        struct bednet_identity_spec spec = made->spec;
        spec.handle = (const void *)2;
        spec.subject = bednet_identity_subject(identity);
        spec.role_names = roles;
        spec.role_name_count = bednet_identity_role_names(identity, roles);
        spec.permissions = bednet_identity_permissions(identity);
        spec.mark = bednet_identity_mark(identity);
        assert_int_equal(bednet_identities_admit(table, &spec, BEDNET_IDENTITY_LIVE), BEDNET_OK);
        bednet_identities_remove(table, made->spec.handle);
        made->spec.handle = spec.handle;
        assert_kept(table, &made->spec);
    }
    bednet_identities_free(table);
    free(made);
}

/* The longest names and the most data: every place is still within reach. */
static void test_longest(void **state)
{
    (void)state;
    static char id[BEDNET_IDENTITY_NAME_BYTES_MAX + 1], value[BEDNET_IDENTITY_DATA_BYTES_MAX + 1];
    memset(id, 'i', sizeof id - 1);
    memset(value, 'v', sizeof value - 1);
    struct bednet_attribute attributes[2] = {{bednet_text("claim.a"), bednet_text("x")},
                                             {bednet_text("claim.b"), bednet_text("y")}};
    struct bednet_identities *table = bednet_identities_new(&KEY, 4);
    struct bednet_identity_spec spec = {
        .chain = &chain,
        .handle = (const void *)1,
        .method = BEDNET_METHOD_JWT,
        .subject = {.client_id = bednet_text("c"), .attributes = attributes, .attribute_count = 2}};
    assert_int_equal(bednet_identities_admit(table, &spec, BEDNET_IDENTITY_LIVE), BEDNET_OK);
    spec.handle = (const void *)2;
    spec.subject.client_id = bednet_text(id);
    attributes[0].value = (struct bednet_text){value, BEDNET_IDENTITY_DATA_BYTES_MAX - 14 - 4 - 1};
    assert_int_equal(bednet_identities_admit(table, &spec, BEDNET_IDENTITY_LIVE), BEDNET_OK);
    assert_kept(table, &spec);
    attributes[0].value.len++;
    assert_int_equal(bednet_identities_admit(table, &spec, BEDNET_IDENTITY_LIVE), BEDNET_LIMIT);
    bednet_identities_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_made_of_another),
        cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
