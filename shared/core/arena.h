/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is given back all at once: a policy snapshot is built from many small pieces and dies whole.
 * One thread at a time.
 */
#ifndef BEDNET_CORE_ARENA_H
#define BEDNET_CORE_ARENA_H

#include "core/text.h"

struct bednet_arena;

/* An empty arena, owned by the caller; NULL without memory. */
struct bednet_arena *bednet_arena_new(void);

/* Frees the arena and everything that came from it. NULL is allowed. */
void bednet_arena_free(struct bednet_arena *arena);

/* `bytes` zeroed bytes, aligned for any type, living as long as the arena; NULL without memory. */
void *bednet_arena_alloc(struct bednet_arena *arena, size_t bytes);

/* `count` zeroed elements of `size` bytes; NULL without memory or where the product overflows. */
void *bednet_arena_array(struct bednet_arena *arena, size_t count, size_t size);

/* A NUL-terminated copy of `text`; ptr is NULL without memory. An absent text stays absent. */
struct bednet_text bednet_arena_text(struct bednet_arena *arena, struct bednet_text text);

/* Bytes handed out so far, and those of the arena itself; memory backs hardly more. */
size_t bednet_arena_bytes(const struct bednet_arena *arena);

#endif
