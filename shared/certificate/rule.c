/* SPDX-License-Identifier: Apache-2.0 */
/* Whose certificate this is: its fields against a rule's patterns, and its signature only then. */
#include "certificate/rule.h"

#include "certificate/authority_internal.h"

#include <openssl/x509.h>

static const struct bednet_text prefix = {"match.", 6};

struct fitting {
    struct bednet_captures *captures;
    size_t used; /* of captures->bytes */
    struct bednet_field_values values;
};

static struct bednet_text store(struct fitting *fitting, struct bednet_text first, struct bednet_text second)
{
    char *start = fitting->captures->bytes + fitting->used;

    memcpy(start, first.ptr, first.len);
    memcpy(start + first.len, second.ptr, second.len);
    fitting->used += first.len + second.len;
    return (struct bednet_text){start, first.len + second.len};
}

/* False where two patterns of a rule take different things under one name. */
static bool take(struct fitting *fitting, struct bednet_text name, struct bednet_text value)
{
    struct bednet_captures *captures = fitting->captures;

    for (size_t i = 0; i < captures->count; i++) {
        struct bednet_text known = captures->attributes[i].name;

        known = (struct bednet_text){known.ptr + prefix.len, known.len - prefix.len};
        if (bednet_text_equal(known, name)) {
            return bednet_text_equal(captures->attributes[i].value, value);
        }
    }
    if (captures->count == BEDNET_CAPTURES_MAX || name.len > BEDNET_PATTERN_NAME_BYTES_MAX) {
        return false;
    }
    captures->attributes[captures->count].name = store(fitting, prefix, name);
    captures->attributes[captures->count].value = store(fitting, value, (struct bednet_text){"", 0});
    captures->count++;
    return true;
}

static enum bednet_rule_fit fit_value(struct fitting *fitting, const struct bednet_certificate_match *match)
{
    struct bednet_text taken[BEDNET_PATTERN_CAPTURES_MAX];

    if (!bednet_pattern_match(&match->pattern, fitting->values.values[0], taken)) {
        return BEDNET_RULE_NO_MATCH;
    }
    for (size_t i = 0; i < match->pattern.capture_count; i++) {
        if (!take(fitting, bednet_pattern_name(&match->pattern, i), taken[i])) {
            return BEDNET_RULE_NO_MATCH;
        }
    }
    return BEDNET_RULE_FITS;
}

static enum bednet_rule_fit fit_match(struct fitting *fitting, X509 *x509,
                                      const struct bednet_certificate_match *match)
{
    enum bednet_status status = bednet_field_read(x509, &match->field, &fitting->values);

    if (status == BEDNET_NOMEM) {
        return BEDNET_RULE_NO_MEMORY;
    }
    if (status == BEDNET_OK && fitting->values.count == 0) {
        return BEDNET_RULE_NO_FIELD;
    }
    if (status != BEDNET_OK || fitting->values.count > 1 ||
        !bednet_field_is_name(&match->field, fitting->values.values[0])) {
        return BEDNET_RULE_AMBIGUOUS;
    }
    return fit_value(fitting, match);
}

/*
 * What certainly is another's is so whichever value of an ambiguous field were the right one, so that the
 * order of the matches makes no difference.
 */
static enum bednet_rule_fit fit_matches(struct fitting *fitting, const struct bednet_certificate_rule *rule,
                                        X509 *x509, size_t *failed)
{
    enum bednet_rule_fit result = BEDNET_RULE_FITS;

    for (size_t i = 0; i < rule->match_count; i++) {
        enum bednet_rule_fit fit = fit_match(fitting, x509, &rule->matches[i]);

        if (fit == BEDNET_RULE_FITS || (fit == BEDNET_RULE_AMBIGUOUS && result == fit)) {
            continue;
        }
        result = fit;
        *failed = i;
        if (fit != BEDNET_RULE_AMBIGUOUS) {
            break;
        }
    }
    return result;
}

enum bednet_rule_fit bednet_rule_fit(const struct bednet_certificate_rule *rule,
                                     const struct bednet_authorities *authorities,
                                     struct bednet_certificate *certificate, struct bednet_captures *captures,
                                     size_t *failed)
{
    struct fitting fitting;
    enum bednet_rule_fit fit;
    size_t ignored;

    fitting.captures = captures;
    fitting.used = 0;
    captures->count = 0;
    if (rule->authority != BEDNET_AUTHORITY_NONE &&
        !bednet_authority_may_have_issued(authorities, rule->authority, certificate)) {
        return BEDNET_RULE_OTHER_ISSUER;
    }
    fit = fit_matches(&fitting, rule, certificate->x509, failed != NULL ? failed : &ignored);
    /* Whose key signed takes longer than all else, and matters only to what would not pass this rule by. */
    if ((fit == BEDNET_RULE_FITS || fit == BEDNET_RULE_AMBIGUOUS) &&
        rule->authority != BEDNET_AUTHORITY_NONE &&
        !bednet_authority_issued(authorities, rule->authority, certificate)) {
        fit = BEDNET_RULE_OTHER_ISSUER;
    }
    if (fit != BEDNET_RULE_FITS) {
        captures->count = 0;
    }
    return fit;
}
