/* SPDX-License-Identifier: Apache-2.0 */
/* Each segment on its own: a header can be looked at though the signature is cut off. */
#include "decoded.h"

#include "token/base64url.h"
#include "token/verify.h"

#include <stdio.h>
#include <stdlib.h>

static void say(struct bednet_decoded_part *part, enum bednet_segment segment, size_t offset,
                const char *text)
{
    snprintf(part->fault, sizeof part->fault, "the %s is no JSON object: at its byte %zu, %s",
             bednet_segment_name(segment), offset, text);
}

static bool read_json(struct bednet_decoded_part *part, enum bednet_segment segment)
{
    struct bednet_json_fault fault;
    size_t capacity = bednet_json_values((struct bednet_text){part->bytes, part->length});
    struct bednet_json *values = malloc((capacity + 1) * sizeof *values);
    if (values == NULL)
        return false;
    if (!bednet_json_read(part->bytes, part->length, values, capacity, &fault))
        say(part, segment, fault.offset, fault.text);
    else if (values->type != BEDNET_JSON_OBJECT)
        say(part, segment, values->offset, "a value of another type");
    else
        part->values = values;
    if (part->values == NULL)
        free(values);
    return true;
}

/* What cannot be decoded stays empty: the fault of the whole token says why. */
static bool open_part(struct bednet_text text, enum bednet_segment segment, struct bednet_decoded_part *part)
{
    if (text.ptr == NULL || text.len == 0 || text.len > BEDNET_TOKEN_BYTES_MAX)
        return true;
    part->bytes = malloc(BEDNET_BASE64URL_BYTES(text.len));
    if (part->bytes == NULL)
        return false;
    if (!bednet_base64url_decode(text, (unsigned char *)part->bytes, &part->length)) {
        free(part->bytes);
        part->bytes = NULL;
        part->length = 0;
        return true;
    }
    return segment == BEDNET_SEGMENT_SIGNATURE || read_json(part, segment);
}

bool bednet_decoded_open(struct bednet_text token, struct bednet_decoded *decoded)
{
    struct bednet_text segments[BEDNET_SEGMENTS];
    memset(decoded, 0, sizeof *decoded);
    bednet_structure_fault(token, decoded->fault);
    bednet_structure_split(token, segments);
    for (int i = 0; i < BEDNET_SEGMENTS; i++)
        if (!open_part(segments[i], (enum bednet_segment)i, &decoded->parts[i]))
            return false;
    return true;
}

void bednet_decoded_close(struct bednet_decoded *decoded)
{
    for (int i = 0; i < BEDNET_SEGMENTS; i++) {
        struct bednet_decoded_part *part = &decoded->parts[i];
        if (part->bytes != NULL)
            explicit_bzero(part->bytes, part->length);
        free(part->bytes);
        free(part->values);
    }
    memset(decoded, 0, sizeof *decoded);
}

bool bednet_decoded_is_well_formed(const struct bednet_decoded *decoded)
{
    return decoded->fault[0] == '\0' && decoded->parts[BEDNET_SEGMENT_HEADER].values != NULL &&
           decoded->parts[BEDNET_SEGMENT_PAYLOAD].values != NULL;
}
