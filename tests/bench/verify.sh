# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What a token costs to verify, against OpenSSL's bare arithmetic and against libjwt, in one run on one core. Sourced by
# run.sh.

verify_rounds=31
verify_algorithms=(RS256 ES256 EdDSA HS256)
# The least that Bednet's speed may be of OpenSSL's alone, and of libjwt's; 0: not asked.
declare -A verify_of_raw=([RS256]=0.65 [ES256]=0.75 [EdDSA]=0.85 [HS256]=0)
declare -A verify_of_libjwt=([RS256]=14 [ES256]=5 [EdDSA]=0 [HS256]=0.8)
verify_again_ns=2000

# middle COLUMN [DIVISOR-COLUMN]: of the rounds.
middle() {
    awk -v a="$1" -v b="${2:-0}" '{ printf "%.4f\n", b ? $a / $b : $a }' "$work/verify.rounds" | quantile 0.5
}

microseconds() {
    awk -v ns="$1" 'BEGIN { if (ns + 0 != 0) printf "%.1f", ns / 1000 }'
}

measure_verify() {
    local algorithm key of_raw of_libjwt again
    echo '| algorithm | new, us | seen before, us | OpenSSL alone, us | libjwt, us | speed of OpenSSL | at least |' \
        'speed of libjwt | at least |'
    echo '|---|---:|---:|---:|---:|---:|---:|---:|---:|'
    for algorithm in "${verify_algorithms[@]}"; do
        key=$work/$algorithm.public
        if [ "$algorithm" = HS256 ]; then
            key=$work/HS256.pem
        else
            openssl pkey -in "$work/$algorithm.pem" -pubout -out "$key"
        fi
        taskset -c "$(($(nproc) - 1))" "$build/bench/bench_verify" "$algorithm" "$work/jwks.json" "$key" \
            "$work/device.$algorithm" https://id.acme.example "$verify_rounds" >"$work/verify.rounds"
        again=$(middle 2)
        of_raw=$(middle 3 1)
        of_libjwt=$(middle 4 1)
        [ "${verify_of_raw[$algorithm]}" = 0 ] || at_least "$of_raw" "${verify_of_raw[$algorithm]}" "$algorithm, OpenSSL"
        [ "${verify_of_libjwt[$algorithm]}" = 0 ] ||
            at_least "$of_libjwt" "${verify_of_libjwt[$algorithm]}" "$algorithm, libjwt"
        [ "$algorithm" = HS256 ] || within "$again" "$verify_again_ns" "$algorithm, a token seen before, in ns"
        printf '| %s | %s | %s | %s | %s | x%.2f | %s | %s | %s |\n' "$algorithm" "$(microseconds "$(middle 1)")" \
            "$(microseconds "$again")" "$(microseconds "$(middle 3)")" "$(microseconds "$(middle 4)")" "$of_raw" \
            "${verify_of_raw[$algorithm]#0}" "$([ "$algorithm" = EdDSA ] || printf 'x%.1f' "$of_libjwt")" \
            "${verify_of_libjwt[$algorithm]#0}"
    done
}
