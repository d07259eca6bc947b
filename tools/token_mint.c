/* SPDX-License-Identifier: Apache-2.0 */
/* `bednet token mint`: a token for a test, a device or an issuer of one's own. */
#include "command.h"
#include "moment.h"
#include "wish.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct option options[] = {{"key", required_argument, NULL, 'k'},
                                        {"alg", required_argument, NULL, 'a'},
                                        {"kid", required_argument, NULL, 'i'},
                                        {"typ", required_argument, NULL, 't'},
                                        {"claims", required_argument, NULL, 'C'},
                                        {"claim", required_argument, NULL, 'c'},
                                        {"issuer", required_argument, NULL, 'I'},
                                        {"audience", required_argument, NULL, 'A'},
                                        {"subject", required_argument, NULL, 'S'},
                                        {"client-id", required_argument, NULL, 'D'},
                                        {"jti", required_argument, NULL, 'j'},
                                        {"lifetime", required_argument, NULL, 'l'},
                                        {"not-before", required_argument, NULL, 'n'},
                                        {"at", required_argument, NULL, 'T'},
                                        {NULL, 0, NULL, 0}};

static int wrong(const char *option, const char *expected)
{
    fprintf(stderr, "bednet token mint: --%s is '%s' (expected %s)\n", option, optarg, expected);
    return BEDNET_EXIT_USAGE;
}

static int take_lifetime(struct bednet_wish *wish)
{
    if (strcmp(optarg, "none") == 0)
        wish->lifetime_s = BEDNET_WISH_NEVER;
    else if (!bednet_moment_parse_duration(optarg, &wish->lifetime_s) || wish->lifetime_s == 0)
        return wrong("lifetime", "30s, 5m, 2h, 7d or none");
    return BEDNET_EXIT_OK;
}

static int take_not_before(struct bednet_wish *wish)
{
    wish->has_not_before = true;
    if (bednet_moment_parse(optarg, &wish->not_before_s))
        return BEDNET_EXIT_OK;
    return wrong("not-before", "seconds since 1970, or 2026-11-22T12:00:00Z");
}

/* Options that say a claim. */
static int take_claim(struct bednet_wish *wish, int option)
{
    switch (option) {
    case 'C':
        return bednet_wish_claims(wish, optarg);
    case 'c':
        return bednet_wish_claim(wish, optarg);
    case 'I':
        return bednet_wish_text(wish, "iss", optarg);
    case 'A':
        return bednet_wish_audience(wish, optarg);
    case 'S':
        return bednet_wish_text(wish, "sub", optarg);
    case 'D':
        return bednet_wish_text(wish, "client_id", optarg);
    default:
        return BEDNET_EXIT_USAGE;
    }
}

static int take(struct bednet_wish *wish, int option)
{
    switch (option) {
    case 'k':
        wish->key_path = optarg;
        return BEDNET_EXIT_OK;
    case 'a':
        wish->algorithm = optarg;
        return BEDNET_EXIT_OK;
    case 'i':
        wish->kid = optarg;
        return BEDNET_EXIT_OK;
    case 't':
        wish->type = optarg;
        return BEDNET_EXIT_OK;
    case 'j':
        wish->jti = optarg;
        return BEDNET_EXIT_OK;
    case 'l':
        return take_lifetime(wish);
    case 'n':
        return take_not_before(wish);
    case 'T':
        return bednet_moment_parse(optarg, &wish->now_s)
                   ? BEDNET_EXIT_OK
                   : wrong("at", "seconds since 1970, or 2026-11-22T12:00:00Z");
    default:
        return take_claim(wish, option);
    }
}

/* What was asked for, from the command line. */
static int gather(int argc, char **argv, struct bednet_wish *wish)
{
    int option, code = BEDNET_EXIT_OK;
    optind = 0;
    while (code == BEDNET_EXIT_OK && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        code = take(wish, option);
    if (code != BEDNET_EXIT_OK)
        return code;
    if (optind != argc || wish->key_path == NULL) {
        fprintf(stderr, "bednet token mint: %s; see bednet --help\n",
                wish->key_path == NULL ? "--key is missing" : "expected options only");
        return BEDNET_EXIT_USAGE;
    }
    return bednet_wish_complete(wish);
}

static int grant(struct bednet_wish *wish, const struct bednet_signer *signer)
{
    if (wish->algorithm == NULL)
        wish->algorithm = bednet_signer_default(signer);
    const char *objection = wish->algorithm != NULL ? bednet_signer_objects(signer, wish->algorithm)
                                                    : "fits no algorithm: wrong type, curve or size";
    if (objection != NULL) {
        fprintf(stderr, "bednet: %s%s%s: %s\n", wish->key_path, wish->algorithm != NULL ? " with " : "",
                wish->algorithm != NULL ? wish->algorithm : "", objection);
        return BEDNET_EXIT_NO;
    }
    char *token = bednet_wish_grant(wish, signer);
    if (token == NULL)
        return BEDNET_EXIT_IO;
    puts(token);
    free(token);
    return BEDNET_EXIT_OK;
}

int bednet_command_token_mint(int argc, char **argv)
{
    struct bednet_signer signer = {0};
    struct bednet_wish wish = {.claims = json_object(), .now_s = time(NULL)};
    int code = wish.claims != NULL ? gather(argc, argv, &wish) : bednet_command_nomem();
    if (code == BEDNET_EXIT_OK)
        code = bednet_signer_load(wish.key_path, &signer);
    if (code == BEDNET_EXIT_OK)
        code = grant(&wish, &signer);
    bednet_signer_free(&signer);
    json_decref(wish.claims);
    return code;
}
