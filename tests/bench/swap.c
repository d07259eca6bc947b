/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holds a broker's decisions against two policies that take turns: messages go through it at a steady rate
 * while SIGHUP after SIGHUP brings the other policy, and every decision must be one of the policy before or
 * of the one after, in that order, and no message may be lost.
 *
 *     swap PORT PID SECONDS EVERY_MS RATE [POLICY EVEN ODD]
 *
 * EVEN and ODD let anybody publish to `soak/both`, nobody to `soak/never`, and each to the topic of its name
 * alone, `soak/even` or `soak/odd`; subscribers may have `soak/+`. POLICY, which the broker reads, is EVEN at
 * the start and in the end. The next SIGHUP comes EVERY_MS after the one before, and not before its policy
 * was seen in force. Without the three files the broker lets everything through, and SIGHUP brings nothing.
 *
 * Prints words and numbers in pairs: how many messages were sent, lost and wrongly decided, how many policies
 * came into force, of the probe, which waits for one answer after the other, nanoseconds, and what the broker
 * had in memory after a few reloads and in the end. Exits 0 when all was right.
 */
#include "histogram.h"
#include "mqtt.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS 1000000
/* What a probe carries, which subscribers get, too. */
#define PROBE UINT64_MAX
/* Between two probes, and how long anything may take before the run is over. */
#define PROBE_NS   NS_PER_MS
#define PATIENCE_S 60
/* A burst after the checker itself was held up: the queue that a broker has for a client is longer. */
#define BURST_MAX 64
/* By then the broker has had two policies at a time a few times. */
#define WARM_RELOADS 6

enum topic { BOTH, EVEN, ODD, NEVER };

static const char *const topics[] = {
    [BOTH] = "soak/both", [EVEN] = "soak/even", [ODD] = "soak/odd", [NEVER] = "soak/never"};
static const enum topic turns[] = {BOTH, EVEN, ODD, BOTH, NEVER, BOTH, ODD, EVEN};
#define TURNS (sizeof turns / sizeof *turns)

/* What decisions of one stream have shown so far. */
struct judge {
    unsigned long generation; /* of the policy that the last one was of; 0 is EVEN */
    unsigned long wrong, lost;
};

struct link {
    int fd;
    unsigned char in[1 << 18];
    size_t in_bytes;
};

static struct {
    bool is_bare;
    unsigned long asked; /* SIGHUPs so far */
    struct judge messages, probes;
    uint64_t sent, next; /* the next message whose fate is not known */
    unsigned probe_turn;
    int64_t probed_ns; /* 0: no answer is awaited */
    long warm_kib;
    struct bednet_histogram *times;
} run;

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("swap: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static bool allows(unsigned long generation, enum topic topic)
{
    if (run.is_bare || topic == BOTH)
        return true;
    return topic != NEVER && (topic == ODD) == (generation % 2 == 1);
}

/* A decision that the policy before cannot have made is the first one of the next, if that was asked for. */
static void judge(struct judge *judge, enum topic topic, bool allowed)
{
    if (allowed == allows(judge->generation, topic))
        return;
    if (topic == BOTH)
        judge->lost++;
    else if (topic == NEVER || judge->generation >= run.asked)
        judge->wrong++;
    else
        judge->generation++;
}

static void send_all(const struct link *link, const unsigned char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t sent = send(link->fd, bytes, count, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            die("the broker does not take what is sent: %s", strerror(errno));
        bytes += sent > 0 ? sent : 0;
        count -= sent > 0 ? (size_t)sent : 0;
    }
}

static void publish(const struct link *link, enum topic topic, unsigned qos, uint64_t number)
{
    unsigned char packet[64];
    const struct bednet_mqtt_message message = {.version = BEDNET_MQTT_5,
                                                .qos = qos,
                                                .packet_id = 1,
                                                .topic = bednet_text(topics[topic]),
                                                .payload_bytes = sizeof number};
    size_t bytes = bednet_mqtt_put_publish(packet, sizeof packet, &message);
    memcpy(packet + bytes - sizeof number, &number, sizeof number);
    send_all(link, packet, bytes);
}

/* Messages before the one that came did not. */
static void take_message(const struct bednet_mqtt_packet *packet)
{
    uint64_t number;
    if (packet->payload_bytes != sizeof number)
        die("a message that nobody sent");
    memcpy(&number, packet->payload, sizeof number);
    if (number == PROBE)
        return;
    if (number < run.next || number >= run.sent)
        die("message %llu comes twice, or too early", (unsigned long long)number);
    for (; run.next < number; run.next++)
        judge(&run.messages, turns[run.next % TURNS], false);
    judge(&run.messages, turns[run.next++ % TURNS], true);
}

static void take_answer(const struct bednet_mqtt_packet *packet)
{
    if (run.probed_ns == 0)
        die("an answer to nothing");
    bednet_histogram_add(run.times, now_ns() - run.probed_ns);
    run.probed_ns = 0;
    judge(&run.probes, turns[run.probe_turn++ % TURNS], packet->reason < 0x80);
}

/* Reads what has come; false where `type` was awaited (0: nothing was) and has not. */
static bool serve(struct link *link, enum bednet_mqtt_type type)
{
    struct bednet_mqtt_packet packet;
    size_t used, from = 0;
    bool has_come = type == 0;
    ssize_t got = recv(link->fd, link->in + link->in_bytes, sizeof link->in - link->in_bytes, 0);
    if (got <= 0)
        die("the broker closes a connection, or is silent for %d s", PATIENCE_S);
    link->in_bytes += (size_t)got;
    while (bednet_mqtt_take(link->in + from, link->in_bytes - from, BEDNET_MQTT_5, &packet, &used) ==
           BEDNET_MQTT_PACKET) {
        has_come = has_come || packet.type == type;
        if (packet.type == BEDNET_MQTT_PUBLISH)
            take_message(&packet);
        else if (packet.type == BEDNET_MQTT_PUBACK)
            take_answer(&packet);
        else if (packet.reason >= 0x80)
            die("refused, reason 0x%02x", packet.reason);
        from += used;
    }
    memmove(link->in, link->in + from, link->in_bytes - from);
    link->in_bytes -= from;
    return has_come;
}

static void connect_to(struct link *link, int port, const char *id)
{
    static const int on = 1;
    static const struct timeval patience = {.tv_sec = PATIENCE_S};
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct bednet_mqtt_login login = {.version = BEDNET_MQTT_5, .id = bednet_text(id)};
    unsigned char packet[128];
    link->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (link->fd < 0 || setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        setsockopt(link->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        setsockopt(link->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
        connect(link->fd, (const struct sockaddr *)&address, sizeof address) != 0)
        die("port %d: %s", port, strerror(errno));
    send_all(link, packet, bednet_mqtt_put_connect(packet, sizeof packet, &login));
    while (!serve(link, BEDNET_MQTT_CONNACK)) {
    }
}

static void subscribe(struct link *link)
{
    unsigned char packet[64];
    send_all(link, packet,
             bednet_mqtt_put_subscribe(packet, sizeof packet, BEDNET_MQTT_5, 1, bednet_text("soak/+"), 0));
    while (!serve(link, BEDNET_MQTT_SUBACK)) {
    }
}

static long rss_kib(const char *pid)
{
    char path[64];
    long pages, resident = 0;
    snprintf(path, sizeof path, "/proc/%s/statm", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%ld %ld", &pages, &resident) != 2)
        die("%s cannot be read", path);
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* As whoever replaces a policy should: never half of it. */
static void bring_policy(char *const files[3], pid_t broker)
{
    char fresh[4096];
    if (!run.is_bare) {
        snprintf(fresh, sizeof fresh, "%s.next", files[0]);
        unlink(fresh);
        if (link(files[1 + (run.asked + 1) % 2], fresh) != 0 || rename(fresh, files[0]) != 0)
            die("%s: %s", fresh, strerror(errno));
    }
    run.asked++;
    if (kill(broker, SIGHUP) != 0)
        die("the broker is gone");
}

/* Both streams have seen the policy that was asked for last. */
static bool is_settled(void)
{
    return run.is_bare || (run.messages.generation == run.asked && run.probes.generation == run.asked);
}

static void send_due(const struct link *sender, int64_t from_ns, double rate)
{
    uint64_t due = (uint64_t)((double)(now_ns() - from_ns) / (double)NS_PER_S * rate);
    for (int i = 0; i < BURST_MAX && run.sent < due; i++, run.sent++)
        publish(sender, turns[run.sent % TURNS], 0, run.sent);
}

static void probe(const struct link *prober, int64_t *last_ns)
{
    int64_t now = now_ns();
    if (run.probed_ns != 0 || now - *last_ns < PROBE_NS)
        return;
    *last_ns = run.probed_ns = now;
    publish(prober, turns[run.probe_turn % TURNS], 1, PROBE);
}

/* What came last was for everybody, so that there is an end to wait for. */
static void finish(struct link *receiver, const struct link *sender)
{
    while (turns[run.sent % TURNS] != BOTH)
        publish(sender, turns[run.sent % TURNS], 0, run.sent), run.sent++;
    publish(sender, BOTH, 0, run.sent++);
    while (run.next < run.sent)
        serve(receiver, 0);
}

/* Until the time is over and all that was asked for is in force, EVEN at last. */
static bool is_over(int64_t until_ns)
{
    return now_ns() >= until_ns && is_settled() && (run.is_bare || run.asked % 2 == 0);
}

static void soak(struct link links[3], char **argv)
{
    int64_t from_ns = now_ns(), until_ns = from_ns + atoi(argv[3]) * NS_PER_S;
    int64_t every_ns = atoi(argv[4]) * (int64_t)NS_PER_MS, hup_ns = from_ns, probe_ns = 0;
    struct pollfd watched[] = {{links[0].fd, POLLIN, 0}, {links[1].fd, POLLIN, 0}, {links[2].fd, POLLIN, 0}};
    while (!is_over(until_ns)) {
        if (now_ns() - hup_ns >= PATIENCE_S * NS_PER_S && !is_settled())
            die("a policy does not come into force");
        if (now_ns() - hup_ns >= every_ns && is_settled()) {
            if (run.asked == WARM_RELOADS)
                run.warm_kib = rss_kib(argv[2]);
            hup_ns = now_ns();
            bring_policy(argv + 6, (pid_t)atoi(argv[2]));
        }
        send_due(&links[1], from_ns, atof(argv[5]));
        probe(&links[2], &probe_ns);
        poll(watched, 3, 1);
        for (int i = 0; i < 3; i++)
            if (watched[i].revents != 0)
                serve(&links[i], 0);
    }
    finish(&links[0], &links[1]);
}

int main(int argc, char **argv)
{
    static struct link links[3]; /* receiver, sender, probe */
    if (argc != 6 && argc != 9)
        die("usage: swap PORT PID SECONDS EVERY_MS RATE [POLICY EVEN ODD]");
    run.is_bare = argc == 6;
    run.times = bednet_histogram_new();
    if (run.times == NULL)
        die("out of memory");
    static const char *const ids[] = {"receiver", "sender", "probe"};
    for (int i = 0; i < 3; i++)
        connect_to(&links[i], atoi(argv[1]), ids[i]);
    subscribe(&links[0]);
    soak(links, argv);
    printf("warm_kib %ld\nrss_kib %ld\n", run.warm_kib, rss_kib(argv[2]));
    printf("sent %llu\nlost %lu\nwrong %lu\nreloads %lu\nprobes %llu\nmedian_ns %lld\np999_ns %lld\nmost_ns "
           "%lld\n",
           (unsigned long long)run.sent, run.messages.lost + run.probes.lost,
           run.messages.wrong + run.probes.wrong, run.asked, (unsigned long long)run.times->count,
           (long long)bednet_histogram_quantile(run.times, 0.5),
           (long long)bednet_histogram_quantile(run.times, 0.999), (long long)run.times->most);
    return run.messages.lost + run.probes.lost + run.messages.wrong + run.probes.wrong > 0;
}
