/* SPDX-License-Identifier: Apache-2.0 */
/* From words on a command line to claims. */
#include "wish.h"

#include "command.h"
#include "encode.h"
#include "input.h"
#include "token/verify.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIFETIME_S = 3600, JTI_BYTES = 16 };

static int refuse(const char *option, const char *why)
{
    fprintf(stderr, "bednet token mint: %s: %s\n", option, why);
    return BEDNET_EXIT_USAGE;
}

/* Takes `value`, which may be NULL for want of memory. */
static int set(struct bednet_wish *wish, const char *name, json_t *value)
{
    return json_object_set_new(wish->claims, name, value) == 0 ? BEDNET_EXIT_OK : bednet_command_nomem();
}

static int adopt(struct bednet_wish *wish, const char *text, size_t bytes)
{
    json_error_t fault;
    json_t *claims = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &fault);
    if (!json_is_object(claims)) {
        json_decref(claims);
        return refuse("--claims", claims == NULL ? fault.text : "no object (expected one, in JSON)");
    }
    int code = json_object_update(wish->claims, claims) == 0 ? BEDNET_EXIT_OK : bednet_command_nomem();
    json_decref(claims);
    return code;
}

int bednet_wish_claims(struct bednet_wish *wish, const char *text_or_path)
{
    struct bednet_file file;
    if (text_or_path[strspn(text_or_path, " \t\r\n")] == '{')
        return adopt(wish, text_or_path, strlen(text_or_path));
    int code = bednet_input_read(text_or_path, BEDNET_TOKEN_BYTES_MAX, &file);
    if (code != BEDNET_EXIT_OK)
        return code;
    code = adopt(wish, file.bytes, file.length);
    bednet_file_free(&file);
    return code;
}

int bednet_wish_claim(struct bednet_wish *wish, const char *assignment)
{
    json_error_t fault;
    const char *sign = strchr(assignment, '=');
    bool is_json = sign != NULL && sign > assignment && sign[-1] == ':';
    size_t length = sign != NULL ? (size_t)(sign - assignment) - (is_json ? 1 : 0) : 0;
    if (length == 0)
        return refuse("--claim", "expected NAME=TEXT or NAME:=JSON");
    json_t *value = is_json ? json_loads(sign + 1, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &fault)
                            : json_string(sign + 1);
    if (value == NULL)
        return refuse("--claim", is_json ? fault.text : "the value is not UTF-8");
    char *name = strndup(assignment, length);
    int code = BEDNET_EXIT_OK;
    if (name == NULL)
        code = bednet_command_nomem();
    else if (json_object_set(wish->claims, name, value) != 0)
        code = refuse("--claim", "the name is not UTF-8");
    free(name);
    json_decref(value);
    return code;
}

int bednet_wish_text(struct bednet_wish *wish, const char *name, const char *value)
{
    json_t *text = json_string(value);
    return text != NULL ? set(wish, name, text) : refuse(name, "the value is not UTF-8");
}

int bednet_wish_audience(struct bednet_wish *wish, const char *audience)
{
    json_t *text = json_string(audience);
    json_t *present = json_object_get(wish->claims, "aud");
    if (text == NULL)
        return refuse("--audience", "the value is not UTF-8");
    if (present == NULL)
        return set(wish, "aud", text);
    if (json_is_array(present))
        return json_array_append_new(present, text) == 0 ? BEDNET_EXIT_OK : bednet_command_nomem();
    return set(wish, "aud", json_pack("[O, o]", present, text));
}

static int add_jti(struct bednet_wish *wish)
{
    unsigned char random[JTI_BYTES];
    char text[BEDNET_ENCODED_BYTES(JTI_BYTES)];
    if (wish->jti != NULL)
        return strcmp(wish->jti, "-") == 0 ? BEDNET_EXIT_OK : bednet_wish_text(wish, "jti", wish->jti);
    if (json_object_get(wish->claims, "jti") != NULL)
        return BEDNET_EXIT_OK;
    if (RAND_bytes(random, sizeof random) != 1) {
        fputs("bednet: no random numbers\n", stderr);
        return BEDNET_EXIT_IO;
    }
    bednet_encode(random, sizeof random, text);
    return bednet_wish_text(wish, "jti", text);
}

static int add_expiry(struct bednet_wish *wish)
{
    int64_t lifetime_s = wish->lifetime_s, expiry_s;
    if (lifetime_s == BEDNET_WISH_NEVER) {
        json_object_del(wish->claims, "exp");
        return BEDNET_EXIT_OK;
    }
    if (lifetime_s == 0 && json_object_get(wish->claims, "exp") != NULL)
        return BEDNET_EXIT_OK;
    if (__builtin_add_overflow(wish->now_s, lifetime_s != 0 ? lifetime_s : LIFETIME_S, &expiry_s))
        return refuse("--lifetime", "too long");
    return set(wish, "exp", json_integer(expiry_s));
}

int bednet_wish_complete(struct bednet_wish *wish)
{
    int code = BEDNET_EXIT_OK;
    if (json_object_get(wish->claims, "iat") == NULL)
        code = set(wish, "iat", json_integer(wish->now_s));
    if (code == BEDNET_EXIT_OK && wish->has_not_before)
        code = set(wish, "nbf", json_integer(wish->not_before_s));
    if (code == BEDNET_EXIT_OK)
        code = add_expiry(wish);
    return code == BEDNET_EXIT_OK ? add_jti(wish) : code;
}
