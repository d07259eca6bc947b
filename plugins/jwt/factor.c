/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/jwt/factor.h"

/* A credential that does not name the client id says nothing of it, and nothing is not the same. */
static bool agree(const struct bednet_factor *factor, const struct bednet_identity_spec *token)
{
    const struct bednet_identity_spec *certificate = factor->spec;
    if ((factor->agree & BEDNET_AGREE_USERNAME) != 0 &&
        !bednet_text_equal(certificate->subject.username, token->subject.username))
        return false;
    return (factor->agree & BEDNET_AGREE_CLIENT_ID) == 0 ||
           (certificate->client_id_is_vouched && token->client_id_is_vouched);
}

static bool speaks_of(const struct bednet_policy *policy, struct bednet_text name)
{
    for (size_t i = 0; i < policy->attribute_count; i++)
        if (bednet_text_equal(policy->attributes[i], name))
            return true;
    return false;
}

/* Of all claims, or with `policy` of those that it speaks of. */
static bool join(struct bednet_jwt_factor *work, const struct bednet_subject *certificate,
                 const struct bednet_subject *token, const struct bednet_policy *policy,
                 struct bednet_identity_spec *spec)
{
    size_t count = 0;
    for (size_t i = 0; i < certificate->attribute_count; i++)
        work->attributes[count++] = bednet_subject_attribute_at(certificate, i);
    for (size_t i = 0; i < token->attribute_count; i++) {
        struct bednet_attribute attribute = bednet_subject_attribute_at(token, i);
        if (policy != NULL && !speaks_of(policy, attribute.name))
            continue;
        if (count == BEDNET_IDENTITY_ATTRIBUTES_MAX)
            return false;
        work->attributes[count++] = attribute;
    }
    spec->subject.attributes = work->attributes;
    spec->subject.pack = NULL;
    spec->subject.attribute_count = count;
    return bednet_identity_fits(spec);
}

static bool has_role(const struct bednet_identity_spec *spec, struct bednet_text name)
{
    for (size_t i = 0; i < spec->role_name_count; i++)
        if (bednet_text_equal(spec->role_names[i], name))
            return true;
    return false;
}

/* A role that was left out might deny something. */
static bool add_roles(struct bednet_jwt_factor *work, const struct bednet_identity_spec *certificate,
                      struct bednet_identity_spec *spec)
{
    for (size_t i = 0; i < spec->role_name_count; i++)
        work->role_names[i] = spec->role_names[i];
    spec->role_names = work->role_names;
    for (size_t i = 0; i < certificate->role_name_count; i++) {
        if (has_role(spec, certificate->role_names[i]))
            continue;
        if (spec->role_name_count == BEDNET_ROLES_PER_CLIENT_MAX)
            return false;
        work->role_names[spec->role_name_count++] = certificate->role_names[i];
    }
    return true;
}

enum bednet_reason bednet_jwt_merge(struct bednet_jwt_factor *work, const struct bednet_policy *policy,
                                    const struct bednet_factor *factor, struct bednet_identity_spec *spec)
{
    const struct bednet_identity_spec *certificate = factor->spec;
    const struct bednet_subject token = spec->subject;
    if (!agree(factor, spec))
        return BEDNET_REASON_FACTORS_DISAGREE;
    if (!add_roles(work, certificate, spec))
        return BEDNET_REASON_TOO_MANY_ROLES;
    if (!join(work, &certificate->subject, &token, NULL, spec) &&
        !join(work, &certificate->subject, &token, policy, spec))
        return BEDNET_REASON_CLAIMS;
    spec->client_id_is_vouched |= certificate->client_id_is_vouched;
    spec->mark = certificate->mark;
    if (certificate->ends_s != 0 && (spec->ends_s == 0 || certificate->ends_s < spec->ends_s)) {
        spec->ends_s = certificate->ends_s;
        spec->ends_with_will = certificate->ends_with_will;
    }
    return BEDNET_REASON_NONE;
}
