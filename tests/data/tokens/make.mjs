// SPDX-License-Identifier: Apache-2.0
// Makes the keys and tokens of this folder with an implementation that is not Bednet's. See README.md.
import { writeFileSync, readFileSync, existsSync, mkdirSync } from 'node:fs';
import { createPrivateKey, createHmac, createSecretKey, randomBytes } from 'node:crypto';
import * as jose from 'jose';

const here = new URL('./', import.meta.url);
const corpus = new URL('../../fuzz/corpus/token/', here);
const issuer = 'https://id.example.test';
const audience = 'mqtt.example.test';
const year2100 = 4102444800;
const issuedAt = 1700000000;

// Keys stay as they are unless they are deleted from private.json: tests elsewhere may hold tokens of theirs.
async function makeKeys() {
  const file = new URL('private.json', here);
  const keys = existsSync(file) ? JSON.parse(readFileSync(file)) : {};
  const pairs = { rsa: ['RS256', { modulusLength: 2048 }], ec: ['ES256', {}], ed: ['EdDSA', { crv: 'Ed25519' }],
                  ec384: ['ES384', {}], ec521: ['ES512', {}] };
  const secrets = { hs: 32, hs384: 48, hs512: 64 };
  for (const stranger of ['', '-stranger']) {
    for (const [name, [alg, options]] of Object.entries(pairs)) {
      if (keys[name + stranger]) continue;
      const { privateKey } = await jose.generateKeyPair(alg, { extractable: true, ...options });
      keys[name + stranger] = await jose.exportJWK(privateKey);
    }
    for (const [name, bytes] of Object.entries(secrets))
      keys[name + stranger] ??= { kty: 'oct', k: randomBytes(bytes).toString('base64url') };
  }
  writeFileSync(file, JSON.stringify(keys, null, 1) + '\n');
  return keys;
}

const keys = await makeKeys();
const kids = { RS256: 'rsa-1', ES256: 'ec-1', EdDSA: 'ed-1', HS256: 'hs-1' };
const names = { RS256: 'rsa', ES256: 'ec', EdDSA: 'ed', HS256: 'hs', RS384: 'rsa', RS512: 'rsa', PS256: 'rsa',
                PS384: 'rsa', PS512: 'rsa', ES384: 'ec384', ES512: 'ec521', HS384: 'hs384', HS512: 'hs512' };
for (const alg of Object.keys(names)) kids[alg] ??= alg.toLowerCase() + '-1';

function publicPart(jwk) {
  const { d, p, q, dp, dq, qi, ...rest } = jwk;
  return rest;
}

const jwks = { keys: Object.entries(kids).map(([alg, kid]) =>
  ({ kid, alg, use: 'sig', ...publicPart(keys[names[alg]]) })) };
writeFileSync(new URL('jwks.json', here), JSON.stringify(jwks, null, 1) + '\n');
for (const name of Object.keys(keys).filter((name) => keys[name].kty !== 'oct')) {
  const key = createPrivateKey({ key: keys[name], format: 'jwk' });
  writeFileSync(new URL(`${name}.pem`, here), key.export({ type: 'pkcs8', format: 'pem' }));
}
const publicPems = {};
for (const [alg, name] of [['RS256', 'rsa'], ['ES256', 'ec'], ['ES384', 'ec384'], ['ES512', 'ec521'], ['EdDSA', 'ed']]) {
  publicPems[name] = await jose.exportSPKI(await jose.importJWK(publicPart(keys[name]), alg, { extractable: true }));
  writeFileSync(new URL(`${name}.pub.pem`, here), publicPems[name].trimEnd() + '\n');
}
for (const name of ['hs', 'hs384', 'hs512'])
  writeFileSync(new URL(`${name}.bin`, here), Buffer.from(keys[name].k, 'base64url'));

const claims = {
  iss: issuer, aud: audience, exp: year2100, iat: issuedAt, sub: 'device-0001', site: 'berlin',
  roles: ['device', 'sensor'], org: { unit: { id: 42 } }, beta: true,
};

async function sign(alg, payload = claims, header = {}, key = keys[names[alg]], options = {}) {
  const secret = key instanceof Uint8Array ? key : await jose.importJWK(key, alg);
  const full = { alg, kid: kids[alg], ...header };
  for (const name of Object.keys(full)) if (full[name] === undefined) delete full[name];
  return new jose.CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader(full).sign(secret, options);
}

const tokens = [];
const seeds = [];
const add = (name, expect, token) => tokens.push({ name, expect, token });
const addGood = (name, token) => { add(name, 'none', token); seeds.push([name, token]); };

for (const alg of Object.keys(kids)) {
  addGood(`${alg} plain`, await sign(alg));
  addGood(`${alg} access token`, await sign(alg, { ...claims, aud: ['other', audience] }, { typ: 'at+jwt' }));
  addGood(`${alg} no kid, only one key fits`, await sign(alg, claims, { kid: undefined, typ: 'JWT' }));
  add(`${alg} expired`, 'expired', await sign(alg, { ...claims, exp: issuedAt + 1 }));
  add(`${alg} not yet valid`, 'not_yet_valid', await sign(alg, { ...claims, nbf: year2100 - 1 }));
  add(`${alg} no exp`, 'claims', await sign(alg, { ...claims, exp: undefined }));
  add(`${alg} other issuer`, 'issuer', await sign(alg, { ...claims, iss: issuer + '/' }));
  add(`${alg} other audience`, 'audience', await sign(alg, { ...claims, aud: ['other', audience + '.'] }));
  add(`${alg} DPoP proof`, 'token_type', await sign(alg, claims, { typ: 'dpop+jwt' }));
  add(`${alg} nested`, 'token_type', await sign(alg, claims, { cty: 'JWT' }));
  add(`${alg} critical extension`, 'critical',
      await sign(alg, claims, { crit: ['http://example.test/x'], 'http://example.test/x': 1 }, undefined,
                 { crit: { 'http://example.test/x': true } }));
  add(`${alg} b64`, 'critical', await sign(alg, claims, { b64: true, crit: ['b64'] }));
  add(`${alg} of a stranger`, 'signature', await sign(alg, claims, {}, keys[names[alg] + '-stranger']));
  add(`${alg} unknown kid`, 'unknown_key', await sign(alg, claims, { kid: 'nobody' }));
}

for (const [alg, key] of [['RS384', 'rsa'], ['RS512', 'rsa'], ['PS256', 'rsa'], ['ES384', 'ec384']])
  add(`${alg}, for which the key is not`, 'algorithm', await sign(alg, claims, { kid: kids[alg === 'ES384' ? 'ES256' : 'RS256'] }, keys[key]));
for (const alg of ['HS384', 'HS512'])
  add(`${alg}, for which the key is not`, 'algorithm',
      await sign(alg, claims, { kid: 'hs-1' }, new Uint8Array(Buffer.concat([Buffer.from(keys.hs.k, 'base64url'), Buffer.alloc(32)]))));
add('unsecured', 'malformed', new jose.UnsecuredJWT(claims).encode());
add('public RSA key as HMAC secret', 'algorithm',
    await sign('HS256', claims, { kid: 'rsa-1' }, new TextEncoder().encode(publicPems.rsa)));
add('public EC key as HMAC secret', 'algorithm',
    await sign('HS256', claims, { kid: 'ec-1' }, new TextEncoder().encode(publicPems.ec)));
add('public RSA key as HMAC secret, kid of the secret', 'signature',
    await sign('HS256', claims, {}, new TextEncoder().encode(publicPems.rsa)));
const stranger = publicPart(keys['ec-stranger']);
add('embedded key', 'signature', await sign('ES256', claims, { jwk: stranger }, keys['ec-stranger']));
add('embedded key, no kid', 'signature', await sign('ES256', claims, { kid: undefined, jwk: stranger }, keys['ec-stranger']));
add('key by address', 'unknown_key',
    await sign('ES256', claims, { kid: 'x', jku: 'http://127.0.0.1:9/jwks.json', x5u: 'http://127.0.0.1:9/x.pem' }, keys['ec-stranger']));
add('encrypted', 'malformed',
    await new jose.CompactEncrypt(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'dir', enc: 'A128CBC-HS256', kid: 'hs-1' }).encrypt(Buffer.from(keys.hs.k, 'base64url')));
add('flattened JSON', 'malformed', JSON.stringify(
  await new jose.FlattenedSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', kid: 'ec-1' }).sign(await jose.importJWK(keys.ec, 'ES256'))));

writeFileSync(new URL('tokens.json', here), JSON.stringify(tokens, null, 1) + '\n');

// What the fuzz target needs without opening files.
const literal = (text) => text.match(/.{1,70}/g).map((part) => JSON.stringify(part)).join('\n    ');
writeFileSync(new URL('fuzz_seeds.h', here), `/* SPDX-License-Identifier: Apache-2.0 */
/* Made by make.mjs: a key set and every token of this folder that it verifies. */
static const char fuzz_jwks[] =
    ${literal(JSON.stringify(jwks))};
static const char *const fuzz_seeds[] = {
${seeds.map(([, token]) => '    ' + literal(token) + ',').join('\n')}
};
`);
mkdirSync(corpus, { recursive: true });
tokens.forEach(({ name, token }) =>
  writeFileSync(new URL('made-' + name.replace(/[^A-Za-z0-9]+/g, '-').toLowerCase(), corpus), token));
