/* SPDX-License-Identifier: Apache-2.0 */
/* See issue.h. */
#include "harness/issue.h"
#include "harness/clock.h"
#include "harness/forge.h"
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int release_certificate(void *thing, bool passed)
{
    (void)passed;
    X509_free(thing);
    return 0;
}

static int release_key(void *thing, bool passed)
{
    (void)passed;
    EVP_PKEY_free(thing);
    return 0;
}

/* Every call of libcrypto that must not fail here. */
#define must(done)                                                                                           \
    do {                                                                                                     \
        if (!(done)) {                                                                                       \
            env_fail("%s failed", #done);                                                                    \
        }                                                                                                    \
    } while (0)

static FILE *open_file(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);

    if (!file) {
        env_fail("%s cannot be opened", path);
    }
    return file;
}

static X509 *read_certificate(struct env *env, const char *path)
{
    FILE *file = open_file(path, "r");
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);

    fclose(file);
    must(certificate);
    env_defer(env, release_certificate, certificate);
    return certificate;
}

static EVP_PKEY *read_key(struct env *env, const char *path)
{
    FILE *file = open_file(path, "r");
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);

    fclose(file);
    must(key);
    env_defer(env, release_key, key);
    return key;
}

static size_t length_of(const struct issue_value *value)
{
    return value->length ? value->length : strlen(value->bytes);
}

/* X509_NAME_add_entry checks lengths that a hostile authority would not. */
static void add_attribute(X509_NAME *subject, const struct issue_value *value)
{
    int type = value->type ? value->type : V_ASN1_UTF8STRING;
    X509_NAME_ENTRY *entry =
        X509_NAME_ENTRY_create_by_NID(NULL, value->kind, V_ASN1_UTF8STRING, (const unsigned char *)"x", 1);
    ASN1_STRING *string = ASN1_STRING_type_new(type);

    must(entry && string && ASN1_STRING_set(string, value->bytes, (int)length_of(value)));
    ASN1_STRING_copy(X509_NAME_ENTRY_get_data(entry), string);
    must(X509_NAME_add_entry(subject, entry, -1, 0));
    ASN1_STRING_free(string);
    X509_NAME_ENTRY_free(entry);
}

static void set_subject(X509 *certificate, const struct issue_options *options)
{
    X509_NAME *subject = X509_NAME_new();

    must(subject);
    add_attribute(subject, &(const struct issue_value){NID_organizationName, "Acme", 0, 0});
    if (options->ou) {
        add_attribute(subject, &(const struct issue_value){NID_organizationalUnitName, options->ou, 0, 0});
    }
    if (options->cn) {
        add_attribute(subject, &(const struct issue_value){NID_commonName, options->cn, 0, 0});
    }
    for (const struct issue_value *value = options->more; value && value->kind; value++) {
        add_attribute(subject, value);
    }
    must(X509_set_subject_name(certificate, subject));
    X509_NAME_free(subject);
}

static void add_name(GENERAL_NAMES *names, const struct issue_value *value)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_STRING *string = ASN1_STRING_type_new(value->kind == GEN_IPADD ? V_ASN1_OCTET_STRING
                                               : value->type            ? value->type
                                                                        : V_ASN1_IA5STRING);

    must(name && string && ASN1_STRING_set(string, value->bytes, (int)length_of(value)));
    GENERAL_NAME_set0_value(name, value->kind, string);
    must(sk_GENERAL_NAME_push(names, name));
}

static void set_names(X509 *certificate, const struct issue_options *options)
{
    GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();

    must(names);
    if (options->uri) {
        add_name(names, &(const struct issue_value){GEN_URI, options->uri, 0, 0});
    }
    if (options->dns) {
        add_name(names, &(const struct issue_value){GEN_DNS, options->dns, 0, 0});
    }
    for (const struct issue_value *value = options->names; value && value->kind; value++) {
        add_name(names, value);
    }
    if (sk_GENERAL_NAME_num(names) > 0) {
        must(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0) == 1);
    }
    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
}

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);

    must(extension && X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
}

static void add_own_extension(X509 *certificate, const char *oid, const char *text)
{
    ASN1_UTF8STRING *string = ASN1_UTF8STRING_new();
    ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    unsigned char *der = NULL;

    must(string && octets && object && ASN1_STRING_set(string, text, -1));
    int length = i2d_ASN1_UTF8STRING(string, &der);
    must(length > 0 && ASN1_OCTET_STRING_set(octets, der, length));
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, octets);
    must(extension && X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
    OPENSSL_free(der);
    ASN1_OBJECT_free(object);
    ASN1_OCTET_STRING_free(octets);
    ASN1_UTF8STRING_free(string);
}

static void set_times(ASN1_TIME *from, ASN1_TIME *until, long from_s, long until_s)
{
    time_t now = (time_t)clock_now();
    bool said = from_s != 0 || until_s != 0;

    must(ASN1_TIME_set(from, now + (said ? from_s : -3600)));
    must(ASN1_TIME_set(until, now + (said ? until_s : 24L * 3600)));
}

static void set_serial(X509 *certificate)
{
    unsigned char bytes[16];
    BIGNUM *number;

    must(RAND_bytes(bytes, sizeof(bytes)) == 1);
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    must(number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)));
    BN_free(number);
}

static void sign(X509 *certificate, EVP_PKEY *key, const char *digest)
{
    bool hashes = EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519;

    must(X509_sign(certificate, key, hashes ? EVP_get_digestbyname(digest ? digest : "SHA256") : NULL));
}

/* The certificate, its issuer's behind it, and its key. */
static const struct tls_identity *store(struct env *env, const char *name, X509 *certificate, X509 *issuer,
                                        EVP_PKEY *key)
{
    const struct tls_identity *identity = pki_identity(env, name);
    FILE *file = open_file(identity->certificate, "w");

    must(PEM_write_X509(file, certificate) == 1 && PEM_write_X509(file, issuer) == 1);
    fclose(file);
    file = open_file(identity->key, "w");
    must(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
    fclose(file);
    return identity;
}

const struct tls_identity *issue_of(struct env *env, const struct issue_options *options)
{
    const struct tls_identity *by = pki_identity(env, options->by ? options->by : "device-ca");
    X509 *issuer = read_certificate(env, by->certificate);
    EVP_PKEY *issuer_key = read_key(env, by->key);
    EVP_PKEY *key = forge_key(env, options->key ? options->key : "P-256", options->bits);
    X509 *certificate = X509_new();

    must(certificate);
    env_defer(env, release_certificate, certificate);
    must(X509_set_version(certificate, X509_VERSION_3));
    set_serial(certificate);
    must(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)));
    set_times(X509_getm_notBefore(certificate), X509_getm_notAfter(certificate), options->from_s,
              options->until_s);
    set_subject(certificate, options);
    must(X509_set_pubkey(certificate, key));
    add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
    if (!options->usage || *options->usage) {
        add_extension(certificate, issuer, NID_ext_key_usage, options->usage ? options->usage : "clientAuth");
    }
    set_names(certificate, options);
    if (options->oid) {
        add_own_extension(certificate, options->oid, options->oid_text);
    }
    sign(certificate, issuer_key, options->digest);
    return store(env, options->name, certificate, issuer, key);
}

static const char *hex_of(struct env *env, const unsigned char *bytes, size_t length)
{
    char *text = env_alloc(env, 2 * length + 1);

    for (size_t i = 0; i < length; i++) {
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    return text;
}

const char *issue_fingerprint(struct env *env, const struct tls_identity *identity)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    must(X509_digest(read_certificate(env, identity->certificate), EVP_sha256(), digest, &length));
    return hex_of(env, digest, length);
}

const char *issue_key_digest(struct env *env, const struct tls_identity *identity)
{
    unsigned char digest[EVP_MAX_MD_SIZE], *der = NULL;
    unsigned length = 0;
    int bytes = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(read_certificate(env, identity->certificate)), &der);

    must(bytes > 0 && EVP_Digest(der, (size_t)bytes, digest, &length, EVP_sha256(), NULL));
    OPENSSL_free(der);
    return hex_of(env, digest, length);
}

const char *issue_serial(struct env *env, const struct tls_identity *identity)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(read_certificate(env, identity->certificate));

    return hex_of(env, ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
}

static void revoke(X509_CRL *list, const ASN1_INTEGER *serial)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)clock_now() - 60);

    /* The type of OpenSSL 3.0's parameter predates const. */
    ASN1_INTEGER *copy = ASN1_INTEGER_dup(serial);
    must(entry && when && copy && X509_REVOKED_set_serialNumber(entry, copy));
    must(X509_REVOKED_set_revocationDate(entry, when) && X509_CRL_add0_revoked(list, entry));
    ASN1_INTEGER_free(copy);
    ASN1_TIME_free(when);
}

/* Numbers of eight bytes, which none of our certificates has. */
static void revoke_others(X509_CRL *list, size_t count)
{
    ASN1_INTEGER *serial = ASN1_INTEGER_new();

    must(serial);
    for (size_t i = 0; i < count; i++) {
        must(ASN1_INTEGER_set_uint64(serial, 0x4000000000000000 + i * 0x9e3779b97));
        revoke(list, serial);
    }
    ASN1_INTEGER_free(serial);
}

static void number_list(X509_CRL *list)
{
    static long last; /* each is newer than all before */
    ASN1_INTEGER *number = ASN1_INTEGER_new();

    must(number && ASN1_INTEGER_set(number, 0x2000 + ++last));
    must(X509_CRL_add1_ext_i2d(list, NID_crl_number, number, 0, 0) == 1);
    ASN1_INTEGER_free(number);
}

static X509_CRL *make_list(struct env *env, const struct issue_list_options *options)
{
    const char *by = options->by ? options->by : "device-ca";
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_new(), *until = ASN1_TIME_new();

    must(list && from && until && X509_CRL_set_version(list, X509_CRL_VERSION_2));
    must(X509_CRL_set_issuer_name(
        list, X509_get_subject_name(read_certificate(env, pki_identity(env, by)->certificate))));
    set_times(from, until, options->from_s, options->until_s);
    must(X509_CRL_set1_lastUpdate(list, from) && X509_CRL_set1_nextUpdate(list, until));
    for (const struct tls_identity *const *one = options->revoked; one && *one; one++) {
        revoke(list, X509_get0_serialNumber(read_certificate(env, (*one)->certificate)));
    }
    revoke_others(list, options->others);
    number_list(list);
    must(X509_CRL_sort(list));
    must(X509_CRL_sign(list, read_key(env, pki_identity(env, options->signer ? options->signer : by)->key),
                       EVP_sha256()));
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    return list;
}

void issue_list_of(struct env *env, const struct issue_list_options *options)
{
    const char *path = pki_file(env, options->path);
    const char *fresh = env_format(env, "%s/.new.crl", pki_folder(env));
    X509_CRL *list = make_list(env, options);
    FILE *file = open_file(fresh, "w");

    must((options->der ? i2d_X509_CRL_fp(file, list) : PEM_write_X509_CRL(file, list)) == 1);
    must(fclose(file) == 0 && rename(fresh, path) == 0);
    X509_CRL_free(list);
}
