/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input is the value of a claim with permissions, in whichever language. What a reader lets through must
 * be valid, and asking about it must give answers that agree with each other. Reaches: the readers of
 * bednet_claims_permissions, bednet_claims_find, bednet_permissions_ask.
 */
#include "core/escape.h"
#include "core/topic.h"
#include "fuzz/must.h"
#include "token/claims.h"
#include "token/permissions.h"
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SUBSCRIBE (1u << BEDNET_ACTION_SUBSCRIBE)
#define ACTIONS   (1u << BEDNET_ACTION_PUBLISH | SUBSCRIBE | 1u << BEDNET_ACTION_RECEIVE)

static void check_entry(const struct bednet_permissions_work *work, const struct bednet_permission *entry)
{
    bool shared;
    (void)bednet_filter_unshared(entry->filter, &shared);
    MUST(!shared && bednet_filter_check(entry->filter) == BEDNET_TOPIC_OK);
    MUST(bednet_utf8_is_clean(entry->filter));
    MUST(entry->filter.ptr >= work->bytes &&
         entry->filter.ptr + entry->filter.len <= work->bytes + work->used);
    MUST(entry->actions != 0 && (entry->actions & ~ACTIONS) == 0);
    MUST(entry->qos >= 1 && entry->qos <= BEDNET_PERMISSION_QOS_ALL && entry->retain <= BEDNET_RETAIN_CLEAR);
    MUST(!entry->yields || entry->denies);
    MUST(work->conditional ||
         (entry->qos == BEDNET_PERMISSION_QOS_ALL && entry->retain == BEDNET_RETAIN_ANY));
}

/* Each filter covers itself, so somebody speaks of it; and whoever may have all of it may have it. */
static void ask_about(const struct bednet_permissions *permissions, const struct bednet_permission *entry)
{
    for (uint8_t qos = 0; qos <= 2; qos++) {
        if ((entry->actions & SUBSCRIBE) == 0 || (entry->qos >> qos & 1) == 0)
            continue;
        enum bednet_permissions_answer answer =
            bednet_permissions_ask(permissions, BEDNET_ACTION_SUBSCRIBE, entry->filter, qos, false);
        MUST(answer != BEDNET_PERMISSIONS_SILENT);
        MUST(!entry->denies || entry->yields || answer == BEDNET_PERMISSIONS_DENY);
    }
    if (memchr(entry->filter.ptr, '+', entry->filter.len) != NULL ||
        memchr(entry->filter.ptr, '#', entry->filter.len) != NULL)
        return;
    for (uint8_t qos = 0; qos <= 2; qos++) {
        for (int retain = 0; retain <= 1; retain++)
            (void)bednet_permissions_ask(permissions, BEDNET_ACTION_PUBLISH, entry->filter, qos, retain != 0);
    }
    if (!entry->denies && (entry->actions & SUBSCRIBE) != 0)
        MUST(bednet_permissions_ask(permissions, BEDNET_ACTION_RECEIVE, entry->filter, 0, false) !=
             BEDNET_PERMISSIONS_SILENT);
}

static void read_and_ask(const struct bednet_claims *claims, enum bednet_permissions_format format,
                         const struct bednet_subject *holder)
{
    static struct bednet_permissions_work work;
    bool present = false;
    enum bednet_reason reason =
        bednet_claims_permissions(claims, bednet_text("acl"), format, holder, &work, &present);
    MUST(present && (reason == BEDNET_REASON_NONE || reason == BEDNET_REASON_PERMISSIONS));
    MUST(reason == BEDNET_REASON_NONE || work.count == 0);
    MUST(work.count <= BEDNET_PERMISSIONS_MAX && work.used <= BEDNET_PERMISSIONS_BYTES_MAX);
    const struct bednet_permissions permissions = {
        .entries = work.entries, .count = work.count, .conditional = work.conditional};
    for (size_t i = 0; i < work.count; i++) {
        check_entry(&work, &work.entries[i]);
        ask_about(&permissions, &work.entries[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct bednet_text before = {"{\"acl\":", 7};
    const struct bednet_subject clean = {.client_id = bednet_text("dev1"), .username = bednet_text("alice")};
    const struct bednet_subject hostile = {.client_id = bednet_text("$share"),
                                           .username = bednet_text("+/#")};
    const struct bednet_subject nobody = {.client_id = bednet_text("")};
    struct bednet_claims *claims = NULL;
    char *payload = malloc(before.len + size + 1);
    if (payload == NULL)
        return 0;
    memcpy(payload, before.ptr, before.len);
    memcpy(payload + before.len, data, size);
    payload[before.len + size] = '}';
    enum bednet_reason reason =
        bednet_claims_read((struct bednet_text){payload, before.len + size + 1}, &claims);
    free(payload);
    if (reason != BEDNET_REASON_NONE)
        return 0;
    for (int format = BEDNET_PERMISSIONS_BEDNET; format <= BEDNET_PERMISSIONS_AIF; format++) {
        read_and_ask(claims, (enum bednet_permissions_format)format, &clean);
        read_and_ask(claims, (enum bednet_permissions_format)format, &hostile);
        read_and_ask(claims, (enum bednet_permissions_format)format, &nobody);
    }
    bednet_claims_free(claims);
    return 0;
}
