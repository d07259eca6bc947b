/* SPDX-License-Identifier: Apache-2.0 */
#include "refresh/http_rules.h"

#include <curl/curl.h>
#include <strings.h>

#define SECONDS_MAX   INT32_MAX
#define LIST_DATE_MAX 64

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct bednet_text trim(struct bednet_text text)
{
    while (text.len > 0 && is_space(text.ptr[text.len - 1]))
        text.len--;
    while (text.len > 0 && is_space(*text.ptr)) {
        text.ptr++;
        text.len--;
    }
    return text;
}

static bool is_word(struct bednet_text text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

/* What cannot be sent back word for word is not kept. */
static void keep_validator(struct bednet_text value, char out[BEDNET_HTTP_VALIDATOR_BYTES])
{
    out[0] = '\0';
    if (value.len == 0 || value.len >= BEDNET_HTTP_VALIDATOR_BYTES)
        return;
    for (size_t i = 0; i < value.len; i++) {
        if ((unsigned char)value.ptr[i] < ' ' || (unsigned char)value.ptr[i] > '~')
            return;
    }
    memcpy(out, value.ptr, value.len);
    out[value.len] = '\0';
}

/* RFC 9111 section 1.2.2; 0 for what is no number: such an answer is to be treated as stale. */
static int64_t seconds(struct bednet_text value)
{
    int64_t result = 0;
    value = trim(value);
    if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"')
        value = (struct bednet_text){value.ptr + 1, value.len - 2};
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9')
            return 0;
        if (result < SECONDS_MAX)
            result = result * 10 + (value.ptr[i] - '0');
    }
    return result < SECONDS_MAX ? result : SECONDS_MAX;
}

static int64_t date(struct bednet_text value)
{
    char text[LIST_DATE_MAX];
    if (value.len >= sizeof text || memchr(value.ptr, '\0', value.len) != NULL)
        return 0;
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    time_t result = curl_getdate(text, NULL);
    return result > 0 ? (int64_t)result : 0;
}

static void read_directive(struct bednet_http_header *header, struct bednet_text directive)
{
    const char *equals = memchr(directive.ptr, '=', directive.len);
    struct bednet_text name = directive;
    struct bednet_text value = {"", 0};
    if (equals != NULL) {
        name.len = (size_t)(equals - directive.ptr);
        value = (struct bednet_text){equals + 1, directive.len - name.len - 1};
    }
    name = trim(name);
    if (is_word(name, "no-cache") || is_word(name, "no-store"))
        header->revalidate = true;
    if (is_word(name, "max-age")) {
        int64_t age = seconds(value);
        if (!header->has_max_age || age < header->max_age_s)
            header->max_age_s = age;
        header->has_max_age = true;
    }
}

/* A comma inside quotes parts nothing but the names of fields (no-cache="a, b"), which do not matter here. */
static void read_cache_control(struct bednet_http_header *header, struct bednet_text value)
{
    while (value.len > 0) {
        const char *comma = memchr(value.ptr, ',', value.len);
        size_t len = comma != NULL ? (size_t)(comma - value.ptr) : value.len;
        read_directive(header, (struct bednet_text){value.ptr, len});
        len += comma != NULL;
        value.ptr += len;
        value.len -= len;
    }
}

static void read_field(struct bednet_http_header *header, struct bednet_text name, struct bednet_text value)
{
    if (is_word(name, "Cache-Control")) {
        read_cache_control(header, value);
    } else if (is_word(name, "ETag")) {
        keep_validator(value, header->etag);
    } else if (is_word(name, "Last-Modified")) {
        keep_validator(value, header->last_modified);
    } else if (is_word(name, "Expires")) {
        header->expires = date(value);
        header->has_expires = true;
    } else if (is_word(name, "Date")) {
        header->date = date(value);
    } else if (is_word(name, "Age")) {
        header->age_s = seconds(value);
    } else if (is_word(name, "Content-Encoding")) {
        header->encoded = header->encoded || !is_word(value, "identity");
    } else if (is_word(name, "Transfer-Encoding")) {
        header->encoded = header->encoded || !is_word(value, "chunked");
    }
}

bool bednet_http_header_line(struct bednet_http_header *header, struct bednet_text line)
{
    size_t bytes = header->bytes + line.len;
    if (line.len >= 5 && memcmp(line.ptr, "HTTP/", 5) == 0)
        *header = (struct bednet_http_header){0};
    header->bytes = bytes;
    const char *colon = memchr(line.ptr, ':', line.len);
    if (colon != NULL) {
        size_t len = (size_t)(colon - line.ptr);
        struct bednet_text value = {colon + 1, line.len - len - 1};
        read_field(header, (struct bednet_text){line.ptr, len}, trim(value));
    }
    return bytes <= BEDNET_HTTP_HEADER_BYTES_MAX;
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    if (value > most)
        value = most;
    return value < least ? least : value;
}

int64_t bednet_http_life_s(const struct bednet_http_header *header, int64_t now, int64_t least_s,
                           int64_t most_s)
{
    if (header->revalidate)
        return clamp(0, least_s, most_s);
    if (header->has_max_age)
        return clamp(header->max_age_s - header->age_s, least_s, most_s);
    if (header->has_expires)
        return clamp(header->expires - (header->date != 0 ? header->date : now) - header->age_s, least_s,
                     most_s);
    return clamp(most_s, least_s, most_s);
}
