/* SPDX-License-Identifier: Apache-2.0 */
/* The hashes are the ones they are said to be, by published vectors, and the keyed one heeds its key. */
#include "cmocka_first.h"

#include "core/hash.h"

static struct bednet_hash_key counting_key(void)
{
    struct bednet_hash_key key;

    for (unsigned char i = 0; i < sizeof(key.bytes); i++) {
        key.bytes[i] = i;
    }
    return key;
}

/* The example of the SipHash paper, appendix A: bytes 0 to 14 give a129ca6149be45e5. */
static void keyed_is_siphash_2_4(void **state)
{
    struct bednet_hash_key key = counting_key();
    char message[15];

    (void)state;
    for (char i = 0; i < 15; i++) {
        message[(int)i] = i;
    }
    assert_int_equal(bednet_hash_keyed(&key, (struct bednet_text){message, 15}), 0x49be45e5u);
}

static void keyed_depends_on_the_key(void **state)
{
    struct bednet_hash_key key = counting_key();
    uint32_t before = bednet_hash_keyed(&key, BEDNET_TEXT_LITERAL("client"));

    (void)state;
    key.bytes[15] ^= 1;
    assert_int_not_equal(bednet_hash_keyed(&key, BEDNET_TEXT_LITERAL("client")), before);
    assert_int_equal(bednet_hash_keyed(&key, bednet_text(NULL)),
                     bednet_hash_keyed(&key, BEDNET_TEXT_LITERAL("")));
}

static void frozen_is_xxh3(void **state)
{
    (void)state;
    assert_true(bednet_hash_frozen(BEDNET_TEXT_LITERAL("")) == UINT64_C(0x2d06800538d394c2));
    assert_true(bednet_hash_frozen(BEDNET_TEXT_LITERAL("a")) != bednet_hash_frozen(BEDNET_TEXT_LITERAL("b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keyed_is_siphash_2_4),
        cmocka_unit_test(keyed_depends_on_the_key),
        cmocka_unit_test(frozen_is_xxh3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
