/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input is a record of the store of identities, without the checksum that no fuzzer finds, and once more
 * as it is. What is read must be an identity that fits, within the bytes, and be written the same again.
 * Reaches: bednet_record_read, bednet_record_write.
 */
#include "fuzz/must.h"
#include "runtime/record.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct bednet_text bytes)
{
    static struct bednet_record record;
    static unsigned char again[BEDNET_RECORD_BYTES_MAX];
    if (bednet_record_read(bytes, &record) != BEDNET_OK)
        return;
    MUST(bednet_identity_fits(&record.spec));
    MUST(record.spec.subject.client_id.ptr >= bytes.ptr &&
         record.spec.subject.client_id.ptr + record.spec.subject.client_id.len <= bytes.ptr + bytes.len);
    MUST(record.spec.chain == NULL && record.spec.handle == NULL && record.spec.credential == 0);
    MUST(bednet_record_write(&record.spec, record.chain, record.revoked, again) == bytes.len);
    MUST(memcmp(again, bytes.ptr, bytes.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char bytes[BEDNET_RECORD_BYTES_MAX + 64];
    uint64_t checksum;
    if (size > sizeof bytes - sizeof checksum)
        return 0;
    check((struct bednet_text){(const char *)data, size});
    if (size > 0)
        memcpy(bytes, data, size);
    checksum = htole64(bednet_hash_frozen((struct bednet_text){bytes, size}));
    memcpy(bytes + size, &checksum, sizeof checksum);
    check((struct bednet_text){bytes, size + sizeof checksum});
    return 0;
}
