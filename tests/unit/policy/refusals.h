/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a policy, and every word that is said about it: `p` is the file's name. Each line was
 * read by a person before it came here.
 */
#ifndef BEDNET_TESTS_POLICY_REFUSALS_H
#define BEDNET_TESTS_POLICY_REFUSALS_H

struct refusal {
    const char *yaml;
    const char *told; /* all diagnostics, one a line */
};

#define VERSION "bednet: 1\n"
/* Up to line 6, and up to line 5. */
#define ISSUER                                                                                               \
    VERSION "jwt:\n  issuers:\n    - issuer: https://id\n      keys: {file: k.json}\n      algorithms: "     \
            "[ES256]\n"
#define SUBSCRIBE VERSION "roles:\n  r:\n    allow:\n      subscribe:\n"

#define ADVICE "unquoted, a '#' behind a blank starts a comment in YAML: write '#' in quotes"
#define FLOW   "(inside [...] and {...} a value with ${...} must be quoted; or use a list with dashes)"
#define HASH   "(a '#' that is meant must be quoted: unquoted it starts a comment)"
#define KNOWN                                                                                                \
    "bednet, mode, default, jwt, certificate, acl, roles, topics, limits, identities, metrics, on_change"
#define NAMES  "client_id, username, claim.NAME, cert.NAME or match.NAME"
#define FIELDS "(expected a name such as cn, ou, san.dns, san.uri, serial, or oid.1.2.840.1)"
#define LISTEN "an address and a port, such as 127.0.0.1:9234 or [::1]:9234 in quotes"
#define ALGORITHMS                                                                                           \
    "HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA"
#define RATE  "messages per time, such as 10/s or 600/m, at least one and at most 2^40"
#define ALONE "a wildcard beside something else (expected `+` or `#` alone in its level)"

static const struct refusal syntax_refusals[] = {
    {"", "p:1:1: the policy is empty (expected a mapping that begins with 'bednet: 1')"},
    {"# nothing but a comment\n",
     "p:1:1: the policy is empty (expected a mapping that begins with 'bednet: 1')"},
    {"\357\273\277", "p:1:1: the policy is empty (expected a mapping that begins with 'bednet: 1')"},
    {"---\n", "p:1:4: the policy has no value (expected a mapping that begins with 'bednet: 1')"},
    {"~\n", "p:1:1: the policy has no value (expected a mapping that begins with 'bednet: 1')"},
    {VERSION "---\nbednet: 1\n", "p:2:1: a second document in the file (expected exactly one)"},
    {VERSION "...\nfoo\n", "p:2:1: a second document in the file (expected exactly one)"},
    {"%YAML 1.1\n---\nbednet: 1\n",
     "p:1:1: a YAML directive is not supported (expected no line that starts with '%')"},
    {"bednet: !!int 1\n", "p:1:9: a tag is not supported (expected plain values only)"},
    {"bednet: &one 1\n", "p:1:9: an anchor is not supported (expected plain values only)"},
    {VERSION "roles: *all\n",
     "p:2:8: an alias is not supported (expected plain values only; quote a '*' that is meant)"},
    {VERSION "roles: &all {}\n", "p:2:8: an anchor is not supported (expected plain values only)"},
    {VERSION "mode: !mine enforce\n", "p:2:7: a tag is not supported (expected plain values only)"},
    {VERSION "mode: \"enforce\n",
     "p:2:8: YAML syntax: double-quoted scalar without closing quote (expected valid YAML)"},
    {VERSION "\tmode: enforce\n",
     "p:1:9: YAML syntax: invalid multiline plain key (expected the next line to be indented otherwise)"},
    {VERSION " mode: enforce\n",
     "p:1:9: YAML syntax: invalid multiline plain key (expected the next line to be indented otherwise)"},
    {VERSION "mode: @x\n", "p:2:7: YAML syntax: plain scalar cannot start with '@' (expected valid YAML)"},
    {"bednet: [1\n", "p:2:1: YAML syntax: flow sequence without a closing bracket (expected valid YAML)"},
    {VERSION "mode: enf\n  orce\n", "p:2:7: a value goes on over several lines (expected it on one line)"},
    {VERSION "mode: |\n  enforce\n", "p:3:1: a value goes on over several lines (expected it on one line)"},
    {VERSION "mode: \"enf\\0rce\"\n", "p:2:7: a value holds a control character (expected printable UTF-8)"},
    {VERSION "mode: \"enf\\u202erce\"\n", "p:2:7: mode is 'enf\\u{202e}rce' (did you mean 'enforce'?)"},
    {"- bednet: 1\n", "p:1:1: the policy is a list (expected a mapping that begins with 'bednet: 1')"},
    {"bednet\n", "p:1:1: the policy is a string (expected a mapping that begins with 'bednet: 1')"},
    {"\"\"\n", "p:1:1: the policy is a string (expected a mapping that begins with 'bednet: 1')"},
    {VERSION "? [a]\n: b\n", "p:2:1: '?' before a key (expected the key alone, and a colon)"},
    {VERSION "? {a: b}\n: c\n", "p:2:1: '?' before a key (expected the key alone, and a colon)"},
    {VERSION "~: c\n", "p:2:1: a key is nothing (expected a string)"},
    {VERSION ": c\n", "p:1:10: a key is nothing (expected a string)"},
    {VERSION "roles: [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]\n",
     "p:2:23: nested too deeply (expected at most 16 levels)"},
    {VERSION "metrics: {}}\n",
     "p:2:12: YAML syntax: flow mapping with invalid extra closing brace (expected valid YAML)"},
    {VERSION "roles: {r: {allow: {publish: [a/${client_id}/b]}}}\n",
     "p:2:34: YAML syntax: missing comma in flow sequence " FLOW},
    {VERSION "roles: {r: {allow: {publish: [${client_id}]}}}\n",
     "p:2:32: YAML syntax: missing comma in flow sequence " FLOW},
    {VERSION "jwt: {issuers: [{username: ${claim.sub}}]}\n",
     "p:2:29: YAML syntax: missing comma in flow mapping " FLOW},
    {VERSION "roles: {r: {allow: {publish: [acme/x, #]}}}\n",
     "p:3:1: YAML syntax: did not find expected node content " HASH},
    {VERSION "roles: {r: {allow: {subscribe: #}}}\nmode: enforce\n",
     "p:3:1: YAML syntax: wrongly indented flow mapping " HASH},
    {VERSION "roles: {r: {allow: {publish: [#]}}}\n",
     "p:2:31: YAML syntax: invalid comment after sequence start " HASH},
    {VERSION "roles:\n  r:\n    allow:\n      publish:\n      - #\n      - #\n",
     "p:7:7: YAML syntax: did not find expected node content (expected a value here or before; a '#' that is "
     "meant must be quoted)"},
};

static const struct refusal top_level_refusals[] = {
    {"mode: enforce\n", "p:1:1: 'bednet' is missing in the policy (expected there)"},
    {"bednet: 2\n", "p:1:9: bednet is '2' (expected 1)"},
    {"bednet: 2\nfoo: bar\n", "p:1:9: bednet is '2' (expected 1)"},
    {"bednet: \"1\"\n", "p:1:9: bednet is '1' (expected 1, without quotes)"},
    {"bednet: 1.0\n", "p:1:9: bednet is '1.0' (expected 1)"},
    {"bednet:\n", "p:1:1: bednet has no value (expected 1)"},
    {"bednet: [1]\n", "p:1:9: bednet is a list (expected 1)"},
    {VERSION "bednet: 1\n", "p:2:1: duplicate key 'bednet' (expected it once; the first stands at 1:1)"},
    {VERSION "mode:\n", "p:2:1: mode has no value (expected enforce or observe)"},
    {VERSION "mode: enforced\n", "p:2:7: mode is 'enforced' (did you mean 'enforce'?)"},
    {VERSION "mode: x\n", "p:2:7: mode is 'x' (expected enforce or observe)"},
    {VERSION "mode: [enforce]\n", "p:2:7: mode is a list (expected enforce or observe)"},
    {VERSION "mode: \"\"\n", "p:2:7: mode is '' (expected enforce or observe)"},
    {VERSION "default: alow\n", "p:2:10: default is 'alow' (did you mean 'allow'?)"},
    {VERSION "default: true\n", "p:2:10: default is 'true' (expected deny or allow)"},
    {VERSION "role: {}\n", "p:2:1: unknown key 'role' in the policy (did you mean 'roles'?)"},
    {VERSION "firewall: {}\n", "p:2:1: unknown key 'firewall' in the policy (expected " KNOWN ")"},
    {VERSION "Bednet: 1\n", "p:2:1: unknown key 'Bednet' in the policy (did you mean 'bednet'?)"},
    {VERSION "<<: {}\n", "p:2:1: unknown key '<<' in the policy (expected " KNOWN ")"},
    {VERSION "sessions: {}\n",
     "p:2:1: 'sessions' in the policy is not supported by this version (expected " KNOWN ")"},
    {VERSION "sessions: {}\n",
     "p:2:1: 'sessions' in the policy is not supported by this version (expected " KNOWN ")"},
    {VERSION "messages: []\n",
     "p:2:1: 'messages' in the policy is not supported by this version (expected " KNOWN ")"},
    {VERSION "mode: enforce\ndefault: deny\nmode: observe\nmode: enforce\n",
     "p:4:1: duplicate key 'mode' (expected it once; the first stands at 2:1)\np:5:1: duplicate key 'mode' "
     "(expected it once; the first stands at 2:1)"},
    {VERSION "roles:\n", "p:2:1: roles has no value (expected a mapping from names to roles)"},
    {VERSION "roles: []\n", "p:2:8: roles is a list (expected a mapping from names to roles)"},
    {VERSION "roles: all\n", "p:2:8: roles is a string (expected a mapping from names to roles)"},
    {VERSION "jwt:\n", "p:2:1: jwt has no value (expected a mapping)"},
    {VERSION "acl:\n", "p:2:1: acl has no value (expected a mapping)"},
    {VERSION "topics:\n", "p:2:1: topics has no value (expected a mapping)"},
    {VERSION "limits:\n", "p:2:1: limits has no value (expected a mapping)"},
    {VERSION "metrics:\n", "p:2:1: metrics has no value (expected a mapping)"},
    {VERSION "acl: {mode: off}\n", "p:2:13: mode is 'off' (expected enforce or observe)"},
    {VERSION "acl: {modes: enforce}\n", "p:2:7: unknown key 'modes' in acl (did you mean 'mode'?)"},
    {VERSION "acl: enforce\n", "p:2:6: acl is a string (expected a mapping)"},
    {VERSION "foo: 1\nbar: 2\nmode: x\n", "p:2:1: unknown key 'foo' in the policy (expected " KNOWN
                                          ")\np:3:1: unknown key 'bar' in the policy (expected " KNOWN
                                          ")\np:4:7: mode is 'x' (expected enforce or observe)"},
};

static const struct refusal jwt_refusals[] = {
    {VERSION "jwt: {}\n", "p:2:6: 'issuers' is missing in jwt (expected there)"},
    {VERSION "jwt: {issuers: []}\n", "p:2:16: 0 issuers (expected 1 to 16)"},
    {VERSION "jwt: {issuers: {}}\n", "p:2:16: issuers is a mapping (expected a list of issuers)"},
    {VERSION "jwt: {issuers: [a]}\n", "p:2:17: an issuer is a string (expected a mapping)"},
    {VERSION "jwt: {issuers: [~]}\n", "p:2:17: an issuer has no value (expected a mapping)"},
    {VERSION "jwt: {issuers: [{}]}\n",
     "p:2:17: 'issuer' is missing in an issuer (expected there)\np:2:17: 'keys' is missing in an issuer "
     "(expected there)\np:2:17: 'algorithms' is missing in an issuer (expected there)"},
    {VERSION "jwt: {mode: on, issuers: [{}]}\n",
     "p:2:13: mode is 'on' (expected enforce or observe)\np:2:27: 'issuer' is missing in an issuer (expected "
     "there)\np:2:27: 'keys' is missing in an issuer (expected there)\np:2:27: 'algorithms' is missing in an "
     "issuer (expected there)"},
    {ISSUER "  max_bytes: 0\n",
     "p:7:14: max_bytes is '0' (expected a size from 1 to 65535 bytes, such as 300, 8KiB or 1MiB)"},
    {ISSUER "  max_bytes: 64KiB\n",
     "p:7:14: max_bytes is '64KiB' (expected a size from 1 to 65535 bytes, such as 300, 8KiB or 1MiB)"},
    {ISSUER "  max_bytes: 65536\n",
     "p:7:14: max_bytes is '65536' (expected a size from 1 to 65535 bytes, such as 300, 8KiB or 1MiB)"},
    {ISSUER "  max_bytes: 8KB\n",
     "p:7:14: max_bytes is '8KB' (expected a size from 1 to 65535 bytes, such as 300, 8KiB or 1MiB)"},
    {ISSUER "  max_bytes: -1\n",
     "p:7:14: max_bytes is '-1' (expected a size from 1 to 65535 bytes, such as 300, 8KiB or 1MiB)"},
    {ISSUER "  max_bytes: 1.5KiB\n",
     "p:7:14: max_bytes is '1.5KiB' (expected a size from 1 to 65535 bytes, such as 300, 8KiB or 1MiB)"},
    {ISSUER "  max_bytes: 99999999999999999999\n", "p:7:14: max_bytes is '99999999999999999999' (expected a "
                                                   "size from 1 to 65535 bytes, such as 300, 8KiB or 1MiB)"},
    {ISSUER "  max_bytes: 17179869184GiB\n", "p:7:14: max_bytes is '17179869184GiB' (expected a size from 1 "
                                             "to 65535 bytes, such as 300, 8KiB or 1MiB)"},
    {VERSION "jwt:\n  issuers:\n    - issuer: \"\"\n      keys: {file: k.json}\n      algorithms: [ES256]\n",
     "p:4:15: issuer is empty (expected a string that is not)"},
    {VERSION "jwt:\n  issuers:\n    - issuer: \n      keys: {file: k.json}\n      algorithms: [ES256]\n",
     "p:4:7: issuer has no value (expected a string)"},
    {VERSION "jwt:\n  issuers:\n    - issuer: [x]\n      keys: {file: k.json}\n      algorithms: [ES256]\n",
     "p:4:15: issuer is a list (expected a string)"},
    {ISSUER "    - issuer: https://id\n      keys: {file: k.json}\n      algorithms: [ES256]\n",
     "p:7:15: a second entry for the issuer 'https://id' (expected one entry with all of its keys)"},
    {VERSION "jwt:\n  issuers: [{issuer: i0, keys: {file: k}, algorithms: [ES256]}, {issuer: i1, keys: "
             "{file: k}, algorithms: [ES256]}, {issuer: i2, keys: {file: k}, algorithms: [ES256]}, {issuer: "
             "i3, keys: {file: k}, algorithms: [ES256]}, {issuer: i4, keys: {file: k}, algorithms: [ES256]}, "
             "{issuer: i5, keys: {file: k}, algorithms: [ES256]}, {issuer: i6, keys: {file: k}, algorithms: "
             "[ES256]}, {issuer: i7, keys: {file: k}, algorithms: [ES256]}, {issuer: i8, keys: {file: k}, "
             "algorithms: [ES256]}, {issuer: i9, keys: {file: k}, algorithms: [ES256]}, {issuer: i10, keys: "
             "{file: k}, algorithms: [ES256]}, {issuer: i11, keys: {file: k}, algorithms: [ES256]}, {issuer: "
             "i12, keys: {file: k}, algorithms: [ES256]}, {issuer: i13, keys: {file: k}, algorithms: "
             "[ES256]}, {issuer: i14, keys: {file: k}, algorithms: [ES256]}, {issuer: i15, keys: {file: k}, "
             "algorithms: [ES256]}, {issuer: i16, keys: {file: k}, algorithms: [ES256]}]\n",
     "p:3:12: 17 issuers (expected 1 to 16)"},
    {VERSION "jwt:\n  issuers:\n    - issuer: https://id\n      keys: k.json\n      algorithms: [ES256]\n",
     "p:5:13: keys is a string (expected a mapping)"},
    {VERSION "jwt:\n  issuers:\n    - issuer: https://id\n      keys: {file: ~}\n      algorithms: [ES256]\n",
     "p:5:20: file has no value (expected a string)"},
    {VERSION "jwt:\n  issuers:\n    - issuer: https://id\n      keys: {file: k.json}\n      algorithms: []\n",
     "p:6:19: algorithms is an empty list (expected at least one algorithm)"},
    {VERSION
     "jwt:\n  issuers:\n    - issuer: https://id\n      keys: {file: k.json}\n      algorithms: ES256\n",
     "p:6:19: algorithms is a string (expected a list such as [ES256, RS256])"},
    {VERSION
     "jwt:\n  issuers:\n    - issuer: https://id\n      keys: {file: k.json}\n      algorithms: [none]\n",
     "p:6:20: an algorithm is 'none' (expected " ALGORITHMS ")"},
    {VERSION
     "jwt:\n  issuers:\n    - issuer: https://id\n      keys: {file: k.json}\n      algorithms: [es256]\n",
     "p:6:20: an algorithm is 'es256' (expected " ALGORITHMS ")"},
    {VERSION "jwt:\n  issuers:\n    - issuer: https://id\n      keys: {file: k.json}\n      algorithms: "
             "[ES256, RS128]\n",
     "p:6:27: an algorithm is 'RS128' (expected " ALGORITHMS ")"},
    {VERSION
     "jwt:\n  issuers:\n    - issuer: https://id\n      keys: {file: k.json}\n      algorithms: [~]\n",
     "p:6:20: an algorithm has no value (expected " ALGORITHMS ")"},
    {ISSUER "      leeway: 301s\n",
     "p:7:15: leeway is '301s' (expected a duration from 0s to 5m, such as 30s, 5m, 2h or 7d)"},
    {ISSUER "      leeway: 30\n",
     "p:7:15: leeway is '30' (expected a duration from 0s to 5m, such as 30s, 5m, 2h or 7d)"},
    {ISSUER "      leeway: -5s\n",
     "p:7:15: leeway is '-5s' (expected a duration from 0s to 5m, such as 30s, 5m, 2h or 7d)"},
    {ISSUER "      leeway: 1d\n",
     "p:7:15: leeway is '1d' (expected a duration from 0s to 5m, such as 30s, 5m, 2h or 7d)"},
    {ISSUER "      leeway: 0.5s\n",
     "p:7:15: leeway is '0.5s' (expected a duration from 0s to 5m, such as 30s, 5m, 2h or 7d)"},
    {ISSUER "      leeway: 030s\n",
     "p:7:15: leeway is '030s' (expected a duration from 0s to 5m, such as 30s, 5m, 2h or 7d)"},
    {ISSUER "      leeway:\n",
     "p:7:7: leeway has no value (expected a duration from 0s to 5m, such as 30s, 5m, 2h or 7d)"},
    {ISSUER "      audience: []\n",
     "p:7:17: audience is an empty list (expected at least one, or no such key)"},
    {ISSUER "      audience: [\"\"]\n", "p:7:18: an audience is empty (expected a string that is not)"},
    {ISSUER "      audience: {a: b}\n", "p:7:17: an audience is a mapping (expected a string)"},
    {ISSUER "      audience:\n", "p:7:7: an audience has no value (expected a string)"},
    {ISSUER "      username: ${claim.sub\n", "p:7:17: username: `${` without its `}`"},
    {ISSUER "      username: ${sub}\n", "p:7:17: username: unknown name in `${...}` (expected " NAMES ")"},
    {ISSUER "      username: ${client_id}\n", "p:7:17: username uses '${client_id}' (expected ${claim.NAME} "
                                              "only: the token vouches for nothing else)"},
    {ISSUER "      username: x-${username}\n",
     "p:7:17: username uses '${username}' (expected ${claim.NAME} only: the token vouches for nothing else)"},
    {ISSUER "      username: \"\"\n", "p:7:17: username is empty (expected a string that is not)"},
    {ISSUER "      username: [a]\n", "p:7:17: username is a list (expected a string)"},
    {ISSUER "      client_id: d-${claim.}\n",
     "p:7:20: client_id: unknown name in `${...}` (expected " NAMES ")"},
    {ISSUER "      client_id:\n", "p:7:7: client_id has no value (expected a string)"},
    {ISSUER "      client_id: \"pre-${claim.a}-${cert.cn}\"\n",
     "p:7:18: client_id uses '${cert.cn}' (expected ${claim.NAME} only: the token vouches for nothing else)"},
    {ISSUER "      roles: device\n",
     "p:7:14: unknown role 'device' (expected a name that 'roles' has, or ${claim.NAME})"},
    {ISSUER "      roles: [${claim.a}]\n", "p:7:16: YAML syntax: missing comma in flow sequence " FLOW},
    {ISSUER "      roles: [\"${claim.a}-x\"]\n",
     "p:7:15: a role is put together from parts (expected a name, or ${claim.NAME} alone)"},
    {ISSUER "      roles:\n        - device\n        - ${claim.a}${claim.b}\n        -\n",
     "p:8:11: unknown role 'device' (expected a name that 'roles' has, or ${claim.NAME})\np:9:11: a role is "
     "put together from parts (expected a name, or ${claim.NAME} alone)\np:10:9: a role has no value "
     "(expected a string)"},
    {ISSUER "      roles: devise\nroles: {device: {}}\n",
     "p:7:14: unknown role 'devise' (did you mean 'device'?)"},
    {ISSUER "      roles: {a: b}\n", "p:7:14: a role is a mapping (expected a string)"},
    {ISSUER "      roles: [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]\nroles: {a: {}}\n",
     "p:7:14: 17 entries in roles (expected at most 16)"},
    {ISSUER "      audiance: x\n", "p:7:7: unknown key 'audiance' in an issuer (did you mean 'audience'?)"},
};

static const struct refusal roles_refusals[] = {
    {VERSION "roles: {\"\": {}}\n",
     "p:2:9: '' is no name for a role (expected a literal name that is not empty)"},
    {VERSION "roles: {\"a${b}\": {}}\n",
     "p:2:9: 'a${b}' is no name for a role (expected a literal name that is not empty)"},
    {VERSION "roles: {r: }\n", "p:2:9: role 'r' has no value (expected a mapping)"},
    {VERSION "roles: {r: []}\n", "p:2:12: role 'r' is a list (expected a mapping)"},
    {VERSION "roles: {r: {}, s: {}, r: {}}\n",
     "p:2:23: duplicate key 'r' (expected it once; the first stands at 2:9)"},
    {VERSION "roles: {r: {alow: {}}}\n", "p:2:13: unknown key 'alow' in role 'r' (did you mean 'allow'?)"},
    {VERSION "roles: {r: {members: []}}\n", "p:2:22: members is a list (expected a mapping)"},
    {VERSION "roles: {r: {members: {users: [a]}}}\n",
     "p:2:23: unknown key 'users' in members (expected usernames, client_ids, claims, certificates, "
     "anonymous)"},
    {VERSION "roles: {r: {members: {usernames: a}}}\n",
     "p:2:34: usernames is a string (expected a list of strings)"},
    {VERSION "roles: {r: {members: {usernames: [\"\"]}}}\n",
     "p:2:35: a user name is empty (expected a string that is not)"},
    {VERSION "roles: {r: {members: {usernames: [[a]]}}}\n",
     "p:2:35: a user name is a list (expected a string)"},
    {VERSION "roles: {r: {members: {usernames: [\"x${claim.a}\"]}}}\n",
     "p:2:37: a user name holds '${' (expected a literal value: members are compared as they stand)"},
    {VERSION "roles: {r: {members: {client_ids: [~]}}}\n",
     "p:2:36: a client id has no value (expected a string)"},
    {VERSION "roles: {r: {members: {claims: [scope]}}}\n",
     "p:2:31: claims is a list (expected a mapping from names of claims to their values)"},
    {VERSION "roles: {r: {members: {claims: {scope: ~}}}}\n",
     "p:2:39: a value of a claim has no value (expected a string)"},
    {VERSION "roles: {r: {members: {claims: {scope: {a: b}}}}}\n",
     "p:2:39: a value of a claim is a mapping (expected a string)"},
    {VERSION "roles: {r: {members: {claims: {scope: [\"\"]}}}}\n",
     "p:2:40: a value of a claim is empty (expected a string that is not)"},
    {VERSION "roles: {r: {members: {claims: {\"\": [a]}}}}\n",
     "p:2:32: the name of a claim is empty or too long (expected 1 to 500 bytes)"},
    {VERSION "roles: {r: {members: {claims: {a: b, a: c}}}}\n",
     "p:2:38: duplicate key 'a' (expected it once; the first stands at 2:32)"},
    {VERSION "roles: {r: {members: {certificates: [ou]}}}\n",
     "p:2:37: certificates is a list (expected a mapping from fields of certificates to their values)"},
    {VERSION "roles: {r: {members: {certificates: {out: a}}}}\n",
     "p:2:38: certificates have no field 'out' (did you mean 'ou'?)"},
    {VERSION "roles: {r: {members: {certificates: {cert.ou: a}}}}\n",
     "p:2:38: certificates have no field 'cert.ou' " FIELDS},
    {VERSION "roles: {r: {members: {certificates: {ou: [a, '${cert.o}']}}}}\n",
     "p:2:47: a value of a field holds '${' (expected a literal value: members are compared as they stand)"},
    {VERSION "roles: {r: {members: {certificates: {ou: }}}}\n",
     "p:2:38: a value of a field has no value (expected a string)"},
    {VERSION "roles: {r: {members: {certificates: {ou: a, ou: b}}}}\n",
     "p:2:45: duplicate key 'ou' (expected it once; the first stands at 2:38)"},
    {VERSION "roles: {r: {members: {anonymous: yes}}}\n",
     "p:2:34: anonymous is 'yes' (expected true or false)"},
    {VERSION "roles: {r: {members: {anonymous: \"true\"}}}\n",
     "p:2:34: anonymous is 'true' (expected true or false, without quotes)"},
    {VERSION "roles: {r: {members: {anonymous: ~}}}\n",
     "p:2:34: anonymous has no value (expected true or false)"},
    {VERSION "roles: {r: {exempt: topics}}\n",
     "p:2:21: exempt is a string (expected a list of topics, topics.wildcards, topics.template, limits)"},
    {VERSION "roles: {r: {exempt: [topic]}}\n",
     "p:2:22: an entry of exempt is 'topic' (did you mean 'topics'?)"},
    {VERSION "roles: {r: {exempt: [everything]}}\n", "p:2:22: an entry of exempt is 'everything' (expected "
                                                     "topics, topics.wildcards, topics.template or limits)"},
    {VERSION "roles: {r: {exempt: [~]}}\n", "p:2:22: an entry of exempt has no value (expected topics, "
                                            "topics.wildcards, topics.template or limits)"},
    {VERSION "roles: {r: {exempt: [{}]}}\n", "p:2:22: 'what' is missing in an exception (expected there)\n"
                                             "p:2:22: 'until' is missing in an exception (expected there)\n"
                                             "p:2:22: 'because' is missing in an exception (expected there)"},
    {VERSION "roles: {r: {exempt: [{what: all, until: 0, because: x}]}}\n",
     "p:2:29: what is 'all' (expected topics, topics.wildcards, topics.template or limits)"},
    {VERSION "roles: {r: {exempt: [{what: [limits], until: 0, because: x}]}}\n",
     "p:2:29: what is a list (expected topics, topics.wildcards, topics.template or limits)"},
    {VERSION "roles: {r: {exempt: [{what: limits, until: tomorrow, because: x}]}}\n",
     "p:2:44: until is 'tomorrow' (expected a time such as 2026-11-23T18:00:00Z or "
     "2026-11-23T19:00:00+01:00, or seconds since 1970)"},
    {VERSION "roles: {r: {exempt: [{what: limits, until: 2026-11-23, because: x}]}}\n",
     "p:2:44: until is '2026-11-23' (expected a time such as 2026-11-23T18:00:00Z or "
     "2026-11-23T19:00:00+01:00, or seconds since 1970)"},
    {VERSION "roles: {r: {exempt: [{what: limits, until: ~, because: x}]}}\n",
     "p:2:44: until has no value (expected a time such as 2026-11-23T18:00:00Z or "
     "2026-11-23T19:00:00+01:00, or seconds since 1970)"},
    {VERSION "roles: {r: {exempt: [{what: limits, until: 0, because: \"\"}]}}\n",
     "p:2:56: because is empty (expected a string that is not)"},
    {VERSION "roles: {r: {exempt: [{what: limits, until: 0, because: x, by: me}]}}\n",
     "p:2:59: unknown key 'by' in an exception (expected what, until, because)"},
    {VERSION "on_change: keep\n", "p:2:12: on_change is a string (expected a mapping)"},
    {VERSION "on_change: {subscription: delete}\n",
     "p:2:27: subscription is 'delete' (expected remove, disconnect or keep)"},
    {VERSION "on_change: {roles: remove}\n", "p:2:20: roles is 'remove' (expected disconnect or keep)"},
    {VERSION "on_change: {will: maybe}\n", "p:2:19: will is 'maybe' (expected send or drop)"},
    {VERSION "on_change: {role: keep}\n", "p:2:13: unknown key 'role' in on_change (did you mean 'roles'?)"},
    {VERSION "roles: {r: {inherits: s}, s: {}}\n", "p:2:23: inherits is a string (expected a list of roles)"},
    {VERSION "roles: {r: {inherits: }, s: {}}\n", "p:2:13: inherits has no value (expected a list of roles)"},
    {VERSION "roles: {r: {inherits: [~]}}\n", "p:2:24: a role has no value (expected a string)"},
    {VERSION "roles: {r: {inherits: [\"\"]}}\n", "p:2:24: a role is empty (expected a string that is not)"},
    {VERSION "roles: {r: {inherits: [[s]]}, s: {}}\n", "p:2:24: a role is a list (expected a string)"},
    {VERSION "roles: {r: {inherits: ['${claim.s}']}}\n",
     "p:2:24: unknown role '${claim.s}' (expected a name that 'roles' has)"},
    {VERSION "roles: {r: {inherits: [devise]}, device: {}}\n",
     "p:2:24: unknown role 'devise' (did you mean 'device'?)"},
    {VERSION "roles: {r: {inherits: [r]}}\n", "p:2:24: role 'r' inherits from itself (expected other roles)"},
    {VERSION "roles: {a: {inherits: [c]}, b: {inherits: [a]}, c: {inherits: [d, b]}, d: {}}\n",
     "p:2:44: 'a' inherits from 'b' already (expected roles that inherit from none of their heirs)"},
    {VERSION "roles: {a: {inherits: [b]}, b: {inherits: [a, a]}, x: {inherits: [y]}, y: {inherits: [x]}, r: "
             "{allow: ~}}\n",
     "p:2:103: allow has no value (expected a mapping)\n"
     "p:2:44: 'a' inherits from 'b' already (expected roles that inherit from none of their heirs)\n"
     "p:2:47: 'a' inherits from 'b' already (expected roles that inherit from none of their heirs)\n"
     "p:2:87: 'x' inherits from 'y' already (expected roles that inherit from none of their heirs)"},
    {VERSION "roles: {a: {inherits: [b]}, b: {inherits: [c]}, c: {inherits: [d]}, d: {inherits: [e]}, e: "
             "{inherits: [f]}, f: {inherits: [g]}, g: {inherits: [h]}, h: {inherits: [i]}, i: {inherits: "
             "[j]}, j: {}}\n",
     "p:2:184: inheriting from 'j' goes on for too long (expected at most 8 roles, one above the other)"},
    {VERSION "roles: {j: {}, i: {inherits: [j]}, h: {inherits: [i]}, g: {inherits: [h]}, f: {inherits: [g]}, "
             "e: {inherits: [f]}, d: {inherits: [e]}, c: {inherits: [d]}, b: {inherits: [c]}, a: {inherits: "
             "[b]}}\n",
     "p:2:191: inheriting from 'b' goes on for too long (expected at most 8 roles, one above the other)"},
    {VERSION
     "roles: {a: {}, r: {inherits: [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, "
     "a, a, a, a, a, a, a, a, a, a]}}\n",
     "p:2:30: 32 entries in inherits (expected at most 31)"},
    {VERSION "roles: {r: {allow: ~}}\n", "p:2:20: allow has no value (expected a mapping)"},
    {VERSION "roles: {r: {allow: [a]}}\n", "p:2:20: allow is a list (expected a mapping)"},
    {VERSION "roles: {r: {allow: {write: [a]}}}\n",
     "p:2:21: unknown key 'write' in allow (expected publish, subscribe, receive)"},
    {VERSION "roles: {r: {deny: {subscibe: [a]}}}\n",
     "p:2:20: unknown key 'subscibe' in deny (did you mean 'subscribe'?)"},
    {VERSION "roles: {r: {allow: {publish: a/b}}}\n",
     "p:2:30: publish is a string (expected a list of topic filters)"},
    {VERSION "roles: {r: {allow: {publish: {a: b}}}}\n",
     "p:2:30: publish is a mapping (expected a list of topic filters)"},
};

#define RULE(kind, rule) VERSION "roles: {r: {allow: {" kind ": [{topic: a, " rule "}]}}}\n"

static const struct refusal conditions_refusals[] = {
    {VERSION "roles: {r: {allow: {publish: [{}]}}}\n",
     "p:2:31: 'topic' is missing in a rule (expected there)"},
    {VERSION "roles: {r: {allow: {publish: [{qos: {max: 1}}]}}}\n",
     "p:2:31: 'topic' is missing in a rule (expected there)"},
    {VERSION "roles: {r: {allow: {publish: [{topic: [a]}]}}}\n",
     "p:2:39: a topic filter is a list (expected a string)"},
    {VERSION "roles: {r: {allow: {publish: [{topic: }]}}}\n",
     "p:2:32: no topic filter here (expected one; " ADVICE ")"},
    {VERSION "roles: {r: {allow: {publish: [{topic: a/, qos: {max: 1}}]}}}\n",
     "p:2:41: the topic filter 'a/' is cut here or ends in an empty level (expected it in quotes; " ADVICE
     ")"},
    {VERSION "roles: {r: {allow: {publish: [{topic: a+, qos: {max: 1}}]}}}\n",
     "p:2:40: the topic filter 'a+': " ALONE},
    {RULE("publish", "topic: b"),
     "p:2:42: duplicate key 'topic' (expected it once; the first stands at 2:32)"},
    {RULE("publish", "qoss: 1"), "p:2:42: unknown key 'qoss' in a rule (did you mean 'qos'?)"},
    {RULE("publish", "qos: 1"), "p:2:47: qos is a string (expected a mapping)"},
    {RULE("publish", "qos: {}"), "p:2:47: qos is empty (expected min or max)"},
    {RULE("publish", "qos: {most: 1}"), "p:2:48: unknown key 'most' in qos (expected min, max)"},
    {RULE("publish", "qos: {max: 3}"), "p:2:53: max is '3' (expected a whole number from 0 to 2)"},
    {RULE("publish", "qos: {max: -1}"), "p:2:53: max is '-1' (expected a whole number from 0 to 2)"},
    {RULE("publish", "qos: {min: 2, max: 1}"),
     "p:2:47: qos has a min above its max (expected some QoS from min to max)"},
    {RULE("publish", "retain: only"), "p:2:50: retain is 'only' (expected true or false)"},
    {RULE("publish", "retain: [true]"), "p:2:50: retain is a list (expected true or false)"},
    {RULE("subscribe", "retain: true"),
     "p:2:44: retain can never be asked here (expected in rules of publish only)"},
    {RULE("receive", "retain: false"),
     "p:2:42: retain can never be asked here (expected in rules of publish only)"},
    {RULE("publish", "from: 10.0.0.0/8"),
     "p:2:48: from is a string (expected a list of networks, such as 10.0.0.0/8)"},
    {RULE("publish", "from: []"), "p:2:48: 0 networks in from (expected 1 to 256)"},
    {RULE("publish", "from: [~]"), "p:2:49: a network has no value (expected a string)"},
    {RULE("publish", "from: [localhost, 10.0.0.0/33, 10.0.0.1/8]"),
     "p:2:49: 'localhost' is no network (expected a network such as 10.0.0.0/8 or 2001:db8::/32, or one "
     "address)\np:2:60: '10.0.0.0/33' is no network (expected at most 32 bits behind the slash for IPv4, and "
     "128 for IPv6)\np:2:73: '10.0.0.1/8' is no network (expected no bit of the address to be set behind "
     "those of the network)"},
    {RULE("publish", "protocol: 5"), "p:2:52: protocol is a string (expected a list of 3.1, 3.1.1, 5)"},
    {RULE("publish", "protocol: []"),
     "p:2:52: protocol is an empty list (expected at least one, or no such key)"},
    {RULE("publish", "protocol: [4]"),
     "p:2:53: an entry of protocol is '4' (expected 3.1, 3.1.1 or 5; level 4 is 3.1.1)"},
    {RULE("publish", "when: mon"), "p:2:48: when is a string (expected a mapping)"},
    {RULE("publish", "when: {}"), "p:2:48: 'zone' is missing in when (expected there)\n"
                                  "p:2:48: when asks for no time (expected days, hours, or both)"},
    {RULE("publish", "when: {zone: UTC}"), "p:2:48: when asks for no time (expected days, hours, or both)"},
    {RULE("publish", "when: {days: [mon]}"), "p:2:48: 'zone' is missing in when (expected there)"},
    {RULE("publish", "when: {day: [mon], zone: UTC}"),
     "p:2:49: unknown key 'day' in when (did you mean 'days'?)\n"
     "p:2:48: when asks for no time (expected days, hours, or both)"},
    {RULE("publish", "when: {days: mon, zone: UTC}"),
     "p:2:55: days is a string (expected a list of days, such as mon or mon-fri)"},
    {RULE("publish", "when: {days: [], zone: UTC}"),
     "p:2:55: days is an empty list (expected at least one, or no such key)"},
    {RULE("publish", "when: {days: [mon, Fri, ~], zone: UTC}"),
     "p:2:61: 'Fri' is no day of the week (expected mon, tue, wed, thu, fri, sat or sun, or a range such as "
     "mon-fri)\np:2:66: a day has no value (expected a string)"},
    {RULE("publish", "when: {hours: 9-17, zone: UTC}"),
     "p:2:56: hours is '9-17' (expected hours such as 07:00-19:00, or 22:00-06:00)"},
    {RULE("publish", "when: {hours: [07:00-19:00], zone: UTC}"),
     "p:2:56: hours is a list (expected a string)"},
    {RULE("publish", "when: {hours: 07:00-19:00, zone: /etc/localtime}"),
     "p:2:75: '/etc/localtime' is no name of a time zone (expected one such as Europe/Berlin, or UTC)"},
    {RULE("publish", "when: {hours: 07:00-19:00, zone: ../x}"),
     "p:2:75: '../x' is no name of a time zone (expected one such as Europe/Berlin, or UTC)"},
    {RULE("publish", "when: {hours: 07:00-19:00, zone: }"), "p:2:69: zone has no value (expected a string)"},
};

static const struct refusal filters_refusals[] = {
    {VERSION "roles:\n  r:\n    allow:\n      subscribe: #\n",
     "p:5:7: subscribe has no value (expected a list of topic filters; " ADVICE ")"},
    {VERSION "roles:\n  r:\n    allow:\n      subscribe: '#'\n",
     "p:5:18: subscribe is a string (expected a list of topic filters)"},
    {SUBSCRIBE "        - #\n", "p:6:9: no topic filter here (expected one; " ADVICE ")"},
    {SUBSCRIBE "        -\n        - a\n        -   # nothing\n        - ~\n        - null\n",
     "p:6:9: no topic filter here (expected one; " ADVICE
     ")\np:8:9: no topic filter here (expected one; " ADVICE
     ")\np:9:11: no topic filter here (expected one; " ADVICE
     ")\np:10:11: no topic filter here (expected one; " ADVICE ")"},
    {SUBSCRIBE "        - \"a\"\n        -\n", "p:7:9: no topic filter here (expected one; " ADVICE ")"},
    {SUBSCRIBE "        - acme/ #\n",
     "p:6:16: the topic filter 'acme/' is cut here or ends in an empty level (expected it in quotes; " ADVICE
     ")"},
    {SUBSCRIBE "        - a/ # b\n",
     "p:6:13: the topic filter 'a/' is cut here or ends in an empty level (expected it in quotes; " ADVICE
     ")"},
    {SUBSCRIBE "        - a/\n",
     "p:6:13: the topic filter 'a/' is cut here or ends in an empty level (expected it in quotes; " ADVICE
     ")"},
    {SUBSCRIBE "        - /\n",
     "p:6:12: the topic filter '/' is cut here or ends in an empty level (expected it in quotes; " ADVICE
     ")"},
    {SUBSCRIBE "        - acme/+ #\n",
     "p:6:17: the topic filter 'acme/+' is cut here or ends in an empty level (expected it in quotes; " ADVICE
     ")"},
    {SUBSCRIBE "        - acme/x #/y\n",
     "p:6:17: the topic filter 'acme/x' is cut here or ends in an empty level (expected it in quotes; " ADVICE
     ")"},
    {SUBSCRIBE "        - acme/x # \n",
     "p:6:17: the topic filter 'acme/x' is cut here or ends in an empty level (expected it in quotes; " ADVICE
     ")"},
    {SUBSCRIBE "        - acme/x\t#\n",
     "p:6:17: the topic filter 'acme/x' is cut here or ends in an empty level (expected it in quotes; " ADVICE
     ")"},
    {SUBSCRIBE "        - acme/x #",
     "p:6:17: the topic filter 'acme/x' is cut here or ends in an empty level (expected it in quotes; " ADVICE
     ")"},
    {SUBSCRIBE "        - \"\"\n",
     "p:6:11: an empty topic filter (expected one; all topics are '#', in quotes)"},
    {SUBSCRIBE "        - ''\n",
     "p:6:11: an empty topic filter (expected one; all topics are '#', in quotes)"},
    {SUBSCRIBE "        - [a]\n", "p:6:11: a topic filter is a list (expected a string)"},
    {SUBSCRIBE "        - a: b\n", "p:6:11: unknown key 'a' in a rule (expected topic, qos, retain, from, "
                                   "protocol, when)\np:6:11: 'topic' is missing in a rule (expected there)"},
    {SUBSCRIBE "        - acme/#/b\n",
     "p:6:16: the topic filter 'acme/#/b': `#` before the end (expected only as the last level)"},
    {SUBSCRIBE "        - acme/x+/b\n", "p:6:17: the topic filter 'acme/x+/b': " ALONE},
    {SUBSCRIBE "        - acme/+x/b\n", "p:6:16: the topic filter 'acme/+x/b': " ALONE},
    {SUBSCRIBE "        - acme/b#\n", "p:6:17: the topic filter 'acme/b#': " ALONE},
    {SUBSCRIBE "        - ##\n", "p:6:9: no topic filter here (expected one; " ADVICE ")"},
    {SUBSCRIBE "        - \"##\"\n", "p:6:12: the topic filter '##': " ALONE},
    {SUBSCRIBE "        - \"acme/+x\"\n", "p:6:17: the topic filter 'acme/+x': " ALONE},
    {SUBSCRIBE "        - 'a/b+'\n", "p:6:15: the topic filter 'a/b+': " ALONE},
    {SUBSCRIBE "        - \"a\\u0062/c+\"\n", "p:6:11: the topic filter 'ab/c+': " ALONE},
    {SUBSCRIBE "        - \303\274\303\274/x+\n", "p:6:15: the topic filter '\303\274\303\274/x+': " ALONE},
    {SUBSCRIBE "        - 'it''s/x+'\n", "p:6:11: the topic filter 'it's/x+': " ALONE},
    {SUBSCRIBE "        - a/${claim.x\n", "p:6:13: the topic filter 'a/${claim.x': `${` without its `}`"},
    {SUBSCRIBE "        - a/${site}/b\n", "p:6:13: the topic filter 'a/${site}/b': unknown name in `${...}` "
                                          "(expected " NAMES ")"},
    {SUBSCRIBE "        - a/${claim.}/b\n", "p:6:13: the topic filter 'a/${claim.}/b': unknown name in "
                                            "`${...}` (expected " NAMES ")"},
    {SUBSCRIBE "        - a/+${client_id}\n", "p:6:13: the topic filter 'a/+${client_id}': " ALONE},
    {SUBSCRIBE "        - ${cert.}/b\n", "p:6:11: the topic filter '${cert.}/b': unknown name in "
                                         "`${...}` (expected " NAMES ")"},
    {SUBSCRIBE "        - a/${match.Device}\n", "p:6:13: the topic filter 'a/${match.Device}': unknown name "
                                                "in `${...}` (expected " NAMES ")"},
    {SUBSCRIBE "        - a/x-${cert.cnn}\n",
     "p:6:15: certificates have no field 'cnn' (did you mean 'cn'?)"},
    {SUBSCRIBE "        - \"${cert.org}/${cert.san.udi}\"\n",
     "p:6:12: certificates have no field 'org' " FIELDS
     "\np:6:24: certificates have no field 'san.udi' (did you mean 'san.uri'?)"},
    {SUBSCRIBE "        - ${cert.oid.1..2}\n", "p:6:11: certificates have no field 'oid.1..2' " FIELDS},
    {SUBSCRIBE "        - ${match.device}/#\n",
     "p:6:11: no pattern takes 'device' (expected {NAME} in a pattern of certificate.accept)"},
    {SUBSCRIBE "        - $share/g/a\n",
     "p:6:11: the topic filter '$share/g/a': `$share/GROUP/` would never match, for it is taken off before "
     "rules are asked (expected the filter behind it)"},
    {SUBSCRIBE "        - \"a\\tb\"\n",
     "p:6:11: a value holds a control character (expected printable UTF-8)"},
    {SUBSCRIBE "        - a\n          b\n",
     "p:6:11: a value goes on over several lines (expected it on one line)"},
    {SUBSCRIBE
     "        - "
     "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/"
     "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/"
     "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/"
     "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a\n",
     "p:6:413: the topic filter "
     "'a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/"
     "a/a/a/a/a/a/a/a/a/a/a/a/a/': too many levels (expected at most 201)"},
    {SUBSCRIBE "        - *a\n",
     "p:6:11: an alias is not supported (expected plain values only; quote a '*' that is meant)"},
    {SUBSCRIBE "        - *\n", "p:6:12: YAML syntax: invalid alias detected (expected valid YAML)"},
};

static const struct refusal topics_refusals[] = {
    {VERSION "topics: {levels: 8}\n", "p:2:18: levels is a string (expected a mapping)"},
    {VERSION "topics: {levels: {}}\n", "p:2:18: 'max' is missing in levels (expected there)"},
    {VERSION "topics: {levels: {max: 0}}\n", "p:2:24: max is '0' (expected a whole number from 1 to 201)"},
    {VERSION "topics: {levels: {max: 202}}\n",
     "p:2:24: max is '202' (expected a whole number from 1 to 201)"},
    {VERSION "topics: {levels: {max: -1}}\n", "p:2:24: max is '-1' (expected a whole number from 1 to 201)"},
    {VERSION "topics: {levels: {max: 8.0}}\n",
     "p:2:24: max is '8.0' (expected a whole number from 1 to 201)"},
    {VERSION "topics: {levels: {max: \"8\"}}\n",
     "p:2:24: max is '8' (expected a whole number from 1 to 201, without quotes)"},
    {VERSION "topics: {levels: {max: 0x8}}\n",
     "p:2:24: max is '0x8' (expected a whole number from 1 to 201)"},
    {VERSION "topics: {levels: {max: 18446744073709551617}}\n",
     "p:2:24: max is '18446744073709551617' (expected a whole number from 1 to 201)"},
    {VERSION "topics: {levels: {min: 1}}\n", "p:2:19: unknown key 'min' in levels (expected max)\np:2:18: "
                                             "'max' is missing in levels (expected there)"},
    {VERSION "topics: {levels: {max: }}\n",
     "p:2:19: max has no value (expected a whole number from 1 to 201)"},
    {VERSION "topics: {bytes: 256}\n", "p:2:17: bytes is a string (expected a mapping)"},
    {VERSION "topics: {bytes: {max: 0}}\n",
     "p:2:23: max is '0' (expected a size from 1 to 65535 bytes, such as 300, 8KiB or 1MiB)"},
    {VERSION "topics: {bytes: {max: 64KiB}}\n",
     "p:2:23: max is '64KiB' (expected a size from 1 to 65535 bytes, such as 300, 8KiB or 1MiB)"},
    {VERSION "topics: {leading_slash: no}\n", "p:2:25: leading_slash is 'no' (expected deny or allow)"},
    {VERSION "topics: {empty_levels: ~}\n", "p:2:24: empty_levels has no value (expected deny or allow)"},
    {VERSION "topics: {empty_levels: [deny]}\n", "p:2:24: empty_levels is a list (expected deny or allow)"},
    {VERSION "topics: {characters: ~}\n", "p:2:22: characters has no value (expected a string)"},
    {VERSION "topics: {characters: \"\"}\n", "p:2:22: characters is empty (expected a string that is not)"},
    {VERSION "topics: {characters: \"a-z9-0\"}\n",
     "p:2:26: characters: a range that descends (expected the smaller character first)"},
    {VERSION "topics: {characters: \"a-c-z\"}\n",
     "p:2:26: characters: a '-' that is neither in a range nor first or last (expected it first or last)"},
    {VERSION "topics: {characters: \"A-Za-z\303\244\"}\n",
     "p:2:29: characters: a character beyond ASCII (expected ASCII only)"},
    {VERSION "topics: {characters: \"^a\"}\n",
     "p:2:23: characters: '^' stands first, but sets are not negated (expected it elsewhere)"},
    {VERSION "topics: {characters: \"[a-z]\"}\n",
     "p:2:23: characters: a set in brackets (expected the characters alone)"},
    {VERSION "topics: {characters: [a]}\n", "p:2:22: characters is a list (expected a string)"},
    {VERSION "topics: {wildcards: deny}\n", "p:2:21: wildcards is a string (expected a mapping)"},
    {VERSION "topics: {wildcards: {multi_level: 3}}\n",
     "p:2:35: multi_level is '3' (expected deny or allow)"},
    {VERSION "topics: {wildcards: {multi_level: {min_literal_levels: 0}}}\n",
     "p:2:56: min_literal_levels is '0' (expected a whole number from 1 to 200)"},
    {VERSION "topics: {wildcards: {multi_level: {max: 3}}}\n",
     "p:2:36: unknown key 'max' in multi_level (expected min_literal_levels, roles)"},
    {VERSION "topics: {wildcards: {multi_level: {}}}\n",
     "p:2:35: multi_level is an empty mapping (expected min_literal_levels or roles)"},
    {VERSION "topics: {wildcards: {multi_level: ~}}\n",
     "p:2:35: multi_level has no value (expected deny or allow)"},
    {VERSION "topics: {wildcards: {single_level: {max: 0}}}\n",
     "p:2:42: max is '0' (expected a whole number from 1 to 201)"},
    {VERSION "topics: {wildcards: {shared: {max: 1}}}\n",
     "p:2:30: shared is a mapping (expected deny or allow)"},
    {VERSION "topics: {wildcards: {multilevel: deny}}\n",
     "p:2:22: unknown key 'multilevel' in wildcards (did you mean 'multi_level'?)"},
    {VERSION "topics: {template: \"{a}/{b}\"}\n",
     "p:2:10: unknown key 'template' in topics (did you mean 'templates'?)"},
    {VERSION "topics: {mode: obseve}\n", "p:2:16: mode is 'obseve' (did you mean 'observe'?)"},
};

static const struct refusal limits_refusals[] = {
    {VERSION "limits: {}\n", "p:2:9: 'publish' is missing in limits (expected there)"},
    {VERSION "limits: {mode: observe}\n", "p:2:9: 'publish' is missing in limits (expected there)"},
    {VERSION "limits: {publish: []}\n", "p:2:19: 0 limits (expected 1 to 8)"},
    {VERSION "limits: {publish: {per: client}}\n",
     "p:2:19: publish is a mapping (expected a list of limits)"},
    {VERSION "limits: {publish: [{per: client, rate: 1/s}, {per: client, rate: 1/s}, {per: client, rate: "
             "1/s}, {per: client, rate: 1/s}, {per: client, rate: 1/s}, {per: client, rate: 1/s}, {per: "
             "client, rate: 1/s}, {per: client, rate: 1/s}, {per: client, rate: 1/s}]}\n",
     "p:2:19: 9 limits (expected 1 to 8)"},
    {VERSION "limits: {publish: [10/s]}\n", "p:2:20: a limit is a string (expected a mapping)"},
    {VERSION "limits: {publish: [~]}\n", "p:2:20: a limit has no value (expected a mapping)"},
    {VERSION "limits: {publish: [{rate: 1/s}]}\n", "p:2:20: 'per' is missing in a limit (expected there)"},
    {VERSION "limits: {publish: [{per: client}]}\n",
     "p:2:20: a limit without a rate (expected 'rate' or 'bytes' or both)"},
    {VERSION "limits: {publish: [{per: address, rate: 1/s}]}\n",
     "p:2:26: per is 'address' (expected client)"},
    {VERSION "limits: {publish: [{per: client, rate: 1/s, action: disconnect}]}\n",
     "p:2:53: action is 'disconnect' (expected drop)"},
    {VERSION "limits: {publish: [{per: client, rate: 0/s}]}\n", "p:2:40: rate is '0/s' (expected " RATE ")"},
    {VERSION "limits: {publish: [{per: client, rate: 10}]}\n", "p:2:40: rate is '10' (expected " RATE ")"},
    {VERSION "limits: {publish: [{per: client, rate: 10/d}]}\n",
     "p:2:40: rate is '10/d' (expected " RATE ")"},
    {VERSION "limits: {publish: [{per: client, rate: -1/s}]}\n",
     "p:2:40: rate is '-1/s' (expected " RATE ")"},
    {VERSION "limits: {publish: [{per: client, rate: 1.5/s}]}\n",
     "p:2:40: rate is '1.5/s' (expected " RATE ")"},
    {VERSION "limits: {publish: [{per: client, rate: 8KiB/s}]}\n",
     "p:2:40: rate is '8KiB/s' (expected " RATE ")"},
    {VERSION "limits: {publish: [{per: client, rate: 1099511627777/s}]}\n",
     "p:2:40: rate is '1099511627777/s' (expected " RATE ")"},
    {VERSION "limits: {publish: [{per: client, rate: ~}]}\n",
     "p:2:40: rate has no value (expected " RATE ")"},
    {VERSION "limits: {publish: [{per: client, rate: /s}]}\n", "p:2:40: rate is '/s' (expected " RATE ")"},
    {VERSION "limits: {publish: [{per: client, bytes: 64KB/s}]}\n",
     "p:2:41: bytes is '64KB/s' (expected bytes per time, such as 64KiB/s or 1MiB/m, at least one and at "
     "most 1024GiB)"},
    {VERSION "limits: {publish: [{per: client, bytes: 1025GiB/s}]}\n",
     "p:2:41: bytes is '1025GiB/s' (expected bytes per time, such as 64KiB/s or 1MiB/m, at least one and at "
     "most 1024GiB)"},
    {VERSION "limits: {publish: [{per: client, bytes: 0/s}]}\n",
     "p:2:41: bytes is '0/s' (expected bytes per time, such as 64KiB/s or 1MiB/m, at least one and at most "
     "1024GiB)"},
    {VERSION "limits: {publish: [{per: client, rate: 1/s, burst: 0}]}\n",
     "p:2:52: burst is '0' (expected a whole number from 1 to 1099511627776)"},
    {VERSION "limits: {publish: [{per: client, rate: 1/s, burst: 1099511627777}]}\n",
     "p:2:52: burst is '1099511627777' (expected a whole number from 1 to 1099511627776)"},
    {VERSION "limits: {publish: [{per: client, bytes: 1/s, burst: 1}]}\n",
     "p:2:46: 'burst' without 'rate' (expected both, or 'bytes_burst')"},
    {VERSION "limits: {publish: [{per: client, rate: 1/s, bytes_burst: 1}]}\n",
     "p:2:45: 'bytes_burst' without 'bytes' (expected both)"},
    {VERSION "limits: {publish: [{per: client, bytes: 1/s, bytes_burst: 0}]}\n",
     "p:2:59: bytes_burst is '0' (expected a size from 1 to 1099511627776 bytes, such as 300, 8KiB or 1MiB)"},
    {VERSION "limits: {connect: [], publish: [{per: client, rate: 1/s}]}\n",
     "p:2:10: 'connect' in limits is not supported by this version (expected mode, publish)"},
    {VERSION "limits: {subscribe: [], publish: [{per: client, rate: 1/s}]}\n",
     "p:2:10: 'subscribe' in limits is not supported by this version (expected mode, publish)"},
    {VERSION "limits: {lockout: {}, publish: [{per: client, rate: 1/s}]}\n",
     "p:2:10: 'lockout' in limits is not supported by this version (expected mode, publish)"},
    {VERSION "limits: {publish: [{per: client, rate: 1/s, bursts: 3}]}\n",
     "p:2:45: unknown key 'bursts' in a limit (did you mean 'burst'?)"},
};

static const struct refusal identities_refusals[] = {
    {VERSION "identities: a.db\n", "p:2:13: identities is a string (expected a mapping)"},
    {VERSION "identities: {}\n", "p:2:13: 'store' is missing in identities (expected there)"},
    {VERSION "identities: {keep: 30d}\n", "p:2:13: 'store' is missing in identities (expected there)"},
    {VERSION "identities: {store: \"\"}\n", "p:2:21: store is empty (expected a string that is not)"},
    {VERSION "identities: {store: [a]}\n", "p:2:21: store is a list (expected a string)"},
    {VERSION "identities: {store: state/}\n",
     "p:2:21: store is 'state/' (expected the name of a file, not of a folder)"},
    {VERSION "identities: {store: a, keep: 59m}\n",
     "p:2:30: keep is '59m' (expected a duration from 1h to 366d, such as 30s, 5m, 2h or 7d)"},
    {VERSION "identities: {store: a, keep: 367d}\n",
     "p:2:30: keep is '367d' (expected a duration from 1h to 366d, such as 30s, 5m, 2h or 7d)"},
    {VERSION "identities: {store: a, file: b}\n",
     "p:2:24: unknown key 'file' in identities (expected store, keep)"},
};

static const struct refusal metrics_refusals[] = {
    {VERSION "metrics: 9234\n", "p:2:10: metrics is a string (expected a mapping)"},
    {VERSION "metrics: {listen: 9234}\n", "p:2:19: listen is '9234' (expected " LISTEN ")"},
    {VERSION "metrics: {listen: 127.0.0.1}\n", "p:2:19: listen is '127.0.0.1' (expected " LISTEN ")"},
    {VERSION "metrics: {listen: 127.0.0.1:0}\n", "p:2:19: listen is '127.0.0.1:0' (expected " LISTEN ")"},
    {VERSION "metrics: {listen: 127.0.0.1:65536}\n",
     "p:2:19: listen is '127.0.0.1:65536' (expected " LISTEN ")"},
    {VERSION "metrics: {listen: \"127.0.0.1:\"}\n", "p:2:19: listen is '127.0.0.1:' (expected " LISTEN ")"},
    {VERSION "metrics: {listen: 127.0.0.1:09234}\n",
     "p:2:19: listen is '127.0.0.1:09234' (expected " LISTEN ")"},
    {VERSION "metrics: {listen: localhost:9234}\n",
     "p:2:19: listen is 'localhost:9234' (expected " LISTEN ")"},
    {VERSION "metrics: {listen: \"::1:9234\"}\n", "p:2:19: listen is '::1:9234' (expected " LISTEN ")"},
    {VERSION "metrics: {listen: \"[::1]\"}\n", "p:2:19: listen is '[::1]' (expected " LISTEN ")"},
    {VERSION "metrics: {listen: \"[127.0.0.1]:9234\"}\n",
     "p:2:19: listen is '[127.0.0.1]:9234' (expected " LISTEN ")"},
    {VERSION "metrics: {listen: \"[]:9234\"}\n", "p:2:19: listen is '[]:9234' (expected " LISTEN ")"},
    {VERSION "metrics: {listen: \":9234\"}\n", "p:2:19: listen is ':9234' (expected " LISTEN ")"},
    {VERSION "metrics: {listen: [::1]:9234}\n",
     "p:2:24: YAML syntax: missing comma in flow mapping (expected valid YAML)"},
    {VERSION "metrics: {listen: 127.1:9234}\n", "p:2:19: listen is '127.1:9234' (expected " LISTEN ")"},
    {VERSION "metrics: {listen: ~}\n", "p:2:19: listen has no value (expected a string)"},
    {VERSION "metrics: {listen: 0.0.0.0:9234}\n",
     "p:2:19: listen is '0.0.0.0:9234', which other machines can reach (expected a loopback address, or "
     "'allow_remote: true': /metrics knows neither passwords nor TLS)"},
    {VERSION "metrics: {listen: \"[::]:9234\"}\n",
     "p:2:19: listen is '[::]:9234', which other machines can reach (expected a loopback address, or "
     "'allow_remote: true': /metrics knows neither passwords nor TLS)"},
    {VERSION "metrics: {listen: 192.0.2.1:9234, allow_remote: false}\n",
     "p:2:19: listen is '192.0.2.1:9234', which other machines can reach (expected a loopback address, or "
     "'allow_remote: true': /metrics knows neither passwords nor TLS)"},
    {VERSION "metrics: {listen: \"[::ffff:192.0.2.1]:9234\"}\n",
     "p:2:19: listen is '[::ffff:192.0.2.1]:9234', which other machines can reach (expected a loopback "
     "address, or 'allow_remote: true': /metrics knows neither passwords nor TLS)"},
    {VERSION "metrics: {allow_remote: yes}\n", "p:2:25: allow_remote is 'yes' (expected true or false)"},
    {VERSION "metrics: {port: 9234}\n",
     "p:2:11: unknown key 'port' in metrics (expected listen, allow_remote)"},
};

#endif
