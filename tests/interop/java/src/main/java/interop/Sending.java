package interop;

import static interop.World.check;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

final class Sending {
  static void addTo(Map<String, Main.Scenario> all) {
    all.put("send_sync", Sending::sync);
    all.put("send_async", Sending::async);
    all.put("send_oneway", Sending::oneway);
    all.put("send_batch", Sending::batch);
    all.put("auto_created_topic", Sending::autoCreatedTopic);
    all.put("message_intact", Sending::intact);
    all.put("view_by_id", Sending::viewById);
    all.put("large_body", world -> large(world, "ZLIB", false));
    all.put("compressed_zlib", world -> large(world, "ZLIB", true));
    all.put("compressed_lz4", world -> large(world, "LZ4", true));
    all.put("compressed_zstd", world -> large(world, "ZSTD", true));
  }

  static void sync(World world) throws Exception {
    Map<Integer, Long> next = new HashMap<>();
    for (SendResult result : world.sendTexts(world.producer(), "sync", 40)) {
      check(result.getMsgId() != null && result.getOffsetMsgId() != null, "ids " + result);
      int queue = result.getMessageQueue().getQueueId();
      check(result.getQueueOffset() == next.getOrDefault(queue, 0L), "offset " + result);
      next.put(queue, result.getQueueOffset() + 1);
    }
    world.observe("40 SEND_OK, offsets dense in " + next.size() + " queues");
  }

  static void async(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    world.createTopic(producer);
    CountDownLatch done = new CountDownLatch(500);
    AtomicInteger errors = new AtomicInteger();
    for (int i = 0; i < 500; i++) {
      producer.send(world.message("async " + i), new SendCallback() {
        @Override public void onSuccess(SendResult result) {
          done.countDown();
        }

        @Override public void onException(Throwable e) {
          errors.incrementAndGet();
          done.countDown();
        }
      });
    }
    check(done.await(World.PATIENCE, TimeUnit.MILLISECONDS), done.getCount() + " answers are missing");
    world.receiver("*").awaitExactly(501);
    world.observe("500 answered, " + errors + " errors, all received once");
  }

  static void oneway(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    world.createTopic(producer);
    for (int i = 0; i < 50; i++) {
      producer.sendOneway(world.message("one way " + i));
    }
    world.receiver("*").awaitExactly(51);
    world.observe("50 of 50 received");
  }

  static void batch(World world) throws Exception {
    List<Message> batch = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      batch.add(new Message(world.topic, "tag" + i, ("batch " + i).getBytes(StandardCharsets.UTF_8)));
    }
    SendResult result = world.producer().send(batch);
    Receiver receiver = world.receiver("*");
    receiver.awaitExactly(10);
    for (MessageExt one : receiver.messages()) {
      check(World.text(one).equals("batch " + one.getQueueOffset()), "offset of " + one);
      check(one.getTags().equals("tag" + one.getQueueOffset()), "tag of " + one);
    }
    world.observe(result.getSendStatus() + " at offset " + result.getQueueOffset() + ", "
        + result.getOffsetMsgId().split(",").length + " ids, received in order with their tags");
  }

  static void autoCreatedTopic(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    String before = World.outcome(() -> producer.fetchPublishMessageQueues(world.topic).size() + " queues");
    world.createTopic(producer);
    world.observe("before: " + before + "; after: "
        + producer.fetchPublishMessageQueues(world.topic).size() + " queues");
  }

  static void intact(World world) throws Exception {
    byte[] body = new byte[256];
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) i;
    }
    Message sent = new Message(world.topic, "paid", "order-17 schlüssel 键", body);
    sent.setFlag(77);
    sent.putUserProperty("colour", "rosé");
    sent.putUserProperty("json", "{\"a\": \"b\\n\"}");
    SendResult result = world.producer().send(sent);
    Receiver receiver = world.receiver("*");
    receiver.awaitExactly(1);
    MessageExt got = receiver.messages().get(0);
    check(Arrays.equals(body, got.getBody()), "body");
    check(got.getTags().equals("paid") && got.getKeys().equals("order-17 schlüssel 键"), "tag, keys");
    check(got.getFlag() == 77, "flag");
    check("rosé".equals(got.getUserProperty("colour")), "property");
    check("{\"a\": \"b\\n\"}".equals(got.getUserProperty("json")), "property with signs");
    check(got.getMsgId().equals(result.getMsgId()), "message id");
    check(got.getQueueOffset() == result.getQueueOffset(), "offset");
    check(got.getBornTimestamp() > 0 && got.getStoreTimestamp() >= got.getBornTimestamp() - 1000, "times");
    check(got.getReconsumeTimes() == 0, "reconsumed");
    world.observe("body, tag, keys, flag, properties, id, offset as sent; system flag " + got.getSysFlag());
  }

  static void viewById(World world) throws Exception {
    DefaultMQProducer producer = world.producer();
    SendResult result = producer.send(world.message("to be viewed"));
    MessageExt seen = producer.viewMessage(world.topic, result.getOffsetMsgId());
    world.observe(World.text(seen) + ", offset " + seen.getQueueOffset() + ", unique id "
        + (result.getMsgId().equals(seen.getMsgId()) || result.getOffsetMsgId().equals(seen.getMsgId())));
  }

  static void large(World world, String compression, boolean compressible) throws Exception {
    byte[] body = new byte[1024 * 1024];
    Random random = new Random(5);
    for (int i = 0; i < body.length; i++) {
      body[i] = (byte) (compressible ? "apogee".charAt(random.nextInt(6)) : random.nextInt(256));
    }
    DefaultMQProducer producer;
    synchronized (Sending.class) { // the client reads the property in its constructor
      System.setProperty("rocketmq.message.compressType", compression);
      producer = new DefaultMQProducer("producers_" + compression);
      System.clearProperty("rocketmq.message.compressType");
    }
    if (!compressible) {
      producer.setCompressMsgBodyOverHowmuch(Integer.MAX_VALUE);
    }
    world.start(producer);
    producer.send(new Message(world.topic, body));
    Receiver receiver = world.receiver("*");
    receiver.awaitExactly(1);
    MessageExt got = receiver.messages().get(0);
    check(Arrays.equals(body, got.getBody()), "body of " + got.getBody().length + " bytes");
    world.observe(body.length + " bytes as sent; stored smaller: " + (got.getStoreSize() < body.length)
        + ", compression " + (got.getSysFlag() >> 8 & 7));
  }
}
