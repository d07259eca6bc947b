/* SPDX-License-Identifier: Apache-2.0 */
/* What a loader does with files that change, plans that change, and what is wrong. */
#include "loader_testing.h"
#include "threads_testing.h"

static void start(struct text_plan *plan)
{
    struct bednet_diag *diag = bednet_diag_new();
    assert_int_equal(bednet_loader_start(&eager, plan, diag, &loader), BEDNET_OK);
    assert_int_equal(bednet_diag_count(diag), 0);
    bednet_diag_free(diag);
}

/* The thread's next attempt brings a new object. */
static void await_object(const char *text)
{
    await(&told);
    assert_true(bednet_loader_take(loader));
    assert_false(bednet_loader_take(loader));
    assert_string_equal(current(), text);
    assert_true(bednet_loader_settled(loader));
}

static void a_start_that_fails(void **state)
{
    struct bednet_diag *diag = bednet_diag_new();
    (void)state;
    put("a", "bad");
    assert_int_equal(bednet_loader_start(&eager, plan_of("a"), diag, &loader), BEDNET_INVALID);
    assert_null(loader);
    assert_true(bednet_diag_failed(diag));
    assert_int_equal(bednet_loader_start(&eager, plan_of("nowhere"), diag, &loader), BEDNET_IO);
    assert_null(loader);
    assert_int_equal(atomic_load(&attempts), 2);
    bednet_diag_free(diag);
}

static void nothing_to_load(void **state)
{
    (void)state;
    start(NULL);
    assert_null(bednet_loader_current(loader));
    assert_false(bednet_loader_settled(loader));
    assert_false(bednet_loader_take(loader));
    bednet_loader_drop(loader);
    bednet_loader_reload(loader);
    assert_int_equal(bednet_loader_configure(loader, NULL), BEDNET_OK);
    assert_int_equal(count_threads(eager.thread), 0);
    assert_int_equal(bednet_loader_configure(loader, plan_of("a")), BEDNET_OK);
    assert_int_equal(count_threads(eager.thread), 1);
    assert_false(bednet_loader_settled(loader));
    await_object("first");
    assert_true(atomic_load(&blocked));
    assert_int_equal(atomic_load(&attempts), 1);
}

/* And what does not change is not read. */
static void a_file_that_changes(void **state)
{
    (void)state;
    start(plan_of("a"));
    assert_string_equal(current(), "first");
    assert_true(bednet_loader_settled(loader));
    char text[32];
    for (int i = 0; i < 20; i++) {
        snprintf(text, sizeof text, "number %02d", i);
        put("a", text);
        await_object(text);
    }
    assert_int_equal(atomic_load(&attempts), 21);
    assert_int_equal(times_said("N read: number"), 20);
    put("a", "odd");
    await_object("odd");
    assert_int_equal(times_said("W texts: "), 1);
    assert_int_equal(times_said("an odd text"), 1);
}

static void a_file_that_is_bad(void **state)
{
    (void)state;
    start(plan_of("a"));
    put("a", "bad");
    /* It is tried again and again, and told once. */
    for (int i = 0; i < 5; i++) {
        await(&told);
        assert_false(bednet_loader_take(loader));
        assert_string_equal(current(), "first");
    }
    assert_int_equal(times_said("E texts: what was read before stays in use: "), 1);
    assert_int_equal(times_said("a \"bad\" text"), 1);
    assert_int_equal(times_said("a hint"), 0);
    assert_int_equal(unlink(scratch_path("a")), 0);
    while (times_said("cannot be read") == 0)
        await(&told);
    put("a", "good again");
    while (!bednet_loader_take(loader))
        await(&told);
    assert_string_equal(current(), "good again");
    assert_int_equal(times_said("cannot be read"), 1);
    assert_int_equal(times_said("E "), 2);
}

static void told_to(void **state)
{
    (void)state;
    start(plan_of("a"));
    const void *before = bednet_loader_current(loader);
    for (int i = 0; i < 5; i++) {
        bednet_loader_reload(loader);
        await_object("first");
        assert_ptr_not_equal(bednet_loader_current(loader), before);
        before = bednet_loader_current(loader);
    }
    assert_int_equal(atomic_load(&attempts), 6);
}

/* What the broker's thread has is good until it takes another one, however many there were meanwhile. */
static void nobody_takes(void **state)
{
    (void)state;
    start(plan_of("a"));
    const struct text *before = bednet_loader_current(loader);
    for (int i = 0; i < 10; i++) {
        put("a", i % 2 == 0 ? "even" : "uneven");
        await(&told);
        assert_string_equal(before->text, "first");
    }
    assert_true(bednet_loader_take(loader));
    assert_string_equal(current(), "uneven");
    bednet_loader_drop(loader);
    assert_null(bednet_loader_current(loader));
    assert_false(bednet_loader_take(loader));
    bednet_loader_reload(loader);
    await_object("uneven");
}

static void another_plan(void **state)
{
    (void)state;
    start(plan_of("a"));
    assert_int_equal(bednet_loader_configure(loader, plan_of("b")), BEDNET_OK);
    assert_string_equal(current(), "first");
    assert_false(bednet_loader_settled(loader));
    await_object("other");
    /* The files of the plan before are nobody's business any longer. */
    put("a", "changed");
    bednet_loader_reload(loader);
    await_object("other");
    assert_int_equal(bednet_loader_configure(loader, NULL), BEDNET_OK);
    assert_string_equal(current(), "other");
    assert_false(bednet_loader_settled(loader));
    put("b", "changed, too");
    assert_int_equal(bednet_loader_configure(loader, plan_of("a")), BEDNET_OK);
    await_object("changed");
    assert_int_equal(atomic_load(&attempts), 4);
    assert_int_equal(bednet_loader_configure(loader, plan_of("nowhere")), BEDNET_OK);
    while (times_said("cannot be read") == 0)
        await(&told);
    assert_string_equal(current(), "changed");
    assert_false(bednet_loader_settled(loader));
}

/* An object that is still being built when there is another plan is nobody's. */
static void overtaken(void **state)
{
    sem_t gate, at_gate;
    (void)state;
    sem_init(&gate, 0, 0);
    sem_init(&at_gate, 0, 0);
    start(NULL);
    struct text_plan *slow = plan_of("a");
    slow->gate = &gate;
    slow->at_gate = &at_gate;
    assert_int_equal(bednet_loader_configure(loader, slow), BEDNET_OK);
    await(&at_gate);
    /* One that nobody ever sees, and then the last one. */
    assert_int_equal(bednet_loader_configure(loader, plan_of("nowhere")), BEDNET_OK);
    struct text_plan *last = plan_of("b");
    last->gate = &gate;
    last->at_gate = &at_gate;
    assert_int_equal(bednet_loader_configure(loader, last), BEDNET_OK);
    sem_post(&gate);
    await(&told);
    await(&at_gate);
    assert_false(bednet_loader_take(loader));
    assert_null(bednet_loader_current(loader));
    sem_post(&gate);
    await_object("other");
    assert_int_equal(atomic_load(&attempts), 2);
    assert_int_equal(times_said("E "), 0);
    /* Stopped in the middle of one, with another that nobody took: both are freed. */
    bednet_loader_reload(loader);
    await(&at_gate);
    sem_post(&gate);
    await(&told);
    bednet_loader_reload(loader);
    await(&at_gate);
    sem_post(&gate);
    bednet_loader_stop(loader);
    loader = NULL;
    atomic_store(&freed_here, false);
    assert_int_equal(atomic_load(&objects), 0);
    sem_destroy(&gate);
    sem_destroy(&at_gate);
}

/* The same length and the same time: what is new is the file. */
static void stamps_of_files(void **state)
{
    struct bednet_stamp stamp = {0}, empty = {0};
    (void)state;
    assert_true(bednet_stamp_holds(&empty));
    bednet_stamp_clear(&empty);
    assert_true(bednet_stamp_add(&stamp, scratch_path("a")));
    assert_true(bednet_stamp_add(&stamp, scratch_path("later")));
    assert_true(bednet_stamp_holds(&stamp));
    put("later", "here");
    assert_false(bednet_stamp_holds(&stamp));
    assert_int_equal(unlink(scratch_path("later")), 0);
    assert_true(bednet_stamp_holds(&stamp));
    put("a", "FIRST");
    assert_false(bednet_stamp_holds(&stamp));
    bednet_stamp_clear(&stamp);
    assert_int_equal(symlink("a", scratch_path("link")), 0);
    assert_true(bednet_stamp_add(&stamp, scratch_path("link")));
    assert_true(bednet_stamp_holds(&stamp));
    assert_int_equal(symlink("b", scratch_path("link.new")), 0);
    assert_int_equal(rename(scratch_path("link.new"), scratch_path("link")), 0);
    assert_false(bednet_stamp_holds(&stamp));
    bednet_stamp_clear(&stamp);
    /* Many, so that the array grows. */
    for (int i = 0; i < 100; i++)
        assert_true(bednet_stamp_add(&stamp, scratch_path(i % 2 == 0 ? "a" : "b")));
    assert_true(bednet_stamp_holds(&stamp));
    assert_int_equal(chmod(scratch_path("b"), 0640), 0);
    assert_false(bednet_stamp_holds(&stamp));
    bednet_stamp_clear(&stamp);
}

static void stamp_folder(struct bednet_stamp *stamp)
{
    bednet_stamp_clear(stamp);
    assert_true(bednet_stamp_add(stamp, scratch_path("folder")));
    assert_true(bednet_stamp_holds(stamp));
}

static void stamps_of_folders(void **state)
{
    struct bednet_stamp stamp = {0};
    (void)state;
    assert_int_equal(mkdir(scratch_path("folder"), 0700), 0);
    stamp_folder(&stamp);
    put("folder/one", "1");
    assert_false(bednet_stamp_holds(&stamp));
    put("folder/two", "2");
    stamp_folder(&stamp);
    /* Written in place: the folder itself does not change. */
    FILE *file = fopen(scratch_path("folder/one"), "a");
    fputs("more", file);
    fclose(file);
    assert_false(bednet_stamp_holds(&stamp));
    stamp_folder(&stamp);
    assert_int_equal(rename(scratch_path("folder/one"), scratch_path("folder/three")), 0);
    assert_false(bednet_stamp_holds(&stamp));
    assert_int_equal(mkdir(scratch_path("folder/below"), 0700), 0);
    stamp_folder(&stamp);
    /* Nothing below is looked at. */
    put("folder/below/one", "1");
    assert_true(bednet_stamp_holds(&stamp));
    put("folder/three", "1more");
    assert_false(bednet_stamp_holds(&stamp));
    bednet_stamp_clear(&stamp);
}

#define TEXTS(test) cmocka_unit_test_setup_teardown(test, texts_begin, texts_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEXTS(a_start_that_fails), TEXTS(nothing_to_load), TEXTS(a_file_that_changes),
        TEXTS(a_file_that_is_bad), TEXTS(told_to),         TEXTS(nobody_takes),
        TEXTS(another_plan),       TEXTS(overtaken),       TEXTS(stamps_of_files),
        TEXTS(stamps_of_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
