/* SPDX-License-Identifier: Apache-2.0 */
/* The PKI of docs/pki.md, made by the commands that stand there. */
#ifndef BEDNET_TESTS_BROKER_PKI_H
#define BEDNET_TESTS_BROKER_PKI_H

#include "harness/tls.h"

/* Where it is: the folder `pki` of the test's own, made when first asked for. */
const char *pki_folder(struct env *env);

/* A file of it: pki_file(env, "crls/device-ca.crl"). */
const char *pki_file(struct env *env, const char *name);

/* Runs the commands of another section of the document, such as "Revoking a device". */
void pki_run(struct env *env, const char *section);

/* Somebody who trusts the root and has NAME.crt and NAME.key of that folder. */
const struct tls_identity *pki_identity(struct env *env, const char *name);

/* Somebody who trusts the root and has no certificate. */
const struct tls_identity *pki_nobody(struct env *env);

/* What makes websockets of a listener. With IPv6 the library of 2.0 listens everywhere, whatever address is
 * said. */
#define PKI_WEBSOCKETS "protocol websockets\nsocket_domain ipv4\n"

/* The lines of mosquitto.conf that the document recommends, for a listener that demands a certificate. */
const char *pki_listener_lines(struct env *env);

#endif
