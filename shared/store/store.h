/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small store on disk: one record for each client id, opaque here, in a database of SQLite. A thread of its
 * own writes; whoever puts something only copies it and goes on. Whatever happens to the process, the file
 * opens again and holds whole records; what was put in the last moments before a crash may be missing.
 *
 * All functions are for one thread, the broker's.
 */
#ifndef BEDNET_STORE_STORE_H
#define BEDNET_STORE_STORE_H

#include "core/status.h"
#include "core/text.h"
#include <stdint.h>

#define BEDNET_STORE_WHY_BYTES 512

/* Clients' ids and records that are longer are not put. */
#define BEDNET_STORE_CLIENT_ID_BYTES_MAX 1024
#define BEDNET_STORE_RECORD_BYTES_MAX    32768

struct bednet_store;

struct bednet_store_options {
    const char *path;
    int64_t keep_s;         /* a record that was not seen for so long is dropped */
    size_t records_max;     /* beyond that the oldest are dropped, within a minute */
    size_t queue_bytes_max; /* what waits to be written; 0: as much as is usual */
};

/* What is read; everything is borrowed. */
struct bednet_store_record {
    struct bednet_text client_id;
    struct bednet_text bytes;
    uint64_t number;
};

/*
 * Opens the file, or makes it (mode 0600), and looks at all of it; drops what was not seen for too long. On
 * failure `why` is a sentence that says what to do: BEDNET_INVALID where the file is damaged, somebody else's
 * or of a newer version, BEDNET_IO where it or its folder cannot be used or another process has it,
 * BEDNET_NOMEM. Takes as long as the disk does: only while the broker starts.
 */
enum bednet_status bednet_store_open(const struct bednet_store_options *options, struct bednet_store **out,
                                     char why[BEDNET_STORE_WHY_BYTES]);

/*
 * Reads every record, the oldest first, at most records_max. visit() returns false to stop, and the read then
 * is BEDNET_INVALID. Before bednet_store_start.
 */
typedef bool (*bednet_store_visit)(void *context, const struct bednet_store_record *record);
enum bednet_status bednet_store_read(struct bednet_store *store, bednet_store_visit visit, void *context,
                                     char why[BEDNET_STORE_WHY_BYTES]);

/* Starts the thread, with all signals blocked. BEDNET_NOMEM. */
enum bednet_status bednet_store_start(struct bednet_store *store);

/* Writes what waits, joins the thread, closes the file. NULL is allowed. Returns what could not be written.
 */
size_t bednet_store_stop(struct bednet_store *store);

/*
 * The record of a client id from now on. Returns its number, which no other record had or will have, and
 * which is greater than all before; 0 where it is too long, there is no memory, or too much waits already:
 * what was there before stays then.
 */
uint64_t bednet_store_put(struct bednet_store *store, struct bednet_text client_id, struct bednet_text bytes);

/* The client of this record has gone: from now on it is not seen. */
void bednet_store_leave(struct bednet_store *store, struct bednet_text client_id, uint64_t number);

/* Drops the record of a client id, unless its number is greater than `number`. */
void bednet_store_forget(struct bednet_store *store, struct bednet_text client_id, uint64_t number);

/* The greatest number that was given out. */
uint64_t bednet_store_number(const struct bednet_store *store);

void bednet_store_set_keep(struct bednet_store *store, int64_t keep_s);

/* How it does. */
struct bednet_store_health {
    bool failing;      /* nothing can be written at the moment; it is tried again and again */
    uint64_t failures; /* attempts to write that failed */
    uint64_t lost;     /* what was not put, for there was no room or no memory */
    uint64_t records;  /* in the file, as it was last counted: at most a minute ago */
};
struct bednet_store_health bednet_store_health(const struct bednet_store *store);

/* Why it is failing: a constant text. */
const char *bednet_store_fault(const struct bednet_store *store);

#endif
