/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input is the token. Nothing may verify but the tokens whose signatures this key set made, so that the
 * way to success stays reachable and every other success is a finding. The same bytes are read as a header
 * and as claims besides, since base64 and signatures keep a fuzzer from getting there; a first byte other
 * than
 * `{` then chooses what the issuer asks for. Reaches: bednet_token_is_meant, the guard, header, choice of
 * key, signatures, claims, confirmation, and the walk through them.
 */
#include "data/tokens/fuzz_seeds.h"
#include "token/claims.h"
#include "token/header.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define NOW INT64_C(1800000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Their signatures and headers are remembered from the first input on, so that all others meet a full memory.
 */
static void see_seeds(const struct bednet_token_rules *rules)
{
    for (size_t i = 0; i < sizeof fuzz_seeds / sizeof *fuzz_seeds; i++) {
        struct bednet_claims *claims = NULL;
        size_t issuer;
        if (bednet_token_verify(rules, bednet_text(fuzz_seeds[i]), NOW, &issuer, &claims) !=
            BEDNET_REASON_NONE)
            abort();
        bednet_claims_free(claims);
    }
}

static struct bednet_token_rules *rules_once(void)
{
    static struct bednet_text audience;
    static struct bednet_token_issuer issuer;
    static struct bednet_token_rules rules;
    static struct bednet_keyring *keys;
    if (keys != NULL)
        return &rules;

    struct bednet_diag *diag = bednet_diag_new();
    if (diag == NULL ||
        bednet_keyring_from_jwks("seeds", bednet_text(fuzz_jwks), BEDNET_ALG_ALL, diag, &keys) != BEDNET_OK)
        abort();
    bednet_diag_free(diag);
    audience = bednet_text("mqtt.example.test");
    issuer = (struct bednet_token_issuer){.issuer = bednet_text("https://id.example.test"),
                                          .audiences = &audience,
                                          .audience_count = 1,
                                          .algorithms = BEDNET_ALG_ALL,
                                          .types = BEDNET_TYP_DEFAULT,
                                          .keys = keys};
    rules = (struct bednet_token_rules){&issuer, 1, BEDNET_TOKEN_BYTES_DEFAULT};
    see_seeds(&rules);
    return &rules;
}

static bool is_seed(struct bednet_text token)
{
    for (size_t i = 0; i < sizeof fuzz_seeds / sizeof *fuzz_seeds; i++) {
        if (bednet_text_equal(token, bednet_text(fuzz_seeds[i])))
            return true;
    }
    return false;
}

static bool is_named_as_promised(void *context, struct bednet_text name, struct bednet_text value)
{
    (void)context;
    if (name.len < 7 || name.len > BEDNET_CLAIM_NAME_BYTES_MAX || memcmp(name.ptr, "claim.", 6) != 0 ||
        value.ptr == NULL)
        abort();
    return true;
}

static void read_header(struct bednet_text text)
{
    struct bednet_header header;
    char *copy = malloc(text.len + 1);
    if (copy == NULL)
        return;
    memcpy(copy, text.ptr, text.len);
    if (bednet_header_read(copy, text.len, &header) == BEDNET_REASON_NONE &&
        (header.algorithm == BEDNET_ALG_NONE || header.kid.len > BEDNET_KID_BYTES_MAX))
        abort();
    free(copy);
}

/* The usual issuer, with what the bits of `choice` add. Borrows what lives for ever. */
static struct bednet_token_issuer issuer_of(unsigned char choice)
{
    static struct bednet_text party, words[2], names[2];
    static struct bednet_required_claim required[2];
    struct bednet_token_issuer issuer = rules_once()->issuers[0];
    party = bednet_text("fleet");
    words[0] = bednet_text("mqtt");
    words[1] = bednet_text("7");
    names[0] = bednet_text("scope");
    names[1] = bednet_text("a.b");
    required[0] = (struct bednet_required_claim){names[0], words, 2};
    required[1] = (struct bednet_required_claim){names[1], NULL, 0};
    issuer.expiry_optional = (choice & 1) != 0;
    issuer.lifetime_max_s = (choice & 2) != 0 ? 3600 : 0;
    issuer.parties = &party;
    issuer.party_count = (choice & 4) != 0;
    issuer.required = required + ((choice & 16) != 0);
    issuer.required_count = (choice & 8) != 0 ? 1 : 0;
    issuer.leeway_s = (choice & 32) != 0 ? INT64_MAX : 0;
    issuer.types = choice >> 5;
    return issuer;
}

/* Asks for nothing that can be left out. */
static struct bednet_token_issuer lenient(void)
{
    struct bednet_token_issuer issuer = issuer_of(1 | 32);
    issuer.audience_count = 0;
    return issuer;
}

/* What more is asked for never opens a door. */
static void check_claims(struct bednet_claims *claims, unsigned char choice)
{
    struct bednet_token_issuer issuer = issuer_of(choice), easy = lenient();
    int64_t leeway_s = issuer.leeway_s == 0 ? 0 : BEDNET_TOKEN_LEEWAY_S_MAX;
    if (bednet_claims_check(claims, &issuer, NOW) != BEDNET_REASON_NONE)
        return;
    int64_t expiry_s = bednet_claims_expiry(claims);
    if (expiry_s <= NOW - leeway_s || (issuer.lifetime_max_s > 0 && expiry_s > NOW + leeway_s + 3600) ||
        bednet_claims_check(claims, &easy, NOW) != BEDNET_REASON_NONE ||
        bednet_claims_expiry(claims) != expiry_s || !bednet_claims_visit(claims, is_named_as_promised, NULL))
        abort();
    for (size_t i = 0; i < issuer.required_count; i++) {
        if (bednet_claims_find(claims, issuer.required[i].name) == NULL)
            abort();
    }
}

static void read_claims(struct bednet_text text)
{
    struct bednet_claims *claims = NULL;
    unsigned char thumbprint[BEDNET_THUMBPRINT_BYTES], choice = 7 << 5;
    if (text.len > 0 && text.ptr[0] != '{') {
        choice = (unsigned char)text.ptr[0];
        text = (struct bednet_text){text.ptr + 1, text.len - 1};
    }
    if (bednet_claims_read(text, &claims) != BEDNET_REASON_NONE)
        return;
    check_claims(claims, choice);
    if (bednet_claims_confirmation(claims, thumbprint) == BEDNET_CONFIRMATION_NONE &&
        bednet_claims_find(claims, bednet_text("cnf")) != NULL)
        abort();
    bednet_claims_free(claims);
}

/* Rules of any kind let no more through than seeds, each of the kind that they name. */
static void verify_by(struct bednet_text token, unsigned char choice)
{
    struct bednet_token_issuer issuer = issuer_of(choice);
    struct bednet_token_rules rules = {&issuer, 1, BEDNET_TOKEN_BYTES_DEFAULT};
    struct bednet_claims *claims = NULL;
    size_t index;
    if (bednet_token_verify(&rules, token, NOW, &index, &claims) == BEDNET_REASON_NONE &&
        (!is_seed(token) || issuer.types == 0))
        abort();
    bednet_claims_free(claims);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bednet_text token = {(const char *)data, size};
    struct bednet_claims *claims = NULL;
    size_t issuer = 99;
    enum bednet_reason reason = bednet_token_verify(rules_once(), token, NOW, &issuer, &claims);

    bool verified = reason == BEDNET_REASON_NONE;
    if (verified != is_seed(token) || verified != (claims != NULL) ||
        (!verified && (bednet_reason_scopes(reason) & BEDNET_SCOPE_JWT) == 0)) {
        fprintf(stderr, "verdict %s\n", bednet_reason_name(reason));
        abort();
    }
    /* What verifies was meant as a token, or no plugin would have asked. */
    bool meant = bednet_token_is_meant(token);
    if (claims != NULL && (!meant || issuer != 0 || !bednet_claims_visit(claims, is_named_as_promised, NULL)))
        abort();
    bednet_claims_free(claims);
    read_header(token);
    read_claims(token);
    if (size > 0)
        verify_by(token, data[size - 1]);
    return 0;
}
