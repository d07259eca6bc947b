# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034,SC2001
# Throw-away keys, the JWK Set that publishes them, and tokens signed by them, with nothing but the openssl
# command: what the plugin accepts here was made by somebody else's code. Sourced.

base64url() {
    openssl base64 -A | tr '+/' '-_' | tr -d '='
}

# Hexadecimal digits on standard input, bytes on standard output.
from_hex() {
    local digits
    read -r digits || [ -n "$digits" ]
    # shellcheck disable=SC2059
    printf "$(sed 's/../\\x&/g' <<<"$digits")"
}

# make_keys FOLDER: FOLDER/{RS256,ES256,EdDSA}.pem, and stranger-{RS256,ES256}.pem, which no JWK Set knows.
make_keys() {
    local owner
    for owner in '' stranger-; do
        openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1/${owner}RS256.pem"
        openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1/${owner}ES256.pem"
    done
    openssl genpkey -quiet -algorithm ED25519 -out "$1/EdDSA.pem"
}

# The last BYTES bytes of the public key in DER: for EC and Ed25519 that is the point itself.
public_tail() {
    openssl pkey -in "$1" -pubout -outform DER | tail -c "$2"
}

# make_jwks FOLDER: the public halves as a JWK Set (RFC 7517) on standard output; each `kid` is the algorithm.
make_jwks() {
    local modulus x y
    modulus=$(openssl rsa -in "$1/RS256.pem" -noout -modulus | sed 's/^Modulus=//' | from_hex | base64url)
    x=$(public_tail "$1/ES256.pem" 64 | head -c 32 | base64url)
    y=$(public_tail "$1/ES256.pem" 32 | base64url)
    cat <<EOF
{"keys": [
  {"kty": "RSA", "kid": "RS256", "alg": "RS256", "use": "sig", "e": "AQAB", "n": "$modulus"},
  {"kty": "EC", "kid": "ES256", "alg": "ES256", "use": "sig", "crv": "P-256", "x": "$x", "y": "$y"},
  {"kty": "OKP", "kid": "EdDSA", "alg": "EdDSA", "use": "sig", "crv": "Ed25519",
   "x": "$(public_tail "$1/EdDSA.pem" 32 | base64url)"}
]}
EOF
}

# openssl signs ECDSA as DER; a token holds the two numbers side by side (RFC 7518 section 3.4).
der_to_raw() {
    openssl asn1parse -inform DER | sed -n 's/.*INTEGER *:\([0-9A-F]*\)$/\1/p' | while read -r number; do
        printf '%64s' "$number" | tr ' ' 0
    done | from_hex
}

# signature ALGORITHM KEY: over standard input. The key is a PEM file, or hexadecimal digits for HS256.
signature() {
    local input
    case $1 in
    RS256) openssl dgst -sha256 -sign "$2" ;;
    ES256) openssl dgst -sha256 -sign "$2" | der_to_raw ;;
    HS256) openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(cat "$2")" -binary ;;
    EdDSA)
        # Ed25519 hashes the message twice, so openssl wants a file rather than a pipe.
        input=$(mktemp)
        cat >"$input"
        openssl pkeyutl -sign -rawin -inkey "$2" -in "$input"
        rm -f "$input"
        ;;
    *) return 1 ;;
    esac
}

# sign_token ALGORITHM KEY CLAIMS: a compact JWS (RFC 7515) of the JSON object CLAIMS.
sign_token() {
    local text
    text=$(printf '{"alg":"%s","kid":"%s","typ":"JWT"}' "$1" "$1" | base64url).$(printf '%s' "$3" | base64url)
    printf '%s.%s\n' "$text" "$(printf '%s' "$text" | signature "$1" "$2" | base64url)"
}
