package interop;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** Clients that stay while the broker goes and comes back. */
final class Restart {
  /**
   * Says in the folder that INTEROP_SIGNALS names that it sends and receives
   * (`java-PROCESS.steady`), and sends on until `restarted` is there and for some
   * seconds after that.
   */
  static void brokerRestart(World world) throws Exception {
    Path signals = Path.of(System.getenv("INTEROP_SIGNALS"));
    DefaultMQProducer producer = world.producer();
    world.createTopic(producer);
    DefaultMQPushConsumer consumer = world.consumer();
    consumer.subscribe(world.topic, "*");
    Receiver receiver = Receiver.startOrderly(consumer);
    receiver.await(1);
    Files.createFile(signals.resolve("java-" + ProcessHandle.current().pid() + ".steady"));
    Set<String> acknowledged = new TreeSet<>();
    int failures = 0;
    long end = Long.MAX_VALUE;
    for (int i = 0; System.currentTimeMillis() < end; i++) {
      if (end == Long.MAX_VALUE && Files.exists(signals.resolve("restarted"))) {
        end = System.currentTimeMillis() + 3000;
      }
      try {
        producer.send(world.message("m " + i));
        acknowledged.add("m " + i);
      } catch (Exception e) {
        failures++;
      }
      Thread.sleep(20);
    }
    Set<String> missing = new TreeSet<>(acknowledged);
    World.within(World.PATIENCE, () -> {
      missing.removeAll(receiver.texts());
      return missing.isEmpty();
    });
    System.err.println("broker_restart: java had " + acknowledged.size() + " sends acknowledged, "
        + failures + " failed");
    world.observe("sends again: " + (acknowledged.size() > 100) + ", acknowledged but not received: "
        + missing.size());
  }
}
