/* SPDX-License-Identifier: Apache-2.0 */
/* From the file of revocations to its table, entry by entry. */
#include "core/file.h"
#include "policy/build.h"
#include "policy/revocations_internal.h"
#include "policy/scalar.h"

/* One entry while its mapping is read. */
struct entry_target {
    struct bednet_revocation entry;
    bool timed;
    bool broken; /* a part of it was refused, here or before */
};

static void read_field(struct bednet_build *build, const struct bednet_pair *pair,
                       struct entry_target *target, enum bednet_revocation_field field)
{
    struct bednet_text text;
    const char *what = pair->key.text.ptr;
    target->broken = !bednet_read_text(&build->report, &pair->value, what, &text) || target->broken;
    if (target->broken)
        return;
    if (text.len > BEDNET_REVOCATION_VALUE_BYTES_MAX)
        bednet_report_error(&build->report, pair->value.source, "%s is longer than %d bytes (expected less)",
                            what, BEDNET_REVOCATION_VALUE_BYTES_MAX);
    else
        target->entry.fields[field] = text;
}

static void read_issuer(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    read_field(build, pair, into, BEDNET_REVOCATION_ISSUER);
}

static void read_jti(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    read_field(build, pair, into, BEDNET_REVOCATION_JTI);
}

static void read_sub(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    read_field(build, pair, into, BEDNET_REVOCATION_SUB);
}

static void read_client_id(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    read_field(build, pair, into, BEDNET_REVOCATION_CLIENT_ID);
}

static void read_issued_before(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    static const char expected[] = "a UTC time such as 2026-11-22T00:00:00Z, or seconds since 1970";
    struct entry_target *target = into;
    int64_t seconds;
    target->timed = true;
    target->broken = target->broken || pair->value.kind == BEDNET_NODE_BROKEN;
    if (!bednet_node_expect(&build->report, &pair->value, BEDNET_NODE_SCALAR, "issued_before", expected))
        return;
    if (bednet_scalar_time(pair->value.text, &seconds) == BEDNET_OK)
        target->entry.before_s = seconds;
    else
        bednet_report_error(&build->report, pair->value.source, "issued_before is '%.64s' (expected %s)",
                            pair->value.text.ptr, expected);
}

static const struct bednet_key entry_keys[] = {
    {"issuer", BEDNET_KEY_OPTIONAL, read_issuer},
    {"jti", BEDNET_KEY_OPTIONAL, read_jti},
    {"sub", BEDNET_KEY_OPTIONAL, read_sub},
    {"client_id", BEDNET_KEY_OPTIONAL, read_client_id},
    {"issued_before", BEDNET_KEY_OPTIONAL, read_issued_before},
};

static const struct bednet_key_table entry_table = BEDNET_KEY_TABLE("revocation", entry_keys);

/* A list that is being read. */
struct reading {
    struct bednet_build build; /* only its report */
    struct bednet_revocations *revocations;
    size_t items;
};

/* An entry must not speak of everybody by mistake. */
static bool is_narrow(struct reading *reading, const struct bednet_node *node,
                      const struct entry_target *target)
{
    const struct bednet_text *fields = target->entry.fields;
    if (fields[BEDNET_REVOCATION_JTI].ptr != NULL || fields[BEDNET_REVOCATION_SUB].ptr != NULL ||
        fields[BEDNET_REVOCATION_CLIENT_ID].ptr != NULL)
        return true;
    bool issuer = fields[BEDNET_REVOCATION_ISSUER].ptr != NULL;
    if (issuer && target->timed)
        return true;
    bednet_report_error(&reading->build.report, node->source,
                        "an entry says %s (expected jti, sub or client_id, or issuer and issued_before)",
                        issuer          ? "nothing but the issuer"
                        : target->timed ? "nothing but issued_before"
                                        : "nothing");
    return false;
}

static void read_entry(struct reading *reading, const struct bednet_node *node)
{
    struct bednet_report *report = &reading->build.report;
    struct entry_target target = {.entry.before_s = BEDNET_REVOCATION_ALWAYS};
    bool failed = report->failed;
    report->failed = false;
    /* What was said of a part of an entry need not be said again of the whole. */
    bool whole = bednet_keys_read(&reading->build, &entry_table, node, "an entry", &target) &&
                 !report->failed && !target.broken && is_narrow(reading, node, &target);
    if (whole && !failed && !bednet_revocations_add(reading->revocations, &target.entry))
        bednet_report_nomem(report);
    report->failed = report->failed || failed;
}

static bool on_item(void *context, const struct bednet_node *key, const struct bednet_node *item)
{
    struct reading *reading = context;
    if (key->kind != BEDNET_NODE_SCALAR || !bednet_text_equal(key->text, BEDNET_TEXT_LITERAL("revoked")))
        return true; /* what is wrong with the key is told once the file was read */
    if (reading->items++ < BEDNET_REVOCATIONS_MAX) {
        read_entry(reading, item);
        return !reading->build.report.nomem;
    }
    bednet_report_error(&reading->build.report, item->source, "too many entries (expected at most %d)",
                        BEDNET_REVOCATIONS_MAX);
    return false;
}

static void read_revoked(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    bednet_node_expect(&build->report, &pair->value, BEDNET_NODE_SEQUENCE, "revoked",
                       "a list of entries, [] where there are none");
}

static const struct bednet_key file_keys[] = {{"revoked", BEDNET_KEY_REQUIRED, read_revoked}};

static const struct bednet_key_table file_table = BEDNET_KEY_TABLE("revocations_file", file_keys);

/*
 * libfyaml keeps all of a line that is inside of brackets until it ends, at some thirty times its length:
 * such a list in one line would take more memory than the broker may have.
 */
#define LINE_BYTES_MAX (4 * 1024 * 1024)

static bool has_short_lines(struct bednet_report *report, struct bednet_text yaml)
{
    uint32_t number = 1;
    for (size_t start = 0; start < yaml.len; number++) {
        const char *end = memchr(yaml.ptr + start, '\n', yaml.len - start);
        size_t length = end != NULL ? (size_t)(end - yaml.ptr) - start : yaml.len - start;
        if (length > LINE_BYTES_MAX) {
            bednet_report_error(report, (struct bednet_source){number, 1},
                                "a line is longer than %d bytes (expected each entry on a line of its own)",
                                LINE_BYTES_MAX);
            return false;
        }
        start += length + 1;
    }
    return true;
}

static void read_document(struct reading *reading, struct bednet_text yaml)
{
    const struct bednet_document_reader reader = {
        .empty = "the file is empty (expected a mapping with 'revoked:')",
        .item = on_item,
        .context = reading};
    if (!has_short_lines(&reading->build.report, yaml))
        return;
    struct bednet_arena *pages = bednet_arena_new();
    if (pages == NULL) {
        bednet_report_nomem(&reading->build.report);
        return;
    }
    const struct bednet_node *root = bednet_document_read(pages, yaml, &reader, &reading->build.report);
    if (root != NULL)
        bednet_keys_read(&reading->build, &file_table, root, "the file of revocations", NULL);
    bednet_arena_free(pages);
}

enum bednet_status bednet_revocations_parse(const char *name, struct bednet_text yaml,
                                            struct bednet_diag *diag, struct bednet_revocations **out)
{
    struct reading reading = {.build.report = {.diag = diag, .file = name}};
    struct bednet_report *report = &reading.build.report;
    if (yaml.len > BEDNET_REVOCATIONS_BYTES_MAX) {
        bednet_report_error(report, (struct bednet_source){0},
                            "is larger than %u bytes (expected a smaller file)",
                            BEDNET_REVOCATIONS_BYTES_MAX);
        return BEDNET_INVALID;
    }
    reading.revocations = bednet_revocations_new();
    if (reading.revocations == NULL)
        bednet_report_nomem(report);
    else
        read_document(&reading, yaml);
    if (!report->failed && !bednet_revocations_freeze(reading.revocations))
        bednet_report_nomem(report);
    if (report->failed)
        bednet_revocations_free(reading.revocations);
    else
        *out = reading.revocations;
    return bednet_report_status(report);
}

enum bednet_status bednet_revocations_load(const char *path, struct bednet_diag *diag,
                                           struct bednet_revocations **out)
{
    struct bednet_report report = {.diag = diag, .file = path};
    struct bednet_file file = {0};
    char fault[BEDNET_FILE_FAULT_BYTES];
    enum bednet_status status = bednet_file_read(path, BEDNET_REVOCATIONS_BYTES_MAX, &file, fault);
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&report);
    else if (status != BEDNET_OK)
        bednet_report_error(&report, (struct bednet_source){0}, "%s", fault);
    else
        status = bednet_revocations_parse(path, (struct bednet_text){file.bytes, file.length}, diag, out);
    bednet_file_free(&file);
    return status;
}
