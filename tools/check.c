/* SPDX-License-Identifier: Apache-2.0 */
/* `bednet check FILE`: loads a policy as the plugins would, and says what came of it. */
#include "command.h"
#include "core/file.h"
#include "excerpt.h"
#include "moment.h"
#include "policy/policy.h"
#include "policy/revocations.h"

#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct outcome {
    const char *path;
    enum bednet_status status;
    const struct bednet_policy *policy; /* NULL where the file, or one that it names, was refused */
    struct bednet_crls_summary crls;    /* of the lists that it names */
    const struct bednet_diag *diag;
    int64_t now_s;
};

/* The file that the entries before spoke of, kept for the next one. */
struct page {
    const char *path;
    struct bednet_file file;
};

static const char *severity_name(enum bednet_severity severity)
{
    return severity == BEDNET_ERROR ? "error" : "warning";
}

static void turn_page(struct page *page, const char *path)
{
    if (page->path != NULL && strcmp(page->path, path) == 0)
        return;
    char fault[BEDNET_FILE_FAULT_BYTES];
    bednet_file_free(&page->file);
    page->path = path;
    /* Where the file cannot be shown the message must do. */
    bednet_file_read(path, BEDNET_POLICY_BYTES_MAX, &page->file, fault);
}

static void print_entry(const struct bednet_diag_entry *entry, struct page *page, bool colour)
{
    char line[BEDNET_DIAG_TEXT_BYTES + 1024];
    bool is_error = entry->severity == BEDNET_ERROR;
    bednet_diag_format(entry, line, sizeof line);
    fprintf(stderr, "%s%s%s%s\n", colour ? (is_error ? "\033[31m" : "\033[33m") : "",
            is_error ? "" : "warning: ", line, colour ? "\033[0m" : "");
    if (entry->file == NULL || entry->source.line == 0)
        return;
    turn_page(page, entry->file);
    if (page->file.bytes != NULL)
        bednet_excerpt_print(stderr, (struct bednet_text){page->file.bytes, page->file.length}, entry->source,
                             colour);
}

/* Issuers whose keys are not in a file: of those nothing can be said here. */
static size_t count_unasked(const struct bednet_jwt_policy *jwt)
{
    size_t count = 0;
    for (size_t i = 0; i < jwt->rules.issuer_count; i++)
        count += jwt->mappings[i].keys.origin != BEDNET_KEYS_FILE ? 1 : 0;
    return count;
}

static void print_tokens(const char *path, const struct bednet_jwt_policy *jwt)
{
    size_t unasked = count_unasked(jwt);
    if (jwt->revocations != NULL) {
        size_t entries = bednet_revocations_count(jwt->revocations);
        printf("%s: ok, %zu entr%s\n", jwt->revocations_path.ptr, entries, entries == 1 ? "y" : "ies");
    }
    if (unasked > 0)
        printf("%s: the keys of %zu issuer%s are fetched by the broker; no server was asked for them\n", path,
               unasked, unasked == 1 ? "" : "s");
}

static void print_certificates(const struct outcome *outcome)
{
    size_t lists = outcome->crls.lists, entries = outcome->crls.entries;
    if (outcome->policy->certificate.crl.source.line != 0)
        printf("%s: %zu list%s of revoked certificates, %zu entr%s\n", outcome->path, lists,
               lists == 1 ? "" : "s", entries, entries == 1 ? "y" : "ies");
}

static void print_exceptions(const struct outcome *outcome)
{
    const struct bednet_acl_policy *acl = &outcome->policy->acl;
    uint64_t in_force = bednet_policy_exceptions_at(outcome->policy, outcome->now_s);
    char utc[BEDNET_MOMENT_BYTES], distance[BEDNET_MOMENT_BYTES];
    for (; in_force != 0; in_force &= in_force - 1) {
        const struct bednet_exception *exception = &acl->exceptions[__builtin_ctzll(in_force)];
        bednet_moment_utc(exception->until_s, utc);
        bednet_moment_distance(exception->until_s, outcome->now_s, distance);
        printf("%s:%u:%u: role %s has an exception until %s, %s: %s\n", outcome->path,
               (unsigned)exception->source.line, (unsigned)exception->source.column,
               acl->roles[exception->role].name.ptr, utc, distance, exception->because.ptr);
    }
}

static void print_text(const struct outcome *outcome)
{
    bool colour = isatty(STDERR_FILENO) != 0 && getenv("NO_COLOR") == NULL;
    struct page page = {0};
    for (size_t i = 0; i < bednet_diag_count(outcome->diag); i++)
        print_entry(bednet_diag_at(outcome->diag, i), &page, colour);
    bednet_file_free(&page.file);
    if (bednet_diag_dropped(outcome->diag) > 0)
        fprintf(stderr, "%s: and %zu more\n", outcome->path, bednet_diag_dropped(outcome->diag));
    if (outcome->policy == NULL)
        return;
    size_t roles = outcome->policy->acl.role_count;
    size_t rules = bednet_rules_count(outcome->policy->acl.rules);
    printf("%s: ok, %zu role%s, %zu rule%s\n", outcome->path, roles, roles == 1 ? "" : "s", rules,
           rules == 1 ? "" : "s");
    print_tokens(outcome->path, &outcome->policy->jwt);
    print_certificates(outcome);
    print_exceptions(outcome);
}

static json_t *entry_as_json(const struct bednet_diag_entry *entry)
{
    return json_pack("{s:s, s:s?, s:I, s:I, s:s}", "severity", severity_name(entry->severity), "file",
                     entry->file, "line", (json_int_t)entry->source.line, "column",
                     (json_int_t)entry->source.column, "text", entry->text);
}

static json_t *as_json(const struct outcome *outcome)
{
    json_t *entries = json_array();
    for (size_t i = 0; i < bednet_diag_count(outcome->diag); i++)
        if (json_array_append_new(entries, entry_as_json(bednet_diag_at(outcome->diag, i))) != 0) {
            json_decref(entries);
            return NULL;
        }
    json_t *document =
        json_pack("{s:s, s:b, s:I, s:o}", "file", outcome->path, "ok", outcome->policy != NULL, "dropped",
                  (json_int_t)bednet_diag_dropped(outcome->diag), "diagnostics", entries);
    if (document == NULL || outcome->policy == NULL)
        return document;
    const struct bednet_acl_policy *acl = &outcome->policy->acl;
    json_object_set_new(document, "roles", json_integer((json_int_t)acl->role_count));
    json_object_set_new(document, "rules", json_integer((json_int_t)bednet_rules_count(acl->rules)));
    const struct bednet_jwt_policy *jwt = &outcome->policy->jwt;
    json_object_set_new(document, "fetched", json_integer((json_int_t)count_unasked(jwt)));
    if (jwt->revocations != NULL)
        json_object_set_new(document, "revocations",
                            json_integer((json_int_t)bednet_revocations_count(jwt->revocations)));
    json_object_set_new(
        document, "exceptions",
        json_integer(__builtin_popcountll(bednet_policy_exceptions_at(outcome->policy, outcome->now_s))));
    if (outcome->policy->certificate.crl.source.line != 0)
        json_object_set_new(document, "crl",
                            json_pack("{s:I, s:I}", "lists", (json_int_t)outcome->crls.lists, "entries",
                                      (json_int_t)outcome->crls.entries));
    return document;
}

static bool print_json(const struct outcome *outcome)
{
    json_t *document = as_json(outcome);
    bool printed = document != NULL && json_dumpf(document, stdout, JSON_INDENT(2)) == 0;
    json_decref(document);
    if (printed)
        putchar('\n');
    else
        fprintf(stderr, "bednet: the diagnostics of %s cannot be written as JSON\n", outcome->path);
    return printed;
}

/* What ended lifts nothing, and whoever reads the file may believe that it does. */
static void warn_of_ended(const char *path, const struct bednet_policy *policy, int64_t now_s,
                          struct bednet_diag *diag)
{
    uint64_t in_force = bednet_policy_exceptions_at(policy, now_s);
    char utc[BEDNET_MOMENT_BYTES];
    for (size_t i = 0; i < policy->acl.exception_count; i++) {
        bednet_moment_utc(policy->acl.exceptions[i].until_s, utc);
        if ((in_force >> i & 1) == 0)
            bednet_diag_add(diag, BEDNET_WARNING, path, policy->acl.exceptions[i].source,
                            "this exception ended %s (expected it to be taken out, or a later time)", utc);
    }
}

/* The lists that the plugin loads at its start, which it does not without them. */
static enum bednet_status load_crls(const char *path, const struct bednet_certificate_policy *policy,
                                    int64_t now_s, struct bednet_diag *diag,
                                    struct bednet_crls_summary *summary)
{
    struct bednet_crls *crls = NULL;
    char ended[BEDNET_MOMENT_BYTES];
    if (policy->crl.source.line == 0)
        return BEDNET_OK;
    enum bednet_status status =
        bednet_crls_load(&policy->crl.sources, policy->authorities, now_s, diag, &crls);
    if (status != BEDNET_OK)
        return status;
    bednet_crls_summarize(crls, summary);
    bednet_crls_free(crls);
    bednet_moment_utc(summary->next_update_s, ended);
    if (summary->next_update_s != 0 && summary->next_update_s < now_s)
        bednet_diag_add(diag, BEDNET_WARNING, path, policy->crl.source,
                        "a list of revoked certificates has been out of date since %s (expected a newer one)",
                        ended);
    return BEDNET_OK;
}

static int check(const char *path, bool json)
{
    struct bednet_policy *policy = NULL;
    struct bednet_diag *diag = bednet_diag_new();
    if (diag == NULL)
        return bednet_command_nomem();
    struct outcome outcome = {.path = path, .diag = diag, .now_s = time(NULL)};
    outcome.status = bednet_policy_load(path, diag, &policy);
    if (outcome.status == BEDNET_OK)
        outcome.status = load_crls(path, &policy->certificate, outcome.now_s, diag, &outcome.crls);
    if (outcome.status == BEDNET_OK)
        warn_of_ended(path, policy, outcome.now_s, diag);
    outcome.policy = outcome.status == BEDNET_OK ? policy : NULL;
    int code = outcome.status == BEDNET_OK        ? BEDNET_EXIT_OK
               : outcome.status == BEDNET_INVALID ? BEDNET_EXIT_NO
                                                  : BEDNET_EXIT_IO;
    if (!json)
        print_text(&outcome);
    else if (!print_json(&outcome))
        code = BEDNET_EXIT_IO;
    bednet_policy_free(policy);
    bednet_diag_free(diag);
    return code;
}

int bednet_command_check(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
    bool json = false;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'j')
            return BEDNET_EXIT_USAGE;
        json = true;
    }
    if (optind + 1 != argc) {
        fputs("bednet check: expected one FILE; see bednet --help\n", stderr);
        return BEDNET_EXIT_USAGE;
    }
    return check(argv[optind], json);
}
