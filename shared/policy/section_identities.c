/* SPDX-License-Identifier: Apache-2.0 */
/* `identities`: where they are kept for the time after a restart. */
#include "policy/build.h"
#include "policy/tables.h"

enum {
    HOUR_S = 60 * 60,
    DAY_S = 24 * HOUR_S,
    KEEP_DEFAULT_S = 30 * DAY_S,
    KEEP_LEAST_S = HOUR_S,
    KEEP_MOST_S = 366 * DAY_S
};

static void read_store(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    struct bednet_text path;
    if (!bednet_read_text(&build->report, &pair->value, "store", &path))
        return;
    if (path.ptr[path.len - 1] == '/') {
        bednet_report_error(&build->report, pair->value.source,
                            "store is '%.128s' (expected the name of a file, not of a folder)", path.ptr);
        return;
    }
    build->policy->identities.store = bednet_build_resolve(build, path);
    build->policy->identities.source = pair->value.source;
}

static void read_keep(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    uint64_t seconds;
    if (bednet_read_duration(&build->report, &pair->value, "keep", KEEP_LEAST_S, KEEP_MOST_S, &seconds))
        build->policy->identities.keep_s = (int64_t)seconds;
}

static const struct bednet_key identities_keys[] = {
    {"store", BEDNET_KEY_REQUIRED, read_store},
    {"keep", BEDNET_KEY_OPTIONAL, read_keep},
};

const struct bednet_key_table bednet_table_identities = BEDNET_KEY_TABLE("identities", identities_keys);

void bednet_section_identities(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    build->policy->identities.keep_s = KEEP_DEFAULT_S;
    bednet_keys_read(build, &bednet_table_identities, &pair->value, "identities", into);
}
