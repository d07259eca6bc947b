/* SPDX-License-Identifier: Apache-2.0 */
/* `bednet`: options that stand before the word, then the word. */
#include "command.h"

#include <getopt.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "Usage: bednet check [--json] FILE\n"
    "       bednet token decode [--json] [TOKEN|-]\n"
    "       bednet token verify --policy FILE [OPTION...] [TOKEN|-]\n"
    "       bednet token mint --key FILE [OPTION...]\n"
    "       bednet jwks show [--json] FILE...\n"
    "       bednet jwks from-pem [--kid K] [--alg A] FILE...\n"
    "       bednet cert explain [OPTION...] FILE\n"
    "       bednet --help | --version\n"
    "\n"
    "Works on the policy of the Bednet plugins for Mosquitto, without a broker.\n"
    "\n"
    "  check FILE      say everything that is wrong with a policy and the files that it names\n"
    "  token decode    show what is in a token; verifies nothing\n"
    "  token verify    judge a token as bednet_jwt would, and say which check failed\n"
    "      --policy FILE       the policy to judge by\n"
    "      --keys FILE         keys in place of those of the token's issuer\n"
    "      --fetch             fetch keys that the policy has from a URL\n"
    "      --client-id ID      the client id that the token is used with\n"
    "      --certificate FILE  the certificate that the client shows, in PEM or DER\n"
    "      --at TIME           as if it were that time (2026-11-22T12:00:00Z, or seconds since 1970)\n"
    "      --carrier WHERE     password, username, oauth2-jwt or custom-jwt\n"
    "  token mint      make a token, and print it alone\n"
    "      --key FILE          private key in PEM; for HS256 and its kin a secret, as bytes or as a JWK\n"
    "      --alg ALG           one of HS, RS, PS, ES with 256, 384 or 512, or EdDSA; by default what fits\n"
    "      --kid K, --typ T    members of the header; by default no kid, and typ JWT\n"
    "      --claims JSON|FILE  claims to begin with\n"
    "      --claim NAME=TEXT, --claim NAME:=JSON\n"
    "      --issuer I, --audience A, --subject S, --client-id ID, --jti ID (- for none)\n"
    "      --lifetime 1h       until exp; `none` for a token that never expires\n"
    "      --not-before TIME, --at TIME\n"
    "  jwks show       each key of a key file, and why one is not usable\n"
    "  jwks from-pem   the JWK Set of public keys, private keys or certificates in PEM\n"
    "      --kid K             of a single key; by default its thumbprint (RFC 7638)\n"
    "      --alg A             the only algorithm that the keys may be used with\n"
    "  cert explain    show what is in a certificate, and judge it as bednet_cert would\n"
    "      --policy FILE       the policy to judge by; without it the certificate is only shown\n"
    "      --client-id ID      the client id that the certificate is used with\n"
    "      --token FILE        the token that comes with it\n"
    "      --at TIME           as if it were that time\n"
    "\n"
    "  --json          the answer as one JSON document on standard output\n"
    "  -h, --help      print this text\n"
    "  -V, --version   print the version\n"
    "\n"
    "A token that is not on the command line, where others can see it, is read from standard input.\n"
    "\n"
    "Exit status: 0 all is well, 1 the policy, token, certificate or key is refused, 2 wrong usage,\n"
    "             3 a file cannot be read.\n";

static const struct bednet_command commands[] = {
    {"check", bednet_command_check},
    {"token", bednet_command_token},
    {"jwks", bednet_command_jwks},
    {"cert", bednet_command_cert},
};

int bednet_command_run(const struct bednet_command *list, size_t count, const char *before, int argc,
                       char **argv)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(argv[0], list[i].word) == 0)
            return list[i].run(argc, argv);
    fprintf(stderr, "bednet: unknown command '%s%s'; see bednet --help\n", before, argv[0]);
    return BEDNET_EXIT_USAGE;
}

int bednet_command_nomem(void)
{
    fputs("bednet: out of memory\n", stderr);
    return BEDNET_EXIT_IO;
}

/* What was printed is only said once it has left: a full disk must not look like a good policy. */
static int finish(int code)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return code;
    perror("bednet: standard output");
    return BEDNET_EXIT_IO;
}

/* OpenSSL sets itself up when it is used first, and without memory its functions then crash. */
static bool set_up_crypto(void)
{
    return OPENSSL_init_crypto(0, NULL) == 1 && OSSL_LIB_CTX_get0_global_default() != NULL;
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
    if (!set_up_crypto())
        return bednet_command_nomem();
    argv += optind;
    argc -= optind;
    optind = 0; /* GNU: start anew, with the word's own options */
    return finish(bednet_command_run(commands, sizeof commands / sizeof commands[0], "", argc, argv));
}
