# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What one PUBLISH at QoS 0 costs that one subscriber gets: the bare broker against one with the whole suite. Sourced
# by run.sh.

messages_limit=2000
messages_counts=(500 8500)
messages_rules=(10 1000 10000)

# per_message NAME one|many: instructions for each message, all of them to one topic, or to another one each.
per_message() {
    local load first second target
    topics_of "$2"
    load=(publish "${party[@]}" "${closed[@]}" "${target[@]}" --tokens "$work/$publisher.RS256"
        --subscriber-tokens "$work/$subscriber.RS256")
    first=$(broker_total "$1" "${load[@]}" --messages "${messages_counts[0]}")
    second=$(broker_total "$1" "${load[@]}" --messages "${messages_counts[1]}")
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
        prepare_broker bare bare
        bare=$(per_message bare one)
        for rules in "${messages_rules[@]}"; do
            prepare_broker suite suite "$rules"
            suite=$(per_message suite one)
            message_line "$version" "$rules" "$bare" "$suite" 'one' "$(thousands "$messages_limit")"
            within $((suite - bare)) "$messages_limit" "messages on $version with $rules rules"
        done
        # What it costs when nothing can be remembered: every message has another topic.
        prepare_broker bare bare
        bare=$(per_message bare many)
        prepare_broker suite suite "$rules"
        suite=$(per_message suite many)
        message_line "$version" "$rules" "$bare" "$suite" 'always another' ''
    done
}
