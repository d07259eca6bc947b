/* SPDX-License-Identifier: Apache-2.0 */
/* `bednet token decode`: what a token says of itself, which nobody vouches for. */
#include "command.h"
#include "decoded.h"
#include "input.h"
#include "json_print.h"
#include "moment.h"

#include <getopt.h>
#include <time.h>

/* Claims that are times (RFC 7519 section 4.1, OpenID Connect Core sections 2 and 5.1). */
static const char *const times[] = {"exp", "nbf", "iat", "auth_time", "updated_at"};

/* The next claim that is a time from *index on; false where there is none. */
static bool next_time(const struct bednet_decoded *decoded, size_t *index, int64_t *at_s)
{
    const struct bednet_json *claims = decoded->parts[BEDNET_SEGMENT_PAYLOAD].values;
    for (; claims != NULL && *index < sizeof times / sizeof *times; (*index)++)
        if (bednet_json_whole(bednet_json_member(claims, times[*index]), false, at_s))
            return true;
    return false;
}

static void print_times(const struct bednet_decoded *decoded, int64_t now_s)
{
    int64_t at_s;
    bool some = false;
    for (size_t i = 0; next_time(decoded, &i, &at_s); i++) {
        char utc[BEDNET_MOMENT_BYTES], distance[BEDNET_MOMENT_BYTES];
        bednet_moment_utc(at_s, utc);
        bednet_moment_distance(at_s, now_s, distance);
        bool expired = i == 0 && at_s <= now_s;
        printf("%s  %-10s %lld, %s, %s%s\n", some ? "" : "\ntimes\n", times[i], (long long)at_s, utc,
               expired ? "expired " : "", distance);
        some = true;
    }
}

static void print_part(const struct bednet_decoded *decoded, enum bednet_segment segment, const char *title)
{
    const struct bednet_decoded_part *part = &decoded->parts[segment];
    if (part->values == NULL)
        return;
    printf("\n%s\n  ", title);
    bednet_json_print(stdout, part->values, 2);
    putchar('\n');
}

static void print_text(const struct bednet_decoded *decoded, int64_t now_s)
{
    puts("NOTHING WAS VERIFIED: anybody can write what stands here. See bednet token verify.");
    print_part(decoded, BEDNET_SEGMENT_HEADER, "header");
    print_part(decoded, BEDNET_SEGMENT_PAYLOAD, "claims");
    print_times(decoded, now_s);
    if (decoded->parts[BEDNET_SEGMENT_SIGNATURE].bytes != NULL)
        printf("\nsignature\n  %zu bytes\n", decoded->parts[BEDNET_SEGMENT_SIGNATURE].length);
}

static void print_json_part(const struct bednet_decoded *decoded, enum bednet_segment segment,
                            const char *name)
{
    const struct bednet_decoded_part *part = &decoded->parts[segment];
    printf("  \"%s\": ", name);
    if (part->values != NULL)
        bednet_json_print(stdout, part->values, 2);
    else
        fputs("null", stdout);
    puts(",");
}

static void print_json_times(const struct bednet_decoded *decoded, int64_t now_s)
{
    int64_t at_s;
    bool some = false;
    fputs("  \"times\": {", stdout);
    for (size_t i = 0; next_time(decoded, &i, &at_s); i++) {
        char utc[BEDNET_MOMENT_BYTES], distance[BEDNET_MOMENT_BYTES];
        bednet_moment_utc(at_s, utc);
        bednet_moment_distance(at_s, now_s, distance);
        printf("%s\n    \"%s\": {\"utc\": \"%s\", \"distance\": \"%s\"}", some ? "," : "", times[i], utc,
               distance);
        some = true;
    }
    puts(some ? "\n  }," : "},");
}

static void print_json_faults(const struct bednet_decoded *decoded)
{
    const char *faults[1 + BEDNET_SEGMENTS] = {decoded->fault};
    bool some = false;
    for (int i = 0; i < BEDNET_SEGMENTS; i++)
        faults[1 + i] = decoded->parts[i].fault;
    fputs("  \"faults\": [", stdout);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (faults[i][0] == '\0')
            continue;
        fputs(some ? ", " : "", stdout);
        bednet_json_print_string(stdout, bednet_text(faults[i]));
        some = true;
    }
    puts("]\n}");
}

static void print_json(const struct bednet_decoded *decoded, int64_t now_s)
{
    printf("{\n  \"verified\": false,\n  \"well_formed\": %s,\n",
           bednet_decoded_is_well_formed(decoded) ? "true" : "false");
    print_json_part(decoded, BEDNET_SEGMENT_HEADER, "header");
    print_json_part(decoded, BEDNET_SEGMENT_PAYLOAD, "claims");
    printf("  \"signature_bytes\": %zu,\n", decoded->parts[BEDNET_SEGMENT_SIGNATURE].length);
    print_json_times(decoded, now_s);
    print_json_faults(decoded);
}

static void complain(const struct bednet_decoded *decoded)
{
    fflush(stdout); /* in this order also where both go to one file */
    if (decoded->fault[0] != '\0')
        fprintf(stderr, "bednet: malformed: %s\n", decoded->fault);
    for (int i = 0; i < BEDNET_SEGMENTS; i++)
        if (decoded->parts[i].fault[0] != '\0')
            fprintf(stderr, "bednet: malformed: %s\n", decoded->parts[i].fault);
}

static int decode(struct bednet_text token, bool json)
{
    struct bednet_decoded decoded;
    int code = BEDNET_EXIT_IO;
    if (!bednet_decoded_open(token, &decoded)) {
        code = bednet_command_nomem();
    } else {
        code = bednet_decoded_is_well_formed(&decoded) ? BEDNET_EXIT_OK : BEDNET_EXIT_NO;
        if (json)
            print_json(&decoded, time(NULL));
        else
            print_text(&decoded, time(NULL));
        if (!json)
            complain(&decoded);
    }
    bednet_decoded_close(&decoded);
    return code;
}

int bednet_command_token_decode(int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {NULL, 0, NULL, 0}};
    struct bednet_file input;
    struct bednet_text token;
    bool json = false;
    int option;
    optind = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'j')
            return BEDNET_EXIT_USAGE;
        json = true;
    }
    int code = bednet_input_token("token decode", argc, argv, &input, &token);
    if (code == BEDNET_EXIT_OK)
        code = decode(token, json);
    bednet_file_free(&input);
    return code;
}
