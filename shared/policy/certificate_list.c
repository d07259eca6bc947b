/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that a policy names one by one: by fingerprint, by key, or by their number with an issuer. */
#include "policy/certificate.h"
#include "policy/tables.h"

#include <openssl/x509.h>
#include <stdlib.h>

#define DIGEST_BYTES 32

struct marks {
    unsigned char (*items)[BEDNET_MARK_BYTES]; /* room for one of each entry */
    size_t count;
};

/* A list, and the entry of it that is being read. */
struct list_target {
    const struct bednet_certificate_section *section;
    struct marks marks[BEDNET_LISTED_KINDS];
    const struct bednet_pair *by[BEDNET_LISTED_KINDS];
    const struct bednet_pair *issuer;
};

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/*
 * Bytes out of hexadecimal digits, as tools print them: in any case, with or without a colon between bytes.
 * An odd number of digits begins with half a byte. False for anything else, and for more than `room` bytes.
 */
static bool read_hex(struct bednet_text text, unsigned char *bytes, size_t room, size_t *digits)
{
    *digits = 0;
    for (size_t i = 0; i < text.len; i++)
        *digits += text.ptr[i] != ':' ? 1 : 0;
    size_t at = *digits % 2; /* the place of the next digit */
    if (*digits == 0 || (*digits + 1) / 2 > room)
        return false;
    bytes[0] = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = hex_value(text.ptr[i]);
        bool between = i > 0 && i + 1 < text.len && at % 2 == 0 && text.ptr[i - 1] != ':';
        if (value < 0 && !(text.ptr[i] == ':' && between))
            return false;
        if (value < 0)
            continue;
        bytes[at / 2] = (unsigned char)(at % 2 == 0 ? value << 4 : bytes[at / 2] | value);
        at++;
    }
    return true;
}

static void keep_fingerprint(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    ((struct list_target *)into)->by[BEDNET_LISTED_BY_FINGERPRINT] = pair;
}

static void keep_key(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    ((struct list_target *)into)->by[BEDNET_LISTED_BY_KEY] = pair;
}

static void keep_serial(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    ((struct list_target *)into)->by[BEDNET_LISTED_BY_SERIAL] = pair;
}

static void keep_issuer(struct bednet_build *build, const struct bednet_pair *pair, void *into)
{
    (void)build;
    ((struct list_target *)into)->issuer = pair;
}

static const struct bednet_key listed_keys[] = {
    {"fingerprint", BEDNET_KEY_OPTIONAL, keep_fingerprint},
    {"key", BEDNET_KEY_OPTIONAL, keep_key},
    {"serial", BEDNET_KEY_OPTIONAL, keep_serial},
    {"issuer", BEDNET_KEY_OPTIONAL, keep_issuer},
};
const struct bednet_key_table bednet_table_listed = BEDNET_KEY_TABLE("listed", listed_keys);

static void add_digest(struct bednet_build *build, const struct bednet_pair *pair, struct marks *marks)
{
    unsigned char digest[DIGEST_BYTES];
    size_t digits;
    struct bednet_text text;
    if (!bednet_read_text(&build->report, &pair->value, pair->key.text.ptr, &text))
        return;
    if (read_hex(text, digest, sizeof digest, &digits) && digits == 2 * sizeof digest)
        memcpy(marks->items[marks->count++], digest, BEDNET_MARK_BYTES);
    else
        bednet_report_error(&build->report, pair->value.source,
                            "%s is '%.128s' (expected SHA-256 in 64 hexadecimal digits)", pair->key.text.ptr,
                            text.ptr);
}

static bool read_serial(struct bednet_build *build, const struct bednet_pair *pair,
                        unsigned char octets[BEDNET_SERIAL_BYTES_MAX], struct bednet_text *serial)
{
    static const unsigned char zero[BEDNET_SERIAL_BYTES_MAX];
    struct bednet_text text;
    size_t digits;
    if (!bednet_read_text(&build->report, &pair->value, "serial", &text))
        return false;
    if (read_hex(text, octets, BEDNET_SERIAL_BYTES_MAX, &digits) &&
        memcmp(octets, zero, (digits + 1) / 2) != 0) {
        *serial = (struct bednet_text){(const char *)octets, (digits + 1) / 2};
        return true;
    }
    bednet_report_error(&build->report, pair->value.source,
                        "serial is '%.128s' (expected a number above zero, in at most %d hexadecimal digits)",
                        text.ptr, 2 * BEDNET_SERIAL_BYTES_MAX);
    return false;
}

static void add_serial(struct bednet_build *build, const struct list_target *target, struct marks *marks)
{
    const struct bednet_pair *pair = target->by[BEDNET_LISTED_BY_SERIAL];
    const struct bednet_authorities *authorities = build->policy->certificate.authorities;
    unsigned char octets[BEDNET_SERIAL_BYTES_MAX];
    struct bednet_text serial;
    size_t authority = 0;
    bool good = read_serial(build, pair, octets, &serial);
    if (target->issuer == NULL)
        bednet_report_error(&build->report, pair->key.source,
                            "serial without issuer (expected the authority that gave the number)");
    else if (bednet_certificate_read_issuer(build, target->section, target->issuer, &authority) && good &&
             authority < bednet_authorities_count(authorities)) {
        X509 *issuer = bednet_authority_certificate(authorities, authority);
        if (bednet_issued_mark(authorities, X509_get_subject_name(issuer), serial,
                               marks->items[marks->count]))
            marks->count++;
        else
            bednet_report_nomem(&build->report);
    }
}

static void read_entry(struct bednet_build *build, const struct bednet_node *node, struct list_target *target)
{
    size_t named = 0;
    memset(target->by, 0, sizeof target->by);
    target->issuer = NULL;
    if (!bednet_keys_read(build, &bednet_table_listed, node, "a listed certificate", target))
        return;
    for (int kind = 0; kind < BEDNET_LISTED_KINDS; kind++)
        named += target->by[kind] != NULL ? 1 : 0;
    if (named != 1) {
        bednet_report_error(
            &build->report, node->source,
            "a certificate is listed by %zu things (expected exactly one of fingerprint, key, "
            "serial)",
            named);
        return;
    }
    if (target->by[BEDNET_LISTED_BY_SERIAL] != NULL) {
        add_serial(build, target, &target->marks[BEDNET_LISTED_BY_SERIAL]);
        return;
    }
    if (target->issuer != NULL)
        bednet_report_error(&build->report, target->issuer->key.source,
                            "'issuer' without serial (expected it with a number only: a digest says whose it "
                            "is)");
    for (int kind = 0; kind < BEDNET_LISTED_BY_SERIAL; kind++)
        if (target->by[kind] != NULL)
            add_digest(build, target->by[kind], &target->marks[kind]);
}

/* Everything that the list holds; false, and reported, without memory. */
static bool freeze(struct bednet_build *build, const struct list_target *target,
                   struct bednet_certificate_list *list)
{
    for (int kind = 0; kind < BEDNET_LISTED_KINDS; kind++) {
        const struct marks *marks = &target->marks[kind];
        if (bednet_certificate_list_set(list, build->arena, (enum bednet_listed_by)kind,
                                        (const unsigned char(*)[BEDNET_MARK_BYTES])marks->items,
                                        marks->count) == BEDNET_OK)
            continue;
        bednet_report_nomem(&build->report);
        return false;
    }
    return true;
}

void bednet_certificate_read_list(struct bednet_build *build,
                                  const struct bednet_certificate_section *section,
                                  const struct bednet_pair *pair, struct bednet_certificate_list *list)
{
    const struct bednet_node *entries = &pair->value;
    struct list_target target = {.section = section};
    bool room = true;
    if (!bednet_node_expect(&build->report, entries, BEDNET_NODE_SEQUENCE, pair->key.text.ptr,
                            "a list of certificates"))
        return;
    if (entries->count > BEDNET_CERTIFICATE_LIST_MAX) {
        bednet_report_error(&build->report, entries->source, "%zu entries in %s (expected at most %d)",
                            entries->count, pair->key.text.ptr, BEDNET_CERTIFICATE_LIST_MAX);
        return;
    }
    for (int kind = 0; kind < BEDNET_LISTED_KINDS; kind++) {
        target.marks[kind].items = malloc((entries->count + 1) * BEDNET_MARK_BYTES);
        room = room && target.marks[kind].items != NULL;
    }
    if (!room)
        bednet_report_nomem(&build->report);
    for (size_t i = 0; i < entries->count && room; i++)
        read_entry(build, &entries->items[i], &target);
    if (room)
        freeze(build, &target, list);
    for (int kind = 0; kind < BEDNET_LISTED_KINDS; kind++)
        free(target.marks[kind].items);
}
