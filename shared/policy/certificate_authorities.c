/* SPDX-License-Identifier: Apache-2.0 */
/* Authorities that the policy names, and who speaks of them. */
#include "policy/certificate.h"

/* A name stands for its authority also where the file is no good: one error then, not one for each use. */
static void read_authority(struct bednet_build *build, const struct bednet_pair *pair,
                           struct bednet_certificate_section *section)
{
    struct bednet_text name = pair->key.text;
    struct bednet_text file;
    if (name.len == 0) {
        bednet_report_error(&build->report, pair->key.source,
                            "the name of an authority is empty (expected a name that is not)");
        return;
    }
    section->names[section->name_count++] = name;
    if (!bednet_read_text(&build->report, &pair->value, "the file of an authority", &file))
        return;
    struct bednet_text path = bednet_build_resolve(build, file);
    char why[BEDNET_AUTHORITY_WHY_BYTES];
    if (!build->read_files || path.ptr == NULL || build->owned->authorities == NULL)
        return;
    enum bednet_status status = bednet_authorities_add(build->owned->authorities, name, path.ptr, why);
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&build->report);
    else if (status != BEDNET_OK)
        bednet_report_error(&build->report, pair->value.source, "the file '%.128s' of an authority: %s",
                            path.ptr, why);
}

void bednet_certificate_read_authorities(struct bednet_build *build,
                                         struct bednet_certificate_section *section)
{
    const struct bednet_node *names = &section->authorities->value;
    if (!bednet_node_expect(&build->report, names, BEDNET_NODE_MAPPING, "authorities",
                            "a mapping from names to files"))
        return;
    if (names->count == 0 || names->count > BEDNET_AUTHORITIES_MAX) {
        bednet_report_error(&build->report, names->source, "%zu authorities (expected 1 to %d)", names->count,
                            BEDNET_AUTHORITIES_MAX);
        return;
    }
    build->owned->authorities = bednet_authorities_new();
    if (build->owned->authorities == NULL)
        bednet_report_nomem(&build->report);
    build->policy->certificate.authorities = build->owned->authorities;
    for (size_t i = 0; i < names->count; i++)
        if (names->pairs[i].key.kind == BEDNET_NODE_SCALAR &&
            !bednet_build_refuse_duplicate(build, &names->pairs[i]))
            read_authority(build, &names->pairs[i], section);
}

static void refuse_unknown(struct bednet_build *build, const struct bednet_certificate_section *section,
                           const struct bednet_node *node)
{
    const char *known[BEDNET_AUTHORITIES_MAX];
    for (size_t i = 0; i < section->name_count; i++)
        known[i] = section->names[i].ptr;
    bednet_build_refuse_unknown(build, node->source, "unknown authority", node->text, known,
                                section->name_count, "a name that 'authorities' has");
}

bool bednet_certificate_read_issuer(struct bednet_build *build,
                                    const struct bednet_certificate_section *section,
                                    const struct bednet_pair *pair, size_t *authority)
{
    struct bednet_text name;
    if (!bednet_read_text(&build->report, &pair->value, "issuer", &name))
        return false;
    for (size_t i = 0; i < section->name_count; i++) {
        if (!bednet_text_equal(section->names[i], name))
            continue;
        *authority = i;
        return true;
    }
    if (section->name_count > 0)
        refuse_unknown(build, section, &pair->value);
    else if (section->authorities == NULL)
        bednet_report_error(&build->report, pair->value.source,
                            "issuer without authorities (expected '%.64s' and its file in 'authorities')",
                            name.ptr);
    return false;
}
