import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/** Admin FOLDER: runs mqadmin's commands, one a line of the standard input; what the n-th prints is in FOLDER/n. */
public class Admin {
  public static void main(String[] arguments) throws Exception {
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
    int number = 0;
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      try (PrintStream out = new PrintStream(new FileOutputStream(arguments[0] + "/" + ++number))) {
        System.setOut(out);
        System.setErr(out);
        MQAdminStartup.main0(line.split(" "), null);
      }
    }
    System.exit(0); // whatever threads a command has left
  }
}
