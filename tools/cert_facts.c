/* SPDX-License-Identifier: Apache-2.0 */
#include "cert_facts.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

static void read_key(X509 *certificate, struct bednet_cert_facts *out)
{
    static const struct {
        const char *libcrypto, *policy;
    } curves[] = {{SN_X9_62_prime256v1, "p256"}, {SN_secp384r1, "p384"}, {SN_secp521r1, "p521"}};
    char group[64];
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    out->key = "of a kind that libcrypto does not know";
    out->key_bits = 0;
    if (key == NULL)
        return;
    int type = EVP_PKEY_get_base_id(key);
    out->key_bits = EVP_PKEY_get_bits(key);
    out->key = type == EVP_PKEY_RSA       ? "rsa"
               : type == EVP_PKEY_ED25519 ? "ed25519"
               : type == EVP_PKEY_ED448   ? "ed448"
                                          : OBJ_nid2sn(type);
    if (type != EVP_PKEY_EC || EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1)
        return;
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
        if (strcmp(group, curves[i].libcrypto) == 0)
            out->key = curves[i].policy;
}

static const char *signature_of(X509 *certificate)
{
    int digest = NID_undef, key = NID_undef;
    if (X509_get_signature_info(certificate, &digest, &key, NULL, NULL) != 1)
        return "of a kind that libcrypto does not know";
    switch (digest) {
    case NID_sha1:
        return "sha1";
    case NID_sha256:
        return "sha256";
    case NID_sha384:
        return "sha384";
    case NID_sha512:
        return "sha512";
    default:
        return OBJ_nid2sn(digest != NID_undef ? digest : key);
    }
}

static void read_usages(X509 *certificate, struct bednet_cert_facts *out)
{
    EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    out->usage_count = 0;
    for (int i = 0; i < sk_ASN1_OBJECT_num(usages) && out->usage_count < BEDNET_CERT_USAGES_SHOWN; i++) {
        const ASN1_OBJECT *usage = sk_ASN1_OBJECT_value(usages, i);
        char *text = out->usages[out->usage_count++];
        if (OBJ_obj2nid(usage) == NID_client_auth)
            strcpy(text, "client_auth");
        else
            OBJ_obj2txt(text, sizeof out->usages[0], usage, 1);
    }
    EXTENDED_KEY_USAGE_free(usages);
}

void bednet_cert_facts_read(X509 *certificate, struct bednet_cert_facts *out)
{
    read_key(certificate, out);
    out->signature = signature_of(certificate);
    read_usages(certificate, out);
    ERR_clear_error();
}
