/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/cert/crl_loader.h"
#include "refresh/loader.h"
#include "runtime/clock.h"
#include "runtime/counters.h"

#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

/* What a policy asks for, copied. */
struct plan {
    struct bednet_authorities *authorities;
    struct bednet_crl_sources sources; /* each path ends in a NUL */
    struct bednet_text paths[];        /* files, then folders */
};

struct bednet_crl_loader {
    struct bednet_loader *loader;
    struct plan *known;               /* what the thread works by; NULL: nothing, or nobody knows */
    struct bednet_crls_summary shown; /* what this loader adds to the gauges */
    int64_t told_stale_s;             /* the nextUpdate that was last said to have passed */
};

static void free_plan(void *argument)
{
    struct plan *plan = argument;
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->sources.file_count + plan->sources.folder_count; i++)
        free((void *)(uintptr_t)plan->paths[i].ptr);
    bednet_authorities_free(plan->authorities);
    free(plan);
}

static bool copy_paths(const struct bednet_text *from, size_t count, struct bednet_text *to, size_t *copied)
{
    for (*copied = 0; *copied < count; ++*copied) {
        char *path = strndup(from[*copied].ptr, from[*copied].len);
        if (path == NULL)
            return false;
        to[*copied] = bednet_text(path);
    }
    return true;
}

/* NULL without memory. */
static struct plan *copy_plan(const struct bednet_authorities *authorities,
                              const struct bednet_crl_sources *sources)
{
    size_t count = sources->file_count + sources->folder_count;
    struct plan *plan = calloc(1, sizeof *plan + count * sizeof plan->paths[0]);
    if (plan == NULL)
        return NULL;
    plan->sources.files = plan->paths;
    plan->sources.folders = plan->paths + sources->file_count;
    plan->authorities = bednet_authorities_copy(authorities);
    if (plan->authorities != NULL &&
        copy_paths(sources->files, sources->file_count, plan->paths, &plan->sources.file_count) &&
        copy_paths(sources->folders, sources->folder_count, plan->paths + sources->file_count,
                   &plan->sources.folder_count))
        return plan;
    free_plan(plan);
    return NULL;
}

static enum bednet_status load(const void *argument, struct bednet_stamp *stamp, struct bednet_diag *diag,
                               void **object)
{
    const struct plan *plan = argument;
    struct bednet_crls *crls = NULL;
    enum bednet_status status = BEDNET_OK;
    for (size_t i = 0; i < plan->sources.file_count + plan->sources.folder_count && status == BEDNET_OK; i++)
        status = bednet_stamp_add(stamp, plan->paths[i].ptr) ? BEDNET_OK : BEDNET_NOMEM;
    if (status == BEDNET_OK)
        status = bednet_crls_load(&plan->sources, plan->authorities, bednet_clock_wall_s(), diag, &crls);
    bednet_count(status == BEDNET_OK ? BEDNET_COUNTER_CRL_LOADS_OK : BEDNET_COUNTER_CRL_LOADS_FAILED);
    *object = crls;
    return status;
}

static void tell(const void *crls, struct bednet_messages *messages)
{
    struct bednet_crls_summary summary;
    if (crls == NULL)
        return;
    bednet_crls_summarize(crls, &summary);
    bednet_messages_add(messages, BEDNET_NOTICE, "revoked certificates: %zu lists with %zu entries were read",
                        summary.lists, summary.entries);
}

static void free_crls(void *crls)
{
    bednet_crls_free(crls);
}

static const struct bednet_loader_kind kind = {
    .thread = "bednet-crl",
    .subject = "revoked certificates",
    .look_ms = 1000,
    .retry_ms = 2000,
    .load = load,
    .tell = tell,
    .free_object = free_crls,
    .free_plan = free_plan,
};

static const struct bednet_crls *in_force(const struct bednet_crl_loader *loader)
{
    return loader->known != NULL ? bednet_loader_current(loader->loader) : NULL;
}

/* Loaders of several chains add up, except that the last one with a new set says how old it is. */
static void show(struct bednet_crl_loader *loader, const struct bednet_crls *crls)
{
    struct bednet_crls_summary now;
    bednet_crls_summarize(crls, &now);
    bednet_gauge_add(BEDNET_GAUGE_CRL_LISTS, (int64_t)now.lists - (int64_t)loader->shown.lists);
    bednet_gauge_add(BEDNET_GAUGE_CRL_ENTRIES, (int64_t)now.entries - (int64_t)loader->shown.entries);
    bednet_gauge_set(BEDNET_GAUGE_CRL_OLDEST_UPDATE, now.oldest_update_s);
    bednet_gauge_set(BEDNET_GAUGE_CRL_NEXT_UPDATE, now.next_update_s);
    loader->shown = now;
}

static bool asks_for_lists(const struct bednet_certificate_policy *policy)
{
    return policy->crl.source.line != 0;
}

enum bednet_status bednet_crl_loader_start(const struct bednet_certificate_policy *policy,
                                           struct bednet_diag *diag, struct bednet_crl_loader **out)
{
    struct bednet_crl_loader *loader = calloc(1, sizeof *loader);
    struct plan *plan = NULL;
    if (loader == NULL)
        return BEDNET_NOMEM;
    enum bednet_status status = BEDNET_OK;
    if (asks_for_lists(policy)) {
        loader->known = copy_plan(policy->authorities, &policy->crl.sources);
        plan = copy_plan(policy->authorities, &policy->crl.sources);
        status = loader->known != NULL && plan != NULL ? BEDNET_OK : BEDNET_NOMEM;
    }
    if (status == BEDNET_OK)
        status = bednet_loader_start(&kind, plan, diag, &loader->loader);
    else
        free_plan(plan);
    if (status != BEDNET_OK) {
        free_plan(loader->known);
        free(loader);
        return status;
    }
    show(loader, in_force(loader));
    *out = loader;
    return BEDNET_OK;
}

void bednet_crl_loader_stop(struct bednet_crl_loader *loader)
{
    if (loader == NULL)
        return;
    show(loader, NULL);
    bednet_loader_stop(loader->loader);
    free_plan(loader->known);
    free(loader);
}

static bool same_paths(const struct bednet_text *a, size_t a_count, const struct bednet_text *b,
                       size_t b_count)
{
    bool same = a_count == b_count;
    for (size_t i = 0; same && i < a_count; i++)
        same = bednet_text_equal(a[i], b[i]);
    return same;
}

static bool same_authorities(const struct bednet_authorities *a, const struct bednet_authorities *b)
{
    bool same = bednet_authorities_count(a) == bednet_authorities_count(b);
    for (size_t i = 0; same && i < bednet_authorities_count(a); i++)
        same = X509_cmp(bednet_authority_certificate(a, i), bednet_authority_certificate(b, i)) == 0;
    return same;
}

static bool asks_for_the_same(const struct plan *plan, const struct bednet_certificate_policy *policy)
{
    const struct bednet_crl_sources *a = &plan->sources, *b = &policy->crl.sources;
    return same_paths(a->files, a->file_count, b->files, b->file_count) &&
           same_paths(a->folders, a->folder_count, b->folders, b->folder_count) &&
           same_authorities(plan->authorities, policy->authorities);
}

static bool same_der(const X509_NAME *a, const X509_NAME *b)
{
    const unsigned char *a_der, *b_der;
    size_t a_bytes, b_bytes;
    return X509_NAME_get0_der(a, &a_der, &a_bytes) == 1 && X509_NAME_get0_der(b, &b_der, &b_bytes) == 1 &&
           a_bytes == b_bytes && memcmp(a_der, b_der, a_bytes) == 0;
}

/*
 * Whether marks that are made with these authorities are found in a set that was made with those: where a
 * name is written in another way, or by another one of the two that have it, they are not.
 */
static bool marks_agree(const struct bednet_authorities *before, const struct bednet_authorities *now)
{
    for (size_t i = 0; i < bednet_authorities_count(now); i++) {
        const X509_NAME *name = X509_get_subject_name(bednet_authority_certificate(now, i));
        size_t first = bednet_authority_of(now, name, 0), known = bednet_authority_of(before, name, 0);
        if (known != BEDNET_AUTHORITY_NONE &&
            !same_der(X509_get_subject_name(bednet_authority_certificate(now, first)),
                      X509_get_subject_name(bednet_authority_certificate(before, known))))
            return false;
    }
    return true;
}

/* Nobody knows what is in force until the next one is. */
static void forget(struct bednet_crl_loader *loader)
{
    bednet_loader_drop(loader->loader);
    free_plan(loader->known);
    loader->known = NULL;
    show(loader, NULL);
}

static enum bednet_status read_others(struct bednet_crl_loader *loader,
                                      const struct bednet_certificate_policy *policy)
{
    struct plan *known = copy_plan(policy->authorities, &policy->crl.sources);
    struct plan *plan = copy_plan(policy->authorities, &policy->crl.sources);
    enum bednet_status status = BEDNET_NOMEM;
    if (known != NULL && plan != NULL)
        status = bednet_loader_configure(loader->loader, plan);
    else
        free_plan(plan);
    if (status != BEDNET_OK) {
        free_plan(known);
        forget(loader);
        return status;
    }
    if (loader->known == NULL || !marks_agree(loader->known->authorities, known->authorities))
        forget(loader);
    free_plan(loader->known);
    loader->known = known;
    return BEDNET_OK;
}

enum bednet_status bednet_crl_loader_configure(struct bednet_crl_loader *loader,
                                               const struct bednet_certificate_policy *policy)
{
    if (!asks_for_lists(policy)) {
        forget(loader);
        return bednet_loader_configure(loader->loader, NULL);
    }
    if (loader->known != NULL && asks_for_the_same(loader->known, policy))
        return BEDNET_OK;
    return read_others(loader, policy);
}

bool bednet_crl_loader_take(struct bednet_crl_loader *loader)
{
    if (!bednet_loader_take(loader->loader))
        return false;
    show(loader, in_force(loader));
    return in_force(loader) != NULL;
}

const struct bednet_crls *bednet_crl_loader_current(const struct bednet_crl_loader *loader)
{
    return in_force(loader);
}

bool bednet_crl_loader_settled(const struct bednet_crl_loader *loader)
{
    return loader->known != NULL && bednet_loader_settled(loader->loader);
}

void bednet_crl_loader_reload(struct bednet_crl_loader *loader)
{
    bednet_loader_reload(loader->loader);
}

/* Once for each nextUpdate that passes while the list is in force: what becomes of it the policy says. */
static void tell_stale(struct bednet_crl_loader *loader,
                       void (*log)(enum bednet_severity severity, const char *line))
{
    int64_t due_s = loader->shown.next_update_s, now_s = bednet_clock_wall_s();
    char line[128];
    if (due_s == 0 || due_s == loader->told_stale_s || due_s >= now_s)
        return;
    snprintf(line, sizeof line,
             "revoked certificates: a list has been out of date for %lld s (expected a newer one)",
             (long long)(now_s - due_s));
    log(BEDNET_WARNING, line);
    loader->told_stale_s = due_s;
}

void bednet_crl_loader_drain(struct bednet_crl_loader *loader,
                             void (*log)(enum bednet_severity severity, const char *line))
{
    bednet_loader_drain(loader->loader, log);
    tell_stale(loader, log);
}
