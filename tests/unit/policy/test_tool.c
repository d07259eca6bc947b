/* SPDX-License-Identifier: Apache-2.0 */
/* The command-line tool as a user meets it: what it prints where, and how it exits. */
#include "scratch.h"

#include <jansson.h>
#include <sys/wait.h>

struct answer {
    int code;
    char out[8192];
    char err[8192];
};

static void read_back(const char *name, char *text, size_t bytes)
{
    FILE *file = fopen(scratch_path(name), "r");
    assert_non_null(file);
    text[fread(text, 1, bytes - 1, file)] = '\0';
    fclose(file);
}

/* Runs `bednet ARGUMENTS` in the scratch folder. */
static struct answer run(const char *arguments)
{
    struct answer answer;
    char command[1024];
    snprintf(command, sizeof command, "cd %s && %s %s >out 2>err", scratch, BEDNET_TOOL, arguments);
    int status = system(command);
    assert_true(WIFEXITED(status));
    answer.code = WEXITSTATUS(status);
    read_back("out", answer.out, sizeof answer.out);
    read_back("err", answer.err, sizeof answer.err);
    return answer;
}

static void assert_answer(const char *arguments, int code, const char *out, const char *err)
{
    struct answer answer = run(arguments);
    assert_string_equal(answer.err, err);
    assert_string_equal(answer.out, out);
    assert_int_equal(answer.code, code);
}

static void says_that_all_is_well(void **state)
{
    (void)state;
    scratch_write("good.yaml",
                  "bednet: 1\nroles: {a: {allow: {publish: [x, y]}}, b: {deny: {receive: [z]}}}\n", 0644);
    scratch_write("one.yaml", "bednet: 1\nroles: {a: {allow: {publish: [x]}}}\n", 0644);
    assert_answer("check good.yaml", 0, "good.yaml: ok, 2 roles, 3 rules\n", "");
    assert_answer("check -- one.yaml", 0, "one.yaml: ok, 1 role, 1 rule\n", "");
}

/* Files are read, servers are not asked. */
static void says_what_it_did_not_ask(void **state)
{
    (void)state;
    scratch_write("fetched.yaml",
                  "bednet: 1\njwt:\n  revocations: revoked.yaml\n  issuers:\n"
                  "    - {issuer: https://a.invalid, algorithms: [ES256], keys: {discovery: true}}\n"
                  "    - {issuer: b, algorithms: [ES256], keys: {url: https://b.invalid/k}}\n",
                  0644);
    scratch_write("revoked.yaml", "revoked: [{jti: a}]\n", 0644);
    assert_answer(
        "check fetched.yaml", 0,
        "fetched.yaml: ok, 0 roles, 0 rules\nrevoked.yaml: ok, 1 entry\nfetched.yaml: the keys of 2 "
        "issuers are fetched by the broker; no server was asked for them\n",
        "");
    struct answer answer = run("check --json fetched.yaml");
    json_t *document = json_loads(answer.out, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(document, "fetched")), 2);
    assert_int_equal(json_integer_value(json_object_get(document, "revocations")), 1);
    json_decref(document);
    scratch_write("revoked.yaml", "revoked: [{jtti: a}]\n", 0644);
    assert_answer("check fetched.yaml", 1, "",
                  "revoked.yaml:1:12: unknown key 'jtti' in an entry (did you mean 'jti'?)\n"
                  "    revoked: [{jtti: a}]\n"
                  "               ^\n"
                  "fetched.yaml:3:16: the file of revocations 'revoked.yaml' is not usable (expected a list "
                  "'revoked:')\n"
                  "      revocations: revoked.yaml\n"
                  "                   ^\n");
}

static void warnings_do_not_fail(void **state)
{
    (void)state;
    scratch_write("warned.yaml", "bednet: 1\nroles: {}\n", 0644);
    assert_answer("check warned.yaml", 0, "warned.yaml: ok, 0 roles, 0 rules\n",
                  "warning: warned.yaml:2:1: no role has a rule (expected at least one: the default decides "
                  "everything now)\n    roles: {}\n    ^\n");
}

static void shows_the_place(void **state)
{
    (void)state;
    scratch_write("bad.yaml",
                  "bednet: 1\nmode: enforced\nroles:\n  r:\n    allow:\n      publish: [\"\xc3\xa4/+x\"]\n",
                  0644);
    assert_answer(
        "check bad.yaml", 1, "",
        "bad.yaml:2:7: mode is 'enforced' (did you mean 'enforce'?)\n"
        "    mode: enforced\n"
        "          ^\n"
        "bad.yaml:6:20: the topic filter '\xc3\xa4/+x': a wildcard beside something else (expected `+` or "
        "`#` alone in its level)\n"
        "          publish: [\"\xc3\xa4/+x\"]\n"
        "                       ^\n");
}

/* A policy must not write to the operator's terminal. */
static void obeys_no_escape_sequence(void **state)
{
    (void)state;
    scratch_write("evil.yaml", "bednet: 1\nmode: \"x\xe2\x80\xae\"\n# \x1b[2J\n", 0644);
    struct answer answer = run("check evil.yaml");
    assert_int_equal(answer.code, 1);
    assert_null(strchr(answer.err, '\x1b'));
    assert_non_null(strstr(answer.err, "    # ?[2J\n      ^\n"));
    scratch_write("evil.yaml", "bednet: 1\nmode: \"x\xe2\x80\xae\"\n", 0644);
    answer = run("check evil.yaml");
    assert_null(strstr(answer.err, "\xe2\x80\xae"));
    assert_non_null(strstr(answer.err, "    mode: \"x?\"\n          ^\n"));
}

static void shows_a_piece_of_a_long_line(void **state)
{
    (void)state;
    char line[4096];
    size_t length = (size_t)sprintf(line, "{\"bednet\": 1, \"roles\": {\"r\": {\"allow\": {\"publish\": [");
    for (int i = 0; i < 100; i++)
        length += (size_t)sprintf(line + length, "\"topic%02d\", ", i);
    sprintf(line + length, "\"a+\", \"b\"]}}}}\n");
    scratch_write("long.json", line, 0644);
    struct answer answer = run("check long.json");
    assert_int_equal(answer.code, 1);
    assert_non_null(strstr(answer.err, "\"topic99\", \"a+\", \"b\"]}}}}\n"));
    assert_null(strstr(answer.err, "topic90"));
}

static void exits_3_where_there_is_nothing_to_read(void **state)
{
    (void)state;
    assert_answer("check none.yaml", 3, "",
                  "none.yaml: No such file or directory (expected a file that can be read)\n");
    assert_answer("check /", 3, "", "/: is a directory (expected a regular file)\n");
    scratch_write("full.yaml", "bednet: 1\nroles: {a: {allow: {publish: [x]}}}\n", 0644);
    struct answer answer = run("check full.yaml >/dev/full; echo $? >code; true");
    char code[8];
    (void)answer;
    read_back("code", code, sizeof code);
    assert_string_equal(code, "3\n");
}

static void exits_2_on_wrong_usage(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",       "check",     "check a b",   "check --jsn a",
                                        "chek a", "--nothing", "check --json"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct answer answer = run(wrong[i]);
        assert_int_equal(answer.code, 2);
        assert_string_equal(answer.out, "");
        assert_true(strlen(answer.err) > 0);
    }
}

static void tells_about_itself(void **state)
{
    (void)state;
    struct answer answer = run("--help");
    assert_int_equal(answer.code, 0);
    assert_non_null(strstr(answer.out, "bednet check [--json] FILE"));
    assert_string_equal(answer.err, "");
    answer = run("--version");
    assert_int_equal(answer.code, 0);
    assert_int_equal(strncmp(answer.out, "bednet ", 7), 0);
}

static void answers_in_json(void **state)
{
    (void)state;
    scratch_write("bad2.yaml", "bednet: 1\nmode: x\n", 0644);
    struct answer answer = run("check --json bad2.yaml");
    assert_int_equal(answer.code, 1);
    assert_string_equal(answer.err, "");
    json_t *document = json_loads(answer.out, 0, NULL);
    assert_true(json_is_false(json_object_get(document, "ok")));
    const json_t *entry = json_array_get(json_object_get(document, "diagnostics"), 0);
    assert_int_equal(json_integer_value(json_object_get(entry, "line")), 2);
    assert_int_equal(json_integer_value(json_object_get(entry, "column")), 7);
    assert_string_equal(json_string_value(json_object_get(entry, "severity")), "error");
    assert_string_equal(json_string_value(json_object_get(entry, "text")),
                        "mode is 'x' (expected enforce or observe)");
    json_decref(document);
    answer = run("check --json one.yaml");
    assert_int_equal(answer.code, 0);
    document = json_loads(answer.out, 0, NULL);
    assert_true(json_is_true(json_object_get(document, "ok")));
    assert_int_equal(json_integer_value(json_object_get(document, "rules")), 1);
    assert_int_equal(json_array_size(json_object_get(document, "diagnostics")), 0);
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_that_all_is_well),
        cmocka_unit_test(says_what_it_did_not_ask),
        cmocka_unit_test(warnings_do_not_fail),
        cmocka_unit_test(shows_the_place),
        cmocka_unit_test(obeys_no_escape_sequence),
        cmocka_unit_test(shows_a_piece_of_a_long_line),
        cmocka_unit_test(exits_3_where_there_is_nothing_to_read),
        cmocka_unit_test(exits_2_on_wrong_usage),
        cmocka_unit_test(tells_about_itself),
        cmocka_unit_test(answers_in_json),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}
