# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What a login by token costs the broker in CPU time, user and kernel, against an anonymous one with the same plugins.
# Both brokers are up at once and are loaded in turn, round by round: the ratio is taken within a round, for a machine
# that others use is faster in one second than in the next. A token is either new to the broker, which has read its
# policy and keys again just before, or one that it has seen. Over TLS, as tokens should travel, each login comes with a
# whole handshake. Sourced by run.sh.

# The most that it may be of an anonymous one; all that were seen before share a limit. Without TLS the arithmetic of RSA
# or ECDSA alone is as much as the whole of an anonymous login or more.
declare -A logins_limits=([tls-RS256-new]=1.6 [tls-ES256-new]=2.4 [HS256-new]=1.2)
logins_limit_again=1.1
logins_rounds=25
logins_counts=(64 640) # for callgrind
logins_variants=(bare anonymous RS256-new RS256-again ES256-new ES256-again EdDSA-new EdDSA-again HS256-new
    HS256-again tls-bare tls-anonymous tls-RS256-new tls-RS256-again tls-ES256-new tls-HS256-new)

label_of() { # VARIANT
    case $1 in
    tls-*) echo "TLS, $(label_of "${1#tls-}")" ;;
    bare) echo 'bare, anonymous' ;;
    anonymous) echo 'suite, anonymous' ;;
    *-new) echo "suite, ${1%-*}, a token never seen" ;;
    *) echo "suite, ${1%-*}, a token seen before" ;;
    esac
}

# load_of VARIANT: who logs in, as the array `load`.
load_of() {
    local algorithm=${1#tls-}
    load=(connect --id 'device-%d' --in-flight 32)
    case $1 in tls-*) load+=(--tls --insecure) ;; esac
    case $algorithm in
    bare | anonymous) ;;
    *) load+=(--username token --tokens "$work/device.${algorithm%-*}") ;;
    esac
}

broker_of() { # VARIANT
    if [ "${1#tls-}" = bare ]; then echo bare; else echo suite; fi
}

# login VARIANT COUNT CLIENTS: prints the microseconds of CPU time that a login took the broker.
login() {
    local name load listener=1
    name=$(broker_of "$1")
    case $1 in tls-*) listener=2 ;; esac
    load_of "$1"
    if ! generate "$(port_of "$name" "$listener")" "${load[@]}" --logins "$2" --clients "$3" \
        --broker-pid "$(cat "$work/$name.pid")"; then
        cat "$work/load.log" "$work/$name.log" >&2
        die "logins failed: $1"
    fi
    figure broker cpu_us_per_login
}

# forget: the policy is read again, and with it the keys; it is in force when the log says so.
forget() {
    local before
    before=$(grep -c 'reloaded:' "$work/suite.log" || true)
    kill -HUP "$(cat "$work/suite.pid")"
    until [ "$(grep -c 'reloaded:' "$work/suite.log" || true)" -gt "$before" ]; do
        kill -0 "$(cat "$work/suite.pid")" || die "the broker ended when its policy was read again"
        sleep 0.02
    done
}

# cpu_of VARIANT: microseconds of the broker for each login.
cpu_of() {
    case $1 in
    *-new) forget ;;
    *-again) login "$1" 32 32 >/dev/null ;;
    esac
    case $1 in
    *-again) login "$1" "$devices" 32 ;;
    *) login "$1" "$devices" "$devices" ;;
    esac
}

# rounds: one line a round with the cost of each variant. Every second round runs backwards.
rounds() {
    local round variant order
    declare -A cost
    for ((round = 0; round < logins_rounds; round++)); do
        order=("${logins_variants[@]}")
        [ $((round % 2)) -eq 0 ] || mapfile -t order < <(printf '%s\n' "${order[@]}" | tac)
        for variant in "${order[@]}"; do
            cost[$variant]=$(cpu_of "$variant")
        done
        for variant in "${logins_variants[@]}"; do
            printf '%s ' "${cost[$variant]}"
        done
        echo
    done
}

# Instructions for each login; callgrind's second load has only tokens that its first one had, or none of them.
per_login() { # VARIANT
    local name load first second counts=("${logins_counts[@]}") clients=(32 32)
    name=$(broker_of "$1")
    case $1 in
    tls-*) return ;;
    *-new) counts=(32 "$devices") clients=(32 "$devices") ;;
    esac
    load_of "$1"
    first=$(broker_total "$name" "${load[@]}" --logins "${counts[0]}" --clients "${clients[0]}")
    second=$(broker_total "$name" "${load[@]}" --logins "${counts[1]}" --clients "${clients[1]}")
    per_unit "$first" "${counts[0]}" "$second" "${counts[1]}"
}

# column N: the Nth number of every round; ratios N M: that divided by the Mth.
column() {
    awk -v n="$1" '{ print $n }' "$work/rounds"
}

ratios() {
    awk -v n="$1" -v m="$2" '{ printf "%.3f\n", $n / $m }' "$work/rounds"
}

# column_of VARIANT
column_of() {
    local i
    for i in "${!logins_variants[@]}"; do
        [ "${logins_variants[i]}" != "$1" ] || echo $((i + 1))
    done
}

login_line() { # VERSION VARIANT
    local own anonymous bare middle instructions limit=${logins_limits[$2]:-} encrypted=''
    case $2 in tls-*) encrypted=tls- ;; *-again) limit=$logins_limit_again ;; esac
    own=$(column_of "$2")
    anonymous=$(column_of "${encrypted}anonymous")
    bare=$(column_of "${encrypted}bare")
    middle=$(ratios "$own" "$anonymous" | quantile 0.5)
    [ -z "$limit" ] || within "$middle" "$limit" "logins by $2 on $1"
    instructions=$(per_login "$2")
    echo "| $1 | $(label_of "$2") | $(column "$own" | quantile 0.5 | awk '{ printf "%.1f", $1 }') |" \
        "x$(ratios "$own" "$bare" | quantile 0.5 | in_hundredths) | x$(in_hundredths <<<"$middle")" \
        "[$(ratios "$own" "$anonymous" | quantile 0.25 | in_hundredths)," \
        "$(ratios "$own" "$anonymous" | quantile 0.75 | in_hundredths)] |" \
        "${limit:+x$limit} | ${instructions:+$(thousands "$instructions")} |"
}

measure_logins() {
    local version variant
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -days 2 \
        -keyout "$work/server.key" -out "$work/server.crt" 2>/dev/null
    echo '| broker | login | broker CPU, us | of bare | of anonymous with the suite [quartiles] | allowed | instructions |'
    echo '|---|---|---:|---:|---:|---:|---:|'
    for version in "${versions[@]}"; do
        find_broker "$version"
        prepare_broker bare bare
        prepare_broker suite suite 1000
        start_broker bare
        start_broker suite
        rounds >"$work/rounds"
        stop_broker bare
        stop_broker suite
        for variant in "${logins_variants[@]}"; do
            login_line "$version" "$variant"
        done
    done
}
