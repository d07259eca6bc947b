/* SPDX-License-Identifier: Apache-2.0 */
/* One row for each reason that a login by token or by certificate may be refused with. */
#include "remedy.h"

#include <stddef.h>

enum { MEMBERS_MAX = 3 };

static const struct {
    const char *remedy;
    const char *header[MEMBERS_MAX + 1];
    const char *claims[MEMBERS_MAX + 1];
} rows[BEDNET_REASONS] = {
    [BEDNET_REASON_MALFORMED] =
        {"Look at what the client really sends; a token is three segments of base64url, "
         "without padding or line ends.",
         {NULL},
         {NULL}},
    [BEDNET_REASON_TOO_LONG] = {"Ask the issuer for fewer claims, or raise jwt.max_bytes.", {NULL}, {NULL}},
    [BEDNET_REASON_ALGORITHM] =
        {"Sign with an algorithm that the issuer's algorithms and the key both allow, or "
         "add it to algorithms if it is meant.",
         {"alg", "kid"},
         {"iss"}},
    [BEDNET_REASON_TOKEN_TYPE] =
        {"Send an access token, not another kind of signed object, or add the kind to "
         "the issuer's types.",
         {"typ", "cty"},
         {NULL}},
    [BEDNET_REASON_CRITICAL] = {"Have the issuer leave extensions out that must be understood.",
                                {"crit", "b64"},
                                {NULL}},
    [BEDNET_REASON_UNKNOWN_KEY] =
        {"Compare the kid with the issuer's keys (bednet jwks show); a token without "
         "kid needs an issuer with one key of its algorithm.",
         {"kid", "alg"},
         {"iss"}},
    [BEDNET_REASON_SIGNATURE] =
        {"Compare the key set with that of the issuer; otherwise the token was forged or "
         "changed.",
         {"kid", "alg"},
         {"iss"}},
    [BEDNET_REASON_CLAIMS] = {"Give every token a numeric exp, and the claims that the policy makes the user "
                              "name of, once each and of the right type.",
                              {NULL},
                              {"sub", "exp", "nbf"}},
    [BEDNET_REASON_ISSUER] =
        {"Add the issuer to the policy, exactly as iss has it, or find out whose token this "
         "is.",
         {NULL},
         {"iss"}},
    [BEDNET_REASON_AUDIENCE] = {"Request the token for this broker, or add its audience to the policy.",
                                {NULL},
                                {"aud"}},
    [BEDNET_REASON_EXPIRED] = {"Let the client fetch a new token; if it is new, compare the clocks.",
                               {NULL},
                               {"exp"}},
    [BEDNET_REASON_NOT_YET_VALID] = {"Compare the clocks.", {NULL}, {"nbf"}},
    [BEDNET_REASON_CLIENT_ID] = {"Connect under the client id that the token names; here it is told by "
                                 "--client-id.",
                                 {NULL},
                                 {NULL}},
    [BEDNET_REASON_IDENTITY] =
        {"See what the token has in the claims that the user name is made of: clean text, "
         "not too long.",
         {NULL},
         {"sub"}},
    [BEDNET_REASON_TABLE_FULL] = {"Close idle sessions.", {NULL}, {NULL}},
    [BEDNET_REASON_KEYS_UNAVAILABLE] =
        {"The policy's keys are fetched while the broker runs; here --fetch does, or "
         "--keys names a file.",
         {"kid", "alg"},
         {"iss"}},
    [BEDNET_REASON_LIFETIME] = {"Issue tokens that live shorter, with iat and exp, or raise max_lifetime.",
                                {NULL},
                                {"iat", "exp"}},
    [BEDNET_REASON_PARTY] = {"Find out which application the token was made for, or add it to parties.",
                             {NULL},
                             {"azp", "client_id"}},
    [BEDNET_REASON_REQUIRED_CLAIM] = {"Compare the token with the issuer's required claims.", {NULL}, {NULL}},
    [BEDNET_REASON_CONFIRMATION] =
        {"Connect with the certificate that the token was made for; here it is told "
         "by --certificate.",
         {NULL},
         {"cnf"}},
    [BEDNET_REASON_PERMISSIONS] = {"Compare the claim with the format that the issuer's permissions name.",
                                   {NULL},
                                   {NULL}},
    [BEDNET_REASON_REVOKED] = {"If that is a mistake, mend the list of revocations.",
                               {NULL},
                               {"jti", "sub", "iat"}},
    [BEDNET_REASON_OTHER_IDENTITY] = {"Refresh with a token of the same subject.", {NULL}, {"sub"}},
    [BEDNET_REASON_TOO_MANY_ROLES] = {"Give the client fewer roles: one that was left out might deny.",
                                      {NULL},
                                      {NULL}},
    [BEDNET_REASON_FACTORS_DISAGREE] =
        {"Give the client a token and a certificate of the same name, or say in certificate.agree what they "
         "need not say alike.",
         {NULL},
         {"sub"}},
    [BEDNET_REASON_INTERNAL] = {"Memory failed; try again.", {NULL}, {NULL}},
};

static const char *const certificates[BEDNET_REASONS] = {
    [BEDNET_REASON_NO_CERTIFICATE] =
        "Give the client a certificate, on a listener with require_certificate true, or drop "
        "certificate.required.",
    [BEDNET_REASON_CERTIFICATE_RULE] =
        "Compare the certificate with the entries of certificate.accept; the first that fits is its own.",
    [BEDNET_REASON_IDENTITY] =
        "Issue a certificate with one clean value in each field that names the client, "
        "or take the names from other fields.",
    [BEDNET_REASON_EXPIRED] = "Issue a new certificate; if it is new, compare the clocks.",
    [BEDNET_REASON_NOT_YET_VALID] = "Compare the clocks.",
    [BEDNET_REASON_CERTIFICATE_KEY] =
        "Issue a certificate for another key, or add its type or size to the entry's key if it is meant.",
    [BEDNET_REASON_CERTIFICATE_SIGNATURE] = "Have the authority sign with another digest, or add its own to "
                                            "the entry's signature if it is meant.",
    [BEDNET_REASON_CERTIFICATE_USAGE] =
        "Issue a certificate with the entry's extended_key_usage, or ask for less.",
    [BEDNET_REASON_LIFETIME] = "Issue certificates that live shorter, or raise the entry's lifetime.",
    [BEDNET_REASON_CERTIFICATE_LIST] =
        "Put the certificate on the entry's allow, or take it off certificate.deny, if that is meant.",
    [BEDNET_REASON_REVOKED] =
        "If that is a mistake, have the authority issue a list without it, where it allows that; else issue "
        "a new certificate.",
    [BEDNET_REASON_CRL_UNAVAILABLE] =
        "Bring the issuer's current list to where certificate.crl looks for it, or say there what stale and "
        "missing lists mean.",
    [BEDNET_REASON_CLIENT_ID] =
        "Connect under the client id that the certificate names; here it is told by --client-id.",
    [BEDNET_REASON_TOO_MANY_ROLES] = "Give the client fewer roles: one that was left out might deny.",
    [BEDNET_REASON_NO_TOKEN] =
        "Send a token with the certificate, where jwt.carriers look for it; here it is told by --token.",
    [BEDNET_REASON_TABLE_FULL] = "Close idle sessions.",
    [BEDNET_REASON_INTERNAL] = "Memory failed; try again.",
};

const char *bednet_remedy(enum bednet_plugin plugin, enum bednet_reason reason)
{
    return plugin == BEDNET_PLUGIN_CERT  ? certificates[reason]
           : plugin == BEDNET_PLUGIN_JWT ? rows[reason].remedy
                                         : NULL;
}

const char *const *bednet_remedy_header_members(enum bednet_reason reason)
{
    return rows[reason].header;
}

const char *const *bednet_remedy_claims(enum bednet_reason reason)
{
    return rows[reason].claims;
}
