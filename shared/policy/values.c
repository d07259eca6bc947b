/* SPDX-License-Identifier: Apache-2.0 */
/* Single values out of nodes, with the message for each way in which they can be wrong. */
#include "core/suggest.h"
#include "policy/build.h"
#include "policy/scalar.h"

#include <inttypes.h>
#include <stdio.h>

static const struct bednet_word mode_words[] = {{"enforce", 0}, {"observe", 1}};
static const struct bednet_word permission_words[] = {{"deny", 0}, {"allow", 1}};
const struct bednet_words bednet_words_mode = BEDNET_WORDS("mode", mode_words);
const struct bednet_words bednet_words_permission = BEDNET_WORDS("permission", permission_words);

static void list_words(const struct bednet_words *words, char *out, size_t out_bytes)
{
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < words->count && length < out_bytes; i++) {
        const char *joint = i == 0 ? "" : i + 1 < words->count ? ", " : " or ";
        length += (size_t)snprintf(out + length, out_bytes - length, "%s%s", joint, words->words[i].text);
    }
}

bool bednet_read_word(struct bednet_report *report, const struct bednet_node *node, const char *what,
                      const struct bednet_words *words, int *out)
{
    char list[256];
    const char *known[BEDNET_KEYS_MAX];
    list_words(words, list, sizeof list);
    if (!bednet_node_expect(report, node, BEDNET_NODE_SCALAR, what, list))
        return false;
    for (size_t i = 0; i < words->count && i < BEDNET_KEYS_MAX; i++) {
        known[i] = words->words[i].text;
        if (bednet_text_equal(node->text, bednet_text(known[i]))) {
            *out = words->words[i].value;
            return true;
        }
    }
    const char *nearest = bednet_suggest(node->text, known, words->count);
    if (nearest != NULL)
        bednet_report_error(report, node->source, "%s is '%.64s' (did you mean '%s'?)", what, node->text.ptr,
                            nearest);
    else
        bednet_report_error(report, node->source, "%s is '%.64s' (expected %s)", what, node->text.ptr, list);
    return false;
}

bool bednet_read_text(struct bednet_report *report, const struct bednet_node *node, const char *what,
                      struct bednet_text *out)
{
    if (!bednet_node_expect(report, node, BEDNET_NODE_SCALAR, what, "a string"))
        return false;
    if (node->text.len == 0) {
        bednet_report_error(report, node->source, "%s is empty (expected a string that is not)", what);
        return false;
    }
    *out = node->text;
    return true;
}

bool bednet_read_boolean(struct bednet_report *report, const struct bednet_node *node, const char *what,
                         bool *out)
{
    if (!bednet_node_expect(report, node, BEDNET_NODE_SCALAR, what, "true or false"))
        return false;
    if (!node->quoted && bednet_scalar_boolean(node->text, out) == BEDNET_OK)
        return true;
    bednet_report_error(report, node->source, "%s is '%.64s' (expected true or false%s)", what,
                        node->text.ptr, node->quoted ? ", without quotes" : "");
    return false;
}

/* True where `status` is fine and the number within bounds; otherwise says what was expected. */
static bool accept(struct bednet_report *report, const struct bednet_node *node, const char *what,
                   enum bednet_status status, bool in_range, const char *expected)
{
    if (status == BEDNET_OK && in_range)
        return true;
    bednet_report_error(report, node->source, "%s is '%.64s' (expected %s)", what, node->text.ptr, expected);
    return false;
}

bool bednet_read_number(struct bednet_report *report, const struct bednet_node *node, const char *what,
                        uint64_t least, uint64_t most, uint64_t *out)
{
    char expected[128];
    const char *quotes = node->quoted ? ", without quotes" : "";
    if (least == most)
        snprintf(expected, sizeof expected, "%" PRIu64 "%s", least, quotes);
    else
        snprintf(expected, sizeof expected, "a whole number from %" PRIu64 " to %" PRIu64 "%s", least, most,
                 quotes);
    if (!bednet_node_expect(report, node, BEDNET_NODE_SCALAR, what, expected))
        return false;
    uint64_t number = 0;
    enum bednet_status status = node->quoted ? BEDNET_INVALID : bednet_scalar_number(node->text, &number);
    if (!accept(report, node, what, status, number >= least && number <= most, expected))
        return false;
    *out = number;
    return true;
}

bool bednet_read_size(struct bednet_report *report, const struct bednet_node *node, const char *what,
                      uint64_t most, uint64_t *out)
{
    char expected[128];
    snprintf(expected, sizeof expected, "a size from 1 to %" PRIu64 " bytes, such as 300, 8KiB or 1MiB",
             most);
    if (!bednet_node_expect(report, node, BEDNET_NODE_SCALAR, what, expected))
        return false;
    uint64_t bytes = 0;
    enum bednet_status status = bednet_scalar_size(node->text, &bytes);
    if (!accept(report, node, what, status, bytes >= 1 && bytes <= most, expected))
        return false;
    *out = bytes;
    return true;
}

/* As somebody would write it: 366d rather than 31622400s. */
static void write_duration(uint64_t seconds, char out[32])
{
    static const struct {
        uint64_t seconds;
        char unit;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    size_t i = 0;
    while (units[i].seconds > 1 && (seconds == 0 || seconds % units[i].seconds != 0))
        i++;
    snprintf(out, 32, "%" PRIu64 "%c", seconds / units[i].seconds, units[i].unit);
}

bool bednet_read_duration(struct bednet_report *report, const struct bednet_node *node, const char *what,
                          uint64_t least_s, uint64_t most_s, uint64_t *out_s)
{
    char least[32];
    char most[32];
    char expected[128];
    write_duration(least_s, least);
    write_duration(most_s, most);
    snprintf(expected, sizeof expected, "a duration from %s to %s, such as 30s, 5m, 2h or 7d", least, most);
    if (!bednet_node_expect(report, node, BEDNET_NODE_SCALAR, what, expected))
        return false;
    uint64_t seconds = 0;
    enum bednet_status status = bednet_scalar_duration(node->text, &seconds);
    if (!accept(report, node, what, status, seconds >= least_s && seconds <= most_s, expected))
        return false;
    *out_s = seconds;
    return true;
}

void bednet_build_read_mode(struct bednet_build *build, const struct bednet_pair *pair,
                            enum bednet_plugin plugin)
{
    int observe;
    if (!bednet_read_word(&build->report, &pair->value, "mode", &bednet_words_mode, &observe))
        return;
    build->mode_set[plugin] = true;
    build->policy->observe[plugin] = observe != 0;
}

bool bednet_build_read_mask(struct bednet_build *build, const struct bednet_pair *pair, const char *expected,
                            const char *each, const struct bednet_words *words, unsigned *mask)
{
    const struct bednet_node *list = &pair->value;
    const char *what = pair->key.text.ptr;
    bool good = true;
    if (!bednet_node_expect(&build->report, list, BEDNET_NODE_SEQUENCE, what, expected))
        return false;
    if (list->count == 0) {
        bednet_report_error(&build->report, list->source,
                            "%s is an empty list (expected at least one, or no such key)", what);
        return false;
    }
    for (size_t i = 0; i < list->count; i++) {
        int bit = 0;
        good = bednet_read_word(&build->report, &list->items[i], each, words, &bit) && good;
        *mask |= (unsigned)bit;
    }
    return good;
}

const struct bednet_text *bednet_build_read_strings(struct bednet_build *build,
                                                    const struct bednet_pair *pair, const char *each,
                                                    size_t *kept)
{
    size_t count;
    const struct bednet_node *items = bednet_node_as_list(&pair->value, &count);
    struct bednet_text *strings = bednet_build_array(build, count, sizeof *strings);
    if (count == 0)
        bednet_report_error(&build->report, pair->value.source,
                            "%s is an empty list (expected at least one, or no such key)",
                            pair->key.text.ptr);
    for (size_t i = 0; i < count && strings != NULL; i++) {
        struct bednet_text string;
        if (bednet_read_text(&build->report, &items[i], each, &string))
            strings[i] = bednet_build_keep(build, string);
    }
    *kept = strings != NULL ? count : 0;
    return strings;
}
