/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include "json_print.h"

#include <inttypes.h>

const char *bednet_answer_place(const char *path, struct bednet_source source, char out[BEDNET_PLACE_BYTES])
{
    if (source.line == 0)
        snprintf(out, BEDNET_PLACE_BYTES, "%s", path);
    else
        snprintf(out, BEDNET_PLACE_BYTES, "%s:%" PRIu32 ":%" PRIu32, path, source.line, source.column);
    return out;
}

void bednet_answer_list(const char *title, const struct bednet_text *texts, size_t count)
{
    if (count == 0)
        return;
    printf("  %-12s", title);
    for (size_t i = 0; i < count; i++) {
        fputs(i > 0 ? ", " : "", stdout);
        bednet_json_print_string(stdout, texts[i]);
    }
    putchar('\n');
}

size_t bednet_answer_words(const struct bednet_words *words, unsigned mask,
                           struct bednet_text out[BEDNET_KEYS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < words->count && count < BEDNET_KEYS_MAX; i++)
        if ((mask & (unsigned)words->words[i].value) != 0)
            out[count++] = bednet_text(words->words[i].text);
    return count;
}

void bednet_answer_check(enum bednet_outcome outcome, const char *title, const char *text)
{
    static const char *const words[] = {
        [BEDNET_PASSED] = "passed", [BEDNET_FAILED] = "FAILED", [BEDNET_NOT_REACHED] = "not reached"};
    printf("  %-11s %-18s %s\n", words[outcome], title, text);
}

json_t *bednet_answer_check_json(enum bednet_outcome outcome, const char *title)
{
    static const char *const words[] = {
        [BEDNET_PASSED] = "passed", [BEDNET_FAILED] = "failed", [BEDNET_NOT_REACHED] = "not reached"};
    return json_pack("{s:s, s:s}", "check", title, "outcome", words[outcome]);
}

json_t *bednet_answer_text_json(struct bednet_text text)
{
    json_t *value = text.ptr != NULL ? json_stringn(text.ptr, text.len) : NULL;
    return value != NULL ? value : json_null();
}

json_t *bednet_answer_json(const char *policy_path, const struct bednet_decision *decision,
                           const char *remedy, json_t *checks, json_t *login)
{
    static const char *const verdicts[BEDNET_VERDICTS] = {
        [BEDNET_DENY] = "refused", [BEDNET_GRANT] = "accepted", [BEDNET_DEFER] = "not judged"};
    bool denied = decision->verdict == BEDNET_DENY;
    return json_pack("{s:s, s:s?, s:s?, s:s, s:I, s:I, s:o, s:o}", "verdict", verdicts[decision->verdict],
                     "reason", denied ? bednet_reason_name(decision->reason) : NULL, "remedy",
                     denied ? remedy : NULL, "policy", policy_path, "line", (json_int_t)decision->rule.line,
                     "column", (json_int_t)decision->rule.column, "checks", checks, "login", login);
}

bool bednet_answer_print_json(json_t *document)
{
    bool printed = document != NULL && json_dumpf(document, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0;
    json_decref(document);
    if (printed)
        putchar('\n');
    return printed;
}
