package interop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What RocketMQ's Java client does with a broker: runs the named scenarios, or
 * all but those that need a hand from outside, several at once. Prints what each
 * observed in a line `NAME: OBSERVED`.
 *
 *   interop.Main NAMESERVER [SCENARIO...]
 *   interop.Main NAMESERVER produce|consume TOPIC FILE   for the crash drill
 */
public final class Main {
  private static final int AT_ONCE = 4;

  interface Scenario {
    void run(World world) throws Exception;
  }

  static Map<String, Scenario> scenarios() {
    Map<String, Scenario> all = new LinkedHashMap<>();
    Sending.addTo(all);
    Consuming.addTo(all);
    Groups.addTo(all);
    Offsets.addTo(all);
    Retrying.addTo(all);
    Refused.addTo(all);
    return all;
  }

  private static String observe(String nameserver, String name, Scenario scenario) {
    World world = new World(nameserver, name);
    try {
      scenario.run(world);
      return world.observed();
    } catch (Throwable e) {
      return "failed: " + World.oneLine(e);
    } finally {
      world.finish();
    }
  }

  public static void main(String[] arguments) throws Exception {
    String nameserver = arguments[0];
    List<String> chosen = Arrays.asList(arguments).subList(1, arguments.length);
    if (chosen.size() == 3 && (chosen.get(0).equals("produce") || chosen.get(0).equals("consume"))) {
      Drill.run(nameserver, chosen.get(0), chosen.get(1), chosen.get(2));
    }
    Map<String, Scenario> all = scenarios();
    if (chosen.isEmpty()) {
      chosen = new ArrayList<>(all.keySet());
    }
    all.put("broker_restart", Restart::brokerRestart);
    ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
    List<Future<?>> running = new ArrayList<>();
    for (String name : chosen) {
      if (!all.containsKey(name)) {
        continue;
      }
      running.add(threads.submit(
          () -> System.out.println(name + ": " + observe(nameserver, name, all.get(name)))));
    }
    for (Future<?> one : running) {
      one.get();
    }
    System.exit(0); // the client's threads would stay
  }
}
