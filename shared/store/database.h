/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of a store: SQLite, with a journal of what is to be written (WAL) and nothing mapped into memory,
 * so that a file which somebody cuts short is an error and no signal. Held by one process alone. One thread
 * at a time. Internal to this folder.
 */
#ifndef BEDNET_STORE_DATABASE_H
#define BEDNET_STORE_DATABASE_H

#include "store/changes.h"
#include "store/store.h"

struct bednet_database;

/* Judges file and folder, and makes the file where it is not there; see bednet_store_open for errors. */
enum bednet_status bednet_store_prepare_file(const char *path, char why[BEDNET_STORE_WHY_BYTES]);

/* Opens the file that was prepared, and looks at all of it. Errors as of bednet_store_open. */
enum bednet_status bednet_database_open(const char *path, struct bednet_database **out,
                                        char why[BEDNET_STORE_WHY_BYTES]);

/* NULL is allowed. */
void bednet_database_close(struct bednet_database *database);

/* Whoever was there when the process ended was last seen then. */
enum bednet_status bednet_database_settle(struct bednet_database *database, char why[BEDNET_STORE_WHY_BYTES]);

/* See bednet_store_read. */
enum bednet_status bednet_database_read(struct bednet_database *database, bednet_store_visit visit,
                                        void *context, char why[BEDNET_STORE_WHY_BYTES]);

/* The greatest number of a record that was ever in the file, as far as it knows. */
bool bednet_database_number(struct bednet_database *database, uint64_t *number);

/* Writes all changes, or none. False on failure; see bednet_database_fault. */
bool bednet_database_write(struct bednet_database *database, const struct bednet_changes *changes);

/*
 * Notes that the process lives at `now_s`, drops records that were last seen before `oldest_s`, and of more
 * than records_max the oldest. *records is how many there are then. False on failure.
 */
bool bednet_database_tidy(struct bednet_database *database, int64_t now_s, int64_t oldest_s,
                          size_t records_max, uint64_t *records);

/* How many records there are. False on failure. */
bool bednet_database_count(struct bednet_database *database, uint64_t *records);

/* Why the last write or tidying failed: SQLite's code, for bednet_database_text. */
int bednet_database_fault(const struct bednet_database *database);

/* A constant text. Any thread. */
const char *bednet_database_text(int fault);

#endif
