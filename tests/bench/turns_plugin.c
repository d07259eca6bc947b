/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures the broker's loop from inside: the longest time from one tick to the next, and the most that the
 * broker's thread worked meanwhile, which no other program on the machine adds to. From the first SIGHUP to
 * the last, for a broker that has nothing to do waits. Written to the file of plugin_opt_out in the end.
 */
#include "broker/mosquitto_api.h"
#include "broker/versions.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))

struct moment {
    int64_t wall_ns, cpu_ns;
};

static struct {
    struct moment last, most;
    struct moment told; /* `most` as it was at the last SIGHUP */
    unsigned long ticks;
    bool measures;
    char out[4096];
} turns;

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void add(int64_t *most, int64_t value)
{
    *most = value > *most ? value : *most;
}

static int on_tick(int event, void *event_data, void *userdata)
{
    (void)event;
    (void)userdata;
    struct moment now = {read_clock(CLOCK_MONOTONIC), read_clock(CLOCK_THREAD_CPUTIME_ID)};
    bednet_tick_again(event_data, 1);
    if (turns.measures) {
        turns.ticks++;
        add(&turns.most.wall_ns, now.wall_ns - turns.last.wall_ns);
        add(&turns.most.cpu_ns, now.cpu_ns - turns.last.cpu_ns);
    }
    turns.last = now;
    return MOSQ_ERR_SUCCESS;
}

static int on_reload(int event, void *event_data, void *userdata)
{
    (void)event;
    (void)event_data;
    turns.measures = true;
    turns.told = turns.most;
    const struct bednet_broker_features *features = userdata;
    return bednet_reload_code(features);
}

EXPORT int mosquitto_plugin_version(int supported_version_count, const int *supported_versions)
{
    (void)supported_version_count;
    (void)supported_versions;
    return 5;
}

EXPORT int mosquitto_plugin_init(mosquitto_plugin_id_t *identifier, void **userdata,
                                 struct mosquitto_opt *options, int option_count)
{
    static struct bednet_broker_features features;
    (void)userdata;
    features = bednet_broker_features();
    if (option_count != 1 || strcmp(options[0].key, "out") != 0 ||
        snprintf(turns.out, sizeof turns.out, "%s", options[0].value) >= (int)sizeof turns.out)
        return MOSQ_ERR_INVAL;
    if (mosquitto_callback_register(identifier, MOSQ_EVT_TICK, on_tick, NULL, NULL) != MOSQ_ERR_SUCCESS ||
        mosquitto_callback_register(identifier, MOSQ_EVT_RELOAD, on_reload, NULL, &features) !=
            MOSQ_ERR_SUCCESS)
        return MOSQ_ERR_UNKNOWN;
    return MOSQ_ERR_SUCCESS;
}

EXPORT int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *options, int option_count)
{
    (void)userdata;
    (void)options;
    (void)option_count;
    FILE *file = fopen(turns.out, "w");
    if (file == NULL)
        return MOSQ_ERR_ERRNO;
    fprintf(file, "ticks %lu\nwall_ns %lld\ncpu_ns %lld\n", turns.ticks, (long long)turns.told.wall_ns,
            (long long)turns.told.cpu_ns);
    return fclose(file) == 0 ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ERRNO;
}
