/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and networks: what is none, and which holds which; against counting bit by bit. */
#include "cmocka_first.h"

#include "core/address.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

static void what_is_no_address(void **state)
{
    static const char *const wrong[] = {NULL,
                                        "",
                                        "localhost",
                                        "10",
                                        "10.1",
                                        "010.0.0.1",
                                        "10.0.0.256",
                                        "10.0.0.1 ",
                                        " 10.0.0.1",
                                        "10.0.0.1%eth0",
                                        "10.0.0.1:1",
                                        "[::1]",
                                        "::1::",
                                        "1:2:3:4:5:6:7",
                                        "::g",
                                        "%eth0",
                                        "/run/a.sock",
                                        "unix-socket",
                                        "::ffff:10.0.0.300",
                                        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"};
    struct bednet_address out = {{7}};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (bednet_address_parse(wrong[i], &out)) {
            fail_msg("an address: %s", wrong[i]);
        }
        assert_int_equal(out.bytes[0], 7);
    }
    assert_true(bednet_address_parse("fe80::1%a-very-long-name-of-an-interface-that-goes-on-and-on", &out));
    assert_true(bednet_address_parse("::", &out));
}

static void what_is_no_network(void **state)
{
    static const char *const wrong[] = {"",
                                        "/8",
                                        "10.0.0.0/",
                                        "10.0.0.0/33",
                                        "10.0.0.0/-1",
                                        "10.0.0.0/08",
                                        "10.0.0.0/8/",
                                        "10.0.0.0/8 ",
                                        "10.0.0.1/8",
                                        "10.0.0.0/255.0.0.0",
                                        "10/8",
                                        "12.0.0.0/4",
                                        "2001:db8::/129",
                                        "2001:db8::1/64",
                                        "fe80::%eth0/64",
                                        "any",
                                        "10.0.0.0/0",
                                        "::ffff:10.0.0.1/104",
                                        "::/0000"};
    struct bednet_network out = {.prefix = 7};
    const char *error;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (bednet_network_parse(bednet_text(wrong[i]), &out, &error)) {
            fail_msg("a network: %s", wrong[i]);
        }
        assert_int_equal(out.prefix, 7);
    }
    assert_false(bednet_network_parse((struct bednet_text){NULL, 0}, &out, &error));
    assert_false(bednet_network_parse((struct bednet_text){"1.2.3.4\0", 8}, &out, &error));
}

static bool holds(const char *network, const char *address)
{
    struct bednet_network parsed;
    struct bednet_address client;
    const char *error;

    assert_true(bednet_network_parse(bednet_text(network), &parsed, &error));
    assert_true(bednet_address_parse(address, &client));
    return bednet_network_holds(&parsed, &client);
}

static void which_holds_which(void **state)
{
    (void)state;
    assert_false(holds("10.0.0.0/8", "11.0.0.0"));
    assert_false(holds("10.0.0.0/8", "9.255.255.255"));
    assert_false(holds("10.0.0.0/8", "::a00:1"));
    assert_false(holds("192.168.4.0/22", "192.168.8.0"));
    assert_false(holds("127.0.0.1", "127.0.0.2"));
    assert_false(holds("::/0", "10.0.0.1"));
    assert_false(holds("::/0", "::ffff:10.0.0.1"));
    assert_false(holds("0.0.0.0/0", "::1"));
    assert_false(holds("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(holds("10.0.0.0/8", "10.255.255.255"));
    assert_true(holds("10.0.0.0/8", "::ffff:10.0.0.1"));
    assert_true(holds("::ffff:10.0.0.0/104", "10.9.8.7"));
    assert_true(holds("0.0.0.0/0", "255.255.255.255"));
    assert_true(holds("192.168.4.0/22", "192.168.7.255"));
    assert_true(holds("127.0.0.1", "127.0.0.1"));
    assert_true(holds("127.0.0.1/32", "::ffff:127.0.0.1"));
    assert_true(holds("::/0", "2001:db8::1"));
    assert_true(holds("2001:db8::/33", "2001:db8:7fff::1"));
    assert_true(holds("fe80::/10", "fe80::1%eth0"));
}

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 24;
}

static void networks_agree_with_counting_bits(void **state)
{
    uint64_t seed = 42;
    unsigned inside = 0;

    (void)state;
    for (int round = 0; round < 200000; round++) {
        unsigned bits = next(&seed) % 33;
        uint32_t mask = bits == 0 ? 0 : UINT32_MAX << (32 - bits);
        uint32_t base = (uint32_t)next(&seed) & mask;
        uint32_t client = base ^ ((uint32_t)1 << next(&seed) % 32);
        bool expected = (client & mask) == base;
        char network[64], address[64];

        snprintf(network, sizeof(network), "%" PRIu32 ".%" PRIu32 ".%" PRIu32 ".%" PRIu32 "/%u", base >> 24,
                 base >> 16 & 255, base >> 8 & 255, base & 255, bits);
        snprintf(address, sizeof(address), "%s%" PRIu32 ".%" PRIu32 ".%" PRIu32 ".%" PRIu32,
                 next(&seed) % 2 == 0 ? "::ffff:" : "", client >> 24, client >> 16 & 255, client >> 8 & 255,
                 client & 255);
        if (holds(network, address) != expected) {
            fail_msg("%s in %s", address, network);
        }
        inside += expected;
    }
    assert_true(inside > 20000 && inside < 180000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_address),
        cmocka_unit_test(what_is_no_network),
        cmocka_unit_test(which_holds_which),
        cmocka_unit_test(networks_agree_with_counting_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
