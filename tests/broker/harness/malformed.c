/* SPDX-License-Identifier: Apache-2.0 */
/* See malformed.h. */
#include "harness/malformed.h"

#define MALFORMED(what, bytes)                                                                               \
    {                                                                                                        \
        what, bytes, sizeof(bytes) - 1                                                                       \
    }

const struct malformed malformed_strangers[] = {
    MALFORMED("packet type 0", "\x00\x00"),
    MALFORMED("remaining length of five bytes", "\x10\xff\xff\xff\xff\x01"),
    MALFORMED("a PUBLISH first", "\x30\x05\x00\x01"
                                 "axx"),
    MALFORMED("a foreign protocol name", "\x10\x0d\x00\x04MQTX\x04\x02\x00\x3c\x00\x01x"),
    MALFORMED("the reserved flag of CONNECT", "\x10\x0d\x00\x04MQTT\x04\x03\x00\x3c\x00\x01x"),
    MALFORMED("a will of QoS 3", "\x10\x13\x00\x04MQTT\x04\x1e\x00\x3c\x00\x01x\x00\x01w\x00\x01p"),
    MALFORMED("a client id longer than the packet", "\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\xff\xffx"),
    MALFORMED("a client id that is not UTF-8", "\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01\xff"),
};

const size_t malformed_strangers_count = sizeof(malformed_strangers) / sizeof(malformed_strangers[0]);

const struct malformed malformed_members[] = {
    MALFORMED("a second CONNECT of another protocol", "\x10\x0d\x00\x04MQTX\x04\x02\x00\x3c\x00\x01x"),
    MALFORMED("PUBLISH at QoS 3", "\x36\x06\x00\x01"
                                  "a\x00\x01x"),
    MALFORMED("PUBLISH to a wildcard", "\x30\x04\x00\x01#x"),
    MALFORMED("PUBLISH with a topic beyond its end", "\x30\x04\xff\xff"
                                                     "ax"),
    MALFORMED("PUBLISH with a NUL in the topic", "\x30\x04\x00\x01\x00x"),
    MALFORMED("SUBSCRIBE without its flags", "\x80\x06\x00\x01\x00\x01"
                                             "a\x00"),
    MALFORMED("SUBSCRIBE without a filter", "\x82\x02\x00\x01"),
    MALFORMED("SUBSCRIBE at QoS 3", "\x82\x06\x00\x01\x00\x01"
                                    "a\x03"),
    MALFORMED("SUBSCRIBE to a#", "\x82\x07\x00\x01\x00\x02"
                                 "a#\x00"),
    MALFORMED("an AUTH of 3.1.1", "\xf0\x00"),
};

const size_t malformed_members_count = sizeof(malformed_members) / sizeof(malformed_members[0]);
