/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where memory fails in the tests of allocation: a broker with all plugins, one device and what it may do.
 * All functions that return a text return what is wrong, or NULL.
 */
#ifndef BEDNET_TESTS_FAULT_SCENE_H
#define BEDNET_TESTS_FAULT_SCENE_H

#include "fault/site.h"
#include "fault/sweep.h"

/* Two policies that differ in what a device may publish. */
extern const char scene_rules_a[];
extern const char scene_rules_b[];

extern struct mosquitto scene_client;
extern struct mosquitto scene_shadow; /* another client object, for who takes the first one's names */

/* The token of the day, the same with one letter changed, and the topics of policies a and b for its device.
 */
extern const struct site_token *scene_token;
extern char scene_forged[];
extern char scene_topic_a[];
extern char scene_topic_b[];

/* Setup and teardown of a group: the broker runs, with policy a. And what a test finds, whatever was before.
 */
int scene_open(void **state);
int scene_refresh(void **state);
int scene_close(void **state);

void scene_use_token(const char *name);
void scene_write_a(void);
void scene_write_b(void);
/* Any policy in their place. */
void scene_write(const char *rest);
/* All of them keep identities in that file of the site from now on; NULL: in none, as at first. */
void scene_use_store(const char *name);

/* Modules are loaded, but not initialised. */
void scene_load(void);

void scene_be(struct mosquitto *who, const char *id, const char *username);
/* The device is there and logged in; aborts where it cannot. */
void scene_log_in(void);
bool scene_publishes(struct mosquitto *who, const char *topic);

/* 1: a whole page of metrics; 0: no page; -1: neither. */
int scene_scrape(void);
/* mosquitto_policy_last_reload_successful; -1 where the page does not say. */
int scene_reload_gauge(void);

/* The device may publish on `own` and not on `foreign`, and all else is as both policies have it. */
const char *scene_stands_by(const char *own, const char *foreign);
/*
 * What a login by the token came to, and one by the forged token. Who was refused has nothing of what the
 * token gives under the names that the client has now; nor has anybody else under the token's.
 */
const char *scene_judge_login(int granted, bool failed);
const char *scene_judge_forged(int granted, bool failed);
/* From a login to its end, with policy a. */
const char *scene_works(void);

/* The sweep, and a line about it. */
struct sweep scene_sweep(const char *name, const struct operation *operation, enum faults_mode mode);
/* Fails the test where the sweep finds something; how many allocations the operation makes. */
size_t scene_survives(const char *name, const struct operation *operation);

#endif
