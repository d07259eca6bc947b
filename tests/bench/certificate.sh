# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What a login by certificate costs the plugin besides the handshake, with the PKI of docs/pki.md. Sourced by run.sh.

certificate_rounds=21
certificate_limit_ns=20000

write_certificate_policy() { # FILE PINNED
    cat >"$1" <<YAML
bednet: 1
certificate:
  authorities: {devices: pki/device-ca.crt, services: pki/service-ca.crt}
  accept:
    - issuer: services
      roles: [service]
    -${2:+ issuer: devices
     } match: {san.uri: "spiffe://acme.example/site/{site}/device/{device}"}
      username: "\${match.device}"
      client_id: "\${match.device}"
      roles: [device]
      extended_key_usage: [client_auth]
      lifetime: {max: 900d}
  deny:
    - fingerprint: "0000000000000000000000000000000000000000000000000000000000000000"
  crl: {folders: [pki/crls]}
roles:
  service: {allow: {subscribe: ["acme/#"]}}
  device: {allow: {publish: ["acme/\${match.site}/\${client_id}/#"]}}
YAML
}

measure_certificate() {
    local what pinned again
    sh tests/pki/make.sh "$work/pki" >/dev/null
    echo '| login by certificate | seen for the first time, us | seen before, us | at most |'
    echo '|---|---:|---:|---:|'
    for pinned in '' yes; do
        write_certificate_policy "$work/certificate.yaml" "$pinned"
        taskset -c "$(($(nproc) - 1))" "$build/bench/bench_certificate" "$work/certificate.yaml" \
            "$work/pki/sensor-1.crt" sensor-1 "$certificate_rounds" >"$work/verify.rounds"
        what=${pinned:+the issuer is pinned}
        again=$(middle 2)
        within "$again" "$certificate_limit_ns" "${what:-any trusted issuer}, in ns"
        printf '| %s | %s | %s | 20 |\n' "${what:-any issuer that the listener trusts}" \
            "$(microseconds "$(middle 1)")" "$(microseconds "$again")"
    done
}
