/* SPDX-License-Identifier: Apache-2.0 */
/* The policy's word on revocations: which file, read with it. */
#include "policy/jwt.h"
#include "policy/revocations.h"
#include "policy/tables.h"

static void read_file(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    struct bednet_jwt_policy *jwt = &build->policy->jwt;
    struct bednet_text path;
    if (!bednet_read_text(&build->report, &pair->value, pair->key.text.ptr, &path))
        return;
    jwt->revocations_path = bednet_build_resolve(build, path);
    jwt->revocations_source = pair->value.source;
}

static const struct bednet_key revocations_keys[] = {{"file", BEDNET_KEY_REQUIRED, read_file}};

const struct bednet_key_table bednet_table_revocations = BEDNET_KEY_TABLE("revocations", revocations_keys);

static void load(struct bednet_build *build)
{
    struct bednet_jwt_policy *jwt = &build->policy->jwt;
    enum bednet_status status =
        bednet_revocations_load(jwt->revocations_path.ptr, build->report.diag, &build->owned->revocations);
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&build->report);
    else if (status != BEDNET_OK)
        bednet_report_error(&build->report, jwt->revocations_source,
                            "the file of revocations '%.128s' is not usable (expected a list 'revoked:')",
                            jwt->revocations_path.ptr);
    jwt->revocations = build->owned->revocations;
}

void bednet_jwt_read_revocations(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    if (pair->value.kind == BEDNET_NODE_MAPPING)
        bednet_keys_read(build, &bednet_table_revocations, &pair->value, "revocations", into);
    else
        read_file(build, pair, into);
    if (build->policy->jwt.revocations_path.ptr == NULL)
        return;
    for (size_t i = 0; i < BEDNET_REVOCATIONS_NAMES_COUNT; i++)
        bednet_build_note(build, &build->attributes, bednet_revocations_attributes[i],
                          (struct bednet_text){NULL, 0}, 0);
    if (build->read_files)
        load(build);
}
