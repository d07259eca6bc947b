/* SPDX-License-Identifier: Apache-2.0 */
/* What a command reads: named files, and standard input for what should not stand on a command line. */
#ifndef BEDNET_TOOLS_INPUT_H
#define BEDNET_TOOLS_INPUT_H

#include "core/file.h"
#include "core/text.h"
#include "policy/policy.h"

#include <openssl/types.h>

#define BEDNET_CERTIFICATE_BYTES_MAX (1024u * 1024) /* of the file that a certificate is read from */

/*
 * Reads `path`, or standard input for `-`, into *out, which the caller frees with bednet_file_free. Gives an
 * exit code; where it is not BEDNET_EXIT_OK the fault was printed and there is nothing to free.
 */
int bednet_input_read(const char *path, size_t bytes_max, struct bednet_file *out);

/*
 * The token of a command whose arguments are left in `argv` from optind on: the only one of them, or where
 * there is none or `-`, standard input. White space around it is taken off; *token borrows from *out. As
 * above.
 */
int bednet_input_token(const char *command, int argc, char **argv, struct bednet_file *out,
                       struct bednet_text *token);

/* The same of that file, `-` being standard input. */
int bednet_input_token_file(const char *path, struct bednet_file *out, struct bednet_text *token);

/*
 * The policy of that file, for the caller to free, with `section` in it; without it `lack` says what that
 * means. An exit code; warnings and errors were printed.
 */
int bednet_input_policy(const char *path, enum bednet_plugin section, const char *lack,
                        struct bednet_policy **out);

/*
 * The first certificate of a file, PEM or DER, for the caller to free with X509_free. *behind it (may be
 * NULL) is how many more there are in PEM. An exit code; faults were printed.
 */
int bednet_input_certificate(const char *path, X509 **out, size_t *behind);

/* The time of an option --at; false, and printed, where it is none. */
bool bednet_input_moment(const char *command, const char *text, int64_t *at_s);

#endif
