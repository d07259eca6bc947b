/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that are lost, come twice or come late, against a plain list of what came; and stamps. */
#include "cmocka_first.h"
#include "flow.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 500000 };

static void counts_what_comes_in_order(void **state)
{
    (void)state;
    struct bednet_flow flow = {0};
    for (uint32_t i = 0; i < 5000; i++)
        assert_int_equal(bednet_flow_take(&flow, i), BEDNET_FLOW_NEW);
    assert_int_equal(flow.unique, 5000);
    assert_int_equal(flow.copies + flow.belated, 0);
    assert_int_equal(flow.next, 5000);
}

static void tells_copies_and_latecomers_apart(void **state)
{
    (void)state;
    struct bednet_flow flow = {0};
    assert_int_equal(bednet_flow_take(&flow, 0), BEDNET_FLOW_NEW);
    assert_int_equal(bednet_flow_take(&flow, 0), BEDNET_FLOW_COPY);
    assert_int_equal(bednet_flow_take(&flow, 3), BEDNET_FLOW_NEW);
    assert_int_equal(bednet_flow_take(&flow, 1), BEDNET_FLOW_BELATED);
    assert_int_equal(bednet_flow_take(&flow, 1), BEDNET_FLOW_COPY);
    assert_int_equal(bednet_flow_take(&flow, 3), BEDNET_FLOW_COPY);
    assert_int_equal(flow.unique, 3); /* 2 is missing */
    assert_int_equal(flow.copies, 3);
    assert_int_equal(flow.belated, 1);
}

static void forgets_what_is_too_long_ago(void **state)
{
    (void)state;
    struct bednet_flow flow = {0};
    bednet_flow_take(&flow, 0);
    bednet_flow_take(&flow, BEDNET_FLOW_WINDOW + 1);
    assert_int_equal(bednet_flow_take(&flow, 1), BEDNET_FLOW_COPY); /* nobody can say any more */
    assert_int_equal(bednet_flow_take(&flow, 2), BEDNET_FLOW_BELATED);
    assert_int_equal(bednet_flow_take(&flow, UINT32_MAX - 1), BEDNET_FLOW_NEW);
    assert_int_equal(bednet_flow_take(&flow, UINT32_MAX - 2), BEDNET_FLOW_BELATED);
}

/* Jumps, repetitions and steps back within the window. */
static void agrees_with_a_list(void **state)
{
    (void)state;
    static unsigned char came[NUMBERS + BEDNET_FLOW_WINDOW * 4];
    unsigned short random[3] = {2, 7, 1};
    struct bednet_flow flow = {0};
    uint64_t unique = 0, copies = 0;
    uint32_t highest = 0;
    while (highest < NUMBERS) {
        long draw = nrand48(random) % 100, jump = draw == 60 ? 2 * BEDNET_FLOW_WINDOW : 64;
        uint32_t back = (uint32_t)(nrand48(random) % BEDNET_FLOW_WINDOW);
        uint32_t number = draw < 60         ? highest + 1
                          : draw < 62       ? highest + (uint32_t)(nrand48(random) % jump)
                          : back <= highest ? highest - back
                                            : 0;
        enum bednet_flow_kind kind = bednet_flow_take(&flow, number);
        assert_int_equal(kind == BEDNET_FLOW_COPY, came[number]);
        unique += !came[number];
        copies += came[number];
        came[number] = 1;
        highest = number > highest ? number : highest;
    }
    assert_int_equal(flow.unique, unique);
    assert_int_equal(flow.copies, copies);
    assert_true(copies > 1000 && flow.belated > 1000);
}

static void reads_stamps_back(void **state)
{
    (void)state;
    const struct bednet_stamp stamp = {0xdeadbeef, 77, UINT32_MAX, INT64_C(0x1122334455667788)};
    unsigned char payload[BEDNET_STAMP_BYTES + 1];
    struct bednet_stamp read;
    bednet_stamp_put(&stamp, payload);
    assert_true(bednet_stamp_get(payload, sizeof payload, &read));
    assert_int_equal(read.run, stamp.run);
    assert_int_equal(read.publisher, 77);
    assert_true(read.number == UINT32_MAX && read.sent_ns == stamp.sent_ns);
    assert_false(bednet_stamp_get(payload, BEDNET_STAMP_BYTES - 1, &read));
    payload[0] ^= 1;
    assert_false(bednet_stamp_get(payload, sizeof payload, &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_comes_in_order), cmocka_unit_test(tells_copies_and_latecomers_apart),
        cmocka_unit_test(forgets_what_is_too_long_ago), cmocka_unit_test(agrees_with_a_list),
        cmocka_unit_test(reads_stamps_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
