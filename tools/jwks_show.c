/* SPDX-License-Identifier: Apache-2.0 */
/* `bednet jwks show`: the keys of a key file, each judged by the code of the plugin. */
#include "command.h"
#include "diagnostics.h"
#include "input.h"
#include "json_print.h"
#include "jwk_json.h"
#include "pem_jwk.h"
#include "token/base64url.h"
#include "token/keyring.h"
#include "token/pem.h"
#include "token/weak_rsa.h"

#include <getopt.h>
#include <openssl/crypto.h>
#include <stdlib.h>

/* What is known of one key. */
struct finding {
    json_t *jwk;         /* borrowed */
    size_t bits;         /* of an RSA modulus or a secret; 0 where that says nothing */
    unsigned algorithms; /* that it may be used with */
    char why_not[BEDNET_DIAG_TEXT_BYTES];
    char thumbprint[BEDNET_JWK_THUMBPRINT_BYTES]; /* empty: none */
};

static const char *member(const json_t *jwk, const char *name)
{
    return json_string_value(json_object_get(jwk, name));
}

/* Bits of a number or of bytes; 0 where the member is no base64url. False without memory. */
static bool bits_of(const json_t *jwk, const char *name, bool number, size_t *bits)
{
    struct bednet_text text = bednet_text(member(jwk, name));
    *bits = 0;
    if (text.ptr == NULL || text.len == 0)
        return true;
    size_t room = BEDNET_BASE64URL_BYTES(text.len), bytes;
    unsigned char *data = malloc(room);
    if (data == NULL)
        return false;
    if (bednet_base64url_decode(text, data, &bytes)) {
        size_t zeros = 0;
        while (number && zeros < bytes && data[zeros] == 0)
            zeros++;
        *bits = number && zeros < bytes
                    ? bednet_rsa_bits((struct bednet_text){(const char *)data + zeros, bytes - zeros})
                    : 8 * (bytes - zeros);
    }
    OPENSSL_cleanse(data, room);
    free(data);
    return true;
}

/* The text of the first complaint, without the number that the key has in a set of its own. */
static void first_complaint(const struct bednet_diag *diag, char out[BEDNET_DIAG_TEXT_BYTES])
{
    const struct bednet_diag_entry *entry = bednet_diag_at(diag, 0);
    const char *text = entry != NULL ? entry->text : "";
    if (strncmp(text, "key 1: ", 7) == 0)
        text += 7;
    snprintf(out, BEDNET_DIAG_TEXT_BYTES, "%s", text);
}

/* Whether a set of this key alone would do for these algorithms; else why not, where `why` is not NULL. */
static enum bednet_status would_do(const char *set, unsigned algorithms, char *why)
{
    struct bednet_keyring *keyring = NULL;
    struct bednet_diag *diag = bednet_diag_new();
    if (diag == NULL)
        return BEDNET_NOMEM;
    enum bednet_status status = bednet_keyring_from_jwks("key", bednet_text(set), algorithms, diag, &keyring);
    /* Where there is a complaint that could not be kept nobody knows why. */
    if (status != BEDNET_OK && bednet_diag_count(diag) == 0)
        status = BEDNET_NOMEM;
    if (status == BEDNET_INVALID && why != NULL)
        first_complaint(diag, why);
    bednet_keyring_free(keyring);
    bednet_diag_free(diag);
    return status;
}

/*
 * A set of the key alone, without its kid, which would only stand in the messages. Owned by the caller; NULL
 * without memory.
 */
static char *alone(json_t *jwk)
{
    json_t *copy = json_copy(jwk);
    /* jansson's copy may be missing what there was no memory for. */
    if (copy == NULL || json_object_size(copy) != json_object_size(jwk)) {
        json_decref(copy);
        return NULL;
    }
    json_t *kid = json_object_get(copy, "kid");
    if (json_is_string(kid) && json_string_length(kid) > 0 && json_string_length(kid) <= BEDNET_KID_BYTES_MAX)
        json_object_del(copy, "kid");
    json_t *set = json_pack("{s:[o]}", "keys", copy);
    char *text = set != NULL ? json_dumps(set, JSON_COMPACT) : NULL;
    json_decref(set);
    return text;
}

/* Which algorithms the key may be used with, or why with none. */
static bool find_use(const char *set, struct finding *finding)
{
    enum bednet_status status = would_do(set, BEDNET_ALG_ALL, finding->why_not);
    for (size_t i = 0; status == BEDNET_OK && bednet_algorithm_names[i] != NULL; i++) {
        unsigned algorithm = bednet_algorithm_by_name(bednet_text(bednet_algorithm_names[i]));
        enum bednet_status one = would_do(set, algorithm, NULL);
        if (one == BEDNET_OK)
            finding->algorithms |= algorithm;
        else if (one == BEDNET_NOMEM)
            return false;
    }
    return status != BEDNET_NOMEM;
}

static bool find(json_t *jwk, struct finding *finding)
{
    const char *kty = member(jwk, "kty");
    bool is_secret = kty != NULL && strcmp(kty, "oct") == 0;
    memset(finding, 0, sizeof *finding);
    finding->jwk = jwk;
    char *set = alone(jwk);
    bool found = set != NULL && bits_of(jwk, is_secret ? "k" : "n", !is_secret, &finding->bits) &&
                 find_use(set, finding);
    if (!bednet_jwk_thumbprint(jwk, finding->thumbprint))
        finding->thumbprint[0] = '\0';
    if (set != NULL)
        OPENSSL_cleanse(set, strlen(set));
    free(set);
    return found;
}

static void print_member(const json_t *jwk, const char *name, const char *before)
{
    const char *value = member(jwk, name);
    if (value == NULL)
        return;
    fputs(before, stdout);
    bednet_json_print_string(stdout, bednet_text(value));
}

static void print_text(const struct finding *finding, size_t number)
{
    const char *kty = member(finding->jwk, "kty");
    printf("  key %zu", number);
    print_member(finding->jwk, "kid", ", kid ");
    print_member(finding->jwk, "kty", "\n    type ");
    print_member(finding->jwk, "crv", " on ");
    if (finding->bits > 0)
        printf(" of %zu %s", kty != NULL && strcmp(kty, "oct") == 0 ? finding->bits / 8 : finding->bits,
               kty != NULL && strcmp(kty, "oct") == 0 ? "bytes" : "bits");
    print_member(finding->jwk, "use", ", use ");
    print_member(finding->jwk, "alg", ", alg ");
    if (finding->thumbprint[0] != '\0')
        printf("\n    thumbprint %s", finding->thumbprint);
    fputs(finding->algorithms != 0 ? "\n    good for" : "\n    not usable: ", stdout);
    for (size_t i = 0; bednet_algorithm_names[i] != NULL; i++)
        if (finding->algorithms & bednet_algorithm_by_name(bednet_text(bednet_algorithm_names[i])))
            printf(" %s", bednet_algorithm_names[i]);
    puts(finding->why_not);
}

static json_t *as_json(const struct finding *finding)
{
    json_t *algorithms = json_array();
    for (size_t i = 0; bednet_algorithm_names[i] != NULL; i++)
        if (finding->algorithms & bednet_algorithm_by_name(bednet_text(bednet_algorithm_names[i])))
            json_array_append_new(algorithms, json_string(bednet_algorithm_names[i]));
    json_t *key =
        json_pack("{s:b, s:o, s:s?, s:s?}", "usable", finding->algorithms != 0, "algorithms", algorithms,
                  "thumbprint", finding->thumbprint[0] != '\0' ? finding->thumbprint : NULL, "why",
                  finding->why_not[0] != '\0' ? finding->why_not : NULL);
    /* Only members that are no secret. */
    static const char *const members[] = {"kid", "kty", "crv", "use", "alg"};
    for (size_t i = 0; key != NULL && i < sizeof members / sizeof *members; i++)
        if (member(finding->jwk, members[i]) != NULL)
            json_object_set(key, members[i], json_object_get(finding->jwk, members[i]));
    if (key != NULL && finding->bits > 0)
        json_object_set_new(key, "bits", json_integer((json_int_t)finding->bits));
    return key;
}

/* The keys of a file, in *keys, which is owned by the caller; NULL where it is no key file. An exit code. */
static int read_keys(const char *path, struct bednet_text text, json_t **keys)
{
    if (bednet_pem_is_there(text)) {
        *keys = json_array();
        /* To the plugin each certificate in a key file has a key. */
        return *keys != NULL ? bednet_pem_to_jwks(path, text, false, *keys) : bednet_command_nomem();
    }
    json_t *root = json_loadb(text.ptr, text.len, 0, NULL);
    json_t *list = json_object_get(root, "keys");
    if (json_is_array(list))
        *keys = json_incref(list);
    else if (json_object_get(root, "kty") != NULL)
        *keys = json_pack("[O]", root);
    json_decref(root);
    return BEDNET_EXIT_OK;
}

/* Prints each key, or appends it to `found` where that is not NULL. */
static int show_keys(const json_t *keys, json_t *found)
{
    struct finding finding;
    size_t index;
    json_t *jwk;
    json_array_foreach(keys, index, jwk)
    {
        if (index == BEDNET_JWKS_KEYS_MAX)
            break;
        if (!find(jwk, &finding))
            return bednet_command_nomem();
        if (found == NULL)
            print_text(&finding, index + 1);
        else if (json_array_append_new(found, as_json(&finding)) != 0)
            return bednet_command_nomem();
    }
    return BEDNET_EXIT_OK;
}

static int print_keys(const char *path, const json_t *keys)
{
    printf("%s: %zu key%s\n", path, json_array_size(keys), json_array_size(keys) == 1 ? "" : "s");
    return show_keys(keys, NULL);
}

static int report_keys(const char *path, const json_t *keys, bool good, json_t *report)
{
    json_t *found = json_array();
    int code = found != NULL ? show_keys(keys, found) : bednet_command_nomem();
    json_t *entry = json_pack("{s:s, s:b, s:o}", "file", path, "ok", good, "keys", found);
    if (code == BEDNET_EXIT_OK)
        return json_array_append_new(report, entry) == 0 ? code : bednet_command_nomem();
    json_decref(entry);
    return code;
}

/* What the keys are, and whether the plugin would take the file, which is another question. */
static int show_file(const char *path, struct bednet_text text, json_t *report, struct bednet_diag *diag)
{
    struct bednet_keyring *keyring = NULL;
    json_t *keys = NULL;
    enum bednet_status status = bednet_keyring_from_file(path, text, BEDNET_ALG_ALL, diag, &keyring);
    int code = read_keys(path, text, &keys);
    /* What the plugin's reader takes has keys, so it was memory that failed. */
    if (code == BEDNET_EXIT_OK && keys == NULL && status == BEDNET_OK)
        code = bednet_command_nomem();
    if (code == BEDNET_EXIT_OK && report != NULL)
        code = report_keys(path, keys, status == BEDNET_OK, report);
    else if (code == BEDNET_EXIT_OK && keys != NULL)
        code = print_keys(path, keys);
    bednet_diagnostics_print(diag, keys == NULL);
    json_decref(keys);
    bednet_keyring_free(keyring);
    if (code == BEDNET_EXIT_OK && status != BEDNET_OK)
        code = status == BEDNET_NOMEM ? bednet_command_nomem() : BEDNET_EXIT_NO;
    return code;
}

static int show(const char *path, json_t *report)
{
    struct bednet_file file;
    int code = bednet_input_read(path, BEDNET_JWKS_BYTES_MAX, &file);
    if (code != BEDNET_EXIT_OK)
        return code;
    struct bednet_diag *diag = bednet_diag_new();
    code = diag != NULL ? show_file(path, (struct bednet_text){file.bytes, file.length}, report, diag)
                        : bednet_command_nomem();
    bednet_diag_free(diag);
    bednet_file_free(&file);
    return code;
}

int bednet_command_jwks_show(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
    json_t *report = NULL;
    int option, code = BEDNET_EXIT_OK;
    optind = 0;
    bool json = false;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'j')
            return BEDNET_EXIT_USAGE;
        json = true;
    }
    if (optind == argc) {
        fputs("bednet jwks show: expected a FILE; see bednet --help\n", stderr);
        return BEDNET_EXIT_USAGE;
    }
    if (json && (report = json_array()) == NULL)
        return bednet_command_nomem();
    for (int i = optind; i < argc; i++) {
        int shown = show(argv[i], report);
        code = shown > code ? shown : code;
    }
    if (json && json_dumpf(report, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0)
        putchar('\n');
    json_decref(report);
    return code;
}
