/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of revocations: what is refused, who is hit, and that the index answers as somebody would who
 * reads the whole list each time.
 */
#include "policy_testing.h"
#include "refusals_revocations.h"
#include "scratch.h"

#include "policy/revocations.h"

#include <time.h>

struct list {
    enum bednet_status status;
    struct bednet_revocations *revocations;
    struct bednet_diag *diag;
};

static struct list parse_list(struct bednet_text yaml)
{
    struct list list = {.diag = bednet_diag_new()};
    assert_non_null(list.diag);
    list.status = bednet_revocations_parse("p", yaml, list.diag, &list.revocations);
    assert_int_equal(list.status == BEDNET_OK, list.revocations != NULL);
    return list;
}

static struct list parse_good_list(const char *yaml)
{
    struct list list = parse_list(bednet_text(yaml));
    assert_told(list.diag, "");
    assert_int_equal(list.status, BEDNET_OK);
    return list;
}

static void release_list(struct list *list)
{
    bednet_revocations_free(list->revocations);
    bednet_diag_free(list->diag);
}

static void refuses_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof list_refusals / sizeof list_refusals[0]; i++) {
        const struct list_refusal *refusal = &list_refusals[i];
        struct list list = parse_list(bednet_text(refusal->yaml));
        if (list.status != BEDNET_INVALID)
            print_error("accepted: %s\n", refusal->yaml);
        assert_int_equal(list.status, BEDNET_INVALID);
        assert_true(bednet_diag_failed(list.diag));
        /* The words for a syntax error are libfyaml's, and differ between versions. */
        if (strstr(refusal->told, "YAML syntax") == NULL)
            assert_told(list.diag, refusal->told);
        release_list(&list);
    }
}

static void refuses_long_values(void **state)
{
    (void)state;
    static char yaml[70000];
    for (size_t bytes = 65534; bytes <= 65536; bytes++) {
        size_t length = (size_t)sprintf(yaml, "revoked:\n  - jti: ");
        memset(yaml + length, 'a', bytes);
        struct list list = parse_list((struct bednet_text){yaml, length + bytes});
        assert_int_equal(list.status, bytes <= 65535 ? BEDNET_OK : BEDNET_INVALID);
        assert_told(list.diag,
                    bytes <= 65535 ? "" : "p:2:10: jti is longer than 65535 bytes (expected less)");
        release_list(&list);
    }
}

/* A subject out of name, value, name, value, ..., NULL. */
struct holder {
    struct bednet_attribute attributes[16];
    struct bednet_subject subject;
};

static const struct bednet_subject *hold(struct holder *holder, const char *client_id,
                                         const char *const *pairs)
{
    size_t count = 0;
    for (; pairs[2 * count] != NULL; count++)
        holder->attributes[count] =
            (struct bednet_attribute){bednet_text(pairs[2 * count]), bednet_text(pairs[2 * count + 1])};
    holder->subject = (struct bednet_subject){
        .client_id = bednet_text(client_id), .attributes = holder->attributes, .attribute_count = count};
    return &holder->subject;
}

#define WORD_BYTES 24

#define HIT(list, client_id, ...)                                                                            \
    bednet_revocations_hit((list).revocations,                                                               \
                           hold(&(struct holder){0}, (client_id), (const char *const[]){__VA_ARGS__, NULL}))

static void without_a_list_nobody_is_hit(void **state)
{
    (void)state;
    struct list none = {0};
    assert_false(HIT(none, "c", "claim.jti", "a"));
    struct list list = parse_good_list("revoked: []\n");
    assert_int_equal(bednet_revocations_count(list.revocations), 0);
    assert_false(HIT(list, "c", "claim.jti", "a"));
    assert_false(HIT(list, NULL, NULL, NULL));
    release_list(&list);
}

static void all_that_an_entry_says_must_be_true(void **state)
{
    (void)state;
    struct list list = parse_good_list("revoked:\n"
                                       "  - {issuer: i, jti: j, sub: s, client_id: c}\n"
                                       "  - {issuer: i, sub: t}\n"
                                       "  - jti: 7\n");
    assert_int_equal(bednet_revocations_count(list.revocations), 3);
    assert_true(HIT(list, "c", "claim.iss", "i", "claim.jti", "j", "claim.sub", "s"));
    assert_false(HIT(list, "d", "claim.iss", "i", "claim.jti", "j", "claim.sub", "s"));
    assert_false(HIT(list, NULL, "claim.iss", "i", "claim.jti", "j", "claim.sub", "s"));
    assert_false(HIT(list, "c", "claim.iss", "x", "claim.jti", "j", "claim.sub", "s"));
    assert_false(HIT(list, "c", "claim.jti", "j", "claim.sub", "s"));
    assert_true(HIT(list, NULL, "claim.iss", "i", "claim.sub", "t"));
    assert_false(HIT(list, NULL, "claim.iss", "t", "claim.sub", "i"));
    assert_false(HIT(list, NULL, "claim.iss", "i", "claim.sub", "T"));
    assert_true(HIT(list, "c", "claim.jti", "7"));
    assert_false(HIT(list, "7", "claim.jti", "", "claim.sub", "7", "claim.iss", "7"));
    release_list(&list);
}

/* The broker's client id, not what a claim of that name says. */
static void client_ids_are_the_sessions(void **state)
{
    (void)state;
    struct list list = parse_good_list("revoked:\n  - client_id: sensor-9\n");
    assert_true(HIT(list, "sensor-9", NULL, NULL));
    assert_false(HIT(list, "sensor-8", "claim.client_id", "sensor-9", "claim.sub", "sensor-9"));
    assert_false(HIT(list, "", NULL, NULL));
    release_list(&list);
}

static void any_value_of_several_counts(void **state)
{
    (void)state;
    struct list list = parse_good_list("revoked:\n  - {sub: b, jti: z}\n");
    assert_true(HIT(list, "c", "claim.jti", "x", "claim.jti", "y", "claim.jti", "z", "claim.sub", "a",
                    "claim.sub", "b"));
    assert_false(HIT(list, "c", "claim.jti", "x", "claim.jti", "y", "claim.sub", "a", "claim.sub", "b"));
    release_list(&list);
}

static void issued_before_is_before(void **state)
{
    (void)state;
    struct list list = parse_good_list("revoked:\n"
                                       "  - {issuer: i, issued_before: 1970-01-02T00:00:00Z}\n"
                                       "  - {sub: s, issued_before: 100}\n");
    assert_true(HIT(list, "c", "claim.iss", "i", "claim.iat", "86399"));
    assert_false(HIT(list, "c", "claim.iss", "i", "claim.iat", "86400"));
    assert_false(HIT(list, "c", "claim.iss", "k", "claim.iat", "86399"));
    assert_true(HIT(list, "c", "claim.iss", "i", "claim.iat", "-5"));
    assert_true(HIT(list, "c", "claim.sub", "s", "claim.iat", "99"));
    assert_false(HIT(list, "c", "claim.sub", "s", "claim.iat", "100"));
    assert_false(HIT(list, "c", "claim.sub", "s", "claim.iat", "9223372036854775807"));
    /* What does not tell when it was issued was issued before. */
    static const char *const untold[] = {"",    "-",    "soon", "1e9",
                                         "+99", "99.0", "100 ", "99999999999999999999"};
    assert_true(HIT(list, "c", "claim.sub", "s"));
    for (size_t i = 0; i < sizeof untold / sizeof untold[0]; i++)
        assert_true(HIT(list, "c", "claim.sub", "s", "claim.iat", untold[i]));
    assert_true(HIT(list, "c", "claim.sub", "s", "claim.iat", "100", "claim.iat", "99"));
    assert_false(HIT(list, "c", "claim.sub", "s", "claim.iat", "100", "claim.iat", "101"));
    release_list(&list);
}

/* The same holder in several entries: the one that says more holds, wherever it stands. */
static void repeated_entries_add_up(void **state)
{
    (void)state;
    struct list list = parse_good_list("revoked:\n"
                                       "  - {sub: a, issued_before: 200}\n  - {sub: a, issued_before: 100}\n"
                                       "  - {sub: b, issued_before: 100}\n  - {sub: b, issued_before: 200}\n"
                                       "  - {sub: c, issued_before: 100}\n  - {sub: c}\n"
                                       "  - {sub: d}\n  - {sub: d, issued_before: 100}\n");
    assert_int_equal(bednet_revocations_count(list.revocations), 8);
    assert_true(HIT(list, "x", "claim.sub", "a", "claim.iat", "199"));
    assert_false(HIT(list, "x", "claim.sub", "a", "claim.iat", "200"));
    assert_true(HIT(list, "x", "claim.sub", "b", "claim.iat", "199"));
    assert_false(HIT(list, "x", "claim.sub", "b", "claim.iat", "200"));
    assert_true(HIT(list, "x", "claim.sub", "c", "claim.iat", "9999999999"));
    assert_true(HIT(list, "x", "claim.sub", "d", "claim.iat", "9999999999"));
    release_list(&list);
}

static void too_many_combinations_are_revoked(void **state)
{
    (void)state;
    enum { EACH = 33 };
    struct bednet_attribute attributes[2 * EACH];
    for (size_t i = 0; i < EACH; i++) {
        attributes[i] = (struct bednet_attribute){bednet_text("claim.jti"), bednet_text("x")};
        attributes[EACH + i] = (struct bednet_attribute){bednet_text("claim.sub"), bednet_text("y")};
    }
    struct bednet_subject subject = {.attributes = attributes, .attribute_count = 2 * EACH};
    struct list list = parse_good_list("revoked:\n  - {sub: b, jti: z}\n");
    assert_true(bednet_revocations_hit(list.revocations, &subject));
    subject.attribute_count = EACH + 31; /* 33 * 31 = 1023 */
    assert_false(bednet_revocations_hit(list.revocations, &subject));
    release_list(&list);
    list = parse_good_list("revoked:\n  - sub: b\n"); /* nobody asks for pairs */
    subject.attribute_count = 2 * EACH;
    assert_false(bednet_revocations_hit(list.revocations, &subject));
    release_list(&list);
}

/* The oracle: entries as they were written, read from the first to the last. */
enum { FIELDS = 4, ENTRIES_MAX = 40 };

struct naive_entry {
    char fields[FIELDS][8]; /* issuer, jti, sub, client_id; empty: not named */
    long before;            /* -1: not named */
};

static uint32_t seed = 1;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % limit;
}

static void random_word(char out[8])
{
    snprintf(out, 8, "%c", "abc"[random_below(3)]);
}

static void random_entry(struct naive_entry *entry)
{
    do {
        for (size_t i = 0; i < FIELDS; i++) {
            entry->fields[i][0] = '\0';
            if (random_below(2) == 0)
                random_word(entry->fields[i]);
        }
        entry->before = random_below(2) == 0 ? (long)random_below(5) : -1;
    } while (entry->fields[1][0] == '\0' && entry->fields[2][0] == '\0' && entry->fields[3][0] == '\0' &&
             (entry->fields[0][0] == '\0' || entry->before < 0));
}

static size_t write_entry(char *out, const struct naive_entry *entry)
{
    static const char *const names[FIELDS] = {"issuer", "jti", "sub", "client_id"};
    size_t length = (size_t)sprintf(out, "  - {");
    const char *comma = "";
    for (size_t i = 0; i < FIELDS; i++)
        if (entry->fields[i][0] != '\0') {
            length += (size_t)sprintf(out + length, "%s%s: %s", comma, names[i], entry->fields[i]);
            comma = ", ";
        }
    if (entry->before >= 0)
        length += (size_t)sprintf(out + length, "%sissued_before: %ld", comma, entry->before);
    return length + (size_t)sprintf(out + length, "}\n");
}

static bool has(const struct bednet_subject *subject, struct bednet_text name, struct bednet_text value)
{
    for (size_t i = 0; i < subject->attribute_count; i++)
        if (bednet_text_equal(subject->attributes[i].name, name) &&
            bednet_text_equal(subject->attributes[i].value, value))
            return true;
    return false;
}

static bool naive_hit(const struct naive_entry *entry, const struct bednet_subject *subject, long issued)
{
    static const char *const names[FIELDS] = {"claim.iss", "claim.jti", "claim.sub", NULL};
    for (size_t i = 0; i < FIELDS; i++) {
        struct bednet_text wanted = bednet_text(entry->fields[i]);
        if (wanted.len > 0 && !(names[i] != NULL ? has(subject, bednet_text(names[i]), wanted)
                                                 : bednet_text_equal(subject->client_id, wanted)))
            return false;
    }
    return entry->before < 0 || issued < entry->before;
}

static long random_subject(struct bednet_subject *subject, struct bednet_attribute *attributes,
                           char words[16][WORD_BYTES])
{
    static const char *const names[] = {"claim.iss", "claim.jti", "claim.sub"};
    size_t word = 0;
    size_t count = 0;
    attributes[count++] = (struct bednet_attribute){bednet_text("claim.aa"), bednet_text("a")};
    for (size_t i = 0; i < 3; i++)
        for (uint32_t more = random_below(3); more > 0; more--, word++) {
            random_word(words[word]);
            attributes[count++] = (struct bednet_attribute){bednet_text(names[i]), bednet_text(words[word])};
        }
    long issued = (long)random_below(6) - 1;
    if (issued >= 0) {
        snprintf(words[word], WORD_BYTES, "%ld", issued);
        attributes[count++] = (struct bednet_attribute){bednet_text("claim.iat"), bednet_text(words[word++])};
    }
    random_word(words[word]);
    *subject = (struct bednet_subject){.attributes = attributes, .attribute_count = count};
    if (random_below(4) != 0)
        subject->client_id = bednet_text(words[word]);
    return issued;
}

static void agrees_with_the_oracle(void **state)
{
    (void)state;
    size_t hits = 0;
    size_t asked = 0;
    for (int round = 0; round < 400; round++) {
        struct naive_entry entries[ENTRIES_MAX];
        char yaml[ENTRIES_MAX * 100 + 100];
        size_t count = 1 + random_below(round % 2 == 0 ? 3 : ENTRIES_MAX - 1);
        size_t length = (size_t)sprintf(yaml, "revoked:\n");
        for (size_t i = 0; i < count; i++) {
            random_entry(&entries[i]);
            length += write_entry(yaml + length, &entries[i]);
        }
        struct list list = parse_good_list(yaml);
        for (int i = 0; i < 200; i++, asked++) {
            struct bednet_attribute attributes[16];
            struct bednet_subject subject;
            char words[16][WORD_BYTES];
            bool expected = false;
            long issued = random_subject(&subject, attributes, words);
            for (size_t k = 0; k < count; k++)
                expected = expected || naive_hit(&entries[k], &subject, issued);
            assert_int_equal(bednet_revocations_hit(list.revocations, &subject), expected);
            hits += expected ? 1 : 0;
        }
        release_list(&list);
    }
    assert_true(hits > asked / 10 && hits < asked - asked / 10);
}

/* The bounds are for sanitizers on a busy machine. */
enum { SECONDS_MAX = 60 };

static struct bednet_text long_list(size_t entries)
{
    char *yaml = malloc(entries * 64 + 16);
    assert_non_null(yaml);
    size_t length = (size_t)sprintf(yaml, "revoked:\n");
    for (size_t i = 0; i < entries; i++)
        length += (size_t)sprintf(yaml + length, "  - jti: 8a7c0d5e-0000-4000-8000-%012zx\n", i);
    return (struct bednet_text){yaml, length};
}

static void a_million_entries(void **state)
{
    (void)state;
    struct bednet_text yaml = long_list(BEDNET_REVOCATIONS_MAX);
    clock_t before = clock();
    struct list list = parse_list(yaml);
    double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    print_message("%zu bytes of YAML: %.2f s\n", yaml.len, seconds);
    assert_told(list.diag, "");
    assert_int_equal(bednet_revocations_count(list.revocations), BEDNET_REVOCATIONS_MAX);
    assert_true(seconds < SECONDS_MAX);
    before = clock();
    for (size_t i = 0; i < 200000; i++) {
        char jti[64];
        snprintf(jti, sizeof jti, "8a7c0d5e-0000-4000-8000-%012zx", i * 10);
        assert_int_equal(HIT(list, "c", "claim.jti", jti), i * 10 < BEDNET_REVOCATIONS_MAX);
    }
    print_message("%.2f us a question\n", (double)(clock() - before) / CLOCKS_PER_SEC / 200000 * 1e6);
    release_list(&list);
    free((void *)(uintptr_t)yaml.ptr);
}

/* JSON without line ends, as programs write it. */
static void lists_in_one_line(void **state)
{
    (void)state;
    enum { LINE = 4 * 1024 * 1024 };
    char *yaml = malloc(LINE + 64);
    assert_non_null(yaml);
    size_t length = (size_t)sprintf(yaml, "{\"revoked\":[{\"jti\":\"a\"}");
    size_t entries = 1;
    for (; length < LINE - 64; entries++)
        length += (size_t)sprintf(yaml + length, ",{\"jti\":\"8a7c0d5e-%08zx\"}", entries);
    length += (size_t)sprintf(yaml + length, "]}");
    struct list list = parse_list((struct bednet_text){yaml, length});
    assert_told(list.diag, "");
    assert_int_equal(bednet_revocations_count(list.revocations), entries);
    release_list(&list);
    memmove(yaml + 1, yaml, length);
    yaml[0] = '\n';
    memset(yaml + length + 1, ' ', LINE + 1 - length);
    list = parse_list((struct bednet_text){yaml, LINE + 2});
    assert_int_equal(list.status, BEDNET_INVALID);
    assert_told(list.diag,
                "p:2:1: a line is longer than 4194304 bytes (expected each entry on a line of its own)");
    release_list(&list);
    free(yaml);
}

static void one_entry_too_many(void **state)
{
    (void)state;
    struct bednet_text yaml = long_list(BEDNET_REVOCATIONS_MAX + 2);
    struct list list = parse_list(yaml);
    assert_int_equal(list.status, BEDNET_INVALID);
    assert_told(list.diag, "p:1000002:5: too many entries (expected at most 1000000)");
    release_list(&list);
    free((void *)(uintptr_t)yaml.ptr);
}

static void loads_from_a_file(void **state)
{
    (void)state;
    struct list list = {.diag = bednet_diag_new()};
    scratch_write("r.yaml", "revoked:\n  - jti: a\n", 0644);
    assert_int_equal(bednet_revocations_load(scratch_path("r.yaml"), list.diag, &list.revocations),
                     BEDNET_OK);
    assert_true(HIT(list, "c", "claim.jti", "a"));
    struct bednet_revocations *untouched = list.revocations;
    scratch_write("w.yaml", "revoked: []\n", 0666);
    assert_int_equal(bednet_revocations_load(scratch_path("w.yaml"), list.diag, &untouched), BEDNET_INVALID);
    assert_int_equal(bednet_revocations_load(scratch_path("none"), list.diag, &untouched), BEDNET_IO);
    assert_ptr_equal(untouched, list.revocations);
    assert_int_equal(bednet_diag_count(list.diag), 2);
    scratch_write("huge.yaml", "revoked: []\n", 0644);
    assert_int_equal(truncate(scratch_path("huge.yaml"), (off_t)BEDNET_REVOCATIONS_BYTES_MAX + 1), 0);
    assert_int_equal(bednet_revocations_load(scratch_path("huge.yaml"), list.diag, &untouched),
                     BEDNET_INVALID);
    release_list(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_lists),
        cmocka_unit_test(refuses_long_values),
        cmocka_unit_test(without_a_list_nobody_is_hit),
        cmocka_unit_test(all_that_an_entry_says_must_be_true),
        cmocka_unit_test(client_ids_are_the_sessions),
        cmocka_unit_test(any_value_of_several_counts),
        cmocka_unit_test(issued_before_is_before),
        cmocka_unit_test(repeated_entries_add_up),
        cmocka_unit_test(too_many_combinations_are_revoked),
        cmocka_unit_test(agrees_with_the_oracle),
        cmocka_unit_test(a_million_entries),
        cmocka_unit_test(lists_in_one_line),
        cmocka_unit_test(one_entry_too_many),
        cmocka_unit_test(loads_from_a_file),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}
