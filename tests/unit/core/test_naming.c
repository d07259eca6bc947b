/* SPDX-License-Identifier: Apache-2.0 */
/* Naming templates: what is wrong is said where it stands, and who may use which names and filters. */
#include "cmocka_first.h"

#include "core/naming.h"
#include "core/pattern.h"
#include <stdio.h>

struct fixture {
    struct bednet_arena *arena;
    struct bednet_text organizations[3];
    struct bednet_topic_segment segments[3];
    struct bednet_naming naming;
};

static int set_up(void **state)
{
    struct fixture *fixture = test_calloc(1, sizeof(*fixture));
    const char *error;
    size_t offset;

    fixture->arena = bednet_arena_new();
    fixture->organizations[0] = bednet_text("globex");
    fixture->organizations[1] = bednet_text("acme");
    fixture->organizations[2] = bednet_text("initech");
    bednet_segment_sort(fixture->organizations, 3);
    fixture->segments[0] =
        (struct bednet_topic_segment){bednet_text("organization"), fixture->organizations, 3, NULL, {1, 1}};
    fixture->segments[1] = (struct bednet_topic_segment){.name = bednet_text("location"), .source = {2, 1}};
    fixture->segments[2] = (struct bednet_topic_segment){bednet_text("nothing"), NULL, 0, NULL, {3, 1}};
    *state = fixture;
    return bednet_regular_parse(fixture->arena, bednet_text("[a-z]{2}-[0-9]{1,4}"),
                                &fixture->segments[1].pattern, &error, &offset) != BEDNET_OK;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    bednet_arena_free(fixture->arena);
    test_free(fixture);
    return 0;
}

static void assert_refused(struct fixture *fixture, struct bednet_text text, size_t offset, const char *part)
{
    const char *error = NULL;
    size_t at = SIZE_MAX;
    enum bednet_status status =
        bednet_naming_parse(fixture->arena, text, fixture->segments, 3, &fixture->naming, &error, &at);

    if (status != BEDNET_INVALID || at != offset || strstr(error, part) == NULL) {
        fail_msg("'%s': status %d at %zu: %s", text.ptr, (int)status, at, error != NULL ? error : "-");
    }
}

static const struct bednet_naming *parse(struct fixture *fixture, const char *text)
{
    const char *error = NULL;
    size_t offset = 0;

    if (bednet_naming_parse(fixture->arena, bednet_text(text), fixture->segments, 3, &fixture->naming, &error,
                            &offset) != BEDNET_OK) {
        fail_msg("'%s' at %zu: %s", text, offset, error != NULL ? error : "no memory");
    }
    return &fixture->naming;
}

static void test_refusals(void **state)
{
    static const struct {
        const char *text;
        size_t offset;
        const char *part;
    } wrong[] = {
        {"", 0, "empty"},
        {"a/{", 2, "`{` without"},
        {"a/{b", 2, "`{` without"},
        {"{b=${client_id}", 0, "`{` without"},
        {"a/{}", 3, "no name"},
        {"{B}", 1, "no name"},
        {"{1a}", 1, "no name"},
        {"{a-b}", 1, "no name"},
        {"{aaaaaaaaaabbbbbbbbbbccccccccccddd}", 1, "no name"},
        {"{a}/{a}", 5, "stands there already"},
        {"{a}b", 3, "behind `}`"},
        {"{a}{b}", 3, "behind `}`"},
        {"a{b}", 1, "stands in no level"},
        {"a}", 1, "stands in no level"},
        {"a/+/b", 2, "stands in no level"},
        {"a/#", 2, "stands in no level"},
        {"{a=b+}", 4, "stands in no level"},
        {"{a=}", 2, "behind the name"},
        {"{a..}", 2, "behind the name"},
        {"{a....}", 2, "behind the name"},
        {"{a...=b}", 2, "behind the name"},
        {"{a...}/b", 0, "before the end"},
        {"{a=${who}}", 3, "unknown name"},
        {"x/{a=b${client_id}", 2, "`{` without"},
        {"x/${client_id", 3, "stands in no level"},
        {"${claim.}", 0, "unknown name"},
        {"a\n", 1, "a control character"},
        {"a\xff", 1, "a control character"},
    };
    struct fixture *fixture = *state;
    char deep[2 * BEDNET_TOPIC_LEVELS_MAX + 1];

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_refused(fixture, bednet_text(wrong[i].text), wrong[i].offset, wrong[i].part);
    }
    memset(deep, '/', sizeof(deep));
    assert_refused(fixture, (struct bednet_text){deep, BEDNET_TOPIC_LEVELS_MAX}, BEDNET_TOPIC_LEVELS_MAX,
                   "too many levels");
    assert_refused(fixture, (struct bednet_text){"a\0b", 3}, 1, "a control character");
}

static bool fits(const struct bednet_naming *naming, bool is_filter, const char *topic,
                 const struct bednet_subject *subject, size_t *reached)
{
    struct bednet_levels levels;

    assert_true(bednet_levels_split(bednet_text(topic), &levels));
    return is_filter ? bednet_naming_judge_filter(naming, &levels, subject, reached) == BEDNET_NAMING_FITS
                     : bednet_naming_fits(naming, &levels, subject, reached);
}

/* What fits one who is called `me`; everything else in `topics` must not. */
struct expectation {
    const char *topic;
    bool fits;
    size_t reached;
};

static void assert_all(const struct bednet_naming *naming, bool is_filter, const struct expectation *all,
                       size_t count)
{
    struct bednet_subject me = {.client_id = bednet_text("me"), .username = bednet_text("$me")};

    for (size_t i = 0; i < count; i++) {
        size_t reached = SIZE_MAX;
        bool found = fits(naming, is_filter, all[i].topic, &me, &reached);

        if (found != all[i].fits || reached != all[i].reached) {
            fail_msg("'%s' and '%s': %d, reached %zu", naming->text.ptr, all[i].topic, found, reached);
        }
    }
}

#define ASSERT_NAMES(naming, all)   assert_all(naming, false, all, sizeof(all) / sizeof((all)[0]))
#define ASSERT_FILTERS(naming, all) assert_all(naming, true, all, sizeof(all) / sizeof((all)[0]))

static const char device[] = "{organization}/{location}/{device_id=${client_id}}/{data...}";

static void test_names(void **state)
{
    static const struct expectation all[] = {
        {"acme/nb-1/me", false, 3},
        {"acme/nb-1/you/t", false, 2},
        {"acme/nb-1/me2/t", false, 2},
        {"acme/nb-1//t", false, 2},
        {"acme/NB-1/me/t", false, 1},
        {"acme/nb-12345/me/t", false, 1},
        {"evil/nb-1/me/t", false, 0},
        {"acm/nb-1/me/t", false, 0},
        {"", false, 0},
        {"acme", false, 1},
        {"/acme/nb-1/me/t", false, 0},
        {"acme/nb-1/me/t", true, 4},
        {"initech/aa-9999/me/", true, 4},
        {"globex/nb-1/me/t/u/v", true, 6},
    };

    ASSERT_NAMES(parse(*state, device), all);
    assert_true(((struct fixture *)*state)->naming.bound);
}

static void test_filters(void **state)
{
    static const struct expectation all[] = {
        {"acme/nb-1/+/t", false, 2},
        {"+/+/+/+", false, 2},
        {"acme/nb-1/#", false, 2},
        {"acme/#", false, 2},
        {"#", false, 2},
        {"evil/#", false, 0},
        {"acme/x/me/#", false, 1},
        {"acme/nb-1/you/#", false, 2},
        {"acme/nb-1/me", false, 3},
        {"acme/nb-1/me/t", true, 4},
        {"acme/nb-1/me/#", true, 3},
        {"acme/nb-1/me/t/#", true, 4},
        {"+/+/me/+", true, 4},
        {"+/nb-1/me/+/+/#", true, 5},
        {"+/nb-1/me/a/+/c", true, 6},
    };

    ASSERT_FILTERS(parse(*state, device), all);
}

static void test_filters_without_identity(void **state)
{
    static const struct expectation all[] = {
        {"dev/acme/x/#", true, 3}, {"dev/acme/x/y/#", false, 3}, {"dev/#", true, 1},    {"#", true, 0},
        {"+/#", true, 1},          {"+/+/+", true, 3},           {"+/+/+/+", false, 3}, {"+/+", false, 2},
        {"dev/evil/#", false, 1},  {"$dev/#", false, 0},         {"de/#", false, 0},
    };

    ASSERT_FILTERS(parse(*state, "dev/{organization}/{any}"), all);
}

/* MQTT keeps wildcards from what begins with `$`; names and values are kept from it alike. */
static void test_broker_names(void **state)
{
    static const struct expectation any[] = {{"$SYS/x", false, 0}, {"x/$y", true, 2}};
    static const struct expectation own[] = {{"$me/x", false, 0}};
    static const struct expectation literal[] = {{"$SYS/x/y", true, 3}, {"SYS/x", false, 0}};
    static const struct expectation filters[] = {
        {"#", false, 0}, {"+/#", false, 0}, {"$SYS/#", true, 1}, {"$SYS/+", true, 2}};
    static const struct expectation further[] = {{"x/$me", true, 2}, {"x/me", false, 1}};

    ASSERT_NAMES(parse(*state, "{a}/{b}"), any);
    ASSERT_NAMES(parse(*state, "{many...}"), any);
    ASSERT_NAMES(parse(*state, "${username}/{b}"), own);
    ASSERT_NAMES(parse(*state, "$SYS/{b...}"), literal);
    ASSERT_FILTERS(parse(*state, "$SYS/{b...}"), filters);
    ASSERT_NAMES(parse(*state, "x/{b=${username}}"), further);
}

static void test_literals_and_values(void **state)
{
    static const struct expectation mixed[] = {
        {"dev-me/x", true, 2}, {"dev-you/x", false, 0}, {"dev-/x", false, 0}, {"dev-mex/x", false, 0}};
    static const struct expectation both[] = {{"me", false, 0}, {"acme", false, 0}};
    static const struct expectation empty[] = {{"/a", true, 2}, {"a", false, 0}, {"b/a", false, 0}};
    static const struct expectation none[] = {{"x", false, 0}, {"", false, 0}};

    ASSERT_NAMES(parse(*state, "dev-${client_id}/{x}"), mixed);
    ASSERT_NAMES(parse(*state, "{organization=${client_id}}"), both);
    ASSERT_NAMES(parse(*state, "/a"), empty);
    ASSERT_NAMES(parse(*state, "{nothing}"), none);
    assert_false(parse(*state, "a/{b}/{c=d}")->bound);
}

static void test_nobody_and_unsafe_values(void **state)
{
    static const char *const unsafe[] = {"", "+", "#", "a/b", "a\x01", NULL};
    const struct bednet_naming *naming = parse(*state, "a/{b=${client_id}}");
    size_t reached;

    assert_false(fits(naming, false, "a/b", NULL, &reached));
    assert_int_equal(reached, 1);
    assert_false(fits(naming, true, "a/b", NULL, &reached));
    for (size_t i = 0; i < sizeof(unsafe) / sizeof(unsafe[0]); i++) {
        struct bednet_subject subject = {.client_id = bednet_text(unsafe[i])};
        char topic[16];

        snprintf(topic, sizeof(topic), "a/%s", unsafe[i] != NULL ? unsafe[i] : "");
        assert_false(fits(naming, false, topic, &subject, &reached));
        assert_false(fits(naming, true, "a/+", &subject, &reached));
        assert_false(fits(naming, true, "a/#", &subject, &reached));
    }
}

static enum bednet_naming_fit judge(const struct bednet_naming *naming, const char *filter,
                                    const struct bednet_subject *subject)
{
    struct bednet_levels levels;
    size_t reached;

    assert_true(bednet_levels_split(bednet_text(filter), &levels));
    return bednet_naming_judge_filter(naming, &levels, subject, &reached);
}

/* Only what reaches somebody else's topics intrudes, and nobody in particular is told so first. */
static void test_intruders(void **state)
{
    struct bednet_subject me = {.client_id = bednet_text("me"), .username = bednet_text("my")};
    const struct bednet_naming *naming = parse(*state, "a/{b=${client_id}}/{c=${username}}/{d...}");

    assert_int_equal(judge(naming, "a/+/my/#", &me), BEDNET_NAMING_INTRUDES);
    assert_int_equal(judge(naming, "#", &me), BEDNET_NAMING_INTRUDES);
    assert_int_equal(judge(naming, "a/me/+/x", &me), BEDNET_NAMING_INTRUDES);
    assert_int_equal(judge(naming, "a/you/+/x", &me), BEDNET_NAMING_DIFFERENT);
    assert_int_equal(judge(naming, "a/+/your/x", &me), BEDNET_NAMING_DIFFERENT);
    assert_int_equal(judge(naming, "a/+/my", &me), BEDNET_NAMING_DIFFERENT);
    assert_int_equal(judge(naming, "b/#", &me), BEDNET_NAMING_DIFFERENT);
    assert_int_equal(judge(naming, "a/me/my/#", &me), BEDNET_NAMING_FITS);
    assert_int_equal(judge(naming, "a/me/+/x", NULL), BEDNET_NAMING_INTRUDES);
    assert_int_equal(judge(naming, "a/you/+/x", NULL), BEDNET_NAMING_INTRUDES);
    assert_int_equal(judge(naming, "a/me/my/#", NULL), BEDNET_NAMING_DIFFERENT);
    assert_int_equal(judge(naming, "b/+/my/#", NULL), BEDNET_NAMING_DIFFERENT);
}

/* A slash and a brace in the name of a claim are the name's. */
static void test_claims_named_like_addresses(void **state)
{
    struct bednet_attribute attribute = {bednet_text("claim.https://x.example/site"), bednet_text("north")};
    struct bednet_subject subject = {.attributes = &attribute, .attribute_count = 1};
    const struct bednet_naming *naming = parse(*state, "a/{site=${claim.https://x.example/site}}/b");
    size_t reached;

    assert_int_equal(naming->level_count, 3);
    assert_true(fits(naming, false, "a/north/b", &subject, &reached));
    assert_false(fits(naming, false, "a/south/b", &subject, &reached));
    assert_false(fits(naming, false, "a/north/b/c", &subject, &reached));
}

static void test_names_of_segments(void **state)
{
    (void)state;
    assert_false(bednet_pattern_is_name((struct bednet_text){NULL, 0}));
    assert_false(bednet_pattern_is_name(bednet_text("")));
    assert_false(bednet_pattern_is_name(bednet_text("_a")));
    assert_false(bednet_pattern_is_name(bednet_text("a.b")));
    assert_true(bednet_pattern_is_name(bednet_text("a_1")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_filters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_filters_without_identity, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_broker_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_literals_and_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_and_unsafe_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_intruders, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_claims_named_like_addresses, set_up, tear_down),
        cmocka_unit_test(test_names_of_segments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
