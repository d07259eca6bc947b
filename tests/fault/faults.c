/* SPDX-License-Identifier: Apache-2.0 */
/*
 * glibc lets an executable replace malloc, and keeps its own under other names. The replacements must be safe
 * before main and in every thread, so all state is static and atomic.
 */
#include "fault/faults.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *block, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern void __libc_free(void *block);

static atomic_size_t live;
static atomic_size_t asked;
static atomic_bool armed;
/* Set before `armed`, read after it. */
static enum faults_scope armed_scope;
static enum faults_mode armed_mode;
static size_t armed_n;
static _Thread_local bool here;

void faults_arm(enum faults_scope scope, enum faults_mode mode, size_t n)
{
    here = true;
    armed_scope = scope;
    armed_mode = mode;
    armed_n = n;
    atomic_store(&asked, 0);
    atomic_store(&armed, true);
}

size_t faults_disarm(void)
{
    atomic_store(&armed, false);
    here = false;
    return atomic_load(&asked);
}

size_t faults_live(void)
{
    return atomic_load(&live);
}

static bool is_refused(void)
{
    if (!atomic_load(&armed) || here != (armed_scope == FAULTS_HERE))
        return false;
    size_t number = atomic_fetch_add(&asked, 1) + 1;
    if (armed_n == 0 || number < armed_n || (armed_mode == FAULTS_ONE && number > armed_n))
        return false;
    errno = ENOMEM;
    return true;
}

static void *counted(void *block)
{
    if (block != NULL)
        atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
    return block;
}

void *malloc(size_t bytes)
{
    return is_refused() ? NULL : counted(__libc_malloc(bytes));
}

void *calloc(size_t count, size_t bytes)
{
    return is_refused() ? NULL : counted(__libc_calloc(count, bytes));
}

void free(void *block)
{
    if (block == NULL)
        return;
    atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
    __libc_free(block);
}

void *realloc(void *block, size_t bytes)
{
    if (block == NULL)
        return malloc(bytes);
    if (bytes == 0) {
        free(block);
        return NULL;
    }
    return is_refused() ? NULL : __libc_realloc(block, bytes);
}

void *reallocarray(void *block, size_t count, size_t bytes)
{
    if (bytes != 0 && count > SIZE_MAX / bytes) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, count * bytes);
}

void *memalign(size_t alignment, size_t bytes)
{
    return is_refused() ? NULL : counted(__libc_memalign(alignment, bytes));
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return memalign(alignment, bytes);
}

int posix_memalign(void **block, size_t alignment, size_t bytes)
{
    int before = errno;
    void *made = memalign(alignment, bytes);
    errno = before;
    if (made == NULL)
        return ENOMEM;
    *block = made;
    return 0;
}
