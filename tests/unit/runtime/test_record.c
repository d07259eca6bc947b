/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identities as bytes: what is written reads the same, on random identities; nothing else reads at all: no
 * byte may change, none may be missing or too many, and no text may be one that an identity cannot have.
 * Called with the name of a folder the program writes a corpus for the fuzzer there.
 */
#include "cmocka_first.h"

#include "runtime/record.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 20000

/* A random identity, and where its texts are. */
struct making {
    struct bednet_identity_spec spec;
    struct bednet_text chain;
    bool revoked;
    struct bednet_attribute attributes[BEDNET_IDENTITY_ATTRIBUTES_MAX];
    struct bednet_text roles[BEDNET_ROLES_PER_CLIENT_MAX];
    struct bednet_permissions permissions;
    struct bednet_permission filters[BEDNET_PERMISSIONS_MAX];
    struct bednet_certificate_mark mark;
    char bytes[32768];
    size_t used;
};

static struct making made;
static struct bednet_record record;
static unsigned char bytes[BEDNET_RECORD_BYTES_MAX];

static bool once_in(int times)
{
    return rand() % times == 0;
}

static struct bednet_text text_of(size_t most, const char *letters)
{
    size_t count = (size_t)rand() % (most + 1);
    char *at = made.bytes + made.used;
    for (size_t i = 0; i < count; i++)
        at[i] = letters[(size_t)rand() % strlen(letters)];
    made.used += count;
    return (struct bednet_text){at, count};
}

static void make_permissions(void)
{
    static const char *const filters[] = {"#", "a/+/c", "/", "a//b", "$SYS/#", "+", "dev/\xc3\xa4"};
    made.permissions.count = (size_t)rand() % (once_in(10) ? BEDNET_PERMISSIONS_MAX + 1 : 5);
    made.permissions.use = once_in(2) ? BEDNET_PERMISSIONS_WIDEN : BEDNET_PERMISSIONS_NARROW;
    made.permissions.entries = made.filters;
    for (size_t i = 0; i < made.permissions.count; i++) {
        struct bednet_permission *entry = &made.filters[i];
        *entry = (struct bednet_permission){
            .filter = bednet_text(filters[(size_t)rand() % (sizeof filters / sizeof *filters)]),
            .denies = once_in(2),
            .actions = (uint8_t)((1 + rand() % 7) << BEDNET_ACTION_PUBLISH),
            .qos = (uint8_t)(1 + rand() % 7),
            .retain = (uint8_t)(rand() % 3),
            .literal = once_in(2),
        };
        entry->yields = entry->denies && once_in(2);
        made.permissions.conditional |=
            entry->qos != BEDNET_PERMISSION_QOS_ALL || entry->retain != BEDNET_RETAIN_ANY;
    }
    made.spec.permissions = &made.permissions;
}

static void make(void)
{
    static const char letters[] = "abc/+#$ \"\\\x01\x7f\xc3\xa4\xff";
    made = (struct making){.chain = BEDNET_TEXT_LITERAL("default"), .revoked = once_in(4)};
    if (once_in(3))
        made.chain = text_of(BEDNET_RECORD_CHAIN_BYTES_MAX, letters);
    made.spec.method = (enum bednet_method)(rand() % 3);
    made.spec.client_id_is_vouched = once_in(2);
    made.spec.ends_with_will = once_in(2);
    made.spec.ends_s = once_in(3) ? 0 : (int64_t)rand() * rand() - RAND_MAX;
    made.spec.subject.client_id = text_of(once_in(20) ? 512 : 20, letters);
    if (!once_in(4))
        made.spec.subject.username = text_of(once_in(20) ? 512 : 20, letters);
    made.spec.subject.attributes = made.attributes;
    made.spec.subject.attribute_count =
        (size_t)rand() % (once_in(10) ? BEDNET_IDENTITY_ATTRIBUTES_MAX + 1 : 6);
    for (size_t i = 0; i < made.spec.subject.attribute_count; i++) {
        made.attributes[i].name = text_of(30, letters);
        made.attributes[i].value = text_of(30, letters);
    }
    made.spec.role_names = made.roles;
    made.spec.role_name_count = (size_t)rand() % (once_in(10) ? BEDNET_ROLES_PER_CLIENT_MAX + 1 : 4);
    for (size_t i = 0; i < made.spec.role_name_count; i++)
        made.roles[i] = text_of(20, letters);
    if (once_in(3)) {
        for (size_t i = 0; i < sizeof made.mark; i++)
            ((unsigned char *)&made.mark)[i] = (unsigned char)rand();
        made.spec.mark = &made.mark;
    }
    if (once_in(2))
        make_permissions();
}

static size_t write_made(void)
{
    return bednet_record_write(&made.spec, made.chain, made.revoked, bytes);
}

static enum bednet_status read_bytes(size_t length)
{
    return bednet_record_read((struct bednet_text){(const char *)bytes, length}, &record);
}

static void assert_text(struct bednet_text a, struct bednet_text b)
{
    assert_int_equal(a.ptr == NULL, b.ptr == NULL);
    assert_int_equal(a.len, b.len);
    if (a.len > 0)
        assert_memory_equal(a.ptr, b.ptr, a.len);
}

static void assert_permissions(const struct bednet_permissions *a, const struct bednet_permissions *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a == NULL)
        return;
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->use, b->use);
    assert_int_equal(a->conditional, b->conditional);
    for (size_t i = 0; i < a->count; i++) {
        assert_text(a->entries[i].filter, b->entries[i].filter);
        assert_int_equal(a->entries[i].denies, b->entries[i].denies);
        assert_int_equal(a->entries[i].actions, b->entries[i].actions);
        assert_int_equal(a->entries[i].qos, b->entries[i].qos);
        assert_int_equal(a->entries[i].retain, b->entries[i].retain);
        assert_int_equal(a->entries[i].literal, b->entries[i].literal);
        assert_int_equal(a->entries[i].yields, b->entries[i].yields);
    }
}

static void assert_same(const struct bednet_identity_spec *a, const struct bednet_identity_spec *b)
{
    assert_int_equal(a->method, b->method);
    assert_int_equal(a->client_id_is_vouched, b->client_id_is_vouched);
    assert_int_equal(a->ends_with_will, b->ends_with_will);
    assert_int_equal(a->ends_s, b->ends_s);
    assert_text(a->subject.client_id, b->subject.client_id);
    assert_text(a->subject.username, b->subject.username);
    assert_int_equal(a->subject.attribute_count, b->subject.attribute_count);
    for (size_t i = 0; i < a->subject.attribute_count; i++) {
        assert_text(a->subject.attributes[i].name, b->subject.attributes[i].name);
        assert_text(a->subject.attributes[i].value, b->subject.attributes[i].value);
    }
    assert_int_equal(a->role_name_count, b->role_name_count);
    for (size_t i = 0; i < a->role_name_count; i++)
        assert_text(a->role_names[i], b->role_names[i]);
    assert_int_equal(a->mark == NULL, b->mark == NULL);
    if (a->mark != NULL)
        assert_memory_equal(a->mark, b->mark, sizeof *a->mark);
    assert_permissions(a->permissions, b->permissions);
}

static void what_is_written_reads_the_same(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        srand((unsigned)round);
        make();
        size_t length = write_made();
        assert_int_equal(length > 0, bednet_identity_fits(&made.spec));
        if (length == 0)
            continue;
        assert_int_equal(read_bytes(length), BEDNET_OK);
        assert_text(record.chain, made.chain);
        assert_int_equal(record.revoked, made.revoked);
        assert_same(&record.spec, &made.spec);
        assert_null(record.spec.handle);
        assert_int_equal(record.spec.credential, 0);
    }
}

static void no_byte_may_change(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 200; seed++) {
        srand(seed);
        make();
        size_t length = write_made();
        for (size_t i = 0; i < length; i++) {
            bytes[i] ^= (unsigned char)(1 + rand() % 255);
            assert_int_equal(read_bytes(length), BEDNET_INVALID);
            write_made();
        }
        for (size_t shorter = 0; shorter < length; shorter++)
            assert_int_equal(read_bytes(shorter), BEDNET_INVALID);
        if (length > 0 && length < sizeof bytes)
            assert_int_equal(read_bytes(length + 1), BEDNET_INVALID);
    }
}

/* As somebody would who computes the checksum anew: what is read nonetheless is written the same. */
static void whoever_knows_the_checksum(void **state)
{
    (void)state;
    static unsigned char changed[BEDNET_RECORD_BYTES_MAX];
    size_t refused = 0;
    for (unsigned seed = 0; seed < ROUNDS; seed++) {
        srand(seed);
        make();
        size_t length = write_made();
        if (length == 0)
            continue;
        bytes[(size_t)rand() % (length - 8)] ^= (unsigned char)(1 << rand() % 8);
        uint64_t checksum =
            htole64(bednet_hash_frozen((struct bednet_text){(const char *)bytes, length - 8}));
        memcpy(bytes + length - 8, &checksum, sizeof checksum);
        if (read_bytes(length) != BEDNET_OK) {
            refused++;
            continue;
        }
        assert_true(bednet_identity_fits(&record.spec));
        assert_int_equal(bednet_record_write(&record.spec, record.chain, record.revoked, changed), length);
        assert_memory_equal(changed, bytes, length);
    }
    assert_true(refused > ROUNDS / 20);
}

static void refuses_names_with_nul(void **state)
{
    (void)state;
    const struct bednet_identity_spec with_nul[] = {
        {.method = BEDNET_METHOD_JWT, .subject = {.client_id = BEDNET_TEXT_LITERAL("a\0b")}},
        {.method = BEDNET_METHOD_JWT,
         .subject = {.client_id = BEDNET_TEXT_LITERAL("a"), .username = BEDNET_TEXT_LITERAL("\0")}},
    };
    for (size_t i = 0; i < 2; i++) {
        size_t length = bednet_record_write(&with_nul[i], BEDNET_TEXT_LITERAL("c"), false, bytes);
        assert_true(length > 0);
        assert_int_equal(read_bytes(length), BEDNET_INVALID);
    }
}

static void refuses_filters_that_are_none(void **state)
{
    (void)state;
    static const struct bednet_permission wrong[] = {
        {.filter = BEDNET_TEXT_LITERAL("a/#/b"), .actions = 2, .qos = 7},
        {.filter = BEDNET_TEXT_LITERAL(""), .actions = 2, .qos = 7},
        {.filter = BEDNET_TEXT_LITERAL("$share/g/a"), .actions = 2, .qos = 7},
        {.filter = BEDNET_TEXT_LITERAL("a"), .actions = 0, .qos = 7},
        {.filter = BEDNET_TEXT_LITERAL("a"), .actions = 1, .qos = 7},
        {.filter = BEDNET_TEXT_LITERAL("a"), .actions = 2, .qos = 0},
        {.filter = BEDNET_TEXT_LITERAL("a"), .actions = 2, .qos = 8},
        {.filter = BEDNET_TEXT_LITERAL("a"), .actions = 2, .qos = 7, .retain = 3},
        {.filter = BEDNET_TEXT_LITERAL("a"), .actions = 2, .qos = 7, .yields = true},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct bednet_permissions permissions = {.entries = &wrong[i], .count = 1};
        struct bednet_identity_spec spec = {.method = BEDNET_METHOD_JWT,
                                            .subject = {.client_id = BEDNET_TEXT_LITERAL("a")},
                                            .permissions = &permissions};
        size_t length = bednet_record_write(&spec, BEDNET_TEXT_LITERAL("c"), false, bytes);
        assert_true(length > 0);
        assert_int_equal(read_bytes(length), BEDNET_INVALID);
    }
}

static void what_is_too_long_is_not_written(void **state)
{
    (void)state;
    static char long_name[BEDNET_IDENTITY_NAME_BYTES_MAX + 1];
    memset(long_name, 'a', sizeof long_name);
    struct bednet_identity_spec spec = {.subject = {.client_id = {long_name, sizeof long_name}}};
    assert_int_equal(bednet_record_write(&spec, BEDNET_TEXT_LITERAL("c"), false, bytes), 0);
    spec.subject.client_id.len--;
    assert_true(bednet_record_write(&spec, BEDNET_TEXT_LITERAL("c"), false, bytes) > 0);
    struct bednet_text chain = {long_name, BEDNET_RECORD_CHAIN_BYTES_MAX + 1};
    assert_int_equal(bednet_record_write(&spec, chain, false, bytes), 0);
}

/* For the fuzzer, which knows no checksum. */
static int write_corpus(const char *folder)
{
    for (unsigned seed = 0; seed < 24; seed++) {
        char path[512];
        srand(seed);
        make();
        size_t length = write_made();
        snprintf(path, sizeof path, "%s/identity-%02u", folder, seed);
        FILE *file = fopen(path, "wb");
        if (file == NULL || fwrite(bytes, 1, length - 8, file) != length - 8 || fclose(file) != 0)
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return write_corpus(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_the_same), cmocka_unit_test(no_byte_may_change),
        cmocka_unit_test(whoever_knows_the_checksum),     cmocka_unit_test(refuses_names_with_nul),
        cmocka_unit_test(refuses_filters_that_are_none),  cmocka_unit_test(what_is_too_long_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
