/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages from the system that are cut up from the front and only given back together. Not from malloc: a
 * policy lives long, and what was read to make it is freed below it, so that the heap would be left with
 * holes in which every later allocation of the broker is looked for. Pages that nothing was cut from yet take
 * address space only.
 */
#include "core/arena.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

/* LeakSanitizer finds what only a policy points to when it is told of the policy's pages. */
#ifdef BEDNET_ADDRESS_SANITIZER
#include <sanitizer/lsan_interface.h>
#define SHOW(at, bytes) __lsan_register_root_region(at, bytes)
#define HIDE(at, bytes) __lsan_unregister_root_region(at, bytes)
#else
#define SHOW(at, bytes)
#define HIDE(at, bytes)
#endif

/* A multiple of all page sizes there are. Larger pieces than a quarter of it get a chunk of their own. */
#define CHUNK_BYTES ((size_t)256 * 1024)
#define PAGE_BYTES  ((size_t)64 * 1024)

struct chunk {
    struct chunk *next;
    size_t used;
    size_t capacity;
    alignas(max_align_t) unsigned char bytes[];
};

struct bednet_arena {
    struct chunk *chunks; /* small pieces are cut from the first one only */
    size_t bytes;
};

/* Fresh pages are zero, and no piece is ever handed out twice: that is what keeps the promise of zeroed
 * memory. */
static struct chunk *chunk_new(size_t bytes)
{
    struct chunk *chunk = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (chunk == MAP_FAILED) {
        return NULL;
    }
    SHOW(chunk, bytes);
    chunk->capacity = bytes - sizeof(*chunk);
    return chunk;
}

static void chunk_free(struct chunk *chunk)
{
    size_t bytes = sizeof(*chunk) + chunk->capacity;

    HIDE(chunk, bytes);
    munmap(chunk, bytes);
}

struct bednet_arena *bednet_arena_new(void)
{
    struct bednet_arena *arena = calloc(1, sizeof(*arena));

    if (arena != NULL) {
        arena->bytes = sizeof(*arena);
    }
    return arena;
}

void bednet_arena_free(struct bednet_arena *arena)
{
    if (arena == NULL) {
        return;
    }
    while (arena->chunks != NULL) {
        struct chunk *next = arena->chunks->next;

        chunk_free(arena->chunks);
        arena->chunks = next;
    }
    free(arena);
}

static void *alloc_alone(struct bednet_arena *arena, size_t bytes)
{
    struct chunk *chunk = chunk_new((sizeof(*chunk) + bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES);

    if (chunk == NULL) {
        return NULL;
    }
    chunk->used = bytes;
    /* Behind the first chunk, which may have room left for small pieces. */
    if (arena->chunks != NULL) {
        chunk->next = arena->chunks->next;
        arena->chunks->next = chunk;
    } else {
        arena->chunks = chunk;
    }
    return chunk->bytes;
}

static bool add_chunk(struct bednet_arena *arena)
{
    struct chunk *chunk = chunk_new(CHUNK_BYTES);

    if (chunk == NULL) {
        return false;
    }
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return true;
}

static void *cut(struct bednet_arena *arena, size_t bytes)
{
    void *piece;

    if (bytes > CHUNK_BYTES / 4) {
        return alloc_alone(arena, bytes);
    }
    if ((arena->chunks == NULL || arena->chunks->capacity - arena->chunks->used < bytes) &&
        !add_chunk(arena)) {
        return NULL;
    }
    piece = arena->chunks->bytes + arena->chunks->used;
    arena->chunks->used += bytes;
    return piece;
}

void *bednet_arena_alloc(struct bednet_arena *arena, size_t bytes)
{
    const size_t align = alignof(max_align_t);
    void *piece;

    if (bytes > SIZE_MAX / 2) {
        return NULL;
    }
    bytes = bytes == 0 ? align : (bytes + align - 1) / align * align;
    piece = cut(arena, bytes);
    if (piece != NULL) {
        arena->bytes += bytes;
    }
    return piece;
}

void *bednet_arena_array(struct bednet_arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    return bednet_arena_alloc(arena, count * size);
}

struct bednet_text bednet_arena_text(struct bednet_arena *arena, struct bednet_text text)
{
    char *copy;

    if (text.ptr == NULL || text.len == SIZE_MAX) {
        return (struct bednet_text){NULL, 0};
    }
    copy = bednet_arena_alloc(arena, text.len + 1);
    if (copy == NULL) {
        return (struct bednet_text){NULL, 0};
    }
    memcpy(copy, text.ptr, text.len);
    return (struct bednet_text){copy, text.len};
}

size_t bednet_arena_bytes(const struct bednet_arena *arena)
{
    return arena->bytes;
}
