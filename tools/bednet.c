/* SPDX-License-Identifier: Apache-2.0 */
/* `bednet`: options that stand before the word, then the word. */
#include "command.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char usage[] = "Usage: bednet check [--json] FILE\n"
                            "       bednet --help | --version\n"
                            "\n"
                            "Works on the policy of the Bednet plugins for Mosquitto, without a broker.\n"
                            "\n"
                            "  check FILE    say everything that is wrong with a policy and its key files\n"
                            "      --json    the same as one JSON document on standard output\n"
                            "  -h, --help    print this text\n"
                            "  -V, --version print the version\n"
                            "\n"
                            "Exit status: 0 all is well, 1 the policy is refused, 2 wrong usage,\n"
                            "             3 the file cannot be read.\n";

static const struct command {
    const char *word;
    int (*run)(int argc, char **argv);
} commands[] = {{"check", bednet_command_check}};

static int run(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[0], commands[i].word) == 0)
            return commands[i].run(argc, argv);
    fprintf(stderr, "bednet: unknown command '%s'; see bednet --help\n", argv[0]);
    return BEDNET_EXIT_USAGE;
}

/* What was printed is only said once it has left: a full disk must not look like a good policy. */
static int finish(int code)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return code;
    perror("bednet: standard output");
    return BEDNET_EXIT_IO;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
    /* '+': stop at the word, whose options are its own. */
    int option = getopt_long(argc, argv, "+hV", options, NULL);
    if (option == 'h') {
        fputs(usage, stdout);
        return finish(BEDNET_EXIT_OK);
    }
    if (option == 'V') {
        puts("bednet " BEDNET_VERSION);
        return finish(BEDNET_EXIT_OK);
    }
    if (option != -1 || optind == argc) {
        fputs(usage, stderr);
        return BEDNET_EXIT_USAGE;
    }
    argv += optind;
    argc -= optind;
    optind = 0; /* GNU: start anew, with the word's own options */
    return finish(run(argc, argv));
}
