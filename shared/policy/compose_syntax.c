/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of syntax: what libfyaml says, and advice for what somebody who knows MQTT most likely meant. */
#include "policy/compose.h"

#define HASH_HINT " (a '#' that is meant must be quoted: unquoted it starts a comment)"

/* What a syntax error inside `[...]` or `{...}` most likely comes from in a file about MQTT topics. */
static const char *flow_hint(const struct bednet_composer *composer)
{
    size_t start = composer->yaml.len;
    for (size_t i = composer->depth; i > 0; i--)
        if (composer->frames[i - 1].flow)
            start = composer->frames[i - 1].offset;
    bool comment = false;
    for (size_t i = start; i + 1 < composer->yaml.len; i++) {
        const char *bytes = composer->yaml.ptr + i;
        if (i > composer->offset && bednet_composer_is_line_end(bytes[0]))
            break; /* the error stands at most on the line that was understood last */
        if (bytes[0] == '$' && bytes[1] == '{')
            return " (inside [...] and {...} a value with ${...} must be quoted; or use a list with dashes)";
        comment = comment || (bytes[1] == '#' && (bednet_composer_is_blank(bytes[0]) || i == start));
    }
    return comment ? HASH_HINT : "";
}

/* Some advice, always in parentheses. */
static const char *hint(const struct bednet_composer *composer, const char *message)
{
    const char *flow = flow_hint(composer);
    if (flow[0] != '\0')
        return flow;
    if (strstr(message, "invalid comment") != NULL)
        return HASH_HINT;
    if (strstr(message, "node content") != NULL)
        return " (expected a value here or before; a '#' that is meant must be quoted)";
    if (strstr(message, "multiline plain key") != NULL)
        return " (expected the next line to be indented otherwise)";
    return " (expected valid YAML)";
}

void bednet_composer_report_syntax(struct bednet_composer *composer, struct fy_parser *parser,
                                   struct fy_diag *diag)
{
    if (!fy_parser_get_stream_error(parser))
        return;
    void *state = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &state);
    while (error != NULL && error->type != FYET_ERROR)
        error = fy_diag_errors_iterate(diag, &state);
    if (error == NULL || error->msg == NULL) { /* libfyaml says nothing only where memory failed */
        bednet_composer_nomem(composer);
        return;
    }
    struct bednet_source source = {error->line > 0 ? (uint32_t)error->line : 1,
                                   error->column > 0 ? (uint32_t)error->column : 1};
    bednet_report_error(composer->report, source, "YAML syntax: %s%s", error->msg,
                        hint(composer, error->msg));
    composer->stop = true;
}
