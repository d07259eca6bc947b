/* SPDX-License-Identifier: Apache-2.0 */
/* See pki.h. It is made once per program, and every test has a copy to spoil. */
#include "harness/pki.h"
#include "harness/command.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char original[128];

static void run(const char *const *words, const char *made)
{
    free(command_output(words, NULL, 0, NULL));
    if (access(made, R_OK) != 0) {
        env_fail("%s %s made no %s", words[0], words[1], made);
    }
}

static void forget(void)
{
    free(command_output((const char *const[]){"rm", "-rf", original, NULL}, NULL, 0, NULL));
}

/* make.sh says nothing where all went well. */
static void make(const char *folder, const char *section)
{
    char *said = command_output(
        (const char *const[]){"sh", BEDNET_PKI "/make.sh", folder, section ? section : "Making it", NULL},
        NULL, 0, NULL);

    if (!said || *said) {
        env_fail("docs/pki.md, %s: %s", section ? section : "Making it", said ? said : "sh cannot be run");
    }
    free(said);
}

const char *pki_folder(struct env *env)
{
    const char *folder = env_format(env, "%s/pki", env_folder(env));

    if (access(folder, R_OK) == 0) {
        return folder;
    }
    if (!*original) {
        const char *parent = getenv("TMPDIR");
        snprintf(original, sizeof(original), "%s/bednet-pki-XXXXXX", parent ? parent : "/tmp");
        if (!mkdtemp(original)) {
            env_fail("no folder %s", original);
        }
        atexit(forget);
        make(original, NULL);
    }
    run((const char *const[]){"cp", "-r", original, folder, NULL},
        env_format(env, "%s/crls/device-ca.crl", folder));
    return folder;
}

const char *pki_file(struct env *env, const char *name)
{
    return env_format(env, "%s/%s", pki_folder(env), name);
}

void pki_run(struct env *env, const char *section)
{
    make(pki_folder(env), section);
}

const struct tls_identity *pki_nobody(struct env *env)
{
    struct tls_identity *identity = env_alloc(env, sizeof(*identity));

    identity->ca_file = pki_file(env, "root-ca.crt");
    return identity;
}

const struct tls_identity *pki_identity(struct env *env, const char *name)
{
    struct tls_identity *identity = env_alloc(env, sizeof(*identity));

    identity->ca_file = pki_file(env, "root-ca.crt");
    identity->certificate = pki_file(env, env_format(env, "%s.crt", name));
    identity->key = pki_file(env, env_format(env, "%s.key", name));
    return identity;
}

const char *pki_listener_lines(struct env *env)
{
    /* The block of the document that begins so, with its folder moved to where the test's is. */
    static const char first[] = "\n```\nlistener 8883\n", path[] = "/etc/mosquitto/pki";
    const char *document = env_read(env, BEDNET_PKI "/../../docs/pki.md");
    const char *begin = strstr(document, first);
    const char *end = begin ? strstr(begin + sizeof(first) - 1, "```\n") : NULL;

    if (!end) {
        env_fail("docs/pki.md has no listener");
    }
    const char *rest =
        env_format(env, "%.*s", (int)(end - begin - (long)sizeof(first) + 1), begin + sizeof(first) - 1);
    const char *lines = "";
    for (const char *found; (found = strstr(rest, path)); rest = found + sizeof(path) - 1) {
        lines = env_format(env, "%s%.*s%s", lines, (int)(found - rest), rest, pki_folder(env));
    }
    return env_format(env, "%s%s", lines, rest);
}
