/* SPDX-License-Identifier: Apache-2.0 */
/* The words that `bednet` knows, and the exit codes that they share. */
#ifndef BEDNET_TOOLS_COMMAND_H
#define BEDNET_TOOLS_COMMAND_H

#include <stddef.h>

enum {
    BEDNET_EXIT_OK = 0,
    BEDNET_EXIT_NO = 1,    /* the answer is a refusal */
    BEDNET_EXIT_USAGE = 2, /* the command line was wrong */
    BEDNET_EXIT_IO = 3     /* a file cannot be read, or memory ran out */
};

struct bednet_command {
    const char *word;
    int (*run)(int argc, char **argv); /* argv[0] is the word itself; prints its own messages */
};

/*
 * Runs the command that argv[0] names and gives its exit code; `before` is what stands before it on the
 * command line, for messages.
 */
int bednet_command_run(const struct bednet_command *commands, size_t count, const char *before, int argc,
                       char **argv);

/* "out of memory" on standard error; gives the exit code. */
int bednet_command_nomem(void);

int bednet_command_check(int argc, char **argv);
int bednet_command_token(int argc, char **argv);
int bednet_command_token_decode(int argc, char **argv);
int bednet_command_token_verify(int argc, char **argv);
int bednet_command_token_mint(int argc, char **argv);
int bednet_command_cert(int argc, char **argv);
int bednet_command_cert_explain(int argc, char **argv);
int bednet_command_jwks(int argc, char **argv);
int bednet_command_jwks_show(int argc, char **argv);
int bednet_command_jwks_from_pem(int argc, char **argv);

#endif
