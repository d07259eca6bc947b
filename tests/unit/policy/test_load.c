/* SPDX-License-Identifier: Apache-2.0 */
/* Files: what may be a policy or a key file at all, and where key files are looked for. */
#include "policy_testing.h"
#include "scratch.h"

#include <fcntl.h>

#define ED_JWKS                                                                                              \
    "{\"keys\": [{\"kty\": \"OKP\", \"crv\": \"Ed25519\", \"x\": "                                           \
    "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}"
#define HS_JWKS "{\"keys\": [{\"kty\": \"oct\", \"k\": \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}]}"
#define POLICY(file, algorithm)                                                                              \
    "bednet: 1\njwt:\n  issuers:\n    - {issuer: i, algorithms: [" algorithm "], keys: {file: '" file "'}}"  \
    "\n"

/* Loads `name` and compares status and words; %s in `told` is the folder. */
static void assert_loads(const char *name, enum bednet_status status, const char *told)
{
    char expected[2048];
    struct parsed parsed = load(scratch_path(name));
    scratch_expand(told, expected, sizeof expected);
    assert_told(parsed.diag, expected);
    assert_int_equal(parsed.status, status);
    release(&parsed);
}

static void refuses_what_is_no_file(void **state)
{
    (void)state;
    assert_loads("missing", BEDNET_IO,
                 "%s/missing: No such file or directory (expected a file that can be read)");
    assert_int_equal(mkdir(scratch_path("folder"), 0755), 0);
    assert_loads("folder", BEDNET_IO, "%s/folder: is a directory (expected a regular file)");
    assert_int_equal(mkfifo(scratch_path("fifo"), 0600), 0);
    assert_loads("fifo", BEDNET_IO, "%s/fifo: is not a regular file (expected one)");
    assert_int_equal(symlink("/dev/zero", scratch_path("device")), 0);
    assert_loads("device", BEDNET_IO, "%s/device: is not a regular file (expected one)");
    assert_int_equal(symlink("loop", scratch_path("loop")), 0);
    assert_loads("loop", BEDNET_IO,
                 "%s/loop: Too many levels of symbolic links (expected a file that can be read)");
    assert_int_equal(symlink("nowhere", scratch_path("dangling")), 0);
    assert_loads("dangling", BEDNET_IO,
                 "%s/dangling: No such file or directory (expected a file that can be read)");
}

static void refuses_what_anybody_may_write(void **state)
{
    (void)state;
    scratch_write("open.yaml", "bednet: 1\n", 0666);
    assert_loads("open.yaml", BEDNET_INVALID,
                 "%s/open.yaml: may be written by anybody (expected no write permission for others)");
    /* A link's own mode says nothing: the target's counts. */
    assert_int_equal(symlink("open.yaml", scratch_path("link-to-open")), 0);
    assert_loads("link-to-open", BEDNET_INVALID,
                 "%s/link-to-open: may be written by anybody (expected no write permission for others)");
    scratch_write("group.yaml", "bednet: 1\n", 0660);
    assert_loads("group.yaml", BEDNET_OK, "");
}

static void refuses_empty_and_huge_files(void **state)
{
    (void)state;
    scratch_write("empty.yaml", "", 0644);
    assert_loads("empty.yaml", BEDNET_INVALID,
                 "%s/empty.yaml:1:1: the policy is empty (expected a mapping that begins with 'bednet: 1')");
    scratch_write("huge.yaml", "bednet: 1\n", 0644);
    assert_int_equal(truncate(scratch_path("huge.yaml"), (off_t)BEDNET_POLICY_BYTES_MAX + 1), 0);
    assert_loads("huge.yaml", BEDNET_INVALID,
                 "%s/huge.yaml: is larger than 67108864 bytes (expected a smaller file)");
}

/* Kubernetes: a file is a link to a link into a folder that is swapped. */
static void follows_links(void **state)
{
    (void)state;
    assert_int_equal(mkdir(scratch_path("..data_1"), 0755), 0);
    scratch_write("..data_1/policy.yaml", POLICY("keys.json", "EdDSA"), 0644);
    scratch_write("..data_1/keys.json", ED_JWKS, 0644);
    assert_int_equal(symlink("..data_1", scratch_path("..data")), 0);
    assert_int_equal(symlink("..data/policy.yaml", scratch_path("policy.yaml")), 0);
    assert_int_equal(symlink("..data/keys.json", scratch_path("keys.json")), 0);
    assert_loads("policy.yaml", BEDNET_OK, "");
}

static void finds_key_files(void **state)
{
    (void)state;
    char absolute[512];
    assert_int_equal(mkdir(scratch_path("sub"), 0755), 0);
    scratch_write("sub/ed.json", ED_JWKS, 0644);
    scratch_write("relative.yaml", POLICY("sub/ed.json", "EdDSA"), 0644);
    assert_loads("relative.yaml", BEDNET_OK, "");
    snprintf(absolute, sizeof absolute, POLICY("%s/sub/ed.json", "EdDSA"), scratch);
    scratch_write("sub/absolute.yaml", absolute, 0644);
    assert_loads("sub/absolute.yaml", BEDNET_OK, "");
    /* A policy that is named without a folder has its keys in the current one. */
    char before[PATH_MAX];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(scratch), 0);
    struct parsed parsed = load("relative.yaml");
    assert_int_equal(chdir(before), 0);
    assert_told(parsed.diag, "");
    assert_int_equal(bednet_keyring_count(parsed.policy->jwt.rules.issuers[0].keys), 1);
    release(&parsed);
}

static void refuses_key_files(void **state)
{
    (void)state;
    scratch_write("a.yaml", POLICY("none.json", "EdDSA"), 0644);
    assert_loads(
        "a.yaml", BEDNET_INVALID,
        "%s/a.yaml:4:53: the key file '%s/none.json': No such file or directory (expected a file that can "
        "be read)");
    scratch_write("b.yaml", POLICY("b.json", "EdDSA"), 0644);
    scratch_write("b.json", ED_JWKS, 0646);
    assert_loads("b.yaml", BEDNET_INVALID,
                 "%s/b.yaml:4:53: the key file '%s/b.json': may be written by anybody (expected no write "
                 "permission for others)");
    scratch_write("c.yaml", POLICY(".", "EdDSA"), 0644);
    assert_loads("c.yaml", BEDNET_INVALID,
                 "%s/c.yaml:4:53: the key file '%s/.': is a directory (expected a regular file)");
    scratch_write("d.yaml", POLICY("d.json", "EdDSA"), 0644);
    scratch_write("d.json", ED_JWKS, 0644);
    assert_int_equal(truncate(scratch_path("d.json"), BEDNET_JWKS_BYTES_MAX + 1), 0);
    assert_loads(
        "d.yaml", BEDNET_INVALID,
        "%s/d.yaml:4:53: the key file '%s/d.json': is larger than 1048576 bytes (expected a smaller file)");
}

/* The key ring says what is wrong in its own file, the policy where it is named. */
static void refuses_bad_keys(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "{}", "[]", "{\"keys\": []}", "{\"keys\": [", "\xff", HS_JWKS};
    scratch_write("e.yaml", POLICY("e.json", "EdDSA"), 0644);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        scratch_write("e.json", bad[i], 0600);
        struct parsed parsed = load(scratch_path("e.yaml"));
        size_t count = bednet_diag_count(parsed.diag);
        assert_int_equal(parsed.status, BEDNET_INVALID);
        assert_true(count >= 2);
        assert_string_equal(bednet_diag_at(parsed.diag, 0)->file, scratch_path("e.json"));
        assert_int_equal(bednet_diag_at(parsed.diag, count - 1)->source.line, 4);
        assert_non_null(strstr(bednet_diag_at(parsed.diag, count - 1)->text, "is not usable"));
        release(&parsed);
    }
}

static void warns_of_secrets_that_anybody_may_read(void **state)
{
    (void)state;
    scratch_write("f.yaml", POLICY("f.json", "HS256"), 0644);
    scratch_write("f.json", HS_JWKS, 0640);
    assert_loads("f.yaml", BEDNET_OK, "");
    scratch_write("f.json", HS_JWKS, 0644);
    assert_loads(
        "f.yaml", BEDNET_OK,
        "warning: %s/f.yaml:4:53: the key file '%s/f.json' may be read by anybody (expected mode 0640 or "
        "less: whoever reads a secret can make tokens)");
}

/* One bad issuer of several: nothing of the others leaks, nothing is half loaded. */
static void all_issuers_or_none(void **state)
{
    (void)state;
    scratch_write(
        "g.yaml",
        "bednet: 1\njwt:\n  issuers:\n    - {issuer: a, algorithms: [EdDSA], keys: {file: g.json}}\n"
        "    - {issuer: b, algorithms: [EdDSA], keys: {file: none.json}}\n",
        0644);
    scratch_write("g.json", ED_JWKS, 0644);
    assert_loads(
        "g.yaml", BEDNET_INVALID,
        "%s/g.yaml:5:53: the key file '%s/none.json': No such file or directory (expected a file that can "
        "be read)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_no_file),
        cmocka_unit_test(refuses_what_anybody_may_write),
        cmocka_unit_test(refuses_empty_and_huge_files),
        cmocka_unit_test(follows_links),
        cmocka_unit_test(finds_key_files),
        cmocka_unit_test(refuses_key_files),
        cmocka_unit_test(refuses_bad_keys),
        cmocka_unit_test(warns_of_secrets_that_anybody_may_read),
        cmocka_unit_test(all_issuers_or_none),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}
