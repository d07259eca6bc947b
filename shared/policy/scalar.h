/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as a policy writes them: `8`, `30s`, `8KiB`, `10/s`. Digits without sign, fraction or leading zero,
 * then a unit. Each gives BEDNET_OK, BEDNET_INVALID for what is not of that form, or BEDNET_LIMIT for what is
 * too large to be counted. Pure; any thread.
 */
#ifndef BEDNET_POLICY_SCALAR_H
#define BEDNET_POLICY_SCALAR_H

#include "core/bucket.h"
#include "core/status.h"
#include "core/text.h"

enum bednet_status bednet_scalar_number(struct bednet_text text, uint64_t *out);

/* `30s`, `5m`, `2h`, `7d`. */
enum bednet_status bednet_scalar_duration(struct bednet_text text, uint64_t *out_s);

/* `300`, `300B`, `8KiB`, `1MiB`, `1GiB`. */
enum bednet_status bednet_scalar_size(struct bednet_text text, uint64_t *out_bytes);

/*
 * `10/s`, `600/m`, `5/h`; with `sizes` also `64KiB/s`. Fills in tokens and period_ns only. BEDNET_LIMIT also
 * for zero and for more than a bucket may have.
 */
enum bednet_status bednet_scalar_rate(struct bednet_text text, bool sizes, struct bednet_bucket_rate *out);

/*
 * Seconds since 1970 out of their number, or of a time of RFC 3339 in whole seconds:
 * `2026-11-22T00:00:00Z`, `2026-11-22T02:00:00+02:00`. From 1970 to the end of the year 9999 in UTC.
 */
enum bednet_status bednet_scalar_time(struct bednet_text text, int64_t *out_s);

/* `true` or `false`. */
enum bednet_status bednet_scalar_boolean(struct bednet_text text, bool *out);

#endif
