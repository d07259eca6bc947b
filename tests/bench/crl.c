/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a long list of revoked certificates costs: its memory, one question, and how long a busy thread is
 * held up while the list is read by the loader's.
 *
 *     crl make AUTHORITY LIST ENTRIES    an authority and a list of it that revokes so many certificates
 *     crl load AUTHORITY SHORT LIST      one line: milliseconds until the list is in force, bytes that are
 *                                        kept for each entry, MiB at the worst moment; microseconds of the
 *                                        longest gap between two ticks meanwhile, without and with what
 *                                        the thread waited for a processor, which others have too; and of
 *                                        both in as much time without a list
 *     crl ask AUTHORITY LIST QUESTIONS   asks so often, half of the times for a certificate that is revoked;
 *                                        callgrind counts nothing else
 */
#include "plugins/cert/crl_loader.h"
#include "runtime/clock.h"

#include <fcntl.h>
#include <malloc.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#define SERIAL_BYTES 16
#define TICK_NS      UINT64_C(1000000)
#define SAMPLES_MAX  1024

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static void must(bool good, const char *what)
{
    if (!good)
        die(what, "failed");
}

/* As random as an authority's, and the same each time. */
static void serial_of(uint64_t number, unsigned char out[SERIAL_BYTES])
{
    for (size_t i = 0; i < SERIAL_BYTES; i += 8) {
        uint64_t word = (number * 2 + i / 8 + 1) * UINT64_C(0x9E3779B97F4A7C15);
        word = (word ^ word >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
        word = (word ^ word >> 27) * UINT64_C(0x94D049BB133111EB);
        word ^= word >> 31;
        memcpy(out + i, &word, sizeof word);
    }
    out[0] = (unsigned char)((out[0] & 0x7F) | 0x40);
}

static void write_authority(const char *path, EVP_PKEY *key, X509_NAME *name)
{
    X509 *x509 = X509_new();
    X509V3_CTX context;
    FILE *file = fopen(path, "w");
    must(x509 != NULL && file != NULL && X509_set_version(x509, X509_VERSION_3) == 1, path);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
    X509_EXTENSION *is_ca = X509V3_EXT_nconf(NULL, &context, "basicConstraints", "critical,CA:TRUE");
    must(X509_set_subject_name(x509, name) == 1 && X509_set_issuer_name(x509, name) == 1 &&
             X509_set_pubkey(x509, key) == 1 && X509_add_ext(x509, is_ca, -1) == 1 &&
             X509_sign(x509, key, EVP_sha256()) > 0 && PEM_write_X509(file, x509) == 1 && fclose(file) == 0,
         path);
    X509_EXTENSION_free(is_ca);
    X509_free(x509);
}

static void add_entries(X509_CRL *crl, size_t count, const ASN1_TIME *since)
{
    ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
    must(ASN1_ENUMERATED_set(reason, CRL_REASON_KEY_COMPROMISE) == 1, "reason");
    for (size_t i = 0; i < count; i++) {
        unsigned char bytes[SERIAL_BYTES];
        X509_REVOKED *entry = X509_REVOKED_new();
        ASN1_INTEGER *serial = ASN1_INTEGER_new();
        serial_of(i, bytes);
        must(ASN1_STRING_set(serial, bytes, SERIAL_BYTES) == 1 &&
                 X509_REVOKED_set_serialNumber(entry, serial) == 1 &&
                 X509_REVOKED_set_revocationDate(entry, (ASN1_TIME *)(uintptr_t)since) == 1 &&
                 X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0) == 1 &&
                 X509_CRL_add0_revoked(crl, entry) == 1,
             "entry");
        ASN1_INTEGER_free(serial);
    }
    ASN1_ENUMERATED_free(reason);
}

/* The key is in the authority's file, too, for several lists of one. */
static EVP_PKEY *key_of(const char *authority)
{
    char path[4096];
    snprintf(path, sizeof path, "%s.key", authority);
    FILE *file = fopen(path, "r");
    EVP_PKEY *key = file != NULL ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (file != NULL) {
        fclose(file);
        return key;
    }
    key = EVP_EC_gen("P-256");
    file = fopen(path, "w");
    must(key != NULL && file != NULL && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 &&
             fclose(file) == 0,
         path);
    return key;
}

static int make(const char *authority, const char *list, size_t count)
{
    EVP_PKEY *key = key_of(authority);
    X509_NAME *name = X509_NAME_new();
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *now = X509_gmtime_adj(NULL, -60), *next = X509_gmtime_adj(NULL, 86400);
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"Device CA", -1, -1,
                                    0) == 1,
         "name");
    write_authority(authority, key, name);
    must(X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 && X509_CRL_set_issuer_name(crl, name) == 1 &&
             X509_CRL_set1_lastUpdate(crl, now) == 1 && X509_CRL_set1_nextUpdate(crl, next) == 1,
         "list");
    add_entries(crl, count, now);
    FILE *file = fopen(list, "w");
    must(file != NULL && X509_CRL_sign(crl, key, EVP_sha256()) > 0 && i2d_X509_CRL_fp(file, crl) == 1 &&
             fclose(file) == 0,
         list);
    X509_CRL_free(crl);
    ASN1_TIME_free(now);
    ASN1_TIME_free(next);
    X509_NAME_free(name);
    EVP_PKEY_free(key);
    return 0;
}

static struct bednet_authorities *read_authority(const char *path)
{
    char why[BEDNET_AUTHORITY_WHY_BYTES];
    struct bednet_authorities *authorities = bednet_authorities_new();
    must(authorities != NULL, "authorities");
    if (bednet_authorities_add(authorities, BEDNET_TEXT_LITERAL("devices"), path, why) != BEDNET_OK)
        die(path, why);
    return authorities;
}

/* At work, as a broker's thread is: it asks for memory and gives it back. */
static void work_until(uint64_t until_ns)
{
    uint64_t now;
    while ((now = bednet_clock_monotonic_ns()) < until_ns) {
        char *packet = malloc(64 + now % 1024);
        must(packet != NULL, "memory");
        memset(packet, (int)now, 64);
        free(packet);
    }
}

/* How long this thread was ready to run and did not. */
static uint64_t waited_ns(void)
{
    static int fd = -1;
    char text[128];
    if (fd < 0)
        fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? pread(fd, text, sizeof text - 1, 0) : -1;
    must(length > 0, "/proc/thread-self/schedstat");
    text[length] = '\0';
    char *rest;
    strtoull(text, &rest, 10);
    return strtoull(rest, NULL, 10);
}

struct ticking {
    uint64_t took_ns;
    uint64_t longest_ns;         /* from one tick to the next, beyond what it should be */
    uint64_t longest_running_ns; /* the same without the time that others had the processor */
};

/* Ticks until there is another set, or for so long. */
static struct ticking tick(struct bednet_crl_loader *loader, uint64_t most_ns)
{
    struct ticking ticking = {.took_ns = 0};
    uint64_t start = bednet_clock_monotonic_ns(), last = start, waited = waited_ns();
    bool taken = false;
    while (!taken && last - start < most_ns) {
        work_until(last + TICK_NS);
        taken = bednet_crl_loader_take(loader);
        uint64_t waited_now = waited_ns(), now = bednet_clock_monotonic_ns();
        uint64_t gap = now - last - TICK_NS, others = waited_now - waited;
        if (gap > ticking.longest_ns)
            ticking.longest_ns = gap;
        if (gap > others && gap - others > ticking.longest_running_ns)
            ticking.longest_running_ns = gap - others;
        last = now;
        waited = waited_now;
    }
    ticking.took_ns = last - start;
    return ticking;
}

static size_t bytes_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static long peak_kib(void)
{
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    must(file != NULL, "/proc/self/status");
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    fclose(file);
    return kib;
}

static int load(const char *authority, const char *short_list, const char *list)
{
    struct bednet_text file = bednet_text(short_list);
    struct bednet_certificate_policy policy = {
        .authorities = read_authority(authority),
        .crl = {.sources = {.files = &file, .file_count = 1}, .source = {.line = 1}}};
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_crl_loader *loader;
    struct bednet_crls_summary summary;
    must(bednet_crl_loader_start(&policy, diag, &loader) == BEDNET_OK, short_list);
    size_t before = bytes_in_use();
    file = bednet_text(list);
    must(bednet_crl_loader_configure(loader, &policy) == BEDNET_OK, list);
    struct ticking busy = tick(loader, UINT64_MAX);
    bednet_crls_summarize(bednet_crl_loader_current(loader), &summary);
    must(summary.entries > 0, list);
    size_t bytes = bytes_in_use() - before;
    struct ticking quiet = tick(loader, busy.took_ns);
    printf("%.0f %.1f %.0f %.0f %.0f %.0f %.0f\n", (double)busy.took_ns / 1e6,
           (double)bytes / (double)summary.entries, (double)peak_kib() / 1024,
           (double)busy.longest_running_ns / 1e3, (double)busy.longest_ns / 1e3,
           (double)quiet.longest_running_ns / 1e3, (double)quiet.longest_ns / 1e3);
    bednet_crl_loader_stop(loader);
    bednet_diag_free(diag);
    bednet_authorities_free((struct bednet_authorities *)(uintptr_t)policy.authorities);
    return 0;
}

static void asked(const struct bednet_crls *crls, const X509_NAME *issuer,
                  unsigned char (*marks)[BEDNET_MARK_BYTES], size_t questions)
{
    int64_t now_s = bednet_clock_wall_s();
    size_t revoked = 0;
    CALLGRIND_START_INSTRUMENTATION;
    for (size_t i = 0; i < questions; i++)
        revoked += bednet_crls_ask(crls, issuer, marks[i % SAMPLES_MAX], now_s, NULL) == BEDNET_CRL_REVOKED;
    CALLGRIND_STOP_INSTRUMENTATION;
    must(revoked == questions / 2, "half of the answers");
}

static int ask(const char *authority, const char *list, size_t questions)
{
    static unsigned char marks[SAMPLES_MAX][BEDNET_MARK_BYTES];
    struct bednet_authorities *authorities = read_authority(authority);
    const X509_NAME *issuer = X509_get_subject_name(bednet_authority_certificate(authorities, 0));
    struct bednet_text file = bednet_text(list);
    const struct bednet_crl_sources sources = {.files = &file, .file_count = 1};
    struct bednet_diag *diag = bednet_diag_new();
    struct bednet_crls_summary summary;
    struct bednet_crls *crls = NULL;
    must(bednet_crls_load(&sources, authorities, bednet_clock_wall_s(), diag, &crls) == BEDNET_OK, list);
    bednet_crls_summarize(crls, &summary);
    for (size_t i = 0; i < SAMPLES_MAX; i++) {
        unsigned char serial[SERIAL_BYTES];
        size_t number = i * 977 % summary.entries;
        serial_of(i % 2 == 0 ? number : summary.entries + number, serial);
        must(bednet_issued_mark(authorities, issuer, (struct bednet_text){(const char *)serial, SERIAL_BYTES},
                                marks[i]),
             "mark");
    }
    asked(crls, issuer, marks, questions);
    bednet_crls_free(crls);
    bednet_diag_free(diag);
    bednet_authorities_free(authorities);
    return 0;
}

int main(int argc, char **argv)
{
    const char *word = argc == 5 ? argv[1] : "";
    if (strcmp(word, "make") == 0)
        return make(argv[2], argv[3], strtoul(argv[4], NULL, 10));
    if (strcmp(word, "load") == 0)
        return load(argv[2], argv[3], argv[4]);
    if (strcmp(word, "ask") == 0)
        return ask(argv[2], argv[3], strtoul(argv[4], NULL, 10));
    die("usage", "crl make|load|ask ...: see the head of its source");
}
