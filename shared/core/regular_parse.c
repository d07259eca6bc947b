/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular patterns out of their text. Every character and class of the pattern is a position; what is built
 * is which positions may follow which (Glushkov's construction), piece by piece. The positions of a piece
 * stand in a row, and until it is joined to others they are followed by nothing but each other: so a piece is
 * repeated by copying it a few bits further on.
 */
#include "core/regular.h"

#include "core/regular_internal.h"

struct piece {
    size_t from; /* its positions, up to but not including `to` */
    size_t to;
    uint64_t first;
    uint64_t last;
    bool nullable;
};

struct parser {
    struct bednet_text text;
    size_t at;
    size_t depth;
    const char *error;
    size_t error_at;
    size_t count; /* of positions */
    uint64_t reach[128];
    uint64_t wide;
    uint64_t follow[BEDNET_REGULAR_POSITIONS_MAX];
};

/* The ASCII characters of one position, and whether it takes others. */
struct set {
    uint64_t ascii[2];
    bool wide;
};

struct repetition {
    size_t least;
    size_t most; /* 0: without end */
};

static bool fail(struct parser *parser, size_t at, const char *error)
{
    if (parser->error == NULL) {
        parser->error = error;
        parser->error_at = at;
    }
    return false;
}

/* The character at hand, or NUL at the end: patterns hold none. */
static char peek(const struct parser *parser)
{
    return parser->at < parser->text.len ? parser->text.ptr[parser->at] : '\0';
}

static void add(struct set *set, unsigned char character)
{
    set->ascii[character / 64] |= UINT64_C(1) << (character % 64);
}

static bool has(const struct set *set, unsigned char character)
{
    return (set->ascii[character / 64] >> (character % 64) & 1) != 0;
}

/* Everything that the set does not hold, save the separator of levels. */
static void negate(struct set *set)
{
    add(set, '/');
    set->ascii[0] = ~set->ascii[0];
    set->ascii[1] = ~set->ascii[1];
    set->wide = true;
}

static bool make_position(struct parser *parser, const struct set *set, struct piece *piece)
{
    uint64_t bit;

    if (parser->count == BEDNET_REGULAR_POSITIONS_MAX) {
        return fail(parser, parser->at,
                    "too long (expected at most 64 characters and classes, with all their repetitions)");
    }
    bit = UINT64_C(1) << parser->count;
    for (unsigned character = 0; character < 128; character++) {
        if (has(set, (unsigned char)character)) {
            parser->reach[character] |= bit;
        }
    }
    parser->wide |= set->wide ? bit : 0;
    *piece = (struct piece){parser->count, parser->count + 1, bit, bit, false};
    parser->count++;
    return true;
}

/* Reads the character at hand, which stands for itself, in or out of a class. */
static bool read_literal(struct parser *parser, unsigned char *out)
{
    static const char marks[] = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    size_t start = parser->at;

    if (peek(parser) == '\\') {
        parser->at++;
        if (parser->at == parser->text.len || strchr(marks, peek(parser)) == NULL) {
            return fail(parser, start,
                        "a `\\` before what is no punctuation mark (expected a class such as [0-9])");
        }
    }
    *out = (unsigned char)peek(parser);
    if (*out == '/' || *out == '+' || *out == '#') {
        return fail(parser, start, "`/`, `+` and `#` stand in no level (expected another character)");
    }
    parser->at++;
    return true;
}

/* A character of a class, or a range. */
static bool read_member(struct parser *parser, struct set *set)
{
    size_t start = parser->at;
    unsigned char from, to;

    if (peek(parser) == '[') {
        return fail(parser, start, "a `[` in a class (expected it behind a `\\`)");
    }
    if (!read_literal(parser, &from)) {
        return false;
    }
    to = from;
    if (peek(parser) == '-' && parser->at + 1 < parser->text.len && parser->text.ptr[parser->at + 1] != ']') {
        parser->at++;
        if (!read_literal(parser, &to)) {
            return false;
        }
        if (to < from) {
            return fail(parser, start, "a range that descends (expected the smaller character first)");
        }
    }
    for (unsigned character = from; character <= to; character++) {
        if (character != '/') {
            add(set, (unsigned char)character);
        }
    }
    return true;
}

static bool parse_class(struct parser *parser, struct piece *piece)
{
    size_t start = parser->at++;
    struct set set = {{0, 0}, false};
    bool negated = peek(parser) == '^';

    parser->at += negated;
    if (peek(parser) == ']') {
        return fail(parser, start, "an empty class (expected at least one character)");
    }
    while (peek(parser) != ']') {
        if (parser->at == parser->text.len) {
            return fail(parser, start, "`[` without its `]`");
        }
        if (!read_member(parser, &set)) {
            return false;
        }
    }
    parser->at++;
    if (negated) {
        negate(&set);
    }
    return make_position(parser, &set, piece);
}

static bool parse_alternatives(struct parser *parser, struct piece *piece);

static bool parse_group(struct parser *parser, struct piece *piece)
{
    size_t start = parser->at++;

    if (parser->depth == BEDNET_REGULAR_DEPTH_MAX) {
        return fail(parser, start, "groups too deep in groups (expected at most 16)");
    }
    parser->depth++;
    if (!parse_alternatives(parser, piece)) {
        return false;
    }
    parser->depth--;
    if (peek(parser) != ')') {
        return fail(parser, start, "`(` without its `)`");
    }
    parser->at++;
    return true;
}

static bool parse_character(struct parser *parser, struct piece *piece)
{
    struct set set = {{0, 0}, false};
    unsigned char character;

    if (peek(parser) == '.') {
        parser->at++;
        negate(&set);
        return make_position(parser, &set, piece);
    }
    if (!read_literal(parser, &character)) {
        return false;
    }
    add(&set, character);
    return make_position(parser, &set, piece);
}

static bool parse_atom(struct parser *parser, struct piece *piece)
{
    switch (peek(parser)) {
    case '(':
        return parse_group(parser, piece);
    case '[':
        return parse_class(parser, piece);
    case '*':
    case '+':
    case '?':
    case '{':
        return fail(parser, parser->at, "nothing to repeat (expected a character, a class or a group)");
    case '^':
    case '$':
        return fail(parser, parser->at,
                    "an anchor (expected none: a pattern fits the whole level; the character is behind a "
                    "`\\`)");
    case ']':
    case '}':
        return fail(parser, parser->at, "a bracket that was not opened (expected it behind a `\\`)");
    default:
        return parse_character(parser, piece);
    }
}

static bool read_count(struct parser *parser, size_t *out)
{
    size_t start = parser->at;
    size_t count = 0;

    for (; peek(parser) >= '0' && peek(parser) <= '9'; parser->at++) {
        count = count * 10 + (size_t)(peek(parser) - '0');
        if (count > BEDNET_REGULAR_POSITIONS_MAX) {
            return fail(parser, start, "too many repetitions (expected at most 64)");
        }
    }
    *out = count;
    return parser->at > start ||
           fail(parser, start, "a `{` without a count (expected `{2}`, `{2,}` or `{2,5}`)");
}

/* `{m}`, `{m,}`, `{m,n}`. */
static bool read_counts(struct parser *parser, struct repetition *repetition)
{
    size_t start = parser->at++;

    if (!read_count(parser, &repetition->least)) {
        return false;
    }
    repetition->most = repetition->least;
    if (peek(parser) == ',') {
        parser->at++;
        repetition->most = 0;
        if (peek(parser) != '}' && !read_count(parser, &repetition->most)) {
            return false;
        }
    }
    if (peek(parser) != '}') {
        return fail(parser, start, "`{` without its `}`");
    }
    parser->at++;
    if (parser->text.ptr[parser->at - 2] != ',' &&
        (repetition->most == 0 || repetition->most < repetition->least)) {
        return fail(parser, start, "counts that nothing has (expected at least 1, the smaller one first)");
    }
    return true;
}

/* False without an error where nothing is to be repeated. */
static bool read_repetition(struct parser *parser, struct repetition *repetition)
{
    switch (peek(parser)) {
    case '*':
        *repetition = (struct repetition){0, 0};
        break;
    case '+':
        *repetition = (struct repetition){1, 0};
        break;
    case '?':
        *repetition = (struct repetition){0, 1};
        break;
    case '{':
        return read_counts(parser, repetition);
    default:
        return false;
    }
    parser->at++;
    return true;
}

/* Whatever `left` may end with may be followed by what `right` may begin with. */
static void link_positions(struct parser *parser, uint64_t left, uint64_t right)
{
    for (; left != 0; left &= left - 1) {
        parser->follow[__builtin_ctzll(left)] |= right;
    }
}

static struct piece join(struct parser *parser, const struct piece *left, const struct piece *right)
{
    link_positions(parser, left->last, right->first);
    return (struct piece){
        .from = left->from,
        .to = right->to,
        .first = left->first | (left->nullable ? right->first : 0),
        .last = right->last | (right->nullable ? left->last : 0),
        .nullable = left->nullable && right->nullable,
    };
}

/* The piece once more, `by` positions further on. */
static struct piece copy_piece(struct parser *parser, const struct piece *piece, size_t by)
{
    size_t bits = piece->to - piece->from;
    uint64_t mask = (bits < 64 ? (UINT64_C(1) << bits) - 1 : UINT64_MAX) << piece->from;

    for (size_t position = piece->from; position < piece->to; position++) {
        parser->follow[position + by] = parser->follow[position] << by;
    }
    for (unsigned character = 0; character < 128; character++) {
        parser->reach[character] |= (parser->reach[character] & mask) << by;
    }
    parser->wide |= (parser->wide & mask) << by;
    return (struct piece){piece->from + by, piece->to + by, piece->first << by, piece->last << by,
                          piece->nullable};
}

static bool repeat(struct parser *parser, const struct repetition *repetition, size_t start,
                   struct piece *piece)
{
    struct piece copies[BEDNET_REGULAR_POSITIONS_MAX];
    size_t bits = piece->to - piece->from;
    size_t count = repetition->most > 0 ? repetition->most : repetition->least;

    count = count > 0 ? count : 1;
    if (bits * count > BEDNET_REGULAR_POSITIONS_MAX - piece->from) {
        return fail(parser, start,
                    "too long (expected at most 64 characters and classes, with all their repetitions)");
    }
    copies[0] = *piece;
    for (size_t i = 1; i < count; i++) {
        copies[i] = copy_piece(parser, piece, bits * i);
    }
    parser->count = piece->from + bits * count;
    if (repetition->most == 0) {
        link_positions(parser, copies[count - 1].last, copies[count - 1].first);
    }
    for (size_t i = repetition->least; i < count; i++) {
        copies[i].nullable = true;
    }
    *piece = copies[0];
    for (size_t i = 1; i < count; i++) {
        *piece = join(parser, piece, &copies[i]);
    }
    return true;
}

static bool parse_item(struct parser *parser, struct piece *piece)
{
    struct repetition repetition = {1, 1};
    size_t start;

    if (!parse_atom(parser, piece)) {
        return false;
    }
    start = parser->at;
    if (!read_repetition(parser, &repetition)) {
        return parser->error == NULL;
    }
    if (peek(parser) != '\0' && strchr("*+?{", peek(parser)) != NULL) {
        return fail(parser, parser->at, "two repetitions in a row (expected a group around the first)");
    }
    return repeat(parser, &repetition, start, piece);
}

static bool ends_sequence(const struct parser *parser)
{
    return parser->at == parser->text.len || peek(parser) == '|' || peek(parser) == ')';
}

static bool parse_sequence(struct parser *parser, struct piece *piece)
{
    if (ends_sequence(parser)) {
        return fail(parser, parser->at, "nothing to fit here (expected a character, a class or a group)");
    }
    if (!parse_item(parser, piece)) {
        return false;
    }
    while (!ends_sequence(parser)) {
        struct piece next;

        if (!parse_item(parser, &next)) {
            return false;
        }
        *piece = join(parser, piece, &next);
    }
    return true;
}

static bool parse_alternatives(struct parser *parser, struct piece *piece)
{
    if (!parse_sequence(parser, piece)) {
        return false;
    }
    while (peek(parser) == '|') {
        struct piece next;

        parser->at++;
        if (!parse_sequence(parser, &next)) {
            return false;
        }
        piece->to = next.to;
        piece->first |= next.first;
        piece->last |= next.last;
        piece->nullable = piece->nullable || next.nullable;
    }
    return true;
}

static bool check_characters(struct parser *parser)
{
    for (size_t i = 0; i < parser->text.len; i++) {
        unsigned char byte = (unsigned char)parser->text.ptr[i];

        if (byte >= 0x80) {
            return fail(parser, i, "a character beyond ASCII (expected ASCII; an enum may list any name)");
        }
        if (byte < 0x20 || byte == 0x7f) {
            return fail(parser, i, "a control character (expected printable ASCII)");
        }
    }
    return true;
}

static bool parse_all(struct parser *parser, struct piece *whole)
{
    if (!check_characters(parser) || !parse_alternatives(parser, whole)) {
        return false;
    }
    return parser->at == parser->text.len || fail(parser, parser->at, "`)` without its `(`");
}

static uint64_t union_of(const struct parser *parser, uint64_t positions)
{
    uint64_t next = 0;

    for (; positions != 0; positions &= positions - 1) {
        next |= parser->follow[__builtin_ctzll(positions)];
    }
    return next;
}

static const struct bednet_regular *freeze(struct bednet_arena *arena, const struct parser *parser,
                                           const struct piece *whole)
{
    size_t tables = (parser->count + 7) / 8;
    struct bednet_regular *regular =
        bednet_arena_alloc(arena, sizeof(*regular) + tables * sizeof(regular->follow[0]));

    if (regular == NULL) {
        return NULL;
    }
    memcpy(regular->reach, parser->reach, sizeof(regular->reach));
    regular->wide = parser->wide;
    regular->first = whole->first;
    regular->last = whole->last;
    regular->nullable = whole->nullable;
    regular->table_count = tables;
    for (size_t table = 0; table < tables; table++) {
        for (uint64_t byte = 0; byte < 256; byte++) {
            regular->follow[table][byte] = union_of(parser, byte << 8 * table);
        }
    }
    return regular;
}

enum bednet_status bednet_regular_parse(struct bednet_arena *arena, struct bednet_text text,
                                        const struct bednet_regular **out, const char **error, size_t *offset)
{
    struct parser parser = {.text = text};
    struct piece whole;
    const struct bednet_regular *regular;

    if (!parse_all(&parser, &whole)) {
        *error = parser.error;
        *offset = parser.error_at;
        return BEDNET_INVALID;
    }
    regular = freeze(arena, &parser, &whole);
    if (regular == NULL) {
        return BEDNET_NOMEM;
    }
    *out = regular;
    return BEDNET_OK;
}
