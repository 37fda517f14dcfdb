'use strict';
// What a scenario needs: clients of the node under test, and names of its own.

const { Consumer, Message, Producer } = require('ali-ons');

const patience = 30000;
const sleep = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
const texts = (word, count) => Array.from({ length: count }, (_, i) => `${word} ${i}`);

async function eventually(condition, limit = patience) {
  const deadline = Date.now() + limit;
  while (!condition()) {
    if (Date.now() > deadline) {
      throw new Error(`not within ${limit} ms: ${condition}`);
    }
    await sleep(10);
  }
}

async function happens(condition, limit = patience) {
  return eventually(condition, limit).then(() => true, () => false);
}

// what comes of sending a message
async function attempt(producer, message) {
  try {
    return (await producer.send(message)).sendStatus;
  } catch (error) {
    // less how long it took
    return `${error.name} ${error.code || ''} ${error.message}`.replace(/cost \[\d+\]ms/, '').replace(/\s+/g, ' ');
  }
}

// sends each text in a message of its own and returns the receipts
async function sendTexts(producer, topic, all) {
  const receipts = [];
  for (const text of all) {
    const receipt = await producer.send(new Message(topic, text));
    if (receipt.sendStatus !== 'SEND_OK') {
      throw new Error(`sending ${text}: ${JSON.stringify(receipt)}`);
    }
    receipts.push(receipt);
  }
  return receipts;
}

// A push consumer that remembers what it got.
class Receiver {
  constructor(consumer) {
    this.consumer = consumer;
    this.messages = [];
  }

  texts() {
    return this.messages.map(message => message.body.toString()).sort();
  }

  countOf(word) {
    return this.texts().filter(text => text.startsWith(word)).length;
  }

  queuesWith(pattern) {
    const found = this.messages.filter(message => pattern.test(message.body.toString()));
    return Array.from(new Set(found.map(message => message.queueId))).sort();
  }

  async await(count, limit = patience) {
    try {
      await eventually(() => this.messages.length >= count, limit);
    } catch (error) {
      throw new Error(`got ${this.messages.length} of ${count} messages in ${limit} ms`);
    }
  }

  async stop() {
    const { consumer } = this;
    this.consumer = null;
    if (consumer) {
      await consumer.close();
    }
  }
}

class World {
  constructor(nameserver, scenario) {
    this.nameserver = nameserver;
    this.suffix = `node_${scenario.replace(/_/g, '')}_${Date.now()}`;
    this.topic = `topic_${this.suffix}`;
    this.clients = 0;
    this.errors = [];
    this.cleanups = [];
    this.observed = 'ok';
  }

  // says more than that the scenario's checks hold
  observe(what) {
    this.observed = what.split(this.topic).join('TOPIC');
  }

  options() {
    const note = (...words) => this.errors.push(words.map(word => word && word.message || word).join(' '));
    return {
      nameSrv: this.nameserver,
      // wanted for asking where the nameservers are, which is known here
      httpclient: { request() { throw new Error('no address server is known'); } },
      // clients of one name would share a connection
      instanceName: `${this.suffix}_${++this.clients}`,
      logger: { debug() {}, info() {}, warn() {}, error: note },
    };
  }

  // The client's send gives up on a topic that has no route yet, whatever the
  // broker; its own way to the route for new topics (TBW102) is taken first.
  async producer(topic = this.topic, options = {}) {
    const producer = new Producer({
      ...this.options(), producerGroup: `producers_${this.suffix}`, retryTimesWhenSendFailed: 0,
      ...options,
    });
    producer.on('error', error => this.errors.push(error.message));
    await producer.ready();
    await producer._mqClient.updateTopicRouteInfoFromNameServer(topic, true, producer);
    this.cleanups.push(() => producer.close());
    return producer;
  }

  async receiver({ tags = '*', judge = () => undefined, ...options } = {}) {
    const consumer = new Consumer({
      ...this.options(),
      consumerGroup: `group_${this.suffix}`,
      consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
      ...options,
    });
    consumer.on('error', error => this.errors.push(error.message));
    const receiver = new Receiver(consumer);
    this.cleanups.push(() => receiver.stop());
    consumer.subscribe(this.topic, tags, async message => {
      const verdict = judge(receiver.messages);
      receiver.messages.push(message);
      return verdict;
    });
    await consumer.ready();
    return receiver;
  }

  // sends one message and returns it as a consumer got it
  async exchange(sent) {
    const producer = await this.producer();
    await producer.send(sent);
    const receiver = await this.receiver();
    await receiver.await(1);
    return receiver.messages[0];
  }

  // what the client complained of, for the report of a failure
  troubles() {
    return this.errors.length ? ` (the client said: ${this.errors.slice(0, 3).join('; ')})` : '';
  }

  async finish() {
    for (const cleanup of this.cleanups.reverse()) {
      await cleanup().catch(error => this.errors.push(error.message));
    }
  }
}

module.exports = { World, attempt, eventually, happens, sendTexts, sleep, texts };
