import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * What RocketMQ's Java client does with a broker:
 *   Scenarios NAMESERVER [NAME]
 */
public class Scenarios {
  interface Scenario {
    void run(String topic) throws Exception;
  }

  static String nameserver;
  static String only; // of this name; null: all
  static DefaultMQProducer producer;
  static int failed = 0;

  static void check(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }

  static void await(BooleanSupplier done, long millis, String what)
      throws InterruptedException {
    long end = System.currentTimeMillis() + millis;
    while (!done.getAsBoolean()) {
        check(System.currentTimeMillis() < end, what);
      Thread.sleep(10);
    }
  }

  static void scenario(String name, Scenario body) {
    if (only != null && !name.contains(only)) return;
    try {
      body.run("java_" + name + "_" + System.nanoTime());
      System.out.println("PASS " + name);
    } catch (Throwable e) {
      failed++;
      System.out.println("FAIL " + name + ": " + e);
    }
  }

  static Message message(String topic, String tag, String key, String body) {
    return new Message(topic, tag, key, body.getBytes(StandardCharsets.UTF_8));
  }

  static String text(MessageExt m) {
    return new String(m.getBody(), StandardCharsets.UTF_8);
  }

  static AtomicInteger instances = new AtomicInteger();

  static DefaultMQPushConsumer consumer(String topic, String expression,
                                        MessageListenerConcurrently listener)
      throws Exception {
    DefaultMQPushConsumer c = new DefaultMQPushConsumer("G_" + topic);
    c.setNamesrvAddr(nameserver);
    c.setInstanceName("i" + instances.incrementAndGet());
    c.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    c.subscribe(topic, expression);
    c.registerMessageListener(listener);
    c.start();
    return c;
  }

  static MessageListenerConcurrently into(Set<String> bodies) {
    return (messages, context) -> {
      for (MessageExt m : messages) bodies.add(text(m));
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    };
  }

  static void send(String topic, int from, int to) throws Exception {
    for (int i = from; i < to; i++)
      check(producer.send(message(topic, "t" + i % 2, "k" + i, "m" + i))
                    .getSendStatus() == SendStatus.SEND_OK, "send " + i);
  }

  public static void main(String[] args) throws Exception {
    nameserver = args[0];
    only = args.length > 1 ? args[1] : null;
    producer = new DefaultMQProducer("interop_producers");
    producer.setNamesrvAddr(nameserver);
    producer.start();

    scenario("sync_send_has_dense_offsets", topic -> {
      Map<Integer, Long> next = new ConcurrentHashMap<>();
      for (int i = 0; i < 40; i++) {
        SendResult r = producer.send(message(topic, "a", "k", "m" + i));
        check(r.getSendStatus() == SendStatus.SEND_OK, "status");
        check(r.getMsgId() != null && r.getOffsetMsgId() != null, "ids");
        int queue = r.getMessageQueue().getQueueId();
        check(r.getQueueOffset() == next.getOrDefault(queue, 0L), "offset");
        next.put(queue, r.getQueueOffset() + 1);
      }
      check(next.size() == 4, "a topic that is created has four queues");
    });

    scenario("async_send_answers_each_once", topic -> {
      producer.send(message(topic, "a", "k", "first"));
      CountDownLatch done = new CountDownLatch(500);
      AtomicInteger errors = new AtomicInteger();
      for (int i = 0; i < 500; i++)
        producer.send(message(topic, "a", "k", "m" + i), new SendCallback() {
          public void onSuccess(SendResult r) { done.countDown(); }
          public void onException(Throwable e) {
            errors.incrementAndGet();
            done.countDown();
          }
        });
      check(done.await(10, TimeUnit.SECONDS), "an answer is missing");
      check(errors.get() == 0, errors + " errors");
    });

    scenario("oneway_and_batch_are_consumed", topic -> {
      producer.send(message(topic, "a", "k", "m0"));
      for (int i = 1; i < 100; i++)
        producer.sendOneway(message(topic, "a", "k", "m" + i));
      List<Message> batch = new ArrayList<>();
      for (int i = 100; i < 132; i++)
        batch.add(message(topic, "a", "k", "m" + i));
      check(producer.send(batch).getSendStatus() == SendStatus.SEND_OK, "batch");
      Set<String> got = ConcurrentHashMap.newKeySet();
      DefaultMQPushConsumer c = consumer(topic, "*", into(got));
      await(() -> got.size() == 132, 15000, "132 messages");
      c.shutdown();
    });

    scenario("message_arrives_whole", topic -> {
      Message m = new Message(topic, "tag", "key1 key2",
                              String.join("", Collections.nCopies(2000, "apogee "))
                                    .getBytes(StandardCharsets.UTF_8));
      m.putUserProperty("colour", "blau ü");
      m.setFlag(7);
      SendResult sent = producer.send(m);
      List<MessageExt> got = Collections.synchronizedList(new ArrayList<>());
      DefaultMQPushConsumer c = consumer(topic, "*", (ms, x) -> {
        got.addAll(ms);
        return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
      });
      await(() -> !got.isEmpty(), 15000, "the message");
      c.shutdown();
      MessageExt r = got.get(0);
      check(Arrays.equals(r.getBody(), m.getBody()), "body");
      check("tag".equals(r.getTags()), "tag");
      check("key1 key2".equals(r.getKeys()), "keys");
      check("blau ü".equals(r.getUserProperty("colour")), "property");
      check(r.getFlag() == 7, "flag");
      check(sent.getMsgId().equals(r.getMsgId()), "message id");
      check(r.getBornTimestamp() > 0 && r.getStoreTimestamp() > 0, "times");
    });

    scenario("tag_filter", topic -> {
      send(topic, 0, 20);
      Set<String> got = ConcurrentHashMap.newKeySet();
      DefaultMQPushConsumer c = consumer(topic, "t1 || other", into(got));
      await(() -> got.size() == 10, 15000, "ten messages");
      check(got.contains("m1") && !got.contains("m0"), "the right ones");
      c.shutdown();
    });

    scenario("sql_filter", topic -> {
      for (int i = 0; i < 20; i++) {
        Message m = message(topic, "a", "k", "m" + i);
        m.putUserProperty("price", String.valueOf(i));
        producer.send(m);
      }
      Set<String> got = ConcurrentHashMap.newKeySet();
      DefaultMQPushConsumer c = new DefaultMQPushConsumer("G_" + topic);
      c.setNamesrvAddr(nameserver);
      c.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
      c.subscribe(topic, MessageSelector.bySql("price BETWEEN 5 AND 9"));
      c.registerMessageListener(into(got));
      c.start();
      await(() -> got.size() == 5, 15000, "five messages");
      c.shutdown();
    });

    scenario("members_share_queues_at_once", topic -> {
      send(topic, 0, 4);
      Set<String> one = ConcurrentHashMap.newKeySet();
      Set<String> two = ConcurrentHashMap.newKeySet();
      DefaultMQPushConsumer a = consumer(topic, "*", into(one));
      await(() -> one.size() == 4, 15000, "the first member gets all");
      DefaultMQPushConsumer b = consumer(topic, "*", into(two));
      Thread.sleep(1000);
      send(topic, 100, 140);
      await(() -> one.size() + two.size() >= 44, 15000,
            "both get the rest: " + one.size() + " and " + two.size());
      check(two.size() >= 10, "the second member has its share: " + two.size());
      b.shutdown();
      Thread.sleep(1000);
      int before = one.size();
      send(topic, 200, 240);
      await(() -> one.size() >= before + 40, 15000, "the first takes over");
      a.shutdown();
    });

    scenario("group_goes_on_at_its_offset", topic -> {
      send(topic, 0, 10);
      Set<String> first = ConcurrentHashMap.newKeySet();
      DefaultMQPushConsumer a = consumer(topic, "*", into(first));
      await(() -> first.size() == 10, 15000, "ten messages");
      a.shutdown();
      send(topic, 10, 15);
      Set<String> second = ConcurrentHashMap.newKeySet();
      DefaultMQPushConsumer b = consumer(topic, "*", into(second));
      await(() -> second.size() >= 5, 15000, "five messages");
      Thread.sleep(500);
      b.shutdown();
      check(second.size() == 5, "none again: " + second);
    });

    scenario("orderly_consumer_keeps_order", topic -> {
      for (int i = 0; i < 50; i++)
        producer.send(message(topic, "a", "k", "m" + i),
                      (queues, m, arg) -> queues.get((Integer) arg % queues.size()),
                      i % 2);
      Map<Integer, List<Long>> got = new ConcurrentHashMap<>();
      AtomicInteger count = new AtomicInteger();
      DefaultMQPushConsumer c = new DefaultMQPushConsumer("G_" + topic);
      c.setNamesrvAddr(nameserver);
      c.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
      c.subscribe(topic, "*");
      c.registerMessageListener((MessageListenerOrderly) (ms, x) -> {
        for (MessageExt m : ms) {
          got.computeIfAbsent(m.getQueueId(), q -> new ArrayList<>())
             .add(m.getQueueOffset());
          count.incrementAndGet();
        }
        return ConsumeOrderlyStatus.SUCCESS;
      });
      c.start();
      await(() -> count.get() == 50, 30000, "fifty messages, not " + count);
      c.shutdown();
      for (List<Long> offsets : got.values())
        for (int i = 0; i < offsets.size(); i++)
          check(offsets.get(i) == i, "order " + offsets);
    });

    scenario("lite_pull_consumer_polls", topic -> {
      send(topic, 0, 20);
      DefaultLitePullConsumer c = new DefaultLitePullConsumer("G_" + topic);
      c.setNamesrvAddr(nameserver);
      c.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
      c.subscribe(topic, "*");
      c.start();
      Set<String> got = new HashSet<>();
      long end = System.currentTimeMillis() + 30000;
      while (got.size() < 20 && System.currentTimeMillis() < end)
        for (MessageExt m : c.poll(1000)) got.add(text(m));
      c.shutdown();
      check(got.size() == 20, "twenty messages, not " + got.size());
    });

    producer.shutdown();
    System.out.println(failed == 0 ? "all passed" : failed + " failed");
    System.exit(failed == 0 ? 0 : 1);
  }
}
