/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for the log: escaped, cut, bounded, in order, from one thread to another. */
#include "cmocka_first.h"

#include "refresh/messages.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 100000

static struct bednet_messages messages;
static unsigned heard;
static unsigned long last;
static unsigned long lost;
static char line[BEDNET_REFRESH_LINE_BYTES];

static void hear(enum bednet_severity severity, const char *text)
{
    (void)severity;
    heard++;
    snprintf(line, sizeof line, "%s", text);
}

static void bounded(void **state)
{
    (void)state;
    for (unsigned i = 0; i < BEDNET_MESSAGES + 7; i++)
        bednet_messages_add(&messages, BEDNET_NOTICE, "line %u", i);
    heard = 0;
    bednet_messages_drain(&messages, hear);
    assert_int_equal(heard, 0);
    bednet_messages_post(&messages);
    bednet_messages_drain(&messages, hear);
    assert_int_equal(heard, BEDNET_MESSAGES);
    assert_string_equal(line, "line 63");
    bednet_messages_drain(&messages, hear);
    assert_int_equal(heard, BEDNET_MESSAGES);
    bednet_messages_add(&messages, BEDNET_NOTICE, "after");
    bednet_messages_post(&messages);
    bednet_messages_drain(&messages, hear);
    assert_int_equal(heard, BEDNET_MESSAGES + 2);
    assert_string_equal(line, "after");
}

static void escaped(void **state)
{
    (void)state;
    bednet_messages_add(&messages, BEDNET_ERROR, "%s", "a\nb\x1b[31m\xe2\x80\xae \xff");
    bednet_messages_post(&messages);
    bednet_messages_drain(&messages, hear);
    assert_string_equal(line, "a\\x0ab\\x1b[31m\\u{202e} \\xff");
    char long_text[4 * BEDNET_REFRESH_LINE_BYTES];
    memset(long_text, '\x01', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    bednet_messages_add(&messages, BEDNET_ERROR, "%s", long_text);
    bednet_messages_post(&messages);
    bednet_messages_drain(&messages, hear);
    assert_true(strlen(line) < BEDNET_REFRESH_LINE_BYTES);
    assert_string_equal(line + strlen(line) - 3, "...");
}

static void *speak(void *argument)
{
    (void)argument;
    for (unsigned long i = 1; i <= MANY; i++) {
        bednet_messages_add(&messages, BEDNET_NOTICE, "number %lu %0200lu", i, i);
        bednet_messages_post(&messages);
    }
    return NULL;
}

/* Each line whole, each later than the one before, and those that are missing are owned up to. */
static void listen(enum bednet_severity severity, const char *text)
{
    unsigned long number;
    unsigned long again;
    if (severity == BEDNET_WARNING) {
        assert_int_equal(sscanf(text, "%lu lines of a worker", &number), 1);
        lost += number;
        return;
    }
    assert_int_equal(sscanf(text, "number %lu %lu", &number, &again), 2);
    assert_int_equal(number, again);
    assert_true(number > last);
    last = number;
    heard++;
}

static void two_threads(void **state)
{
    pthread_t speaker;
    (void)state;
    heard = 0;
    assert_int_equal(pthread_create(&speaker, NULL, speak, NULL), 0);
    while (last < MANY / 2)
        bednet_messages_drain(&messages, listen);
    assert_int_equal(pthread_join(speaker, NULL), 0);
    bednet_messages_drain(&messages, listen);
    assert_int_equal(heard + lost + messages.lost, MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounded),
        cmocka_unit_test(escaped),
        cmocka_unit_test(two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
