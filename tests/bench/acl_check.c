/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the access rules of a policy the same question many times, as bednet_acl.so does for each ACL_CHECK:
 * who is it, which roles has he, may he. Run under callgrind with two counts, the difference is the cost of
 * a check without the broker's own.
 *
 *     acl_check POLICY COUNT ACTION TOPIC VERDICT CLIENT_ID SITE ROLE...
 *
 * The client has the claim `site` and the roles named. Exits 0 only when every answer was VERDICT.
 */
#include "plugins/acl/decide.h"
#include "runtime/session.h"

#include <stdio.h>
#include <stdlib.h>

struct question {
    struct bednet_access access;
    enum bednet_verdict wanted;
};

static bool find_action(const char *name, enum bednet_action *action)
{
    for (unsigned i = 0; i < BEDNET_ACTIONS; i++)
        if (strcmp(bednet_action_name((enum bednet_action)i), name) == 0) {
            *action = (enum bednet_action)i;
            return true;
        }
    return false;
}

static bool find_verdict(const char *name, enum bednet_verdict *verdict)
{
    *verdict = strcmp(name, "grant") == 0 ? BEDNET_GRANT : BEDNET_DENY;
    return *verdict == BEDNET_GRANT || strcmp(name, "deny") == 0;
}

static struct bednet_chain *attach(const char *policy)
{
    static const struct bednet_attachment acl = {
        .plugin = BEDNET_PLUGIN_ACL, .module_path = "acl_check", .judges_actions = true};
    struct bednet_chain *chain = NULL;
    struct bednet_diag *diag = bednet_diag_new();
    char line[1024];

    if (diag == NULL)
        return NULL;
    if (bednet_chain_attach(policy, "default", &acl, diag, &chain) != BEDNET_OK)
        chain = NULL;
    for (size_t i = 0; i < bednet_diag_count(diag); i++) {
        bednet_diag_format(bednet_diag_at(diag, i), line, sizeof line);
        fprintf(stderr, "%s\n", line);
    }
    bednet_diag_free(diag);
    return chain;
}

static bool log_in(const struct bednet_chain *chain, const struct bednet_client *client, const char *site,
                   char **roles, size_t role_count)
{
    struct bednet_attribute claim = {BEDNET_TEXT_LITERAL("claim.site"), bednet_text(site)};
    struct bednet_text names[BEDNET_ROLES_PER_CLIENT_MAX];
    struct bednet_identity_spec spec = {
        .chain = chain,
        .handle = client->handle,
        .method = BEDNET_METHOD_JWT,
        .subject = {client->client_id, client->username, &claim, 1},
        .role_names = names,
        .role_name_count = role_count,
    };

    if (role_count > BEDNET_ROLES_PER_CLIENT_MAX)
        return false;
    for (size_t i = 0; i < role_count; i++)
        names[i] = bednet_text(roles[i]);
    return bednet_session_identify(&spec) == BEDNET_OK;
}

static bool ask(struct bednet_chain *chain, const struct question *question, long count)
{
    struct bednet_standing standing;
    struct bednet_decision decision;

    for (long i = 0; i < count; i++) {
        decision = (struct bednet_decision){0};
        bednet_standing_of(chain, &question->access.client, &standing);
        bednet_acl_decide(bednet_chain_policy(chain), &standing, &question->access, &decision);
        if (decision.verdict != question->wanted) {
            fprintf(stderr, "acl_check: not the verdict that was expected (%s)\n",
                    bednet_reason_name(decision.reason));
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    static const char handle;
    struct question question = {0};

    if (argc < 9 || !find_action(argv[3], &question.access.action) ||
        !find_verdict(argv[5], &question.wanted)) {
        fputs("usage: acl_check POLICY COUNT ACTION TOPIC grant|deny CLIENT_ID SITE ROLE...\n", stderr);
        return 2;
    }
    question.access.client = (struct bednet_client){
        .handle = &handle, .client_id = bednet_text(argv[6]), .username = bednet_text("user")};
    question.access.topic = bednet_text(argv[4]);

    struct bednet_chain *chain = attach(argv[1]);
    if (chain == NULL)
        return 1;
    bool right = log_in(chain, &question.access.client, argv[7], argv + 8, (size_t)argc - 8) &&
                 ask(chain, &question, strtol(argv[2], NULL, 10));
    bednet_chain_detach(chain, BEDNET_PLUGIN_ACL);
    return right ? 0 : 1;
}
