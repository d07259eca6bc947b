# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What a check of access costs by itself, and that it does not grow with the number of rules. Sourced by run.sh.

acl_limit=1.2 # with 10,000 rules against 10
acl_counts=(1000 101000)
acl_rules=(10 100 1000 10000 100000)
acl_questions=("publish $topic grant" "publish $forbidden deny" "subscribe $topic grant" "receive $topic grant")

check_total() { # COUNT ACTION TOPIC VERDICT
    counter check
    "${counter_argv[@]}" "$build/bench/bench_acl_check" "$work/check.yaml" "$1" "$2" "$3" "$4" "$publisher" \
        "$site" "${roles[@]}"
    instructions check
}

per_check() { # ACTION TOPIC VERDICT
    local first second
    first=$(check_total "${acl_counts[0]}" "$@")
    second=$(check_total "${acl_counts[1]}" "$@")
    per_unit "$first" "${acl_counts[0]}" "$second" "${acl_counts[1]}"
}

measure_acl() {
    local rules i line cost least=() action wanted
    echo '| rules | publish, granted | publish, denied by a rule | subscribe, granted | receive, granted |'
    echo '|---:|---:|---:|---:|---:|'
    for rules in "${acl_rules[@]}"; do
        make_policy "$rules" 9234 >"$work/check.yaml"
        line="| $(thousands "$rules") |"
        for i in "${!acl_questions[@]}"; do
            read -r action _ wanted <<<"${acl_questions[i]}"
            # shellcheck disable=SC2086
            cost=$(per_check ${acl_questions[i]})
            : "${least[i]:=$cost}"
            line+=" $(thousands "$cost") (x$(ratio "$cost" "${least[i]}")) |"
            [ "$rules" -ne 10000 ] ||
                within "$(ratio "$cost" "${least[i]}")" "$acl_limit" "$action ($wanted) with $rules rules against ${acl_rules[0]}"
        done
        echo "$line"
    done
}
