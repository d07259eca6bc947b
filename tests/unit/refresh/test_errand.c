/* SPDX-License-Identifier: Apache-2.0 */
/* The thread for errands: one at a time, each comes back, and none is left behind. */
#include "cmocka_first.h"

#include "refresh/errand.h"
#include "threads_testing.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/resource.h>

struct errand_task {
    int runs; /* not atomic: whose it is says the errand */
    int nice;
    bool is_elsewhere;
    bool blocks_signals;
    sem_t *at_gate; /* the thread says that it is there, and waits; NULL: it does not */
    sem_t *gate;
};

#define NAME "bednet-test"

static pthread_t here;

static void run(void *argument)
{
    struct errand_task *task = argument;
    sigset_t set;
    task->runs++;
    task->is_elsewhere = !pthread_equal(pthread_self(), here);
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    task->blocks_signals = sigismember(&set, SIGHUP) == 1 && sigismember(&set, SIGTERM) == 1 &&
                           sigismember(&set, SIGINT) == 1 && sigismember(&set, SIGUSR1) == 1;
    task->nice = getpriority(PRIO_PROCESS, 0);
    if (task->at_gate != NULL) {
        sem_post(task->at_gate);
        sem_wait(task->gate);
        task->runs += 100;
    }
}

static struct bednet_errand *open_errand(struct errand_task *task)
{
    here = pthread_self();
    struct bednet_errand *errand = bednet_errand_open(NAME, run, task);
    assert_non_null(errand);
    return errand;
}

static void await_back(const struct bednet_errand *errand)
{
    while (!bednet_errand_is_back(errand))
        sched_yield();
}

static void there_is_no_thread_before_the_first(void **state)
{
    struct errand_task task = {0};
    (void)state;
    struct bednet_errand *errand = open_errand(&task);
    assert_int_equal(count_threads(NAME), 0);
    assert_true(bednet_errand_send(errand));
    await_back(errand);
    assert_int_equal(count_threads(NAME), 1);
    assert_true(bednet_errand_send(errand));
    await_back(errand);
    assert_int_equal(count_threads(NAME), 1);
    bednet_errand_close(errand);
}

static void nothing_runs_by_itself(void **state)
{
    struct errand_task task = {0};
    (void)state;
    struct bednet_errand *errand = open_errand(&task);
    assert_true(bednet_errand_is_back(errand));
    bednet_errand_close(errand);
    assert_int_equal(task.runs, 0);
    bednet_errand_close(NULL);
}

static void each_runs_once_and_elsewhere(void **state)
{
    struct errand_task task = {0};
    (void)state;
    struct bednet_errand *errand = open_errand(&task);
    for (int i = 1; i <= 1000; i++) {
        assert_true(bednet_errand_send(errand));
        await_back(errand);
        assert_int_equal(task.runs, i);
        assert_true(task.is_elsewhere);
    }
    bednet_errand_close(errand);
    assert_int_equal(task.runs, 1000);
}

static void its_thread_takes_no_signals_and_gives_way(void **state)
{
    struct errand_task task = {0};
    (void)state;
    int before = getpriority(PRIO_PROCESS, 0);
    struct bednet_errand *errand = open_errand(&task);
    assert_true(bednet_errand_send(errand));
    await_back(errand);
    assert_true(task.blocks_signals);
    assert_true(task.nice > before || before >= 10);
    assert_int_equal(getpriority(PRIO_PROCESS, 0), before);
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    assert_int_equal(sigismember(&set, SIGHUP), 0);
    bednet_errand_close(errand);
}

static void what_is_away_is_not_back(void **state)
{
    sem_t at_gate, gate;
    struct errand_task task = {.at_gate = &at_gate, .gate = &gate};
    (void)state;
    sem_init(&at_gate, 0, 0);
    sem_init(&gate, 0, 0);
    struct bednet_errand *errand = open_errand(&task);
    assert_true(bednet_errand_send(errand));
    while (sem_wait(&at_gate) != 0) {
    }
    assert_false(bednet_errand_is_back(errand));
    sem_post(&gate);
    await_back(errand);
    assert_int_equal(task.runs, 101);
    bednet_errand_close(errand);
    sem_destroy(&at_gate);
    sem_destroy(&gate);
}

static void *open_gate(void *argument)
{
    struct errand_task *task = argument;
    while (sem_wait(task->at_gate) != 0) {
    }
    sem_post(task->gate);
    return NULL;
}

/* Both an errand that has begun and one that the thread has not looked at yet. */
static void closing_waits_for_what_is_away(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        sem_t at_gate, gate;
        struct errand_task task = {.at_gate = &at_gate, .gate = &gate};
        pthread_t keeper;
        sem_init(&at_gate, 0, 0);
        sem_init(&gate, 0, 0);
        assert_int_equal(pthread_create(&keeper, NULL, open_gate, &task), 0);
        struct bednet_errand *errand = open_errand(&task);
        assert_true(bednet_errand_send(errand));
        bednet_errand_close(errand);
        assert_int_equal(task.runs, 101);
        assert_int_equal(pthread_join(keeper, NULL), 0);
        sem_destroy(&at_gate);
        sem_destroy(&gate);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_no_thread_before_the_first),
        cmocka_unit_test(nothing_runs_by_itself),
        cmocka_unit_test(each_runs_once_and_elsewhere),
        cmocka_unit_test(its_thread_takes_no_signals_and_gives_way),
        cmocka_unit_test(what_is_away_is_not_back),
        cmocka_unit_test(closing_waits_for_what_is_away),
    };
    return cmocka_run_group_tests_name("errand", tests, NULL, NULL);
}
