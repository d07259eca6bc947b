/* SPDX-License-Identifier: Apache-2.0 */
/* Starting, stopping and reading a broker. See broker.h. */
#include "harness/broker.h"
#include "harness/launch.h"
#include "harness/leaks.h"
#include "harness/wire.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PARTS_MAX 8
/* Denials go to the log this often, and a little. */
#define LOG_MS 60

struct broker {
    struct env *env;
    pid_t pid; /* 0 when it is not running */
    int status;
    bool forgiven;
    int port;
    const char *config_path;
    const char *log_path;
    int watch; /* inotify on the log */
    char *log; /* what was read so far */
    size_t log_length;
    size_t mark;
};

struct env *broker_env(const struct broker *broker)
{
    return broker->env;
}

int broker_port(const struct broker *broker)
{
    return broker->port;
}

int broker_pid(const struct broker *broker)
{
    return (int)broker->pid;
}

const char *broker_log_path(const struct broker *broker)
{
    return broker->log_path;
}

static void read_log(struct broker *broker)
{
    struct stat status;
    int fd = open(broker->log_path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return;
    }
    if (fstat(fd, &status) == 0 && (size_t)status.st_size > broker->log_length) {
        size_t fresh = (size_t)status.st_size - broker->log_length;
        char *log = realloc(broker->log, broker->log_length + fresh + 1);
        if (log) {
            broker->log = log;
            ssize_t got = pread(fd, log + broker->log_length, fresh, (off_t)broker->log_length);
            broker->log_length += got > 0 ? (size_t)got : 0;
            log[broker->log_length] = '\0';
        }
    }
    close(fd);
}

/* Forgets what the kernel told about the log, before looking at the log itself: nothing can be missed. */
static void drain_watch(const struct broker *broker)
{
    char events[4096];

    while (read(broker->watch, events, sizeof(events)) > 0) {
    }
}

static void wait_log(const struct broker *broker, int left_ms)
{
    struct pollfd waiting = {.fd = broker->watch, .events = POLLIN};

    /* In slices, to notice a broker that has ended. */
    poll(&waiting, 1, left_ms < 200 ? left_ms : 200);
}

bool broker_is_alive(struct broker *broker)
{
    if (broker->pid && waitpid(broker->pid, &broker->status, WNOHANG) == broker->pid) {
        broker->pid = 0;
    }
    return broker->pid != 0;
}

static void spawn(struct broker *broker, const char *file, int line)
{
    pid_t parent = getpid();
    int log = open(broker->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (log < 0) {
        env_fail_at(file, line, "%s: %s", broker->log_path, strerror(errno));
    }
    broker->pid = fork();
    if (broker->pid == 0) {
        dup2(log, STDOUT_FILENO);
        dup2(log, STDERR_FILENO);
        signal(SIGPIPE, SIG_DFL);
        launch_exec(broker->config_path);
        dprintf(STDERR_FILENO, "cannot start: %s (test program %d)\n", strerror(errno), (int)parent);
        _exit(126);
    }
    close(log);
    if (broker->pid < 0) {
        broker->pid = 0;
        env_fail_at(file, line, "fork: %s", strerror(errno));
    }
}

static void report(struct broker *broker)
{
    const char *config = env_read(broker->env, broker->config_path);

    read_log(broker);
    /* cmocka's own print_error cuts at a thousand bytes */
    fprintf(stderr, "[ config   ]\n%s[ log of %s ]\n%s[ end of log ]\n", config, launch_version(),
            broker->log ? broker->log : "");
}

/* Waits for the end; false when it does not come. */
static bool reap(struct broker *broker, int patience_ms)
{
    int64_t deadline = env_now_ms() + patience_ms;
    struct pollfd ended = {.fd = pidfd_open(broker->pid, 0), .events = POLLIN};
    bool in_time = true;

    while (broker_is_alive(broker)) {
        if (env_left_ms(deadline) == 0) {
            kill(broker->pid, SIGKILL);
            waitpid(broker->pid, &broker->status, 0);
            broker->pid = 0;
            in_time = false;
        } else {
            poll(&ended, 1, env_left_ms(deadline));
        }
    }
    close(ended.fd);
    return in_time;
}

/*
 * LeakSanitizer looks at a process whose threads have just gone, and now and then falls over one of them; the
 * broker has ended by then, and has said all that it had to say.
 */
static bool lost_its_tracer(struct broker *broker)
{
    read_log(broker);
    return broker->log && strstr(broker->log, "LeakSanitizer has encountered a fatal error") &&
           strstr(broker->log, "Tracer caught signal");
}

/* NULL when it ended well, else what was wrong. */
static const char *end_by_term(struct broker *broker)
{
    if (!broker_is_alive(broker)) {
        return NULL; /* the test saw to that */
    }
    kill(broker->pid, SIGTERM);
    if (!reap(broker, ENV_DEADLINE_MS)) {
        return "the broker did not end on SIGTERM";
    }
    if ((!WIFEXITED(broker->status) || WEXITSTATUS(broker->status) != 0) && !lost_its_tracer(broker)) {
        return "the broker ended with an error";
    }
    return NULL;
}

static int release(void *thing, bool passed)
{
    struct broker *broker = thing;
    const char *wrong = end_by_term(broker);

    read_log(broker);
    if (!wrong && broker->log && !broker->forgiven) {
        wrong = leaks_found(broker->log);
    }
    if (wrong) {
        print_error("%s (status %d)\n", wrong, broker->status);
    }
    if (!passed || wrong) {
        report(broker);
    }
    close(broker->watch);
    free(broker->log);
    free(broker);
    return wrong != NULL;
}

static void write_config(struct broker *broker, const char *before, const char *after)
{
    static int number;
    struct env *env = broker->env;

    number++;
    broker->log_path = env_format(env, "%s/broker-%d.log", env_folder(env), number);
    const char *text =
        env_format(env,
                   "%s"
                   "log_dest stderr\nlog_type all\nlog_timestamp false\nconnection_messages true\n"
                   "set_tcp_nodelay true\n%s\n"
                   "listener %d %s\n%s\n",
                   geteuid() == 0 ? "user root\n" : "", before ? before : "", broker->port, env_host(),
                   after ? after : "");
    broker->config_path = env_write(env, env_format(env, "broker-%d.conf", number), text);
}

static struct broker *create(struct env *env, const char *before, const char *after, const char *file,
                             int line)
{
    struct broker *broker = calloc(1, sizeof(*broker));

    if (!broker) {
        env_fail_at(file, line, "out of memory");
    }
    broker->env = env;
    broker->port = env_port();
    broker->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    env_defer(env, release, broker);
    write_config(broker, before, after);
    int log = open(broker->log_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (log < 0 || inotify_add_watch(broker->watch, broker->log_path, IN_MODIFY) < 0) {
        env_fail_at(file, line, "%s: %s", broker->log_path, strerror(errno));
    }
    close(log);
    return broker;
}

/*
 * Sends what no first packet may be and waits until the broker hangs up: it has served its loop once around.
 * False when it cannot be reached.
 */
static bool provoke(const struct broker *broker)
{
    static const uint8_t pingreq[] = {0xc0, 0x00};
    uint8_t answer[16];
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;
    int fd = wire_connect(env_host(), broker->port);

    if (fd < 0) {
        return false;
    }
    wire_send(fd, pingreq, sizeof(pingreq));
    while (wire_receive(fd, answer, sizeof(answer), deadline) > 0) {
    }
    close(fd);
    return env_left_ms(deadline) > 0;
}

/*
 * A broker that listens does not take signals yet: 2.0 forgets a SIGTERM that comes before its loop has
 * begun. So it must have served somebody.
 */
static void await_serving(struct broker *broker, const char *file, int line)
{
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;

    while (!provoke(broker)) {
        if (!broker_is_alive(broker)) {
            env_fail_at(file, line, "the broker did not start (status %d)", broker->status);
        }
        if (env_left_ms(deadline) == 0) {
            env_fail_at(file, line, "the broker does not listen");
        }
        drain_watch(broker);
        struct pollfd waiting = {.fd = broker->watch, .events = POLLIN};
        poll(&waiting, 1, 10);
    }
}

struct broker *broker_start_at(struct env *env, const char *before, const char *after, const char *file,
                               int line)
{
    struct broker *broker = create(env, before, after, file, line);

    spawn(broker, file, line);
    await_serving(broker, file, line);
    return broker;
}

struct broker *broker_refuses_at(struct env *env, const char *before, const char *after, const char *file,
                                 int line)
{
    struct broker *broker = create(env, before, after, file, line);

    broker_refuses_again_at(broker, file, line);
    return broker;
}

void broker_refuses_again_at(struct broker *broker, const char *file, int line)
{
    spawn(broker, file, line);
    if (!reap(broker, ENV_DEADLINE_MS)) {
        env_fail_at(file, line, "the broker started, and should not have");
    }
    if (!WIFEXITED(broker->status) || WEXITSTATUS(broker->status) == 0) {
        env_fail_at(file, line, "the broker did not end with an error (status %d)", broker->status);
    }
}

void broker_stop_at(struct broker *broker, const char *file, int line)
{
    const char *wrong = end_by_term(broker);

    if (wrong) {
        env_fail_at(file, line, "%s (status %d)", wrong, broker->status);
    }
}

void broker_kill(struct broker *broker)
{
    if (broker_is_alive(broker)) {
        kill(broker->pid, SIGKILL);
        reap(broker, ENV_DEADLINE_MS);
    }
}

void broker_forgive(struct broker *broker)
{
    broker->forgiven = true;
}

void broker_resume_at(struct broker *broker, const char *file, int line)
{
    spawn(broker, file, line);
    await_serving(broker, file, line);
}

void broker_restart_at(struct broker *broker, const char *file, int line)
{
    broker_stop_at(broker, file, line);
    broker_resume_at(broker, file, line);
}

void broker_save_at(struct broker *broker, const char *file, int line)
{
    size_t mark = broker->mark;

    broker_mark(broker);
    if (!broker->pid || kill(broker->pid, SIGUSR1) != 0) {
        env_fail_at(file, line, "the broker is not there to save");
    }
    broker_expect_log_at(broker, file, line, "Saving in-memory database", NULL);
    broker_settle_at(broker, file, line);
    broker->mark = mark;
}

int broker_wait_end_at(struct broker *broker, const char *file, int line)
{
    if (!reap(broker, ENV_DEADLINE_MS)) {
        env_fail_at(file, line, "the broker did not end");
    }
    return WIFEXITED(broker->status) ? WEXITSTATUS(broker->status) : -WTERMSIG(broker->status);
}

void broker_settle_at(struct broker *broker, const char *file, int line)
{
    if (!provoke(broker)) {
        env_fail_at(file, line, "the broker does not answer any more (status %d)", broker->status);
    }
}

void broker_hang_up(struct broker *broker)
{
    if (!broker->pid || kill(broker->pid, SIGHUP) != 0) {
        env_fail("the broker is not running");
    }
}

void broker_starve(struct broker *broker, bool starve)
{
    struct rlimit limit;

    if (!broker->pid || prlimit(broker->pid, RLIMIT_NOFILE, NULL, &limit) != 0) {
        env_fail("the broker is not running");
    }
    limit.rlim_cur = starve ? 0 : limit.rlim_max;
    if (prlimit(broker->pid, RLIMIT_NOFILE, &limit, NULL) != 0) {
        env_fail("the broker's limit cannot be set");
    }
}

void broker_sighup_at(struct broker *broker, const char *file, int line)
{
    size_t mark = broker->mark;

    broker_mark(broker);
    if (!broker->pid || kill(broker->pid, SIGHUP) != 0) {
        env_fail_at(file, line, "the broker is not running");
    }
    broker_expect_log_at(broker, file, line, "Reloading config.", NULL);
    /* The line comes first and the event right after, in one go; what ends the broker ends it there. */
    provoke(broker);
    broker->mark = mark;
}

void broker_mark(struct broker *broker)
{
    read_log(broker);
    broker->mark = broker->log_length;
}

static bool holds(const char *line, size_t length, const char *const *parts)
{
    for (; *parts; parts++) {
        if (!memmem(line, length, *parts, strlen(*parts))) {
            return false;
        }
    }
    return true;
}

const char *log_find(const char *log, const char *const *parts, size_t *length)
{
    for (const char *end; (end = strchr(log, '\n')); log = end + 1) {
        *length = (size_t)(end - log);
        if (holds(log, *length, parts)) {
            return log;
        }
    }
    return NULL;
}

static const char *find_from_mark(struct broker *broker, const char *const *parts, size_t *length)
{
    read_log(broker);
    return broker->log && broker->log_length > broker->mark
               ? log_find(broker->log + broker->mark, parts, length)
               : NULL;
}

static void take_parts(va_list args, const char **parts)
{
    size_t count = 0;

    while ((parts[count] = va_arg(args, const char *)) && count < PARTS_MAX - 1) {
        count++;
    }
    parts[count] = NULL;
}

static const char *join(struct broker *broker, const char *const *parts)
{
    const char *text = "";

    for (; *parts; parts++) {
        text = env_format(broker->env, "%s\n    %s", text, *parts);
    }
    return text;
}

const char *broker_expect_log_at(struct broker *broker, const char *file, int line, ...)
{
    const char *parts[PARTS_MAX];
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;
    bool alive = true;
    va_list args;

    va_start(args, line);
    take_parts(args, parts);
    va_end(args);
    for (;;) {
        size_t length;
        drain_watch(broker);
        const char *hit = find_from_mark(broker, parts, &length);
        if (hit) {
            return env_format(broker->env, "%.*s", (int)length, hit);
        }
        if (!alive || env_left_ms(deadline) == 0) {
            env_fail_at(file, line, "no line of the log holds:%s", join(broker, parts));
        }
        alive = broker_is_alive(broker);
        wait_log(broker, alive ? env_left_ms(deadline) : 0);
    }
}

static int count(struct broker *broker, const char *const *parts)
{
    size_t length;
    int hits = 0;

    for (const char *hit = find_from_mark(broker, parts, &length); hit;
         hit = log_find(hit + length + 1, parts, &length)) {
        hits++;
    }
    return hits;
}

/* Each chain says when it begins, and how it ended: one of two lines. */
static bool has_reloaded(struct broker *broker)
{
    static const char *const begun[] = {"bednet: policy ", " is being reloaded", NULL};
    static const char *const done[] = {"bednet: policy ", " reloaded: ", NULL};
    static const char *const refused[] = {"bednet: policy ", " was not reloaded (", NULL};

    return count(broker, done) + count(broker, refused) >= count(broker, begun);
}

void broker_reload_at(struct broker *broker, const char *file, int line)
{
    size_t mark = broker->mark;
    int64_t deadline = env_now_ms() + ENV_DEADLINE_MS;

    broker_mark(broker);
    size_t from = broker->mark;
    broker_sighup_at(broker, file, line);
    broker->mark = from;
    while (!has_reloaded(broker)) {
        if (!broker_is_alive(broker) || env_left_ms(deadline) == 0) {
            env_fail_at(file, line, "the reload does not end");
        }
        drain_watch(broker);
        if (!has_reloaded(broker)) {
            wait_log(broker, env_left_ms(deadline));
        }
    }
    broker->mark = mark;
}

int broker_count_log_at(struct broker *broker, ...)
{
    const char *parts[PARTS_MAX];
    va_list args;

    va_start(args, broker);
    take_parts(args, parts);
    va_end(args);
    return count(broker, parts);
}

void broker_expect_no_log_at(struct broker *broker, const char *file, int line, ...)
{
    const char *parts[PARTS_MAX];
    va_list args;

    va_start(args, line);
    take_parts(args, parts);
    va_end(args);
    broker_settle_at(broker, file, line);
    poll(NULL, 0, LOG_MS);
    broker_settle_at(broker, file, line);
    if (count(broker, parts) > 0) {
        env_fail_at(file, line, "a line of the log holds:%s", join(broker, parts));
    }
}
