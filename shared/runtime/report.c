/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/report.h"

#include "runtime/clock.h"
#include "runtime/counters.h"
#include "runtime/process.h"
#include "token/verify.h"

static void log_decision(const struct bednet_chain *chain, const char *plugin, const char *verb,
                         const struct bednet_occasion *occasion, const struct bednet_decision *decision)
{
    struct bednet_denial denial = {
        .plugin = plugin,
        .action = occasion->action,
        .reason = decision->reason,
        .verb = verb,
        .client = *occasion->client,
        .topic = occasion->topic,
        .policy_path = bednet_chain_policy(chain)->path,
        .rule = decision->rule,
    };
    /* A user name may carry a token, rightly or by mistake. */
    if (denial.client.username.ptr != NULL && bednet_token_is_meant(denial.client.username))
        denial.client.username = BEDNET_TEXT_LITERAL("(token)");
    bednet_denial_log_push(bednet_process()->denials, &denial, bednet_clock_monotonic_ns());
}

/* Denials are rare, and what they need must not burden the rest. */
static __attribute__((noinline)) enum bednet_verdict report_denial(const struct bednet_chain *chain,
                                                                   enum bednet_plugin plugin,
                                                                   const struct bednet_occasion *occasion,
                                                                   const struct bednet_decision *decision)
{
    bednet_count_decision(plugin, occasion->action, decision);
    bool observed = bednet_chain_policy(chain)->observe[plugin];
    log_decision(chain, bednet_plugin_name(plugin), observed ? "would deny" : "deny", occasion, decision);
    if (!observed)
        return BEDNET_DENY;
    bednet_count_observed(plugin);
    return plugin == BEDNET_PLUGIN_ACL ? BEDNET_GRANT : BEDNET_DEFER;
}

static __attribute__((noinline)) void report_exception(const struct bednet_chain *chain,
                                                       enum bednet_plugin plugin,
                                                       const struct bednet_occasion *occasion,
                                                       const struct bednet_decision *decision)
{
    bednet_count(BEDNET_COUNTER_EXCEPTIONS_USED);
    log_decision(chain, bednet_plugin_name(plugin), "except", occasion, decision);
}

enum bednet_verdict bednet_report(const struct bednet_chain *chain, enum bednet_plugin plugin,
                                  const struct bednet_occasion *occasion,
                                  const struct bednet_decision *decision)
{
    if (decision->verdict == BEDNET_DENY)
        return report_denial(chain, plugin, occasion, decision);
    if (decision->excepted)
        report_exception(chain, plugin, occasion, decision);
    bednet_count_decision(plugin, occasion->action, decision);
    return decision->verdict;
}

void bednet_report_gate_denial(const struct bednet_chain *chain, const struct bednet_occasion *occasion,
                               enum bednet_reason reason)
{
    struct bednet_decision decision = {.verdict = BEDNET_DENY, .reason = reason};
    bednet_count_gate_denial(occasion->action, reason);
    log_decision(chain, "chain", "deny", occasion, &decision);
}

void bednet_report_change(const struct bednet_chain *chain, enum bednet_plugin plugin, const char *verb,
                          const struct bednet_occasion *occasion, const struct bednet_decision *decision)
{
    log_decision(chain, plugin < BEDNET_PLUGINS ? bednet_plugin_name(plugin) : "chain", verb, occasion,
                 decision);
}

void bednet_report_drain(void (*write)(const char *line))
{
    struct bednet_denial_log *denials = bednet_process()->denials;
    if (!bednet_denial_log_is_empty(denials))
        bednet_denial_log_drain(denials, bednet_clock_monotonic_ns(), write);
}
