/* SPDX-License-Identifier: Apache-2.0 */
/* The arena: zeroed, aligned, apart from each other, and never more than a size_t can say. */
#include "cmocka_first.h"

#include "core/arena.h"
#include <malloc.h>
#include <stdalign.h>

static void sizes_that_overflow_are_refused(void **state)
{
    struct bednet_arena *arena = bednet_arena_new();
    struct bednet_text endless = {"x", SIZE_MAX};

    (void)state;
    assert_null(bednet_arena_array(arena, SIZE_MAX / 2, 3));
    assert_null(bednet_arena_array(arena, SIZE_MAX, SIZE_MAX));
    assert_null(bednet_arena_alloc(arena, SIZE_MAX));
    assert_null(bednet_arena_alloc(arena, SIZE_MAX - alignof(max_align_t)));
    assert_null(bednet_arena_alloc(arena, SIZE_MAX / 2 + 1));
    assert_null(bednet_arena_alloc(arena, SIZE_MAX / 2));
    assert_null(bednet_arena_text(arena, endless).ptr);
    /* And it still works afterwards. */
    assert_non_null(bednet_arena_alloc(arena, 1));
    bednet_arena_free(arena);
}

static void absent_stays_absent(void **state)
{
    struct bednet_arena *arena = bednet_arena_new();
    struct bednet_text empty = bednet_arena_text(arena, BEDNET_TEXT_LITERAL(""));

    (void)state;
    assert_null(bednet_arena_text(arena, bednet_text(NULL)).ptr);
    assert_non_null(empty.ptr);
    assert_int_equal(empty.len, 0);
    bednet_arena_free(arena);
    bednet_arena_free(NULL);
}

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    enum { COUNT = 3000 };
    struct bednet_arena *arena = bednet_arena_new();
    unsigned char *pieces[COUNT];
    size_t sizes[COUNT];

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        sizes[i] = i % 100 == 99 ? 10000 + i : i % 70;
        if (i % 700 == 99) {
            sizes[i] = 300000 + i; /* a chunk of its own */
        }
        pieces[i] = bednet_arena_alloc(arena, sizes[i]);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        for (size_t j = 0; j < sizes[i]; j++) {
            assert_int_equal(pieces[i][j], 0);
        }
        memset(pieces[i], (int)(i % 251) + 1, sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < sizes[i]; j++) {
            assert_int_equal(pieces[i][j], i % 251 + 1);
        }
    }
    bednet_arena_free(arena);
}

static void texts_are_copied_and_terminated(void **state)
{
    struct bednet_arena *arena = bednet_arena_new();
    char original[] = {'a', '\0', 'b'};
    struct bednet_text copy = bednet_arena_text(arena, (struct bednet_text){original, 3});

    (void)state;
    memset(original, 'x', sizeof(original));
    assert_int_equal(copy.len, 3);
    assert_memory_equal(copy.ptr, "a\0b", 4);
    bednet_arena_free(arena);
}

/* Neither with many small pieces nor with large ones. */
static void the_heap_is_left_alone(void **state)
{
    struct bednet_arena *arena = bednet_arena_new();
    size_t before = mallinfo2().uordblks;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        assert_non_null(bednet_arena_alloc(arena, 64 + (size_t)(i % 100 == 0) * 100000));
    }
    assert_int_equal(mallinfo2().uordblks, before);
    bednet_arena_free(arena);
}

static void bytes_are_counted(void **state)
{
    struct bednet_arena *arena = bednet_arena_new();
    size_t empty = bednet_arena_bytes(arena);

    (void)state;
    assert_true(empty >= 1 && empty <= 128);
    for (int i = 0; i < 1000; i++) {
        assert_non_null(bednet_arena_alloc(arena, 64));
    }
    assert_true(bednet_arena_bytes(arena) >= empty + 64000 && bednet_arena_bytes(arena) <= empty + 64000 * 2);
    assert_non_null(bednet_arena_alloc(arena, 1000000));
    assert_true(bednet_arena_bytes(arena) >= empty + 1064000 &&
                bednet_arena_bytes(arena) <= empty + 1064000 + 70000);
    bednet_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(absent_stays_absent),
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(texts_are_copied_and_terminated),
        cmocka_unit_test(the_heap_is_left_alone),
        cmocka_unit_test(bytes_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
