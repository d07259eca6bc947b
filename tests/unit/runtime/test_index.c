/* SPDX-License-Identifier: Apache-2.0 */
/* The table of links against an array that is looked through, on random additions, removals and walks. */
#include "cmocka_first.h"

#include "runtime/index.h"

#include <stdlib.h>

#define RECORDS 3000

struct record {
    uint64_t hash;
    bool is_in;
    int seen;
    struct bednet_index_link link;
};

struct play {
    struct bednet_index index;
    struct record records[RECORDS];
    size_t count;
};

static uint64_t random_hash(uint64_t spread)
{
    uint64_t hash = 0;
    for (int i = 0; i < 5; i++)
        hash = hash << 15 ^ (uint64_t)rand();
    /* At both ends of the range, and many alike where the spread is small. */
    return spread == 0 ? hash : (hash % 2 == 0 ? hash % spread : UINT64_MAX - hash % spread);
}

static void toggle(struct play *play, struct record *record, uint64_t spread)
{
    if (record->is_in) {
        bednet_index_remove(&play->index, &record->link);
    } else {
        record->hash = random_hash(spread);
        bednet_index_add(&play->index, &record->link, record->hash);
    }
    record->is_in = !record->is_in;
    play->count += record->is_in ? 1 : (size_t)-1;
}

static void assert_found(const struct play *play, uint64_t hash)
{
    size_t expected = 0, found = 0;
    for (size_t i = 0; i < RECORDS; i++)
        expected += play->records[i].is_in && play->records[i].hash == hash;
    for (struct bednet_index_link *link = bednet_index_find(&play->index, hash); link != NULL;
         link = bednet_index_find_next(link)) {
        const struct record *record = BEDNET_INDEX_RECORD(link, struct record, link);
        assert_true(record->is_in && record->hash == hash && link->hash == hash);
        found++;
    }
    assert_int_equal(found, expected);
}

/* All are seen once, in order. */
static void assert_walk(struct play *play)
{
    struct bednet_index_place place = {0};
    struct bednet_index_link *link;
    size_t seen = 0;
    uint64_t last = 0;
    while ((link = bednet_index_next(&play->index, &place)) != NULL) {
        assert_true(link->hash >= last);
        last = link->hash;
        seen++;
    }
    assert_int_equal(seen, play->count);
    assert_int_equal(play->index.count, play->count);
}

/* While others come and go: whoever was there all the time is seen once, and nobody twice but who came back.
 */
static void walk_through_changes(struct play *play, uint64_t spread)
{
    static bool stayed[RECORDS];
    struct bednet_index_place place = {0};
    struct bednet_index_link *link;
    for (size_t i = 0; i < RECORDS; i++) {
        stayed[i] = play->records[i].is_in;
        play->records[i].seen = 0;
    }
    while ((link = bednet_index_next(&play->index, &place)) != NULL) {
        struct record *record = BEDNET_INDEX_RECORD(link, struct record, link);
        assert_true(record->is_in);
        record->seen++;
        for (int i = rand() % 4; i > 0; i--) {
            struct record *other = rand() % 3 == 0 ? record : &play->records[rand() % RECORDS];
            if (!other->is_in && rand() % 2 == 0)
                continue;
            stayed[other - play->records] = false;
            toggle(play, other, spread);
        }
    }
    for (size_t i = 0; i < RECORDS; i++)
        if (stayed[i])
            assert_int_equal(play->records[i].seen, 1);
}

static void play_with(unsigned seed, uint64_t spread)
{
    static struct play play;
    srand(seed);
    play = (struct play){0};
    bednet_index_open(&play.index);
    assert_walk(&play);
    for (int round = 0; round < 12; round++) {
        for (int i = 0; i < RECORDS; i++) {
            struct record *record = &play.records[rand() % RECORDS];
            /* It fills and empties in turn, so that the table grows and shrinks. */
            if (record->is_in == (round % 3 == 2) || rand() % 8 == 0)
                toggle(&play, record, spread);
            if (i % 100 == 0) {
                assert_found(&play, record->hash);
                assert_found(&play, random_hash(spread));
            }
        }
        assert_walk(&play);
        walk_through_changes(&play, spread);
        assert_walk(&play);
    }
    for (size_t i = 0; i < RECORDS; i++)
        if (play.records[i].is_in)
            toggle(&play, &play.records[i], spread);
    assert_walk(&play);
    bednet_index_close(&play.index);
}

static void test_random(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 6; seed++)
        play_with(seed, 0);
}

static void test_many_alike(void **state)
{
    (void)state;
    play_with(1, 1);
    play_with(2, 3);
    play_with(3, 500);
    play_with(4, UINT64_C(1) << 40);
}

/* From one bucket for two links to one for each while it grows, and four for each at the most while it
 * shrinks. */
static void test_size(void **state)
{
    static struct bednet_index_link links[5000];
    struct bednet_index index;
    (void)state;
    srand(1);
    bednet_index_open(&index);
    for (size_t i = 0; i < 5000; i++) {
        bednet_index_add(&index, &links[i], random_hash(0));
        size_t buckets = (size_t)1 << (63 - index.shift);
        assert_true(2 * buckets >= i + 1 && buckets < i + 1 + (i == 0));
    }
    for (size_t i = 5000; i-- > 0;) {
        bednet_index_remove(&index, &links[i]);
        size_t buckets = (size_t)1 << (63 - index.shift);
        assert_true(buckets <= 64 || buckets <= 4 * i);
    }
    assert_int_equal(index.count, 0);
    bednet_index_close(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_many_alike),
        cmocka_unit_test(test_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
