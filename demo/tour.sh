# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034,SC2001
# The guided tour: what is allowed, what is refused and why. Sourced after lib.sh, tokens.sh and broker.sh.

# claims DEVICE LIFETIME-IN-SECONDS: what the device's token says.
claims() {
    printf '{"iss":"https://id.acme.example","aud":"mqtt.acme.example","sub":"device:%s","device_id":"%s",
        "site":"berlin","roles":["device"],"exp":%d}' "$1" "$1" $(($(date +%s) + $2))
}

# token ALGORITHM DEVICE [LIFETIME [KEY]]
token() {
    sign_token "$1" "$work/keys/${4:-$1}.pem" "$(claims "$2" "${3:-3600}")"
}

# publish_as DEVICE TOKEN TOPIC PAYLOAD [OPTION...]: MQTT 5 at QoS 1, so that the broker says what it thinks.
publish_as() {
    local device=$1 credential=$2 topic=$3 payload=$4
    shift 4
    shown mosquitto_pub -p "$port" -V 5 -q 1 -i "$device" -u token -P "$credential" -t "$topic" -m "$payload" "$@"
}

engine_sub() {
    start "$1" mosquitto_sub -p "$port" -i engine -u rules-engine -P engine-password -v "${@:2}"
    await_line "$log" $((demo_mark + 1)) ': engine [012] ' >/dev/null
}

tour_allowed() {
    local heard=$work/heard
    step "A password_file behind the tokens: the rules engine may read everything, by name"
    engine_sub "$heard" -t '#' -C 1 -W "$DEMO_DEADLINE_S"
    ok "rules-engine subscribed '#': its role says so, and lifts the rule on wildcards"

    step "A device logs in with its token (RS256) and publishes below its own name"
    publish_as sensor-1 "$(token RS256 sensor-1)" acme/berlin/sensor/sensor-1/telemetry 21.5
    same "accepted" 0 "$status"
    wait "$started" || true
    same "the rules engine hears it" "acme/berlin/sensor/sensor-1/telemetry 21.5" "$(cat "$heard")"
}

tour_tokens() {
    local bad
    step "A forged token: right names, wrong key"
    publish_as sensor-1 "$(token RS256 sensor-1 3600 stranger-RS256)" acme/berlin/sensor/sensor-1/telemetry 0
    same "refused" 135 "$status"
    told 'jwt: deny login .*client="sensor-1".*reason=signature' "and the log says why"

    step "A token that has expired"
    publish_as sensor-1 "$(token ES256 sensor-1 -60)" acme/berlin/sensor/sensor-1/telemetry 0
    same "refused" 135 "$status"
    told 'jwt: deny login .*reason=expired' "and the log says why"

    step "A token that says it needs no signature, \"alg\": \"none\""
    bad=$(printf '{"alg":"none","kid":"RS256"}' | base64url).$(claims sensor-1 3600 | base64url).$(base64url <<<none)
    publish_as sensor-1 "$bad" acme/berlin/sensor/sensor-1/telemetry 0
    same "refused" 135 "$status"
    told 'jwt: deny login .*reason=algorithm' "and the log says why"

    step "A good token, but under another device's client id"
    publish_as sensor-2 "$(token RS256 sensor-1)" acme/berlin/sensor/sensor-2/telemetry 0
    same "refused" 135 "$status"
    told 'jwt: deny login .*client="sensor-2".*reason=client_id rule=.*bednet\.yaml:[0-9]+' "and the log says why"

    step "A wrong password is still a wrong password, and Mosquitto's own answer"
    shown mosquitto_pub -p "$port" -V 5 -i engine-2 -u rules-engine -P guess -t a -m 0
    same "refused" 135 "$status"
}

tour_topics() {
    step "Someone else's topic"
    publish_as sensor-1 "$(token RS256 sensor-1)" acme/berlin/sensor/sensor-2/telemetry 99
    holds "the client is told: not authorised" grep -q -i 'not authori[sz]ed' <<<"$said"
    told 'acl: deny publish .*topic="acme/berlin/sensor/sensor-2/telemetry" reason=no_rule' "and the log says why"

    step "A topic that an allow rule grants and a deny rule takes away"
    publish_as sensor-1 "$(token RS256 sensor-1)" acme/berlin/sensor/sensor-1/firmware x
    holds "the client is told: not authorised" grep -q -i 'not authori[sz]ed' <<<"$said"
    told 'acl: deny publish .*reason=deny_rule rule=.*bednet\.yaml:[0-9]+' "and the log names the rule"

    step "'#' in the hands of a device"
    shown mosquitto_sub -p "$port" -V 5 -i sensor-1 -u token -P "$(token EdDSA sensor-1)" -t '#' -C 1 -W 5
    holds "refused" grep -q -i 'denied' <<<"$said"
    told 'topic: deny subscribe .*topic="#" reason=multi_level rule=.*bednet\.yaml:[0-9]+' "and the log names the rule"

    step "A topic that breaks the house rules (an empty level)"
    publish_as sensor-1 "$(token RS256 sensor-1)" acme//sensor/sensor-1/telemetry 1
    told 'topic: deny publish .*reason=empty_levels rule=.*bednet\.yaml:[0-9]+' "refused, and the log names the rule"
}

tour_clients() {
    local device=acme/berlin/sensor/sensor-3 heard=$work/paho
    step "Debian's Paho for Python, token by ES256: its own commands, nobody else's"
    start "$heard" /usr/bin/python3 demo/clients/paho_device.py "$port" sensor-3 "$(token ES256 sensor-3)" \
        "$device/command/#" "acme/berlin/sensor/sensor-4/command/#"
    local paho=$started
    await_line "$heard" 1 '^subscribed' >/dev/null || failed "Paho did not subscribe: $(cat "$heard")"
    shown mosquitto_pub -p "$port" -q 1 -i engine-3 -u rules-engine -P engine-password -t "$device/command/reboot" -m now
    holds "Paho came to a good end" wait "$paho"
    sed 's/^/     /' "$heard"
    same "own filter granted (1), the other refused (135)" \
        "subscribed: $device/command/#: 1, acme/berlin/sensor/sensor-4/command/#: 135" "$(sed -n 1p "$heard")"
    same "the command arrived" "received: $device/command/reboot now" "$(sed -n 2p "$heard")"
    told 'acl: deny subscribe .*client="sensor-3".*reason=no_rule' "and the log says why the other was not"

    step "MQTT.js, token by EdDSA: one publish of its own, one of somebody else's"
    mark_log
    NODE_PATH=.cache/node/node_modules shown node demo/clients/mqttjs_device.cjs "$port" sensor-5 \
        "$(token EdDSA sensor-5)" acme/berlin/sensor/sensor-5/telemetry acme/berlin/sensor/sensor-6/telemetry
    same "MQTT.js came to a good end" 0 "$status"
    holds "own topic: accepted" grep -qE '^acme/berlin/sensor/sensor-5/telemetry: (0|16)$' <<<"$said"
    holds "the other: 135, not authorised" grep -q '^acme/berlin/sensor/sensor-6/telemetry: 135$' <<<"$said"
    told 'acl: deny publish .*client="sensor-5".*reason=no_rule' "and the log says why"
}

tour_flood() {
    local heard=$work/flood count
    step "A flood: 200 messages at once where 10 a second, 20 in a burst, are allowed"
    engine_sub "$heard" -t 'acme/berlin/sensor/sensor-7/+' -W 60
    local subscriber=$started
    seq 200 >"$work/numbers"
    shown mosquitto_pub -p "$port" -V 5 -i sensor-7 -u token -P "$(token RS256 sensor-7)" -l \
        -t acme/berlin/sensor/sensor-7/telemetry <"$work/numbers"
    # Its DISCONNECT comes behind the last of the 200; what the engine says after that, it hears last.
    await_line "$log" $((demo_mark + 1)) 'Client sensor-7 disconnected' >/dev/null || failed "sensor-7 did not leave"
    shown mosquitto_pub -p "$port" -q 1 -i engine-7 -u rules-engine -P engine-password \
        -t acme/berlin/sensor/sensor-7/end -m end
    await_line "$heard" 1 '/end end$' >/dev/null || failed "the end of the flood did not arrive"
    stop "$subscriber"
    count=$(grep -c '/telemetry ' "$heard")
    holds "$count of 200 got through, about the burst" test "$count" -ge 20 -a "$count" -lt 100
    told 'limit: deny publish .*client="sensor-7".*reason=message_rate rule=.*bednet\.yaml:[0-9]+' "and the log says why"
}

tour_reload() {
    local topic=acme/berlin/sensor/sensor-1/diag/memory
    step "The policy changes while the broker runs (SIGHUP)"
    publish_as sensor-1 "$(token RS256 sensor-1)" "$topic" 1
    told 'acl: deny publish .*diag/memory" reason=no_rule' "not allowed yet"
    change_policy "s|^\( *\)- acme/\${claim.site}/sensor/\${client_id}/+|&\n\1- acme/\${claim.site}/sensor/\${client_id}/diag/+|"
    mark_log
    kill -HUP "$broker"
    told 'bednet: policy [^ ]+ reloaded' "the new policy is in force"
    publish_as sensor-1 "$(token RS256 sensor-1)" "$topic" 1
    same "allowed now" "0 " "$status $said"

    step "A broken policy is kept out"
    cp "$work/bednet.yaml" "$work/good.yaml"
    change_policy 's|^  levels:|  levls:|; s|^ *- "#"|        - #|'
    shown build/release/tools/bednet check "$work/bednet.yaml"
    same "bednet check says so before the broker does" 1 "$status"
    mark_log
    kill -HUP "$broker"
    told 'bednet\.yaml:[0-9]+:[0-9]+: .*levls' "so does the broker, with file, line and column"
    publish_as sensor-1 "$(token RS256 sensor-1)" "$topic" 1
    same "the old policy is still in force" "0 " "$status $said"
    same "and the metrics tell" 0 "$(metric mosquitto_policy_last_reload_successful)"

    cat "$work/good.yaml" >"$work/bednet.yaml"
    mark_log
    kill -HUP "$broker"
    told 'bednet: policy [^ ]+ reloaded' "mended"
    same "and the metrics tell" 1 "$(metric mosquitto_policy_last_reload_successful)"
}

tour_metrics() {
    local series value
    step "All of it was counted"
    shown curl -sS --max-time 5 -o "$work/metrics" "http://127.0.0.1:$metrics_port/metrics"
    same "the page is there" 0 "$status"
    for series in 'mosquitto_auth_requests_total{method="jwt",result="allow"}' \
        'mosquitto_auth_denials_total{method="jwt",reason="signature"}' \
        'mosquitto_auth_denials_total{method="jwt",reason="expired"}' \
        'mosquitto_auth_denials_total{method="jwt",reason="client_id"}' \
        'mosquitto_acl_denials_total{action="publish",reason="no_rule"}' \
        'mosquitto_acl_denials_total{action="publish",reason="deny_rule"}' \
        'mosquitto_acl_denials_total{action="subscribe",reason="no_rule"}' \
        'mosquitto_topic_denials_total{action="subscribe",rule="multi_level"}' \
        'mosquitto_topic_denials_total{action="publish",rule="empty_levels"}' \
        'mosquitto_ratelimit_decisions_total{limiter="publish",result="drop"}' \
        'mosquitto_policy_reloads_total{result="success"}' \
        'mosquitto_policy_reloads_total{result="failure"}'; do
        value=$(metric "$series")
        holds "$series $value" test "${value:-0}" -ge 1
    done
    if command -v promtool >/dev/null; then
        holds "promtool has nothing to say against the page" promtool check metrics <"$work/metrics"
    fi
}

tour() {
    tour_allowed
    tour_tokens
    tour_topics
    tour_clients
    tour_flood
    tour_reload
    tour_metrics
}

# What to try next, for those who stay.
farewell() {
    token RS256 sensor-1 86400 >"$work/sensor-1.token"
    chmod 644 "$work/sensor-1.token"
    cat <<EOF

The broker goes on until Ctrl-C; then all of this vanishes. In another terminal:

   tail -f $log

   mosquitto_sub -p $port -u rules-engine -P engine-password -v -t '#'

   mosquitto_pub -p $port -V 5 -q 1 -i sensor-1 -u token -P "\$(cat $work/sensor-1.token)" \\
       -t acme/berlin/sensor/sensor-1/telemetry -m 21.5

   mosquitto_pub -p $port -V 5 -q 1 -i sensor-1 -u token -P "\$(cat $work/sensor-1.token)" \\
       -t acme/berlin/sensor/sensor-2/telemetry -m 99

   curl -s http://127.0.0.1:$metrics_port/metrics | grep denials

   \$EDITOR $work/bednet.yaml
   build/release/tools/bednet check $work/bednet.yaml && kill -HUP $broker

EOF
}
