/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into a broker under a sanitizer, where two functions of libc are in the sanitizer's way. */
#include <locale.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT int dlclose(void *handle);
EXPORT void freelocale(locale_t locale);

/* 2.0 unmaps its plugins before it ends, and then the leak report cannot say whose leak it is. */
int dlclose(void *handle)
{
    (void)handle;
    return 0;
}

/* A library of sid's calls it on exit, and waits for ever where libasan is older than the C library. */
void freelocale(locale_t locale)
{
    (void)locale;
}
