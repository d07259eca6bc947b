/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

/* `BDNT`: that a database is one of these, and of which version. */
#define APPLICATION_ID 1111772756
#define VERSION        1

/* Another broker that is about to end has so long. */
#define BUSY_MS 5000

enum statement { BEGIN, COMMIT, ROLLBACK, PUT, LEAVE, FORGET, ALIVE, EXPIRE, COUNT, TRIM, STATEMENTS };

static const char *const texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [PUT] =
        "INSERT INTO identities(client_id, number, seen, online, record) VALUES(?1, ?2, ?3, 1, ?4) "
        "ON CONFLICT(client_id) DO UPDATE SET number = excluded.number, seen = excluded.seen, online = 1, "
        "record = excluded.record",
    [LEAVE] = "UPDATE identities SET online = 0, seen = ?3 WHERE client_id = ?1 AND number = ?2",
    [FORGET] = "DELETE FROM identities WHERE client_id = ?1 AND number <= ?2",
    [ALIVE] =
        "UPDATE state SET alive = ?1, number = max(number, (SELECT ifnull(max(number), 0) FROM identities))",
    [EXPIRE] = "DELETE FROM identities WHERE online = 0 AND seen < ?1",
    [COUNT] = "SELECT count(*) FROM identities",
    [TRIM] =
        "DELETE FROM identities WHERE number IN (SELECT number FROM identities ORDER BY number LIMIT ?1)",
};

static const char schema[] = "BEGIN IMMEDIATE;"
                             "CREATE TABLE identities(client_id BLOB PRIMARY KEY, number INTEGER NOT NULL "
                             "UNIQUE, seen INTEGER NOT NULL,"
                             " online INTEGER NOT NULL, record BLOB NOT NULL) WITHOUT ROWID;"
                             "CREATE TABLE state(alive INTEGER NOT NULL, number INTEGER NOT NULL);"
                             "INSERT INTO state VALUES(0, 0);"
                             "PRAGMA application_id = 1111772756;"
                             "PRAGMA user_version = 1;"
                             "COMMIT";

struct bednet_database {
    sqlite3 *sqlite;
    sqlite3_stmt *statements[STATEMENTS];
    int fault;
};

const char *bednet_database_text(int fault)
{
    return sqlite3_errstr(fault);
}

int bednet_database_fault(const struct bednet_database *database)
{
    return database->fault;
}

static enum bednet_status status_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
        return BEDNET_OK;
    case SQLITE_NOMEM:
        return BEDNET_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return BEDNET_INVALID;
    default:
        return BEDNET_IO;
    }
}

/* Says what SQLite makes of the file, and what can be done. */
static enum bednet_status explain(const struct bednet_database *database, int code,
                                  char why[BEDNET_STORE_WHY_BYTES])
{
    enum bednet_status status = status_of(code);
    const char *advice = "expected a file that the broker may read and write, on a disk with room";
    if (status == BEDNET_INVALID)
        advice =
            "it is damaged, or no store of identities: move it away, and whoever it knew has to log in again";
    else if ((code & 0xff) == SQLITE_BUSY)
        advice = "another broker uses it: expected a file of this broker's own";
    snprintf(why, BEDNET_STORE_WHY_BYTES, "%s (%s)", sqlite3_errmsg(database->sqlite), advice);
    return status;
}

static int run(struct bednet_database *database, const char *sql)
{
    return sqlite3_exec(database->sqlite, sql, NULL, NULL, NULL);
}

/* A pragma or a query with one number. */
static int ask(struct bednet_database *database, const char *sql, int64_t *number)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database->sqlite, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        *number = sqlite3_column_int64(statement, 0);
        code = SQLITE_OK;
    } else if (code == SQLITE_DONE) {
        code = SQLITE_CORRUPT;
    }
    int finalized = sqlite3_finalize(statement);
    return code != SQLITE_OK ? code : finalized;
}

/* The same with one word, which is compared. */
static int ask_word(struct bednet_database *database, const char *sql, const char *word, bool *same)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(database->sqlite, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const unsigned char *text = sqlite3_column_text(statement, 0);
        *same = text != NULL && strcmp((const char *)text, word) == 0;
        code = text != NULL ? SQLITE_OK : SQLITE_NOMEM;
    }
    int finalized = sqlite3_finalize(statement);
    return code != SQLITE_OK ? code : finalized;
}

/*
 * The lock is taken before the journal is, and kept: then the journal's index is in this process' memory, and
 * not in a file that everybody maps.
 */
static int configure(struct bednet_database *database, bool *has_journal)
{
    sqlite3_extended_result_codes(database->sqlite, 1);
    sqlite3_busy_timeout(database->sqlite, BUSY_MS);
    sqlite3_db_config(database->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    int code = run(database, "PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
                             "PRAGMA cell_size_check = ON; PRAGMA cache_size = -2048;"
                             "PRAGMA locking_mode = EXCLUSIVE");
    if (code == SQLITE_OK)
        code = ask_word(database, "PRAGMA journal_mode = WAL", "wal", has_journal);
    return code == SQLITE_OK ? run(database, "PRAGMA synchronous = NORMAL; BEGIN EXCLUSIVE; COMMIT") : code;
}

/* A file of nobody is made a store; any other must be one already. */
static enum bednet_status settle_version(struct bednet_database *database, char why[BEDNET_STORE_WHY_BYTES])
{
    int64_t application = 0, version = 0, tables = 0;
    int code = ask(database, "PRAGMA application_id", &application);
    if (code == SQLITE_OK)
        code = ask(database, "PRAGMA user_version", &version);
    if (code == SQLITE_OK)
        code = ask(database, "SELECT count(*) FROM sqlite_schema", &tables);
    if (code == SQLITE_OK && application == 0 && version == 0 && tables == 0)
        code = run(database, schema);
    else if (code == SQLITE_OK && application != APPLICATION_ID) {
        snprintf(why, BEDNET_STORE_WHY_BYTES,
                 "it is somebody else's database (expected a store of identities, or no file)");
        return BEDNET_INVALID;
    } else if (code == SQLITE_OK && version != VERSION) {
        snprintf(
            why, BEDNET_STORE_WHY_BYTES,
            "it is of version %lld (expected %d: run the Bednet that wrote it, or move the file away, and "
            "whoever it knew has to log in again)",
            (long long)version, VERSION);
        return BEDNET_INVALID;
    }
    return code == SQLITE_OK ? BEDNET_OK : explain(database, code, why);
}

static enum bednet_status check(struct bednet_database *database, char why[BEDNET_STORE_WHY_BYTES])
{
    bool good = false;
    int code = ask_word(database, "PRAGMA quick_check(1)", "ok", &good);
    if (code == SQLITE_OK && !good)
        code = SQLITE_CORRUPT;
    if (code != SQLITE_CORRUPT || good)
        return code == SQLITE_OK ? BEDNET_OK : explain(database, code, why);
    snprintf(why, BEDNET_STORE_WHY_BYTES,
             "it is damaged: move it away, and whoever it knew has to log in again");
    return BEDNET_INVALID;
}

static enum bednet_status prepare_statements(struct bednet_database *database,
                                             char why[BEDNET_STORE_WHY_BYTES])
{
    for (int i = 0; i < STATEMENTS; i++) {
        int code = sqlite3_prepare_v3(database->sqlite, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                      &database->statements[i], NULL);
        if (code != SQLITE_OK)
            return explain(database, code, why);
    }
    return BEDNET_OK;
}

static enum bednet_status open_all(struct bednet_database *database, const char *path,
                                   char why[BEDNET_STORE_WHY_BYTES])
{
    bool has_journal = false;
    int code = sqlite3_open_v2(path, &database->sqlite,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
    if (database->sqlite == NULL)
        return BEDNET_NOMEM;
    if (code == SQLITE_OK)
        code = configure(database, &has_journal);
    if (code != SQLITE_OK)
        return explain(database, code, why);
    if (!has_journal) {
        snprintf(why, BEDNET_STORE_WHY_BYTES,
                 "its disk does not do for SQLite's WAL (expected a local disk)");
        return BEDNET_IO;
    }
    enum bednet_status status = check(database, why);
    if (status == BEDNET_OK)
        status = settle_version(database, why);
    return status == BEDNET_OK ? prepare_statements(database, why) : status;
}

enum bednet_status bednet_database_open(const char *path, struct bednet_database **out,
                                        char why[BEDNET_STORE_WHY_BYTES])
{
    struct bednet_database *database = calloc(1, sizeof *database);
    if (database == NULL)
        return BEDNET_NOMEM;
    enum bednet_status status = open_all(database, path, why);
    if (status == BEDNET_OK)
        *out = database;
    else
        bednet_database_close(database);
    return status;
}

void bednet_database_close(struct bednet_database *database)
{
    if (database == NULL)
        return;
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(database->statements[i]);
    sqlite3_close(database->sqlite);
    free(database);
}

enum bednet_status bednet_database_settle(struct bednet_database *database, char why[BEDNET_STORE_WHY_BYTES])
{
    int code = run(database, "UPDATE identities SET online = 0, seen = max(seen, (SELECT alive FROM state)) "
                             "WHERE online <> 0");
    return code == SQLITE_OK ? BEDNET_OK : explain(database, code, why);
}

static struct bednet_text column(sqlite3_stmt *statement, int number)
{
    const char *bytes = sqlite3_column_blob(statement, number);
    return (struct bednet_text){bytes != NULL ? bytes : "", (size_t)sqlite3_column_bytes(statement, number)};
}

enum bednet_status bednet_database_read(struct bednet_database *database, bednet_store_visit visit,
                                        void *context, char why[BEDNET_STORE_WHY_BYTES])
{
    sqlite3_stmt *statement = NULL;
    bool goes_on = true;
    int code = sqlite3_prepare_v2(database->sqlite,
                                  "SELECT client_id, number, record FROM identities ORDER BY number", -1,
                                  &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    while (code == SQLITE_ROW && goes_on) {
        struct bednet_store_record record = {.client_id = column(statement, 0),
                                             .number = (uint64_t)sqlite3_column_int64(statement, 1),
                                             .bytes = column(statement, 2)};
        goes_on = visit(context, &record);
        if (goes_on)
            code = sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    if (!goes_on)
        return BEDNET_INVALID;
    return code == SQLITE_DONE ? BEDNET_OK : explain(database, code, why);
}

bool bednet_database_number(struct bednet_database *database, uint64_t *number)
{
    int64_t found = 0;
    database->fault = ask(
        database, "SELECT max(number, (SELECT ifnull(max(number), 0) FROM identities)) FROM state", &found);
    *number = (uint64_t)found;
    return database->fault == SQLITE_OK;
}

/* Runs a statement that was bound; whatever it gives is in it until `again`. */
static bool step(struct bednet_database *database, enum statement which)
{
    sqlite3_stmt *statement = database->statements[which];
    int code = sqlite3_step(statement);
    int reset = sqlite3_reset(statement);
    if (code == SQLITE_DONE || code == SQLITE_ROW)
        code = reset;
    if (code != SQLITE_OK)
        database->fault = code;
    return code == SQLITE_OK;
}

/* Bound texts are not copied: they are there until the statement has run. */
static bool apply(struct bednet_database *database, enum statement which, const struct bednet_change *change)
{
    sqlite3_stmt *statement = database->statements[which];
    int code = sqlite3_bind_blob64(statement, 1, change->client_id.ptr, change->client_id.len, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(statement, 2, (sqlite3_int64)change->number);
    if (code == SQLITE_OK && which != FORGET)
        code = sqlite3_bind_int64(statement, 3, change->at_s);
    if (code == SQLITE_OK && which == PUT)
        code = sqlite3_bind_blob64(statement, 4, change->record.ptr, change->record.len, SQLITE_STATIC);
    if (code != SQLITE_OK)
        database->fault = code;
    bool done = code == SQLITE_OK && step(database, which);
    sqlite3_clear_bindings(statement);
    return done;
}

static bool apply_pending(void *context, const struct bednet_pending *pending)
{
    struct bednet_database *database = context;
    return (pending->forget == NULL || apply(database, FORGET, pending->forget)) &&
           (pending->put == NULL || apply(database, PUT, pending->put)) &&
           (pending->leave == NULL || apply(database, LEAVE, pending->leave));
}

/* What SQLite rolled back by itself needs no more. */
static bool finish(struct bednet_database *database, bool done)
{
    if (done && step(database, COMMIT)) {
        database->fault = SQLITE_OK;
        return true;
    }
    int fault = database->fault;
    if (sqlite3_get_autocommit(database->sqlite) == 0)
        step(database, ROLLBACK);
    database->fault = fault;
    return false;
}

bool bednet_database_write(struct bednet_database *database, const struct bednet_changes *changes)
{
    return step(database, BEGIN) && finish(database, bednet_changes_visit(changes, apply_pending, database));
}

static bool apply_number(struct bednet_database *database, enum statement which, int64_t number)
{
    int code = sqlite3_bind_int64(database->statements[which], 1, number);
    if (code != SQLITE_OK)
        database->fault = code;
    return code == SQLITE_OK && step(database, which);
}

bool bednet_database_count(struct bednet_database *database, uint64_t *records)
{
    sqlite3_stmt *statement = database->statements[COUNT];
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *records = (uint64_t)sqlite3_column_int64(statement, 0);
    else
        database->fault = code;
    sqlite3_reset(statement);
    return code == SQLITE_ROW;
}

static bool trim(struct bednet_database *database, size_t records_max, uint64_t *records)
{
    if (!bednet_database_count(database, records))
        return false;
    if (*records <= records_max)
        return true;
    bool done = apply_number(database, TRIM, (int64_t)(*records - records_max));
    if (done)
        *records = records_max;
    return done;
}

bool bednet_database_tidy(struct bednet_database *database, int64_t now_s, int64_t oldest_s,
                          size_t records_max, uint64_t *records)
{
    return step(database, BEGIN) && finish(database, apply_number(database, ALIVE, now_s) &&
                                                         apply_number(database, EXPIRE, oldest_s) &&
                                                         trim(database, records_max, records));
}
