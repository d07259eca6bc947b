/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/mapping.h"

static enum bednet_reason map_username(struct bednet_mapped *work,
                                       const struct bednet_identity_mapping *mapping,
                                       const struct bednet_subject *subject, enum bednet_reason missing)
{
    switch (bednet_template_expand(&mapping->username, subject, work->username, sizeof work->username)) {
    case BEDNET_OK:
        return BEDNET_REASON_NONE;
    case BEDNET_NOT_FOUND:
        return missing;
    default:
        return BEDNET_REASON_IDENTITY;
    }
}

/* What names a client id is good for that one only: nobody takes over a session with it. */
static enum bednet_reason bind_client_id(const struct bednet_identity_mapping *mapping,
                                         const struct bednet_subject *subject)
{
    char expected[BEDNET_IDENTITY_NAME_BYTES_MAX + 1];
    if (mapping->client_id.part_count == 0)
        return BEDNET_REASON_NONE;
    if (bednet_template_expand(&mapping->client_id, subject, expected, sizeof expected) != BEDNET_OK ||
        !bednet_text_equal(bednet_text(expected), subject->client_id))
        return BEDNET_REASON_CLIENT_ID;
    return BEDNET_REASON_NONE;
}

static bool add_role(struct bednet_mapped *work, struct bednet_identity_spec *spec, struct bednet_text name)
{
    if (spec->role_name_count == BEDNET_ROLES_PER_CLIENT_MAX)
        return false;
    work->role_names[spec->role_name_count++] = name;
    return true;
}

/* A role that was left out might deny something, so too many of them refuse the login. */
static enum bednet_reason map_roles(struct bednet_mapped *work, const struct bednet_identity_mapping *mapping,
                                    const struct bednet_subject *subject, struct bednet_identity_spec *spec)
{
    spec->role_names = work->role_names;
    spec->role_name_count = 0;
    for (size_t i = 0; i < mapping->role_count; i++) {
        const struct bednet_part *part = &mapping->roles[i].parts[0];
        if (part->kind == BEDNET_PART_LITERAL && !add_role(work, spec, part->text))
            return BEDNET_REASON_TOO_MANY_ROLES;
        for (size_t a = 0; part->kind == BEDNET_PART_ATTRIBUTE && a < subject->attribute_count; a++) {
            struct bednet_attribute attribute = bednet_subject_attribute_at(subject, a);
            if (bednet_text_equal(attribute.name, part->text) && !add_role(work, spec, attribute.value))
                return BEDNET_REASON_TOO_MANY_ROLES;
        }
    }
    return BEDNET_REASON_NONE;
}

enum bednet_reason bednet_mapping_apply(struct bednet_mapped *work,
                                        const struct bednet_identity_mapping *mapping,
                                        const struct bednet_subject *subject, enum bednet_reason missing,
                                        struct bednet_identity_spec *spec)
{
    spec->client_id_is_vouched = mapping->client_id.part_count > 0;
    enum bednet_reason reason = map_username(work, mapping, subject, missing);
    if (reason == BEDNET_REASON_NONE)
        reason = bind_client_id(mapping, subject);
    if (reason == BEDNET_REASON_NONE)
        reason = map_roles(work, mapping, subject, spec);
    if (reason == BEDNET_REASON_NONE)
        spec->subject.username = bednet_text(work->username);
    return reason;
}
