import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** Member NAMESERVER GROUP TOPIC [ordered]: prints "got QUEUE OFFSET BODY" until it is killed. */
public class Member {
  static synchronized void print(List<MessageExt> messages) {
    for (MessageExt message : messages)
      System.out.println("got " + message.getQueueId() + " " + message.getQueueOffset() + " "
          + new String(message.getBody()));
    System.out.flush();
  }

  public static void main(String[] args) throws Exception {
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(args[1]);
    consumer.setNamesrvAddr(args[0]);
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe(args[2], "*");
    if (args.length > 3)
      consumer.registerMessageListener((MessageListenerOrderly) (messages, context) -> {
        print(messages);
        return ConsumeOrderlyStatus.SUCCESS;
      });
    else
      consumer.registerMessageListener((MessageListenerConcurrently) (messages, context) -> {
        print(messages);
        return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
      });
    consumer.start();
    Thread.sleep(Long.MAX_VALUE);
  }
}
