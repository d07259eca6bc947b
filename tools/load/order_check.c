/* SPDX-License-Identifier: Apache-2.0 */
#include "order_check.h"
#include "command.h"
#include "play.h"
#include "stencil.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)

int bednet_order_refuse(const struct bednet_order *order, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "bednet-load %s: ", order->play->word);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return BEDNET_EXIT_USAGE;
}

static int check_identities(const struct bednet_order *order)
{
    bool has_both = order->clients > 0 && order->subscribers > 0;
    if (order->clients > 1 && !bednet_stencil_has(order->id, 'd'))
        return bednet_order_refuse(
            order, "--id is '%s' for all %zu clients, which would throw each other out (expected a %%d)",
            order->id, order->clients);
    if (order->subscribers > 1 && !bednet_stencil_has(order->subscriber_id, 'd'))
        return bednet_order_refuse(order, "--subscriber-id is '%s' for all %zu subscribers (expected a %%d)",
                                   order->subscriber_id, order->subscribers);
    if (has_both && strcmp(order->id, order->subscriber_id) == 0)
        return bednet_order_refuse(
            order, "--id and --subscriber-id are the same, and clients would throw each other out");
    return BEDNET_EXIT_OK;
}

static int check_tls(const struct bednet_order *order)
{
    const char *needy = order->certificates != NULL  ? "cert-dir"
                        : order->ca_file != NULL     ? "ca"
                        : order->server_name != NULL ? "server-name"
                        : order->insecure            ? "insecure"
                                                     : NULL;
    if (!order->tls && needy != NULL)
        return bednet_order_refuse(order, "--%s needs --tls", needy);
    if (order->insecure && order->ca_file != NULL)
        return bednet_order_refuse(order, "--insecure believes any certificate, and --ca does not");
    return BEDNET_EXIT_OK;
}

static int check_credentials(const struct bednet_order *order)
{
    const char *minted = order->wish.key_path;
    if ((order->tokens != NULL) + (minted != NULL) + (order->password != NULL) > 1)
        return bednet_order_refuse(order, "--password, --tokens and --mint-key exclude each other");
    if (minted == NULL && (order->mint_claim_count > 0 || json_object_size(order->wish.claims) > 0 ||
                           order->wish.algorithm != NULL || order->wish.kid != NULL))
        return bednet_order_refuse(order, "--mint-key is missing, without which no token is made");
    if (order->subscriber_tokens != NULL && order->tokens == NULL)
        return bednet_order_refuse(order, "--subscriber-tokens needs --tokens");
    if (order->tokens != NULL && order->subscribers > 0 && order->subscriber_tokens == NULL)
        return bednet_order_refuse(
            order, "--tokens needs --subscriber-tokens, for subscribers log in, too (or --subscribers 0)");
    if (order->password != NULL && order->username == NULL && order->version < BEDNET_MQTT_5)
        return bednet_order_refuse(order,
                                   "--password needs --username (before MQTT 5 there is none without)");
    return check_tls(order);
}

static int check_amounts(const struct bednet_order *order)
{
    if (order->has_rate && order->window != 0 && order->qos == 0)
        return bednet_order_refuse(
            order, "--rate and --window exclude each other at QoS 0, where nothing is answered");
    if (order->topics > 1 && !bednet_stencil_has(order->topic, 't'))
        return bednet_order_refuse(order, "--topics needs a %%t in --topic");
    if (order->topic[0] == '\0' || strpbrk(order->topic, "+#") != NULL)
        return bednet_order_refuse(
            order, "--topic is '%s' (expected a topic, in which there is no + and no #)", order->topic);
    if (order->duration_ns == 0 && order->count == 0)
        return bednet_order_refuse(order, "--duration is nothing (expected a time)");
    if (order->timeout_ns == 0)
        return bednet_order_refuse(order, "--timeout is nothing (expected a time)");
    if (order->backoff.base_ns == 0 || order->backoff.most_ns < order->backoff.base_ns)
        return bednet_order_refuse(order,
                                   "--backoff-base must be more than nothing and not above --backoff-max");
    if (order->backoff.most_ns > 3600 * SECOND_NS)
        return bednet_order_refuse(order, "--backoff-max is more than an hour");
    if (order->clients + order->subscribers > BEDNET_ORDER_CLIENTS_MAX)
        return bednet_order_refuse(order, "more than %d clients", BEDNET_ORDER_CLIENTS_MAX);
    return BEDNET_EXIT_OK;
}

int bednet_order_check(const struct bednet_order *order)
{
    int code = check_identities(order);
    if (code == BEDNET_EXIT_OK)
        code = check_credentials(order);
    return code == BEDNET_EXIT_OK ? check_amounts(order) : code;
}
