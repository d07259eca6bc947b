# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034
# What is measured with: a policy of any number of rules that leaves no section out, and two clients whose tokens
# fit it. Sourced; the caller sets `work` and `build`.

# The topic has five levels; two of them are granted by `${...}`.
site=lyon
publisher=publisher
subscriber=subscriber
roles=(device common)
topic=acme/$site/sensor/$publisher/telemetry
forbidden=acme/$site/sensor/$publisher/firmware

# filters_of COUNT full|plain publish|subscribe: the filters of the role `device`, half of COUNT for each of the two
# actions. What grants the topic stands last, behind other sites, other devices of the same site, wildcards and, where
# they are `full`, templates. Plain ones are such as other access lists have them, too.
filters_of() {
    awk -v count="$1" -v plain="$([ "$2" = full ] || echo 1)" -v action="$3" 'BEGIN {
        for (i = 0; i < count - 4; i++) {
            if ((i % 2 ? "publish" : "subscribe") != action)
                continue
            kind = int(i / 2) % 5
            if (kind == 0) print "acme/site-" i "/sensor/device-" i "/telemetry"
            if (kind == 1) print "acme/site-" i "/sensor/+/command"
            if (kind == 2) print "acme/site-" i "/sensor/" (plain ? "device-" i : "${client_id}") "/#"
            if (kind == 3) print "acme/lyon/sensor/device-" i "/telemetry"
            if (kind == 4) print "acme/site-" i "/+/+/status"
        }
        if (action == "publish")
            print plain ? "acme/lyon/sensor/publisher/+" : "acme/${claim.site}/sensor/${client_id}/+"
        else
            print plain ? "acme/lyon/sensor/+/+" : "acme/${claim.site}/sensor/+/+"
    }'
}

# role_of COUNT full|plain [MEMBERS]: the role `device`; MEMBERS are who has it besides those whose token says so.
role_of() {
    echo '  device:'
    [ -z "${3:-}" ] || echo "    members: $3"
    echo '    allow:'
    echo '      publish:'
    filters_of "$1" "$2" publish | sed 's/^/        - /'
    echo '      subscribe:'
    filters_of "$1" "$2" subscribe | sed 's/^/        - /'
}

jwt_section() {
    cat <<'EOF'
jwt:
  issuers:
    - issuer: https://id.acme.example
      audience: [mqtt.acme.example]
      keys: {file: jwks.json}
      algorithms: [RS256, ES256, EdDSA, HS256]
      leeway: 5s
      username: ${claim.sub}
      client_id: ${claim.device_id}
      roles: ${claim.roles}

EOF
}

# Two roles besides `device`: the clients have the first of them, and its denial speaks of each of their messages.
other_roles() {
    cat <<'EOF'
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
EOF
}

# make_open_policy COUNT: on standard output, of access alone and for anybody, with plain rules.
make_open_policy() {
    printf 'bednet: 1\ndefault: deny\nroles:\n'
    role_of "$1" plain '{anonymous: true}'
}

# make_access_policy COUNT full|plain: the same of tokens and access.
make_access_policy() {
    printf 'bednet: 1\ndefault: deny\n'
    jwt_section
    echo 'roles:'
    if [ "$2" = full ]; then
        other_roles
    else
        printf '  common:\n    allow:\n      publish:\n        - acme/all\n'
    fi
    role_of "$1" "$2"
}

# make_policy COUNT METRICS_PORT: the same of everything; COUNT rules in three roles, of which the two clients have two.
make_policy() {
    make_access_policy "$1" full
    cat <<EOF

certificate:
  accept: [{username: "\${cert.cn}"}]

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

# The same rules for the two access lists that brokers bring along.
make_acl_file() { # COUNT
    filters_of "$1" plain publish | sed 's/^/topic write /'
    filters_of "$1" plain subscribe | sed 's/^/topic read /'
}

make_dynsec() { # COUNT
    {
        filters_of "$1" plain publish | sed 's/^/publishClientSend /'
        filters_of "$1" plain subscribe | sed 's/^/publishClientReceive /'
    } | awk 'BEGIN {
            print "{\"defaultACLAccess\": {\"publishClientSend\": false, \"publishClientReceive\": false,"
            print " \"subscribe\": true, \"unsubscribe\": true}, \"clients\": [], \"anonymousGroup\": \"all\","
            print " \"groups\": [{\"groupname\": \"all\", \"clients\": [], \"roles\": [{\"rolename\": \"device\"}]}],"
            print " \"roles\": [{\"rolename\": \"device\", \"acls\": ["
        }
        {
            printf "%s{\"acltype\": \"%s\", \"topic\": \"%s\", \"priority\": 0, \"allow\": true}\n", \
                (NR > 1 ? "," : ""), $1, $2
        }
        END { print "]}]}" }'
}

# token_of ALGORITHM CLIENT_ID
token_of() {
    "$build/tools/bednet" token mint --alg "$1" --kid "$1" --key "$work/$1.key" --lifetime 1d \
        --issuer https://id.acme.example --audience mqtt.acme.example --subject "user-of-$2" --claim "device_id=$2" \
        --claim "site=$site" --claim "roles:=[\"${roles[0]}\", \"${roles[1]}\"]"
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
    from_hex <"$work/HS256.pem" >"$work/HS256.key"
    for algorithm in RS256 ES256 EdDSA; do
        cp "$work/$algorithm.pem" "$work/$algorithm.key"
    done
    chmod 600 "$work"/*.key "$work/jwks.json"
    for algorithm in RS256 ES256 EdDSA HS256; do
        for client in "$publisher" "$subscriber"; do
            token_of "$algorithm" "$client" >"$work/$client.$algorithm"
        done
        for ((i = 0; i < devices; i++)); do
            token_of "$algorithm" "device-$i"
        done >"$work/device.$algorithm"
    done
}
