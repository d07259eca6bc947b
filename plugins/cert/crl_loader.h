/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists of revoked certificates that are in force: read once at the start, and afterwards by a thread of
 * its own whenever a file or folder changes. All functions on the broker's thread; after the start none of
 * them reads a file, and none waits but stop(). Whoever links this links bednet_refresh.
 */
#ifndef BEDNET_PLUGINS_CERT_CRL_LOADER_H
#define BEDNET_PLUGINS_CERT_CRL_LOADER_H

#include "policy/policy.h"

struct bednet_crl_loader;

/*
 * Reads the lists that the policy names, if it names any, and starts the thread, with all signals blocked. On
 * failure `diag` says why, *out is left alone and nothing runs: BEDNET_INVALID, BEDNET_IO, BEDNET_LIMIT,
 * BEDNET_NOMEM.
 */
enum bednet_status bednet_crl_loader_start(const struct bednet_certificate_policy *policy,
                                           struct bednet_diag *diag, struct bednet_crl_loader **out);

/* Waits for what is being read, joins the thread and frees every set. NULL is allowed. */
void bednet_crl_loader_stop(struct bednet_crl_loader *loader);

/*
 * Another policy is in force; all that is kept of it is copied. With the same files, folders and authorities
 * nothing changes; else the thread reads what it names now. On BEDNET_NOMEM there is no set (see
 * bednet_crl_loader_current) until configure succeeds: call it again at the next tick.
 */
enum bednet_status bednet_crl_loader_configure(struct bednet_crl_loader *loader,
                                               const struct bednet_certificate_policy *policy);

/*
 * Takes what the thread has ready; true when the set in force is another one: living sessions are then to be
 * held against it. An atomic load where there is nothing new. Before each login, and in each tick.
 */
bool bednet_crl_loader_take(struct bednet_crl_loader *loader);

/*
 * The set in force. Where the policy asks for lists, NULL means that they are not read yet: then every
 * certificate is to be denied (crl_unavailable), whatever `missing` says. Valid until the next configure,
 * take or stop. Always NULL where the policy asks for none.
 */
const struct bednet_crls *bednet_crl_loader_current(const struct bednet_crl_loader *loader);

/*
 * False while the set in force is still that of the policy before: what BEDNET_CRL_MISSING says of it is then
 * no reason to let anybody in, for the lists that are missing may be the ones that are being read.
 */
bool bednet_crl_loader_settled(const struct bednet_crl_loader *loader);

/* Has everything read again, changed or not: on SIGHUP. */
void bednet_crl_loader_reload(struct bednet_crl_loader *loader);

/* Hands over what the thread has to say for the log, oldest first; bounded and escaped. */
void bednet_crl_loader_drain(struct bednet_crl_loader *loader,
                             void (*log)(enum bednet_severity severity, const char *line));

#endif
