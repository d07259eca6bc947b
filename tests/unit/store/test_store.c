/* SPDX-License-Identifier: Apache-2.0 */
/* What a store keeps, what it drops, and which files and disks it will not have. */
#include "scratch.h"

#include <sqlite3.h>
#include <sys/resource.h>

static void a_file_is_made(void **state)
{
    (void)state;
    struct stat what;
    assert_holds("");
    assert_int_equal(stat(path, &what), 0);
    assert_int_equal(what.st_mode & 07777, 0600);
    assert_holds("");
}

static void what_is_put_is_there(void **state)
{
    (void)state;
    struct bednet_store *store = start_store();
    assert_int_equal(put(store, "a", "1"), 1);
    assert_int_equal(put(store, "b", "2"), 2);
    assert_int_equal(put(store, "a", "3"), 3);
    assert_int_equal(put(store, "", "4"), 4);
    assert_int_equal(bednet_store_stop(store), 0);
    assert_holds("b=2 a=3 =4");
    store = start_store();
    assert_int_equal(put(store, "c", ""), 5);
    assert_int_equal(bednet_store_stop(store), 0);
    assert_holds("b=2 a=3 =4 c=");
}

static void any_bytes_will_do(void **state)
{
    (void)state;
    static char big[BEDNET_STORE_RECORD_BYTES_MAX + 1];
    static char id[BEDNET_STORE_CLIENT_ID_BYTES_MAX + 1];
    memset(big, 0, sizeof big);
    memset(id, '\'', sizeof id);
    struct bednet_store *store = start_store();
    assert_int_equal(bednet_store_put(store, (struct bednet_text){id, sizeof id}, bednet_text("x")), 0);
    assert_int_equal(bednet_store_put(store, bednet_text("x"), (struct bednet_text){big, sizeof big}), 0);
    assert_int_equal(bednet_store_health(store).lost, 2);
    assert_int_equal(bednet_store_put(store, (struct bednet_text){id, sizeof id - 1},
                                      (struct bednet_text){big, sizeof big - 1}),
                     1);
    assert_int_equal(bednet_store_stop(store), 0);
    store = open_store();
    char found[4096] = "";
    assert_int_equal(bednet_store_read(store, append, found, why), BEDNET_OK);
    assert_int_equal(strlen(found), sizeof id - 1 + 1);
    bednet_store_stop(store);
}

static void what_is_forgotten_is_gone(void **state)
{
    (void)state;
    struct bednet_store *store = start_store();
    put(store, "a", "1");
    put(store, "b", "2");
    uint64_t number = bednet_store_number(store);
    put(store, "c", "3");
    bednet_store_forget(store, bednet_text("b"), number);
    bednet_store_forget(store, bednet_text("c"), number); /* it came later */
    bednet_store_forget(store, bednet_text("d"), number);
    assert_int_equal(bednet_store_stop(store), 0);
    assert_holds("a=1 c=3");
    /* Of an earlier process, too. */
    store = start_store();
    bednet_store_forget(store, bednet_text("a"), bednet_store_number(store));
    bednet_store_forget(store, bednet_text("c"), 2);
    assert_int_equal(bednet_store_stop(store), 0);
    assert_holds("c=3");
}

static bool refuse(void *context, const struct bednet_store_record *record)
{
    (void)record;
    ++*(int *)context;
    return false;
}

static void a_reader_may_refuse(void **state)
{
    (void)state;
    int seen = 0;
    struct bednet_store *store = start_store();
    put(store, "a", "1");
    put(store, "b", "2");
    bednet_store_stop(store);
    store = open_store();
    assert_int_equal(bednet_store_read(store, refuse, &seen, why), BEDNET_INVALID);
    assert_int_equal(seen, 1);
    bednet_store_stop(store);
}

/* As an operator could, with the command of SQLite. */
static void change(const char *sql)
{
    sqlite3 *sqlite;
    assert_int_equal(sqlite3_open_v2(path, &sqlite, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(sqlite, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(sqlite), SQLITE_OK);
}

static void what_was_not_seen_for_long_is_dropped(void **state)
{
    (void)state;
    struct bednet_store *store = start_store();
    uint64_t gone = put(store, "gone", "1");
    put(store, "stays", "2");
    bednet_store_leave(store, bednet_text("gone"), gone);
    bednet_store_leave(store, bednet_text("stays"), gone); /* somebody earlier */
    bednet_store_stop(store);
    /* keep is an hour. The process was last known to live half an hour ago; so was who was there. */
    change("UPDATE state SET alive = unixepoch() - 1800; UPDATE identities SET seen = unixepoch() - 5000");
    assert_holds("stays=2");
    change("UPDATE identities SET seen = unixepoch() - 3500");
    assert_holds("stays=2");
    change("UPDATE identities SET seen = unixepoch() - 3700");
    assert_holds("");
}

static void of_too_many_the_latest_stay(void **state)
{
    (void)state;
    char id[16];
    struct bednet_store *store = start_store();
    for (int i = 0; i < 1200; i++) {
        snprintf(id, sizeof id, "%d", i);
        put(store, id, "x");
    }
    bednet_store_stop(store);
    int seen = 0;
    store = open_store();
    assert_int_equal(bednet_store_health(store).records, 1000);
    assert_int_equal(bednet_store_read(store, refuse, &seen, why), BEDNET_INVALID);
    bednet_store_forget(store, bednet_text("200"), 1200); /* the oldest that is left */
    assert_int_equal(bednet_store_start(store), BEDNET_OK);
    bednet_store_stop(store);
    store = open_store();
    assert_int_equal(bednet_store_health(store).records, 999);
    bednet_store_stop(store);
}

static void assert_refused(enum bednet_status status, const char *text)
{
    struct bednet_store *store;
    assert_int_equal(try_open(&store), status);
    assert_null(store);
    if (strstr(why, text) == NULL)
        fail_msg("'%s' is not in '%s'", text, why);
}

static void write_file(const char *bytes, size_t count)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, count), (ssize_t)count);
    close(fd);
}

static void files_that_are_none_of_ours(void **state)
{
    (void)state;
    static char garbage[8192];
    for (size_t i = 0; i < sizeof garbage; i++)
        garbage[i] = (char)(i * 7 + 13);
    write_file(garbage, sizeof garbage);
    assert_refused(BEDNET_INVALID, "move it away");
    write_file("x", 1);
    assert_refused(BEDNET_INVALID, "move it away");
    write_file("", 0);
    assert_holds("");
    unlink(path);
    write_file("", 0);
    change("CREATE TABLE passwords(a)");
    assert_refused(BEDNET_INVALID, "somebody else's database");
    unlink(path);
    assert_holds("");
    change("PRAGMA user_version = 2");
    assert_refused(BEDNET_INVALID, "it is of version 2");
}

/* Wherever it is cut or changed: an error, or a store that holds whole records, and never a crash. */
static void files_that_are_damaged(void **state)
{
    (void)state;
    char id[16];
    struct stat what;
    struct bednet_store *store = start_store();
    for (int i = 0; i < 300; i++) {
        snprintf(id, sizeof id, "%d", i);
        put(store, id, "a record of some length, for there to be several pages of them");
    }
    bednet_store_stop(store);
    assert_int_equal(stat(path, &what), 0);
    char *good = malloc((size_t)what.st_size);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(fd, good, (size_t)what.st_size), what.st_size);
    close(fd);
    unsigned refused = 0;
    for (int round = 0; round < 200; round++) {
        srand((unsigned)round);
        size_t length = round % 2 == 0 ? (size_t)(rand() % what.st_size) : (size_t)what.st_size;
        unlink(path);
        write_file(good, length);
        if (round % 2 != 0) {
            fd = open(path, O_WRONLY | O_CLOEXEC);
            char bytes[32];
            memset(bytes, rand(), sizeof bytes);
            assert_int_equal(pwrite(fd, bytes, sizeof bytes, rand() % (what.st_size - 32)), 32);
            close(fd);
        }
        int seen = 0;
        if (try_open(&store) == BEDNET_OK) {
            bednet_store_read(store, refuse, &seen, why);
            bednet_store_stop(store);
        } else {
            refused++;
            assert_true(why[0] != '\0');
        }
    }
    free(good);
    assert_true(refused > 100);
}

static void files_that_others_may_use(void **state)
{
    (void)state;
    static const mode_t modes[] = {0640, 0604, 0660, 0666, 0700, 0400, 04600};
    assert_holds("");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        if (modes[i] != 0400 || geteuid() == 0)
            assert_refused(BEDNET_INVALID, "its mode is not 0600");
    }
    assert_int_equal(chmod(path, 0600), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 1, 1), 0);
        assert_refused(BEDNET_INVALID, "belongs to somebody else");
        assert_int_equal(chown(path, 0, 0), 0);
    }
    assert_int_equal(chmod(folder, 0770), 0);
    assert_refused(BEDNET_INVALID, "others may write to its folder");
    assert_int_equal(chmod(folder, 0755), 0);
    assert_holds("");
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused(BEDNET_INVALID, "not a regular file");
    unlink(path);
    assert_int_equal(symlink("/dev/null", path), 0);
    assert_refused(BEDNET_INVALID, "symbolic link");
    unlink(path);
    char *slash = strrchr(path, '/');
    memcpy(slash, "/x/i.db", sizeof "/x/i.db");
    assert_refused(BEDNET_IO, "No such file or directory");
}

static void await(const struct bednet_store *store, bool failing)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (int i = 0; i < 60000 && bednet_store_health(store).failing != failing; i++)
        nanosleep(&pause, NULL);
    assert_int_equal(bednet_store_health(store).failing, failing);
}

/* No file may grow: nothing is lost, and all is written when there is room. */
static void a_disk_that_is_full(void **state)
{
    (void)state;
    struct rlimit limit;
    char id[16];
    struct bednet_store *store = start_store();
    put(store, "before", "1");
    getrlimit(RLIMIT_FSIZE, &limit);
    struct rlimit none = {.rlim_cur = 4096, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    for (int i = 0; i < 100; i++) {
        snprintf(id, sizeof id, "%d", i % 10);
        put(store, id, "x");
    }
    await(store, true);
    assert_true(bednet_store_health(store).failures > 0);
    assert_true(bednet_store_fault(store)[0] != '\0');
    bednet_store_forget(store, bednet_text("0"), bednet_store_number(store));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    await(store, false);
    assert_int_equal(bednet_store_health(store).lost, 0);
    assert_int_equal(bednet_store_stop(store), 0);
    assert_holds("before=1 1=x 2=x 3=x 4=x 5=x 6=x 7=x 8=x 9=x");
}

/* What waits has a bound; what must not come back is heard beyond it. */
static void a_queue_that_is_full(void **state)
{
    (void)state;
    static char record[1000];
    struct rlimit limit;
    char id[16];
    struct bednet_store *store;
    const struct bednet_store_options options = {
        .path = path, .keep_s = 3600, .records_max = 1000, .queue_bytes_max = 20000};
    assert_int_equal(bednet_store_open(&options, &store, why), BEDNET_OK);
    assert_int_equal(bednet_store_start(store), BEDNET_OK);
    getrlimit(RLIMIT_FSIZE, &limit);
    struct rlimit none = {.rlim_cur = 4096, .rlim_max = limit.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
    uint64_t last = 0;
    int refused = 0;
    for (int i = 0; i < 100; i++) {
        snprintf(id, sizeof id, "%d", i);
        uint64_t number =
            bednet_store_put(store, bednet_text(id), (struct bednet_text){record, sizeof record});
        assert_true(number == 0 || number == last + 1);
        refused += number == 0;
        last = number != 0 ? number : last;
    }
    await(store, true);
    assert_true(refused > 50);
    assert_int_equal(bednet_store_health(store).lost, refused);
    bednet_store_forget(store, bednet_text("0"), last);
    assert_int_equal(bednet_store_health(store).lost, refused);
    assert_true(bednet_store_stop(store) > 0);
    setrlimit(RLIMIT_FSIZE, &limit);
    assert_holds("");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_made),
        TEST(what_is_put_is_there),
        TEST(any_bytes_will_do),
        TEST(what_is_forgotten_is_gone),
        TEST(a_reader_may_refuse),
        TEST(what_was_not_seen_for_long_is_dropped),
        TEST(of_too_many_the_latest_stay),
        TEST(files_that_are_none_of_ours),
        TEST(files_that_are_damaged),
        TEST(files_that_others_may_use),
        TEST(a_disk_that_is_full),
        TEST(a_queue_that_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
