/* SPDX-License-Identifier: Apache-2.0 */
/* See flow.h. */
#include "flow.h"

#include <endian.h>
#include <string.h>

#define MAGIC "BdL1"

static bool see(struct bednet_flow *flow, uint32_t number)
{
    uint64_t *word = &flow->seen[number % BEDNET_FLOW_WINDOW / 64];
    uint64_t bit = UINT64_C(1) << number % 64;
    bool was_seen = (*word & bit) != 0;
    *word |= bit;
    return was_seen;
}

/* Numbers between what was the highest and this one have not come: their marks are of an earlier turn. */
static void advance(struct bednet_flow *flow, uint32_t number)
{
    if (number - flow->next >= BEDNET_FLOW_WINDOW)
        memset(flow->seen, 0, sizeof flow->seen);
    else
        for (uint32_t missing = flow->next; missing != number + 1; missing++)
            flow->seen[missing % BEDNET_FLOW_WINDOW / 64] &= ~(UINT64_C(1) << missing % 64);
    flow->next = number + 1;
}

enum bednet_flow_kind bednet_flow_take(struct bednet_flow *flow, uint32_t number)
{
    bool is_belated = number < flow->next;
    if (!is_belated)
        advance(flow, number);
    if (is_belated && (flow->next - number > BEDNET_FLOW_WINDOW || see(flow, number))) {
        flow->copies++;
        return BEDNET_FLOW_COPY;
    }
    see(flow, number);
    flow->unique++;
    if (!is_belated)
        return BEDNET_FLOW_NEW;
    flow->belated++;
    return BEDNET_FLOW_BELATED;
}

void bednet_stamp_put(const struct bednet_stamp *stamp, unsigned char out[BEDNET_STAMP_BYTES])
{
    uint32_t words[] = {htobe32(stamp->run), htobe32(stamp->publisher), htobe32(stamp->number)};
    uint64_t sent = htobe64((uint64_t)stamp->sent_ns);
    memcpy(out, MAGIC, 4);
    memcpy(out + 4, words, sizeof words);
    memcpy(out + 16, &sent, sizeof sent);
}

bool bednet_stamp_get(const unsigned char *payload, size_t length, struct bednet_stamp *stamp)
{
    uint32_t words[3];
    uint64_t sent;
    if (length < BEDNET_STAMP_BYTES || memcmp(payload, MAGIC, 4) != 0)
        return false;
    memcpy(words, payload + 4, sizeof words);
    memcpy(&sent, payload + 16, sizeof sent);
    *stamp = (struct bednet_stamp){be32toh(words[0]), be32toh(words[1]), be32toh(words[2]),
                                   (int64_t)be64toh(sent)};
    return true;
}
