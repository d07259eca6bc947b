#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes what PEM can hold out of the keys of this folder with the openssl command. Run make.mjs first.
set -eu
cd "$(dirname "$0")"
corpus=../../fuzz/corpus/keys
mkdir -p "$corpus"

openssl rsa -in rsa.pem -RSAPublicKey_out -out rsa.pkcs1.pem 2>/dev/null
for name in rsa ec ed; do
    [ -e $name.crt.pem ] || openssl req -x509 -new -key $name.pem -subj "/CN=$name.example.test" -days 36500 -out $name.crt.pem
done

# Key files of all kinds for fuzz_keys, good ones and others.
cp jwks.json "$corpus/set.json"
cp private.json "$corpus/no-set.json"
for name in rsa ec ec384 ec521 ed; do cp $name.pub.pem "$corpus/$name.pem"; done
cp rsa.pkcs1.pem "$corpus/pkcs1.pem"
cp ec.crt.pem "$corpus/certificate.pem"
cp ed.pem "$corpus/private.pem"
cat rsa.crt.pem ec.pub.pem ed.pub.pem >"$corpus/several.pem"
{ echo 'our key:'; openssl x509 -in ed.crt.pem -text; } >"$corpus/text-around.pem"
head -c 150 rsa.pub.pem >"$corpus/cut.pem"
tr -d '\n' <ec.pub.pem >"$corpus/one-line.pem"
sed 's/$/\r/' ec.pub.pem >"$corpus/crlf.pem"
openssl ecparam -name secp256k1 -genkey -noout 2>/dev/null | openssl ec -pubout -out "$corpus/other-curve.pem" 2>/dev/null
openssl ecparam -name prime256v1 -param_enc explicit -genkey -noout 2>/dev/null |
    openssl ec -pubout -param_enc explicit -out "$corpus/explicit-curve.pem" 2>/dev/null
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 2>/dev/null | openssl pkey -pubout -out "$corpus/short.pem"
openssl genpkey -algorithm RSA-PSS 2>/dev/null | openssl pkey -pubout -out "$corpus/rsa-pss.pem"
openssl genpkey -algorithm X25519 | openssl pkey -pubout -out "$corpus/x25519.pem"
openssl ecparam -name prime256v1 -out "$corpus/parameters.pem"
printf '{"kty":"oct","kid":"a","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}' >"$corpus/secret.json"
printf '\n  {"kty":"OKP","crv":"Ed25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}' >"$corpus/small-order.json"
printf '{"keys":[{"kty":"EC","crv":"P-384","x":"AA","y":"AA"},{"kty":"RSA","n":"AQAB","e":"AQ"},1]}' >"$corpus/broken.json"
