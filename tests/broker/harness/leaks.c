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

/* True when a paragraph that starts with `head` names a module or the runtime library. */
static bool blames_us(const char *log, const char *head)
{
    while ((log = strstr(log, head))) {
        const char *end = strstr(log, "\n\n");
        end = end ? end : log + strlen(log);
        if (within(log, end, "/bednet_") || within(log, end, "/libbednet") || within(log, end, "/shared/")) {
            return true;
        }
        log = end;
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
    if (blames_us(log, "Direct leak of") || blames_us(log, "Indirect leak of")) {
        return "LeakSanitizer found a leak of Bednet's";
    }
    if (blames_us(log, "WARNING: ThreadSanitizer")) {
        return "ThreadSanitizer found an error of Bednet's";
    }
    return NULL;
}
