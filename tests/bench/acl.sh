# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What bednet_acl.so costs when a broker asks it about one action, and that this does not grow with the number of
# rules: what callgrind counts within its callback, which is what it adds to an empty one. Sourced by run.sh.

acl_count=2000
acl_rules=(10 100 1000 10000 100000)
acl_limit_new=800
acl_limit_again=250
acl_limit_growth=1.2 # with 100,000 rules against 10
# Which rules, what is asked, whether the answer can be remembered, and what the column is called. A `*` stands for
# something else each time.
acl_columns=(
    "plain publish:${topic%/*}/t*:grant new|plain rules, publish"
    "plain publish:$topic:grant again|the same again"
    "full publish:${topic%/*}/t*:grant new|publish"
    "full publish:$topic:grant again|the same again"
    "full publish:$forbidden:deny denied|publish, denied by a rule"
    "full subscribe:${topic%/*}/t*:grant new|subscribe"
    "full receive:${topic%/*}/t*:grant new|receive"
)

acl_word() { # COLUMN N
    read -r -a words <<<"${1%%|*}"
    echo "${words[$2]}"
}

# acl_costs RULES: the instructions of each column, one a line.
acl_costs() {
    local style column questions i
    for style in plain full; do
        questions=()
        for column in "${acl_columns[@]}"; do
            [ "$(acl_word "$column" 0)" != "$style" ] || questions+=("$(acl_word "$column" 1)")
        done
        make_access_policy "$1" "$style" >"$work/check.yaml"
        rm -f "$work"/check.callgrind*
        counter check
        "${counter_argv[@]}" --instr-atstart=no --toggle-collect='on_access*' "$build/bench/bench_check" \
            "$work/check.yaml" "$acl_count" "$publisher" "$work/$publisher.RS256" "${questions[@]}" >&2
        for ((i = 1; i <= ${#questions[@]}; i++)); do
            echo $(($(instructions check ".$i") / acl_count))
        done
    done
}

# The access lists that brokers bring along, for comparison: the instructions of a message that 1:1 goes through them
# beyond those of the bare broker, halved, for they are asked twice. On the newest broker.
builtin_rules=(10 1000 10000)
builtin_counts=(10 60)

builtin_message() { # KIND RULES
    local load first second target
    topics_of one
    prepare_broker "$1" "$1" "$2"
    load=(publish --id "$publisher" --subscriber-id "$subscriber" --size 64 "${closed[@]}" "${target[@]}")
    first=$(broker_total "$1" "${load[@]}" --messages "${builtin_counts[0]}")
    second=$(broker_total "$1" "${load[@]}" --messages "${builtin_counts[1]}")
    per_unit "$first" "${builtin_counts[0]}" "$second" "${builtin_counts[1]}"
}

measure_builtin() {
    local kind rules bare cost version=${versions[-1]}
    find_broker "$version"
    bare=$(builtin_message bare 0)
    printf '\n| broker | access list | rules | instructions of a check |\n|---|---|---:|---:|\n'
    for kind in acl_file dynsec; do
        for rules in "${builtin_rules[@]}"; do
            cost=$((($(builtin_message "$kind" "$rules") - bare) / 2))
            echo "| $version | ${rates_labels[$kind]} | $(thousands "$rules") | $(thousands "$cost") |"
            echo "$kind check $rules $cost" >>"$work/builtin.dat"
        done
    done
}

acl_limit() { # COLUMN
    case $(acl_word "$1" 2) in
    new) echo "$acl_limit_new" ;;
    again) echo "$acl_limit_again" ;;
    esac
}

judge_acl() { # RULES COLUMN COST COST-OF-10
    local what limit
    what="a check, ${2#*|} ($(acl_word "$2" 0) rules), with $1 rules"
    limit=$(acl_limit "$2")
    [ -z "$limit" ] || within "$3" "$limit" "$what, instructions"
    within "$(ratio "$3" "$4")" "$acl_limit_growth" "$what, against ${acl_rules[0]}"
}

measure_acl() {
    local rules i line costs least=() head='| rules |' under='|---:|' allowed='| allowed |'
    for i in "${!acl_columns[@]}"; do
        head+=" ${acl_columns[i]#*|} |" under+='---:|' allowed+=" $(acl_limit "${acl_columns[i]}") |"
    done
    printf '%s\n%s\n' "$head" "$under"
    for rules in "${acl_rules[@]}"; do
        mapfile -t costs < <(acl_costs "$rules")
        [ ${#costs[@]} -eq ${#acl_columns[@]} ] || die "the checks failed with $rules rules"
        line="| $(thousands "$rules") |"
        for i in "${!acl_columns[@]}"; do
            : "${least[i]:=${costs[i]}}"
            line+=" $(thousands "${costs[i]}") (x$(ratio "${costs[i]}" "${least[i]}")) |"
            judge_acl "$rules" "${acl_columns[i]}" "${costs[i]}" "${least[i]}"
        done
        echo "$line"
        echo "$rules ${costs[*]}" >>"$work/checks.dat"
    done
    echo "$allowed"
    measure_builtin
}
