/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads a broker on loopback for a measurement: the same packets in the same order every time, the next ones
 * sent only after the answers to those before have come, so that the broker's work depends little on timing.
 * Speaks MQTT 3.1.1 and nothing that the measurement does not need.
 *
 *     load messages PORT COUNT TOPIC TOPICS PUBLISHER SUBSCRIBER [PID]
 *     load logins   PORT COUNT CLIENT CLIENTS [PID]
 *     load logins   tls:PORT COUNT CLIENT CLIENTS [PID]
 *
 * Messages go to TOPIC, or in turn to so many TOPICS whose last six characters are a number instead. A party
 * is CLIENT_ID or CLIENT_ID:TOKEN_FILE. Logins come 32 at once, as after a restart of the broker, from so
 * many CLIENTS in turn: CLIENT-0, CLIENT-1 and so on, whose tokens are the lines of the file; with `tls:`
 * each makes a whole handshake, and believes any certificate. Prints COUNT, and where PID is the broker's the
 * CPU time in nanoseconds that it took meanwhile. Exits 0 only when everything was answered as it should be.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LOGINS_AT_ONCE   32
#define CLIENTS_MAX      1024
#define PAYLOAD_BYTES    64
#define TOPIC_BYTES_MAX  1000
#define NUMBER_CHARS     6
#define TOKEN_BYTES_MAX  4096
#define TLS_PREFIX       "tls:"
#define PACKET_BYTES_MAX (TOKEN_BYTES_MAX + 4096)
/* Under callgrind a broker with a large policy takes its time; one that is dead must not hold up a run. */
#define ANSWER_TIMEOUT_S 120

struct party {
    char client_id[64];
    char token[TOKEN_BYTES_MAX]; /* empty: anonymous */
};

/* A connection; `ssl` is NULL where it is not encrypted. */
struct link {
    int fd;
    SSL *ssl;
};

static SSL_CTX *tls; /* NULL: connections are not encrypted */

/* A packet being written; the fixed header goes in front when its length is known. */
struct packet {
    size_t length;
    unsigned char bytes[PACKET_BYTES_MAX];
};

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static void put_bytes(struct packet *packet, const void *bytes, size_t count)
{
    if (count > sizeof packet->bytes - packet->length)
        die("a packet is too long");
    memcpy(packet->bytes + packet->length, bytes, count);
    packet->length += count;
}

static void put_number(struct packet *packet, size_t value)
{
    unsigned char bytes[] = {(unsigned char)(value >> 8), (unsigned char)value};

    put_bytes(packet, bytes, sizeof bytes);
}

static void put_string(struct packet *packet, const char *text)
{
    put_number(packet, strlen(text));
    put_bytes(packet, text, strlen(text));
}

/* Puts type and remaining length in front of what was written. */
static void finish(struct packet *packet, unsigned char type)
{
    unsigned char header[5] = {type};
    size_t used = 1;
    size_t rest = packet->length;

    do {
        header[used] = (unsigned char)(rest & 127);
        rest >>= 7;
        header[used++] |= rest > 0 ? 128 : 0;
    } while (rest > 0);
    if (used > sizeof packet->bytes - packet->length)
        die("a packet is too long");
    memmove(packet->bytes + used, packet->bytes, packet->length);
    memcpy(packet->bytes, header, used);
    packet->length += used;
}

static struct link open_link(int port)
{
    const int on = 1;
    const struct timeval timeout = {.tv_sec = ANSWER_TIMEOUT_S};
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        die("port %d: %s", port, strerror(errno));
    struct link link = {.fd = fd};
    if (tls == NULL)
        return link;
    link.ssl = SSL_new(tls);
    if (link.ssl == NULL || SSL_set_fd(link.ssl, fd) != 1 || SSL_connect(link.ssl) != 1)
        die("port %d: no TLS", port);
    return link;
}

static void close_link(struct link link)
{
    SSL_free(link.ssl);
    close(link.fd);
}

static ssize_t write_some(struct link link, const void *bytes, size_t count)
{
    return link.ssl != NULL ? SSL_write(link.ssl, bytes, (int)count)
                            : send(link.fd, bytes, count, MSG_NOSIGNAL);
}

/* 0 at the end, whether TLS was told of it or not. */
static ssize_t read_some(struct link link, void *bytes, size_t count)
{
    if (link.ssl == NULL)
        return recv(link.fd, bytes, count, 0);
    ssize_t got = SSL_read(link.ssl, bytes, (int)count);
    return got > 0 ? got : 0;
}

static void send_packet(struct link link, const struct packet *packet)
{
    size_t sent = 0;

    while (sent < packet->length) {
        ssize_t count = write_some(link, packet->bytes + sent, packet->length - sent);

        if (count < 0)
            die("cannot send: %s", strerror(errno));
        sent += (size_t)count;
    }
}

static void receive_exactly(struct link link, unsigned char *out, size_t count, const char *what)
{
    size_t got = 0;

    while (got < count) {
        ssize_t more = read_some(link, out + got, count - got);

        if (more <= 0)
            die("no %s: %s", what, more == 0 ? "the broker closed the connection" : strerror(errno));
        got += (size_t)more;
    }
}

static void expect(struct link link, const unsigned char *wanted, size_t count, const char *what)
{
    unsigned char got[PACKET_BYTES_MAX];

    receive_exactly(link, got, count, what);
    if (memcmp(got, wanted, count) != 0)
        die("not the %s that was expected (it begins with %02x %02x, its last byte is %02x)", what, got[0],
            got[1], got[count - 1]);
}

/* A token goes into the password; 3.1.1 wants a user name beside it, whatever it says. */
static void make_connect(struct packet *packet, const struct party *party)
{
    const unsigned char level = 4;
    const unsigned char flags = party->token[0] != '\0' ? 0xc2 : 0x02;

    packet->length = 0;
    put_string(packet, "MQTT");
    put_bytes(packet, &level, 1);
    put_bytes(packet, &flags, 1);
    put_number(packet, 0);
    put_string(packet, party->client_id);
    if (party->token[0] != '\0') {
        put_string(packet, "token");
        put_string(packet, party->token);
    }
    finish(packet, 0x10);
}

static struct link ask_to_log_in(int port, const struct packet *connect_packet)
{
    struct link link = open_link(port);

    send_packet(link, connect_packet);
    return link;
}

static void await_login(struct link link)
{
    static const unsigned char accepted[] = {0x20, 2, 0, 0};

    expect(link, accepted, sizeof accepted, "CONNACK");
}

static struct link log_in(int port, const struct packet *connect_packet)
{
    struct link link = ask_to_log_in(port, connect_packet);

    await_login(link);
    return link;
}

static void ask_to_log_out(struct link link)
{
    static const struct packet disconnect = {.length = 2, .bytes = {0xe0, 0}};

    send_packet(link, &disconnect);
}

static void await_logout(struct link link)
{
    unsigned char byte;

    if (read_some(link, &byte, 1) != 0)
        die("the broker did not close the connection");
    close_link(link);
}

static void log_out(struct link link)
{
    ask_to_log_out(link);
    await_logout(link);
}

static void subscribe(struct link link, const char *filter)
{
    static const unsigned char granted[] = {0x90, 3, 0, 1, 0};
    const unsigned char qos = 0;
    static struct packet packet;

    packet.length = 0;
    put_number(&packet, 1);
    put_string(&packet, filter);
    put_bytes(&packet, &qos, 1);
    finish(&packet, 0x82);
    send_packet(link, &packet);
    expect(link, granted, sizeof granted, "SUBACK");
}

static void number_topic(char *topic, long number)
{
    char *at = topic + strlen(topic);

    for (int i = 0; i < NUMBER_CHARS; i++) {
        *--at = (char)('0' + number % 10);
        number /= 10;
    }
}

/* Everything beside the topic: its last level is what varies. */
static void subscribe_beside(struct link link, const char *topic)
{
    char filter[TOPIC_BYTES_MAX + 2];
    const char *slash = strrchr(topic, '/');

    snprintf(filter, sizeof filter, "%.*s/+", (int)(slash - topic), topic);
    subscribe(link, filter);
}

static void make_publish(struct packet *packet, const char *topic)
{
    unsigned char payload[PAYLOAD_BYTES];

    memset(payload, 'x', sizeof payload);
    packet->length = 0;
    put_string(packet, topic);
    put_bytes(packet, payload, sizeof payload);
    finish(packet, 0x30);
}

static void load_messages(int port, long count, char *topic, long topics, const struct party *parties)
{
    static struct packet packet;

    make_connect(&packet, &parties[1]);
    struct link in = log_in(port, &packet);
    subscribe_beside(in, topic);
    make_connect(&packet, &parties[0]);
    struct link out = log_in(port, &packet);

    make_publish(&packet, topic);
    for (long i = 0; i < count; i++) {
        if (topics > 1) {
            number_topic(topic, i % topics);
            make_publish(&packet, topic);
        }
        send_packet(out, &packet);
        expect(in, packet.bytes, packet.length, "delivery");
    }
    log_out(out);
    log_out(in);
}

static void load_logins(int port, long count, const struct party *clients, int client_count)
{
    static struct packet packet;
    struct link links[LOGINS_AT_ONCE];

    for (long done = 0; done < count; done += LOGINS_AT_ONCE) {
        int some = count - done < LOGINS_AT_ONCE ? (int)(count - done) : LOGINS_AT_ONCE;

        for (int i = 0; i < some; i++) {
            make_connect(&packet, &clients[(done + i) % client_count]);
            links[i] = ask_to_log_in(port, &packet);
        }
        for (int i = 0; i < some; i++)
            await_login(links[i]);
        for (int i = 0; i < some; i++)
            ask_to_log_out(links[i]);
        for (int i = 0; i < some; i++)
            await_logout(links[i]);
    }
}

static void read_token(struct party *party, FILE *file, const char *path)
{
    if (fgets(party->token, sizeof party->token, file) == NULL)
        die("too few tokens in %s", path);
    party->token[strcspn(party->token, "\n")] = '\0';
}

/* Fills `count` parties from one argument: CLIENT_ID alone, or more that are numbered where `numbered` says
 * so. */
static void read_parties(struct party *parties, int count, bool numbered, const char *argument)
{
    const char *colon = strchr(argument, ':');
    int length = colon != NULL ? (int)(colon - argument) : (int)strlen(argument);
    FILE *file = colon != NULL ? fopen(colon + 1, "r") : NULL;

    if (length > 32)
        die("a client id is too long");
    if (colon != NULL && file == NULL)
        die("cannot read %s", colon + 1);
    for (int i = 0; i < count; i++) {
        if (numbered)
            snprintf(parties[i].client_id, sizeof parties[i].client_id, "%.*s-%d", length, argument, i);
        else
            snprintf(parties[i].client_id, sizeof parties[i].client_id, "%.*s", length, argument);
        if (file != NULL)
            read_token(&parties[i], file, colon + 1);
    }
    if (file != NULL)
        fclose(file);
}

static long read_number(const char *argument, long max)
{
    char *end;
    long value = strtol(argument, &end, 10);

    if (end == argument || *end != '\0' || value < 0 || value > max)
        die("not a number up to %ld: %s", max, argument);
    return value;
}

/* User and kernel time of all its threads. */
static uint64_t cpu_ns_of(pid_t pid)
{
    clockid_t clock;
    struct timespec time;

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        die("no CPU clock of process %ld", (long)pid);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int usage(void)
{
    fputs("usage: load messages PORT COUNT TOPIC TOPICS PUBLISHER SUBSCRIBER [PID]\n"
          "       load logins [tls:]PORT COUNT CLIENT CLIENTS [PID]\n",
          stderr);
    return 2;
}

static void check_topic(const char *topic)
{
    const char *slash = strrchr(topic, '/');

    if (slash == NULL || strlen(slash + 1) < NUMBER_CHARS || strlen(topic) > TOPIC_BYTES_MAX)
        die("a topic has several levels, the last one of six characters or more");
}

int main(int argc, char **argv)
{
    static struct party parties[CLIENTS_MAX];
    bool messages = argc >= 8 && argc <= 9 && strcmp(argv[1], "messages") == 0;
    bool logins = argc >= 6 && argc <= 7 && strcmp(argv[1], "logins") == 0;

    if (!messages && !logins)
        return usage();
    if (strncmp(argv[2], TLS_PREFIX, strlen(TLS_PREFIX)) == 0) {
        argv[2] += strlen(TLS_PREFIX);
        if ((tls = SSL_CTX_new(TLS_client_method())) == NULL)
            die("no TLS");
    }
    int port = (int)read_number(argv[2], 65535);
    long count = read_number(argv[3], 100000000);
    const char *pid_argument = argv[messages ? 8 : 6];
    pid_t pid = pid_argument != NULL ? (pid_t)read_number(pid_argument, INT32_MAX) : 0;
    uint64_t before = pid != 0 ? cpu_ns_of(pid) : 0;

    if (messages) {
        check_topic(argv[4]);
        read_parties(&parties[0], 1, false, argv[6]);
        read_parties(&parties[1], 1, false, argv[7]);
        load_messages(port, count, argv[4], read_number(argv[5], 999999), parties);
    } else {
        int clients = (int)read_number(argv[5], CLIENTS_MAX);
        if (clients < LOGINS_AT_ONCE)
            die("%d logins at once need as many clients", LOGINS_AT_ONCE);
        read_parties(parties, clients, true, argv[4]);
        load_logins(port, count, parties, clients);
    }
    if (pid == 0)
        printf("%ld\n", count);
    else
        printf("%ld %llu\n", count, (unsigned long long)(cpu_ns_of(pid) - before));
    SSL_CTX_free(tls);
    return 0;
}
