# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What one PUBLISH at QoS 0 costs that one subscriber gets: the bare broker against one with the whole suite. Sourced
# by run.sh.

messages_limit=2000
messages_counts=(500 8500)
messages_rules=(10 1000 10000)

# per_message NAME TOPICS: instructions for each message when they go to so many topics in turn. The packets are the
# same for all brokers, tokens included: the bare one takes them for passwords that it does not look at.
per_message() {
    local load first second
    load=("$topic" "$2" "$publisher:$work/$publisher.RS256" "$subscriber:$work/$subscriber.RS256")
    first=$(broker_total "$1" messages "$port" "${messages_counts[0]}" "${load[@]}")
    second=$(broker_total "$1" messages "$port" "${messages_counts[1]}" "${load[@]}")
    per_unit "$first" "${messages_counts[0]}" "$second" "${messages_counts[1]}"
}

message_line() { # VERSION RULES BARE SUITE TOPICS ALLOWED
    echo "| $1 | $(thousands "$2") | $5 | $(thousands "$3") | $(thousands "$4") | $(thousands $(($4 - $3))) | $6 |"
}

measure_messages() {
    local version rules bare suite
    echo '| broker | rules | topics | bare | with the suite | difference | allowed |'
    echo '|---|---:|---|---:|---:|---:|---:|'
    for version in "${versions[@]}"; do
        find_broker "$version"
        prepare_broker bare 0
        bare=$(per_message bare 1)
        for rules in "${messages_rules[@]}"; do
            prepare_broker suite "$rules"
            suite=$(per_message suite 1)
            message_line "$version" "$rules" "$bare" "$suite" 'one' "$(thousands "$messages_limit")"
            within $((suite - bare)) "$messages_limit" "messages on $version with $rules rules"
        done
        # What it costs when nothing can be remembered: every message has another topic.
        prepare_broker bare 0
        bare=$(per_message bare 999999)
        prepare_broker suite "$rules"
        suite=$(per_message suite 999999)
        message_line "$version" "$rules" "$bare" "$suite" 'always another' ''
    done
}
