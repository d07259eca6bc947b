/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks that a login by certificate passes through, in their order. Each that can be asked by itself is,
 * with the functions that the plugin asks; the rest follows from the plugin's own verdict.
 */
#ifndef BEDNET_TOOLS_TRIAL_H
#define BEDNET_TOOLS_TRIAL_H

#include "answer.h"
#include "plugins/cert/view.h"

#define BEDNET_TRIAL_LIST(X)                                                                                 \
    X(CERTIFICATE, "certificate", "its number and times can be read")                                        \
    X(ENTRY, "accept", "an entry fits, and no field that it asks for is ambiguous")                          \
    X(VALIDITY, "validity", "already valid, and not expired")                                                \
    X(KEY, "key", "of a type and a size that the entry takes")                                               \
    X(SIGNATURE, "signature", "made with a digest that the entry takes")                                     \
    X(USAGE, "extended_key_usage", "all that the entry asks for")                                            \
    X(LIFETIME, "lifetime", "not made for longer than the entry takes")                                      \
    X(ALLOW, "allow", "on the entry's list, if it has one")                                                  \
    X(DENY, "deny", "not on the list of the section")                                                        \
    X(CRL, "crl", "not revoked, by a list that counts, if lists are asked for")                              \
    X(USERNAME, "user name", "its fields are there, once each, and clean text")                              \
    X(CLIENT_ID, "client id", "the one that the certificate is for")                                         \
    X(ROLES, "roles", "not too many")                                                                        \
    X(TOKEN, "token", "a good one comes with it, where the policy wants one")                                \
    X(AGREEMENT, "agreement", "token and certificate name the same client, as far as they must")

enum bednet_trial {
#define X(name, title, text) BEDNET_TRIAL_##name,
    BEDNET_TRIAL_LIST(X)
#undef X
        BEDNET_TRIALS
};

/* Constant strings. */
const char *bednet_trial_title(enum bednet_trial trial);
const char *bednet_trial_text(enum bednet_trial trial);

/* What one entry of `accept` says of the certificate. */
struct bednet_entry_verdict {
    bool asked; /* the plugin stops at the first that fits, or is ambiguous */
    enum bednet_rule_fit fit;
    size_t failed; /* the index of the match that did not fit */
};

struct bednet_trials {
    struct bednet_entry_verdict entries[BEDNET_ACCEPT_MAX];
    size_t taken;     /* the entry that judges; accept_count where none does */
    size_t authority; /* whose signature was found right; BEDNET_AUTHORITY_NONE: none was looked at */
    enum bednet_outcome outcomes[BEDNET_TRIALS];
    enum bednet_crl_answer crl; /* what the lists say, where the policy has some */
    int64_t stale_s;
};

/*
 * Asks everything that can be asked of a certificate that could be opened (NULL where it could not), whose
 * login `judge`, cert or for a token that came with it jwt, decided so. False where that does not agree with
 * the decision, which is for want of memory.
 */
bool bednet_trials_hold(const struct bednet_cert_view *view, const struct bednet_certificate *certificate,
                        enum bednet_plugin judge, const struct bednet_decision *decision, int64_t now_s,
                        struct bednet_trials *out);

#endif
