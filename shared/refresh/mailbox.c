/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/mailbox.h"

#include <stdlib.h>

void bednet_plan_free(struct bednet_refresh_plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->count; i++)
        bednet_source_free(plan->sources[i]);
    free(plan->key_cache);
    free(plan->revocations_path);
    free(plan);
}

void bednet_revocation_list_release(struct bednet_revocation_list *list)
{
    if (list == NULL || --list->users > 0)
        return;
    bednet_revocations_free(list->revocations);
    free(list);
}

void bednet_bulletin_free(struct bednet_bulletin *bulletin)
{
    if (bulletin == NULL)
        return;
    for (size_t i = 0; i < bulletin->count; i++)
        bednet_keyset_release(bulletin->entries[i].set);
    bednet_revocation_list_release(bulletin->revocations);
    free(bulletin);
}

void bednet_mailbox_put_plan(struct bednet_mailbox *mailbox, struct bednet_refresh_plan *plan)
{
    bednet_plan_free(atomic_exchange_explicit(&mailbox->plan, plan, memory_order_acq_rel));
}

struct bednet_refresh_plan *bednet_mailbox_take_plan(struct bednet_mailbox *mailbox)
{
    return atomic_exchange_explicit(&mailbox->plan, NULL, memory_order_acq_rel);
}

void bednet_mailbox_put_bulletin(struct bednet_mailbox *mailbox, struct bednet_bulletin *bulletin)
{
    bednet_bulletin_free(atomic_exchange_explicit(&mailbox->bulletin, bulletin, memory_order_acq_rel));
}

/* The load spares the other thread's cache line where there is nothing, which is nearly always. */
struct bednet_bulletin *bednet_mailbox_take_bulletin(struct bednet_mailbox *mailbox)
{
    if (atomic_load_explicit(&mailbox->bulletin, memory_order_relaxed) == NULL)
        return NULL;
    return atomic_exchange_explicit(&mailbox->bulletin, NULL, memory_order_acq_rel);
}

/* One thread puts and the other takes all at once, so that no address is mistaken for an older one. */
void bednet_mailbox_return(struct bednet_mailbox *mailbox, struct bednet_bulletin *bulletin)
{
    if (bulletin == NULL)
        return;
    bulletin->next = atomic_load_explicit(&mailbox->returned, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&mailbox->returned, &bulletin->next, bulletin,
                                                  memory_order_release, memory_order_relaxed)) {
    }
}

void bednet_mailbox_free_returned(struct bednet_mailbox *mailbox)
{
    struct bednet_bulletin *bulletin =
        atomic_exchange_explicit(&mailbox->returned, NULL, memory_order_acquire);
    while (bulletin != NULL) {
        struct bednet_bulletin *next = bulletin->next;
        bednet_bulletin_free(bulletin);
        bulletin = next;
    }
}

void bednet_mailbox_clear(struct bednet_mailbox *mailbox)
{
    bednet_plan_free(bednet_mailbox_take_plan(mailbox));
    bednet_bulletin_free(bednet_mailbox_take_bulletin(mailbox));
    bednet_mailbox_free_returned(mailbox);
}
