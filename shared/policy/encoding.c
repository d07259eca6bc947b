/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a file before it is YAML, and the line and column that a byte stands at. */
#include "policy/encoding.h"

#include "core/utf8.h"

static const char *fault_at(struct bednet_text rest, size_t *step)
{
    uint32_t point = 0;
    *step = bednet_utf8_decode(rest, &point);
    if (*step == 0)
        return "invalid UTF-8 (expected a text file in UTF-8)";
    if (point == '\t' || point == '\n' || point == '\r')
        return NULL;
    if (point == 0)
        return "a NUL byte (expected a text file in UTF-8)";
    return bednet_utf8_is_unclean(point) ? "a control character (expected a text file in UTF-8)" : NULL;
}

/* Where in `rest`, which begins a line, an explicit key does: the length of the line where there is none. */
static size_t find_explicit_key(struct bednet_text rest)
{
    size_t at = 0;
    while (at < rest.len && (rest.ptr[at] == ' ' || rest.ptr[at] == '\t' || rest.ptr[at] == '-'))
        at++;
    bool alone = at + 1 >= rest.len || strchr(" \t\r\n", rest.ptr[at + 1]) != NULL;
    if (at < rest.len && rest.ptr[at] == '?' && alone)
        return at;
    const char *end = memchr(rest.ptr, '\n', rest.len);
    return end != NULL ? (size_t)(end - rest.ptr) + 1 : rest.len;
}

/* libfyaml 0.7.12 writes to wild memory where an explicit key is followed by a tab, and nobody needs either.
 */
static size_t skip_line(struct bednet_text rest, const char **fault)
{
    size_t at = find_explicit_key(rest);
    if (at < rest.len && rest.ptr[at] == '?')
        *fault = "'?' before a key (expected the key alone, and a colon)";
    return at;
}

const char *bednet_encoding_fault(struct bednet_text bytes, struct bednet_source *source)
{
    *source = (struct bednet_source){1, 1};
    size_t start = bytes.len >= 3 && memcmp(bytes.ptr, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    for (size_t offset = start; offset < bytes.len;) {
        size_t step = 0;
        const char *fault = fault_at((struct bednet_text){bytes.ptr + offset, bytes.len - offset}, &step);
        if (fault != NULL) {
            bednet_encoding_advance((struct bednet_text){bytes.ptr + start, offset - start}, source);
            return fault;
        }
        offset += step;
    }
    for (size_t offset = start; offset < bytes.len;) {
        const char *fault = NULL;
        offset += skip_line((struct bednet_text){bytes.ptr + offset, bytes.len - offset}, &fault);
        if (fault != NULL) {
            bednet_encoding_advance((struct bednet_text){bytes.ptr + start, offset - start}, source);
            return fault;
        }
    }
    return NULL;
}

void bednet_encoding_advance(struct bednet_text bytes, struct bednet_source *source)
{
    for (size_t i = 0; i < bytes.len; i++) {
        char byte = bytes.ptr[i];
        bool half = byte == '\r' && i + 1 < bytes.len && bytes.ptr[i + 1] == '\n';
        if ((byte == '\n' || byte == '\r') && !half) {
            source->line++;
            source->column = 1;
        } else if (!half && ((unsigned char)byte & 0xc0) != 0x80) {
            source->column++;
        }
    }
}
