/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks of plain malloc that are cut up from the front and only freed together. */
#include "core/arena.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum { CHUNK_BYTES_MIN = 4096, CHUNK_BYTES_MAX = 65536 };

struct chunk {
    struct chunk *next;
    size_t used;
    size_t capacity;
    alignas(max_align_t) unsigned char bytes[];
};

struct bednet_arena {
    struct chunk *chunks; /* small pieces are cut from the first one only */
    size_t chunk_bytes;   /* of the next chunk; grows, so that small arenas stay small */
    size_t total_bytes;
};

struct bednet_arena *bednet_arena_new(void)
{
    struct bednet_arena *arena = calloc(1, sizeof(*arena));

    if (arena != NULL) {
        arena->chunk_bytes = CHUNK_BYTES_MIN;
        arena->total_bytes = sizeof(*arena);
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

        free(arena->chunks);
        arena->chunks = next;
    }
    free(arena);
}

/* calloc, and no piece is ever handed out twice: that is what keeps the promise of zeroed memory. */
static struct chunk *chunk_new(struct bednet_arena *arena, size_t capacity)
{
    struct chunk *chunk;

    if (capacity > SIZE_MAX - sizeof(*chunk)) {
        return NULL;
    }
    chunk = calloc(1, sizeof(*chunk) + capacity);
    if (chunk != NULL) {
        chunk->capacity = capacity;
        arena->total_bytes += sizeof(*chunk) + capacity;
    }
    return chunk;
}

static void *alloc_alone(struct bednet_arena *arena, size_t bytes)
{
    struct chunk *chunk = chunk_new(arena, bytes);

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
    struct chunk *chunk = chunk_new(arena, arena->chunk_bytes);

    if (chunk == NULL) {
        return false;
    }
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    if (arena->chunk_bytes < CHUNK_BYTES_MAX) {
        arena->chunk_bytes *= 2;
    }
    return true;
}

void *bednet_arena_alloc(struct bednet_arena *arena, size_t bytes)
{
    const size_t align = alignof(max_align_t);
    void *piece;

    if (bytes > SIZE_MAX - align) {
        return NULL;
    }
    bytes = bytes == 0 ? align : (bytes + align - 1) / align * align;
    if (bytes > CHUNK_BYTES_MIN / 4) {
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
    return arena->total_bytes;
}
