/* SPDX-License-Identifier: Apache-2.0 */
/* Recursive: the reader allows BEDNET_JSON_DEPTH_MAX levels. */
#include "json_print.h"

#include "core/escape.h"
#include "core/utf8.h"

enum { STEP = 2 };

static void print_unit(FILE *stream, uint32_t unit)
{
    fprintf(stream, "\\u%04x", (unsigned)unit);
}

/* Behind the basic plane JSON writes a surrogate pair. */
static void print_escaped(FILE *stream, uint32_t point)
{
    if (point >= 0x10000) {
        print_unit(stream, 0xd800 + ((point - 0x10000) >> 10));
        print_unit(stream, 0xdc00 + ((point - 0x10000) & 0x3ff));
    } else {
        print_unit(stream, point);
    }
}

static void print_character(FILE *stream, struct bednet_text character, uint32_t point)
{
    char escaped[32];
    size_t length = bednet_escape(character, escaped, sizeof escaped);
    if (point == '"' || point == '\\')
        fprintf(stream, "\\%c", (int)point);
    else if (point == '\n')
        fputs("\\n", stream);
    else if (point == '\t')
        fputs("\\t", stream);
    else if (length == character.len && memcmp(escaped, character.ptr, length) == 0)
        fwrite(character.ptr, 1, character.len, stream);
    else
        print_escaped(stream, point);
}

void bednet_json_print_string(FILE *stream, struct bednet_text text)
{
    fputc('"', stream);
    while (text.len > 0) {
        uint32_t point;
        size_t step = bednet_utf8_decode(text, &point);
        if (step == 0) {
            step = 1;
            print_escaped(stream, 0xfffd);
        } else {
            print_character(stream, (struct bednet_text){text.ptr, step}, point);
        }
        text = (struct bednet_text){text.ptr + step, text.len - step};
    }
    fputc('"', stream);
}

static void print_members(FILE *stream, const struct bednet_json *value, unsigned indent)
{
    bool object = value->type == BEDNET_JSON_OBJECT;
    const struct bednet_json *member = value + 1;
    fputc(object ? '{' : '[', stream);
    for (uint32_t i = 0; i < value->size; i++, member += member->span) {
        fprintf(stream, "%s\n%*s", i > 0 ? "," : "", (int)(indent + STEP), "");
        if (object) {
            bednet_json_print_string(stream, member->name);
            fputs(": ", stream);
        }
        bednet_json_print(stream, member, indent + STEP);
    }
    if (value->size > 0)
        fprintf(stream, "\n%*s", (int)indent, "");
    fputc(object ? '}' : ']', stream);
}

void bednet_json_print(FILE *stream, const struct bednet_json *value, unsigned indent)
{
    switch (value->type) {
    case BEDNET_JSON_OBJECT:
    case BEDNET_JSON_ARRAY:
        print_members(stream, value, indent);
        break;
    case BEDNET_JSON_STRING:
        bednet_json_print_string(stream, value->text);
        break;
    case BEDNET_JSON_INTEGER:
    case BEDNET_JSON_REAL:
        fwrite(value->text.ptr, 1, value->text.len, stream);
        break;
    case BEDNET_JSON_TRUE:
        fputs("true", stream);
        break;
    case BEDNET_JSON_FALSE:
        fputs("false", stream);
        break;
    case BEDNET_JSON_NULL:
        fputs("null", stream);
        break;
    }
}
