package interop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.UtilAll;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;

final class Groups {
  static void addTo(Map<String, Main.Scenario> all) {
    all.put("members_share_queues", Groups::membersShare);
    all.put("orderly_handover", Groups::orderlyHandover);
    all.put("broadcasting", Groups::broadcasting);
    all.put("commit_and_resume", Groups::commitAndResume);
    all.put("from_first", world -> from(world, ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET));
    all.put("from_last", world -> from(world, ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET));
    all.put("from_timestamp", world -> from(world, ConsumeFromWhere.CONSUME_FROM_TIMESTAMP));
    all.put("from_last_on_empty_queues", Groups::fromLastOnEmptyQueues);
  }

  /**
   * Who has which queue is known from the messages. One on its way may reach
   * both members, so no text is counted twice.
   */
  static void membersShare(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    world.createTopic(producer);
    Receiver first = world.receiver("*");
    first.await(1);
    Receiver second = world.receiver("*");
    Thread.sleep(1500);
    int count = world.sendToQueues(producer, "shared", 1);
    Set<Integer> all = new TreeSet<>();
    World.within(World.PATIENCE, () -> {
      all.addAll(first.queuesWith("shared 0"));
      all.addAll(second.queuesWith("shared 0"));
      return all.size() == count;
    });
    String shares = first.queuesWith("shared 0").size() + " and " + second.queuesWith("shared 0").size();
    second.consumer.shutdown();
    world.sendToQueues(producer, "left", 1);
    boolean taken = World.within(1000, () -> first.queuesWith("left 0").size() == count);
    world.observe("queues " + shares + "; after one left, the other has all within a second: " + taken);
  }

  static void orderlyHandover(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    world.createTopic(producer);
    int count = 1 + world.sendToQueues(producer, "first", 10);
    DefaultMQPushConsumer one = world.consumer();
    one.subscribe(world.topic, "*");
    Receiver first = Receiver.startOrderly(one);
    first.awaitExactly(count);
    one.shutdown();
    DefaultMQPushConsumer two = world.consumer();
    two.subscribe(world.topic, "*");
    Receiver second = Receiver.startOrderly(two);
    int more = world.sendToQueues(producer, "second", 10);
    second.awaitExactly(more);
    world.observe(count + " and " + more + " received, in order: " + Receiver.inOrder(first, second));
  }

  static void broadcasting(World world) throws Exception {
    world.sendTexts(world.producer(), "for all", 20);
    List<Receiver> receivers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      DefaultMQPushConsumer consumer = world.consumer();
      // Its enumeration lives elsewhere in each of the client's versions.
      consumer.setMessageModel(consumer.getMessageModel().valueOf("BROADCASTING"));
      consumer.subscribe(world.topic, "*");
      receivers.add(Receiver.start(consumer));
    }
    for (Receiver receiver : receivers) {
      receiver.awaitExactly(20);
    }
    world.observe("two members, each received " + receivers.get(0).count());
  }

  static void commitAndResume(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    world.sendTexts(producer, "before", 20);
    Receiver first = world.receiver("*");
    first.awaitExactly(20);
    first.consumer.shutdown();
    world.sendTexts(producer, "meanwhile", 20);
    Receiver second = world.receiver("*");
    second.awaitExactly(20);
    world.observe("20, then " + second.countOf("meanwhile") + " of those sent meanwhile");
  }

  static void from(World world, ConsumeFromWhere where) throws Exception {
    DefaultMQProducer producer = world.producer();
    world.sendTexts(producer, "earlier", 12);
    DefaultMQPushConsumer consumer = world.consumer();
    consumer.setConsumeFromWhere(where);
    consumer.setConsumeTimestamp(UtilAll.timeMillisToHumanString3(System.currentTimeMillis() + 60000));
    consumer.subscribe(world.topic, "*");
    Receiver receiver = Receiver.start(consumer);
    Thread.sleep(3000); // until it has all its queues
    world.sendToQueues(producer, "later", 2);
    World.within(5000, () -> receiver.countOf("later") == 2 && receiver.count() >= 20);
    world.observe(receiver.countOf("earlier") + " of 12 earlier, "
        + (receiver.count() - receiver.countOf("earlier")) + " of 8 later");
  }

  /** A queue that nothing was sent to yet when a new group comes. */
  static void fromLastOnEmptyQueues(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    world.createTopic(producer);
    DefaultMQPushConsumer consumer = world.consumer();
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET);
    consumer.subscribe(world.topic, "*");
    Receiver receiver = Receiver.start(consumer);
    Thread.sleep(3000);
    world.sendToQueues(producer, "later", 2);
    World.within(5000, () -> receiver.count() >= 9);
    world.observe(receiver.count() + " of 9 received");
  }
}
