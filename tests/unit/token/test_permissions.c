/* SPDX-License-Identifier: Apache-2.0 */
/* Permissions as tokens write them, in three languages: what is refused, and what the rest means. */
#include "cmocka_first.h"

#include "token/claims.h"
#include "token/permissions.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define PUBLISH   (1u << BEDNET_ACTION_PUBLISH)
#define SUBSCRIBE (1u << BEDNET_ACTION_SUBSCRIBE)
#define RECEIVE   (1u << BEDNET_ACTION_RECEIVE)

static struct bednet_permissions_work work;

static struct bednet_subject holder(void)
{
    return (struct bednet_subject){.client_id = bednet_text("dev1"), .username = bednet_text("alice")};
}

/* Reads the claim `name` of the claims `json` for `who`. */
static enum bednet_reason read_for(const struct bednet_subject *who, enum bednet_permissions_format format,
                                   const char *json, const char *name, bool *present)
{
    struct bednet_claims *claims = NULL;
    assert_int_equal(bednet_claims_read(bednet_text(json), &claims), BEDNET_REASON_NONE);
    /* What the last token left behind must not show. */
    memset(&work, 0xA5, sizeof work);
    enum bednet_reason reason =
        bednet_claims_permissions(claims, bednet_text(name), format, who, &work, present);
    bednet_claims_free(claims);
    return reason;
}

/* The claim `acl` with this value. */
static enum bednet_reason read_value(enum bednet_permissions_format format, const char *value)
{
    size_t bytes = strlen(value) + 16;
    char *json = malloc(bytes);
    struct bednet_subject who = holder();
    bool present = false;
    assert_non_null(json);
    snprintf(json, bytes, "{\"acl\":%s}", value);
    enum bednet_reason reason = read_for(&who, format, json, "acl", &present);
    assert_true(present);
    free(json);
    return reason;
}

static void refuse_each(enum bednet_permissions_format format, const char *const *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (read_value(format, values[i]) != BEDNET_REASON_PERMISSIONS)
            fail_msg("not refused: %s", values[i]);
        assert_int_equal(work.count, 0);
    }
}

#define assert_refused(format, ...)                                                                          \
    do {                                                                                                     \
        const char *const refused[] = {__VA_ARGS__};                                                         \
        refuse_each(BEDNET_PERMISSIONS_##format, refused, sizeof refused / sizeof *refused);                 \
    } while (0)

#define assert_read(format, value, entries)                                                                  \
    do {                                                                                                     \
        assert_int_equal(read_value(BEDNET_PERMISSIONS_##format, value), BEDNET_REASON_NONE);                \
        assert_int_equal(work.count, entries);                                                               \
    } while (0)

static void assert_entry(size_t i, const char *filter, unsigned actions, bool denies)
{
    assert_true(i < work.count);
    assert_int_equal(work.entries[i].filter.len, strlen(filter));
    assert_memory_equal(work.entries[i].filter.ptr, filter, strlen(filter));
    assert_int_equal(work.entries[i].actions, actions);
    assert_int_equal(work.entries[i].denies, denies);
}

static void assert_plain_entry(size_t i, const char *filter, unsigned actions, bool denies)
{
    assert_entry(i, filter, actions, denies);
    assert_int_equal(work.entries[i].qos, BEDNET_PERMISSION_QOS_ALL);
    assert_int_equal(work.entries[i].retain, BEDNET_RETAIN_ANY);
    assert_false(work.entries[i].literal);
    assert_false(work.entries[i].yields);
}

/* --- Any language --- */

static void test_no_filter_no_token(void **state)
{
    (void)state;
    static const char *const filters[] = {
        "",         "#/a",        "a/#/b",      "a#",      "+a",          "a/b+/c",
        "a\\u0001", "a\\n",       "\\u007f",    "\\ufffe", "$share/g/a",  "$share/",
        "$share/g", "$share/g/#", "$share/+/a", "\\u0085", "a/\\ufdd0/b", "$share//a",
    };
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        char bednet[128], lists[128], rules[160], aif[128];
        snprintf(bednet, sizeof bednet, "{\"publish\":[\"ok\",\"%s\"]}", filters[i]);
        snprintf(lists, sizeof lists, "{\"pub\":[\"ok\",\"%s\"]}", filters[i]);
        snprintf(rules, sizeof rules, "[{\"permission\":\"deny\",\"action\":\"all\",\"topic\":\"%s\"}]",
                 filters[i]);
        snprintf(aif, sizeof aif, "[[\"%s\",[\"pub\"]]]", filters[i]);
        assert_refused(BEDNET, bednet);
        assert_refused(EMQX, lists, rules);
        assert_refused(AIF, aif);
    }
}

static void test_wrong_types(void **state)
{
    (void)state;
    static const char *const values[] = {"null", "true", "1", "\"\"", "\"publish\"", "\"a/b\"", "1.5"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        assert_refused(BEDNET, values[i]);
        assert_refused(EMQX, values[i]);
        assert_refused(AIF, values[i]);
    }
    assert_refused(BEDNET, "[]", "[\"publish\"]");
    assert_refused(AIF, "{}");
    struct bednet_subject who = holder();
    bool present;
    assert_int_equal(read_for(&who, (enum bednet_permissions_format)9, "{\"acl\":{}}", "acl", &present),
                     BEDNET_REASON_PERMISSIONS);
}

static void test_an_absent_claim_is_told_from_an_empty_one(void **state)
{
    (void)state;
    struct bednet_subject who = holder();
    bool present = true;
    assert_int_equal(read_for(&who, BEDNET_PERMISSIONS_BEDNET, "{\"scope\":\"a\"}", "acl", &present),
                     BEDNET_REASON_NONE);
    assert_false(present);
    assert_int_equal(work.count, 0);
    present = true;
    assert_int_equal(read_for(&who, BEDNET_PERMISSIONS_BEDNET, "{\"a\":{\"acl\":{}}}", "acl", &present),
                     BEDNET_REASON_NONE);
    assert_false(present);
    assert_read(BEDNET, "{}", 0);
    assert_read(EMQX, "{}", 0);
    assert_read(EMQX, "[]", 0);
    assert_read(AIF, "[]", 0);
    assert_read(AIF, "\"W10\"", 0);
    assert_false(work.conditional);
}

static void test_a_claim_inside_an_object(void **state)
{
    (void)state;
    static const char *const json =
        "{\"a\":{\"b\":{\"publish\":\"x\"}},\"https://acme.example/acl\":{\"publish\":\"y\"}}";
    struct bednet_subject who = holder();
    bool present = false;
    assert_int_equal(read_for(&who, BEDNET_PERMISSIONS_BEDNET, json, "a.b", &present), BEDNET_REASON_NONE);
    assert_true(present);
    assert_plain_entry(0, "x", PUBLISH, false);
    assert_int_equal(read_for(&who, BEDNET_PERMISSIONS_BEDNET, json, "https://acme.example/acl", &present),
                     BEDNET_REASON_NONE);
    assert_true(present);
    assert_plain_entry(0, "y", PUBLISH, false);
    assert_int_equal(read_for(&who, BEDNET_PERMISSIONS_BEDNET, json, "a", &present),
                     BEDNET_REASON_PERMISSIONS);
    for (const char *const *absent = (const char *const[]){"a.", "a.c", ".b", "a.b.c", "b", "", NULL};
         *absent != NULL; absent++) {
        assert_int_equal(read_for(&who, BEDNET_PERMISSIONS_BEDNET, json, *absent, &present),
                         BEDNET_REASON_NONE);
        assert_false(present);
    }
}

/* As deep as attributes go, and no deeper: below that nobody looked for names with two origins. */
static void test_how_deep_a_claim_may_be(void **state)
{
    (void)state;
    static const char *const json = "{\"a\":{\"b\":{\"c\":{\"d\":{\"deny\":{}}}}}}";
    struct bednet_subject who = holder();
    bool present;
    assert_int_equal(read_for(&who, BEDNET_PERMISSIONS_BEDNET, json, "a.b.c.d", &present),
                     BEDNET_REASON_NONE);
    assert_true(present);
    assert_int_equal(read_for(&who, BEDNET_PERMISSIONS_BEDNET, json, "a.b.c.d.deny", &present),
                     BEDNET_REASON_NONE);
    assert_false(present);
}

/* --- Bounds --- */

/* A list of `count` filters of `bytes` bytes each, in the form of the language; the caller frees it. */
static char *list_of(enum bednet_permissions_format format, size_t count, size_t bytes)
{
    static const char *const open[] = {"{\"publish\":[", "{\"pub\":[", "["};
    static const char *const close[] = {"]}", "]}", "]"};
    char *text = malloc(count * (bytes + 16) + 32), *end = text;
    assert_non_null(text);
    end += sprintf(end, "%s", open[format]);
    for (size_t i = 0; i < count; i++) {
        end += sprintf(end, "%s%s\"", i == 0 ? "" : ",", format == BEDNET_PERMISSIONS_AIF ? "[" : "");
        memset(end, 'a', bytes);
        end += bytes;
        end += sprintf(end, "\"%s", format == BEDNET_PERMISSIONS_AIF ? ",[\"pub\"]]" : "");
    }
    sprintf(end, "%s", close[format]);
    return text;
}

static void try_list(enum bednet_permissions_format format, size_t count, size_t bytes, bool fits)
{
    char *list = list_of(format, count, bytes);
    assert_int_equal(read_value(format, list), fits ? BEDNET_REASON_NONE : BEDNET_REASON_PERMISSIONS);
    assert_int_equal(work.count, fits ? count : 0);
    free(list);
}

static void test_what_does_not_fit_is_refused_whole(void **state)
{
    (void)state;
    static const enum bednet_permissions_format formats[] = {BEDNET_PERMISSIONS_BEDNET,
                                                             BEDNET_PERMISSIONS_EMQX, BEDNET_PERMISSIONS_AIF};
    for (size_t i = 0; i < 3; i++) {
        try_list(formats[i], BEDNET_PERMISSIONS_MAX, 64, true);
        try_list(formats[i], BEDNET_PERMISSIONS_MAX, 65, false);
        try_list(formats[i], BEDNET_PERMISSIONS_MAX + 1, 1, false);
        try_list(formats[i], 1, BEDNET_PERMISSIONS_BYTES_MAX, true);
        try_list(formats[i], 1, BEDNET_PERMISSIONS_BYTES_MAX + 1, false);
        try_list(formats[i], 2, BEDNET_PERMISSIONS_BYTES_MAX / 2 + 1, false);
    }
}

static void test_what_is_filled_in_must_fit_too(void **state)
{
    (void)state;
    char name[BEDNET_PERMISSIONS_BYTES_MAX + 1];
    struct bednet_subject who = holder();
    bool present;
    memset(name, 'n', sizeof name);
    for (size_t bytes = BEDNET_PERMISSIONS_BYTES_MAX - 4; bytes <= sizeof name; bytes++) {
        who.client_id = (struct bednet_text){name, bytes};
        enum bednet_reason reason = read_for(&who, BEDNET_PERMISSIONS_BEDNET,
                                             "{\"acl\":{\"publish\":\"d/${client_id}\"}}", "acl", &present);
        bool fits = bytes + 2 < BEDNET_PERMISSIONS_BYTES_MAX;
        assert_int_equal(reason, fits ? BEDNET_REASON_NONE : BEDNET_REASON_PERMISSIONS);
        if (fits)
            assert_int_equal(work.entries[0].filter.len, bytes + 2);
    }
}

/* --- Placeholders --- */

static void test_a_name_never_widens_a_filter(void **state)
{
    (void)state;
    static const struct bednet_text hostile[] = {
        {NULL, 0},    {"", 0},     {"+", 1},    {"#", 1},        {"a/b", 3},          {"x+", 2},
        {"dev\n", 4}, {"a\0b", 3}, {"\xff", 1}, {"\xc2\x85", 2}, {"\xef\xbf\xbe", 3}, {"\x7f", 1},
    };
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        struct bednet_subject who = {.client_id = hostile[i], .username = hostile[i]};
        bool present;
        static const struct {
            enum bednet_permissions_format format;
            const char *json;
        } tries[] = {
            {BEDNET_PERMISSIONS_BEDNET, "{\"acl\":{\"subscribe\":[\"d/${client_id}/#\"]}}"},
            {BEDNET_PERMISSIONS_BEDNET, "{\"acl\":{\"deny\":{\"receive\":\"d/${username}\"}}}"},
            {BEDNET_PERMISSIONS_EMQX, "{\"acl\":{\"sub\":[\"d/${clientid}\"]}}"},
            {BEDNET_PERMISSIONS_EMQX, "{\"acl\":{\"pub\":[\"x${username}y\"]}}"},
            {BEDNET_PERMISSIONS_EMQX, "{\"acl\":{\"all\":[\"d/%c\"]}}"},
            {BEDNET_PERMISSIONS_EMQX, "{\"acl\":{\"all\":[\"%u/#\"]}}"},
        };
        for (size_t k = 0; k < sizeof tries / sizeof *tries; k++)
            assert_int_equal(read_for(&who, tries[k].format, tries[k].json, "acl", &present),
                             BEDNET_REASON_PERMISSIONS);
        /* Without a placeholder nobody cares. */
        assert_int_equal(
            read_for(&who, BEDNET_PERMISSIONS_EMQX, "{\"acl\":{\"pub\":[\"a\"]}}", "acl", &present),
            BEDNET_REASON_NONE);
    }
}

static void test_unknown_placeholders(void **state)
{
    (void)state;
    assert_refused(BEDNET, "{\"publish\":\"${clientid}\"}", "{\"publish\":\"a/${claim.site}\"}",
                   "{\"publish\":\"${\"}", "{\"publish\":\"x${client_id\"}", "{\"publish\":\"${}\"}");
    assert_refused(EMQX, "{\"pub\":[\"${client_id}\"]}", "{\"pub\":[\"${client_attrs.x}\"]}",
                   "{\"pub\":[\"${zone}/#\"]}", "{\"pub\":[\"a/${\"]}");
}

static void test_placeholders(void **state)
{
    (void)state;
    assert_read(BEDNET, "{\"publish\":[\"d/${client_id}/x${username}y\",\"%c/%u\",\"$x/$\"]}", 3);
    assert_plain_entry(0, "d/dev1/xalicey", PUBLISH, false);
    assert_plain_entry(1, "%c/%u", PUBLISH, false);
    assert_plain_entry(2, "$x/$", PUBLISH, false);
    assert_read(EMQX, "{\"pub\":[\"${clientid}${username}\",\"%c/%u/#\",\"a%c/%cb/%\"]}", 3);
    assert_plain_entry(0, "dev1alice", PUBLISH, false);
    assert_plain_entry(1, "dev1/alice/#", PUBLISH, false);
    assert_plain_entry(2, "a%c/%cb/%", PUBLISH, false);
    assert_read(AIF, "[[\"${clientid}/%c\",[\"pub\"]]]", 1);
    assert_plain_entry(0, "${clientid}/%c", PUBLISH, false);
}

/* A value is filled in, not read again. */
static void test_a_value_is_no_placeholder(void **state)
{
    (void)state;
    struct bednet_subject who = {.client_id = bednet_text("${username}"), .username = bednet_text("%c")};
    bool present;
    assert_int_equal(
        read_for(&who, BEDNET_PERMISSIONS_EMQX, "{\"acl\":{\"pub\":[\"${clientid}/%u\"]}}", "acl", &present),
        BEDNET_REASON_NONE);
    assert_plain_entry(0, "${username}/%c", PUBLISH, false);
    /* Nor does it make a shared subscription of a filter, or a wildcard of a level. */
    who.client_id = bednet_text("$share");
    assert_int_equal(
        read_for(&who, BEDNET_PERMISSIONS_EMQX, "{\"acl\":{\"sub\":[\"${clientid}/g/a\"]}}", "acl", &present),
        BEDNET_REASON_PERMISSIONS);
}

/* --- Bednet's own list --- */

static void test_bednet_refuses(void **state)
{
    (void)state;
    assert_refused(BEDNET, "{\"pub\":[\"a\"]}", "{\"Publish\":[\"a\"]}", "{\"publish\":[\"a\"],\"x\":[]}",
                   "{\"publish\":null}", "{\"publish\":1}", "{\"publish\":{}}", "{\"publish\":[[\"a\"]]}",
                   "{\"publish\":[1]}", "{\"publish\":[null]}", "{\"deny\":[\"a\"]}", "{\"deny\":\"a\"}",
                   "{\"deny\":null}", "{\"deny\":{\"deny\":{}}}", "{\"deny\":{\"x\":[]}}", "{\"\":[]}",
                   "{\"deny\":{\"publish\":[\"#/a\"]}}", "{\"unsubscribe\":[\"a\"]}", "{\"allow\":{}}");
}

static void test_bednet_reads(void **state)
{
    (void)state;
    assert_read(BEDNET,
                "{\"publish\":[\"a\",\"b/+\"],\"subscribe\":\"s/#\",\"receive\":[\"r\"],\"deny\":{"
                "\"publish\":\"a/x\",\"subscribe\":[\"s/x\"],\"receive\":[\"$SYS/#\"]}}",
                7);
    assert_plain_entry(0, "a", PUBLISH, false);
    assert_plain_entry(1, "b/+", PUBLISH, false);
    assert_plain_entry(2, "s/#", SUBSCRIBE, false);
    assert_plain_entry(3, "r", RECEIVE, false);
    assert_plain_entry(4, "a/x", PUBLISH, true);
    assert_plain_entry(5, "s/x", SUBSCRIBE, true);
    assert_plain_entry(6, "$SYS/#", RECEIVE, true);
    assert_false(work.conditional);
    assert_read(BEDNET, "{\"publish\":[],\"deny\":{}}", 0);
    assert_read(BEDNET, "{\"publish\":[\"\\u00fc/\\ud83d\\ude00\"]}", 1);
    assert_plain_entry(0, "\xc3\xbc/\xf0\x9f\x98\x80", PUBLISH, false);
}

/* --- EMQX --- */

#define RULE(rest) "[{\"permission\":\"allow\",\"action\":\"publish\"," rest "}]"

static void test_emqx_lists_refuse(void **state)
{
    (void)state;
    assert_refused(EMQX, "{\"publish\":[\"a\"]}", "{\"pub\":\"a\"}", "{\"pub\":{}}", "{\"pub\":null}",
                   "{\"pub\":[\"a\"],\"deny\":[\"b\"]}", "{\"PUB\":[\"a\"]}", "{\"pub\":[1]}",
                   "{\"pub\":[[\"a\"]]}", "{\"pub\":[null]}");
}

static void test_emqx_rules_refuse(void **state)
{
    (void)state;
    assert_refused(EMQX, "[\"a\"]", "[[]]", "[null]", "[{}]", "[{\"permission\":\"allow\"}]",
                   "[{\"permission\":\"allow\",\"action\":\"all\"}]",
                   "[{\"permission\":\"allow\",\"topic\":\"a\"}]", "[{\"action\":\"all\",\"topic\":\"a\"}]",
                   "[{\"permission\":\"Allow\",\"action\":\"all\",\"topic\":\"a\"}]",
                   "[{\"permission\":\"ignore\",\"action\":\"all\",\"topic\":\"a\"}]",
                   "[{\"permission\":true,\"action\":\"all\",\"topic\":\"a\"}]",
                   "[{\"permission\":\"allow\",\"action\":\"receive\",\"topic\":\"a\"}]",
                   "[{\"permission\":\"allow\",\"action\":[\"publish\"],\"topic\":\"a\"}]",
                   "[{\"permission\":\"deny\",\"action\":null,\"topic\":\"a\"}]");
    assert_refused(EMQX, RULE("\"topic\":[\"a\"]"), RULE("\"topic\":null"), RULE("\"topics\":\"a\""),
                   RULE("\"topics\":[1]"), RULE("\"topic\":\"a\",\"topics\":[\"b\"]"),
                   RULE("\"topic\":\"a\",\"clientid\":\"x\""), RULE("\"topic\":\"a\",\"ipaddr\":\"::1\""),
                   RULE("\"topic\":\"a\",\"Qos\":1"));
    /* One good rule does not make up for a bad one. */
    assert_refused(EMQX, "[{\"permission\":\"allow\",\"action\":\"all\",\"topic\":\"a\"},{}]");
}

static void test_emqx_conditions_refuse(void **state)
{
    (void)state;
    assert_refused(EMQX, RULE("\"topic\":\"a\",\"qos\":3"), RULE("\"topic\":\"a\",\"qos\":-1"),
                   RULE("\"topic\":\"a\",\"qos\":10"), RULE("\"topic\":\"a\",\"qos\":1.0"),
                   RULE("\"topic\":\"a\",\"qos\":true"), RULE("\"topic\":\"a\",\"qos\":\"\""),
                   RULE("\"topic\":\"a\",\"qos\":\"3\""), RULE("\"topic\":\"a\",\"qos\":\"0,1\""),
                   RULE("\"topic\":\"a\",\"qos\":[]"), RULE("\"topic\":\"a\",\"qos\":[0,3]"),
                   RULE("\"topic\":\"a\",\"qos\":[[0]]"), RULE("\"topic\":\"a\",\"qos\":[null]"),
                   RULE("\"topic\":\"a\",\"qos\":{}"), RULE("\"topic\":\"a\",\"retain\":2"),
                   RULE("\"topic\":\"a\",\"retain\":\"yes\""), RULE("\"topic\":\"a\",\"retain\":[true]"),
                   RULE("\"topic\":\"a\",\"retain\":{}"), RULE("\"topic\":\"a\",\"retain\":1.0"));
    /* In a rule for which the condition means nothing it must be understood all the same. */
    assert_refused(EMQX, "[{\"permission\":\"deny\",\"action\":\"sub\",\"topic\":\"a\",\"retain\":\"x\"}]");
}

static void test_emqx_eq_refuses(void **state)
{
    (void)state;
    assert_refused(EMQX, RULE("\"topic\":\"eq \""), RULE("\"topic\":\"eq ${clientid}/#\""),
                   RULE("\"topic\":\"eq a/%c\""), RULE("\"topic\":\"eq ${x}\""),
                   RULE("\"topic\":\"eq $share/g/a\""), RULE("\"topic\":\"eq #/a\""));
}

static void test_emqx_reads_lists(void **state)
{
    (void)state;
    assert_read(EMQX, "{\"pub\":[\"p/${clientid}\"],\"sub\":[\"s/#\",\"eq x/#\"],\"all\":[\"a/%u\"]}", 4);
    assert_plain_entry(0, "p/dev1", PUBLISH, false);
    assert_plain_entry(1, "s/#", SUBSCRIBE, false);
    assert_entry(2, "x/#", SUBSCRIBE, false);
    assert_true(work.entries[2].literal);
    assert_plain_entry(3, "a/alice", PUBLISH | SUBSCRIBE, false);
    assert_false(work.conditional);
}

static void test_emqx_reads_rules(void **state)
{
    (void)state;
    assert_read(EMQX,
                "[{\"permission\":\"allow\",\"action\":\"publish\",\"topic\":\"p\"},"
                "{\"permission\":\"allow\",\"action\":\"sub\",\"topics\":[\"s\",\"eq t\",\"eq t/+\"]},"
                "{\"permission\":\"deny\",\"action\":\"all\",\"topics\":[\"#\"]}]",
                5);
    assert_plain_entry(0, "p", PUBLISH, false);
    assert_plain_entry(1, "s", SUBSCRIBE, false);
    assert_plain_entry(2, "t", SUBSCRIBE, false); /* without a wildcard there is nothing else it could be */
    assert_entry(3, "t/+", SUBSCRIBE, false);
    assert_true(work.entries[3].literal);
    assert_entry(4, "#", PUBLISH | SUBSCRIBE, true);
    assert_true(work.entries[4].yields);
    assert_false(work.conditional);
    assert_read(EMQX, RULE("\"topics\":[]"), 0);
}

static void test_emqx_reads_conditions(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        unsigned qos;
        enum bednet_retain_condition retain;
    } good[] = {
        {RULE("\"topic\":\"a\",\"qos\":0"), 1, BEDNET_RETAIN_ANY},
        {RULE("\"topic\":\"a\",\"qos\":\"2\""), 4, BEDNET_RETAIN_ANY},
        {RULE("\"topic\":\"a\",\"qos\":[0,1]"), 3, BEDNET_RETAIN_ANY},
        {RULE("\"topic\":\"a\",\"qos\":[\"1\",2,2]"), 6, BEDNET_RETAIN_ANY},
        {RULE("\"topic\":\"a\",\"retain\":true"), 7, BEDNET_RETAIN_SET},
        {RULE("\"topic\":\"a\",\"retain\":\"1\""), 7, BEDNET_RETAIN_SET},
        {RULE("\"topic\":\"a\",\"retain\":1"), 7, BEDNET_RETAIN_SET},
        {RULE("\"topic\":\"a\",\"retain\":\"true\""), 7, BEDNET_RETAIN_SET},
        {RULE("\"topic\":\"a\",\"retain\":false"), 7, BEDNET_RETAIN_CLEAR},
        {RULE("\"topic\":\"a\",\"retain\":0,\"qos\":1"), 2, BEDNET_RETAIN_CLEAR},
        {RULE("\"topic\":\"a\",\"retain\":\"0\""), 7, BEDNET_RETAIN_CLEAR},
        {RULE("\"topic\":\"a\",\"retain\":\"false\""), 7, BEDNET_RETAIN_CLEAR},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_read(EMQX, good[i].rule, 1);
        assert_entry(0, "a", PUBLISH, false);
        assert_int_equal(work.entries[0].qos, good[i].qos);
        assert_int_equal(work.entries[0].retain, good[i].retain);
        assert_true(work.conditional);
    }
    assert_read(EMQX, RULE("\"topic\":\"a\",\"qos\":[2,1,0],\"retain\":\"all\""), 1);
    assert_plain_entry(0, "a", PUBLISH, false);
    assert_false(work.conditional);
    assert_read(EMQX, RULE("\"topic\":\"a\",\"qos\":null,\"retain\":null"), 1);
    assert_false(work.conditional);
    /* Subscribing retains nothing. */
    assert_read(EMQX, "[{\"permission\":\"deny\",\"action\":\"sub\",\"topic\":\"a\",\"retain\":true}]", 1);
    assert_int_equal(work.entries[0].retain, BEDNET_RETAIN_ANY);
    assert_false(work.conditional);
}

/* --- AIF --- */

static void test_aif_refuses(void **state)
{
    (void)state;
    assert_refused(AIF, "[\"a\"]", "[[]]", "[[\"a\"]]", "[[\"a\",\"pub\"]]", "[[\"a\",[]]]", "[[\"a\",1]]",
                   "[[\"a\",[\"pub\"],1]]", "[[\"a\",[\"publish\"]]]", "[[\"a\",[\"pub\",\"deny\"]]]",
                   "[[\"a\",[\"PUB\"]]]", "[[\"a\",[1]]]", "[[\"a\",[[\"pub\"]]]]", "[[1,[\"pub\"]]]",
                   "[[[\"a\"],[\"pub\"]]]", "[{\"a\":[\"pub\"]}]", "[[\"a\",[\"pub\"]],[\"b\",[\"x\"]]]",
                   "[[\"a\",{\"pub\":true}]]", "[\"a\",[\"pub\"]]");
}

static void test_aif_reads(void **state)
{
    (void)state;
    assert_read(
        AIF, "[[\"topic1\",[\"pub\",\"sub\"]],[\"topic2/#\",[\"pub\"]],[\"+/topic3\",[\"sub\",\"sub\"]]]", 3);
    assert_plain_entry(0, "topic1", PUBLISH | SUBSCRIBE, false);
    assert_plain_entry(1, "topic2/#", PUBLISH, false);
    assert_plain_entry(2, "+/topic3", SUBSCRIBE, false);
    assert_false(work.conditional);
}

/* What base64url makes of the text, as a JSON string. */
static const char *encoded(const char *text)
{
    static char out[32768];
    out[0] = '"';
    assert_true(sodium_base64_encoded_len(strlen(text), sodium_base64_VARIANT_URLSAFE_NO_PADDING) + 2 <
                sizeof out);
    sodium_bin2base64(out + 1, sizeof out - 2, (const unsigned char *)text, strlen(text),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    strcat(out, "\"");
    return out;
}

static void test_aif_in_base64url(void **state)
{
    (void)state;
    assert_refused(AIF, "\"W10=\"", "\"W11\"", "\" W10\"", "\"[]\"", "\"W1\"", "\"W\"");
    assert_refused(AIF, encoded(""));
    assert_refused(AIF, encoded("{}"));
    assert_refused(AIF, encoded("[[\"a\",[\"pub\"]]"));
    assert_refused(AIF, encoded("[[\"a\",[\"pub\"]]]x"));
    assert_refused(AIF, encoded("[[\"a\",[\"all\"]]]"));
    assert_refused(AIF, encoded("[[\"#/a\",[\"pub\"]]]"));
    assert_refused(AIF, encoded("\"W10\""));
    assert_read(AIF, encoded(" [ [\"topic1\",[\"pub\",\"sub\"]], [\"\\u0061/#\",[\"sub\"]] ] "), 2);
    assert_plain_entry(0, "topic1", PUBLISH | SUBSCRIBE, false);
    assert_plain_entry(1, "a/#", SUBSCRIBE, false);
}

static void test_aif_in_base64url_is_bounded(void **state)
{
    (void)state;
    for (size_t bytes = 64; bytes <= 65; bytes++) {
        char *list = list_of(BEDNET_PERMISSIONS_AIF, BEDNET_PERMISSIONS_MAX, bytes);
        assert_int_equal(read_value(BEDNET_PERMISSIONS_AIF, encoded(list)),
                         bytes == 64 ? BEDNET_REASON_NONE : BEDNET_REASON_PERMISSIONS);
        free(list);
    }
    char *many = list_of(BEDNET_PERMISSIONS_AIF, BEDNET_PERMISSIONS_MAX + 1, 1);
    assert_refused(AIF, encoded(many));
    free(many);
    /* More values than entries could need, and more text: neither is read. */
    char spaces[16000];
    memset(spaces, ' ', sizeof spaces);
    memcpy(spaces, "[]", 2);
    spaces[6000] = '\0';
    assert_read(AIF, encoded(spaces), 0);
    spaces[6000] = ' ';
    spaces[sizeof spaces - 1] = '\0';
    assert_refused(AIF, encoded(spaces));
    char nested[64] = "[[\"a\",[";
    for (int i = 0; i < 8; i++)
        strcat(nested, "[");
    assert_refused(AIF, encoded(nested));
}

/* --- Read and asked --- */

static enum bednet_permissions_answer ask(enum bednet_action action, const char *topic, uint8_t qos)
{
    const struct bednet_permissions permissions = {.entries = work.entries, .count = work.count};
    return bednet_permissions_ask(&permissions, action, bednet_text(topic), qos, false);
}

/* The shape of list that EMQX's users write: some rules, and at the end nothing else. */
static void test_a_list_that_ends_in_deny_all(void **state)
{
    (void)state;
    assert_read(EMQX,
                "[{\"permission\":\"allow\",\"action\":\"publish\",\"topic\":\"t/${clientid}\"},"
                "{\"permission\":\"allow\",\"action\":\"subscribe\",\"topic\":\"eq t/1/#\",\"qos\":[1]},"
                "{\"permission\":\"deny\",\"action\":\"publish\",\"topic\":\"t/${clientid}/x\"},"
                "{\"permission\":\"deny\",\"action\":\"all\",\"topics\":[\"#\"]}]",
                4);
    assert_int_equal(ask(BEDNET_ACTION_PUBLISH, "t/other", 0), BEDNET_PERMISSIONS_DENY);
    assert_int_equal(ask(BEDNET_ACTION_PUBLISH, "t/dev1/x", 0), BEDNET_PERMISSIONS_DENY);
    assert_int_equal(ask(BEDNET_ACTION_SUBSCRIBE, "t/1/#", 0), BEDNET_PERMISSIONS_DENY);
    assert_int_equal(ask(BEDNET_ACTION_SUBSCRIBE, "t/1/x", 1), BEDNET_PERMISSIONS_DENY);
    assert_int_equal(ask(BEDNET_ACTION_SUBSCRIBE, "#", 1), BEDNET_PERMISSIONS_DENY);
    assert_int_equal(ask(BEDNET_ACTION_RECEIVE, "t/2", 1), BEDNET_PERMISSIONS_DENY);
    assert_int_equal(ask(BEDNET_ACTION_PUBLISH, "t/dev1", 0), BEDNET_PERMISSIONS_ALLOW);
    assert_int_equal(ask(BEDNET_ACTION_SUBSCRIBE, "t/1/#", 1), BEDNET_PERMISSIONS_ALLOW);
    assert_int_equal(ask(BEDNET_ACTION_RECEIVE, "t/1/x", 0), BEDNET_PERMISSIONS_ALLOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_filter_no_token),
        cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_an_absent_claim_is_told_from_an_empty_one),
        cmocka_unit_test(test_a_claim_inside_an_object),
        cmocka_unit_test(test_how_deep_a_claim_may_be),
        cmocka_unit_test(test_what_does_not_fit_is_refused_whole),
        cmocka_unit_test(test_what_is_filled_in_must_fit_too),
        cmocka_unit_test(test_a_name_never_widens_a_filter),
        cmocka_unit_test(test_unknown_placeholders),
        cmocka_unit_test(test_placeholders),
        cmocka_unit_test(test_a_value_is_no_placeholder),
        cmocka_unit_test(test_bednet_refuses),
        cmocka_unit_test(test_bednet_reads),
        cmocka_unit_test(test_emqx_lists_refuse),
        cmocka_unit_test(test_emqx_rules_refuse),
        cmocka_unit_test(test_emqx_conditions_refuse),
        cmocka_unit_test(test_emqx_eq_refuses),
        cmocka_unit_test(test_emqx_reads_lists),
        cmocka_unit_test(test_emqx_reads_rules),
        cmocka_unit_test(test_emqx_reads_conditions),
        cmocka_unit_test(test_aif_refuses),
        cmocka_unit_test(test_aif_reads),
        cmocka_unit_test(test_aif_in_base64url),
        cmocka_unit_test(test_aif_in_base64url_is_bounded),
        cmocka_unit_test(test_a_list_that_ends_in_deny_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
