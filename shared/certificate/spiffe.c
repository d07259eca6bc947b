/* SPDX-License-Identifier: Apache-2.0 */
/* SPIFFE-ID section 2 and X509-SVID section 2, for the ID of a client: not that of a whole trust domain. */
#include "certificate/field_internal.h"

#define SPIFFE_ID_BYTES_MAX     2048
#define SPIFFE_DOMAIN_BYTES_MAX 255

static const struct bednet_text scheme = {"spiffe://", 9};

static bool is_lower_or_digit(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

static bool is_punctuation(char byte)
{
    return byte == '.' || byte == '-' || byte == '_';
}

bool bednet_spiffe_is_meant(struct bednet_text value)
{
    static const char name[] = "spiffe:";

    return value.len >= sizeof(name) - 1 && strncasecmp(value.ptr, name, sizeof(name) - 1) == 0;
}

static bool is_domain(struct bednet_text domain)
{
    if (domain.len == 0 || domain.len > SPIFFE_DOMAIN_BYTES_MAX) {
        return false;
    }
    for (size_t i = 0; i < domain.len; i++) {
        if (!is_lower_or_digit(domain.ptr[i]) && !is_punctuation(domain.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool is_segment(struct bednet_text segment)
{
    bool only_dots = true;

    for (size_t i = 0; i < segment.len; i++) {
        char byte = segment.ptr[i];

        if (!is_lower_or_digit(byte) && !is_punctuation(byte) && (byte < 'A' || byte > 'Z')) {
            return false;
        }
        only_dots = only_dots && byte == '.';
    }
    return segment.len > 0 && !(only_dots && segment.len <= 2);
}

bool bednet_spiffe_is_id(struct bednet_text value)
{
    struct bednet_text rest = {value.ptr + scheme.len, value.len - scheme.len};
    const char *slash;

    if (value.len < scheme.len || value.len > SPIFFE_ID_BYTES_MAX ||
        memcmp(value.ptr, scheme.ptr, scheme.len) != 0) {
        return false;
    }
    slash = memchr(rest.ptr, '/', rest.len);
    if (slash == NULL || !is_domain((struct bednet_text){rest.ptr, (size_t)(slash - rest.ptr)})) {
        return false;
    }
    while (slash != NULL) {
        const char *segment = slash + 1, *end = value.ptr + value.len;

        slash = memchr(segment, '/', (size_t)(end - segment));
        if (!is_segment((struct bednet_text){segment, (size_t)((slash != NULL ? slash : end) - segment)})) {
            return false;
        }
    }
    return true;
}
