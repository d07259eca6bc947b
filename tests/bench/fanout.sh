# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What a delivery costs when one message goes to 50 subscribers: the bare broker, one with a plugin that lets everything
# happen, one with bednet_acl.so alone, and one with the whole suite. Sourced by run.sh.

fanout_subscribers=50
fanout_counts=(20 220) # messages
fanout_rules=10000
fanout_kinds=(bare empty acl suite)
declare -A fanout_limits=([acl]=300 [suite]=500)
declare -A fanout_labels=([bare]='bare' [empty]='a plugin that lets everything happen' [acl]='bednet_acl.so alone'
    [suite]='the whole suite')

# per_delivery KIND one|many: instructions for each delivery.
per_delivery() {
    local load first second target who=()
    topics_of "$2"
    [ "$1" != suite ] || who=(--username token --tokens "$work/$publisher.RS256" --subscriber-tokens "$work/device.RS256")
    load=(fanout --id "$publisher" --subscriber-id 'device-%d' --subscribers "$fanout_subscribers" --size 64
        "${who[@]}" "${closed[@]}" "${target[@]}")
    first=$(broker_total "$1" "${load[@]}" --messages "${fanout_counts[0]}")
    second=$(broker_total "$1" "${load[@]}" --messages "${fanout_counts[1]}")
    per_unit "$first" $((fanout_counts[0] * fanout_subscribers)) "$second" $((fanout_counts[1] * fanout_subscribers))
}

fanout_line() { # VERSION KIND TOPICS COST BARE LIMIT
    echo "| $1 | ${fanout_labels[$2]} | $3 | $(thousands "$4") | $(thousands $(($4 - $5))) | $6 |"
}

measure_fanout() {
    local version kind bare cost limit
    echo '| broker | plugins | topics | instructions per delivery | beyond bare | allowed |'
    echo '|---|---|---|---:|---:|---:|'
    for version in "${versions[@]}"; do
        find_broker "$version"
        for kind in "${fanout_kinds[@]}"; do
            prepare_broker "$kind" "$kind" "$fanout_rules"
            cost=$(per_delivery "$kind" one)
            [ "$kind" != bare ] || bare=$cost
            limit=${fanout_limits[$kind]:-}
            fanout_line "$version" "$kind" one "$cost" "$bare" "$limit"
            [ -z "$limit" ] || within $((cost - bare)) "$limit" "a delivery of 1:50 on $version, ${fanout_labels[$kind]}"
        done
        # What it costs when nothing can be remembered.
        bare=$(per_delivery bare many)
        for kind in acl suite; do
            fanout_line "$version" "$kind" 'always another' "$(per_delivery "$kind" many)" "$bare" ''
        done
    done
}
