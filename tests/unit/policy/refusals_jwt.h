/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with the section `jwt`: sources of keys, URLs, claims, and what holds for all issuers. As in
 * refusals.h.
 */
#ifndef BEDNET_TESTS_POLICY_REFUSALS_JWT_H
#define BEDNET_TESTS_POLICY_REFUSALS_JWT_H

#include "refusals.h"

#define KEYS VERSION "jwt:\n  issuers:\n    - issuer: https://id\n      algorithms: [ES256]\n      keys: "
#define HOST "has no host that everybody reads alike (expected a name, a full IPv4 address or [IPv6])"
#define USER "holds a user name or password (expected none: keys are public, and the policy is read by many)"
#define AFAR                                                                                                 \
    "is http:// to another machine (expected https://; plain_http is for 127.0.0.0/8, [::1] and localhost "  \
    "only)"
#define PLAIN   "is http:// (expected https://, or beside it plain_http: true for a server on this machine)"
#define FOREIGN "holds a character that URLs do not have (expected it as %XX)"
#define PORT    "(expected a number from 1 to 65535 after the colon)"
#define FETCHED "(expected it with url or discovery only: a file is read with the policy)"
#define BARE    "(expected it without 'claim.' and '${...}')"

static const struct refusal jwt_keys_refusals[] = {
    {KEYS "{}\n", "p:6:13: keys has no source (expected exactly one of file, url, discovery: true)"},
    {KEYS "{discovery: false}\n",
     "p:6:13: keys has no source (expected exactly one of file, url, discovery: true)"},
    {KEYS "{refresh: 10m}\n",
     "p:6:13: keys has no source (expected exactly one of file, url, discovery: true)"},
    {KEYS "{files: k}\n", "p:6:14: unknown key 'files' in keys (did you mean 'file'?)"},
    {KEYS "{url: }\n", "p:6:14: url has no value (expected a string)"},
    {KEYS "{discovery: yes}\n", "p:6:25: discovery is 'yes' (expected true or false)"},
    {KEYS "{file: k, url: https://id/k}\n",
     "p:6:23: 'url' beside 'file' in keys (expected exactly one of file, url, discovery)"},
    {KEYS "{url: https://id/k, discovery: true}\n",
     "p:6:33: 'discovery' beside 'url' in keys (expected exactly one of file, url, discovery)"},
    {KEYS "{discovery: true, url: https://id/k, file: k}\n",
     "p:6:31: 'url' beside 'file' in keys (expected exactly one of file, url, discovery)\np:6:14: "
     "'discovery' beside 'file' in keys (expected exactly one of file, url, discovery)"},
    {KEYS "{file: k, refresh: 10m, stale: 1d, ca_file: ca.pem, plain_http: true}\n",
     "p:6:23: 'refresh' beside 'file' in keys " FETCHED "\np:6:37: 'stale' beside 'file' in keys " FETCHED
     "\np:6:48: 'ca_file' beside 'file' in keys " FETCHED
     "\np:6:65: 'plain_http' beside 'file' in keys " FETCHED},
    {KEYS "{url: https://id/k, refresh: 59s}\n",
     "p:6:42: refresh is '59s' (expected a duration from 1m to 1d, such as 30s, 5m, 2h or 7d)"},
    {KEYS "{url: https://id/k, refresh: 25h}\n",
     "p:6:42: refresh is '25h' (expected a duration from 1m to 1d, such as 30s, 5m, 2h or 7d)"},
    {KEYS "{url: https://id/k, refresh: 10}\n",
     "p:6:42: refresh is '10' (expected a duration from 1m to 1d, such as 30s, 5m, 2h or 7d)"},
    {KEYS "{url: https://id/k, stale: 31d}\n",
     "p:6:40: stale is '31d' (expected a duration from 1m to 30d, such as 30s, 5m, 2h or 7d)"},
    {KEYS "{url: https://id/k, stale: 5m}\n",
     "p:6:33: stale is shorter than refresh (expected at least as long: keys would be thrown away before "
     "they are asked for again)"},
    {KEYS "{url: https://id/k, stale: 1h, refresh: 2h}\n",
     "p:6:33: stale is shorter than refresh (expected at least as long: keys would be thrown away before "
     "they are asked for again)"},
    {KEYS "{url: https://id/k, ca_file: }\n", "p:6:33: ca_file has no value (expected a string)"},
    {KEYS "{url: https://id/k, plain_http: 1}\n", "p:6:45: plain_http is '1' (expected true or false)"},
    {KEYS "{url: [https://id/k]}\n", "p:6:19: url is a list (expected a string)"},
    {VERSION "jwt:\n  issuers:\n    - issuer: https://id\n      algorithms: [ES256, HS384, HS256]\n      "
             "keys: {url: https://id/k}\n",
     "p:5:27: 'HS384' with keys that are fetched (expected a file: a secret does not belong behind a URL)"},
    {VERSION
     "jwt:\n  issuers:\n    - issuer: https://id\n      algorithms: [HS512]\n      keys: {discovery: true}\n",
     "p:5:20: 'HS512' with keys that are fetched (expected a file: a secret does not belong behind a URL)"},
    {VERSION "jwt:\n  issuers:\n    - issuer: accounts.example\n      algorithms: [ES256]\n      keys: "
             "{discovery: true}\n",
     "p:6:14: discovery: the issuer is no URL (expected https://HOST/PATH)"},
    {VERSION
     "jwt:\n  issuers:\n    - issuer: http://id\n      algorithms: [ES256]\n      keys: {discovery: true}\n",
     "p:6:14: discovery: the issuer " PLAIN},
    {VERSION "jwt:\n  issuers:\n    - issuer: http://id\n      algorithms: [ES256]\n      keys: {discovery: "
             "true, plain_http: true}\n",
     "p:6:14: discovery: the issuer " AFAR},
    {VERSION "jwt:\n  issuers:\n    - issuer: \"https://id/x?tenant=1\"\n      algorithms: [ES256]\n      "
             "keys: {discovery: true}\n",
     "p:6:14: discovery: the issuer has a query (expected none: OpenID Connect Discovery asks below the "
     "issuer's path)"},
    {VERSION "jwt:\n  issuers:\n    - issuer: https://u:p@id\n      algorithms: [ES256]\n      keys: "
             "{discovery: true}\n",
     "p:6:14: discovery: the issuer " USER},
    {KEYS "{jwks: https://id/k, jurl: a}\n",
     "p:6:14: unknown key 'jwks' in keys (expected file, url, discovery, refresh, stale, ca_file, "
     "plain_http)\np:6:34: unknown key 'jurl' in keys (did you mean 'url'?)"},
};

static const struct refusal jwt_urls_refusals[] = {
    {KEYS "{url: 'k.json'}\n", "p:6:20: url is no URL (expected https://HOST/PATH)"},
    {KEYS "{url: 'file:///etc/keys'}\n", "p:6:20: url is no URL (expected https://HOST/PATH)"},
    {KEYS "{url: 'HTTPS://id/k'}\n", "p:6:20: url is no URL (expected https://HOST/PATH)"},
    {KEYS "{url: 'ftp://id/k'}\n", "p:6:20: url is no URL (expected https://HOST/PATH)"},
    {KEYS "{url: 'https:/id'}\n", "p:6:20: url is no URL (expected https://HOST/PATH)"},
    {KEYS "{url: 'http://id/k'}\n", "p:6:20: url " PLAIN},
    {KEYS "{url: 'http://127.0.0.1/k'}\n", "p:6:20: url " PLAIN},
    {KEYS "{url: 'http://id/k', plain_http: true}\n", "p:6:27: url " AFAR},
    {KEYS "{url: 'http://127.0.0.1.example/k', plain_http: true}\n", "p:6:27: url " AFAR},
    {KEYS "{url: 'http://[::2]/k', plain_http: true}\n", "p:6:27: url " AFAR},
    {KEYS "{url: 'http://localhost@id/k', plain_http: true}\n", "p:6:27: url " USER},
    {KEYS "{url: 'http://127.1/k', plain_http: true}\n", "p:6:27: url " HOST},
    {KEYS "{url: 'http://10.0.0.1:80/k', plain_http: true}\n", "p:6:27: url " AFAR},
    {KEYS "{url: 'https://user:secret@id/k'}\n", "p:6:28: url " USER},
    {KEYS "{url: 'https://user@id/k'}\n", "p:6:28: url " USER},
    {KEYS "{url: 'https://id/k#x'}\n", "p:6:32: url has a fragment (expected no '#': it is never sent)"},
    {KEYS "{url: 'https://id/a b'}\n", "p:6:32: url " FOREIGN},
    {KEYS "{url: 'https://id/k\\x'}\n", "p:6:32: url " FOREIGN},
    {KEYS "{url: 'https://\303\274.example/k'}\n", "p:6:28: url " FOREIGN},
    {KEYS "{url: 'https://'}\n", "p:6:28: url " HOST},
    {KEYS "{url: 'https:///k'}\n", "p:6:28: url " HOST},
    {KEYS "{url: 'https://:443/k'}\n", "p:6:28: url " HOST},
    {KEYS "{url: 'https://id:0/k'}\n", "p:6:30: url has no port there " PORT},
    {KEYS "{url: 'https://id:65536/k'}\n", "p:6:30: url has no port there " PORT},
    {KEYS "{url: 'https://id:/k'}\n", "p:6:30: url has no port there " PORT},
    {KEYS "{url: 'https://id:44 3'}\n", "p:6:33: url " FOREIGN},
    {KEYS "{url: 'https://id:4a/k'}\n", "p:6:30: url has no port there " PORT},
    {KEYS "{url: 'https://2130706433/k'}\n", "p:6:28: url " HOST},
    {KEYS "{url: 'https://0x7f.1/k'}\n", "p:6:28: url " HOST},
    {KEYS "{url: 'https://1.2.3/k'}\n", "p:6:28: url " HOST},
    {KEYS "{url: 'https://1.2.3.256/k'}\n", "p:6:28: url " HOST},
    {KEYS "{url: 'https://[::1/k'}\n", "p:6:28: url " HOST},
    {KEYS "{url: 'https://[]/k'}\n", "p:6:28: url " HOST},
    {KEYS "{url: 'https://[fe80::1%25eth0]/k'}\n", "p:6:28: url " HOST},
    {KEYS "{url: 'https://a..b/k'}\n", "p:6:28: url " HOST},
    {KEYS "{url: 'https://id./k'}\n", "p:6:28: url " HOST},
    {KEYS "{url: 'https://.id/k'}\n", "p:6:28: url " HOST},
};

static const struct refusal jwt_claims_refusals[] = {
    {ISSUER "      types: JWT\n", "p:7:14: types is a string (expected a list of JWT, at+jwt, none)"},
    {ISSUER "      types: []\n", "p:7:14: types is an empty list (expected at least one, or no such key)"},
    {ISSUER "      types: [jwt]\n", "p:7:15: a type is 'jwt' (expected JWT, at+jwt or none)"},
    {ISSUER "      types: [at+jwt, dpop+jwt]\n",
     "p:7:23: a type is 'dpop+jwt' (expected JWT, at+jwt or none)"},
    {ISSUER "      types:\n", "p:7:7: types has no value (expected a list of JWT, at+jwt, none)"},
    {ISSUER "      parties: []\n",
     "p:7:16: parties is an empty list (expected at least one, or no such key)"},
    {ISSUER "      parties: ['']\n", "p:7:17: a party is empty (expected a string that is not)"},
    {ISSUER "      parties: {a: b}\n", "p:7:16: a party is a mapping (expected a string)"},
    {ISSUER "      required: [site]\n",
     "p:7:17: required is a list (expected a mapping from names of claims to values, or to the word any)"},
    {ISSUER "      required: any\n",
     "p:7:17: required is a string (expected a mapping from names of claims to values, or to the word any)"},
    {ISSUER "      required: {site: }\n",
     "p:7:18: a value of a required claim has no value (expected a string)"},
    {ISSUER "      required: {site: []}\n",
     "p:7:24: 0 values of a required claim (expected 1 to 64, or the word any)"},
    {ISSUER "      required: {site: [any]}\n",
     "p:7:25: 'any' in a list (expected it alone, or in quotes where it is a value)"},
    {ISSUER "      required: {site: [a, any, b]}\n",
     "p:7:28: 'any' in a list (expected it alone, or in quotes where it is a value)"},
    {ISSUER "      required: {site: {a: b}}\n",
     "p:7:24: a value of a required claim is a mapping (expected a string)"},
    {ISSUER "      required: {site: ['']}\n",
     "p:7:25: a value of a required claim is empty (expected a string that is not)"},
    {ISSUER "      required: {'': any}\n",
     "p:7:18: the name of a claim is empty or too long (expected 1 to 250 bytes)"},
    {ISSUER "      required: {claim.site: any}\n",
     "p:7:18: 'claim.site' is more than the name of a claim " BARE},
    {ISSUER "      required: {'${claim.site}': any}\n",
     "p:7:18: '${claim.site}' is more than the name of a claim " BARE},
    {ISSUER "      required: {site: a, site: b}\n",
     "p:7:27: duplicate key 'site' (expected it once; the first stands at 7:18)"},
    {ISSUER "      required: "
            "{nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
            "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
            "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn: any}\n",
     "p:7:18: the name of a claim is empty or too long (expected 1 to 250 bytes)"},
    {ISSUER "      required: {c0: any, c1: any, c2: any, c3: any, c4: any, c5: any, c6: any, c7: any, c8: "
            "any, c9: any, c10: any, c11: any, c12: any, c13: any, c14: any, c15: any, c16: any}\n",
     "p:7:17: 17 claims in required (expected at most 16)"},
    {ISSUER "      required: {c: [v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, v14, v15, v16, "
            "v17, v18, v19, v20, v21, v22, v23, v24, v25, v26, v27, v28, v29, v30, v31, v32, v33, v34, v35, "
            "v36, v37, v38, v39, v40, v41, v42, v43, v44, v45, v46, v47, v48, v49, v50, v51, v52, v53, v54, "
            "v55, v56, v57, v58, v59, v60, v61, v62, v63, v64]}\n",
     "p:7:21: 65 values of a required claim (expected 1 to 64, or the word any)"},
    {ISSUER "      max_lifetime: 0s\n",
     "p:7:21: max_lifetime is '0s' (expected a duration from 1s to 366d, such as 30s, 5m, 2h or 7d)"},
    {ISSUER "      max_lifetime: 367d\n",
     "p:7:21: max_lifetime is '367d' (expected a duration from 1s to 366d, such as 30s, 5m, 2h or 7d)"},
    {ISSUER "      max_lifetime: 1y\n",
     "p:7:21: max_lifetime is '1y' (expected a duration from 1s to 366d, such as 30s, 5m, 2h or 7d)"},
    {ISSUER "      expiry: never\n", "p:7:15: expiry is 'never' (expected required or optional)"},
    {ISSUER "      expiry: option\n", "p:7:15: expiry is 'option' (did you mean 'optional'?)"},
    {ISSUER "      expiry: optional\n      max_lifetime: 1h\n",
     "p:7:7: 'expiry: optional' beside max_lifetime (expected one of them: a lifetime can only be bounded "
     "where tokens say when it ends)"},
    {ISSUER "      permissions: acl\n", "p:7:20: permissions is a string (expected a mapping)"},
    {ISSUER "      permissions: {}\n", "p:7:20: 'claim' is missing in permissions (expected there)"},
    {ISSUER "      permissions: {claim: ''}\n", "p:7:28: claim is empty (expected a string that is not)"},
    {ISSUER "      permissions: {claim: claim.acl}\n",
     "p:7:28: 'claim.acl' is more than the name of a claim " BARE},
    {ISSUER "      permissions: {claim: acl, format: hivemq}\n",
     "p:7:41: format is 'hivemq' (expected bednet, emqx or aif)"},
    {ISSUER "      permissions: {claim: acl, format: EMQX}\n",
     "p:7:41: format is 'EMQX' (expected bednet, emqx or aif)"},
    {ISSUER "      permissions: {claim: acl, use: narow}\n",
     "p:7:38: use is 'narow' (did you mean 'narrow'?)"},
    {ISSUER "      permissions: {claim: acl, use: replace}\n",
     "p:7:38: use is 'replace' (expected narrow or widen)"},
    {ISSUER "      permissions: {claim: acl, required: always}\n",
     "p:7:43: required is 'always' (expected true or false)"},
    {ISSUER "      permissions: {claims: acl}\n",
     "p:7:21: unknown key 'claims' in permissions (did you mean 'claim'?)\np:7:20: 'claim' is missing in "
     "permissions (expected there)"},
    {ISSUER "      permission: {claim: acl}\n",
     "p:7:7: unknown key 'permission' in an issuer (did you mean 'permissions'?)"},
    {ISSUER "      algorithms2: [ES256]\n",
     "p:7:7: unknown key 'algorithms2' in an issuer (did you mean 'algorithms'?)"},
};

static const struct refusal jwt_section_refusals[] = {
    {ISSUER "  carriers: password\n",
     "p:7:13: carriers is a string (expected a list of password, username, enhanced)"},
    {ISSUER "  carriers: []\n", "p:7:13: carriers is an empty list (expected at least one, or no such key)"},
    {ISSUER "  carriers: [cookie]\n",
     "p:7:14: a carrier is 'cookie' (expected password, username or enhanced)"},
    {ISSUER "  carriers: [user, enhanced]\n",
     "p:7:14: a carrier is 'user' (expected password, username or enhanced)"},
    {ISSUER "  carriers:\n",
     "p:7:3: carriers has no value (expected a list of password, username, enhanced)"},
    {ISSUER "  key_cache: []\n", "p:7:14: key_cache is a list (expected a string)"},
    {ISSUER "  key_cache: ''\n", "p:7:14: key_cache is empty (expected a string that is not)"},
    {ISSUER "  key_cache:\n", "p:7:3: key_cache has no value (expected a string)"},
    {ISSUER "  on_expiry: kick\n", "p:7:14: on_expiry is 'kick' (expected disconnect or keep)"},
    {ISSUER "  on_expiry: disconect\n", "p:7:14: on_expiry is 'disconect' (did you mean 'disconnect'?)"},
    {ISSUER "  on_expiry:\n", "p:7:3: on_expiry has no value (expected disconnect or keep)"},
    {ISSUER "  on_expiry: [keep]\n", "p:7:14: on_expiry is a list (expected disconnect or keep)"},
    {ISSUER "  on_expiry: {action: kick}\n", "p:7:23: action is 'kick' (expected disconnect or keep)"},
    {ISSUER "  on_expiry: {jitter: 61m}\n",
     "p:7:23: jitter is '61m' (expected a duration from 0s to 1h, such as 30s, 5m, 2h or 7d)"},
    {ISSUER "  on_expiry: {jitter: 30}\n",
     "p:7:23: jitter is '30' (expected a duration from 0s to 1h, such as 30s, 5m, 2h or 7d)"},
    {ISSUER "  on_expiry: {will: maybe}\n", "p:7:21: will is 'maybe' (expected send or drop)"},
    {ISSUER "  on_expiry: {action: keep, jitter: 30s, will: drop}\n",
     "p:7:29: 'jitter' beside 'action: keep' (expected it with disconnect only: a session that is kept does "
     "not end)\np:7:42: 'will' beside 'action: keep' (expected it with disconnect only: a session that is "
     "kept does not end)"},
    {ISSUER "  on_expiry: {delay: 30s}\n",
     "p:7:15: unknown key 'delay' in on_expiry (expected action, jitter, will)"},
    {ISSUER "  revocations:\n", "p:7:3: revocations has no value (expected a string)"},
    {ISSUER "  revocations: ''\n", "p:7:16: revocations is empty (expected a string that is not)"},
    {ISSUER "  revocations: []\n", "p:7:16: revocations is a list (expected a string)"},
    {ISSUER "  revocations: {}\n", "p:7:16: 'file' is missing in revocations (expected there)"},
    {ISSUER "  revocations: {file: }\n", "p:7:17: file has no value (expected a string)"},
    {ISSUER "  revocations: {files: a}\n",
     "p:7:17: unknown key 'files' in revocations (did you mean 'file'?)\np:7:16: 'file' is missing in "
     "revocations (expected there)"},
    {ISSUER "  revocation: a\n", "p:7:3: unknown key 'revocation' in jwt (did you mean 'revocations'?)"},
};

#endif
