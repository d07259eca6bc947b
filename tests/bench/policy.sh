# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034
# What is measured with: a policy of any number of rules that leaves no section out, and two clients whose tokens
# fit it. Sourced; the caller sets `work`.

# The topic has five levels; two of them are granted by `${...}`.
site=lyon
publisher=publisher
subscriber=subscriber
roles=(device common)
topic=acme/$site/sensor/$publisher/telemetry
forbidden=acme/$site/sensor/$publisher/firmware

# rules_of COUNT publish|subscribe: the filters of the role `device`, half of COUNT for each of the two actions.
# What grants the topic stands last, behind other sites, other devices of the same site, wildcards and templates.
rules_of() {
    awk -v count="$1" -v action="$2" 'BEGIN {
        for (i = 0; i < count - 4; i++) {
            if ((i % 2 ? "publish" : "subscribe") != action)
                continue
            kind = int(i / 2) % 5
            if (kind == 0) filter = "acme/site-" i "/sensor/device-" i "/telemetry"
            if (kind == 1) filter = "acme/site-" i "/sensor/+/command"
            if (kind == 2) filter = "acme/site-" i "/sensor/${client_id}/#"
            if (kind == 3) filter = "acme/lyon/sensor/device-" i "/telemetry"
            if (kind == 4) filter = "acme/site-" i "/+/+/status"
            print "        - " filter
        }
        if (action == "publish")
            print "        - acme/${claim.site}/sensor/${client_id}/+"
        else
            print "        - acme/${claim.site}/sensor/+/+"
    }'
}

# make_policy RULES METRICS_PORT: COUNT rules in three roles on standard output; the two clients have two of them.
make_policy() {
    cat <<EOF
bednet: 1
default: deny

jwt:
  issuers:
    - issuer: https://id.acme.example
      audience: [mqtt.acme.example]
      keys: {file: jwks.json}
      algorithms: [RS256, ES256, EdDSA, HS256]
      leeway: 5s
      username: \${claim.sub}
      client_id: \${claim.device_id}
      roles: \${claim.roles}

certificate:
  accept: [{username: "\${cert.cn}"}]

roles:
  common:
    deny:
      publish:
        - +/+/+/+/firmware
  engine:
    members: {usernames: [rules-engine]}
    allow:
      subscribe:
        - "#"
    exempt: [topics.wildcards, limits]
  device:
    allow:
      publish:
$(rules_of "$1" publish)
      subscribe:
$(rules_of "$1" subscribe)

topics:
  levels: {max: 8}
  bytes: {max: 256}
  leading_slash: deny
  empty_levels: deny
  characters: "A-Za-z0-9_.:-"
  wildcards:
    multi_level: {min_literal_levels: 3}
    single_level: {max: 2}

limits:
  publish:
    - {per: client, rate: 1000000/s, burst: 1000000, bytes: 512MiB/s, action: drop}

metrics:
  listen: 127.0.0.1:$2
EOF
}

# token_of ALGORITHM CLIENT_ID
token_of() {
    local now
    now=$(date +%s)
    sign_token "$1" "$work/$1.pem" "{\"iss\": \"https://id.acme.example\", \"aud\": \"mqtt.acme.example\",
        \"sub\": \"user-of-$2\", \"device_id\": \"$2\", \"site\": \"$site\",
        \"roles\": [\"${roles[0]}\", \"${roles[1]}\"], \"iat\": $now, \"exp\": $((now + 86400))}"
}

# Keys, and for each algorithm the tokens of both clients as $work/CLIENT_ID.ALGORITHM, and those of `devices`
# clients device-0, device-1 and so on as the lines of $work/device.ALGORITHM.
devices=256
make_credentials() {
    local algorithm client i
    make_keys "$work"
    openssl rand -hex 32 >"$work/HS256.pem"
    make_jwks "$work" | sed '$d' >"$work/jwks.json"
    printf ', {"kty": "oct", "kid": "HS256", "alg": "HS256", "k": "%s"}]}\n' \
        "$(from_hex <"$work/HS256.pem" | base64url)" >>"$work/jwks.json"
    for algorithm in RS256 ES256 EdDSA HS256; do
        for client in "$publisher" "$subscriber"; do
            token_of "$algorithm" "$client" >"$work/$client.$algorithm"
        done
        for ((i = 0; i < devices; i++)); do
            token_of "$algorithm" "device-$i"
        done >"$work/device.$algorithm"
    done
}
