#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace apogee::config {

namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

class Load : public testing::Test {
protected:
  Load() {
    auto pattern =
      (std::filesystem::temp_directory_path() / "config-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    std::filesystem::current_path(folder);
  }

  ~Load() override {
    std::filesystem::current_path("/");
    std::filesystem::remove_all(folder);
  }

  /// The file that load() names.
  void file(const std::string& content) {
    std::ofstream{"broker.ini"} << content;
    arguments.insert(arguments.begin(), "--config-file=broker.ini");
  }

  /// The mistakes of file and arguments, one each.
  std::vector<std::string> mistakes() {
    auto loaded = load<broker_config>(arguments);
    std::vector<std::string> lines;
    if (loaded)
      return lines;
    EXPECT_EQ(loaded.error().code, errc::invalid_config);
    std::istringstream text{loaded.error().text};
    for (std::string line; std::getline(text, line);)
      lines.push_back(line);
    return lines;
  }

  /// REQUIRES: no mistakes.
  loaded<broker_config> loaded_config() {
    auto loaded = load<broker_config>(arguments);
    if (!loaded)
      throw std::runtime_error{loaded.error().text};
    return std::move(loaded).value();
  }

  std::string origin(const loaded<broker_config>& loaded,
                     const std::string& key) {
    for (const auto& words : loaded.words)
      if (words.section + "." + words.key == key)
        return words.value + " from " + words.origin;
    return "unknown";
  }

  std::string folder;
  std::vector<std::string> arguments;
};

} // namespace

TEST_F(Load, UsesDefaultsWithoutFileAndArguments) {
  auto loaded = loaded_config();
  EXPECT_EQ(loaded.settings.broker.port, 10911);
  EXPECT_EQ(loaded.file, "");
  EXPECT_EQ(origin(loaded, "broker.port"), "10911 from default");
}

TEST_F(Load, LetsTheFileOverrideDefaultsAndArgumentsTheFile) {
  file("[broker]\nport = 1\ncold-readers = 3\n");
  arguments = {"--config-file=broker.ini", "--broker.port=2"};
  auto loaded = loaded_config();
  EXPECT_EQ(loaded.settings.broker.port, 2);
  EXPECT_EQ(loaded.settings.broker.cold_readers, 3U);
  EXPECT_EQ(origin(loaded, "broker.port"), "2 from command line");
  EXPECT_EQ(origin(loaded, "broker.cold-readers"), "3 from broker.ini:3");
  EXPECT_EQ(loaded.file, "broker.ini");
}

TEST_F(Load, TakesValuesFromTheNextWordAndFlagsAlone) {
  file("");
  arguments = {
    "--config-file", "broker.ini", "--broker.port", "7", "--drills.enabled",
    "--node.name",   "x"};
  auto loaded = loaded_config();
  EXPECT_EQ(loaded.settings.broker.port, 7);
  EXPECT_TRUE(loaded.settings.drills.enabled);
  EXPECT_EQ(loaded.settings.node.name, "x");
  EXPECT_EQ(loaded.file, "broker.ini");
}

TEST_F(Load, LeavesOtherArgumentsToTheProgram) {
  arguments = {"run",        "--verbose", "--broker.port=7",
               "--data=a.b", "--",        "--broker.port=8"};
  auto loaded = loaded_config();
  EXPECT_EQ(loaded.settings.broker.port, 7);
  EXPECT_THAT(loaded.rest, ElementsAre("run", "--verbose", "--data=a.b", "--",
                                       "--broker.port=8"));
}

TEST_F(Load, ListsTenMistakesAtOnceInTheOrderOfTheirLines) {
  file("# my broker\n"
       "[broker]\n"
       "prot = 1\n"
       "port = 70000\n"
       "port = 2\n"
       "message-size-max = 1GiB\n"
       "register-interval = 10\n"
       "segment-size = 1\n"
       "[brokr]\n"
       "[storage]\n"
       "data = \"x\n"
       "node { name = \"x\" }\n"
       "[logger]\n"
       "consle = 'none'\n");
  EXPECT_THAT(
    mistakes(),
    ElementsAre(
      "broker.ini:1: '#' does not start a comment; use ';'",
      "broker.ini:3: [broker] prot: unknown key, did you mean 'port'?",
      "broker.ini:4: [broker] port: expected a number between 0 and 65535, got "
      "70000",
      "broker.ini:5: [broker] port: given twice, first at broker.ini:4",
      "broker.ini:6: [broker] message-size-max: expected a size like \"64MiB\" "
      "between 1KiB and 16MiB, got 1GiB without quotes",
      "broker.ini:7: [broker] register-interval: expected a duration like "
      "250ms, 10s or 5min between 50ms and 1min, got 10",
      "broker.ini:8: [broker] segment-size: unknown key; it belongs to "
      "[storage]",
      "broker.ini:9: [brokr] unknown section, did you mean 'broker'?",
      "broker.ini:11: missing closing \"",
      "broker.ini:12: 'node { … }' reaches no setting; write '[node]' and its "
      "keys on lines of their own",
      "broker.ini:14: [logger] consle: unknown option of CAF, did you mean "
      "'console'?"));
}

TEST_F(Load, ListsMistakesOfTheCommandLineAfterThoseOfTheFile) {
  file("[broker]\nprot = 1\n");
  arguments.insert(arguments.end(),
                   {"--broker.port=x", "--broker.prt=1", "--brker.port=1",
                    "--node.name=a", "--node.name=b", "--storage.data"});
  EXPECT_THAT(
    mistakes(),
    ElementsAre(
      "command line: --storage.data: value missing",
      "broker.ini:2: [broker] prot: unknown key, did you mean 'port'?",
      "command line: [broker] port: expected a number between 0 and 65535, got "
      "x",
      "command line: [broker] prt: unknown key, did you mean 'port'?",
      "command line: [brker] port: unknown section, did you mean 'broker'?",
      "command line: [node] name: given twice"));
}

TEST_F(Load, SaysWhyAFileCannotBeRead) {
  arguments = {"--config-file=none.ini"};
  EXPECT_THAT(mistakes(), ElementsAre("none.ini: cannot be read: No such file "
                                      "or directory"));
  arguments = {"--config-file=" + folder};
  EXPECT_THAT(mistakes(),
              ElementsAre(EndsWith("cannot be read: Is a directory")));
  file(std::string(file_size_max + 1, ' '));
  arguments.resize(1);
  EXPECT_THAT(mistakes(), ElementsAre(HasSubstr("larger than 1MiB")));
}

TEST_F(Load, SaysWhenAFileMayNotBeRead) {
  file("");
  chmod("broker.ini", 0);
  // Root may read everything: be somebody else for a moment.
  constexpr uid_t nobody = 65534;
  auto self = geteuid();
  if (self == 0) {
    ASSERT_EQ(seteuid(nobody), 0);
  }
  auto found = mistakes();
  ASSERT_EQ(seteuid(self), 0);
  EXPECT_THAT(found, ElementsAre("broker.ini: cannot be read: Permission "
                                 "denied"));
}

TEST_F(Load, RefusesTwoFiles) {
  file("");
  arguments.push_back("--config-file=other.ini");
  EXPECT_THAT(mistakes(),
              ElementsAre("command line: --config-file: given twice"));
  arguments = {"--config-file="};
  EXPECT_THAT(mistakes(),
              ElementsAre("command line: --config-file: value missing"));
}

TEST_F(Load, KnowsWhatATextMayBe) {
  file("[tls]\nmode = \"sometimes\"\n");
  EXPECT_THAT(mistakes(),
              ElementsAre("broker.ini:2: [tls] mode: expected \"disabled\", "
                          "\"permissive\" or \"enforcing\", got "
                          "\"sometimes\""));
  arguments = {"--broker.advertised-address=0.0.0.0:10911"};
  EXPECT_THAT(mistakes(), ElementsAre(HasSubstr("that clients reach")));
  for (const auto* wrong : {"host:0", "10.0.0.1:99999", "host:", ":10911",
                            "[2001:db8::2]", "[2001:db8::2"}) {
    arguments = {std::string{"--broker.advertised-address="} + wrong};
    EXPECT_THAT(mistakes(), ElementsAre(HasSubstr("that clients reach")))
      << wrong;
  }
  for (const auto* sound : {"mq.example.org", "mq.example.org:10911",
                            "2001:db8::2", "[2001:db8::2]:10911"}) {
    arguments = {std::string{"--broker.advertised-address="} + sound};
    EXPECT_THAT(mistakes(), ElementsAre()) << sound;
  }
  arguments = {"--tls.certificate=cert.pem", "--tls.client-auth=require"};
  EXPECT_THAT(mistakes(),
              ElementsAre(HasSubstr("[tls] key: expected both"),
                          HasSubstr("[tls] client-authorities: expected a "
                                    "file")));
}

TEST_F(Load, ChecksRulesBetweenSettings) {
  file("[storage]\nsegment-size = \"1MiB\"\n");
  EXPECT_THAT(
    mistakes(),
    ElementsAre("default: [broker] message-size-max: expected at most "
                "half of [storage] segment-size, got \"4MiB\""));
  arguments.push_back("--broker.message-size-max=512KiB");
  EXPECT_THAT(mistakes(), ElementsAre());
  arguments.push_back("--remoting.memory-limit=1MiB");
  EXPECT_THAT(
    mistakes(),
    ElementsAre("command line: [remoting] memory-limit: expected at least "
                "four times [broker] message-size-max, which could not be "
                "received otherwise: raise the one or lower the other, got "
                "\"1MiB\""));
  arguments.back() = "--remoting.memory-limit=2MiB";
  EXPECT_THAT(mistakes(), ElementsAre());
  arguments.push_back("--supervision.backoff-first=2s");
  EXPECT_THAT(mistakes(),
              ElementsAre("command line: [supervision] backoff-first: expected "
                          "at most [supervision] backoff-max, got 2s"));
}

TEST_F(Load, PassesCafsOwnOptionsOn) {
  file("[scheduler]\nmax-threads = 3\npolicy = 'stealing'\n");
  arguments.insert(arguments.end(),
                   {"--scheduler.policy=sharing", "--logger.file-name=x y",
                    "--logger.inline-output"});
  auto options = loaded_config().caf;
  ASSERT_EQ(options.size(), 4U);
  EXPECT_EQ(options[0].literal, "3");
  EXPECT_EQ(options[0].origin, "broker.ini:2");
  EXPECT_EQ(options[1].literal, "'sharing'");
  EXPECT_EQ(options[2].literal, "\"x y\"");
  EXPECT_EQ(options[3].literal, "true");
}

TEST_F(Load, ChecksCafsOwnOptions) {
  file("[scheduler]\nmax-threads = -3\nmax-thread = 3\npolicy = \"x\"\n"
       "[middleman]\nheartbeat-interval = 5\nworkers = 1\nworkers = 2\n");
  EXPECT_THAT(
    mistakes(),
    ElementsAre(
      "broker.ini:2: [scheduler] max-threads: expected a value of CAF's type "
      "uint64, got -3",
      "broker.ini:3: [scheduler] max-thread: unknown option of CAF, did you "
      "mean 'max-threads'?",
      "broker.ini:4: [scheduler] policy: expected a value of CAF's type atom, "
      "got \"x\"",
      "broker.ini:6: [middleman] heartbeat-interval: expected a value of CAF's "
      "type timespan, got 5",
      "broker.ini:8: [middleman] workers: given twice, first at "
      "broker.ini:7"));
}

TEST_F(Load, RefusesSectionsOfAnotherProgram) {
  file("[storage]\n");
  auto loaded = load<nameserver_config>(arguments);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().text,
            "broker.ini:1: [storage] unknown section; known here are node, "
            "nameserver, remoting, tls, supervision, drills");
}

} // namespace apogee::config
