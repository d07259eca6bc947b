/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of certificates: unsorted and repeated marks, and what is not on them. */
#include "making.h"

#include "certificate/list.h"
#include <sodium/randombytes.h>

typedef unsigned char mark_bytes[BEDNET_MARK_BYTES];

static void empty_lists_have_nobody(void **state)
{
    struct bednet_certificate_list list = {{NULL}, {0}};
    struct bednet_certificate_mark mark = {{0}, {0}, {0}};
    struct bednet_arena *arena = bednet_arena_new();

    (void)state;
    assert_false(bednet_certificate_list_has(&list, &mark));
    assert_int_equal(bednet_certificate_list_set(&list, arena, BEDNET_LISTED_BY_KEY, NULL, 0), BEDNET_OK);
    assert_false(bednet_certificate_list_has(&list, &mark));
    bednet_arena_free(arena);
}

static void too_long_lists_are_refused(void **state)
{
    struct bednet_certificate_list list = {{NULL}, {0}};
    struct bednet_arena *arena = bednet_arena_new();
    mark_bytes *marks = calloc(BEDNET_CERTIFICATE_LIST_MAX + 1, sizeof(*marks));

    (void)state;
    assert_int_equal(bednet_certificate_list_set(&list, arena, BEDNET_LISTED_BY_KEY,
                                                 (const mark_bytes *)marks, BEDNET_CERTIFICATE_LIST_MAX + 1),
                     BEDNET_LIMIT);
    assert_int_equal(list.counts[BEDNET_LISTED_BY_KEY], 0);
    free(marks);
    bednet_arena_free(arena);
}

/* A mark counts only under its own kind, and a mark that differs in one bit is another. */
static void kinds_and_bits_are_told_apart(void **state)
{
    struct bednet_arena *arena = bednet_arena_new();
    const mark_bytes wanted = {1, 2, 3};

    (void)state;
    for (int kind = 0; kind < BEDNET_LISTED_KINDS; kind++) {
        struct bednet_certificate_list list = {{NULL}, {0}};

        assert_int_equal(bednet_certificate_list_set(&list, arena, (enum bednet_listed_by)kind, &wanted, 1),
                         BEDNET_OK);
        for (int other = 0; other < BEDNET_LISTED_KINDS; other++) {
            mark_bytes marks[BEDNET_LISTED_KINDS] = {{0}};
            struct bednet_certificate_mark mark;

            memcpy(marks[other], wanted, sizeof(wanted));
            memcpy(mark.fingerprint, marks[BEDNET_LISTED_BY_FINGERPRINT], BEDNET_MARK_BYTES);
            memcpy(mark.key, marks[BEDNET_LISTED_BY_KEY], BEDNET_MARK_BYTES);
            memcpy(mark.issued, marks[BEDNET_LISTED_BY_SERIAL], BEDNET_MARK_BYTES);
            assert_int_equal(bednet_certificate_list_has(&list, &mark), other == kind);
            mark.fingerprint[BEDNET_MARK_BYTES - 1] ^= 1;
            mark.key[BEDNET_MARK_BYTES - 1] ^= 1;
            mark.issued[BEDNET_MARK_BYTES - 1] ^= 1;
            assert_false(bednet_certificate_list_has(&list, &mark));
        }
    }
    bednet_arena_free(arena);
}

static void long_lists_are_sorted_and_kept_once(void **state)
{
    enum { COUNT = BEDNET_CERTIFICATE_LIST_MAX };
    struct bednet_certificate_list list = {{NULL}, {0}};
    struct bednet_certificate_mark mark = {{0}, {0}, {0}};
    struct bednet_arena *arena = bednet_arena_new();
    mark_bytes *marks = calloc(COUNT, sizeof(*marks));

    (void)state;
    randombytes_buf_deterministic(marks, COUNT * sizeof(*marks),
                                  (const unsigned char[randombytes_SEEDBYTES]){4});
    memcpy(marks[COUNT - 1], marks[0], sizeof(*marks));
    memcpy(marks[COUNT / 2], marks[0], sizeof(*marks));
    assert_int_equal(
        bednet_certificate_list_set(&list, arena, BEDNET_LISTED_BY_SERIAL, (const mark_bytes *)marks, COUNT),
        BEDNET_OK);
    assert_int_equal(list.counts[BEDNET_LISTED_BY_SERIAL], COUNT - 2);
    for (size_t i = 1; i < COUNT - 2; i++) {
        const unsigned char(*sorted)[BEDNET_MARK_BYTES] = list.marks[BEDNET_LISTED_BY_SERIAL];

        assert_true(memcmp(sorted[i - 1], sorted[i], BEDNET_MARK_BYTES) < 0);
    }
    for (size_t i = 0; i < COUNT; i++) {
        memcpy(mark.issued, marks[i], BEDNET_MARK_BYTES);
        assert_true(bednet_certificate_list_has(&list, &mark));
    }
    free(marks);
    bednet_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_lists_have_nobody),
        cmocka_unit_test(too_long_lists_are_refused),
        cmocka_unit_test(kinds_and_bits_are_told_apart),
        cmocka_unit_test(long_lists_are_sorted_and_kept_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
