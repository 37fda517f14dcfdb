package interop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** What a broker may refuse, and how the program learns of it. */
final class Refused {
  static void addTo(Map<String, Main.Scenario> all) {
    all.put("illegal_topic", Refused::illegalTopic);
    all.put("too_large", Refused::tooLarge);
    all.put("delayed", Refused::delayed);
    all.put("transactional", Refused::transactional);
  }

  private static String send(DefaultMQProducer producer, Message message) {
    return World.outcome(() -> producer.send(message).getSendStatus());
  }

  static void illegalTopic(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    producer.setRetryTimesWhenSendFailed(0);
    List<String> results = new ArrayList<>();
    for (String topic : new String[] {"a b", "x".repeat(128), "SCHEDULE_TOPIC_XXXX"}) {
      results.add((topic.length() > 100 ? "128 letters" : topic) + ": "
          + send(producer, new Message(topic, new byte[] {1})));
    }
    world.observe(String.join("; ", results));
  }

  static void tooLarge(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    producer.setRetryTimesWhenSendFailed(0);
    producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
    world.createTopic(producer);
    byte[] body = new byte[5 * 1024 * 1024];
    String client = send(producer, new Message(world.topic, body));
    producer.setMaxMessageSize(Integer.MAX_VALUE);
    Message properties = world.message("with a long property");
    properties.putUserProperty("long", "x".repeat(40000));
    world.observe("5 MiB: " + client + "; without the client's limit: "
        + send(producer, new Message(world.topic, body))
        + "; a property of 40000: "
        // whose size depends on what else the client's version adds
        + send(producer, properties).replaceAll("properties of \\d+", "properties of N"));
  }

  static void delayed(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    producer.setRetryTimesWhenSendFailed(0);
    world.createTopic(producer);
    Message message = world.message("delayed");
    message.setDelayTimeLevel(1);
    String answer = send(producer, message);
    Receiver receiver = world.receiver("*");
    receiver.await(1);
    Thread.sleep(3000);
    world.observe(answer + "; received " + receiver.countOf("delayed"));
  }

  static void transactional(World world) throws Exception {
    TransactionMQProducer producer = new TransactionMQProducer("producers_" + world.group);
    producer.setTransactionListener(new TransactionListener() {
      @Override public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
        return LocalTransactionState.COMMIT_MESSAGE;
      }

      @Override public LocalTransactionState checkLocalTransaction(MessageExt message) {
        return LocalTransactionState.COMMIT_MESSAGE;
      }
    });
    producer.setRetryTimesWhenSendFailed(0);
    world.start(producer);
    world.createTopic(producer);
    String answer = World.outcome(
        () -> producer.sendMessageInTransaction(world.message("transactional"), null).getSendStatus());
    Receiver receiver = world.receiver("*");
    receiver.await(1);
    Thread.sleep(2000);
    world.observe(answer + "; received " + receiver.countOf("transactional"));
  }
}
