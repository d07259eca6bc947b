/* SPDX-License-Identifier: Apache-2.0 */
/* `bednet token`, `bednet jwks` and `bednet cert`: the second word. */
#include "command.h"

#include <stdio.h>

int bednet_command_token(int argc, char **argv)
{
    static const struct bednet_command commands[] = {
        {"decode", bednet_command_token_decode},
        {"verify", bednet_command_token_verify},
        {"mint", bednet_command_token_mint},
    };
    if (argc < 2) {
        fputs("bednet token: expected decode, verify or mint; see bednet --help\n", stderr);
        return BEDNET_EXIT_USAGE;
    }
    return bednet_command_run(commands, sizeof commands / sizeof commands[0], "token ", argc - 1, argv + 1);
}

int bednet_command_jwks(int argc, char **argv)
{
    static const struct bednet_command commands[] = {
        {"show", bednet_command_jwks_show},
        {"from-pem", bednet_command_jwks_from_pem},
    };
    if (argc < 2) {
        fputs("bednet jwks: expected show or from-pem; see bednet --help\n", stderr);
        return BEDNET_EXIT_USAGE;
    }
    return bednet_command_run(commands, sizeof commands / sizeof commands[0], "jwks ", argc - 1, argv + 1);
}

int bednet_command_cert(int argc, char **argv)
{
    static const struct bednet_command commands[] = {{"explain", bednet_command_cert_explain}};
    if (argc < 2) {
        fputs("bednet cert: expected explain; see bednet --help\n", stderr);
        return BEDNET_EXIT_USAGE;
    }
    return bednet_command_run(commands, sizeof commands / sizeof commands[0], "cert ", argc - 1, argv + 1);
}
