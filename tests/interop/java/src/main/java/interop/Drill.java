package interop;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/** One client of tests/interop/crash_drill, until it is killed. */
final class Drill {
  static void run(String nameserver, String role, String topic, String file) throws Exception {
    PrintWriter journal = new PrintWriter(
        Files.newBufferedWriter(Path.of(file), StandardOpenOption.CREATE, StandardOpenOption.APPEND), true);
    if (role.equals("produce")) {
      produce(nameserver, topic, journal);
    } else {
      consume(nameserver, topic, journal);
    }
  }

  /** A line `try N` before each send, and `ack N QUEUE OFFSET` for each answer. */
  private static void produce(String nameserver, String topic, PrintWriter journal) throws Exception {
    DefaultMQProducer producer = new DefaultMQProducer("drill_producers");
    producer.setNamesrvAddr(nameserver);
    producer.setSendMsgTimeout(2000);
    producer.start();
    for (int i = 0;; i++) {
      journal.println("try " + i);
      try {
        SendResult result = producer.send(new Message(topic, ("java " + i).getBytes()));
        journal.println("ack " + i + " " + result.getMessageQueue().getQueueId() + " " + result.getQueueOffset());
      } catch (Exception e) {
        journal.println("failed " + i + " " + World.oneLine(e));
      }
      Thread.sleep(2);
    }
  }

  /** A line `QUEUE OFFSET BODY` for each message. */
  private static void consume(String nameserver, String topic, PrintWriter journal) throws Exception {
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("drill_java");
    consumer.setNamesrvAddr(nameserver);
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe(topic, "*");
    consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
      for (MessageExt one : messages) {
        synchronized (journal) {
          journal.println(one.getQueueId() + " " + one.getQueueOffset() + " " + World.text(one));
        }
      }
      return ConsumeOrderlyStatus.SUCCESS;
    });
    consumer.start();
    Thread.sleep(Long.MAX_VALUE);
  }
}
