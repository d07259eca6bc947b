/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces that answers about a login are made of, whatever the client showed. */
#ifndef BEDNET_TOOLS_ANSWER_H
#define BEDNET_TOOLS_ANSWER_H

#include "core/text.h"
#include "core/verdict.h"
#include "policy/tables.h"

#include <jansson.h>

#define BEDNET_PLACE_BYTES 512

/* `FILE:LINE:COLUMN` of a rule, or `FILE` where no rule spoke; gives `out`. */
const char *bednet_answer_place(const char *path, struct bednet_source source, char out[BEDNET_PLACE_BYTES]);

/* A line with the title and the texts in quotes, or none where there are no texts. */
void bednet_answer_list(const char *title, const struct bednet_text *texts, size_t count);

/* The words of a mask, as the policy has them; returns how many. */
size_t bednet_answer_words(const struct bednet_words *words, unsigned mask,
                           struct bednet_text out[BEDNET_KEYS_MAX]);

enum bednet_outcome { BEDNET_PASSED, BEDNET_FAILED, BEDNET_NOT_REACHED };

/* One of the checks of a login, as a line of a list or as a member of one in JSON (NULL without memory). */
void bednet_answer_check(enum bednet_outcome outcome, const char *title, const char *text);
json_t *bednet_answer_check_json(enum bednet_outcome outcome, const char *title);

/* null for an absent text, and for bytes that are no UTF-8. */
json_t *bednet_answer_text_json(struct bednet_text text);

/*
 * The document that says a verdict; `checks` and `login` are given away. `remedy` may be NULL. NULL without
 * memory.
 */
json_t *bednet_answer_json(const char *policy_path, const struct bednet_decision *decision,
                           const char *remedy, json_t *checks, json_t *login);

/* Writes the document, which is given away, to standard output; false without memory. */
bool bednet_answer_print_json(json_t *document);

#endif
