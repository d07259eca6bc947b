/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with names of topics, and the words for it. For test_refusals.c. */
#ifndef BEDNET_TESTS_REFUSALS_TOPICS_H
#define BEDNET_TESTS_REFUSALS_TOPICS_H

#include "refusals.h"

#define LONG_NAME "abcdefghijklmnopqrstuvwxyzabcdefg"

static const struct refusal topics_naming_refusals[] = {
    {VERSION "topics: {templates: a/b}\n", "p:2:21: templates is a string (expected a list of templates)"},
    {VERSION "topics: {templates: []}\n", "p:2:21: 0 templates (expected 1 to 32)"},
    {VERSION "topics: {templates: ~}\n", "p:2:21: templates has no value (expected a list of templates)"},
    {VERSION "topics: {templates: [~]}\n", "p:2:22: a template has no value (expected a string)"},
    {VERSION "topics: {templates: [\"\"]}\n", "p:2:22: a template is empty (expected a string that is not)"},
    {VERSION "topics: {templates: [{a: b}]}\n", "p:2:22: a template is a mapping (expected a string)"},
    {VERSION "topics: {templates: [\"a/{b\"]}\n", "p:2:25: the template 'a/{b': `{` without its `}`"},
    {VERSION "topics: {templates: [\"{a}/{b}\", \"{a}/{a}\"]}\n",
     "p:2:39: the template '{a}/{a}': a name that stands there already (expected another)"},
    {VERSION "topics: {templates: [\"{a...}/b\"]}\n",
     "p:2:23: the template '{a...}/b': `{name...}` before the end (expected it last)"},
    {VERSION "topics: {templates: [\"a/+\"]}\n",
     "p:2:25: the template 'a/+': a character that stands in no level here (expected a literal, `{name}` or "
     "`${...}`)"},
    {VERSION "topics: {templates: [\"{a=${device}}\"]}\n",
     "p:2:26: the template '{a=${device}}': unknown name in `${...}` (expected client_id, username, "
     "claim.NAME, cert.NAME or match.NAME)"},
    {VERSION "topics: {templates: [\"{a=${cert.cnn}}\"]}\n",
     "p:2:26: certificates have no field 'cnn' (did you mean 'cn'?)"},
    {VERSION "topics: {segments: {a: {enum: [b]}}}\n",
     "p:2:10: 'segments' without 'templates' (expected templates that name them)"},
    {VERSION "topics: {templates: [a], segments: [a]}\n",
     "p:2:36: segments is a list (expected a mapping from names to their values)"},
    {VERSION "topics: {templates: [a], segments: {}}\n", "p:2:36: 0 segments (expected 1 to 64)"},
    {VERSION "topics: {templates: [\"{devcie}\"], segments: {device: {enum: [b]}}}\n",
     "p:2:46: no template has a level called 'device' (expected {device} in one of them)"},
    {VERSION "topics: {templates: [\"{a}\"], segments: {A: {enum: [b]}}}\n",
     "p:2:41: 'A' is no name of a segment (expected a-z, 0-9 and _, a letter first, at most 32 of them)"},
    {VERSION "topics: {templates: [a], segments: {" LONG_NAME ": {enum: [b]}}}\n",
     "p:2:37: '" LONG_NAME "' is no name of a segment (expected a-z, 0-9 and _, a letter first, at most 32 "
     "of them)"},
    {VERSION "topics: {templates: [\"{a}\"], segments: {a: {enum: [b]}, a: {enum: [c]}}}\n",
     "p:2:57: duplicate key 'a' (expected it once; the first stands at 2:41)"},
    {VERSION "topics: {templates: [\"{a}\"], segments: {a: {}}}\n",
     "p:2:44: segment 'a' has neither or both of 'enum' and 'pattern' (expected one of them)"},
    {VERSION "topics: {templates: [\"{a}\"], segments: {a: {enum: [b], pattern: c}}}\n",
     "p:2:44: segment 'a' has neither or both of 'enum' and 'pattern' (expected one of them)"},
    {VERSION "topics: {templates: [\"{a}\"], segments: {a: b}}\n",
     "p:2:44: segment 'a' is a string (expected a mapping)"},
    {VERSION "topics: {templates: [\"{a}\"], segments: {a: {regex: b}}}\n",
     "p:2:45: unknown key 'regex' in segment 'a' (expected enum, pattern)\np:2:44: segment 'a' has neither "
     "or both of 'enum' and 'pattern' (expected one of them)"},
    {VERSION "topics: {templates: [\"{a}\"], segments: {a: {enum: []}}}\n",
     "p:2:51: enum is an empty list (expected at least one, or no such key)"},
    {VERSION "topics: {templates: [\"{a}\"], segments: {a: {enum: [b, \"\"]}}}\n",
     "p:2:55: a value of enum is empty (expected a string that is not)"},
    {VERSION "topics: {templates: [\"{a}\"], segments: {a: {enum: [b, c/d]}}}\n",
     "p:2:56: a value of enum holds '/', which no level does (expected another)"},
    {VERSION "topics: {templates: [\"{a}\"], segments: {a: {enum: [[b]]}}}\n",
     "p:2:52: a value of enum is a list (expected a string)"},
    {VERSION "topics: {templates: [\"{a}\"], segments: {a: {pattern: \"[0-9\"}}}\n",
     "p:2:55: pattern '[0-9': `[` without its `]`"},
    {VERSION "topics: {templates: [\"{a}\"], segments: {a: {pattern: \"\"}}}\n",
     "p:2:54: pattern is empty (expected a string that is not)"},
    {VERSION "topics: {templates: [\"{a}\"], segments: {a: {pattern: [a]}}}\n",
     "p:2:54: pattern is a list (expected a string)"},
    {VERSION "topics: {templates: [\"{a}\"], segments: {a: {pattern: \"a{60}b{5}\"}}}\n",
     "p:2:61: pattern 'a{60}b{5}': too long (expected at most 64 characters and classes, with all their "
     "repetitions)"},
};

static const struct refusal topics_rules_refusals[] = {
    {VERSION "topics: {preset: aws}\n",
     "p:2:18: preset is 'aws' (expected aws-iot, azure-event-grid or sparkplug-b)"},
    {VERSION "topics: {preset: sparkplug_b}\n",
     "p:2:18: preset is 'sparkplug_b' (did you mean 'sparkplug-b'?)"},
    {VERSION "topics: {preset: [aws-iot]}\n",
     "p:2:18: preset is a list (expected aws-iot, azure-event-grid or sparkplug-b)"},
    {VERSION "topics: {preset: sparkplug-b, segments: {group_id: {enum: [a]}}}\n",
     "p:2:31: 'segments' without 'templates' (expected templates that name them)"},
    {VERSION "topics: {length: 8}\n", "p:2:18: length is a string (expected a mapping)"},
    {VERSION "topics: {length: {}}\n", "p:2:18: 'max' is missing in length (expected there)"},
    {VERSION "topics: {length: {max: 0}}\n", "p:2:24: max is '0' (expected a whole number from 1 to 65535)"},
    {VERSION "topics: {length: {max: 8KiB}}\n",
     "p:2:24: max is '8KiB' (expected a whole number from 1 to 65535)"},
    {VERSION "topics: {dollar_topics: no}\n", "p:2:25: dollar_topics is 'no' (expected deny or allow)"},
    {VERSION "topics: {wildcards: {single_level: {}}}\n",
     "p:2:36: single_level is an empty mapping (expected max or from_level)"},
    {VERSION "topics: {wildcards: {single_level: {from_level: 1}}}\n",
     "p:2:49: from_level is '1' (expected a whole number from 2 to 201)"},
    {VERSION "topics: {wildcards: {single_level: {from: 2}}}\n",
     "p:2:37: unknown key 'from' in single_level (expected max, from_level)"},
    {VERSION "topics: {wildcards: {multi_level: {roles: []}}}\n", "p:2:43: 0 roles (expected 1 to 32)"},
    {VERSION "topics: {wildcards: {multi_level: {roles: [a]}}}\n",
     "p:2:44: unknown role 'a' (expected a name that 'roles' has)"},
    {VERSION "roles: {engine: {allow: {publish: [a]}}}\ntopics: {wildcards: {multi_level: {roles: engin}}}\n",
     "p:3:43: unknown role 'engin' (did you mean 'engine'?)"},
    {VERSION "roles: {engine: {allow: {publish: [a]}}}\ntopics: {wildcards: {multi_level: {roles: [~]}}}\n",
     "p:3:44: a role has no value (expected a string)"},
};

#endif
