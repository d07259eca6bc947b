/* SPDX-License-Identifier: Apache-2.0 */
/* `metrics`: where the counters can be read. */
#include "policy/build.h"
#include "policy/scalar.h"
#include "policy/tables.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define LISTEN_EXPECTED "an address and a port, such as 127.0.0.1:9234 or [::1]:9234 in quotes"

struct metrics_target {
    const struct bednet_node *listen;
    bool loopback;
    bool allow_remote;
};

/* Splits `host:port` or `[host]:port`. */
static bool split_listen(struct bednet_text listen, struct bednet_text *host, struct bednet_text *port,
                         bool *bracketed)
{
    const char *colon = memrchr(listen.ptr, ':', listen.len);
    if (colon == NULL)
        return false;
    *host = (struct bednet_text){listen.ptr, (size_t)(colon - listen.ptr)};
    *port = (struct bednet_text){colon + 1, listen.len - host->len - 1};
    *bracketed = host->len > 2 && host->ptr[0] == '[' && host->ptr[host->len - 1] == ']';
    if (*bracketed)
        *host = (struct bednet_text){host->ptr + 1, host->len - 2};
    return true;
}

/* False where `host` is no literal address of its kind. */
static bool judge_host(struct bednet_text host, bool bracketed, bool *loopback)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr four;
    struct in6_addr six;
    if (host.len >= sizeof text)
        return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    if (!bracketed) {
        if (inet_pton(AF_INET, text, &four) != 1)
            return false;
        *loopback = ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
        return true;
    }
    if (inet_pton(AF_INET6, text, &six) != 1)
        return false;
    *loopback =
        IN6_IS_ADDR_LOOPBACK(&six) || (IN6_IS_ADDR_V4MAPPED(&six) && six.s6_addr[12] == IN_LOOPBACKNET);
    return true;
}

static bool set_listen(struct bednet_build *build, struct bednet_text listen, bool *loopback)
{
    struct bednet_text host;
    struct bednet_text port;
    bool bracketed;
    uint64_t number;
    if (!split_listen(listen, &host, &port, &bracketed) || !judge_host(host, bracketed, loopback) ||
        bednet_scalar_number(port, &number) != BEDNET_OK || number < 1 || number > UINT16_MAX)
        return false;
    build->policy->metrics.host = bednet_build_keep(build, host);
    build->policy->metrics.port = (uint16_t)number;
    return true;
}

static void read_listen(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct metrics_target *target = into;
    struct bednet_text listen;
    if (!bednet_read_text(&build->report, &pair->value, "listen", &listen))
        return;
    build->policy->metrics.source = pair->key.source;
    if (set_listen(build, listen, &target->loopback))
        target->listen = &pair->value;
    else
        bednet_report_error(&build->report, pair->value.source,
                            "listen is '%.64s' (expected " LISTEN_EXPECTED ")", listen.ptr);
}

static void read_allow_remote(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    struct metrics_target *target = into;
    bednet_read_boolean(&build->report, &pair->value, "allow_remote", &target->allow_remote);
}

static const struct bednet_key metrics_keys[] = {
    {"listen", BEDNET_KEY_OPTIONAL, read_listen},
    {"allow_remote", BEDNET_KEY_OPTIONAL, read_allow_remote},
};

const struct bednet_key_table bednet_table_metrics = BEDNET_KEY_TABLE("metrics", metrics_keys);

void bednet_section_metrics(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)into;
    struct metrics_target target = {.loopback = true};
    build->policy->section[BEDNET_PLUGIN_METRICS] = pair->key.source;
    build->policy->metrics.source = pair->key.source;
    if (!set_listen(build, BEDNET_TEXT_LITERAL("127.0.0.1:9234"), &target.loopback) ||
        !bednet_keys_read(build, &bednet_table_metrics, &pair->value, "metrics", &target))
        return;
    if (target.listen != NULL && !target.loopback && !target.allow_remote)
        bednet_report_error(
            &build->report, target.listen->source,
            "listen is '%.64s', which other machines can reach (expected a loopback address, or "
            "'allow_remote: true': /metrics knows neither passwords nor TLS)",
            target.listen->text.ptr);
}
