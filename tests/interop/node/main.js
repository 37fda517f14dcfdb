'use strict';
// Scenarios of the Node client ali-ons against a running node: each prints
// `PASS name` or `FAIL name: why`, and the program ends with 1 when one failed.
//
//   node scenarios.js [SCENARIO...] NAMESERVER

const assert = require('assert');
const { World, sendTexts, sleep, texts } = require('./world');
const { Message } = require('ali-ons');

// The client finds queues by a timer of ten seconds, and only then consumes.
const shortly = 3000;

const scenarios = {
  async send_sync_gives_receipts_with_dense_offsets(world) {
    const producer = await world.producer();
    const receipts = await sendTexts(producer, world.topic, texts('sync', 20));
    const offsets = {};
    const ids = new Set();
    for (const receipt of receipts) {
      assert.match(receipt.msgId, /^[0-9A-F]{32}$/);
      ids.add(receipt.msgId);
      const { queueId } = receipt.messageQueue;
      (offsets[queueId] = offsets[queueId] || []).push(receipt.queueOffset);
    }
    assert.strictEqual(ids.size, 20, 'ids are not unique');
    for (const [ queue, got ] of Object.entries(offsets)) {
      assert.deepStrictEqual(got, got.map((_, i) => i), `offsets in queue ${queue}`);
    }
  },

  async a_first_send_creates_the_topic(world) {
    const producer = await world.producer();
    const [ receipt ] = await sendTexts(producer, world.topic, [ 'first' ]);
    assert.strictEqual(receipt.queueOffset, 0);
    const receiver = await world.receiver();
    await receiver.await(1);
  },

  async a_body_arrives_intact(world) {
    const body = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const got = await world.exchange(new Message(world.topic, body));
    assert.ok(body.equals(got.body), `got ${got.body.toString('hex')}`);
  },

  async a_compressed_body_arrives_intact(world) {
    const body = Buffer.from(texts('a line of a long text', 2000).join('\n'));
    const sent = new Message(world.topic, body);
    const got = await world.exchange(sent);
    assert.ok(sent.body.length < body.length, 'the client did not compress');
    assert.ok(body.equals(got.body), `got ${got.body.length} bytes`);
  },

  async keys_tags_and_properties_arrive_intact(world) {
    const sent = new Message(world.topic, 'paid', 'body');
    sent.keys = [ 'order-17', 'schlüssel', '键' ];
    sent.flag = 77;
    const properties = { colour: 'rosé', json: '{"a": "b\\n"}' };
    Object.assign(sent.properties, properties);
    const got = await world.exchange(sent);
    assert.strictEqual(got.keys, 'order-17 schlüssel 键');
    assert.strictEqual(got.tags, 'paid');
    assert.strictEqual(got.flag, 77);
    for (const [ name, value ] of Object.entries(properties)) {
      assert.strictEqual(got.properties[name], value);
    }
  },

  async a_waiting_push_consumer_gets_a_message_within_a_second(world) {
    const producer = await world.producer();
    await sendTexts(producer, world.topic, texts('early', 8));
    const receiver = await world.receiver();
    await receiver.await(8);
    for (let round = 0; round < 3; ++round) {
      await sleep(300); // so that its pulls wait at the broker
      const before = receiver.messages.length;
      await sendTexts(producer, world.topic, texts(`late ${round}`, 4));
      await receiver.await(before + 4, 1000);
    }
  },

  async a_tag_filter_lets_only_its_tags_through(world) {
    const producer = await world.producer();
    const wanted = [];
    for (let i = 0; i < 30; ++i) {
      const tag = [ 'red', 'green', 'blue' ][i % 3];
      await producer.send(new Message(world.topic, tag, `${tag} ${i}`));
      if (tag !== 'green') {
        wanted.push(`${tag} ${i}`);
      }
    }
    const receiver = await world.receiver({ tags: 'red || blue' });
    await receiver.await(wanted.length);
    await sleep(300);
    assert.deepStrictEqual(receiver.texts(), wanted.sort());
  },

  // The second member learns of its queues at once, the first by its timer,
  // which is set to a second here.
  async two_members_share_queues(world) {
    const producer = await world.producer();
    await sendTexts(producer, world.topic, texts('alone', 8));
    const first = await world.receiver({ rebalanceInterval: 1000 });
    await first.await(8);
    const second = await world.receiver({ rebalanceInterval: 1000 });
    await sleep(shortly);
    await sendTexts(producer, world.topic, texts('shared', 8));
    const shared = receiver => receiver.queuesWith(/^shared/);
    await world.eventually(() => shared(first).length + shared(second).length >= 4);
    await sleep(300);
    assert.strictEqual(shared(first).length, 2, `the first has queues ${shared(first)}`);
    assert.strictEqual(shared(second).length, 2, `the second has queues ${shared(second)}`);
    await second.stop();
    await sleep(shortly);
    await sendTexts(producer, world.topic, texts('left', 8));
    const left = () => first.queuesWith(/^left/);
    await world.eventually(() => left().length === 4);
  },

  async a_restarted_consumer_continues_at_the_committed_offset(world) {
    const producer = await world.producer();
    await sendTexts(producer, world.topic, texts('before', 20));
    const first = await world.receiver();
    await first.await(20);
    await sleep(200); // the client notes an offset after the handler has returned
    await first.stop();
    await sendTexts(producer, world.topic, texts('meanwhile', 20));
    const second = await world.receiver();
    await second.await(20);
    await sleep(300);
    assert.deepStrictEqual(second.texts(), texts('meanwhile', 20).sort());
  },
};

async function main() {
  const nameserver = process.argv[process.argv.length - 1];
  const chosen = process.argv.slice(2, -1);
  if (process.argv.length < 3) {
    console.error('usage: node scenarios.js [SCENARIO...] NAMESERVER');
    return 2;
  }
  let failures = 0;
  for (const [ name, run ] of Object.entries(scenarios)) {
    if (chosen.length && !chosen.includes(name)) {
      continue;
    }
    const world = new World(nameserver, name);
    try {
      await run(world);
      console.log(`PASS ${name}`);
    } catch (error) {
      ++failures;
      const reason = String(error.message).replace(/\s+/g, ' ');
      console.log(`FAIL ${name}: ${reason}${world.troubles()}`);
    }
    await world.finish();
  }
  return failures ? 1 : 0;
}

// The client keeps timers and a producer of its own for ever.
main().then(status => process.exit(status), error => {
  console.error(error);
  process.exit(1);
});
