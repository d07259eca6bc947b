/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers with units, and sets of characters. */
#include "cmocka_first.h"

#include "policy/characters.h"
#include "policy/scalar.h"

struct sample {
    const char *text;
    enum bednet_status status;
    uint64_t value;
};

typedef enum bednet_status (*reader)(struct bednet_text text, uint64_t *out);

static void assert_samples(reader read, const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 4711;
        enum bednet_status status = read(bednet_text(samples[i].text), &value);
        if (status != samples[i].status)
            print_error("'%s' gives %s\n", samples[i].text, bednet_status_text(status));
        assert_int_equal(status, samples[i].status);
        if (status == BEDNET_OK)
            assert_int_equal(value, samples[i].value);
    }
}

#define ASSERT_SAMPLES(read, samples)                                                                        \
    assert_samples((read), (samples), sizeof(samples) / sizeof((samples)[0]))

static void reads_numbers(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"", BEDNET_INVALID, 0},
        {"-1", BEDNET_INVALID, 0},
        {"+1", BEDNET_INVALID, 0},
        {"01", BEDNET_INVALID, 0},
        {"1.0", BEDNET_INVALID, 0},
        {"1e3", BEDNET_INVALID, 0},
        {"0x10", BEDNET_INVALID, 0},
        {" 1", BEDNET_INVALID, 0},
        {"1 ", BEDNET_INVALID, 0},
        {"1_000", BEDNET_INVALID, 0},
        {"1s", BEDNET_INVALID, 0},
        {"0", BEDNET_OK, 0},
        {"7", BEDNET_OK, 7},
        {"1000000", BEDNET_OK, 1000000},
        {"18446744073709551615", BEDNET_OK, UINT64_MAX},
        {"184467440737095516160", BEDNET_LIMIT, 0},
        {"99999999999999999999999", BEDNET_LIMIT, 0},
    };
    ASSERT_SAMPLES(bednet_scalar_number, samples);
}

static void reads_durations(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"30", BEDNET_INVALID, 0},
        {"s", BEDNET_INVALID, 0},
        {"30 s", BEDNET_INVALID, 0},
        {"1m30s", BEDNET_INVALID, 0},
        {"30S", BEDNET_INVALID, 0},
        {"30ms", BEDNET_INVALID, 0},
        {"-5m", BEDNET_INVALID, 0},
        {"1.5h", BEDNET_INVALID, 0},
        {"1w", BEDNET_INVALID, 0},
        {"0s", BEDNET_OK, 0},
        {"30s", BEDNET_OK, 30},
        {"5m", BEDNET_OK, 300},
        {"2h", BEDNET_OK, 7200},
        {"7d", BEDNET_OK, 604800},
        {"213503982334601d", BEDNET_OK, UINT64_C(18446744073709526400)},
        {"213503982334602d", BEDNET_LIMIT, 0},
    };
    ASSERT_SAMPLES(bednet_scalar_duration, samples);
}

/* bednet_scalar_time with the type of the others: what it accepts is never negative. */
static enum bednet_status read_time(struct bednet_text text, uint64_t *out)
{
    int64_t seconds = 0;
    enum bednet_status status = bednet_scalar_time(text, &seconds);
    assert_true(seconds >= 0);
    if (status == BEDNET_OK)
        *out = (uint64_t)seconds;
    return status;
}

static void reads_times(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"", BEDNET_INVALID, 0},
        {"now", BEDNET_INVALID, 0},
        {"-1", BEDNET_INVALID, 0},
        {"2026-11-22", BEDNET_INVALID, 0},
        {"2026-11-22T00:00:00", BEDNET_INVALID, 0},
        {"2026-11-22t00:00:00z", BEDNET_INVALID, 0},
        {"2026-11-22T00:00:00+", BEDNET_INVALID, 0},
        {"2026-11-22T00:00:00+01", BEDNET_INVALID, 0},
        {"2026-11-22T00:00:00+0100", BEDNET_INVALID, 0},
        {"2026-11-22T00:00:00+24:00", BEDNET_INVALID, 0},
        {"2026-11-22T00:00:00+01:60", BEDNET_INVALID, 0},
        {"2026-11-22T00:00:00+a1:00", BEDNET_INVALID, 0},
        {"2026-11-22T00:00:00 01:00", BEDNET_INVALID, 0},
        {"2026-11-22T00:00:00+01:00Z", BEDNET_INVALID, 0},
        {"2026-11-22T00:00:00Z+01:00", BEDNET_INVALID, 0},
        {"1970-01-01T00:59:59+01:00", BEDNET_INVALID, 0},
        {"9999-12-31T23:00:00-01:00", BEDNET_INVALID, 0},
        {"2026-11-22T00:00:00+00:00", BEDNET_OK, 1795305600},
        {"2026-11-22T00:00:00-00:00", BEDNET_OK, 1795305600},
        {"2026-11-22T02:00:00+02:00", BEDNET_OK, 1795305600},
        {"2026-11-21T18:30:00-05:30", BEDNET_OK, 1795305600},
        {"1970-01-01T01:00:00+01:00", BEDNET_OK, 0},
        {"1969-12-31T23:00:00-01:00", BEDNET_OK, 0},
        {"9999-12-31T23:59:59+23:59", BEDNET_OK, UINT64_C(253402214459)},
        {"2026-11-22T00:00:00.0Z", BEDNET_INVALID, 0},
        {"+026-11-22T00:00:00Z", BEDNET_INVALID, 0},
        {"2026-00-22T00:00:00Z", BEDNET_INVALID, 0},
        {"2026-13-22T00:00:00Z", BEDNET_INVALID, 0},
        {"2026-11-00T00:00:00Z", BEDNET_INVALID, 0},
        {"2026-11-31T00:00:00Z", BEDNET_INVALID, 0},
        {"2027-02-29T00:00:00Z", BEDNET_INVALID, 0},
        {"2100-02-29T00:00:00Z", BEDNET_INVALID, 0},
        {"2026-11-22T24:00:00Z", BEDNET_INVALID, 0},
        {"2026-11-22T00:60:00Z", BEDNET_INVALID, 0},
        {"2026-11-22T00:00:60Z", BEDNET_INVALID, 0},
        {"1969-12-31T23:59:59Z", BEDNET_INVALID, 0},
        {"0", BEDNET_OK, 0},
        {"1970-01-01T00:00:00Z", BEDNET_OK, 0},
        {"2000-02-29T23:59:59Z", BEDNET_OK, 951868799},
        {"2026-11-22T00:00:00Z", BEDNET_OK, 1795305600},
        {"2038-01-19T03:14:08Z", BEDNET_OK, UINT64_C(2147483648)},
        {"9999-12-31T23:59:59Z", BEDNET_OK, UINT64_C(253402300799)},
        {"253402300799", BEDNET_OK, UINT64_C(253402300799)},
        {"253402300800", BEDNET_LIMIT, 0},
        {"184467440737095516160", BEDNET_LIMIT, 0},
        {"00000000001795305600", BEDNET_INVALID, 0},
        {"12345678901234567890", BEDNET_LIMIT, 0}, /* as long as a time */
    };
    ASSERT_SAMPLES(read_time, samples);
}

static void reads_sizes(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"8KB", BEDNET_INVALID, 0},
        {"8kiB", BEDNET_INVALID, 0},
        {"8K", BEDNET_INVALID, 0},
        {"KiB", BEDNET_INVALID, 0},
        {"1.5KiB", BEDNET_INVALID, 0},
        {"8 KiB", BEDNET_INVALID, 0},
        {"300", BEDNET_OK, 300},
        {"300B", BEDNET_OK, 300},
        {"8KiB", BEDNET_OK, 8192},
        {"1MiB", BEDNET_OK, 1048576},
        {"2GiB", BEDNET_OK, UINT64_C(2147483648)},
        {"17179869184GiB", BEDNET_LIMIT, 0},
    };
    ASSERT_SAMPLES(bednet_scalar_size, samples);
}

static void assert_rate(const char *text, bool sizes, uint64_t tokens, uint64_t seconds)
{
    struct bednet_bucket_rate rate = {0};
    assert_int_equal(bednet_scalar_rate(bednet_text(text), sizes, &rate), BEDNET_OK);
    assert_int_equal(rate.tokens, tokens);
    assert_int_equal(rate.period_ns, seconds * UINT64_C(1000000000));
    assert_true(rate.period_ns <= BEDNET_BUCKET_PERIOD_NS_MAX);
    assert_int_equal(rate.burst, 0);
}

static void reads_rates(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    "/",    "/s",   "10",    "10/",   "10/d",  "10/ s",
                                      "10s", "-1/s", "01/s", "1.5/s", "8KB/s", "10//s", "10/s/s"};
    static const char *const beyond[] = {"0/s", "1099511627777/s", "99999999999999999999/s"};
    struct bednet_bucket_rate rate;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(bednet_scalar_rate(bednet_text(bad[i]), false, &rate), BEDNET_INVALID);
        assert_int_equal(bednet_scalar_rate(bednet_text(bad[i]), true, &rate), BEDNET_INVALID);
    }
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        assert_int_equal(bednet_scalar_rate(bednet_text(beyond[i]), false, &rate), BEDNET_LIMIT);
        assert_int_equal(bednet_scalar_rate(bednet_text(beyond[i]), true, &rate), BEDNET_LIMIT);
    }
    assert_int_equal(bednet_scalar_rate(bednet_text("8KiB/s"), false, &rate), BEDNET_INVALID);
    assert_rate("10/s", false, 10, 1);
    assert_rate("600/m", false, 600, 60);
    assert_rate("5/h", false, 5, 3600);
    assert_rate("500/s", true, 500, 1);
    assert_rate("64KiB/s", true, 65536, 1);
    assert_rate("1MiB/m", true, 1048576, 60);
    assert_rate("1024GiB/h", true, BEDNET_BUCKET_TOKENS_MAX, 3600);
}

static void reads_booleans(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "yes", "no", "on", "True", "TRUE", "1", "0", "truee"};
    bool value = false;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(bednet_scalar_boolean(bednet_text(bad[i]), &value), BEDNET_INVALID);
    assert_int_equal(bednet_scalar_boolean(bednet_text("true"), &value), BEDNET_OK);
    assert_true(value);
    assert_int_equal(bednet_scalar_boolean(bednet_text("false"), &value), BEDNET_OK);
    assert_false(value);
}

/* The set must be exactly the characters of `members`, and '/'. */
static void assert_set(const char *set, const char *members)
{
    uint64_t bitmap[2] = {~UINT64_C(0), ~UINT64_C(0)};
    size_t offset = 0;
    assert_null(bednet_characters_parse(bednet_text(set), bitmap, &offset));
    for (unsigned c = 1; c < 128; c++) {
        bool expected = c == '/' || strchr(members, (int)c) != NULL;
        bool found = (bitmap[c / 64] >> (c % 64) & 1) != 0;
        if (found != expected)
            print_error("'%s': character %u\n", set, c);
        assert_int_equal(found, expected);
    }
    assert_int_equal(bitmap[0] & 1, 0);
}

static void reads_sets_of_characters(void **state)
{
    (void)state;
    assert_set("a", "a");
    assert_set("-", "-");
    assert_set("-a", "-a");
    assert_set("a-", "-a");
    assert_set("--", "-");
    assert_set("a-c", "abc");
    assert_set("a-a", "a");
    assert_set("0-9a-f_.:-", "0123456789abcdef_.:-");
    assert_set("a^", "a^");
    assert_set("]x[", "[]x");
    assert_set("\\", "\\");
    assert_set("+--", "+,-");
}

static void refuses_sets_of_characters(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        size_t offset;
    } bad[] = {{"", 0},   {"b-a", 0}, {"xb-a", 1},       {"a-c-e", 3}, {"a--c", 0},
               {"^a", 0}, {"[a]", 0}, {"ab\xc3\xa4", 2}, {"a\tb", 1},  {"a\x7f", 1}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t bitmap[2] = {1, 2};
        size_t offset = 4711;
        const char *error = bednet_characters_parse(bednet_text(bad[i].set), bitmap, &offset);
        if (error == NULL || offset != bad[i].offset)
            print_error("'%s': %s at %zu\n", bad[i].set, error != NULL ? error : "accepted", offset);
        assert_non_null(error);
        assert_int_equal(offset, bad[i].offset);
        assert_true(bitmap[0] == 1 && bitmap[1] == 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(reads_durations),
        cmocka_unit_test(reads_times),
        cmocka_unit_test(reads_sizes),
        cmocka_unit_test(reads_rates),
        cmocka_unit_test(reads_booleans),
        cmocka_unit_test(reads_sets_of_characters),
        cmocka_unit_test(refuses_sets_of_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
