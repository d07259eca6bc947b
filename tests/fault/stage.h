/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What most tests of this folder play on: a site for the program, and for each test a fake broker with all
 * plugins and up to two clients, of which nothing is left when it ends.
 */
#ifndef BEDNET_TESTS_FAULT_STAGE_H
#define BEDNET_TESTS_FAULT_STAGE_H

#include "cmocka_first.h"
#include "fault/site.h"

#include <string.h>

static struct mosquitto client;
static struct mosquitto other;
static uint16_t stage_port; /* of the metrics */

static inline int stage_open(void **state)
{
    (void)state;
    site_open();
    stage_port = site_free_port();
    return 0;
}

static inline int stage_close(void **state)
{
    (void)state;
    site_close();
    return 0;
}

static inline int stage_clean(void **state)
{
    (void)state;
    fake_clock_step(0);
    fake_stop();
    fake_client_clear(&client);
    fake_client_clear(&other);
    client.list = other.list = FAKE_GLOBAL;
    client.websockets = other.websockets = false;
    fake_log_clear();
    fake_password_clear();
    fake_violation_clear();
    return 0;
}

/* All plugins, by the policy that `rest` makes; see site_write_policy. */
static inline void stage_start(const char *rest)
{
    struct fake_line lines[SITE_PLUGINS];
    site_write_policy("one.yaml", rest, stage_port);
    site_lines(lines, FAKE_GLOBAL, site_path("one.yaml"), NULL);
    if (fake_start(lines, SITE_PLUGINS, NULL) != 0) {
        fake_log_print();
        fail();
    }
}

static inline void stage_stop(void)
{
    fake_stop();
    assert_null(fake_violation());
}

static inline void stage_be(struct mosquitto *who, const char *id, const char *username)
{
    assert_true(fake_client_set(who, id, username, "192.0.2.1"));
}

/* Enhanced authentication with a token; the broker's answer. */
static inline int stage_show(struct mosquitto *who, const char *token)
{
    return fake_enhanced(who, SITE_METHOD, token, strlen(token));
}

/* `client` comes by the token of device-0. */
static inline void stage_log_in(void)
{
    stage_be(&client, "dev-0", "anything");
    assert_int_equal(stage_show(&client, site_token("device-0")->text), MOSQ_ERR_SUCCESS);
    fake_connected(&client);
}

#endif
