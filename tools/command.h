/* SPDX-License-Identifier: Apache-2.0 */
/* The words that `bednet` knows, and the exit codes that they share. */
#ifndef BEDNET_TOOLS_COMMAND_H
#define BEDNET_TOOLS_COMMAND_H

enum {
    BEDNET_EXIT_OK = 0,
    BEDNET_EXIT_NO = 1,    /* the answer is a refusal */
    BEDNET_EXIT_USAGE = 2, /* the command line was wrong */
    BEDNET_EXIT_IO = 3     /* a file cannot be read, or memory ran out */
};

/* argv[0] is the word itself. Each prints its own messages. */
int bednet_command_check(int argc, char **argv);

#endif
