/* SPDX-License-Identifier: Apache-2.0 */
/* Where the authorities' lists of revoked certificates are, and what holds while there are none that are
 * good. */
#include "policy/certificate.h"
#include "policy/tables.h"

#define GRACE_MOST_S (366 * 24 * 60 * 60)

/* The lists themselves are read by the plugin, which reads them again and again. */
static const struct bednet_text *read_paths(struct bednet_build *build, const struct bednet_pair *pair,
                                            const char *each, size_t *kept)
{
    size_t count;
    const struct bednet_node *items = bednet_node_as_list(&pair->value, &count);
    if (count == 0 || count > BEDNET_CRL_FILES_MAX) {
        bednet_report_error(&build->report, pair->value.source, "%zu entries in %s (expected 1 to %d)", count,
                            pair->key.text.ptr, BEDNET_CRL_FILES_MAX);
        return NULL;
    }
    struct bednet_text *paths = bednet_build_array(build, count, sizeof *paths);
    for (size_t i = 0; i < count && paths != NULL; i++) {
        struct bednet_text path;
        if (bednet_read_text(&build->report, &items[i], each, &path))
            paths[i] = bednet_build_resolve(build, path);
    }
    *kept = paths != NULL ? count : 0;
    return paths;
}

static void read_files(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_crl_policy *crl = into;
    crl->sources.files = read_paths(build, pair, "a file", &crl->sources.file_count);
}

static void read_folders(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_crl_policy *crl = into;
    crl->sources.folders = read_paths(build, pair, "a folder", &crl->sources.folder_count);
}

static void read_grace(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_crl_policy *crl = into;
    uint64_t seconds;
    if (bednet_read_duration(&build->report, &pair->value, "grace", 1, GRACE_MOST_S, &seconds))
        crl->grace_s = (int64_t)seconds;
}

static const struct bednet_key stale_keys[] = {{"grace", BEDNET_KEY_REQUIRED, read_grace}};
const struct bednet_key_table bednet_table_crl_stale = BEDNET_KEY_TABLE("crl_stale", stale_keys);

static const struct bednet_word stale_words[] = {{"deny", BEDNET_STALE_DENY}, {"warn", BEDNET_STALE_WARN}};
const struct bednet_words bednet_words_stale = BEDNET_WORDS("stale", stale_words);

static void read_stale(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_crl_policy *crl = into;
    int stale;
    if (pair->value.kind == BEDNET_NODE_MAPPING) {
        crl->stale = BEDNET_STALE_GRACE;
        bednet_keys_read(build, &bednet_table_crl_stale, &pair->value, "stale", crl);
    } else if (bednet_read_word(&build->report, &pair->value, "stale", &bednet_words_stale, &stale)) {
        crl->stale = (enum bednet_stale_crl)stale;
    }
}

static void read_missing(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct bednet_crl_policy *crl = into;
    int allowed;
    if (bednet_read_word(&build->report, &pair->value, "missing", &bednet_words_permission, &allowed))
        crl->missing_allowed = allowed != 0;
}

static const struct bednet_key crl_keys[] = {
    {"files", BEDNET_KEY_OPTIONAL, read_files},
    {"folders", BEDNET_KEY_OPTIONAL, read_folders},
    {"stale", BEDNET_KEY_OPTIONAL, read_stale},
    {"missing", BEDNET_KEY_OPTIONAL, read_missing},
};
const struct bednet_key_table bednet_table_crl = BEDNET_KEY_TABLE("crl", crl_keys);

void bednet_certificate_read_crl(struct bednet_build *build, const struct bednet_certificate_section *section)
{
    struct bednet_crl_policy *crl = &build->policy->certificate.crl;
    const struct bednet_pair *pair = section->crl;
    crl->source = pair->key.source;
    if (section->authorities == NULL)
        bednet_report_error(&build->report, pair->key.source,
                            "crl without authorities (expected 'authorities': a list counts by the "
                            "signature of its issuer)");
    if (bednet_keys_read(build, &bednet_table_crl, &pair->value, "crl", crl) &&
        bednet_node_find(&pair->value, "files") == NULL && bednet_node_find(&pair->value, "folders") == NULL)
        bednet_report_error(&build->report, pair->value.source,
                            "crl has no lists (expected files, folders or both)");
}
