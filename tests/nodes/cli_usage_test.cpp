#include "tests/nodes/cli_process_test.hpp"

#include <gmock/gmock.h>

namespace apogee::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST_F(CommandLine, SuggestsWhatAMistypedCommandMeant) {
  EXPECT_THAT(must_fail(2, {"topci", "list"}),
              HasSubstr("did you mean 'topic'?"));
  EXPECT_THAT(must_fail(2, {"topic", "crate", "x"}),
              HasSubstr("did you mean 'create'?"));
  EXPECT_THAT(must_fail(2, {"frobnicate"}), HasSubstr("there are standalone"));
  EXPECT_THAT(must_fail(2, {"topic", "create", "x", "--queus", "3"}),
              HasSubstr("did you mean '--queues'?"));
}

TEST_F(CommandLine, RefusesWrongArgumentsOnOneLine) {
  const std::vector<words> wrong = {
    {"topic", "create"},
    {"topic", "create", "x", "--queues", "many"},
    {"topic", "create", "x", "--queues", "0"},
    {"topic", "create", "x", "--permission", "x"},
    {"topic", "list", "--nameserver", "nowhere"},
    {"send", "x", "--property", "novalue"},
    {"send", "x", "message", "--file", "f"},
    {"send", "x", "--ack", "sometimes"},
    {"consume", "x", "--from", "yesterday"},
    {"consume", "x", "--format", "%x"},
    {"group", "reset", "g", "--topic", "t"},
    {"bench", "send", "--size", "1"},
    {"supervision"},
    {"standalone", "--no-such-option"},
  };
  for (const auto& arguments : wrong) {
    const auto text = must_fail(2, arguments);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
  }
}

TEST_F(CommandLine, ExplainsItself) {
  EXPECT_THAT(must({"--version"}), StartsWith("apogee "));
  EXPECT_THAT(must({"--help"}), HasSubstr("First steps:"));
  EXPECT_THAT(must({"standalone", "--help"}), HasSubstr("--data DIR"));
  EXPECT_THAT(must({"topic", "list", "--help"}),
              testing::AllOf(HasSubstr("Default: 127.0.0.1:9875"),
                             testing::Not(HasSubstr("9877"))));
  for (const words& command : {words{"topic"},
                               {"topic", "create"},
                               {"group"},
                               {"group", "reset"},
                               {"send"},
                               {"consume"},
                               {"status"},
                               {"supervision"},
                               {"supervision", "log"},
                               {"bench"},
                               {"bench", "send"},
                               {"config"},
                               {"config", "check"}}) {
    auto arguments = command;
    arguments.push_back("--help");
    const auto help = must(arguments);
    EXPECT_THAT(help, HasSubstr("Example")) << help;
    EXPECT_THAT(help, HasSubstr("apogee " + command.front())) << help;
  }
}

TEST_F(CommandLine, TellsHowToReachANode) {
  const auto text =
    must_fail(1, {"topic", "list", "--nameserver",
                  "127.0.0.1:" + std::to_string(find_free_port())});
  EXPECT_THAT(text, StartsWith("apogee: cannot reach a node at 127.0.0.1:"));
  EXPECT_THAT(text, HasSubstr("connection refused"));
  EXPECT_THAT(text, HasSubstr("'apogee standalone'"));
  EXPECT_THAT(text, HasSubstr("--nameserver"));
}

TEST_F(CommandLine, TellsThatAPortIsNotANodesNativeOne) {
  start_node();
  EXPECT_THAT(
    must_fail(1, {"status", "--timeout", "2", "--nameserver",
                  "127.0.0.1:" + std::to_string(node->broker_port())}),
    HasSubstr("is no Apogee node of this release"));
}

TEST_F(CommandLine, ChecksShowsAndExplainsConfigurations) {
  const auto good = write_file("good.ini", "[broker]\nport = 0\n");
  EXPECT_THAT(must({"config", "check", good}), HasSubstr("is a correct"));
  EXPECT_THAT(
    must({"config", "show", "--config-file", good, "--node.name=here"}),
    HasSubstr("here"));
  const auto bad = write_file(
    "bad.ini", "[broker]\nprot = 0\nport = 70000\n[storag]\ndata = 1\n");
  const auto mistakes = must_fail(1, {"config", "check", bad});
  EXPECT_THAT(mistakes, HasSubstr("bad.ini:2"));
  EXPECT_THAT(mistakes, HasSubstr("bad.ini:3"));
  EXPECT_THAT(mistakes, HasSubstr("bad.ini:4"));
  EXPECT_THAT(must({"config", "explain", "broker.port"}),
              StartsWith("broker.port\n"));
  EXPECT_THAT(must_fail(1, {"config", "explain", "broker.prot"}),
              HasSubstr("did you mean 'broker.port'?"));
}

} // namespace
} // namespace apogee::cli
