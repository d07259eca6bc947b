/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/thread.h"

#include <signal.h>
#include <sys/resource.h>

/* A tenth of the broker's share where both want the same core. */
#define NICE 10

int bednet_thread_start(pthread_t *thread, const char *name, void *(*work)(void *argument), void *argument)
{
    sigset_t every;
    sigset_t before;
    sigfillset(&every);
    int error = pthread_sigmask(SIG_SETMASK, &every, &before);
    if (error != 0)
        return error;
    error = pthread_create(thread, NULL, work, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == 0)
        pthread_setname_np(*thread, name);
    return error;
}

/* Linux has a nice value for each thread; 0 is the one that calls. Where that is forbidden all still works.
 */
void bednet_thread_give_way(void)
{
    setpriority(PRIO_PROCESS, 0, NICE);
}
