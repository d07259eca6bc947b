/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGHUP: a thread reads, checks and compiles the chain's policy; the broker's thread asks the plugins what
 * they think of it and exchanges a pointer, and the thread frees what was in force before. Of the plugin that
 * leads the chain, and on the broker's thread.
 */
#ifndef BEDNET_BROKER_RELOAD_H
#define BEDNET_BROKER_RELOAD_H

#include "broker/instance.h"

/* The thread is started by the first reload. BEDNET_NOMEM; then nothing is kept. */
enum bednet_status bednet_reload_start(struct bednet_instance *instance);

/* Waits for what is under way, which changes nothing any more, and joins the thread if there is one. */
void bednet_reload_stop(struct bednet_instance *instance);

/*
 * The policy is to be read anew. Never waits. While a reload is under way it is read once more afterwards, so
 * that what was in the file when this was called, or what came later, is in force in the end. Where the
 * thread cannot be started the policy stays what it was, which is told and counted.
 */
void bednet_reload_ask(struct bednet_instance *instance);

/*
 * While instance->reload_stage is not BEDNET_RELOAD_NONE, as often as may be: takes what the thread has
 * ready. Never where somebody who called holds on to what is in the policy.
 */
void bednet_reload_proceed(struct bednet_instance *instance);

#endif
