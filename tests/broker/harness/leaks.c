/* SPDX-License-Identifier: Apache-2.0 */
/* See leaks.h. */
#include "harness/leaks.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool within(const char *begin, const char *end, const char *text)
{
    return memmem(begin, (size_t)(end - begin), text, strlen(text)) != NULL;
}

/* Frames of Bednet's modules and of the probe, with their sources or without. */
static bool is_ours(const char *begin, const char *end)
{
    static const char *const marks[] = {"/bednet_",  "/libbednet",    "/shared/",
                                        "/plugins/", "/broker_probe", "/probe_plugin.c"};

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (within(begin, end, marks[i])) {
            return true;
        }
    }
    return false;
}

/*
 * Frames of the broker. Where it runs by a loader of its own root, the loader stands for the program, and
 * what names there are for its addresses are those of functions of the loader.
 */
static bool is_the_broker_s(const char *begin, const char *end)
{
    return within(begin, end, "ld-linux") || within(begin, end, "/sysdeps/") || within(begin, end, " elf/") ||
           within(begin, end, "rtld-") || within(begin, end, "bin/mosquitto");
}

static const char *end_of(const char *text, const char *mark)
{
    const char *end = strstr(text, mark);
    return end ? end : text + strlen(text);
}

/* True when the first party in the stack below `head` is us; what lies between is libraries. */
static bool allocated_by_us(const char *head)
{
    const char *end = end_of(head, "\n\n");

    for (const char *line = strchr(head, '\n'); line && line < end; line = strchr(line + 1, '\n')) {
        const char *line_end = end_of(line + 1, "\n");
        if (is_ours(line, line_end)) {
            return true;
        }
        if (is_the_broker_s(line, line_end)) {
            return false;
        }
    }
    return false;
}

static bool leaks(const char *log, const char *head)
{
    for (; (log = strstr(log, head)); log++) {
        if (allocated_by_us(log)) {
            return true;
        }
    }
    return false;
}

static bool races(const char *log)
{
    for (; (log = strstr(log, "WARNING: ThreadSanitizer")); log++) {
        if (is_ours(log, end_of(log, "\n=================="))) {
            return true;
        }
    }
    return false;
}

const char *leaks_found(const char *log)
{
    if (strstr(log, "ERROR: AddressSanitizer")) {
        return "AddressSanitizer found an error";
    }
    if (strstr(log, "runtime error: ")) {
        return "UndefinedBehaviorSanitizer found an error";
    }
    if (leaks(log, "Direct leak of") || leaks(log, "Indirect leak of")) {
        return "LeakSanitizer found a leak of Bednet's";
    }
    if (races(log)) {
        return "ThreadSanitizer found an error of Bednet's";
    }
    return NULL;
}
