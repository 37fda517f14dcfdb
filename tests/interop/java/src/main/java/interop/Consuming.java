package interop;

import static interop.World.check;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

final class Consuming {
  static void addTo(Map<String, Main.Scenario> all) {
    all.put("push_concurrent", Consuming::concurrent);
    all.put("push_orderly", Consuming::orderly);
    all.put("tag_filter", Consuming::tagFilter);
    all.put("sql_filter", Consuming::sqlFilter);
    all.put("sql_bad_expression", Consuming::badExpression);
    all.put("lite_pull", Consuming::litePull);
  }

  /** Whether a waiting consumer is given a message within a second. */
  static void concurrent(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    world.createTopic(producer);
    int early = world.sendToQueues(producer, "early", 5);
    Receiver receiver = world.receiver("*");
    receiver.awaitExactly(early + 1);
    boolean inTime = true;
    for (int round = 0; round < 3; round++) {
      Thread.sleep(300); // so that its pulls wait at the broker
      int expected = receiver.count() + world.sendToQueues(producer, "late", 1);
      inTime &= World.within(1000, () -> receiver.count() >= expected);
    }
    receiver.awaitExactly(early + 1 + 12);
    world.observe(receiver.count() + " received, those sent while it waits within a second: " + inTime);
  }

  static void orderly(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    world.createTopic(producer);
    int count = 1 + world.sendToQueues(producer, "ordered", 25);
    DefaultMQPushConsumer consumer = world.consumer();
    consumer.subscribe(world.topic, "*");
    Receiver receiver = Receiver.startOrderly(consumer);
    receiver.awaitExactly(count);
    world.observe(count + " received, in order: " + Receiver.inOrder(receiver));
  }

  static void tagFilter(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    for (int i = 0; i < 30; i++) {
      String tag = new String[] {"red", "green", "blue"}[i % 3];
      producer.send(new Message(world.topic, tag, (tag + " " + i).getBytes(StandardCharsets.UTF_8)));
    }
    Receiver receiver = world.receiver("red || blue");
    receiver.awaitExactly(20);
    world.observe("red " + receiver.countOf("red") + ", green " + receiver.countOf("green")
        + ", blue " + receiver.countOf("blue"));
  }

  static void sqlFilter(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    for (int i = 0; i < 20; i++) {
      Message message = world.message("m" + i);
      if (i % 2 == 0) {
        message.putUserProperty("price", String.valueOf(i));
      }
      message.putUserProperty("colour", i < 15 ? "red" : "blue");
      producer.send(message);
    }
    DefaultMQPushConsumer consumer = world.consumer();
    consumer.subscribe(world.topic, MessageSelector.bySql(
        "(price BETWEEN 5 AND 9) OR (price IS NULL AND colour IN ('blue'))"));
    Receiver receiver = Receiver.start(consumer);
    receiver.awaitExactly(5);
    world.observe(String.join(" ", receiver.texts()));
  }

  static void badExpression(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    world.createTopic(producer);
    DefaultMQPushConsumer consumer = world.consumer();
    consumer.subscribe(world.topic, MessageSelector.bySql("price > > 3"));
    world.observe(World.outcome(() -> {
      Receiver.start(consumer);
      return "started";
    }));
  }

  static void litePull(World world) throws Exception {
    world.sendTexts(world.producer(), "polled", 20);
    var consumer = world.lite();
    consumer.subscribe(world.topic, "*");
    consumer.start();
    Set<String> got = new HashSet<>();
    int count = 0;
    for (long end = System.currentTimeMillis() + World.PATIENCE;
         got.size() < 20 && System.currentTimeMillis() < end;) {
      for (MessageExt one : consumer.poll(500)) {
        got.add(World.text(one));
        count++;
      }
    }
    check(got.size() == 20, "got " + got.size());
    world.observe(count + " polled");
  }
}
