/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks on the verifier of tokens, tried one after the other on one running broker: each must be refused,
 * counted under the reason that is its own, and not be found in the log.
 */
#ifndef BEDNET_TESTS_BROKER_BATTERY_H
#define BEDNET_TESTS_BROKER_BATTERY_H

#include "harness/forge.h"
#include "harness/launch.h"
#include "harness/suite.h"

/* Issuers beside TOKEN_ISSUER: one whose keys are for RS256 and ES256 alone, one whose keys have no names. */
#define PINNED_ISSUER   "https://pinned.test"
#define NAMELESS_ISSUER "https://nameless.test"
#define NAMELESS_SECRET "HMAC secret number %d, of forty bytes..."
#define COUNT(array)    (sizeof(array) / sizeof((array)[0]))

struct battery {
    struct env *env;
    struct broker *broker;
    int port;           /* of the metrics */
    EVP_PKEY *rsa, *ec; /* of the pinned issuer: nothing in their JWK says for which algorithm */
    EVP_PKEY *thief;    /* of nobody that the policy knows */
    const char *page;
    int tried;
    int wrong; /* how many were counted under another reason than their own */
    const char *tokens[2048];
};

/* Starts the broker, which lets good tokens in: were one of them refused, attacks would prove nothing. */
void battery_begin(struct battery *battery, struct env *env);

/* Fails the test where any attack went wrong or left something in the log, or good tokens are refused now. */
void battery_end(struct battery *battery);

/* Tries a token as a password. It must be refused and counted under `reason`; `what` says what it is. */
void battery_attack(struct battery *battery, const char *what, const char *token, const char *reason);

/* Good claims in which `name` is another JSON (NULL: is not there), or comes on top of them. */
const char *battery_claims(struct env *env, const char *name, const char *json);
const char *battery_good_claims(struct env *env);

/* The header for a key of TOKEN_ISSUER; `more` begins with a comma, or is "". */
const char *battery_header(struct env *env, const char *algorithm, const char *more);

/* One algorithm after the other, as attacks go on. */
const char *battery_turn(const struct battery *battery);

#endif
