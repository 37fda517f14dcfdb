package interop;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Listeners that do not take a message at once. */
final class Retrying {
  // A client learns of its retry topic's queues by a timer of half a minute.
  private static final long PATIENCE = 75000;

  static void addTo(Map<String, Main.Scenario> all) {
    all.put("retry_then_success", Retrying::retry);
    all.put("dead_letter", Retrying::deadLetter);
    all.put("orderly_suspend", Retrying::orderlySuspend);
  }

  private static Message sent(World world) {
    Message message = new Message(world.topic, "tag", "key", "to be retried".getBytes());
    message.putUserProperty("colour", "red");
    return message;
  }

  private static String show(World world, MessageExt one) {
    return (one.getTopic().equals(world.topic) ? "TOPIC" : one.getTopic()) + " " + World.text(one)
        + " " + one.getTags() + " " + one.getKeys() + " " + one.getUserProperty("colour")
        + " reconsumed " + one.getReconsumeTimes();
  }

  static void retry(World world) throws Exception {
    List<MessageExt> got = new CopyOnWriteArrayList<>();
    List<Long> times = new CopyOnWriteArrayList<>();
    String id = world.producer().send(sent(world)).getMsgId();
    DefaultMQPushConsumer consumer = world.consumer();
    consumer.subscribe(world.topic, "*");
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      got.addAll(messages);
      times.add(System.currentTimeMillis());
      context.setDelayLevelWhenNextConsume(1); // a second
      return got.size() < 3 ? ConsumeConcurrentlyStatus.RECONSUME_LATER
                            : ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    consumer.start();
    World.within(PATIENCE, () -> got.size() == 3);
    Thread.sleep(1500);
    World.check(got.size() == 3, got.size() + " times");
    long pause = times.get(2) - times.get(1);
    world.observe("3 times, at last " + show(world, got.get(2)) + ", same id "
        + id.equals(got.get(2).getMsgId()) + ", after the level's second: " + (pause > 900 && pause < 4000));
  }

  /** Whoever may not be tried again lies in the group's dead letters. */
  static void deadLetter(World world) throws Exception {
    List<MessageExt> got = new CopyOnWriteArrayList<>();
    DefaultMQProducer producer = world.producer();
    producer.send(sent(world));
    DefaultMQPushConsumer consumer = world.consumer();
    consumer.setMaxReconsumeTimes(1);
    consumer.subscribe(world.topic, "*");
    consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
      got.addAll(messages);
      context.setDelayLevelWhenNextConsume(1);
      return ConsumeConcurrentlyStatus.RECONSUME_LATER;
    });
    consumer.start();
    World.within(PATIENCE, () -> got.size() == 2);
    Thread.sleep(3000);
    DefaultMQPullConsumer reader = new DefaultMQPullConsumer("reader_of_" + world.group);
    reader.setNamesrvAddr(world.nameserver);
    reader.setInstanceName(world.instance());
    reader.start();
    world.atEnd(reader::shutdown);
    String dead = World.outcome(() -> {
      MessageQueue queue = producer.fetchPublishMessageQueues(world.topic).get(0);
      MessageQueue letters = new MessageQueue("%DLQ%" + world.group, queue.getBrokerName(), 0);
      return "max " + reader.maxOffset(letters) + ", read: "
          + World.outcome(() -> reader.pull(letters, "*", 0, 1).getPullStatus());
    });
    world.observe(got.size() + " times; dead letters: " + dead);
  }

  static void orderlySuspend(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    MessageQueue queue = producer.send(world.message("m 0")).getMessageQueue();
    for (int i = 1; i < 5; i++) {
      producer.send(world.message("m " + i), queue);
    }
    List<String> got = new CopyOnWriteArrayList<>();
    DefaultMQPushConsumer consumer = world.consumer();
    consumer.subscribe(world.topic, "*");
    consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
      String text = World.text(messages.get(0));
      boolean again = text.equals("m 2") && !got.contains("m 2");
      got.add(text);
      context.setSuspendCurrentQueueTimeMillis(200);
      return again ? ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT : ConsumeOrderlyStatus.SUCCESS;
    });
    consumer.start();
    World.within(World.PATIENCE, () -> got.size() >= 6);
    world.observe(String.join(", ", got));
  }
}
