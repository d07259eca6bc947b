/* SPDX-License-Identifier: Apache-2.0 */
/* `bednet jwks from-pem`: the key file that a policy wants, from the keys that one has. */
#include "command.h"
#include "input.h"
#include "jwk_json.h"
#include "pem_jwk.h"
#include "token/keyring.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static int read_keys(const char *path, json_t *keys)
{
    struct bednet_file file;
    int code = bednet_input_read(path, BEDNET_JWKS_BYTES_MAX, &file);
    if (code != BEDNET_EXIT_OK)
        return code;
    code = bednet_pem_to_jwks(path, (struct bednet_text){file.bytes, file.length}, true, keys);
    bednet_file_free(&file);
    return code;
}

static bool name_key(json_t *jwk, const char *kid, const char *algorithm)
{
    char thumbprint[BEDNET_JWK_THUMBPRINT_BYTES];
    if (kid == NULL && !bednet_jwk_thumbprint(jwk, thumbprint))
        return false;
    return json_object_set_new(jwk, "kid", json_string(kid != NULL ? kid : thumbprint)) == 0 &&
           json_object_set_new(jwk, "use", json_string("sig")) == 0 &&
           (algorithm == NULL || json_object_set_new(jwk, "alg", json_string(algorithm)) == 0);
}

/* What goes out is read by the code of the plugin first, which says what it will not take. */
static int prove(const char *text)
{
    struct bednet_keyring *keyring = NULL;
    struct bednet_diag *diag = bednet_diag_new();
    if (diag == NULL)
        return bednet_command_nomem();
    enum bednet_status status =
        bednet_keyring_from_jwks("bednet", bednet_text(text), BEDNET_ALG_ALL, diag, &keyring);
    int code = status == BEDNET_NOMEM                                ? bednet_command_nomem()
               : status == BEDNET_OK && bednet_diag_count(diag) == 0 ? BEDNET_EXIT_OK
                                                                     : BEDNET_EXIT_NO;
    for (size_t i = 0; i < bednet_diag_count(diag); i++)
        fprintf(stderr, "bednet: %s\n", bednet_diag_at(diag, i)->text);
    bednet_keyring_free(keyring);
    bednet_diag_free(diag);
    return code;
}

static int publish(json_t *keys)
{
    json_t *set = json_pack("{s:O}", "keys", keys);
    char *text = set != NULL ? json_dumps(set, JSON_INDENT(2)) : NULL;
    json_decref(set);
    int code = text != NULL ? prove(text) : bednet_command_nomem();
    if (code == BEDNET_EXIT_OK)
        puts(text);
    free(text);
    return code;
}

static int convert(int argc, char **argv, const char *kid, const char *algorithm, json_t *keys)
{
    for (int i = optind; i < argc; i++) {
        int code = read_keys(argv[i], keys);
        if (code != BEDNET_EXIT_OK)
            return code;
    }
    if (kid != NULL && json_array_size(keys) > 1) {
        fprintf(stderr, "bednet jwks from-pem: --kid with %zu keys (expected one: each needs its own)\n",
                json_array_size(keys));
        return BEDNET_EXIT_USAGE;
    }
    for (size_t i = 0; i < json_array_size(keys); i++)
        if (!name_key(json_array_get(keys, i), kid, algorithm)) {
            fputs("bednet: the key cannot be named (expected a kid in UTF-8)\n", stderr);
            return BEDNET_EXIT_IO;
        }
    return publish(keys);
}

int bednet_command_jwks_from_pem(int argc, char **argv)
{
    static const struct option options[] = {
        {"kid", required_argument, NULL, 'k'}, {"alg", required_argument, NULL, 'a'}, {NULL, 0, NULL, 0}};
    const char *kid = NULL, *algorithm = NULL;
    int option;
    optind = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'k' && option != 'a')
            return BEDNET_EXIT_USAGE;
        *(option == 'k' ? &kid : &algorithm) = optarg;
    }
    if (optind == argc) {
        fputs("bednet jwks from-pem: expected a FILE; see bednet --help\n", stderr);
        return BEDNET_EXIT_USAGE;
    }
    if (algorithm != NULL && bednet_algorithm_by_name(bednet_text(algorithm)) == BEDNET_ALG_NONE) {
        fprintf(
            stderr,
            "bednet jwks from-pem: --alg is '%s' (expected RS, PS or ES with 256, 384 or 512, or EdDSA)\n",
            algorithm);
        return BEDNET_EXIT_USAGE;
    }
    json_t *keys = json_array();
    int code = keys != NULL ? convert(argc, argv, kid, algorithm, keys) : bednet_command_nomem();
    json_decref(keys);
    return code;
}
