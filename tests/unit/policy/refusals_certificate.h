/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with the section `certificate`. As in refusals.h. */
#ifndef BEDNET_TESTS_POLICY_REFUSALS_CERTIFICATE_H
#define BEDNET_TESTS_POLICY_REFUSALS_CERTIFICATE_H

#include "refusals.h"

/* Up to line 5: keys of the section, and of its first entry, begin in line 6. */
#define SECTION                                                                                              \
    VERSION "certificate:\n  authorities: {devices: d.crt, services: s.crt}\n  accept:\n    - {}\n"
#define ENTRY                                                                                                \
    VERSION "certificate:\n  authorities: {devices: d.crt, services: s.crt}\n  accept:\n    - issuer: "      \
            "devices\n"
#define DENY   SECTION "  deny: "
#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#define ONE_OF "(expected exactly one of fingerprint, key, serial)"
#define SHA256 "(expected SHA-256 in 64 hexadecimal digits)"
#define SERIAL "(expected a number above zero, in at most 40 hexadecimal digits)"
#define ENTRIES_33                                                                                           \
    "[{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, "  \
    "{}, {}, {}, {}, {}, {}, {}, {}]"

static const struct refusal certificate_refusals[] = {
    {VERSION "certificate:\n", "p:2:1: certificate has no value (expected a mapping)"},
    {VERSION "certificate: []\n", "p:2:14: certificate is a list (expected a mapping)"},
    {VERSION "certificate: {}\n", "p:2:14: 'accept' is missing in certificate (expected there)"},
    {VERSION "certificate: {acept: [{}]}\n",
     "p:2:15: unknown key 'acept' in certificate (did you mean 'accept'?)\np:2:14: 'accept' is missing in "
     "certificate (expected there)"},
    {VERSION "certificate: {username: x, accept: [{}]}\n",
     "p:2:15: unknown key 'username' in certificate (expected mode, required, authorities, accept, deny, "
     "crl, "
     "on_expiry, token, agree)"},
    {VERSION "certificate: {accept: {}}\n", "p:2:23: accept is a mapping (expected a list of entries)"},
    {VERSION "certificate: {accept: []}\n", "p:2:23: 0 entries in accept (expected 1 to 32)"},
    {VERSION "certificate: {accept: " ENTRIES_33 "}\n", "p:2:23: 33 entries in accept (expected 1 to 32)"},
    {VERSION "certificate: {accept: [devices]}\n",
     "p:2:24: an entry of accept is a string (expected a mapping)"},
    {VERSION "certificate:\n  accept:\n    -\n",
     "p:4:5: an entry of accept has no value (expected a mapping)"},
    {SECTION "  mode: watch\n", "p:6:9: mode is 'watch' (expected enforce or observe)"},
    {SECTION "  required: maybe\n", "p:6:13: required is 'maybe' (expected true or false)"},
    {SECTION "  token: requried\n", "p:6:10: token is 'requried' (did you mean 'required'?)"},
    {SECTION "  token: required\n",
     "p:6:3: 'token: required' without a section jwt (expected one: nobody else "
     "knows whose tokens are good)"},
    {SECTION "  agree: username\n", "p:6:10: agree is a string (expected a list of username, client_id)"},
    {SECTION "  agree: [user]\n", "p:6:11: an agreement is 'user' (expected username or client_id)"},
    {SECTION "  on_expiry: {action: keep, jitter: 30s}\n",
     "p:6:29: 'jitter' beside 'action: keep' (expected it with disconnect only: a session that is kept does "
     "not end)"},
    {SECTION "  accept: [{}]\n", "p:6:3: duplicate key 'accept' (expected it once; the first stands at 4:3)"},
};

static const struct refusal certificate_authorities_refusals[] = {
    {VERSION "certificate: {authorities: [], accept: [{}]}\n",
     "p:2:28: authorities is a list (expected a mapping from names to files)"},
    {VERSION "certificate: {authorities: {}, accept: [{}]}\n", "p:2:28: 0 authorities (expected 1 to 64)"},
    {VERSION "certificate: {authorities: {\"\": a}, accept: [{}]}\n",
     "p:2:29: the name of an authority is empty (expected a name that is not)"},
    {VERSION "certificate: {authorities: devices, accept: [{issuer: a}]}\n",
     "p:2:28: authorities is a string (expected a mapping from names to files)"},
    {VERSION "certificate: {authorities: {a: }, accept: [{issuer: a}]}\n",
     "p:2:29: the file of an authority has no value (expected a string)"},
    {VERSION "certificate: {authorities: {a: [b]}, accept: [{issuer: a}]}\n",
     "p:2:32: the file of an authority is a list (expected a string)"},
    {VERSION "certificate: {authorities: {a: b, a: c}, accept: [{issuer: a}]}\n",
     "p:2:35: duplicate key 'a' (expected it once; the first stands at 2:29)"},
    {VERSION "certificate: {accept: [{issuer: devices}]}\n",
     "p:2:33: issuer without authorities (expected 'devices' and its file in 'authorities')"},
    {VERSION "certificate: {accept: [{issuer: device}], authorities: {devices: a}}\n",
     "p:2:33: unknown authority 'device' (did you mean 'devices'?)"},
    {VERSION "certificate: {accept: [{issuer: other}], authorities: {devices: a}}\n",
     "p:2:33: unknown authority 'other' (expected a name that 'authorities' has)"},
    {VERSION "certificate: {accept: [{issuer: \"\"}], authorities: {devices: a}}\n",
     "p:2:33: issuer is empty (expected a string that is not)"},
    {VERSION "certificate: {accept: [{issuer: [devices]}], authorities: {devices: a}}\n",
     "p:2:33: issuer is a list (expected a string)"},
};

static const struct refusal certificate_match_refusals[] = {
    {ENTRY "      match: cn\n",
     "p:6:14: match is a string (expected a mapping from fields of certificates to patterns)"},
    {ENTRY "      match: {}\n", "p:6:14: 0 fields in match (expected 1 to 4)"},
    {ENTRY "      match: {cn: a, ou: a, o: a, c: a, l: a}\n", "p:6:14: 5 fields in match (expected 1 to 4)"},
    {ENTRY "      match: {cnn: a}\n", "p:6:15: certificates have no field 'cnn' (did you mean 'cn'?)"},
    {ENTRY "      match: {san.udi: a}\n",
     "p:6:15: certificates have no field 'san.udi' (did you mean 'san.uri'?)"},
    {ENTRY "      match: {oid.x: a}\n", "p:6:15: certificates have no field 'oid.x' " FIELDS},
    {ENTRY "      match: {cert.cn: a}\n", "p:6:15: certificates have no field 'cert.cn' " FIELDS},
    {ENTRY "      match: {cn: a, cn: b}\n",
     "p:6:22: duplicate key 'cn' (expected it once; the first stands at 6:15)"},
    {ENTRY "      match: {cn: }\n", "p:6:15: a pattern has no value (expected a string)"},
    {ENTRY "      match: {cn: \"\"}\n", "p:6:19: a pattern is empty (expected a string that is not)"},
    {ENTRY "      match:\n        cn: [a]\n", "p:7:13: a pattern is a list (expected a string)"},
    {ENTRY "      match: {cn: 'a{b'}\n", "p:6:21: a pattern: `{` without its `}`"},
    {ENTRY "      match: {cn: '{a}{b}'}\n", "p:6:23: a pattern: two `{...}` side by side (expected something "
                                            "between them, or nobody knows where one "
                                            "ends)"},
    {ENTRY "      match: {cn: '{a}-{b}', ou: '{b}'}\n",
     "p:6:34: {b} is taken by another pattern of the entry, too (expected a name of its own)"},
    {ENTRY "      match: {cn: '{a}.{b}.{c}.{d}.{e}', ou: '{f}.{g}.{h}.{i}'}\n",
     "p:6:46: the patterns of one entry take too much (expected at most 8 names)"},
};

static const struct refusal certificate_mapping_refusals[] = {
    {ENTRY "      username: ${claim.sub}\n",
     "p:6:17: username uses '${claim.sub}' (expected ${cert.NAME} or ${match.NAME} only: the certificate "
     "vouches for nothing else)"},
    {ENTRY "      client_id: ${client_id}\n",
     "p:6:18: client_id uses '${client_id}' (expected ${cert.NAME} or ${match.NAME} only: the certificate "
     "vouches for nothing else)"},
    {ENTRY "      username: x-${cert.commonname}\n",
     "p:6:19: certificates have no field 'commonname' " FIELDS},
    {ENTRY "      username: ${cert.serialnumber}\n",
     "p:6:17: certificates have no field 'serialnumber' (did you mean 'serial_number'?)"},
    {ENTRY "      username: ${match.device}\n",
     "p:6:17: no pattern takes 'device' (expected {NAME} in a pattern of its entry)"},
    {ENTRY "      client_id: d-${match.devise}\n      match: {cn: '{device}'}\n",
     "p:6:20: no pattern takes 'devise' (did you mean 'device'?)"},
    /* What another entry takes is not known of this one's certificates. */
    {VERSION "certificate:\n  accept:\n    - match: {cn: '{device}'}\n    - username: ${match.device}\n",
     "p:5:17: no pattern takes 'device' (expected {NAME} in a pattern of its entry)"},
    {ENTRY "      username: ${cert.cn\n", "p:6:17: username: `${` without its `}`"},
    {ENTRY "      username:\n", "p:6:7: username has no value (expected a string)"},
    {ENTRY "      roles: device\n", "p:6:14: unknown role 'device' (expected a name that 'roles' has, or "
                                    "${cert.NAME} or ${match.NAME})"},
    {ENTRY "      roles: [devise]\nroles: {device: {}}\n",
     "p:6:15: unknown role 'devise' (did you mean 'device'?)"},
    {ENTRY "      roles: [\"x-${cert.ou}\"]\n",
     "p:6:15: a role is put together from parts (expected a name, or "
     "${cert.NAME} or ${match.NAME} alone)"},
    {ENTRY "      roles: [\"${match.ou}\"]\n",
     "p:6:16: no pattern takes 'ou' (expected {NAME} in a pattern of its entry)"},
    {ENTRY "      roles: [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]\nroles: {a: {}}\n",
     "p:6:14: 17 entries in roles (expected at most 16)"},
    {ENTRY "      match: {cn: '{device}'}\nroles: {r: {allow: {publish: ['a/${match.devise}']}}}\n",
     "p:7:34: no pattern takes 'devise' (did you mean 'device'?)"},
    {ENTRY "      rolls: [a]\n", "p:6:7: unknown key 'rolls' in an entry of accept (did you mean 'roles'?)"},
    {ENTRY "      required: true\n", "p:6:7: unknown key 'required' in an entry of accept (expected issuer, "
                                     "match, username, client_id, roles, "
                                     "key, signature, extended_key_usage, lifetime, allow)"},
};

static const struct refusal certificate_require_refusals[] = {
    {ENTRY "      key: rsa\n", "p:6:12: key is a string (expected a mapping)"},
    {ENTRY "      key: {type: [rsa]}\n", "p:6:13: unknown key 'type' in key (did you mean 'types'?)"},
    {ENTRY "      key: {types: rsa}\n",
     "p:6:20: types is a string (expected a list such as [p256, ed25519])"},
    {ENTRY "      key: {types: []}\n",
     "p:6:20: types is an empty list (expected at least one, or no such key)"},
    {ENTRY "      key: {types: [p255]}\n", "p:6:21: a type is 'p255' (did you mean 'p256'?)"},
    {ENTRY "      key: {types: [dsa, secp256k1]}\n", "p:6:21: a type is 'dsa' (did you mean 'rsa'?)\np:6:26: "
                                                     "a type is 'secp256k1' (expected rsa, p256, p384, "
                                                     "p521, ed25519 or ed448)"},
    {ENTRY "      key: {rsa_bits: 1023}\n",
     "p:6:23: rsa_bits is '1023' (expected a whole number from 1024 to 16384)"},
    {ENTRY "      key: {rsa_bits: 16385}\n",
     "p:6:23: rsa_bits is '16385' (expected a whole number from 1024 to 16384)"},
    {ENTRY "      signature: [md5]\n",
     "p:6:19: a signature is 'md5' (expected sha1, sha256, sha384 or sha512)"},
    {ENTRY "      signature: sha256\n",
     "p:6:18: signature is a string (expected a list such as [sha256, sha384])"},
    {ENTRY "      signature: []\n",
     "p:6:18: signature is an empty list (expected at least one, or no such key)"},
    {ENTRY "      extended_key_usage: []\n",
     "p:6:27: 0 entries in extended_key_usage (expected 1 to 8, or no such key)"},
    {ENTRY "      extended_key_usage: [1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9]\n",
     "p:6:27: 9 entries in extended_key_usage (expected 1 to 8, or no such key)"},
    {ENTRY "      extended_key_usage: [clientAuth]\n",
     "p:6:28: unknown usage 'clientAuth' (did you mean 'client_auth'?)"},
    {ENTRY "      extended_key_usage: [server_auth, 1.3.6., \"1.3\\t\"]\n",
     "p:6:49: a value holds a control character (expected printable UTF-8)\np:6:28: unknown usage "
     "'server_auth' (expected client_auth, or an OID such as 1.3.6.1.5.5.7.3.2)\np:6:41: unknown usage "
     "'1.3.6.' (expected client_auth, or an OID such as 1.3.6.1.5.5.7.3.2)"},
    {ENTRY "      lifetime: 400d\n", "p:6:17: lifetime is a string (expected a mapping)"},
    {ENTRY "      lifetime: {}\n", "p:6:17: 'max' is missing in lifetime (expected there)"},
    {ENTRY "      lifetime: {max: 0s}\n",
     "p:6:23: max is '0s' (expected a duration from 1s to 36500d, such as 30s, 5m, 2h or 7d)"},
    {ENTRY "      lifetime: {max: 36501d}\n",
     "p:6:23: max is '36501d' (expected a duration from 1s to 36500d, such as 30s, 5m, 2h or 7d)"},
    {ENTRY "      allow: []\n", "p:6:14: allow is an empty list (expected at least one, or no such key)"},
    {ENTRY "      allow: {}\n", "p:6:14: allow is a mapping (expected a list of certificates)"},
    {ENTRY "      allow: [{}]\n", "p:6:15: a certificate is listed by 0 things " ONE_OF},
};

static const struct refusal certificate_list_refusals[] = {
    {DENY "all\n", "p:6:9: deny is a string (expected a list of certificates)"},
    {DENY "[" DIGITS "f]\n", "p:6:10: a listed certificate is a string (expected a mapping)"},
    {DENY "[{fingerprint: " DIGITS "f, key: " DIGITS "f}]\n",
     "p:6:10: a certificate is listed by 2 things " ONE_OF},
    {DENY "[{issuer: devices}]\n", "p:6:10: a certificate is listed by 0 things " ONE_OF},
    {DENY "[{fingerprnt: " DIGITS "f}]\n",
     "p:6:11: unknown key 'fingerprnt' in a listed certificate (did you mean 'fingerprint'?)\np:6:10: a "
     "certificate is listed by 0 things " ONE_OF},
    {DENY "[{fingerprint: " DIGITS "}]\n", "p:6:24: fingerprint is '" DIGITS "' " SHA256},
    {DENY "[{fingerprint: " DIGITS "f0}]\n", "p:6:24: fingerprint is '" DIGITS "f0' " SHA256},
    {DENY "[{key: " DIGITS "g}]\n", "p:6:16: key is '" DIGITS "g' " SHA256},
    {DENY "[{key: ':" DIGITS "f'}]\n", "p:6:16: key is ':" DIGITS "f' " SHA256},
    {DENY "[{key: '" DIGITS "f:'}]\n", "p:6:16: key is '" DIGITS "f:' " SHA256},
    {DENY "[{key: '0:" DIGITS "'}]\n", "p:6:16: key is '0:" DIGITS "' " SHA256},
    {DENY "[{key: [a]}]\n", "p:6:16: key is a list (expected a string)"},
    {DENY "[{fingerprint: " DIGITS "f, issuer: devices}]\n",
     "p:6:90: 'issuer' without serial (expected it with a number only: a digest says whose it is)"},
    {DENY "[{serial: 0a}]\n", "p:6:11: serial without issuer (expected the authority that gave the number)"},
    {DENY "[{serial: 0a, issuer: device}]\n", "p:6:31: unknown authority 'device' (did you mean 'devices'?)"},
    {DENY "[{serial: 0x0a, issuer: devices}]\n", "p:6:19: serial is '0x0a' " SERIAL},
    {DENY "[{serial: -1, issuer: devices}]\n", "p:6:19: serial is '-1' " SERIAL},
    {DENY "[{serial: 0a::0b, issuer: devices}]\n", "p:6:19: serial is '0a::0b' " SERIAL},
    {DENY "[{serial: ':', issuer: devices}]\n", "p:6:19: serial is ':' " SERIAL},
    {DENY "[{serial: '0:0', issuer: devices}]\n", "p:6:19: serial is '0:0' " SERIAL},
    {DENY "[{serial: '00:00', issuer: devices}]\n", "p:6:19: serial is '00:00' " SERIAL},
    {DENY "[{serial: 000102030405060708090a0b0c0d0e0f1011121314, issuer: devices}]\n",
     "p:6:19: serial is '000102030405060708090a0b0c0d0e0f1011121314' " SERIAL},
    {DENY "[{serial: \"\", issuer: devices}]\n", "p:6:19: serial is empty (expected a string that is not)"},
};

static const struct refusal certificate_crl_refusals[] = {
    {VERSION "certificate: {accept: [{}], crl: {files: [a]}}\n",
     "p:2:29: crl without authorities (expected 'authorities': a list counts by the signature of its "
     "issuer)"},
    {SECTION "  crl: a.crl\n", "p:6:8: crl is a string (expected a mapping)"},
    {SECTION "  crl: {}\n", "p:6:8: crl has no lists (expected files, folders or both)"},
    {SECTION "  crl: {stale: warn}\n", "p:6:8: crl has no lists (expected files, folders or both)"},
    {SECTION "  crl: {file: a}\n",
     "p:6:9: unknown key 'file' in crl (did you mean 'files'?)\np:6:8: crl has no "
     "lists (expected files, folders or both)"},
    {SECTION "  crl: {files: []}\n", "p:6:16: 0 entries in files (expected 1 to 64)"},
    {SECTION "  crl: {files: }\n", "p:6:9: a file has no value (expected a string)"},
    {SECTION "  crl: {files: [\"\", {a: b}]}\n",
     "p:6:17: a file is empty (expected a string that is not)\np:6:21: a file is a mapping (expected a "
     "string)"},
    {SECTION "  crl: {folders: [[a]]}\n", "p:6:19: a folder is a list (expected a string)"},
    {SECTION "  crl: {files: a, stale: wran}\n", "p:6:26: stale is 'wran' (did you mean 'warn'?)"},
    {SECTION "  crl: {files: a, stale: grace}\n", "p:6:26: stale is 'grace' (expected deny or warn)"},
    {SECTION "  crl: {files: a, stale: {}}\n", "p:6:26: 'grace' is missing in stale (expected there)"},
    {SECTION "  crl: {files: a, stale: {grace: 367d}}\n",
     "p:6:34: grace is '367d' (expected a duration from 1s to 366d, such as 30s, 5m, 2h or 7d)"},
    {SECTION "  crl: {files: a, missing: warn}\n", "p:6:28: missing is 'warn' (expected deny or allow)"},
};

#endif
