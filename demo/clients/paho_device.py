#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A device on Debian's Paho for Python, MQTT 5.

Subscribes its own command topic and one that is not its own, prints the reason codes of both, waits for one
command and prints it. Exit code 0 when all of that happened.

Arguments: port, client id, token, own filter, other filter.
"""
import queue
import sys

import paho.mqtt.client as mqtt

DEADLINE_S = 10


def make_client(client_id):
    """Paho 2 asks which callbacks one means; Paho 1 does not know the question."""
    version = getattr(mqtt, "CallbackAPIVersion", None)
    first = () if version is None else (version.VERSION1,)
    return mqtt.Client(*first, client_id=client_id, protocol=mqtt.MQTTv5)


def main():
    port, client_id, token, own, other = sys.argv[1:]
    events = queue.Queue()
    client = make_client(client_id)
    client.username_pw_set("token", token)
    client.on_connect = lambda c, u, flags, code, properties: events.put(("connect", code.value))
    client.on_subscribe = lambda c, u, mid, codes, properties: events.put(
        ("subscribe", [code.value for code in codes]))
    client.on_message = lambda c, u, message: events.put(("message", message))

    def expect(kind):
        got, value = events.get(timeout=DEADLINE_S)
        if got != kind:
            sys.exit(f"waited for {kind}, got {got} {value}")
        return value

    client.connect("127.0.0.1", int(port))
    client.loop_start()
    code = expect("connect")
    if code != 0:
        sys.exit(f"connect refused: {code}")
    client.subscribe([(own, mqtt.SubscribeOptions(qos=1)), (other, mqtt.SubscribeOptions(qos=1))])
    print(f"subscribed: {own}: {{}}, {other}: {{}}".format(*expect("subscribe")), flush=True)
    message = expect("message")
    print(f"received: {message.topic} {message.payload.decode()}", flush=True)
    client.disconnect()
    client.loop_stop()


main()
