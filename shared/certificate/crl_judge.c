/* SPDX-License-Identifier: Apache-2.0 */
/* Whether one list may stand for its issuer: whose it is, what kind it is, from when, and who signed it. */
#include "certificate/crl_internal.h"

#include <openssl/x509v3.h>
#include <time.h>

/* What becomes of a list. */
enum fate { TAKEN, LEFT_OUT, REFUSED };

static enum fate refused(bool no)
{
    return no ? TAKEN : REFUSED;
}

static enum fate judge_owner(struct bednet_crl_reading *reading, const X509_NAME *issuer)
{
    static const char stranger[] = "the list is of \"%s\" (expected the subject of one of the authorities)";
    char name[BEDNET_CRL_NAME_BYTES];
    if (bednet_authority_of(reading->authorities, issuer, 0) != BEDNET_AUTHORITY_NONE)
        return TAKEN;
    bednet_crl_name(issuer, name);
    if (!reading->in_folder)
        return refused(bednet_crl_refuse(reading, BEDNET_INVALID, stranger, name));
    bednet_crl_warn(reading, "left out: the list is of \"%s\", which is none of the authorities", name);
    return LEFT_OUT;
}

/* Most of these would be right for some certificates and wrong for others. */
static enum fate judge_scope(struct bednet_crl_reading *reading, const ISSUING_DIST_POINT *scope)
{
    const char *what = NULL;
    if (scope->indirectCRL > 0)
        what = "it is indirect";
    else if (scope->onlysomereasons != NULL)
        what = "it is for some reasons only";
    else if (scope->onlyattr > 0)
        what = "it is for attribute certificates only";
    else if (scope->distpoint != NULL)
        what = "it is of one distribution point only";
    else if (scope->onlyuser > 0 && scope->onlyCA > 0)
        what = "it says that it is for no certificates at all";
    if (what != NULL)
        return refused(bednet_crl_refuse(reading, BEDNET_INVALID,
                                         "%s (expected a complete list of all certificates of its issuer)",
                                         what));
    if (scope->onlyCA > 0) {
        bednet_crl_warn(reading, "left out: the list is for certificates of authorities only");
        return LEFT_OUT;
    }
    return TAKEN;
}

/* Extensions that are there once and well-formed, or not at all. */
static bool read_extension(struct bednet_crl_reading *reading, const X509_CRL *crl, int nid, void **out)
{
    int critical;
    *out = X509_CRL_get_ext_d2i(crl, nid, &critical, NULL);
    return *out != NULL || critical == -1 ||
           bednet_crl_refuse(reading, BEDNET_INVALID,
                             "its extension %s is malformed or there twice (expected it once)",
                             OBJ_nid2sn(nid));
}

static bool is_known(int nid)
{
    return nid == NID_authority_key_identifier || nid == NID_crl_number ||
           nid == NID_issuing_distribution_point;
}

static bool judge_extensions(struct bednet_crl_reading *reading, const X509_CRL *crl)
{
    for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
        X509_EXTENSION *extension = X509_CRL_get_ext(crl, i);
        const ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
        char name[80];
        if (OBJ_obj2nid(object) == NID_delta_crl)
            return bednet_crl_refuse(reading, BEDNET_INVALID, "it is a delta list (expected a complete one)");
        if (is_known(OBJ_obj2nid(object)) || X509_EXTENSION_get_critical(extension) == 0)
            continue;
        OBJ_obj2txt(name, sizeof name, object, 0);
        return bednet_crl_refuse(reading, BEDNET_INVALID,
                                 "its critical extension %s is unknown (expected none that is)", name);
    }
    return true;
}

static enum fate judge_kind(struct bednet_crl_reading *reading, const X509_CRL *crl,
                            struct bednet_crl_list *list)
{
    void *scope = NULL, *number = NULL;
    enum fate fate = TAKEN;
    if (X509_CRL_get_version(crl) > X509_CRL_VERSION_2 || X509_CRL_get_version(crl) < 0)
        return refused(bednet_crl_refuse(reading, BEDNET_INVALID,
                                         "its version is %ld (expected 0 for 1, or 1 for 2)",
                                         X509_CRL_get_version(crl)));
    if (!judge_extensions(reading, crl) ||
        !read_extension(reading, crl, NID_issuing_distribution_point, &scope))
        return REFUSED;
    if (scope != NULL)
        fate = judge_scope(reading, scope);
    ISSUING_DIST_POINT_free(scope);
    if (fate == TAKEN && !read_extension(reading, crl, NID_crl_number, &number))
        fate = REFUSED;
    list->number = number;
    return fate;
}

/* X509_cmp_time takes no form but those of RFC 5280 section 5.1.2.4; what it says of the time is of no use.
 */
static bool read_time(const ASN1_TIME *time, int64_t *out_s)
{
    time_t any = 0;
    struct tm parts;
    if (X509_cmp_time(time, &any) == 0 || ASN1_TIME_to_tm(time, &parts) != 1)
        return false;
    *out_s = timegm(&parts);
    return true;
}

static bool judge_times(struct bednet_crl_reading *reading, const X509_CRL *crl, struct bednet_crl_list *list)
{
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);
    if (!read_time(X509_CRL_get0_lastUpdate(crl), &list->this_update_s) ||
        (next != NULL && !read_time(next, &list->next_update_s)))
        return bednet_crl_refuse(reading, BEDNET_INVALID,
                                 "its times are none (expected thisUpdate and nextUpdate as RFC 5280 has "
                                 "them)");
    if (list->this_update_s > reading->now_s + BEDNET_CRL_EARLY_S)
        return bednet_crl_refuse(reading, BEDNET_INVALID,
                                 "its thisUpdate is in the future (expected a list that is valid, and clocks "
                                 "that are right)");
    if (next != NULL && list->next_update_s <= list->this_update_s)
        return bednet_crl_refuse(reading, BEDNET_INVALID,
                                 "its nextUpdate is not after its thisUpdate (expected it to be)");
    if (next == NULL)
        bednet_crl_warn(reading, "the list has no nextUpdate: nobody will notice when it is out of date");
    return true;
}

/* Any authority of the name will do: one that changes its key has two certificates. */
static bool judge_signature(struct bednet_crl_reading *reading, X509_CRL *crl)
{
    const X509_NAME *issuer = X509_CRL_get_issuer(crl);
    bool may_sign = false;
    for (size_t i = bednet_authority_of(reading->authorities, issuer, 0); i != BEDNET_AUTHORITY_NONE;
         i = bednet_authority_of(reading->authorities, issuer, i + 1)) {
        X509 *authority = bednet_authority_certificate(reading->authorities, i);
        /* Without the extension a key may be used for everything, and this function says so. */
        if ((X509_get_key_usage(authority) & KU_CRL_SIGN) == 0)
            continue;
        may_sign = true;
        EVP_PKEY *key = X509_get0_pubkey(authority);
        if (key != NULL && X509_CRL_verify(crl, key) == 1)
            return true;
    }
    char name[BEDNET_CRL_NAME_BYTES];
    bednet_crl_name(issuer, name);
    if (!may_sign)
        return bednet_crl_refuse(reading, BEDNET_INVALID,
                                 "the list is of \"%s\", which may not sign lists (expected an authority "
                                 "whose keyUsage has cRLSign)",
                                 name);
    return bednet_crl_refuse(reading, BEDNET_INVALID, "its signature is not right (expected that of \"%s\")",
                             name);
}

bool bednet_crl_judge(struct bednet_crl_reading *reading, X509_CRL *crl, struct bednet_crl_list *out)
{
    struct bednet_crl_list list = {0};
    const X509_NAME *issuer = X509_CRL_get_issuer(crl);
    enum fate fate = judge_owner(reading, issuer);
    if (fate == TAKEN)
        fate = judge_kind(reading, crl, &list);
    if (fate == TAKEN && (!judge_times(reading, crl, &list) || !judge_signature(reading, crl)))
        fate = REFUSED;
    if (fate == TAKEN) {
        list.issuer = X509_NAME_dup(issuer);
        if (list.issuer == NULL)
            fate = refused(bednet_crl_out_of_memory(reading));
    }
    if (fate == TAKEN)
        *out = list;
    else
        bednet_crl_list_clear(&list);
    return fate != REFUSED;
}
