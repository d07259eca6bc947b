/* SPDX-License-Identifier: Apache-2.0 */
/* The files that an issuer names: found, judged, read and parsed. */
#include "core/file.h"
#include "policy/build.h"

#define CERTIFICATES_BYTES_MAX (4 * 1024 * 1024)

struct bednet_text bednet_build_resolve(struct bednet_build *build, struct bednet_text file)
{
    struct bednet_text policy = build->policy->path;
    const char *slash = memrchr(policy.ptr, '/', policy.len);
    size_t folder = slash != NULL && file.ptr[0] != '/' ? (size_t)(slash - policy.ptr) + 1 : 0;
    char *path = bednet_build_array(build, folder + file.len + 1, 1);
    if (path == NULL)
        return (struct bednet_text){NULL, 0};
    memcpy(path, policy.ptr, folder);
    memcpy(path + folder, file.ptr, file.len);
    return (struct bednet_text){path, folder + file.len};
}

void bednet_build_check_certificates(struct bednet_build *build, const struct bednet_node *node,
                                     struct bednet_text path)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    struct bednet_file content = {0};
    char fault[BEDNET_FILE_FAULT_BYTES];
    enum bednet_status status = bednet_file_read(path.ptr, CERTIFICATES_BYTES_MAX, &content, fault);
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&build->report);
    else if (status != BEDNET_OK)
        bednet_report_error(&build->report, node->source, "the ca_file '%.128s': %s", path.ptr, fault);
    else if (memmem(content.bytes, content.length, begin, sizeof begin - 1) == NULL)
        bednet_report_error(&build->report, node->source,
                            "the ca_file '%.128s' holds no certificate (expected PEM: %s)", path.ptr, begin);
    bednet_file_free(&content);
}

static const struct bednet_keyring *parse(struct bednet_build *build, const struct bednet_node *node,
                                          const char *path, const struct bednet_file *file,
                                          unsigned algorithms)
{
    struct bednet_keyring *keyring = NULL;
    if (file->world_readable && (algorithms & BEDNET_ALG_HS) != 0)
        bednet_report_warning(
            &build->report, node->source,
            "the key file '%.128s' may be read by anybody (expected mode 0640 or less: whoever "
            "reads a secret can make tokens)",
            path);
    enum bednet_status status = bednet_keyring_from_file(
        path, (struct bednet_text){file->bytes, file->length}, algorithms, build->report.diag, &keyring);
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&build->report);
    else if (status != BEDNET_OK)
        bednet_report_error(
            &build->report, node->source,
            "the key file '%.128s' is not usable (expected a JWK Set, a JWK or PEM with at least one key)",
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
    struct bednet_text path = bednet_build_resolve(build, file->text);
    if (path.ptr == NULL)
        return NULL;
    enum bednet_status status = bednet_file_read(path.ptr, BEDNET_JWKS_BYTES_MAX, &content, fault);
    if (status == BEDNET_NOMEM)
        bednet_report_nomem(&build->report);
    else if (status != BEDNET_OK)
        bednet_report_error(&build->report, file->source, "the key file '%.128s': %s", path.ptr, fault);
    else
        keyring = parse(build, file, path.ptr, &content, algorithms);
    bednet_file_free(&content);
    return keyring;
}
