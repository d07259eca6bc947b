/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting a broker that is not installed. See launch.h.
 *
 * A broker of another release runs by the loader and libraries of its own root. The modules were built here
 * and need libraries that root may lack: those, and only those, are taken from here by links in a folder that
 * comes last. What both have comes from the root, for two copies of one library in a process are one too
 * many.
 */
#include "harness/launch.h"
#include "harness/command.h"
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    char *version;
    char *broker;
    char *loader;    /* NULL: run directly */
    char *libraries; /* absolute, with colons */
    char *links;     /* the folder of links, or NULL */
} found;

static char faketime[512];     /* the library, once it was found */
static const char *clock_file; /* NULL: brokers have the system's clock */

/* Owned by the caller. A test program without memory for a path has nothing to say. */
__attribute__((format(printf, 1, 2))) static char *text(const char *format, ...)
{
    char *result = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&result, format, args) < 0) {
        abort();
    }
    va_end(args);
    return result;
}

const char *launch_version(void)
{
    return found.version;
}

bool launch_is_modern(void)
{
    return strncmp(found.version, "2.0.", 4) != 0;
}

bool launch_is_oldest(void)
{
    return strcmp(found.version, "2.0.11") == 0;
}

bool launch_is_required(void)
{
    const char *required = getenv("BEDNET_REQUIRE_BROKERS");
    const char *version = getenv("BEDNET_BROKER");

    if (!required || !*required || strcmp(required, "0") == 0) {
        return false;
    }
    if (strcmp(required, "1") == 0) {
        return true;
    }
    size_t length = version ? strlen(version) : 0;
    for (const char *item = required; length && item; item = strchr(item, ',')) {
        item += *item == ',';
        if (strncmp(item, version, length) == 0 && (item[length] == ',' || !item[length])) {
            return true;
        }
    }
    return false;
}

/* Joins `path` to `root` unless it is absolute. */
static char *resolve(const char *root, const char *path)
{
    return *path == '/' ? text("%s", path) : text("%s/%s", root, path);
}

static char *resolve_list(const char *root, char *list)
{
    char *resolved = text("%s", "");
    char *rest = NULL;

    for (char *path = strtok_r(list, ":", &rest); path; path = strtok_r(NULL, ":", &rest)) {
        char *whole = resolve(root, path);
        char *longer = text("%s%s%s", resolved, *resolved ? ":" : "", whole);
        free(whole);
        free(resolved);
        resolved = longer;
    }
    return resolved;
}

static void take_record(const char *root, const char *key, char *value)
{
    if (strcmp(key, "version") == 0) {
        found.version = text("%s", value);
    } else if (strcmp(key, "broker") == 0) {
        found.broker = resolve(root, value);
    } else if (strcmp(key, "loader") == 0 && *value) {
        found.loader = resolve(root, value);
    } else if (strcmp(key, "libraries") == 0) {
        found.libraries = resolve_list(root, value);
    }
}

static bool read_record(const char *root)
{
    char *path = text("%s/broker.ini", root);
    FILE *file = fopen(path, "r");
    char line[4096];

    free(path);
    while (file && fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = '\0';
        char *value = strchr(line, '=');
        if (value) {
            *value++ = '\0';
            take_record(root, line, value);
        }
    }
    if (file) {
        fclose(file);
    }
    return found.version && found.broker && access(found.broker, X_OK) == 0;
}

static bool find_system(const char *wanted)
{
    static const char program[] = "/usr/sbin/mosquitto";
    static const char says[] = "mosquitto version ";

    if (access(program, X_OK) != 0) {
        return false;
    }
    char *help = command_output((const char *const[]){program, "-h", NULL}, NULL, 0, NULL);
    const char *version = help ? strstr(help, says) : NULL;
    if (version) {
        version += strlen(says);
        found.version = text("%.*s", (int)strspn(version, "0123456789."), version);
        found.broker = text("%s", program);
    }
    free(help);
    return found.version && (!wanted || strcmp(found.version, wanted) == 0);
}

static bool root_has(const char *name)
{
    char *list = text("%s", found.libraries ? found.libraries : "");
    char *rest = NULL;
    bool has = false;

    for (char *folder = strtok_r(list, ":", &rest); folder && !has; folder = strtok_r(NULL, ":", &rest)) {
        char *path = text("%s/%s", folder, name);
        has = access(path, F_OK) == 0;
        free(path);
    }
    free(list);
    return has;
}

/* Makes one link, where a line of ldd's names a library that the root lacks. */
static bool link_line(const char *line)
{
    char *name = NULL, *target = NULL;
    bool linked = true;

    if (sscanf(line, " %ms => %ms", &name, &target) == 2 && target[0] == '/' && !root_has(name) &&
        strncmp(name, "libbednet", strlen("libbednet")) != 0) {
        char *path = text("%s/%s", found.links, name);
        linked = symlink(target, path) == 0 || errno == EEXIST;
        free(path);
    }
    free(name);
    free(target);
    return linked;
}

static bool link_needed(const char *object)
{
    char *listing = command_output((const char *const[]){"ldd", object, NULL}, NULL, 0, NULL);
    char *rest = NULL;
    bool linked = listing != NULL;

    for (char *line = listing ? strtok_r(listing, "\n", &rest) : NULL; line && linked;
         line = strtok_r(NULL, "\n", &rest)) {
        linked = link_line(line);
    }
    free(listing);
    return linked;
}

static bool link_all_needed(void)
{
    const char *parent = getenv("TMPDIR");
    DIR *modules = opendir(BEDNET_MODULES);
    const struct dirent *entry;

    found.links = text("%s/bednet-links-XXXXXX", parent ? parent : "/tmp");
    bool linked = mkdtemp(found.links) != NULL;
    while (linked && modules && (entry = readdir(modules))) {
        if (strstr(entry->d_name, ".so")) {
            char *path = text("%s/%s", BEDNET_MODULES, entry->d_name);
            linked = link_needed(path);
            free(path);
        }
    }
    if (modules) {
        closedir(modules);
    }
    return linked && (!BEDNET_SANITIZER_LIBRARY[0] || link_needed(BEDNET_SANITIZER_LIBRARY));
}

/* From the cache, false when it is not there. */
static bool find_cached(const char *wanted)
{
    const char *cache = getenv("BEDNET_BROKERS");
    char *root = text("%s/%s", cache ? cache : BEDNET_BROKERS_CACHE, wanted);
    bool there = read_record(root);

    free(root);
    return there;
}

bool launch_find(void)
{
    const char *wanted = getenv("BEDNET_BROKER");

    if (wanted && find_cached(wanted)) {
        if (found.loader && !link_all_needed()) {
            fprintf(stderr, "cannot link the libraries that broker %s lacks: %s\n", wanted, strerror(errno));
            return false;
        }
        return true;
    }
    if (find_system(wanted)) {
        return true;
    }
    fprintf(stderr, "no broker %s here: ci/brokers.sh brings it\n", wanted ? wanted : "at all");
    return false;
}

void launch_forget(void)
{
    DIR *links = found.links ? opendir(found.links) : NULL;
    const struct dirent *entry;

    while (links && (entry = readdir(links))) {
        if (entry->d_name[0] != '.') {
            unlinkat(dirfd(links), entry->d_name, 0);
        }
    }
    if (links) {
        closedir(links);
        rmdir(found.links);
    }
    free(found.version);
    free(found.broker);
    free(found.loader);
    free(found.libraries);
    free(found.links);
}

/*
 * The broker is not built with sanitizers, so their runtime comes in front of it. Leaks never end the broker
 * with an error: it has its own, and leaks.c tells them from ours. Looking up the lines of all those takes
 * longer than the tests: frames are addresses in files unless $BEDNET_SYMBOLIZE is 1.
 *
 * Walking the stack of each allocation by the tables of libraries is most of what a broker does then.
 * OpenSSL 3.0, as Debian 12 has it, allocates so much that tests take seven times as long. There the walk
 * goes by frame pointers, which our code has: who allocated what is in vain through a library is told by 2.1,
 * whose OpenSSL is a newer one.
 */
static void set_sanitizers(void)
{
    if (!BEDNET_SANITIZER_LIBRARY[0]) {
        return;
    }
    setenv("LD_PRELOAD", BEDNET_SANITIZER_LIBRARY ":" BEDNET_SANITIZER_AID, 1);
    const char *symbolize = getenv("BEDNET_SYMBOLIZE");
    char *options =
        text("detect_leaks=1:fast_unwind_on_malloc=%d:malloc_context_size=12:abort_on_error=1:symbolize=%d",
             !launch_is_modern(), symbolize && strcmp(symbolize, "1") == 0);
    setenv("ASAN_OPTIONS", options, 1);
    free(options);
    setenv("LSAN_OPTIONS", "exitcode=0:print_suppressions=0", 1);
    setenv("UBSAN_OPTIONS", "print_stacktrace=1:abort_on_error=1", 1);
    setenv("TSAN_OPTIONS", "exitcode=0", 1);
}

const char *launch_fake_clock(const char *file)
{
    glob_t hits;

    if (BEDNET_SANITIZER_LIBRARY[0]) {
        return "libfaketime and sanitizers do not go together";
    }
    if (!faketime[0] && glob("/usr/lib/*/faketime/libfaketimeMT.so.1", 0, NULL, &hits) == 0) {
        snprintf(faketime, sizeof(faketime), "%s", hits.gl_pathv[0]);
        globfree(&hits);
    }
    clock_file = faketime[0] ? file : NULL;
    return faketime[0] ? NULL : "libfaketime is not there: apt-get install faketime";
}

/* Intervals are real; only the time of day is what the file says, whenever it is asked for. */
static void set_clock(void)
{
    if (clock_file) {
        setenv("LD_PRELOAD", faketime, 1);
        setenv("FAKETIME_TIMESTAMP_FILE", clock_file, 1);
        setenv("FAKETIME_NO_CACHE", "1", 1);
        setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1", 1);
        setenv("TZ", "UTC", 1);
    }
}

void launch_exec(const char *config)
{
    set_sanitizers();
    set_clock();
    if (!found.loader) {
        execl(found.broker, found.broker, "-c", config, (char *)NULL);
        return;
    }
    char *path = text("%s:%s", found.libraries ? found.libraries : "", found.links);
    execl(found.loader, found.loader, "--library-path", path, found.broker, "-c", config, (char *)NULL);
    free(path);
}
