/* SPDX-License-Identifier: Apache-2.0 */
/* Of a certificate that was refused: what the policy wants, and what the certificate has instead. */
#ifndef BEDNET_TOOLS_WANTED_H
#define BEDNET_TOOLS_WANTED_H

#include "explanation.h"

/* Some lines, or none where the list of the entries or of the fields says it all. */
void bednet_wanted_print(const struct bednet_explanation *explanation);

#endif
