/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict in words: what was decided, by which line of the policy, and what to do. */
#include "judgement.h"

#include "json_print.h"
#include "moment.h"
#include "remedy.h"
#include "token/claims.h"

#include <inttypes.h>

static struct bednet_text place(const struct bednet_judgement *judgement, char *out, size_t bytes)
{
    struct bednet_source rule = judgement->decision.rule;
    if (rule.line == 0)
        snprintf(out, bytes, "%s", judgement->question->policy_path);
    else
        snprintf(out, bytes, "%s:%" PRIu32 ":%" PRIu32, judgement->question->policy_path, rule.line,
                 rule.column);
    return bednet_text(out);
}

size_t bednet_judgement_issuer(const struct bednet_judgement *judgement)
{
    const struct bednet_token_rules *rules = &judgement->view->rules;
    const struct bednet_json *claims = judgement->decoded.parts[BEDNET_SEGMENT_PAYLOAD].values;
    size_t i = 0;
    while (i < rules->issuer_count &&
           (claims == NULL || !bednet_json_is(bednet_json_member(claims, "iss"), rules->issuers[i].issuer)))
        i++;
    return i;
}

static void print_list(const char *title, const struct bednet_text *texts, size_t count)
{
    if (count == 0)
        return;
    printf("  %-12s", title);
    for (size_t i = 0; i < count; i++) {
        fputs(i > 0 ? ", " : "", stdout);
        bednet_json_print_string(stdout, texts[i]);
    }
    putchar('\n');
}

static bool is_known(const struct bednet_policy *policy, struct bednet_text name)
{
    for (size_t i = 0; i < policy->acl.role_count; i++)
        if (bednet_text_equal(policy->acl.roles[i].name, name))
            return true;
    return false;
}

static void print_roles(const struct bednet_judgement *judgement)
{
    struct bednet_text names[BEDNET_ROLES_PER_CLIENT_MAX];
    size_t unknown = 0;
    if (judgement->too_many_roles) {
        puts("  roles       too many: every action would be denied (too_many_roles)");
        return;
    }
    for (size_t i = 0; i < judgement->role_count; i++)
        names[i] = judgement->policy->acl.roles[judgement->roles[i]].name;
    if (judgement->role_count == 0)
        puts("  roles       none");
    print_list("roles", names, judgement->role_count);
    for (size_t i = 0; i < judgement->spec.role_name_count; i++)
        if (!is_known(judgement->policy, judgement->spec.role_names[i]))
            names[unknown++] = judgement->spec.role_names[i];
    print_list("not known", names, unknown);
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

static void print_end(const struct bednet_judgement *judgement)
{
    char utc[BEDNET_MOMENT_BYTES], distance[BEDNET_MOMENT_BYTES];
    int64_t ends_s = judgement->spec.ends_s, jitter_s = judgement->policy->jwt.on_expiry.jitter_s;
    if (ends_s == 0) {
        puts("  session     does not end by itself");
        return;
    }
    bednet_moment_utc(ends_s, utc);
    bednet_moment_distance(ends_s, judgement->question->now_s, distance);
    printf("  session     ends %s, %s", utc, distance);
    if (jitter_s > 0)
        printf(", or up to %" PRId64 " s later", jitter_s);
    puts(judgement->spec.ends_with_will ? ", and its will is sent" : ", and its will is not sent");
}

static void print_granted(const struct bednet_judgement *judgement)
{
    const struct bednet_identity_spec *spec = &judgement->spec;
    char where[512];
    puts("accepted");
    size_t issuer = bednet_judgement_issuer(judgement);
    if (issuer < judgement->view->rules.issuer_count)
        print_list("issuer", &judgement->view->rules.issuers[issuer].issuer, 1);
    printf("  policy      %s\n", place(judgement, where, sizeof where).ptr);
    print_list("user name", &spec->subject.username, 1);
    if (spec->client_id_is_vouched)
        print_list("client id", &spec->subject.client_id, 1);
    else
        puts("  client id   any: the policy does not bind the token to one");
    print_roles(judgement);
    print_permissions(spec->permissions);
    print_end(judgement);
}

/* What the token has in the members that the reason is about. */
static void print_members(const struct bednet_json *object, const char *const *names, const char *what)
{
    for (; object != NULL && *names != NULL; names++) {
        const struct bednet_json *value = bednet_json_member(object, *names);
        int64_t at_s;
        printf("  %s %s: ", what, *names);
        if (value == NULL)
            fputs("not there", stdout);
        else
            bednet_json_print(stdout, value, 2);
        bool is_time = strcmp(*names, "exp") == 0 || strcmp(*names, "nbf") == 0 || strcmp(*names, "iat") == 0;
        if (is_time && bednet_json_whole(value, false, &at_s)) {
            char utc[BEDNET_MOMENT_BYTES];
            bednet_moment_utc(at_s, utc);
            printf(" (%s)", utc);
        }
        putchar('\n');
    }
}

static void print_path(const struct bednet_judgement *judgement, struct bednet_text path)
{
    const struct bednet_json *claims = judgement->decoded.parts[BEDNET_SEGMENT_PAYLOAD].values;
    const struct bednet_json *value = claims != NULL ? bednet_claims_find_in(claims, path) : NULL;
    printf("  token has   %.*s: ", (int)path.len, path.ptr);
    if (value != NULL)
        bednet_json_print(stdout, value, 2);
    else
        fputs("not there", stdout);
    putchar('\n');
}

/* What the claims are that a template of the policy speaks of. */
static void print_template(const struct bednet_judgement *judgement, const struct bednet_template *tmpl)
{
    static const char prefix[] = "claim.";
    print_list("policy has", &tmpl->text, 1);
    for (size_t i = 0; i < tmpl->part_count; i++) {
        struct bednet_text name = tmpl->parts[i].text;
        size_t skip = sizeof prefix - 1;
        if (tmpl->parts[i].kind == BEDNET_PART_ATTRIBUTE && name.len > skip)
            print_path(judgement, (struct bednet_text){name.ptr + skip, name.len - skip});
    }
}

static void print_client_id(const struct bednet_judgement *judgement, const struct bednet_template *tmpl)
{
    print_template(judgement, tmpl);
    if (judgement->question->client_id.ptr != NULL)
        print_list("client has", &judgement->question->client_id, 1);
    else
        puts("  client has  no client id: none was told by --client-id");
}

static void print_required(const struct bednet_judgement *judgement, const struct bednet_token_issuer *issuer)
{
    for (size_t i = 0; i < issuer->required_count; i++) {
        print_list("policy has", &issuer->required[i].name, 1);
        print_list("  one of", issuer->required[i].values, issuer->required[i].value_count);
        print_path(judgement, issuer->required[i].name);
    }
}

static void print_faults(const struct bednet_decoded *decoded)
{
    if (decoded->fault[0] != '\0')
        printf("  %s\n", decoded->fault);
    for (int i = 0; i < BEDNET_SEGMENTS; i++)
        if (decoded->parts[i].fault[0] != '\0')
            printf("  %s\n", decoded->parts[i].fault);
}

static void print_wanted_of(const struct bednet_judgement *judgement,
                            const struct bednet_token_issuer *issuer,
                            const struct bednet_jwt_mapping *mapping)
{
    switch (judgement->decision.reason) {
    case BEDNET_REASON_AUDIENCE:
        print_list("policy has", issuer->audiences, issuer->audience_count);
        break;
    case BEDNET_REASON_PARTY:
        print_list("policy has", issuer->parties, issuer->party_count);
        break;
    case BEDNET_REASON_REQUIRED_CLAIM:
        print_required(judgement, issuer);
        break;
    case BEDNET_REASON_CLAIMS:
    case BEDNET_REASON_IDENTITY:
        print_template(judgement, &mapping->identity.username);
        break;
    case BEDNET_REASON_CLIENT_ID:
        print_client_id(judgement, &mapping->identity.client_id);
        break;
    case BEDNET_REASON_PERMISSIONS:
        print_path(judgement, mapping->permissions.claim);
        break;
    case BEDNET_REASON_KEYS_UNAVAILABLE:
        print_list("policy has",
                   mapping->keys.origin == BEDNET_KEYS_URL ? &mapping->keys.url : &mapping->keys.issuer, 1);
        break;
    default:
        break;
    }
}

/* What the policy wants, where that is a short list. */
static void print_wanted(const struct bednet_judgement *judgement)
{
    size_t index = bednet_judgement_issuer(judgement);
    const struct bednet_token_rules *rules = &judgement->view->rules;
    enum bednet_reason reason = judgement->decision.reason;
    if (reason == BEDNET_REASON_ISSUER ||
        (reason == BEDNET_REASON_UNKNOWN_KEY && index == rules->issuer_count))
        for (size_t i = 0; i < rules->issuer_count; i++)
            print_list("policy has", &rules->issuers[i].issuer, 1);
    if (index == rules->issuer_count)
        return;
    print_wanted_of(judgement, &rules->issuers[index], &judgement->policy->jwt.mappings[index]);
}

static void print_steps(enum bednet_step failed)
{
    if (failed == BEDNET_STEPS)
        return;
    putchar('\n');
    for (unsigned step = 0; step < BEDNET_STEPS; step++)
        printf("  %-11s %-15s %s\n",
               step < failed    ? "passed"
               : step == failed ? "FAILED"
                                : "not reached",
               bednet_step_title((enum bednet_step)step), bednet_step_text((enum bednet_step)step));
}

/* Before a token is verified the plugin itself blames no issuer, and its line is that of the section. */
static void print_issuer(const struct bednet_judgement *judgement)
{
    const struct bednet_token_rules *rules = &judgement->view->rules;
    size_t index = bednet_judgement_issuer(judgement);
    if (index == rules->issuer_count)
        return;
    struct bednet_source source = judgement->policy->jwt.mappings[index].source;
    fputs("  issuer      ", stdout);
    bednet_json_print_string(stdout, rules->issuers[index].issuer);
    printf(", %s:%" PRIu32 ":%" PRIu32 "\n", judgement->question->policy_path, source.line, source.column);
}

static void print_denied(const struct bednet_judgement *judgement)
{
    enum bednet_reason reason = judgement->decision.reason;
    const char *remedy = bednet_remedy(reason);
    char where[512];
    printf("refused: %s\n", bednet_reason_name(reason));
    printf("  policy      %s%s\n", place(judgement, where, sizeof where).ptr,
           judgement->policy->observe[BEDNET_PLUGIN_JWT] ? " (mode observe: counted, not enforced)" : "");
    print_issuer(judgement);
    print_faults(&judgement->decoded);
    print_members(judgement->decoded.parts[BEDNET_SEGMENT_HEADER].values,
                  bednet_remedy_header_members(reason), "header has ");
    print_members(judgement->decoded.parts[BEDNET_SEGMENT_PAYLOAD].values, bednet_remedy_claims(reason),
                  "token has  ");
    print_wanted(judgement);
    if (remedy != NULL)
        printf("  remedy      %s\n", remedy);
    print_steps(judgement->failed);
}

void bednet_judgement_print(const struct bednet_judgement *judgement)
{
    switch (judgement->decision.verdict) {
    case BEDNET_GRANT:
        print_granted(judgement);
        break;
    case BEDNET_DEFER:
        puts("not judged: this is not meant as a token, or the policy takes none from there (carriers)\n"
             "  remedy      What bednet_jwt takes for no token it leaves to the plugins and password_file "
             "behind it.");
        break;
    default:
        print_denied(judgement);
    }
}
