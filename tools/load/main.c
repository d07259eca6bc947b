/* SPDX-License-Identifier: Apache-2.0 */
/* `bednet-load`: reads the order, lets the swarm run, says what became of it. */
#include "command.h"
#include "order_help.h"
#include "outcome.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

int bednet_command_nomem(void)
{
    fputs("bednet-load: out of memory\n", stderr);
    return BEDNET_EXIT_IO;
}

static int fail_to_write(const char *where)
{
    fprintf(stderr, "bednet-load: %s: %s\n", where, strerror(errno));
    return BEDNET_EXIT_IO;
}

static int write_json(const json_t *outcome, FILE *file, const char *where)
{
    bool good =
        json_dumpf(outcome, file, JSON_INDENT(2) | JSON_REAL_PRECISION(10)) == 0 && fputc('\n', file) != EOF;
    return good && fflush(file) == 0 ? BEDNET_EXIT_OK : fail_to_write(where);
}

/* The file was opened before anything else: a minute of load is not for nothing because of a typing error. */
static int report(const struct bednet_swarm *swarm, FILE *json)
{
    json_t *outcome = bednet_outcome_make(swarm);
    int code = BEDNET_EXIT_OK;
    if (outcome == NULL)
        return bednet_command_nomem();
    if (json != stdout)
        bednet_outcome_print(outcome);
    if (json != NULL)
        code = write_json(outcome, json, swarm->order->json);
    if (code == BEDNET_EXIT_OK && (fflush(stdout) != 0 || ferror(stdout) != 0))
        code = fail_to_write("standard output");
    if (code == BEDNET_EXIT_OK && !bednet_outcome_is_good(outcome))
        code = BEDNET_EXIT_NO;
    json_decref(outcome);
    return code;
}

static int run(const struct bednet_order *order, FILE *json)
{
    static struct bednet_swarm swarm;
    int code = bednet_swarm_init(&swarm, order);
    if (code == BEDNET_EXIT_OK)
        code = bednet_swarm_run(&swarm);
    if (code == BEDNET_EXIT_OK)
        code = report(&swarm, json);
    bednet_swarm_free(&swarm);
    return code;
}

static int run_order(int argc, char **argv)
{
    struct bednet_order order;
    FILE *json = NULL;
    int code = bednet_order_read(argc, argv, &order);
    if (code == BEDNET_EXIT_OK && order.json != NULL) {
        json = strcmp(order.json, "-") == 0 ? stdout : fopen(order.json, "we");
        code = json != NULL ? BEDNET_EXIT_OK : fail_to_write(order.json);
    }
    if (code == BEDNET_EXIT_OK)
        code = run(&order, json);
    if (json != NULL && json != stdout && fclose(json) != 0 && code == BEDNET_EXIT_OK)
        code = fail_to_write(order.json);
    bednet_order_free(&order);
    return code;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        bednet_order_help(stderr);
        return BEDNET_EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        bednet_order_help(stdout);
        return fflush(stdout) == 0 ? BEDNET_EXIT_OK : fail_to_write("standard output");
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        puts("bednet-load " BEDNET_VERSION);
        return fflush(stdout) == 0 ? BEDNET_EXIT_OK : fail_to_write("standard output");
    }
    if (sodium_init() < 0 || OPENSSL_init_crypto(0, NULL) != 1)
        return bednet_command_nomem();
    return run_order(argc - 1, argv + 1);
}
