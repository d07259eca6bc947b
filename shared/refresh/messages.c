/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/messages.h"
#include "core/escape.h"

#include <stdarg.h>
#include <stdio.h>

static bool add(struct bednet_messages *messages, enum bednet_severity severity, struct bednet_text text)
{
    unsigned taken = atomic_load_explicit(&messages->read, memory_order_acquire);
    if (messages->added - taken >= BEDNET_MESSAGES)
        return false;
    struct bednet_refresh_line *message = &messages->ring[messages->added++ % BEDNET_MESSAGES];
    message->severity = severity;
    bednet_escape_sentence(text, message->text, sizeof message->text);
    return true;
}

static void tell_lost(struct bednet_messages *messages)
{
    char text[64];
    if (messages->lost == 0)
        return;
    snprintf(text, sizeof text, "%u lines of a worker did not fit here", messages->lost);
    if (add(messages, BEDNET_WARNING, bednet_text(text)))
        messages->lost = 0;
}

void bednet_messages_add(struct bednet_messages *messages, enum bednet_severity severity, const char *format,
                         ...)
{
    char text[2 * BEDNET_REFRESH_LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    tell_lost(messages);
    if (!add(messages, severity, bednet_text(text)))
        messages->lost++;
}

void bednet_messages_post(struct bednet_messages *messages)
{
    atomic_store_explicit(&messages->posted, messages->added, memory_order_release);
}

void bednet_messages_drain(struct bednet_messages *messages,
                           void (*log)(enum bednet_severity severity, const char *line))
{
    unsigned taken = atomic_load_explicit(&messages->read, memory_order_relaxed);
    while (taken != atomic_load_explicit(&messages->posted, memory_order_acquire)) {
        const struct bednet_refresh_line *message = &messages->ring[taken % BEDNET_MESSAGES];
        log(message->severity, message->text);
        atomic_store_explicit(&messages->read, ++taken, memory_order_release);
    }
}
