/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that parts from the broker's descriptors: what it keeps, what it lets go of, and where it may not.
 */
#include "cmocka_first.h"

#include "thread/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILES = 10, KEPT = BEDNET_THREAD_KEPT_MAX, ABOVE = 500 };

struct thread_task {
    int files[FILES];
    unsigned open_there; /* mask of the files that the thread finds open */
    int mine;            /* what it opened itself */
    sem_t at_gate;
    sem_t gate;
};

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static unsigned which_are_open(const struct thread_task *task)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < FILES; i++)
        mask |= is_open(task->files[i]) ? 1u << i : 0;
    return mask;
}

static void await(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0) {
    }
}

static void work(void *argument)
{
    struct thread_task *task = argument;
    task->open_there = which_are_open(task);
    task->mine = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, ABOVE);
    sem_post(&task->at_gate);
    await(&task->gate);
}

/* With gaps between their numbers, and some that are not theirs in the gaps. */
static void open_files(struct thread_task *task)
{
    int between[FILES];
    for (size_t i = 0; i < FILES; i++) {
        task->files[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        between[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
        assert_true(task->files[i] >= 0 && between[i] >= 0);
    }
    for (size_t i = 0; i < FILES; i += 2)
        close(between[i]);
    for (size_t i = 1; i < FILES; i += 2)
        assert_true(is_open(between[i]));
}

static void close_files(void)
{
    close_range(STDERR_FILENO + 1, UINT_MAX, 0);
}

static pthread_t start_told(struct thread_task *task, const struct bednet_thread_work *told)
{
    pthread_t thread;
    sem_init(&task->at_gate, 0, 0);
    sem_init(&task->gate, 0, 0);
    assert_int_equal(bednet_thread_start(&thread, "bednet-test", told), 0);
    await(&task->at_gate);
    return thread;
}

static pthread_t start(struct thread_task *task, const int *kept, size_t count)
{
    struct bednet_thread_work told = {.run = work, .argument = task, .kept_count = count};
    for (size_t i = 0; i < count; i++)
        told.kept[i] = kept[i];
    return start_told(task, &told);
}

static void end(struct thread_task *task, pthread_t thread)
{
    sem_post(&task->gate);
    pthread_join(thread, NULL);
    sem_destroy(&task->at_gate);
    sem_destroy(&task->gate);
}

static void skip_where_all_is_shared(void)
{
#ifdef BEDNET_THREAD_SANITIZER
    skip();
#endif
}

static void expect_kept(struct thread_task *task, const size_t *which, size_t count)
{
    int kept[KEPT];
    unsigned mask = 0;
    for (size_t i = 0; i < count; i++) {
        kept[i] = task->files[which[i]];
        mask |= 1u << which[i];
    }
    pthread_t thread = start(task, kept, count);
    assert_int_equal(task->open_there, mask);
    assert_true(task->mine >= ABOVE);
    assert_false(is_open(task->mine));
    end(task, thread);
    assert_int_equal(which_are_open(task), (1u << FILES) - 1);
}

/* In whatever order they are named. */
static void it_has_what_it_keeps_and_nothing_else(void **state)
{
    (void)state;
    skip_where_all_is_shared();
    struct thread_task task;
    open_files(&task);
    expect_kept(&task, NULL, 0);
    for (size_t i = 0; i < FILES; i++) {
        expect_kept(&task, &i, 1);
        for (size_t j = 0; j < FILES; j++)
            expect_kept(&task, (const size_t[]){i, j}, 2);
    }
    close_files();
}

/* What is kept is open until both have closed it, and no longer than the thread can be joined. */
static void what_it_kept_is_closed_at_its_end(void **state)
{
    (void)state;
    skip_where_all_is_shared();
    struct thread_task task;
    int ends[2];
    char byte;
    open_files(&task);
    for (int round = 0; round < 200; round++) {
        assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
        pthread_t thread = start(&task, &ends[1], 1);
        close(ends[1]);
        assert_int_equal(read(ends[0], &byte, 1), -1);
        assert_int_equal(errno, EAGAIN);
        end(&task, thread);
        assert_int_equal(read(ends[0], &byte, 1), 0);
        close(ends[0]);
    }
    close_files();
}

static void with_everything_it_shares_what_comes_later_too(void **state)
{
    (void)state;
    struct thread_task task = {.files = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1}};
    const struct bednet_thread_work told = {.run = work, .argument = &task, .keeps_all = true};
    pthread_t thread = start_told(&task, &told);
    assert_true(is_open(task.mine));
    end(&task, thread);
    assert_true(is_open(task.mine));
    close_files();
}

static void who_starts_one_cannot_be_cancelled(void **state)
{
    (void)state;
    struct thread_task task;
    int cancelled;
    open_files(&task);
    assert_int_equal(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &cancelled), 0);
    end(&task, start(&task, NULL, 0));
    assert_int_equal(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelled), 0);
    assert_int_equal(cancelled, PTHREAD_CANCEL_DISABLE);
    close_files();
}

/* As where a container's rules know nothing of this system call. */
static void forbid(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(2);
}

static void where_that_is_forbidden_all_is_shared(void **state)
{
    (void)state;
    skip_where_all_is_shared();
    struct thread_task task;
    int status;
    open_files(&task);
    pid_t child = fork();
    if (child == 0) {
        forbid();
        pthread_t thread = start(&task, &task.files[0], 1);
        bool shared = task.open_there == (1u << FILES) - 1 && is_open(task.mine);
        end(&task, thread);
        _exit(shared && which_are_open(&task) == (1u << FILES) - 1 ? 0 : 1);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close_files();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_what_it_keeps_and_nothing_else),
        cmocka_unit_test(what_it_kept_is_closed_at_its_end),
        cmocka_unit_test(with_everything_it_shares_what_comes_later_too),
        cmocka_unit_test(who_starts_one_cannot_be_cancelled),
        cmocka_unit_test(where_that_is_forbidden_all_is_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
