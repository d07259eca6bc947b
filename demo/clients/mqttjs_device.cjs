// SPDX-License-Identifier: Apache-2.0
// A device on MQTT.js, MQTT 5: publishes each topic given at QoS 1 and prints the reason code that the broker
// answers with. Exit code 0 when every publish was answered.
// Arguments: port, client id, token, topic...
'use strict';
const mqtt = require('mqtt');

const [port, clientId, token, ...topics] = process.argv.slice(2);
const deadline = setTimeout(() => fail('no answer in time'), 10000);

function fail(text) {
    console.error(text);
    process.exit(1);
}

async function publish(client, topic) {
    try {
        await client.publishAsync(topic, '21.5', { qos: 1 });
        console.log(`${topic}: 0`);
    } catch (error) {
        if (error.code === undefined) {
            throw error;
        }
        console.log(`${topic}: ${error.code}`);
    }
}

async function main() {
    const client = await mqtt.connectAsync({
        host: '127.0.0.1', port: Number(port), protocol: 'mqtt', protocolVersion: 5,
        clientId, username: 'token', password: token, reconnectPeriod: 0,
    });
    for (const topic of topics) {
        await publish(client, topic);
    }
    await client.endAsync();
    clearTimeout(deadline);
}

main().catch((error) => fail(String(error)));
