package interop;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;

/** Consumers that say themselves where they read. Ten messages are in one queue. */
final class Offsets {
  static void addTo(Map<String, Main.Scenario> all) {
    all.put("pull_at_offset", Offsets::pull);
    all.put("query_offsets", Offsets::query);
    all.put("assign_and_seek", Offsets::assignAndSeek);
    all.put("commit_offset", Offsets::commit);
  }

  private static MessageQueue tenInOneQueue(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    MessageQueue queue = producer.send(world.message("m 0")).getMessageQueue();
    for (int i = 1; i < 10; i++) {
      producer.send(world.message("m " + i), queue);
    }
    return queue;
  }

  private static String show(PullResult result) {
    int count = result.getMsgFoundList() == null ? 0 : result.getMsgFoundList().size();
    return result.getPullStatus() + " " + count + ", next " + result.getNextBeginOffset()
        + ", min " + result.getMinOffset() + ", max " + result.getMaxOffset();
  }

  static void pull(World world) throws Exception {
    MessageQueue queue = tenInOneQueue(world);
    DefaultMQPullConsumer consumer = world.puller();
    StringBuilder results = new StringBuilder();
    for (long offset : new long[] {0, 7, 10, 15}) {
      results.append("at ").append(offset).append(": ")
          .append(World.outcome(() -> show(consumer.pull(queue, "*", offset, 4)))).append("; ");
    }
    MessageQueue beyond = new MessageQueue(queue.getTopic(), queue.getBrokerName(), 99);
    results.append("queue 99: ").append(World.outcome(() -> show(consumer.pull(beyond, "*", 0, 4))));
    world.observe(results.toString());
  }

  static void query(World world) throws Exception {
    MessageQueue queue = tenInOneQueue(world);
    DefaultMQPullConsumer consumer = world.puller();
    long now = System.currentTimeMillis();
    String young = World.outcome(() -> {
      long age = now - consumer.earliestMsgStoreTime(queue);
      return age > -1000 && age < 60000;
    });
    world.observe("min " + consumer.minOffset(queue) + ", max " + consumer.maxOffset(queue)
        + ", at time 0: " + consumer.searchOffset(queue, 0)
        + ", in an hour: " + consumer.searchOffset(queue, now + 3600000)
        + ", earliest is young: " + young
        + ", consumed: " + consumer.fetchConsumeOffset(queue, true));
  }

  private static String poll(DefaultLitePullConsumer consumer, int count) {
    StringBuilder texts = new StringBuilder();
    for (long end = System.currentTimeMillis() + World.PATIENCE;
         count > 0 && System.currentTimeMillis() < end;) {
      List<MessageExt> got = consumer.poll(500);
      for (MessageExt one : got) {
        texts.append(World.text(one).substring(2)).append(' ');
        count--;
      }
    }
    return texts.toString().trim();
  }

  static void assignAndSeek(World world) throws Exception {
    MessageQueue queue = tenInOneQueue(world);
    DefaultLitePullConsumer consumer = world.lite();
    consumer.start();
    consumer.assign(Collections.singletonList(queue));
    String all = poll(consumer, 10);
    consumer.seek(queue, 6);
    String sought = poll(consumer, 4);
    consumer.seekToBegin(queue);
    world.observe(all + "; at 6: " + sought + "; from the begin: " + poll(consumer, 10));
  }

  static void commit(World world) throws Exception {
    MessageQueue queue = tenInOneQueue(world);
    DefaultMQPullConsumer consumer = world.puller();
    consumer.pull(queue, "*", 0, 6); // which makes the group known
    consumer.updateConsumeOffset(queue, 6);
    consumer.getOffsetStore().persist(queue);
    World.within(5000, () -> World.outcome(() -> consumer.fetchConsumeOffset(queue, true)).equals("6"));
    long committed = consumer.fetchConsumeOffset(queue, true);
    consumer.shutdown();
    DefaultLitePullConsumer next = world.lite();
    next.start();
    next.assign(Collections.singletonList(queue));
    world.observe("committed " + committed + ", the next one goes on with " + poll(next, 4));
  }
}
