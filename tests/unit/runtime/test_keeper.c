/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identities that outlive the broker: stores that cannot be used, records that are nobody's, policies that
 * may not change it; then what is kept of whom, what comes back, and what the log and the metrics say of a
 * disk. A chain is no more than an address and a name here.
 */
#include "../metric.h"
#include "../store/scratch.h"

#include "runtime/counters.h"
#include "runtime/keeper.h"
#include "runtime/process.h"
#include "runtime/record.h"

#include <signal.h>
#include <sys/resource.h>

#define CHAIN_NAME "default"

static char places[2], others;
static const struct bednet_chain *const chain = (const struct bednet_chain *)&places[0];
static const struct bednet_chain *const neighbour = (const struct bednet_chain *)&places[1];

static struct bednet_policy policy;
static struct bednet_diag *diag;
static char told[4096]; /* by bednet_keepers_report */

static int set_up(void **state)
{
    if (scratch_make(state) != 0 || bednet_process_acquire() == NULL)
        return -1;
    memset(&policy, 0, sizeof policy);
    policy.path = BEDNET_TEXT_LITERAL("p.yaml");
    policy.identities.store = bednet_text(path);
    policy.identities.keep_s = 3600;
    policy.identities.source = (struct bednet_source){7, 3};
    policy.section[BEDNET_PLUGIN_JWT] = (struct bednet_source){2, 1};
    diag = bednet_diag_new();
    told[0] = '\0';
    bednet_counters_reset();
    return diag != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    bednet_process_release();
    bednet_diag_free(diag);
    return scratch_remove(state);
}

/* ---- helpers ---- */

static struct bednet_identities *identities(void)
{
    return bednet_process()->identities;
}

static struct bednet_keeper *acquire_for(const struct bednet_chain *of, const char *name)
{
    struct bednet_keeper *keeper = NULL;
    enum bednet_status status = bednet_keeper_acquire(&policy, of, name, diag, &keeper);
    if (status != BEDNET_OK)
        fail_msg("%s: %s", bednet_status_text(status),
                 bednet_diag_count(diag) > 0 ? bednet_diag_at(diag, 0)->text : "nothing said");
    assert_non_null(keeper);
    return keeper;
}

static struct bednet_keeper *acquire(void)
{
    return acquire_for(chain, CHAIN_NAME);
}

/* As when the broker ends: nobody is known any more. */
static void release(struct bednet_keeper *keeper)
{
    bednet_keeper_release(keeper, chain);
    bednet_identities_remove_chain(identities(), chain);
    bednet_identities_remove_chain(identities(), neighbour);
}

static void assert_refused(enum bednet_status expected, const char *text)
{
    struct bednet_keeper *keeper = NULL;
    char line[BEDNET_DIAG_TEXT_BYTES + 64];
    assert_int_equal(bednet_keeper_acquire(&policy, chain, CHAIN_NAME, diag, &keeper), expected);
    assert_null(keeper);
    assert_int_equal(bednet_diag_count(diag), 1);
    assert_int_equal(bednet_diag_at(diag, 0)->severity, BEDNET_ERROR);
    bednet_diag_format(bednet_diag_at(diag, 0), line, sizeof line);
    assert_ptr_equal(strstr(line, "p.yaml:7:3: the store of identities '"), line);
    assert_non_null(strstr(line, path));
    if (strstr(line, text) == NULL)
        fail_msg("no \"%s\" in: %s", text, line);
}

/* Whoever is called so, live under an address of its own. */
static struct bednet_identity *admit(const void *handle, const char *client_id, enum bednet_method method)
{
    const struct bednet_identity_spec spec = {
        .chain = chain,
        .handle = handle,
        .method = method,
        .client_id_is_vouched = method != BEDNET_METHOD_OTHER,
        .subject = {.client_id = bednet_text(client_id), .username = BEDNET_TEXT_LITERAL("user")},
    };
    assert_int_equal(bednet_identities_admit(identities(), &spec, BEDNET_IDENTITY_LIVE), BEDNET_OK);
    struct bednet_identity *identity = bednet_identities_at(identities(), handle);
    assert_non_null(identity);
    return identity;
}

static struct bednet_identity *note(struct bednet_keeper *keeper, const char *client_id)
{
    struct bednet_identity *identity = admit(client_id, client_id, BEDNET_METHOD_JWT);
    bednet_keeper_note(keeper, BEDNET_TEXT_LITERAL(CHAIN_NAME), identity, true);
    assert_true(identity->kept > 0);
    return identity;
}

/* As the broker asks about a session that is offline. */
static struct bednet_identity *known(const struct bednet_chain *to, const char *client_id)
{
    const struct bednet_client client = {
        .handle = &others, .client_id = bednet_text(client_id), .username = BEDNET_TEXT_LITERAL("user")};
    return bednet_identities_find(identities(), to, &client);
}

static bool names(void *context, const struct bednet_store_record *record)
{
    char *out = context;
    snprintf(out + strlen(out), 256 - strlen(out), "%.*s ", (int)record->client_id.len,
             record->client_id.ptr);
    return true;
}

/* The client ids that the file has, the oldest first, each with a blank behind it. */
static void assert_kept(const char *expected)
{
    char found[256] = "";
    struct bednet_store *store = open_store();
    assert_int_equal(bednet_store_read(store, names, found, why), BEDNET_OK);
    assert_int_equal(bednet_store_stop(store), 0);
    assert_string_equal(found, expected);
}

static void write_raw(const char *client_id, struct bednet_text bytes)
{
    struct bednet_store *store = start_store();
    assert_true(bednet_store_put(store, bednet_text(client_id), bytes) > 0);
    assert_int_equal(bednet_store_stop(store), 0);
}

static struct bednet_text record_of(const char *client_id)
{
    static unsigned char bytes[BEDNET_RECORD_BYTES_MAX];
    const struct bednet_identity_spec spec = {.method = BEDNET_METHOD_JWT,
                                              .subject = {.client_id = bednet_text(client_id)}};
    size_t length = bednet_record_write(&spec, BEDNET_TEXT_LITERAL(CHAIN_NAME), false, bytes);
    assert_true(length > 0);
    return (struct bednet_text){(const char *)bytes, length};
}

/* ---- what cannot be used ---- */

static void a_folder_that_is_not_there(void **state)
{
    (void)state;
    char there[sizeof path];
    strcpy(there, path);
    snprintf(path, sizeof path, "%s/x/i.db", folder);
    assert_refused(BEDNET_IO, "No such file or directory");
    /* Nothing of the attempt is in the way of the next one. */
    strcpy(path, there);
    release(acquire());
    assert_kept("");
}

static void a_file_of_somebody_else(void **state)
{
    (void)state;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        fputs("no database at all\n", file);
    assert_int_equal(fclose(file), 0);
    assert_refused(BEDNET_INVALID, "cannot be used: ");
}

static void a_record_that_is_no_identity(void **state)
{
    (void)state;
    write_raw("a", BEDNET_TEXT_LITERAL("x"));
    assert_refused(BEDNET_INVALID, "damaged identity: move it away");
}

static void a_record_of_somebody_else(void **state)
{
    (void)state;
    write_raw("a", record_of("b"));
    assert_refused(BEDNET_INVALID, "damaged identity: move it away");
    assert_null(known(chain, "a"));
    assert_null(known(chain, "b"));
}

/* Where a second chain cannot have the store, the first one can still be taken down. */
static void a_store_that_breaks_under_two_chains(void **state)
{
    (void)state;
    struct bednet_keeper *keeper = acquire(), *second = NULL;
    note(keeper, "a");
    bednet_keeper_release(acquire_for(neighbour, "other"), neighbour);
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_not_equal(bednet_keeper_acquire(&policy, neighbour, "other", diag, &second), BEDNET_OK);
    assert_null(second);
    assert_true(bednet_diag_failed(diag));
    release(keeper);
    assert_int_equal(rmdir(path), 0);
}

static void assert_refused_next(const struct bednet_keeper *keeper, const char *store, const char *text)
{
    size_t before = bednet_diag_count(diag);
    policy.identities.store = store != NULL ? bednet_text(store) : (struct bednet_text){0};
    bednet_keeper_prepare(keeper, &policy, diag);
    policy.identities.store = bednet_text(path);
    assert_int_equal(bednet_diag_count(diag), before + 1);
    assert_int_equal(bednet_diag_at(diag, before)->severity, BEDNET_ERROR);
    assert_int_equal(bednet_diag_at(diag, before)->source.line, 7);
    assert_non_null(strstr(bednet_diag_at(diag, before)->text, text));
}

static void a_policy_that_moves_the_store(void **state)
{
    (void)state;
    assert_refused_next(NULL, path, "identities.store is new");
    struct bednet_keeper *keeper = acquire();
    assert_refused_next(keeper, "/somewhere/else.db", "identities.store is another one");
    assert_refused_next(keeper, NULL, path);
    size_t before = bednet_diag_count(diag);
    bednet_keeper_prepare(keeper, &policy, diag);
    bednet_keeper_configure(keeper, &policy);
    assert_int_equal(bednet_diag_count(diag), before);
    release(keeper);
}

static void no_store(void **state)
{
    (void)state;
    struct bednet_keeper *keeper = NULL;
    policy.identities.store = (struct bednet_text){0};
    assert_int_equal(bednet_keeper_acquire(&policy, chain, CHAIN_NAME, diag, &keeper), BEDNET_OK);
    assert_null(keeper);
    struct bednet_identity *identity = admit("a", "a", BEDNET_METHOD_JWT);
    bednet_keeper_prepare(NULL, &policy, diag);
    bednet_keeper_configure(NULL, &policy);
    bednet_keeper_begin(NULL, identity);
    bednet_keeper_note(NULL, BEDNET_TEXT_LITERAL(CHAIN_NAME), identity, true);
    bednet_keeper_confirm(NULL, identity);
    bednet_keeper_leave(NULL, identity, true);
    bednet_keepers_report(NULL);
    release(NULL);
    assert_int_equal(bednet_diag_count(diag), 0);
    assert_int_equal(access(path, F_OK), -1);
}

/* ---- who is kept ---- */

static void who_is_not_kept(void **state)
{
    (void)state;
    struct bednet_keeper *keeper = acquire();
    struct bednet_identity *identity = admit("by-password", "by-password", BEDNET_METHOD_OTHER);
    bednet_keeper_note(keeper, BEDNET_TEXT_LITERAL(CHAIN_NAME), identity, true);
    assert_int_equal(identity->kept, 0);
    note(keeper, "short");
    identity = admit("short", "short", BEDNET_METHOD_JWT);
    bednet_keeper_note(keeper, BEDNET_TEXT_LITERAL(CHAIN_NAME), identity, false);
    assert_int_equal(identity->kept, 0);
    bednet_keeper_leave(keeper, note(keeper, "over"), true);
    bednet_keeper_leave(keeper, note(keeper, "offline"), false);
    note(keeper, "online");
    release(keeper);
    assert_kept("offline online ");
}

/* What was true of an earlier login would be worse than nothing. */
static void what_cannot_be_written_leaves_nothing(void **state)
{
    (void)state;
    char name[BEDNET_RECORD_CHAIN_BYTES_MAX + 2];
    memset(name, 'n', sizeof name);
    struct bednet_keeper *keeper = acquire();
    struct bednet_identity *identity = note(keeper, "a");
    bednet_keeper_note(keeper, (struct bednet_text){name, sizeof name - 1}, identity, true);
    assert_int_equal(identity->kept, 0);
    release(keeper);
    assert_kept("");
}

/* A login by other means, as the broker's password file: until its end what was kept may still be true. */
static void who_comes_by_other_means(void **state)
{
    (void)state;
    static const char *const ids[] = {"refused", "confirmed", "left", "there", "again"};
    struct bednet_keeper *keeper = acquire();
    struct bednet_identity *other[5];
    for (int i = 0; i < 5; i++) {
        note(keeper, ids[i]);
        other[i] = admit(ids[i], ids[i], BEDNET_METHOD_OTHER);
        bednet_keeper_begin(keeper, other[i]);
        assert_true(other[i]->kept > 0);
    }
    bednet_identities_remove(identities(), ids[0]);
    bednet_keeper_confirm(keeper, other[1]);
    assert_int_equal(other[1]->kept, 0);
    bednet_keeper_confirm(keeper, other[1]);
    bednet_keeper_leave(keeper, other[2], false);
    /* A token came after it: that is not what the login ended. */
    note(keeper, "again");
    release(keeper);
    assert_kept("refused again ");
}

/* ---- who comes back ---- */

static void who_comes_back(void **state)
{
    (void)state;
    struct bednet_keeper *keeper = acquire();
    static const struct bednet_text roles[] = {BEDNET_TEXT_LITERAL("device")};
    const struct bednet_identity_spec spec = {
        .chain = chain,
        .handle = &others,
        .method = BEDNET_METHOD_CERT,
        .client_id_is_vouched = true,
        .subject = {.client_id = BEDNET_TEXT_LITERAL("a"), .username = BEDNET_TEXT_LITERAL("user")},
        .role_names = roles,
        .role_name_count = 1,
        .ends_s = 4000000000,
        .ends_with_will = true,
    };
    assert_int_equal(bednet_identities_admit(identities(), &spec, BEDNET_IDENTITY_LIVE), BEDNET_OK);
    bednet_keeper_note(keeper, BEDNET_TEXT_LITERAL(CHAIN_NAME), bednet_identities_at(identities(), &others),
                       true);
    note(keeper, "b");
    release(keeper);
    assert_null(known(chain, "a"));

    keeper = acquire();
    assert_int_equal(metric("mosquitto_identities"), 2);
    struct bednet_identity *identity = known(chain, "a");
    assert_non_null(identity);
    assert_int_equal(identity->state, BEDNET_IDENTITY_RETIRED);
    assert_int_equal(identity->method, BEDNET_METHOD_CERT);
    assert_int_equal(identity->kept, 1);
    assert_true(identity->client_id_is_vouched);
    assert_true(identity->ends_with_will);
    assert_false(identity->ended);
    assert_int_equal(identity->expiry.ends_s, 4000000000);
    assert_int_equal(identity->pack.role_count, 1);
    assert_true(bednet_text_equal(bednet_pack_role(&identity->pack, 0), roles[0]));
    assert_int_equal(known(chain, "b")->kept, 2);
    assert_null(known(chain, "c"));
    assert_null(known(neighbour, "a"));
    /* Numbers go on where they were. */
    assert_true(note(keeper, "c")->kept > 2);
    release(keeper);
    assert_kept("a b c ");
}

/* A session that was revoked has no right after a restart either. */
static void what_ended_stays_ended(void **state)
{
    (void)state;
    struct bednet_keeper *keeper = acquire();
    struct bednet_identity *identity = note(keeper, "a");
    bednet_identities_end(identities(), identity, BEDNET_END_REVOKED, false);
    bednet_keeper_note(keeper, BEDNET_TEXT_LITERAL(CHAIN_NAME), identity, true);
    release(keeper);
    keeper = acquire();
    assert_true(known(chain, "a")->ended);
    release(keeper);
}

/* Two chains, one file: each has its own back, and the last one closes it. */
static void chains_that_share_a_file(void **state)
{
    (void)state;
    struct bednet_keeper *keeper = acquire();
    note(keeper, "a");
    bednet_keeper_note(keeper, BEDNET_TEXT_LITERAL("other"), admit("b", "b", BEDNET_METHOD_JWT), true);
    release(keeper);
    keeper = acquire();
    assert_ptr_equal(acquire_for(neighbour, "other"), keeper);
    assert_non_null(known(chain, "a"));
    assert_null(known(chain, "b"));
    assert_null(known(neighbour, "a"));
    assert_non_null(known(neighbour, "b"));
    bednet_keeper_release(keeper, neighbour);
    note(keeper, "c");
    release(keeper);
    assert_kept("a b c ");
}

/* The process has room for 200,000, which would take minutes to write. */
static void make_room_for(size_t capacity)
{
    struct bednet_process *process = bednet_process();
    bednet_identities_free(process->identities);
    process->identities = bednet_identities_new(&process->key, capacity);
    assert_non_null(process->identities);
}

static void more_than_there_is_room_for(void **state)
{
    (void)state;
    struct bednet_keeper *keeper = acquire();
    note(keeper, "a");
    note(keeper, "b");
    note(keeper, "c");
    release(keeper);

    make_room_for(3);
    keeper = acquire();
    assert_int_equal(bednet_diag_count(diag), 0);
    assert_non_null(known(chain, "a"));
    release(keeper);

    make_room_for(1);
    keeper = acquire();
    assert_int_equal(bednet_diag_count(diag), 1);
    const struct bednet_diag_entry *entry = bednet_diag_at(diag, 0);
    assert_int_equal(entry->severity, BEDNET_WARNING);
    assert_int_equal(entry->source.line, policy.identities.source.line);
    assert_non_null(strstr(entry->text, path));
    assert_non_null(strstr(entry->text, "' holds 2 more than there is room for: the oldest are not known"));
    assert_null(known(chain, "a"));
    assert_null(known(chain, "b"));
    assert_non_null(known(chain, "c"));
    release(keeper);
    /* What nobody knows now may find room after the next restart. */
    assert_kept("a b c ");
}

/* ---- what is told ---- */

static void hear(enum bednet_severity severity, const char *line)
{
    size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%c %s\n", severity == BEDNET_ERROR ? 'E' : 'W', line);
}

static void report_until(const char *text)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    for (int i = 0; i < 60000 && strstr(told, text) == NULL; i++) {
        bednet_keepers_report(hear);
        nanosleep(&pause, NULL);
    }
    assert_non_null(strstr(told, text));
}

static size_t lines(void)
{
    size_t count = 0;
    for (const char *at = told; *at != '\0'; at++)
        count += *at == '\n';
    return count;
}

static void a_disk_that_is_full(void **state)
{
    (void)state;
    struct rlimit limit;
    struct bednet_keeper *keeper = acquire();
    bednet_keepers_report(hear);
    assert_string_equal(told, "");
    getrlimit(RLIMIT_FSIZE, &limit);
    const struct rlimit none = {.rlim_cur = 4096, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    note(keeper, "a");
    report_until("cannot be written (");
    bednet_keepers_report(hear);
    assert_int_equal(lines(), 1);
    assert_int_equal(told[0], 'E');
    assert_non_null(strstr(told, path));
    assert_int_equal(metric("mosquitto_identity_store_failing"), 1);
    assert_true(metric("mosquitto_identity_store_failures_total") > 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    report_until("W the store of identities '");
    bednet_keepers_report(hear);
    assert_int_equal(lines(), 2);
    assert_non_null(strstr(told, "is written again"));
    assert_int_equal(metric("mosquitto_identity_store_failing"), 0);
    assert_int_equal(metric("mosquitto_identity_store_lost_total"), 0);
    release(keeper);
    assert_kept("a ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_folder_that_is_not_there),
        TEST(a_file_of_somebody_else),
        TEST(a_record_that_is_no_identity),
        TEST(a_record_of_somebody_else),
        TEST(a_store_that_breaks_under_two_chains),
        TEST(a_policy_that_moves_the_store),
        TEST(no_store),
        TEST(who_is_not_kept),
        TEST(what_cannot_be_written_leaves_nothing),
        TEST(who_comes_by_other_means),
        TEST(who_comes_back),
        TEST(what_ended_stays_ended),
        TEST(chains_that_share_a_file),
        TEST(more_than_there_is_room_for),
        TEST(a_disk_that_is_full),
    };
    signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
