/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a file of revocations, and every word that is said about it. As in refusals.h. */
#ifndef BEDNET_TESTS_POLICY_REFUSALS_REVOCATIONS_H
#define BEDNET_TESTS_POLICY_REFUSALS_REVOCATIONS_H

struct list_refusal {
    const char *yaml;
    const char *told;
};

#define TIME   "(expected a UTC time such as 2026-11-22T00:00:00Z, or seconds since 1970)"
#define NARROW "(expected jti, sub or client_id, or issuer and issued_before)"

static const struct list_refusal list_refusals[] = {
    {"", "p:1:1: the file is empty (expected a mapping with 'revoked:')"},
    {"# nothing\n", "p:1:1: the file is empty (expected a mapping with 'revoked:')"},
    {"revoked\n", "p:1:1: the file of revocations is a string (expected a mapping)"},
    {"- jti: a\n", "p:1:1: the file of revocations is a list (expected a mapping)"},
    {"{}\n", "p:1:1: 'revoked' is missing in the file of revocations (expected there)"},
    {"revoked:\n", "p:1:1: revoked has no value (expected a list of entries, [] where there are none)"},
    {"revoked: {}\n", "p:1:10: revoked is a mapping (expected a list of entries, [] where there are none)"},
    {"revoked: {jti: a}\n",
     "p:1:10: revoked is a mapping (expected a list of entries, [] where there are none)"},
    {"revoked: a\n", "p:1:10: revoked is a string (expected a list of entries, [] where there are none)"},
    {"revoked: []\nrevoked: []\n",
     "p:2:1: duplicate key 'revoked' (expected it once; the first stands at 1:1)"},
    {"revoke: []\n", "p:1:1: unknown key 'revoke' in the file of revocations (did you mean "
                     "'revoked'?)\np:1:1: 'revoked' is missing in the file of revocations (expected there)"},
    {"revoke:\n  - jti: a\n",
     "p:1:1: unknown key 'revoke' in the file of revocations (did you mean 'revoked'?)\np:1:1: 'revoked' is "
     "missing in the file of revocations (expected there)"},
    {"revoked: []\nbednet: 1\n", "p:2:1: unknown key 'bednet' in the file of revocations (expected revoked)"},
    {"revoked:\n  - \n", "p:2:3: an entry has no value (expected a mapping)"},
    {"revoked:\n  - a\n", "p:2:5: an entry is a string (expected a mapping)"},
    {"revoked:\n  - [a]\n", "p:2:5: an entry is a list (expected a mapping)"},
    {"revoked:\n  - {}\n", "p:2:5: an entry says nothing " NARROW},
    {"revoked:\n  - {issuer: https://id}\n", "p:2:5: an entry says nothing but the issuer " NARROW},
    {"revoked:\n  - {issued_before: 5}\n", "p:2:5: an entry says nothing but issued_before " NARROW},
    {"revoked:\n  - {jti: }\n", "p:2:6: jti has no value (expected a string)"},
    {"revoked:\n  - {jti: ''}\n", "p:2:11: jti is empty (expected a string that is not)"},
    {"revoked:\n  - {jti: [a]}\n", "p:2:11: jti is a list (expected a string)"},
    {"revoked:\n  - {jtis: a}\n", "p:2:6: unknown key 'jtis' in an entry (did you mean 'jti'?)"},
    {"revoked:\n  - {jti: a, jti: b}\n",
     "p:2:14: duplicate key 'jti' (expected it once; the first stands at 2:6)"},
    {"revoked:\n  - {jti: a, reason: lost}\n",
     "p:2:14: unknown key 'reason' in an entry (expected issuer, jti, sub, client_id, issued_before)"},
    {"revoked:\n  - {issuer: i, issued_before: }\n", "p:2:17: issued_before has no value " TIME},
    {"revoked:\n  - {issuer: i, issued_before: 'yesterday'}\n", "p:2:32: issued_before is 'yesterday' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '2026-11-22'}\n",
     "p:2:32: issued_before is '2026-11-22' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '2026-11-22T00:00:00'}\n",
     "p:2:32: issued_before is '2026-11-22T00:00:00' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '2026-11-22T00:00:00+0100'}\n",
     "p:2:32: issued_before is '2026-11-22T00:00:00+0100' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '2026-11-22T00:00:00.5Z'}\n",
     "p:2:32: issued_before is '2026-11-22T00:00:00.5Z' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '2026-11-22 00:00:00Z'}\n",
     "p:2:32: issued_before is '2026-11-22 00:00:00Z' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '2026-02-29T00:00:00Z'}\n",
     "p:2:32: issued_before is '2026-02-29T00:00:00Z' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '2026-13-01T00:00:00Z'}\n",
     "p:2:32: issued_before is '2026-13-01T00:00:00Z' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '2026-11-22T24:00:00Z'}\n",
     "p:2:32: issued_before is '2026-11-22T24:00:00Z' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '2026-11-22T00:00:60Z'}\n",
     "p:2:32: issued_before is '2026-11-22T00:00:60Z' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '1969-12-31T23:59:59Z'}\n",
     "p:2:32: issued_before is '1969-12-31T23:59:59Z' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '-1'}\n", "p:2:32: issued_before is '-1' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '1.5'}\n", "p:2:32: issued_before is '1.5' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '253402300800'}\n",
     "p:2:32: issued_before is '253402300800' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '2026-11-2xT00:00:00Z'}\n",
     "p:2:32: issued_before is '2026-11-2xT00:00:00Z' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '2026-00-10T00:00:00Z'}\n",
     "p:2:32: issued_before is '2026-00-10T00:00:00Z' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '2026-04-31T00:00:00Z'}\n",
     "p:2:32: issued_before is '2026-04-31T00:00:00Z' " TIME},
    {"revoked:\n  - {issuer: i, issued_before: '20261122T000000Z00000'}\n",
     "p:2:32: issued_before is '20261122T000000Z00000' " TIME},
    {"revoked:\n  - jti: a\n  - b\n  - {sub: x, foo: y}\n  - {issuer: z}\nmore: 1\n",
     "p:3:5: an entry is a string (expected a mapping)\np:4:14: unknown key 'foo' in an entry (expected "
     "issuer, jti, sub, client_id, issued_before)\np:5:5: an entry says nothing but the issuer " NARROW
     "\np:6:1: unknown key 'more' in the file of revocations (expected revoked)"},
    {"revoked:\n  - *a\n",
     "p:2:5: an alias is not supported (expected plain values only; quote a '*' that is meant)"},
    {"revoked:\n  - !x {jti: a}\n", "p:2:5: a tag is not supported (expected plain values only)"},
    {"revoked: [jti: a, jti]\n", "p:1:19: an entry is a string (expected a mapping)"},
    {"revoked:\n  - {jti: a}}\n",
     "p:2:13: YAML syntax: flow mapping with invalid extra closing brace (expected valid YAML)"},
    {"? [a]\n: b\n", "p:1:1: '?' before a key (expected the key alone, and a colon)"},
    {"? - a\n: - b\n", "p:1:1: '?' before a key (expected the key alone, and a colon)"},
    {"revoked:\n  -\n    -\n", "p:3:5: an entry is a list (expected a mapping)"},
    {"revoked:\n  - jti: |\n      a\n",
     "p:3:1: a value goes on over several lines (expected it on one line)"},
};

#endif
