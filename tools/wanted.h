/* SPDX-License-Identifier: Apache-2.0 */
/* What the policy wants of a certificate, and what the certificate has instead. */
#ifndef BEDNET_TOOLS_WANTED_H
#define BEDNET_TOOLS_WANTED_H

#include "explanation.h"

/* A line where the lists of revocations have none of its issuer, or one that is out of date; else nothing. */
void bednet_wanted_print_lists(const struct bednet_explanation *explanation);

/* Where it was refused: some lines, or none where the list of the entries or of the fields says it all. */
void bednet_wanted_print(const struct bednet_explanation *explanation);

#endif
