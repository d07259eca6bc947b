/* SPDX-License-Identifier: Apache-2.0 */
/* The key file that an issuer names: found, judged, read and parsed. */
#include "policy/build.h"
#include "policy/load.h"

#include <stdio.h>
#include <stdlib.h>

/* `file`, taken from the policy's folder unless it is absolute; NULL without memory. Owned by the caller. */
static char *resolve(struct bednet_text policy, struct bednet_text file)
{
    const char *slash = memrchr(policy.ptr, '/', policy.len);
    size_t folder = slash != NULL && file.ptr[0] != '/' ? (size_t)(slash - policy.ptr) + 1 : 0;
    char *path = malloc(folder + file.len + 1);
    if (path == NULL)
        return NULL;
    memcpy(path, policy.ptr, folder);
    memcpy(path + folder, file.ptr, file.len);
    path[folder + file.len] = '\0';
    return path;
}

static const struct bednet_keyring *parse(struct bednet_build *build, const struct bednet_node *node,
                                          const char *path, const struct bednet_file *file,
                                          unsigned algorithms)
{
    struct bednet_keyring *keyring = NULL;
    if (file->world_readable && (algorithms & BEDNET_ALG_HS256) != 0)
        bednet_report_warning(
            &build->report, node->source,
            "the key file '%.128s' may be read by anybody (expected mode 0640 or less: whoever "
            "reads an HS256 key can make tokens)",
            path);
    enum bednet_status status = bednet_keyring_from_jwks(
        path, (struct bednet_text){file->bytes, file->length}, algorithms, build->report.diag, &keyring);
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&build->report);
    else if (status != BEDNET_OK)
        bednet_report_error(&build->report, node->source,
                            "the key file '%.128s' is not usable (expected a JWK Set with at least one key)",
                            path);
    if (status != BEDNET_OK)
        return NULL;
    build->owned->keyrings[build->owned->keyring_count++] = keyring;
    return keyring;
}

const struct bednet_keyring *bednet_build_keyring(struct bednet_build *build, const struct bednet_node *file,
                                                  unsigned algorithms)
{
    const struct bednet_keyring *keyring = NULL;
    struct bednet_file content = {0};
    char fault[BEDNET_FILE_FAULT_BYTES];
    char *path = resolve(build->policy->path, file->text);
    enum bednet_status status =
        path != NULL ? bednet_file_read(path, BEDNET_JWKS_BYTES_MAX, &content, fault) : BEDNET_NOMEM;
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&build->report);
    else if (status != BEDNET_OK)
        bednet_report_error(&build->report, file->source, "the key file '%.128s': %s", path, fault);
    else
        keyring = parse(build, file, path, &content, algorithms);
    bednet_file_free(&content);
    free(path);
    return keyring;
}
