/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where every decision of every plugin goes: counted, logged when it denies, and turned into what is done.
 * Deciding and enforcing meet nowhere else. Broker thread only.
 */
#ifndef BEDNET_RUNTIME_REPORT_H
#define BEDNET_RUNTIME_REPORT_H

#include "runtime/chain.h"
#include "runtime/event.h"

/* What a decision was about. `topic` is absent for a login. */
struct bednet_occasion {
    enum bednet_action action;
    const struct bednet_client *client;
    struct bednet_text topic;
};

/*
 * Takes a plugin's decision and returns the verdict to enforce. In `mode: observe` a denial is counted and
 * logged as one and then let through: acl, which alone answers for actions, grants; the others defer. What
 * only an exception allows is logged and counted as such.
 */
enum bednet_verdict bednet_report(const struct bednet_chain *chain, enum bednet_plugin plugin,
                                  const struct bednet_occasion *occasion,
                                  const struct bednet_decision *decision);

/* A denial of the runtime itself, which no mode lifts: `reason` is of BEDNET_SCOPE_GATE. */
void bednet_report_gate_denial(const struct bednet_chain *chain, const struct bednet_occasion *occasion,
                               enum bednet_reason reason);

/*
 * Logs what became of a client that is there because a policy changed, by this plugin's decision
 * (BEDNET_PLUGINS: nobody's in particular). `verb` is a constant string. Counted as nothing that a client
 * did.
 */
void bednet_report_change(const struct bednet_chain *chain, enum bednet_plugin plugin, const char *verb,
                          const struct bednet_occasion *occasion, const struct bednet_decision *decision);

/* Writes what waits for the log; see denial_log.h. */
void bednet_report_drain(void (*write)(const char *line));

#endif
