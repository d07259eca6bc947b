// SPDX-License-Identifier: Apache-2.0
// Makes the key sets and tokens.txt beside it, with Node's own crypto and nothing of Bednet. The private keys are
// forgotten at once: to have another token, make all anew. quick.jwks.json lacks the RSA key, whose check takes
// longer than everything else that a load of a policy does. tokens.txt: name, client id, user name, site, roles
// (joined by commas, `-` for none), token, separated by tabs.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const b64 = (data) => Buffer.from(data).toString('base64url');
const rsa = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = crypto.generateKeyPairSync('ed25519');
const secret = crypto.randomBytes(32);

const signers = {
  RS256: (input) => crypto.sign('sha256', input, rsa.privateKey),
  ES256: (input) => crypto.sign('sha256', input, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }),
  EdDSA: (input) => crypto.sign(null, input, ed.privateKey),
  HS256: (input) => crypto.createHmac('sha256', secret).update(input).digest(),
};

function token(alg, claims) {
  const input = `${b64(JSON.stringify({ alg, typ: 'JWT', kid: alg }))}.${b64(JSON.stringify(claims))}`;
  return `${input}.${b64(signers[alg](Buffer.from(input)))}`;
}

function jwk(alg, key) {
  return { ...key, kid: alg, alg, use: 'sig' };
}

const keys = [
  jwk('RS256', rsa.publicKey.export({ format: 'jwk' })),
  jwk('ES256', ec.publicKey.export({ format: 'jwk' })),
  jwk('EdDSA', ed.publicKey.export({ format: 'jwk' })),
  jwk('HS256', { kty: 'oct', k: b64(secret) }),
];

const year2100 = 4102444800;
const lines = [];
function add(name, alg, id, sub, site, roles, more) {
  const claims = {
    iss: 'https://id.fault.example', aud: 'mqtt.fault.example', sub, device_id: id, site, roles,
    iat: 1700000000, exp: year2100, ...more,
  };
  lines.push([name, id, sub, site, roles.join(',') || '-', token(alg, claims)].join('\t'));
}

for (const alg of Object.keys(signers)) {
  add(alg, alg, `dev-${alg}`, `user-${alg}`, 's1', ['device']);
}
['dev-0', 'dev-1', 'dev-2', 'dev-3', 'a/b', '+', '#', 'x+y'].forEach((id, i) => {
  const roles = [['device'], ['device', 'auditor'], ['nobody'], []][i % 4];
  add(`device-${i}`, 'HS256', id, i === 1 ? 'user/#' : `user-${i}`, i % 3 === 2 ? '+' : `s${i % 3}`, roles);
});
add('expired', 'HS256', 'dev-0', 'user-0', 's0', ['device'], { exp: 1700000001 });
add('audience', 'HS256', 'dev-0', 'user-0', 's0', ['device'], { aud: 'elsewhere' });

const write = (name, set) =>
  fs.writeFileSync(path.join(__dirname, name), `${JSON.stringify({ keys: set }, null, 2)}\n`);
write('jwks.json', keys);
write('quick.jwks.json', keys.filter((key) => key.kty !== 'RSA'));
fs.writeFileSync(path.join(__dirname, 'tokens.txt'), `${lines.join('\n')}\n`);
