/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the loaded bednet_acl.so, as a broker does, about what a client wants to do; run under callgrind,
 * which counts within its callback. The client logs in by token, at bednet_jwt.so beside it.
 *
 *     check POLICY COUNT CLIENT_ID TOKEN_FILE QUESTION...
 *
 * A QUESTION is ACTION:TOPIC:VERDICT, with publish, subscribe or receive and grant or deny. Each is asked
 * COUNT times, and with a `*` in its topic that is another topic every time, of six digits there. What was
 * counted for each goes into a file of its own: callgrind numbers them. Exits 0 only when every answer was
 * VERDICT.
 */
#include "fault/fake_broker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/callgrind.h>

#define TOKEN_BYTES_MAX 4096
#define TOPIC_BYTES_MAX 1000
#define COUNT_MAX       999999

struct question {
    int access;
    bool wanted;
    char topic[TOPIC_BYTES_MAX + 1];
    char *star; /* where the digits go; NULL: nowhere */
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "check: %s\n", what);
    fake_log_print();
    exit(1);
}

static int find_action(const char *name)
{
    if (strcmp(name, "publish") == 0)
        return MOSQ_ACL_WRITE;
    if (strcmp(name, "subscribe") == 0)
        return MOSQ_ACL_SUBSCRIBE;
    if (strcmp(name, "receive") == 0)
        return MOSQ_ACL_READ;
    die("no such action (expected publish, subscribe or receive)");
}

static void read_question(const char *argument, struct question *question)
{
    char action[16], topic[TOPIC_BYTES_MAX + 1], verdict[8];
    if (sscanf(argument, "%15[^:]:%1000[^:]:%7s", action, topic, verdict) != 3)
        die("not a question (expected ACTION:TOPIC:VERDICT)");
    question->access = find_action(action);
    question->wanted = strcmp(verdict, "grant") == 0;
    if (!question->wanted && strcmp(verdict, "deny") != 0)
        die("no such verdict (expected grant or deny)");
    const char *star = strchr(topic, '*');
    size_t before = star != NULL ? (size_t)(star - topic) : strlen(topic);
    int written = snprintf(question->topic, sizeof question->topic, "%.*s%s%s", (int)before, topic,
                           star != NULL ? "000000" : "", star != NULL ? star + 1 : "");
    if (written < 0 || (size_t)written >= sizeof question->topic)
        die("a topic is too long");
    question->star = star != NULL ? question->topic + before : NULL;
}

static void number(char *digits, long value)
{
    for (int i = 5; i >= 0; i--, value /= 10)
        digits[i] = (char)('0' + value % 10);
}

static void ask(struct mosquitto *client, struct question *question, long count)
{
    /* The first one is not counted: it is the one that is remembered. */
    if (fake_access(client, question->access, question->topic) != question->wanted)
        die(question->topic);
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    for (long i = 1; i <= count; i++) {
        if (question->star != NULL)
            number(question->star, i);
        if (fake_access(client, question->access, question->topic) != question->wanted)
            die(question->topic);
    }
    CALLGRIND_DUMP_STATS;
    CALLGRIND_STOP_INSTRUMENTATION;
}

static void start(char *policy)
{
    static char wiring[] = "policy";
    const struct fake_line lines[] = {
        {.module = "jwt", .options = {{wiring, policy}}, .option_count = 1},
        {.module = "acl", .options = {{wiring, policy}}, .option_count = 1},
    };
    if (fake_start(lines, sizeof lines / sizeof *lines, NULL) != 0)
        die("the modules do not start");
}

static void log_in(struct mosquitto *client, const char *id, const char *path)
{
    char token[TOKEN_BYTES_MAX];
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(token, sizeof token, file) == NULL)
        die("no token");
    fclose(file);
    token[strcspn(token, "\n")] = '\0';
    if (!fake_client_set(client, id, "token", "127.0.0.1") || !fake_login(client, token))
        die("the login was refused");
    fake_connected(client);
    /* Logins are confirmed with time. */
    fake_tick();
    fake_tick();
}

int main(int argc, char **argv)
{
    struct mosquitto client = {0};
    struct question question;
    if (argc < 6) {
        fputs("usage: check POLICY COUNT CLIENT_ID TOKEN_FILE ACTION:TOPIC:VERDICT...\n", stderr);
        return 2;
    }
    long count = strtol(argv[2], NULL, 10);
    if (count < 1 || count > COUNT_MAX)
        die("not a count");
    start(argv[1]);
    log_in(&client, argv[3], argv[4]);
    for (int i = 5; i < argc; i++) {
        read_question(argv[i], &question);
        ask(&client, &question, count);
    }
    fake_disconnected(&client, false);
    fake_client_clear(&client);
    fake_stop();
    return 0;
}
