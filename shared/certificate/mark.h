/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By what a certificate is known again, in lists, in revocations and in the sessions that it let in: digests,
 * cut to 16 bytes, which nobody can find a second certificate for. Plain data.
 */
#ifndef BEDNET_CERTIFICATE_MARK_H
#define BEDNET_CERTIFICATE_MARK_H

#define BEDNET_MARK_BYTES 16

struct bednet_certificate_mark {
    unsigned char fingerprint[BEDNET_MARK_BYTES]; /* SHA-256 of the DER of the certificate */
    unsigned char key[BEDNET_MARK_BYTES];         /* SHA-256 of the DER of its SubjectPublicKeyInfo */
    unsigned char issued[BEDNET_MARK_BYTES];      /* who issued it under which number: see authority.h */
};

#endif
