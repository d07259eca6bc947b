/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/denial_log.h"

#include "core/bucket.h"
#include "core/escape.h"
#include "runtime/counters.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define RECORDS     256
#define FIELD_BYTES 256
#define SLOTS       256

static const struct bednet_bucket_rate TOTAL_RATE = {.tokens = 100, .period_ns = 1000000000, .burst = 200};
static const struct bednet_bucket_rate CLIENT_RATE = {.tokens = 2, .period_ns = 1000000000, .burst = 20};

/* A field keeps its first bytes; one more than fits tells the writer that it was cut. */
struct field {
    uint16_t len;
    bool present;
    char bytes[FIELD_BYTES + 1];
};

struct record {
    const char *plugin;
    enum bednet_action action;
    enum bednet_reason reason;
    const char *verb;
    struct bednet_source rule;
    struct field client_id, username, address, topic, policy_path;
};

struct bednet_denial_log {
    struct bednet_hash_key key;
    struct bednet_bucket total;
    struct bednet_bucket clients[SLOTS]; /* by keyed hash of the client id: collisions only log less */
    bool started;
    bool draining;
    uint64_t suppressed;
    uint64_t suppressed_said_ns;
    size_t first;
    size_t count;
    struct record records[RECORDS];
};

struct bednet_denial_log *bednet_denial_log_new(const struct bednet_hash_key *key)
{
    struct bednet_denial_log *log = calloc(1, sizeof *log);
    if (log != NULL)
        log->key = *key;
    return log;
}

void bednet_denial_log_free(struct bednet_denial_log *log)
{
    free(log);
}

static void put_field(struct field *field, struct bednet_text text)
{
    field->present = text.ptr != NULL;
    field->len = (uint16_t)(text.len < sizeof field->bytes ? text.len : sizeof field->bytes);
    if (field->present)
        memcpy(field->bytes, text.ptr, field->len);
}

static void start_buckets(struct bednet_denial_log *log, uint64_t now_ns)
{
    bednet_bucket_fill(&log->total, &TOTAL_RATE, now_ns);
    for (size_t i = 0; i < SLOTS; i++)
        bednet_bucket_fill(&log->clients[i], &CLIENT_RATE, now_ns);
    log->started = true;
}

static bool may_log(struct bednet_denial_log *log, struct bednet_text client_id, uint64_t now_ns)
{
    if (!log->started)
        start_buckets(log, now_ns);
    if (log->count == RECORDS)
        return false;
    struct bednet_text id = client_id.ptr != NULL ? client_id : BEDNET_TEXT_LITERAL("");
    struct bednet_bucket *client = &log->clients[bednet_hash_keyed(&log->key, id) % SLOTS];
    return bednet_bucket_take(client, &CLIENT_RATE, 1, now_ns) &&
           bednet_bucket_take(&log->total, &TOTAL_RATE, 1, now_ns);
}

void bednet_denial_log_push(struct bednet_denial_log *log, const struct bednet_denial *denial,
                            uint64_t now_ns)
{
    if (!may_log(log, denial->client.client_id, now_ns)) {
        log->suppressed++;
        bednet_count(BEDNET_COUNTER_LOG_SUPPRESSED);
        return;
    }
    struct record *record = &log->records[(log->first + log->count++) % RECORDS];
    record->plugin = denial->plugin;
    record->action = denial->action;
    record->reason = denial->reason;
    record->verb = denial->verb;
    record->rule = denial->rule;
    put_field(&record->client_id, denial->client.client_id);
    put_field(&record->username, denial->client.username);
    put_field(&record->address, bednet_text(denial->client.address));
    put_field(&record->topic, denial->topic);
    put_field(&record->policy_path, denial->policy_path);
}

bool bednet_denial_log_is_empty(const struct bednet_denial_log *log)
{
    return log->count == 0 && log->suppressed == 0;
}

static size_t append_field(char *line, size_t used, const char *label, const struct field *field)
{
    if (!field->present)
        return used;
    char escaped[FIELD_BYTES + 1]; /* one less than a field may hold, so that a cut one gets its mark */
    bednet_escape((struct bednet_text){field->bytes, field->len}, escaped, sizeof escaped);
    int written = snprintf(line + used, BEDNET_DENIAL_LINE_BYTES - used, " %s=\"%s\"", label, escaped);
    return used + (size_t)written;
}

/* Five fields of FIELD_BYTES and the words around them fit BEDNET_DENIAL_LINE_BYTES, so nothing is cut here.
 */
static void format_record(const struct record *record, char *line)
{
    size_t used = (size_t)snprintf(line, BEDNET_DENIAL_LINE_BYTES, "bednet: %s: %s %s", record->plugin,
                                   record->verb, bednet_action_name(record->action));
    used = append_field(line, used, "client", &record->client_id);
    used = append_field(line, used, "username", &record->username);
    used = append_field(line, used, "address", &record->address);
    used = append_field(line, used, "topic", &record->topic);
    used += (size_t)snprintf(line + used, BEDNET_DENIAL_LINE_BYTES - used, " reason=%s",
                             bednet_reason_name(record->reason));
    if (record->rule.line != 0)
        snprintf(line + used, BEDNET_DENIAL_LINE_BYTES - used, " rule=%.*s:%" PRIu32 ":%" PRIu32,
                 (int)record->policy_path.len, record->policy_path.bytes, record->rule.line,
                 record->rule.column);
}

static void say_suppressed(struct bednet_denial_log *log, uint64_t now_ns, void (*write)(const char *line))
{
    if (log->suppressed == 0 || now_ns - log->suppressed_said_ns < 1000000000)
        return;
    char line[128];
    snprintf(line, sizeof line, "bednet: %" PRIu64 " more denials were counted but not logged",
             log->suppressed);
    log->suppressed = 0;
    log->suppressed_said_ns = now_ns;
    write(line);
}

void bednet_denial_log_drain(struct bednet_denial_log *log, uint64_t now_ns, void (*write)(const char *line))
{
    char line[BEDNET_DENIAL_LINE_BYTES];
    if (log->draining)
        return;
    log->draining = true;
    while (log->count > 0) {
        format_record(&log->records[log->first], line);
        log->first = (log->first + 1) % RECORDS;
        log->count--;
        write(line);
    }
    say_suppressed(log, now_ns, write);
    log->draining = false;
}
