package interop;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** What a scenario has: a topic and a group of its own, clients, and what it observed. */
final class World {
  /**
   * In milliseconds. The original refuses pulls until the heartbeat with the
   * latest subscription; when one is lost, the next one comes after 30 s.
   */
  static final long PATIENCE = 45000;

  final String nameserver;
  final String topic;
  final String group;
  private final String suffix;
  private final AtomicInteger clients = new AtomicInteger();
  private final Deque<Runnable> cleanups = new ArrayDeque<>();
  private DefaultMQProducer producer;
  private String observed = "ok";

  World(String nameserver, String scenario) {
    this.nameserver = nameserver;
    suffix = scenario + "_" + System.nanoTime();
    topic = "java_" + suffix;
    group = "group_" + suffix;
  }

  /** The scenario's result, unless all that there is to say is that its checks hold. */
  void observe(String what) {
    observed = what.replace(topic, "TOPIC").replace(group, "GROUP");
  }

  String observed() {
    return observed;
  }

  void atEnd(Runnable cleanup) {
    cleanups.push(cleanup);
  }

  void finish() {
    cleanups.forEach(Runnable::run);
  }

  static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  static boolean within(long millis, BooleanSupplier condition) throws InterruptedException {
    for (long end = System.currentTimeMillis() + millis; System.currentTimeMillis() < end;) {
      if (condition.getAsBoolean()) {
        return true;
      }
      Thread.sleep(10);
    }
    return condition.getAsBoolean();
  }

  static String oneLine(Throwable e) {
    return String.valueOf(e.getMessage() == null ? e : e.getMessage()).split("\n")[0].trim();
  }

  /** What a program can tell of a refusal: its code, and the remark where a broker sent it. */
  static String refusal(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof MQBrokerException) {
        MQBrokerException answer = (MQBrokerException) cause;
        return "code " + answer.getResponseCode() + ", " + answer.getErrorMessage();
      }
    }
    if (e instanceof MQClientException) {
      return "the client refuses with code " + ((MQClientException) e).getResponseCode();
    }
    return oneLine(e);
  }

  interface Attempt {
    Object run() throws Exception;
  }

  /** What came of it: a result, or why not. */
  static String outcome(Attempt attempt) {
    try {
      return String.valueOf(attempt.run());
    } catch (Exception e) {
      return refusal(e);
    }
  }

  /** Clients of one name would share a connection. */
  String instance() {
    return "i" + suffix + "_" + clients.incrementAndGet();
  }

  DefaultMQProducer producer() throws MQClientException {
    DefaultMQProducer producer = new DefaultMQProducer("producers_" + suffix);
    start(producer);
    return producer;
  }

  void start(DefaultMQProducer producer) throws MQClientException {
    producer.setNamesrvAddr(nameserver);
    producer.setInstanceName(instance());
    producer.setSendMsgTimeout(10000);
    producer.start();
    this.producer = producer;
    atEnd(producer::shutdown);
  }

  /**
   * A broker that creates a topic tells the nameserver when it has already
   * answered the send; a consumer that comes before looks for its topic's route
   * again only after 30 s.
   */
  private void awaitRoute() throws InterruptedException {
    check(within(PATIENCE, () -> {
      try {
        return !producer.fetchPublishMessageQueues(topic).isEmpty();
      } catch (MQClientException e) {
        return false;
      }
    }), "the topic has no route");
  }

  DefaultMQPushConsumer consumer() throws InterruptedException {
    awaitRoute();
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(group);
    consumer.setNamesrvAddr(nameserver);
    consumer.setInstanceName(instance());
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    atEnd(consumer::shutdown);
    return consumer;
  }

  Receiver receiver(String tags) throws MQClientException, InterruptedException {
    DefaultMQPushConsumer consumer = consumer();
    consumer.subscribe(topic, tags);
    return Receiver.start(consumer);
  }

  DefaultLitePullConsumer lite() throws InterruptedException {
    awaitRoute();
    DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(group);
    consumer.setNamesrvAddr(nameserver);
    consumer.setInstanceName(instance());
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    atEnd(consumer::shutdown);
    return consumer;
  }

  DefaultMQPullConsumer puller() throws MQClientException, InterruptedException {
    awaitRoute();
    DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(group);
    consumer.setNamesrvAddr(nameserver);
    consumer.setInstanceName(instance());
    consumer.start();
    atEnd(consumer::shutdown);
    return consumer;
  }

  Message message(String text) {
    return new Message(topic, text.getBytes(StandardCharsets.UTF_8));
  }

  static String text(MessageExt message) {
    return new String(message.getBody(), StandardCharsets.UTF_8);
  }

  List<SendResult> sendTexts(DefaultMQProducer producer, String word, int count) throws Exception {
    List<SendResult> results = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SendResult result = producer.send(message(word + " " + i));
      check(result.getSendStatus() == SendStatus.SEND_OK, "send " + i + ": " + result);
      results.add(result);
    }
    return results;
  }

  /** Sends `each` texts to each of the topic's queues, in turn; it has to exist. */
  int sendToQueues(DefaultMQProducer producer, String word, int each) throws Exception {
    List<MessageQueue> queues = producer.fetchPublishMessageQueues(topic);
    for (int i = 0; i < each; i++) {
      for (MessageQueue queue : queues) {
        producer.send(message(word + " " + i), queue);
      }
    }
    return each * queues.size();
  }

  void createTopic(DefaultMQProducer producer) throws Exception {
    producer.send(message("creates the topic"));
  }
}
