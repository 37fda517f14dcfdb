#include "tests/nodes/cli_process_test.hpp"

#include "tests/nodes/remoting_client.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace apogee::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// A text file that every Debian machine has, ended with a newline.
std::string package_index() {
  auto text = read_text("/var/lib/dpkg/status");
  if (text.empty() || text.back() != '\n')
    text = "no package index on this machine\n\nof no kind\n";
  return text;
}

TEST_F(CommandLine, AnAddressThatIsNamedWinsOverTheEnvironments) {
  start_node();
  process::surroundings elsewhere;
  elsewhere.environment.emplace_back("APOGEE_NAMESERVER", "127.0.0.1:1");
  for (const auto& asked : std::vector<words>{{"topic", "list"},
                                              {"group", "list"},
                                              {"supervision", "tree"},
                                              {"status"}}) {
    auto named = asked;
    named.insert(named.end(), {"--nameserver", node->address()});
    const auto done = run_process(command(named), patience, elsewhere);
    EXPECT_EQ(done.exit_code, 0) << asked[0] << ": " << done.error_output;
    const auto unnamed = run_process(command(asked), patience, elsewhere);
    EXPECT_THAT(unnamed.error_output, HasSubstr("127.0.0.1:1")) << asked[0];
  }
}

TEST_F(CommandLine, BringsAFileBackByteForByte) {
  start_node();
  const auto text = package_index();
  const auto file = write_file("sent", text);
  must({"topic", "create", "index", "--queues", "1"});
  EXPECT_THAT(must({"send", "index", "--file", file}), StartsWith("sent "));
  EXPECT_EQ(must({"consume", "index"}), text);
  EXPECT_EQ(must({"consume", "index", "--group", "g"}), text);
}

TEST_F(CommandLine, KeepsEmptyLinesAndALastLineWithoutItsNewline) {
  start_node();
  const auto file = write_file("sent", "\n\none\n\xFF\xFE\r\n\nlast");
  must({"topic", "create", "t", "--queues", "1"});
  EXPECT_THAT(must({"send", "t", "--file", file}), HasSubstr("6 messages"));
  EXPECT_EQ(must({"consume", "t"}), "\n\none\n\xFF\xFE\r\n\nlast\n");
}

TEST_F(CommandLine, SendsTheWordsOfTheCommandLine) {
  start_node();
  must({"topic", "create", "t", "--queues", "1"});
  EXPECT_THAT(
    must({"send", "t", "first", "second", "--key", "k1", "--key", "k2", "--tag",
          "new", "--property", "a=1", "--property", "b==", "--ack", "disk"}),
    HasSubstr("stored in t queue 0 at offset 1 of "));
  EXPECT_EQ(must({"consume", "t", "--format", "%o %q %b %k %t %p|"}),
            "0 0 first k1 k2 new a=1,b==|1 0 second k1 k2 new a=1,b==|");
  std::istringstream lines{must({"consume", "t", "--json"})};
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["body"], "first");
  EXPECT_EQ(json["keys"], (nlohmann::json{"k1", "k2"}));
  EXPECT_EQ(json["properties"]["b"], "=");
}

TEST_F(CommandLine, ReadsOnlyWhatAFilterWants) {
  start_node();
  must({"topic", "create", "t", "--queues", "1"});
  must({"send", "t", "cheap", "--tag", "new", "--property", "price=5"});
  must({"send", "t", "dear", "--tag", "old", "--property", "price=50"});
  must({"send", "t", "free", "--tag", "gift"});
  EXPECT_EQ(must({"consume", "t", "--tags", "new || gift"}), "cheap\nfree\n");
  EXPECT_EQ(must({"consume", "t", "--sql", "price > 10"}), "dear\n");
  EXPECT_EQ(must({"consume", "t", "--sql", "price > 10", "--group", "g"}),
            "dear\n");
  EXPECT_THAT(must_fail(1, {"consume", "t", "--sql", "price >"}),
              HasSubstr("SQL92 filter is refused"));
}

TEST_F(CommandLine, SendsEveryWordAsItIsWhereverItStands) {
  start_node();
  must({"topic", "create", "t", "--queues", "1"});
  must({"send", "t", "--key", "[a,b]", "[1,2]", "{}", "", "--property", "p=[]",
        "last"});
  must({"send", "t", "--nameserver", node->address(), "one", "--", "--two"});
  EXPECT_EQ(must({"consume", "t", "--format", "%b %k %p|"}),
            "[1,2] [a,b] p=[]|{} [a,b] p=[]| [a,b] p=[]|last [a,b] p=[]|"
            "one  |--two  |");
}

TEST_F(CommandLine, KeepsTheOrderOfAnOrderedKeyOverManyQueues) {
  start_node();
  std::string text;
  for (int i = 0; i < 5000; ++i)
    text += std::to_string(i) + "\n";
  must({"topic", "create", "t", "--queues", "8"});
  must({"send", "t", "--file", write_file("sent", text), "--ordered-key",
        "customer"});
  EXPECT_EQ(must({"consume", "t"}), text);
}

TEST_F(CommandLine, SendsWithoutLookingAtAnswers) {
  start_node();
  must({"topic", "create", "t"});
  must({"send", "t", "a", "b", "--one-way"});
  EXPECT_EQ(must({"consume", "t", "--count", "2", "--from", "earliest",
                  "--follow", "--timeout", "60", "--format", "x"}),
            "xx");
}

TEST_F(CommandLine, CreatesListsShowsAndDeletesTopics) {
  start_node();
  EXPECT_THAT(
    must({"topic", "create", "orders", "--queues", "4"}),
    StartsWith("created topic orders with 4 queues, permission rw, on "));
  must({"topic", "create", "archive", "--permission", "r"});
  EXPECT_THAT(must_fail(1, {"topic", "create", "orders", "--queues", "5"}),
              HasSubstr("orders"));
  const auto list = must({"topic", "list"});
  EXPECT_THAT(list, HasSubstr("orders"));
  EXPECT_THAT(list, HasSubstr("archive"));
  EXPECT_THAT(must({"topic", "update", "orders", "--queues", "2"}),
              HasSubstr("2 queues to write and 4 to read"));
  EXPECT_THAT(must_fail(1, {"topic", "update", "orders"}),
              HasSubstr("--queues"));
  EXPECT_THAT(must_fail(1, {"topic", "update", "nothing", "--queues", "2"}),
              HasSubstr("nothing"));
  EXPECT_EQ(nlohmann::json::parse(must({"topic", "update", "orders", "--queues",
                                        "4", "--json"}))["writeQueues"],
            4);
  must({"send", "orders", "a", "b", "c"});
  const auto shown = must({"topic", "show", "orders"});
  EXPECT_THAT(shown, HasSubstr("4 queues, permission rw"));
  EXPECT_THAT(shown, HasSubstr("3 messages"));
  must({"topic", "delete", "orders", "--yes"});
  EXPECT_THAT(must_fail(1, {"topic", "show", "orders"}), HasSubstr("orders"));
  EXPECT_THAT(must_fail(1, {"topic", "delete", "orders"}), HasSubstr("orders"));
}

TEST_F(CommandLine, ShowsSettingsAndRefusesToChangeThem) {
  start_node();
  EXPECT_THAT(must({"broker", "config"}),
              HasSubstr("maxMessageSize           4194304\n"));
  const auto config =
    nlohmann::json::parse(must({"broker", "config", "--json"}));
  ASSERT_EQ(config.size(), 1u);
  EXPECT_EQ(config.front()["maxMessageSize"], "4194304");
  EXPECT_THAT(must({"broker", "update", "maxMessageSize=4194304"}),
              StartsWith("the setting is as wanted on "));
  EXPECT_THAT(must_fail(1, {"broker", "update", "maxMessageSize=5"}),
              HasSubstr("broker.message-size-max"));
  EXPECT_THAT(must_fail(1, {"broker", "update", "odd"}),
              HasSubstr("NAME=VALUE"));
}

TEST_F(CommandLine, KeepsProducersOffABroker) {
  start_node();
  must({"topic", "create", "orders"});
  const auto name =
    nlohmann::json::parse(must({"status", "--json"}))["brokers"][0]["name"]
      .get<std::string>();
  EXPECT_THAT(must({"broker", "wipe-write", name}),
              StartsWith("producers are sent no more to the topics of "));
  EXPECT_NE(apogee({"send", "orders", "hello", "--timeout", "1"}).exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(
              must({"broker", "add-write", name, "--json"}))["writable"],
            true);
  must({"send", "orders", "hello"});
  EXPECT_THAT(must_fail(1, {"broker", "wipe-write", "typo"}),
              HasSubstr("there is no broker 'typo'"));
  const auto partly = apogee({"broker", "wipe-write", name, "--nameserver",
                              "127.0.0.1:1", "--nameserver", node->address()});
  EXPECT_NE(partly.exit_code, 0);
  EXPECT_THAT(partly.output, HasSubstr("at " + node->address()));
  EXPECT_THAT(partly.error_output, HasSubstr("127.0.0.1:1"));
}

TEST_F(CommandLine, GivesAGroupTheOffsetsOfAnother) {
  start_node();
  must({"topic", "create", "t", "--queues", "1"});
  must({"send", "t", "a", "b", "c"});
  must({"consume", "t", "--group", "g", "--count", "2", "--format", "x"});
  const auto cloned = nlohmann::json::parse(
    must({"group", "clone", "g", "h", "--topic", "t", "--json"}));
  EXPECT_EQ(cloned["name"], "h");
  EXPECT_EQ(cloned["lag"], 1);
  EXPECT_THAT(must_fail(1, {"group", "clone", "typo", "audit"}),
              HasSubstr("group 'typo' does not exist"));
  EXPECT_THAT(must_fail(1, {"group", "clone", "g", "audit", "--topic", "u"}),
              HasSubstr("has read nothing of topic 'u'"));
  EXPECT_THAT(must_fail(1, {"group", "show", "audit"}), HasSubstr("audit"));
  EXPECT_THAT(must_fail(1, {"group", "producers", "nobody"}),
              HasSubstr("nobody"));
  EXPECT_THAT(must({"group", "connections", "g"}), StartsWith("group g: 0"));
}

TEST_F(CommandLine, ListsTheProducersOfAGroup) {
  start_node();
  remoting::raw_client producer{node->broker_port()};
  producer.call(remoting::request_code::heartbeat, {},
                R"({"clientID":"one","consumerDataSet":[],)"
                R"("producerDataSet":[{"groupName":"writers"}]})");
  const auto listed =
    nlohmann::json::parse(must({"group", "producers", "writers", "--json"}));
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0]["id"], "one");
  EXPECT_EQ(listed[0]["language"], "JAVA");
}

TEST_F(CommandLine, RefusesWhatCannotBeDoneAndTellsWhatCan) {
  start_node();
  EXPECT_THAT(must_fail(1, {"send", "nowhere", "hello"}),
              HasSubstr("'apogee topic create nowhere'"));
  EXPECT_THAT(must_fail(1, {"consume", "nowhere"}),
              HasSubstr("'apogee topic create nowhere'"));
  EXPECT_THAT(must_fail(1, {"topic", "create", "a b"}), HasSubstr("a b"));
  must({"topic", "create", "t"});
  EXPECT_THAT(must_fail(1, {"consume", "t", "--group", "a b"}),
              HasSubstr("a b"));
  EXPECT_THAT(must_fail(1, {"group", "show", "nobody"}), HasSubstr("nobody"));
  EXPECT_THAT(must_fail(1, {"send", "t", "--file", "/no/such/file"}),
              HasSubstr("cannot open '/no/such/file'"));
  EXPECT_THAT(must_fail(1, {"consume", "t", "--count", "3"}),
              HasSubstr("only 0 of 3 messages"));
  const auto big =
    write_file("big", "a\n" + std::string((5 << 20), 'x') + "\nb\n");
  const auto refused = must_fail(1, {"send", "t", "--file", big});
  EXPECT_THAT(refused, HasSubstr("line 2: "));
  EXPECT_THAT(refused, HasSubstr("1 of 3 messages were not acknowledged"));
}

TEST_F(CommandLine, SharesAndResetsAGroup) {
  start_node();
  must({"topic", "create", "t", "--queues", "2"});
  must({"send", "t", "a", "b", "c"});
  const words read{"consume", "t", "--group", "g", "--format", "x"};
  EXPECT_EQ(must(read), "xxx");
  EXPECT_EQ(must(read), "");
  EXPECT_THAT(must({"group", "list"}), HasSubstr("g "));
  const auto shown = must({"group", "show", "g"});
  EXPECT_THAT(shown, HasSubstr("3 queues, 0 messages behind"))
    << "one of them of the retry topic";
  must({"group", "reset", "g", "--topic", "t", "--to", "earliest"});
  EXPECT_THAT(must({"group", "show", "g"}), HasSubstr("3 messages behind"));
  EXPECT_EQ(must(read), "xxx");
  must({"group", "reset", "g", "--topic", "t", "--to", "2000-01-01"});
  EXPECT_EQ(
    must({"consume", "t", "--group", "g", "--count", "1", "--format", "x"}),
    "x");
  EXPECT_EQ(must(read), "xx");
}

TEST_F(CommandLine, FollowsATopicUntilItIsInterrupted) {
  start_node();
  must({"topic", "create", "t"});
  for (const auto& group : {words{}, words{"--group", "g"}}) {
    words arguments{"consume", "t", "--follow", "--from", "earliest"};
    arguments.insert(arguments.end(), group.begin(), group.end());
    process follower{command(arguments), around()};
    must({"send", "t", "hello"});
    EXPECT_EQ(follower.wait_for_line("hello", patience), "hello");
    follower.signal(SIGINT);
    EXPECT_EQ(follower.wait(patience), 0) << follower.error_output();
  }
  EXPECT_EQ(must({"consume", "t", "--group", "g"}), "");
}

TEST_F(CommandLine, EndsAtASecondInterruptionAlsoWhenNobodyReadsItsOutput) {
  start_node();
  must({"topic", "create", "t", "--queues", "1"});
  std::string text;
  for (int i = 0; i < 1'000; ++i)
    text += std::string(1'000, 'x') + "\n";
  must({"send", "t", "--file", write_file("sent", text)});
  const auto path = folder.path() + "/pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int pipe = open(path.c_str(), O_RDWR | O_CLOEXEC);
  process stuck{{"/bin/bash", "-c",
                 "exec \"$0\" consume t --group g --follow --from earliest "
                 "> \"$1\"",
                 program_path("apogee"), path},
                around()};
  EXPECT_TRUE(eventually(
    [&] {
      int written = 0;
      ioctl(pipe, FIONREAD, &written);
      return written == fcntl(pipe, F_GETPIPE_SZ);
    },
    patience));
  stuck.signal(SIGINT);
  stuck.signal(SIGTERM);
  EXPECT_EQ(stuck.wait(patience), 130);
  close(pipe);
}

TEST_F(CommandLine, ShowsTheStateOfEveryNode) {
  start_node();
  must({"topic", "create", "t"});
  const auto status = nlohmann::json::parse(must({"status", "--json"}));
  ASSERT_EQ(status["brokers"].size(), 1u);
  EXPECT_EQ(status["brokers"][0]["pid"], node->running().pid());
  EXPECT_EQ(status["brokers"][0]["storageError"], "");
  EXPECT_EQ(status["nameserver"]["nativeAddress"], node->address());
  EXPECT_THAT(must({"status"}), HasSubstr("storage   sound"));
  EXPECT_THAT(must({"status", "--broker", node->address()}),
              StartsWith("broker "));
}

TEST_F(CommandLine, ShowsTheTreeAndMakesActorsFailWhereThatIsAllowed) {
  start_node({"--drills.enabled=true"});
  EXPECT_THAT(must({"supervision", "tree"}), HasSubstr("├─ "));
  const auto tree =
    nlohmann::json::parse(must({"supervision", "tree", "--json"}));
  ASSERT_FALSE(tree.empty());
  EXPECT_EQ(tree[0]["state"], "running");
  EXPECT_THAT(must_fail(1, {"supervision", "crash", "node/nothing"}),
              HasSubstr("node/nothing"));
  std::string worker;
  for (const auto& actor : tree)
    if (actor["kind"] == "worker" && worker.empty())
      worker = actor["path"];
  must({"supervision", "crash", worker});
  EXPECT_TRUE(eventually(
    [&] {
      return must({"supervision", "log"}).find("crash     " + worker)
             != std::string::npos;
    },
    patience));
}

TEST_F(CommandLine, FollowsTheSupervisionLogOfANodeThatWasRestarted) {
  start_node();
  process follower{command({"supervision", "log", "--follow"}), around()};
  ASSERT_TRUE(follower.wait_for_line("2", patience));
  // It must not see that the node is away: then it would end.
  follower.signal(SIGSTOP);
  node->kill();
  ASSERT_TRUE(node->start()) << node->running().error_output();
  const auto before = follower.output().size();
  follower.signal(SIGCONT);
  EXPECT_TRUE(
    eventually([&] { return follower.output().size() > before; }, patience))
    << follower.error_output();
}

TEST_F(CommandLine, MakesNoActorFailWhereThatIsNotAllowed) {
  start_node();
  EXPECT_THAT(must_fail(1, {"supervision", "crash", "node/door"}),
              HasSubstr("[drills] enabled = true"));
}

TEST_F(CommandLine, MeasuresSendingReadingAndBoth) {
  start_node();
  const auto sent = nlohmann::json::parse(
    must({"bench", "send", "--messages", "2000", "--producers", "2",
          "--in-flight", "100", "--json"}));
  EXPECT_EQ(sent["messages"], 2000);
  EXPECT_EQ(sent["failures"], 0);
  EXPECT_GT(sent["latencyNs"]["p99"], 0);
  EXPECT_THAT(must({"bench", "consume", "--messages", "2000"}),
              HasSubstr("consume: 2,000 messages"));
  const auto both = nlohmann::json::parse(
    must({"bench", "e2e", "--messages", "500", "--rate", "1000", "--json"}));
  EXPECT_EQ(both["latencyNs"]["count"], 500);
  EXPECT_EQ(must({"topic", "list"}), "");
}

} // namespace
} // namespace apogee::cli
