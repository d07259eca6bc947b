/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 at any moment, hundreds of times over: while a process opens the store, writes, tidies up or ends.
 * The file opens each time, every record is whole, and none is older than what was read there before.
 */
#include "scratch.h"

#include <signal.h>
#include <sys/wait.h>

#define ROUNDS    300
#define CLIENTS   40
#define LENGTHS   3000
#define SECONDS   60
#define FORGETFUL 5 /* every so many clients are forgotten now and then */

static char filling[LENGTHS + 32];

/* `client count length` and as many letters, which client and count decide. */
static size_t write_record(char *out, int client, unsigned count)
{
    unsigned length = (count * 7919u + (unsigned)client) % LENGTHS;
    int head = sprintf(out, "%d %u %u ", client, count, length);
    memset(out + head, 'a' + (int)((count + (unsigned)client) % 26), length);
    return (size_t)head + length;
}

/* The process that is killed: each put counts up from what was there. */
static void work(const unsigned *counts, unsigned seed)
{
    unsigned count[CLIENTS];
    struct bednet_store *store;
    memcpy(count, counts, sizeof count);
    srand(seed);
    if (try_open(&store) != BEDNET_OK || bednet_store_start(store) != BEDNET_OK)
        _exit(1);
    for (int i = 0; i < 2000; i++) {
        int client = rand() % CLIENTS;
        char id[16];
        snprintf(id, sizeof id, "%d", client);
        size_t length = write_record(filling, client, ++count[client]);
        uint64_t number = bednet_store_put(store, bednet_text(id), (struct bednet_text){filling, length});
        if (client % FORGETFUL == 0 && rand() % 3 == 0)
            bednet_store_forget(store, bednet_text(id), number);
        if (rand() % 20 == 0)
            usleep((useconds_t)(rand() % 500));
    }
    bednet_store_stop(store);
    _exit(0);
}

static bool check(void *context, const struct bednet_store_record *record)
{
    unsigned *counts = context;
    int client;
    unsigned count;
    char text[64] = "";
    memcpy(text, record->bytes.ptr, record->bytes.len < 40 ? record->bytes.len : 40);
    if (sscanf(text, "%d %u ", &client, &count) != 2 || client < 0 || client >= CLIENTS)
        return false;
    size_t length = write_record(filling, client, count);
    if (length != record->bytes.len || memcmp(filling, record->bytes.ptr, length) != 0 ||
        count < counts[client])
        return false;
    counts[client] = count;
    return true;
}

static void every_moment(void **state)
{
    (void)state;
    unsigned counts[CLIENTS] = {0};
    time_t until = time(NULL) + SECONDS;
    int killed = 0;
    for (unsigned round = 0; round < ROUNDS && time(NULL) < until; round++) {
        pid_t child = fork();
        if (child == 0)
            work(counts, round);
        assert_true(child > 0);
        srand(round * 31);
        usleep((useconds_t)(rand() % (round % 3 == 0 ? 3000 : 60000)));
        kill(child, SIGKILL);
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        killed += WIFSIGNALED(status);
        struct bednet_store *store = open_store();
        assert_int_equal(bednet_store_read(store, check, counts, why), BEDNET_OK);
        assert_int_equal(bednet_store_stop(store), 0);
    }
    print_message("killed %d times\n", killed);
    assert_true(killed > 20);
    unsigned written = 0;
    for (int i = 0; i < CLIENTS; i++)
        written += counts[i];
    assert_true(written > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_moment, scratch_make, scratch_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
