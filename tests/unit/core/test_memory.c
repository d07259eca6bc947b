/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building fails cleanly at each single allocation, and judging makes none. The allocator is replaced by one
 * that counts and can fail; under a sanitizer, which brings its own, there is nothing to replace.
 */
#include "cmocka_first.h"

#include "core/diag.h"
#include "core/filter.h"
#include "core/template.h"
#include "rules_asking.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define REPLACED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define REPLACED 0
#endif
#endif
#ifndef REPLACED
#define REPLACED 1
#endif

static unsigned long allocations;
static unsigned long fail_at; /* the number of the allocation that fails; 0 for none */
static long live;

#if REPLACED
extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *old, size_t bytes);
extern void __libc_free(void *old);

/* Otherwise the C library's own strdup would not come here. */
#define EXPORTED __attribute__((visibility("default")))

static bool refuse(void)
{
    return ++allocations == fail_at;
}

EXPORTED void *malloc(size_t bytes)
{
    void *made = refuse() ? NULL : __libc_malloc(bytes);

    live += made != NULL;
    return made;
}

EXPORTED void *calloc(size_t count, size_t bytes)
{
    void *made = refuse() ? NULL : __libc_calloc(count, bytes);

    live += made != NULL;
    return made;
}

EXPORTED void *realloc(void *old, size_t bytes)
{
    void *made = refuse() ? NULL : __libc_realloc(old, bytes);

    live += made != NULL && old == NULL;
    return made;
}

EXPORTED void free(void *old)
{
    live -= old != NULL;
    __libc_free(old);
}

/* For pages. */
EXPORTED void *mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    if (refuse()) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    live++;
    return (void *)syscall(SYS_mmap, address, bytes, protection, flags, fd, offset);
}

EXPORTED int munmap(void *address, size_t bytes)
{
    live--;
    return (int)syscall(SYS_munmap, address, bytes);
}
#endif

static void need_replaced_allocator(void)
{
    if (!REPLACED) {
        skip();
    }
}

static const char *const filters[] = {"acme/${claim.site}/${client_id}/telemetry",
                                      "acme/+/x-${username}/#",
                                      "a/b/c/d/e",
                                      "+/+/+",
                                      "#",
                                      "a/b/${username}",
                                      "$SYS/#"};

/* Holds always; what matters is that it is there. */
static const struct bednet_condition everything = {.aspects = 0};

/* Many rules, so that every table grows more than once. */
static struct bednet_rules_builder *build(void)
{
    struct bednet_rules_builder *builder = bednet_rules_builder_new(2);
    char filter[64];

    for (uint32_t i = 0; builder != NULL && i < 100; i++) {
        const char *error;
        size_t offset;

        if (i % 3 == 0) {
            snprintf(filter, sizeof(filter), "t-${client_id}-%u/x", i);
        } else {
            snprintf(filter, sizeof(filter), "f/%u/y/%u", i, i);
        }
        if (bednet_rules_builder_add(builder, i % 2, (enum bednet_rule_kind)(i % BEDNET_RULE_KINDS),
                                     bednet_text(i < 7 ? filters[i] : filter),
                                     i % 4 == 0 ? &everything : NULL, (struct bednet_source){i + 1, 1},
                                     &error, &offset) != BEDNET_OK) {
            bednet_rules_builder_free(builder);
            return NULL;
        }
    }
    return builder;
}

static struct bednet_rules *compile(void)
{
    struct bednet_rules_builder *builder = build();
    struct bednet_rules *rules = builder != NULL ? bednet_rules_freeze(builder) : NULL;

    bednet_rules_builder_free(builder);
    return rules;
}

static void every_failing_allocation_of_rules_is_survived(void **state)
{
    long before = live;
    unsigned long at = 0;
    struct bednet_rules *rules;

    (void)state;
    need_replaced_allocator();
    do {
        allocations = 0;
        fail_at = ++at;
        rules = compile();
        fail_at = 0;
        if (rules == NULL) {
            assert_int_equal(live, before);
        }
    } while (rules == NULL && at < 10000);
    /* The first time that nothing failed, for there was no n-th allocation. */
    assert_non_null(rules);
    assert_true(at > 30);
    bednet_rules_free(rules);
    assert_int_equal(live, before);
}

/* A builder that failed in the middle of a filter still freezes, and what it said no to is not in it. */
static void a_filter_that_failed_grants_nothing(void **state)
{
    struct bednet_rules_builder *builder;
    struct bednet_rules_hits hits;
    uint16_t role = 0;
    bool failed = true;

    (void)state;
    need_replaced_allocator();
    for (unsigned long at = 1; failed && at < 100; at++) {
        struct bednet_subject subject = {.client_id = BEDNET_TEXT_LITERAL("c")};
        struct bednet_rules *rules;
        const char *error;
        size_t offset;

        builder = bednet_rules_builder_new(1);
        assert_non_null(builder);
        allocations = 0;
        fail_at = at;
        failed = bednet_rules_builder_add(builder, 0, BEDNET_ALLOW_PUBLISH, bednet_text("a/${client_id}/+/b"),
                                          &everything, (struct bednet_source){1, 1}, &error,
                                          &offset) == BEDNET_NOMEM;
        fail_at = 0;
        rules = bednet_rules_freeze(builder);
        assert_non_null(rules);
        assert_true(rules_match(rules, &role, 1, &subject, bednet_text("a/c/x/b"), 63, &hits));
        assert_int_equal(hits.source[BEDNET_ALLOW_PUBLISH].line, failed ? 0 : 1);
        assert_int_equal(bednet_rules_count(rules), failed ? 0 : 1);
        bednet_rules_free(rules);
        bednet_rules_builder_free(builder);
    }
    assert_false(failed);
}

static void judging_allocates_nothing(void **state)
{
    struct bednet_attribute site = {bednet_text("claim.site"), bednet_text("berlin")};
    struct bednet_subject subject = {bednet_text("dev1"), bednet_text("ann"), &site, 1, NULL};
    static const char *const topics[] = {
        "acme/berlin/dev1/telemetry", "acme/q/x-ann/r/s", "a/b/c/d/e", "$SYS/x", "acme/#", "+/+/+"};
    struct bednet_rules *rules;
    uint16_t roles[] = {0, 1};
    unsigned long before;
    unsigned hits_seen = 0;

    (void)state;
    need_replaced_allocator();
    rules = compile();
    assert_non_null(rules);
    before = allocations;
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
        struct bednet_rules_hits hits;
        struct bednet_text topic = bednet_text(topics[i]);

        rules_match(rules, roles, 2, &subject, topic, 63, &hits);
        for (int kind = 0; kind < BEDNET_RULE_KINDS; kind++) {
            hits_seen += hits.source[kind].line != 0;
        }
        rules_cover(rules, roles, 2, &subject, topic, 63, &hits);
        bednet_filter_matches(bednet_text("acme/+/#"), topic);
        bednet_filter_covers(bednet_text("acme/+/#"), topic);
    }
    assert_int_equal(allocations, before);
    assert_true(hits_seen > 5);
    bednet_rules_free(rules);
}

static void diagnostics_without_memory_still_fail(void **state)
{
    long before = live;

    (void)state;
    need_replaced_allocator();
    for (unsigned long at = 1; at <= 3; at++) {
        struct bednet_diag *diag = bednet_diag_new();

        assert_non_null(diag);
        allocations = 0;
        fail_at = at;
        bednet_diag_add(diag, BEDNET_ERROR, "file", (struct bednet_source){1, 1}, "wrong");
        fail_at = 0;
        assert_true(bednet_diag_failed(diag));
        assert_int_equal(bednet_diag_count(diag), at <= 2 ? 0 : 1); /* entry and file name */
        assert_int_equal(bednet_diag_dropped(diag), at <= 2 ? 1 : 0);
        bednet_diag_free(diag);
        assert_int_equal(live, before);
    }
    allocations = 0;
    fail_at = 1;
    assert_null(bednet_diag_new());
    fail_at = 0;
}

static void templates_without_memory_say_so(void **state)
{
    static const char text[] = "a-long-literal-so-that-the-first-chunk-does-not-last-${client_id}";
    unsigned long at = 0;
    enum bednet_status status;

    (void)state;
    need_replaced_allocator();
    do {
        struct bednet_arena *arena = bednet_arena_new();
        struct bednet_template tmpl;
        const char *error;
        size_t offset;

        assert_non_null(arena);
        allocations = 0;
        fail_at = ++at;
        for (int i = 0; i < 5000; i++) {
            status = bednet_template_parse(arena, bednet_text(text), &tmpl, &error, &offset);
            if (status != BEDNET_OK) {
                break;
            }
        }
        fail_at = 0;
        assert_true(status == BEDNET_OK || status == BEDNET_NOMEM);
        bednet_arena_free(arena);
    } while (status == BEDNET_NOMEM && at < 100);
    assert_int_equal(status, BEDNET_OK);
    assert_true(at > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_failing_allocation_of_rules_is_survived),
        cmocka_unit_test(a_filter_that_failed_grants_nothing),
        cmocka_unit_test(judging_allocates_nothing),
        cmocka_unit_test(diagnostics_without_memory_still_fail),
        cmocka_unit_test(templates_without_memory_say_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
