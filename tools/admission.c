/* SPDX-License-Identifier: Apache-2.0 */
#include "admission.h"

#include "answer.h"
#include "json_print.h"
#include "moment.h"

#include <inttypes.h>

static uint64_t own_exceptions(const struct bednet_admission *admission, int64_t now_s)
{
    const struct bednet_acl_policy *acl = &admission->policy->acl;
    uint64_t in_force = bednet_policy_exceptions_at(admission->policy, now_s);
    uint64_t own = 0;
    for (size_t i = 0; i < acl->exception_count; i++)
        if (bednet_policy_excepted(admission->policy, in_force & UINT64_C(1) << i, admission->roles,
                                   admission->role_count) != 0)
            own |= UINT64_C(1) << i;
    return own;
}

void bednet_admission_find_roles(struct bednet_admission *admission, int64_t now_s)
{
    const struct bednet_identity_spec *spec = &admission->spec;
    struct bednet_subject subject = spec->subject;
    if (!spec->client_id_is_vouched)
        subject.client_id = (struct bednet_text){0};
    admission->too_many_roles =
        bednet_policy_roles(admission->policy, &subject, spec->role_names, spec->role_name_count,
                            admission->roles, &admission->role_count, &admission->exemptions) != BEDNET_OK;
    admission->exceptions = admission->too_many_roles ? 0 : own_exceptions(admission, now_s);
}

static bool is_known(const struct bednet_policy *policy, struct bednet_text name)
{
    for (size_t i = 0; i < policy->acl.role_count; i++)
        if (bednet_text_equal(policy->acl.roles[i].name, name))
            return true;
    return false;
}

static void print_roles(const struct bednet_admission *admission)
{
    struct bednet_text names[BEDNET_ROLES_PER_CLIENT_MAX];
    size_t unknown = 0;
    if (admission->too_many_roles) {
        puts("  roles       too many: every action would be denied (too_many_roles)");
        return;
    }
    for (size_t i = 0; i < admission->role_count; i++)
        names[i] = admission->policy->acl.roles[admission->roles[i]].name;
    if (admission->role_count == 0)
        puts("  roles       none");
    bednet_answer_list("roles", names, admission->role_count);
    for (size_t i = 0; i < admission->spec.role_name_count; i++)
        if (!is_known(admission->policy, admission->spec.role_names[i]))
            names[unknown++] = admission->spec.role_names[i];
    bednet_answer_list("not known", names, unknown);
}

static void print_exemptions(const struct bednet_admission *admission)
{
    struct bednet_text names[BEDNET_KEYS_MAX];
    if (!admission->too_many_roles)
        bednet_answer_list("exempt from", names,
                           bednet_answer_words(&bednet_words_exemption, admission->exemptions, names));
}

static const char *exemption_name(const struct bednet_exception *exception)
{
    struct bednet_text name[BEDNET_KEYS_MAX];
    return bednet_answer_words(&bednet_words_exemption, exception->exemption, name) > 0 ? name[0].ptr : "";
}

static void print_exceptions(const struct bednet_admission *admission, int64_t now_s)
{
    char utc[BEDNET_MOMENT_BYTES], distance[BEDNET_MOMENT_BYTES];
    for (uint64_t rest = admission->exceptions; rest != 0; rest &= rest - 1) {
        const struct bednet_exception *exception = &admission->policy->acl.exceptions[__builtin_ctzll(rest)];
        bednet_moment_utc(exception->until_s, utc);
        bednet_moment_distance(exception->until_s, now_s, distance);
        printf("  exempt from \"%s\" until %s, %s: %s\n", exemption_name(exception), utc, distance,
               exception->because.ptr);
    }
}

static const char *action_names(uint8_t actions, char out[64])
{
    size_t length = 0;
    out[0] = '\0';
    for (unsigned action = 0; action < BEDNET_ACTIONS; action++)
        if (actions & 1u << action)
            length += (size_t)snprintf(out + length, 64 - length, "%s%s", length > 0 ? ", " : "",
                                       bednet_action_name((enum bednet_action)action));
    return out;
}

static void print_permission(const struct bednet_permission *entry)
{
    char actions[64];
    printf("    %s %s ", entry->denies ? "deny " : "allow", action_names(entry->actions, actions));
    bednet_json_print_string(stdout, entry->filter);
    if ((entry->qos & 7) != 7 && entry->qos != 0)
        printf(" QoS%s%s%s", entry->qos & 1 ? " 0" : "", entry->qos & 2 ? " 1" : "",
               entry->qos & 4 ? " 2" : "");
    if (entry->retain != BEDNET_RETAIN_ANY)
        fputs(entry->retain == BEDNET_RETAIN_SET ? " retained" : " not retained", stdout);
    putchar('\n');
}

static void print_permissions(const struct bednet_permissions *permissions)
{
    if (permissions == NULL)
        return;
    printf("  permissions in the token %s\n", permissions->use == BEDNET_PERMISSIONS_WIDEN
                                                  ? "add to what the roles allow:"
                                                  : "are all that is left of what the roles allow:");
    for (size_t i = 0; i < permissions->count; i++)
        print_permission(&permissions->entries[i]);
}

static void print_end(const struct bednet_admission *admission, int64_t now_s)
{
    char utc[BEDNET_MOMENT_BYTES], distance[BEDNET_MOMENT_BYTES];
    int64_t ends_s = admission->spec.ends_s;
    if (ends_s == 0) {
        puts("  session     does not end by itself");
        return;
    }
    bednet_moment_utc(ends_s, utc);
    bednet_moment_distance(ends_s, now_s, distance);
    printf("  session     ends %s, %s", utc, distance);
    if (admission->jitter_s > 0)
        printf(", or up to %" PRId64 " s later", admission->jitter_s);
    puts(admission->spec.ends_with_will ? ", and its will is sent" : ", and its will is not sent");
}

void bednet_admission_print(const struct bednet_admission *admission, const char *shown, int64_t now_s)
{
    const struct bednet_identity_spec *spec = &admission->spec;
    bednet_answer_list("user name", &spec->subject.username, 1);
    if (spec->client_id_is_vouched)
        bednet_answer_list("client id", &spec->subject.client_id, 1);
    else
        printf("  client id   any: the policy does not bind the %s to one\n", shown);
    print_roles(admission);
    print_exemptions(admission);
    print_exceptions(admission, now_s);
    print_permissions(spec->permissions);
    print_end(admission, now_s);
}

static json_t *roles_json(const struct bednet_admission *admission)
{
    json_t *list = json_array();
    for (size_t i = 0; i < admission->role_count; i++)
        json_array_append_new(
            list, bednet_answer_text_json(admission->policy->acl.roles[admission->roles[i]].name));
    return list;
}

static json_t *exemptions_json(const struct bednet_admission *admission)
{
    struct bednet_text names[BEDNET_KEYS_MAX];
    size_t count = bednet_answer_words(&bednet_words_exemption, admission->exemptions, names);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, bednet_answer_text_json(names[i]));
    return list;
}

static json_t *exceptions_json(const struct bednet_admission *admission)
{
    json_t *list = json_array();
    for (uint64_t rest = admission->exceptions; rest != 0; rest &= rest - 1) {
        const struct bednet_exception *exception = &admission->policy->acl.exceptions[__builtin_ctzll(rest)];
        json_array_append_new(list, json_pack("{s:s, s:I, s:o}", "what", exemption_name(exception), "until",
                                              (json_int_t)exception->until_s, "because",
                                              bednet_answer_text_json(exception->because)));
    }
    return list;
}

static json_t *permissions_json(const struct bednet_permissions *permissions)
{
    if (permissions == NULL)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < permissions->count; i++) {
        const struct bednet_permission *entry = &permissions->entries[i];
        json_t *actions = json_array();
        for (unsigned action = 0; action < BEDNET_ACTIONS; action++)
            if (entry->actions & 1u << action)
                json_array_append_new(actions, json_string(bednet_action_name((enum bednet_action)action)));
        json_array_append_new(list,
                              json_pack("{s:o, s:b, s:o}", "filter", bednet_answer_text_json(entry->filter),
                                        "deny", entry->denies, "actions", actions));
    }
    return json_pack("{s:s, s:o}", "use", permissions->use == BEDNET_PERMISSIONS_WIDEN ? "widen" : "narrow",
                     "entries", list);
}

json_t *bednet_admission_json(const struct bednet_admission *admission)
{
    const struct bednet_identity_spec *spec = &admission->spec;
    return json_pack("{s:o, s:o, s:b, s:o, s:o, s:o, s:b, s:o, s:o}", "username",
                     bednet_answer_text_json(spec->subject.username), "client_id",
                     bednet_answer_text_json(spec->subject.client_id), "client_id_is_bound",
                     spec->client_id_is_vouched, "roles", roles_json(admission), "exempt",
                     exemptions_json(admission), "exceptions", exceptions_json(admission), "too_many_roles",
                     admission->too_many_roles, "permissions", permissions_json(spec->permissions), "ends",
                     spec->ends_s != 0 ? json_integer(spec->ends_s) : json_null());
}
