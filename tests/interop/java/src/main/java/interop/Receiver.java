package interop;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.message.MessageExt;

/** A push consumer that remembers what it got. */
final class Receiver {
  final DefaultMQPushConsumer consumer;
  private final List<MessageExt> messages = new CopyOnWriteArrayList<>();

  private Receiver(DefaultMQPushConsumer consumer) {
    this.consumer = consumer;
  }

  static Receiver start(DefaultMQPushConsumer consumer) throws MQClientException {
    Receiver receiver = new Receiver(consumer);
    consumer.registerMessageListener((MessageListenerConcurrently) (got, context) -> {
      receiver.messages.addAll(got);
      return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
    });
    consumer.start();
    return receiver;
  }

  static Receiver startOrderly(DefaultMQPushConsumer consumer) throws MQClientException {
    Receiver receiver = new Receiver(consumer);
    consumer.registerMessageListener((MessageListenerOrderly) (got, context) -> {
      receiver.messages.addAll(got);
      return ConsumeOrderlyStatus.SUCCESS;
    });
    consumer.start();
    return receiver;
  }

  List<MessageExt> messages() {
    return messages;
  }

  int count() {
    return messages.size();
  }

  Set<String> texts() {
    Set<String> all = new TreeSet<>();
    messages.forEach(one -> all.add(World.text(one)));
    return all;
  }

  int countOf(String word) {
    int count = 0;
    for (String text : texts()) {
      count += text.startsWith(word) ? 1 : 0;
    }
    return count;
  }

  /** From which queues messages with this text came. */
  Set<Integer> queuesWith(String text) {
    Set<Integer> queues = new TreeSet<>();
    for (MessageExt one : messages) {
      if (World.text(one).equals(text)) {
        queues.add(one.getQueueId());
      }
    }
    return queues;
  }

  void await(int count) throws InterruptedException {
    World.within(World.PATIENCE, () -> count() >= count);
    World.check(count() >= count, "got " + count() + " of " + count + " messages");
  }

  /** A receiver that got more than once what it should have got once shows it now. */
  void awaitExactly(int count) throws InterruptedException {
    await(count);
    Thread.sleep(300);
    World.check(count() == count, "got " + count() + " messages instead of " + count);
  }

  /** Whether each queue's messages came once and in order, over all receivers in turn. */
  static boolean inOrder(Receiver... receivers) {
    Map<Integer, Long> next = new HashMap<>();
    List<MessageExt> all = new ArrayList<>();
    for (Receiver receiver : receivers) {
      all.addAll(receiver.messages);
    }
    for (MessageExt one : all) {
      if (one.getQueueOffset() != next.getOrDefault(one.getQueueId(), 0L)) {
        return false;
      }
      next.put(one.getQueueId(), one.getQueueOffset() + 1);
    }
    return true;
  }
}
