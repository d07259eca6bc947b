/* SPDX-License-Identifier: Apache-2.0 */
/* Lines, carets, and nothing that a terminal would obey. */
#include "excerpt.h"

#include "core/escape.h"
#include "core/utf8.h"

enum { SHOWN_BEFORE = 60, SHOWN_AFTER = 40 };

static bool find_line(struct bednet_text file, uint32_t number, struct bednet_text *line)
{
    size_t start = 0;
    for (uint32_t at = 1; at < number; at++) {
        while (start < file.len && file.ptr[start] != '\n' && file.ptr[start] != '\r')
            start++;
        if (start == file.len)
            return false;
        bool pair = file.ptr[start] == '\r' && start + 1 < file.len && file.ptr[start + 1] == '\n';
        start += pair ? 2 : 1;
    }
    size_t end = start;
    while (end < file.len && file.ptr[end] != '\n' && file.ptr[end] != '\r')
        end++;
    *line = (struct bednet_text){file.ptr + start, end - start};
    return true;
}

/* One character; invisible and dangerous ones as '?'. */
static void print_character(FILE *stream, struct bednet_text character)
{
    char escaped[32];
    size_t length = bednet_escape(character, escaped, sizeof escaped);
    bool harmless = (length == character.len && memcmp(escaped, character.ptr, length) == 0) ||
                    character.ptr[0] == '"' || character.ptr[0] == '\\';
    if (harmless)
        fwrite(character.ptr, 1, character.len, stream);
    else
        fputc(character.ptr[0] == '\t' ? ' ' : '?', stream);
}

void bednet_excerpt_print(FILE *stream, struct bednet_text file, struct bednet_source source, bool colour)
{
    struct bednet_text line;
    if (source.line == 0 || source.column == 0 || !find_line(file, source.line, &line))
        return;
    if (source.line == 1 && line.len >= 3 && memcmp(line.ptr, "\xef\xbb\xbf", 3) == 0)
        line = (struct bednet_text){line.ptr + 3, line.len - 3};
    uint32_t first = source.column > SHOWN_BEFORE ? source.column - SHOWN_BEFORE : 1;
    uint32_t column = 1;
    fputs("    ", stream);
    for (size_t at = 0; at < line.len && column <= source.column + SHOWN_AFTER; column++) {
        uint32_t point;
        size_t step = bednet_utf8_decode((struct bednet_text){line.ptr + at, line.len - at}, &point);
        step = step > 0 ? step : 1;
        if (column >= first)
            print_character(stream, (struct bednet_text){line.ptr + at, step});
        at += step;
    }
    /* A place behind the end of the line is its end. */
    uint32_t caret = source.column < column ? source.column : column;
    fprintf(stream, "\n    %*s%s^%s\n", (int)(caret > first ? caret - first : 0), "",
            colour ? "\033[1;32m" : "", colour ? "\033[0m" : "");
}
