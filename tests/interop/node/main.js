'use strict';
// What the Node client ali-ons does with a broker: runs the named scenarios, or
// all but those that need a hand from outside, several at once. Prints what each
// observed in a line `NAME: OBSERVED`.
//
//   node main.js NAMESERVER [SCENARIO...]

const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { World, attempt, eventually, happens, sendTexts, sleep, texts } = require('./world');
const { Consumer, Message } = require('ali-ons');

const atOnce = 6;

// Some of what the client does waits for its timer.
const shortly = 3000;

const scenarios = {
  async send_sync(world) {
    const producer = await world.producer();
    const receipts = await sendTexts(producer, world.topic, texts('sync', 40));
    const offsets = {};
    const ids = new Set();
    for (const receipt of receipts) {
      assert.match(receipt.msgId, /^[0-9A-F]{32}$/);
      ids.add(receipt.msgId);
      const { queueId } = receipt.messageQueue;
      (offsets[queueId] = offsets[queueId] || []).push(receipt.queueOffset);
    }
    assert.strictEqual(ids.size, 40, 'ids are not unique');
    for (const [ queue, got ] of Object.entries(offsets)) {
      assert.deepStrictEqual(got, got.map((_, i) => i), `offsets in queue ${queue}`);
    }
    world.observe(`40 SEND_OK, offsets dense in ${Object.keys(offsets).length} queues`);
  },

  async auto_created_topic(world) {
    const producer = await world.producer();
    const [ receipt ] = await sendTexts(producer, world.topic, [ 'first' ]);
    assert.strictEqual(receipt.queueOffset, 0);
    const receiver = await world.receiver();
    await receiver.await(1);
    world.observe('the first send is received');
  },

  async compressed_zlib(world) {
    const body = Buffer.from(texts('a line of a long text', 2000).join('\n'));
    const sent = new Message(world.topic, body);
    const got = await world.exchange(sent);
    assert.ok(sent.body.length < body.length, 'the client did not compress');
    assert.ok(body.equals(got.body), `got ${got.body.length} bytes`);
  },

  async message_intact(world) {
    const body = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const sent = new Message(world.topic, 'paid', body);
    sent.keys = [ 'order-17', 'schlüssel', '键' ];
    sent.flag = 77;
    const properties = { colour: 'rosé', json: '{"a": "b\\n"}' };
    Object.assign(sent.properties, properties);
    const got = await world.exchange(sent);
    assert.ok(body.equals(got.body), `got ${got.body.toString('hex')}`);
    assert.strictEqual(got.keys, 'order-17 schlüssel 键');
    assert.strictEqual(got.tags, 'paid');
    assert.strictEqual(got.flag, 77);
    for (const [ name, value ] of Object.entries(properties)) {
      assert.strictEqual(got.properties[name], value);
    }
    world.observe('body, tag, keys, flag, properties as sent');
  },

  async push_concurrent(world) {
    const producer = await world.producer();
    await sendTexts(producer, world.topic, texts('early', 8));
    const receiver = await world.receiver();
    await receiver.await(8);
    let inTime = true;
    for (let round = 0; round < 3; ++round) {
      await sleep(300); // so that its pulls wait at the broker
      const before = receiver.messages.length;
      await sendTexts(producer, world.topic, texts(`late ${round}`, 4));
      inTime = await happens(() => receiver.messages.length >= before + 4, 1000) && inTime;
    }
    await receiver.await(20);
    world.observe(`20 received, those sent while it waits within a second: ${inTime}`);
  },

  async tag_filter(world) {
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
  async members_share_queues(world) {
    const producer = await world.producer();
    await sendTexts(producer, world.topic, texts('alone', 8));
    const first = await world.receiver({ rebalanceInterval: 1000 });
    await first.await(8);
    const second = await world.receiver({ rebalanceInterval: 1000 });
    await sleep(shortly);
    await sendTexts(producer, world.topic, texts('shared', 8));
    const shared = receiver => receiver.queuesWith(/^shared/);
    await eventually(() => shared(first).length + shared(second).length >= 4);
    await sleep(300);
    const shares = `${shared(first).length} and ${shared(second).length}`;
    await second.stop();
    await sleep(shortly);
    await sendTexts(producer, world.topic, texts('left', 8));
    const left = () => first.queuesWith(/^left/);
    await eventually(() => left().length === 4);
    world.observe(`queues ${shares}; after one left, the other has all`);
  },

  async commit_and_resume(world) {
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

  async large_body(world) {
    const body = require('crypto').randomBytes(1024 * 1024);
    const got = await world.exchange(new Message(world.topic, body));
    assert.ok(body.equals(got.body), `got ${got.body.length} bytes`);
    world.observe(`${body.length} bytes as sent`);
  },

  async broadcasting(world) {
    const producer = await world.producer();
    await sendTexts(producer, world.topic, [ 'creates the topic' ]);
    const members = [ await world.receiver({ isBroadcast: true }), await world.receiver({ isBroadcast: true }) ];
    await sleep(shortly);
    await sendTexts(producer, world.topic, texts('for all', 20));
    const counts = () => members.map(member => member.countOf('for all'));
    await happens(() => counts().every(count => count >= 20));
    await sleep(300);
    world.observe(`two members, received ${counts().join(' and ')}`);
  },

  from_first: world => from(world, 'CONSUME_FROM_FIRST_OFFSET'),
  from_last: world => from(world, 'CONSUME_FROM_LAST_OFFSET'),
  from_timestamp: world => from(world, 'CONSUME_FROM_TIMESTAMP'),

  // The client learns of its retry topic's queues by a timer of half a minute.
  async retry_then_success(world) {
    const producer = await world.producer();
    const sent = new Message(world.topic, 'tag', 'to be retried');
    sent.keys = [ 'key' ];
    sent.properties.colour = 'red';
    await producer.send(sent);
    const { ACTION_RETRY } = Consumer;
    const receiver = await world.receiver({
      judge: earlier => (earlier.length < 1 ? ACTION_RETRY : undefined),
    });
    await happens(() => receiver.messages.length >= 2, 75000);
    await sleep(1500);
    const last = receiver.messages[receiver.messages.length - 1];
    world.observe(`${receiver.messages.length} times, at last ${last.topic} ${last.body} ${last.tags} ` +
      `${last.keys} ${last.properties.colour} reconsumed ${last.reconsumeTimes}`);
  },

  async illegal_topic(world) {
    const results = [];
    for (const topic of [ 'a b', 'x'.repeat(128) ]) {
      const producer = await world.producer(topic);
      const word = topic.length > 100 ? '128 letters' : topic;
      results.push(`${word}: ${await attempt(producer, new Message(topic, 'x'))}`);
    }
    world.observe(results.join('; '));
  },

  async too_large(world) {
    const producer = await world.producer(world.topic, { compressMsgBodyOverHowmuch: 1 << 30 });
    const long = new Message(world.topic, 'with a long property');
    long.properties.long = 'x'.repeat(40000);
    const large = await attempt(producer, new Message(world.topic, Buffer.alloc(5 * 1024 * 1024)));
    world.observe(`5 MiB: ${large}; a property of 40000: ${await attempt(producer, long)}`);
  },

  async delayed(world) {
    const producer = await world.producer();
    await sendTexts(producer, world.topic, [ 'first' ]);
    const message = new Message(world.topic, 'delayed');
    message.delayTimeLevel = 1;
    const answer = await attempt(producer, message);
    const receiver = await world.receiver();
    await receiver.await(1);
    await sleep(shortly);
    world.observe(`${answer}; received ${receiver.countOf('delayed')}`);
  },

  // Says in the folder that INTEROP_SIGNALS names that it sends and receives
  // (`node.steady`), and sends on until `restarted` is there and for some seconds
  // after that.
  async broker_restart(world) {
    const signals = process.env.INTEROP_SIGNALS;
    const producer = await world.producer();
    await sendTexts(producer, world.topic, [ 'first' ]);
    const receiver = await world.receiver();
    await receiver.await(1);
    fs.writeFileSync(path.join(signals, 'node.steady'), '');
    const acknowledged = [];
    let failures = 0;
    let end = Infinity;
    for (let i = 0; Date.now() < end; ++i) {
      if (end === Infinity && fs.existsSync(path.join(signals, 'restarted'))) {
        end = Date.now() + shortly;
      }
      try {
        await sendTexts(producer, world.topic, [ `m ${i}` ]);
        acknowledged.push(`m ${i}`);
      } catch (error) {
        ++failures;
      }
      await sleep(20);
    }
    const missing = () => {
      const seen = new Set(receiver.texts());
      return acknowledged.filter(text => !seen.has(text)).length;
    };
    await happens(() => missing() === 0);
    console.error(`broker_restart: node had ${acknowledged.length} sends acknowledged, ${failures} failed`);
    world.observe(`sends again: ${acknowledged.length > 100}, acknowledged but not received: ${missing()}`);
  },
};

// what a new group gets that starts where it is told to
async function from(world, consumeFromWhere) {
  const producer = await world.producer();
  await sendTexts(producer, world.topic, texts('earlier', 12));
  const receiver = await world.receiver({ consumeFromWhere, consumeTimestamp: inAMinute() });
  await sleep(shortly);
  await sendTexts(producer, world.topic, texts('later', 8));
  await happens(() => receiver.messages.length >= 20, 5000);
  world.observe(`${receiver.countOf('earlier')} of 12 earlier, ${receiver.countOf('later')} of 8 later`);
}

function inAMinute() {
  const digits = new Date(Date.now() + 60000).toISOString().replace(/\D/g, '');
  return digits.slice(0, 14);
}

async function runAll(names, nameserver) {
  const left = names.slice();
  const lane = async () => {
    for (let name = left.shift(); name; name = left.shift()) {
      const world = new World(nameserver, name);
      try {
        await scenarios[name](world);
      } catch (error) {
        world.observe(`failed: ${String(error.message).replace(/\s+/g, ' ')}${world.troubles()}`);
      }
      console.log(`${name}: ${world.observed}`);
      await world.finish();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

const [ nameserver, ...chosen ] = process.argv.slice(2);
const names = Object.keys(scenarios).filter(
  name => (chosen.length ? chosen.includes(name) : name !== 'broker_restart'));
// The client keeps timers and a producer of its own for ever.
runAll(names, nameserver).then(() => process.exit(0), error => {
  console.error(error);
  process.exit(1);
});
