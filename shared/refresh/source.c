/* SPDX-License-Identifier: Apache-2.0 */
/* A source as such: made from the policy, compared, freed, judged by its age. */
#include "refresh/source.h"
#include "core/escape.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t bednet_refresh_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void bednet_keyset_release(struct bednet_keyset *set)
{
    if (set == NULL || --set->users > 0)
        return;
    bednet_keyring_free(set->keyring);
    free(set);
}

/* Lengths are hashed too, so that no two lists of texts look alike. */
static bool hash_text(EVP_MD_CTX *context, struct bednet_text text)
{
    bool there = text.ptr != NULL;
    return EVP_DigestUpdate(context, &there, sizeof there) == 1 &&
           EVP_DigestUpdate(context, &text.len, sizeof text.len) == 1 &&
           EVP_DigestUpdate(context, there ? text.ptr : "", text.len) == 1;
}

bool bednet_source_identity(const struct bednet_key_source *from,
                            unsigned char out[BEDNET_SOURCE_IDENTITY_BYTES])
{
    unsigned int bytes = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool made = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(context, &from->origin, sizeof from->origin) == 1 &&
                EVP_DigestUpdate(context, &from->plain_http, sizeof from->plain_http) == 1 &&
                EVP_DigestUpdate(context, &from->algorithms, sizeof from->algorithms) == 1 &&
                hash_text(context, from->url) && hash_text(context, from->issuer) &&
                hash_text(context, from->ca_file) && EVP_DigestFinal_ex(context, out, &bytes) == 1 &&
                bytes == BEDNET_SOURCE_IDENTITY_BYTES;
    EVP_MD_CTX_free(context);
    return made;
}

bool bednet_refresh_copy(struct bednet_text text, char **out)
{
    *out = text.ptr != NULL ? strndup(text.ptr, text.len) : NULL;
    return text.ptr == NULL || *out != NULL;
}

/* As the log is to call it: without what may be a secret. */
static void name(struct bednet_text named, char out[BEDNET_URL_BYTES])
{
    size_t length = 0;
    while (length < named.len && named.ptr[length] != '?' && named.ptr[length] != '#')
        length++;
    if (memchr(named.ptr, '@', length) != NULL)
        named = BEDNET_TEXT_LITERAL("a URL with a user name");
    else
        named.len = length;
    bednet_escape(named, out, BEDNET_URL_BYTES);
}

struct bednet_refresh_source *bednet_source_new(const struct bednet_key_source *from, uint64_t ticket)
{
    struct bednet_refresh_source *source = calloc(1, sizeof *source);
    if (source == NULL)
        return NULL;
    source->ticket = ticket;
    source->discovers = from->origin == BEDNET_KEYS_DISCOVERY;
    source->plain_http = from->plain_http;
    source->algorithms = from->algorithms;
    source->refresh_s = from->refresh_s;
    source->stale_s = from->stale_s;
    struct bednet_text named = source->discovers ? from->issuer : from->url;
    if (named.ptr == NULL)
        named = BEDNET_TEXT_LITERAL("");
    name(named, source->label);
    if (bednet_refresh_copy(source->discovers ? (struct bednet_text){0} : from->url, &source->url) &&
        bednet_refresh_copy(from->issuer, &source->issuer) &&
        bednet_refresh_copy(from->ca_file, &source->ca_file) &&
        bednet_key_cache_name(source->discovers ? BEDNET_TEXT_LITERAL("issuer") : BEDNET_TEXT_LITERAL("url"),
                              named, source->cache_name))
        return source;
    bednet_source_free(source);
    return NULL;
}

void bednet_source_free(struct bednet_refresh_source *source)
{
    if (source == NULL)
        return;
    bednet_fetch_free(source->fetch);
    bednet_keyset_release(source->set);
    free(source->body);
    free(source->url);
    free(source->issuer);
    free(source->ca_file);
    free(source);
}

void bednet_source_adjust(struct bednet_refresh_source *source, const struct bednet_refresh_source *newer)
{
    int64_t sooner = source->schedule.begun_ms + newer->refresh_s * 1000;
    if (newer->refresh_s < source->refresh_s && source->schedule.due_ms > sooner)
        source->schedule.due_ms = sooner;
    source->refresh_s = newer->refresh_s;
    source->stale_s = newer->stale_s;
}

bool bednet_source_usable(const struct bednet_refresh_source *source, int64_t now_ms)
{
    return source->set != NULL && now_ms - source->good_ms <= source->stale_s * 1000;
}

bool bednet_source_expire(struct bednet_refresh_source *source, const struct bednet_source_context *context)
{
    bool too_old = source->set != NULL && !bednet_source_usable(source, bednet_refresh_now_ms());
    bool changed = too_old != source->too_old;
    source->too_old = too_old;
    if (changed && too_old)
        bednet_messages_add(context->messages, BEDNET_ERROR,
                            "keys of %s: older than `stale` allows, and used no more until they are fetched",
                            source->label);
    return changed;
}
