/* SPDX-License-Identifier: Apache-2.0 */
/*
 * glibc lets an executable replace malloc, and keeps its own under other names. The replacements must be safe
 * before main and in every thread, so all state is static and atomic.
 */
#include "fault/faults.h"

#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PLACE_FRAMES 24

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
/* Mappings that hold memory, and not files: NULL where there is none. */
#define MAPPINGS_MAX 4096
static _Atomic(void *) mappings[MAPPINGS_MAX];
static void *place[PLACE_FRAMES];
static atomic_int place_frames;
/* The code of the spared library. */
static uintptr_t spared_from;
static uintptr_t spared_to;

void faults_arm(enum faults_scope scope, enum faults_mode mode, size_t n)
{
    /* The first call loads a library. */
    if (atomic_load(&place_frames) == 0)
        backtrace(place, PLACE_FRAMES);
    here = true;
    armed_scope = scope;
    armed_mode = mode;
    armed_n = n;
    atomic_store(&place_frames, 0);
    atomic_store(&asked, 0);
    atomic_store(&armed, true);
}

size_t faults_disarm(void)
{
    atomic_store(&armed, false);
    here = false;
    return atomic_load(&asked);
}

bool faults_are_due(void)
{
    bool is_over = armed_mode == FAULTS_ONE && armed_n != 0 && atomic_load(&asked) >= armed_n;
    return atomic_load(&armed) && here == (armed_scope == FAULTS_HERE) && !is_over;
}

void faults_print_place(void)
{
    backtrace_symbols_fd(place, atomic_load(&place_frames), STDERR_FILENO);
}

size_t faults_live(void)
{
    return atomic_load(&live);
}

static int find_code(struct dl_phdr_info *info, size_t bytes, void *library)
{
    (void)bytes;
    if (strstr(info->dlpi_name, library) == NULL)
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0)
            continue;
        spared_from = info->dlpi_addr + part->p_vaddr;
        spared_to = spared_from + part->p_memsz;
    }
    return 1;
}

bool faults_spare(const char *library)
{
    spared_from = spared_to = 0;
    return library == NULL || dl_iterate_phdr(find_code, (void *)(uintptr_t)library) != 0;
}

/* Callers are looked at all the way up, for a library also allocates by strdup and its like. */
static bool is_spared(void *const *frames, int count)
{
    for (int i = 0; i < count; i++)
        if ((uintptr_t)frames[i] >= spared_from && (uintptr_t)frames[i] < spared_to)
            return true;
    return false;
}

static bool is_refused(void)
{
    if (!atomic_load(&armed) || here != (armed_scope == FAULTS_HERE))
        return false;
    void *frames[PLACE_FRAMES];
    int count = backtrace(frames, PLACE_FRAMES);
    if (is_spared(frames, count))
        return false;
    size_t number = atomic_fetch_add(&asked, 1) + 1;
    if (armed_n == 0 || number < armed_n || (armed_mode == FAULTS_ONE && number > armed_n))
        return false;
    if (number == armed_n) {
        memcpy(place, frames, sizeof place);
        atomic_store(&place_frames, count);
    }
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

static void exchange_mapping(void *before, void *after)
{
    for (size_t i = 0; i < MAPPINGS_MAX; i++) {
        void *expected = before;
        if (!atomic_compare_exchange_strong(&mappings[i], &expected, after))
            continue;
        if (after != NULL)
            atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
        else
            atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
        return;
    }
    if (after != NULL)
        abort();
}

/* What the C library maps for itself does not come here. */
void *mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    bool is_memory = (flags & MAP_ANONYMOUS) != 0;
    if (is_memory && is_refused())
        return MAP_FAILED;
    void *mapping = (void *)syscall(SYS_mmap, address, bytes, protection, flags, fd, offset);
    if (is_memory && mapping != MAP_FAILED)
        exchange_mapping(NULL, mapping);
    return mapping;
}

int munmap(void *address, size_t bytes)
{
    exchange_mapping(address, NULL);
    return (int)syscall(SYS_munmap, address, bytes);
}
