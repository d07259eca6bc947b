/* SPDX-License-Identifier: Apache-2.0 */
/* Files and folders of lists, and what else lies about. */
#include "crl_making.h"

static struct maker ca, other, stranger;
static struct bednet_authorities *authorities;
static const char *const serials[] = {"01", NULL};

static int begin(void **state)
{
    if (scratch_begin(state) != 0)
        return -1;
    ca = make_authority("Device CA", MBSTRING_UTF8, CA_USAGE, "ca.crt");
    other = make_authority("Other CA", MBSTRING_UTF8, CA_USAGE, "other.crt");
    stranger = make_authority("Stranger", MBSTRING_UTF8, CA_USAGE, "stranger.crt");
    authorities = bednet_authorities_new();
    trust(authorities, "devices", "ca.crt");
    trust(authorities, "other", "other.crt");
    const struct crl_spec good = {.issuer = &ca, .serials = serials},
                          second = {.issuer = &other, .serials = serials},
                          strange = {.issuer = &stranger, .serials = serials};
    write_crl(&good, "good.crl", "w", false);
    write_crl(&good, "good.pem", "w", true);
    write_crl(&second, "second.crl", "w", false);
    write_crl(&strange, "strange.crl", "w", false);
    scratch_write("garbage", "hello", 0600);
    return 0;
}

static int end(void **state)
{
    bednet_authorities_free(authorities);
    free_maker(&ca);
    free_maker(&other);
    free_maker(&stranger);
    return scratch_end(state);
}

/* A new folder with links to files, up to NULL: `name` or `name=file`. Its path. */
static const char *folder(const char *name, const char *const *links)
{
    assert_int_equal(mkdir(scratch_path(name), 0700), 0);
    for (; links != NULL && *links != NULL; links++) {
        char at[PATH_MAX], file[64];
        snprintf(file, sizeof file, "%s", *links);
        const char *target = strchr(file, '=') != NULL ? strchr(file, '=') + 1 : file;
        snprintf(at, sizeof at, "%s/%.*s", scratch_path(name), (int)strcspn(file, "="), file);
        assert_int_equal(symlink(scratch_path(target), at), 0);
    }
    return scratch_path(name);
}

static struct bednet_crls *crls;
static char said[64 * 1024];

static enum bednet_status load(const char *file, const char *in_folder)
{
    const struct bednet_text files[] = {bednet_text(file)}, folders[] = {bednet_text(in_folder)};
    const struct bednet_crl_sources sources = {files, file != NULL, folders, in_folder != NULL};
    struct bednet_diag *diag = bednet_diag_new();
    crls = NULL;
    enum bednet_status status = bednet_crls_load(&sources, authorities, NOW, diag, &crls);
    snprintf(said, sizeof said, "%s", diag_text(diag));
    assert_true((status == BEDNET_OK) == (crls != NULL));
    assert_true((status == BEDNET_OK) != bednet_diag_failed(diag));
    bednet_diag_free(diag);
    return status;
}

static void was_said(const char *path, const char *text)
{
    char whole[PATH_MAX + 256];
    snprintf(whole, sizeof whole, "%s: %s", path, text);
    if (strstr(said, whole) == NULL)
        fail_msg("\"%s\" is not in:\n%s", whole, said);
}

static size_t lists(void)
{
    struct bednet_crls_summary summary;
    bednet_crls_summarize(crls, &summary);
    bednet_crls_free(crls);
    return summary.lists;
}

static void files_that_are_none(void **state)
{
    (void)state;
    assert_int_equal(load(scratch_path("nowhere"), NULL), BEDNET_IO);
    was_said(scratch_path("nowhere"), "No such file or directory (expected a file that can be read)");
    assert_int_equal(load(scratch, NULL), BEDNET_IO);
    was_said(scratch, "is a directory (expected a regular file)");
    assert_int_equal(mkfifo(scratch_path("fifo"), 0600), 0);
    assert_int_equal(load(scratch_path("fifo"), NULL), BEDNET_IO);
    was_said(scratch_path("fifo"), "is not a regular file (expected one)");
    assert_int_equal(load("/dev/zero", NULL), BEDNET_IO);
    scratch_write("empty", "", 0600);
    assert_int_equal(load(scratch_path("empty"), NULL), BEDNET_INVALID);
    was_said(scratch_path("empty"), "is not a list of revoked certificates");
    assert_int_equal(load(scratch_path("ca.crt"), NULL), BEDNET_INVALID);
    was_said(scratch_path("ca.crt"), "a block is \"CERTIFICATE\"");
    assert_int_equal(load(scratch_path("strange.crl"), NULL), BEDNET_INVALID);
    was_said(scratch_path("strange.crl"), "the list is of \"CN=Stranger,O=Acme\"");
}

static void anybody_may_write(void **state)
{
    (void)state;
    assert_int_equal(chmod(scratch_path("second.crl"), 0606), 0);
    assert_int_equal(load(scratch_path("second.crl"), NULL), BEDNET_INVALID);
    was_said(scratch_path("second.crl"), "may be written by anybody");
    assert_int_equal(chmod(scratch_path("second.crl"), 0644), 0);
    const char *open = folder("open", (const char *const[]){"good.crl", NULL});
    assert_int_equal(chmod(open, 0777), 0);
    assert_int_equal(load(NULL, open), BEDNET_INVALID);
    was_said(open, "may be written by anybody");
}

static void too_large(void **state)
{
    (void)state;
    scratch_write("large", "0", 0600);
    assert_int_equal(truncate(scratch_path("large"), (off_t)BEDNET_CRL_BYTES_MAX + 1), 0);
    assert_int_equal(load(scratch_path("large"), NULL), BEDNET_INVALID);
    was_said(scratch_path("large"), "is larger than 134217728 bytes");
}

static void folders_that_are_none(void **state)
{
    (void)state;
    assert_int_equal(load(NULL, scratch_path("nowhere")), BEDNET_IO);
    was_said(scratch_path("nowhere"), "No such file or directory (expected a folder that can be read)");
    assert_int_equal(load(NULL, scratch_path("good.crl")), BEDNET_IO);
    was_said(scratch_path("good.crl"), "Not a directory");
    const char *dangling = folder("dangling", (const char *const[]){"good.crl", "lost=nowhere", NULL});
    assert_int_equal(load(NULL, dangling), BEDNET_IO);
    was_said(dangling, "No such file or directory (expected files that can be read in the folder)");
}

static void one_bad_list(void **state)
{
    static const char *const links[] = {"good.crl", "garbage", "more=garbage", NULL};
    (void)state;
    const char *bad = folder("bad", links);
    char path[PATH_MAX];
    assert_int_equal(load(NULL, bad), BEDNET_INVALID);
    /* Each of them is told. */
    snprintf(path, sizeof path, "%s/garbage", bad);
    was_said(path, "is not a list of revoked certificates");
    snprintf(path, sizeof path, "%s/more", bad);
    was_said(path, "is not a list of revoked certificates");
}

static void too_many_files(void **state)
{
    (void)state;
    char full[PATH_MAX];
    snprintf(full, sizeof full, "%s", folder("full", NULL));
    for (int i = 0; i <= BEDNET_CRL_FOLDER_MAX; i++) {
        char name[64];
        snprintf(name, sizeof name, "full/%d", i);
        assert_int_equal(symlink(scratch_path("good.crl"), scratch_path(name)), 0);
    }
    assert_int_equal(load(NULL, full), BEDNET_LIMIT);
    was_said(full, "has too many files (expected at most 1024)");
    assert_int_equal(unlink(scratch_path("full/7")), 0);
    assert_int_equal(load(NULL, full), BEDNET_OK);
    assert_int_equal(lists(), 1);
}

static void what_is_read(void **state)
{
    static const char *const links[] = {"good.crl",    "also=good.pem", "second.crl", ".hidden=garbage",
                                        "strange.crl", "folder=bad",    NULL};
    (void)state;
    const char *mixed = folder("mixed", links);
    char path[PATH_MAX];
    assert_int_equal(mkfifo(scratch_path("mixed/fifo"), 0600), 0);
    assert_int_equal(load(NULL, mixed), BEDNET_OK);
    snprintf(path, sizeof path, "%s/strange.crl", mixed);
    was_said(path, "left out: the list is of \"CN=Stranger,O=Acme\"");
    assert_int_equal(lists(), 2);
    assert_int_equal(load(scratch_path("good.crl"), folder("nothing", NULL)), BEDNET_OK);
    assert_string_equal(said, "");
    assert_int_equal(lists(), 1);
    assert_int_equal(load(NULL, NULL), BEDNET_OK);
    assert_int_equal(lists(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_are_none), cmocka_unit_test(anybody_may_write),
        cmocka_unit_test(too_large),           cmocka_unit_test(folders_that_are_none),
        cmocka_unit_test(one_bad_list),        cmocka_unit_test(too_many_files),
        cmocka_unit_test(what_is_read),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
