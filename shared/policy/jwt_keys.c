/* SPDX-License-Identifier: Apache-2.0 */
/* Where the keys of one issuer come from. */
#include "policy/jwt.h"
#include "policy/tables.h"
#include "policy/url.h"

enum {
    DAY_S = 24 * 60 * 60,
    REFRESH_DEFAULT_S = 10 * 60,
    REFRESH_LEAST_S = 60,
    REFRESH_MOST_S = DAY_S,
    STALE_DEFAULT_S = DAY_S,
    STALE_MOST_S = 30 * DAY_S
};

static void read_file(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    struct bednet_text path;
    if (bednet_read_text(&build->report, &pair->value, "file", &path))
        target->file = pair;
}

static void read_url(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    struct bednet_text url;
    if (!bednet_read_text(&build->report, &pair->value, "url", &url))
        return;
    target->url = pair;
    target->mapping->keys.url = bednet_build_keep(build, url);
}

static void read_discovery(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    bool discovers;
    if (bednet_read_boolean(&build->report, &pair->value, "discovery", &discovers) && discovers)
        target->discovery = pair;
}

static void read_refresh(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    uint64_t seconds;
    if (!bednet_read_duration(&build->report, &pair->value, "refresh", REFRESH_LEAST_S, REFRESH_MOST_S,
                              &seconds))
        return;
    target->refresh = pair;
    target->mapping->keys.refresh_s = (int64_t)seconds;
}

static void read_stale(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    uint64_t seconds;
    if (!bednet_read_duration(&build->report, &pair->value, "stale", REFRESH_LEAST_S, STALE_MOST_S, &seconds))
        return;
    target->stale = pair;
    target->mapping->keys.stale_s = (int64_t)seconds;
}

static void read_ca_file(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    struct bednet_text path;
    if (!bednet_read_text(&build->report, &pair->value, "ca_file", &path))
        return;
    target->ca_file = pair;
    target->mapping->keys.ca_file = bednet_build_resolve(build, path);
    if (build->read_files && target->mapping->keys.ca_file.ptr != NULL)
        bednet_build_check_certificates(build, &pair->value, target->mapping->keys.ca_file);
}

static void read_plain_http(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    bool allowed;
    if (!bednet_read_boolean(&build->report, &pair->value, "plain_http", &allowed))
        return;
    target->plain_http = pair;
    target->mapping->keys.plain_http = allowed;
}

static const struct bednet_key keys_keys[] = {
    {"file", BEDNET_KEY_OPTIONAL, read_file},
    {"url", BEDNET_KEY_OPTIONAL, read_url},
    {"discovery", BEDNET_KEY_OPTIONAL, read_discovery},
    {"refresh", BEDNET_KEY_OPTIONAL, read_refresh},
    {"stale", BEDNET_KEY_OPTIONAL, read_stale},
    {"ca_file", BEDNET_KEY_OPTIONAL, read_ca_file},
    {"plain_http", BEDNET_KEY_OPTIONAL, read_plain_http},
};

const struct bednet_key_table bednet_table_keys = BEDNET_KEY_TABLE("keys", keys_keys);

static bool has_no_source(const struct bednet_node *keys)
{
    const struct bednet_pair *discovery = bednet_node_find(keys, "discovery");
    return bednet_node_find(keys, "file") == NULL && bednet_node_find(keys, "url") == NULL &&
           (discovery == NULL || bednet_text_equal(discovery->value.text, BEDNET_TEXT_LITERAL("false")));
}

void bednet_jwt_read_keys(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_issuer_target *target = into;
    struct bednet_key_source *keys = &target->mapping->keys;
    keys->source = pair->value.source;
    keys->refresh_s = REFRESH_DEFAULT_S;
    keys->stale_s = STALE_DEFAULT_S;
    bool failed = build->report.failed;
    build->report.failed = false;
    bool is_mapping = bednet_keys_read(build, &bednet_table_keys, &pair->value, "keys", target);
    /* Where something was said of the keys, what is missing may be what was meant. */
    if (is_mapping && !build->report.failed && has_no_source(&pair->value))
        bednet_report_error(&build->report, pair->value.source,
                            "keys has no source (expected exactly one of file, url, discovery: true)");
    build->report.failed = build->report.failed || failed;
}

/* True when there is one source at most. */
static bool is_one_source(struct bednet_build *build, const struct bednet_issuer_target *target)
{
    const struct bednet_pair *sources[] = {target->file, target->url, target->discovery};
    const struct bednet_pair *first = NULL;
    bool one = true;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (sources[i] == NULL)
            continue;
        if (first != NULL)
            bednet_report_error(&build->report, sources[i]->key.source,
                                "'%s' beside '%s' in keys (expected exactly one of file, url, discovery)",
                                sources[i]->key.text.ptr, first->key.text.ptr);
        one = one && first == NULL;
        first = first == NULL ? sources[i] : first;
    }
    return one;
}

static void refuse_for_a_file(struct bednet_build *build, const struct bednet_issuer_target *target)
{
    const struct bednet_pair *others[] = {target->refresh, target->stale, target->ca_file,
                                          target->plain_http};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i] != NULL)
            bednet_report_error(&build->report, others[i]->key.source,
                                "'%s' beside 'file' in keys (expected it with url or discovery only: a file "
                                "is read with the policy)",
                                others[i]->key.text.ptr);
}

static void check_url(struct bednet_build *build, const struct bednet_issuer_target *target)
{
    const struct bednet_node *node = &target->url->value;
    size_t offset;
    const char *fault = bednet_url_fault(node->text, target->mapping->keys.plain_http, &offset);
    if (fault != NULL)
        bednet_report_error(&build->report, bednet_node_at(node, offset), "url %s", fault);
}

/* What is found below the issuer's own URL can be trusted as far as that. */
static void check_discovery(struct bednet_build *build, const struct bednet_issuer_target *target)
{
    struct bednet_text issuer = target->issuer->issuer;
    struct bednet_source source = target->discovery->key.source;
    size_t offset;
    if (issuer.ptr == NULL)
        return;
    const char *fault = bednet_url_fault(issuer, target->mapping->keys.plain_http, &offset);
    if (fault == NULL && memchr(issuer.ptr, '?', issuer.len) != NULL)
        fault = "has a query (expected none: OpenID Connect Discovery asks below the issuer's path)";
    if (fault != NULL)
        bednet_report_error(&build->report, source, "discovery: the issuer %s", fault);
}

static void check_fetched(struct bednet_build *build, const struct bednet_issuer_target *target)
{
    const struct bednet_key_source *keys = &target->mapping->keys;
    if (target->url != NULL)
        check_url(build, target);
    else
        check_discovery(build, target);
    if (target->secret != NULL)
        bednet_report_error(&build->report, target->secret->source,
                            "'%s' with keys that are fetched (expected a file: a secret does not belong "
                            "behind a URL)",
                            target->secret->text.ptr);
    if (keys->stale_s < keys->refresh_s)
        bednet_report_error(&build->report,
                            (target->stale != NULL ? target->stale : target->refresh)->key.source,
                            "stale is shorter than refresh (expected at least as long: keys would be thrown "
                            "away before they are asked for again)");
}

void bednet_jwt_settle_keys(struct bednet_build *build, struct bednet_issuer_target *target)
{
    struct bednet_key_source *keys = &target->mapping->keys;
    keys->issuer = target->issuer->issuer;
    keys->algorithms = target->issuer->algorithms;
    keys->origin = target->url != NULL         ? BEDNET_KEYS_URL
                   : target->discovery != NULL ? BEDNET_KEYS_DISCOVERY
                                               : BEDNET_KEYS_FILE;
    if (!is_one_source(build, target))
        return;
    if (keys->origin != BEDNET_KEYS_FILE) {
        check_fetched(build, target);
        return;
    }
    if (target->file == NULL)
        return;
    refuse_for_a_file(build, target);
    if (build->read_files && target->issuer->algorithms != 0)
        target->issuer->keys = bednet_build_keyring(build, &target->file->value, target->issuer->algorithms);
}
