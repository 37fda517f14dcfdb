#include "config/nearest.hpp"
#include "config/setting.hpp"

#include <gtest/gtest.h>

namespace apogee::config {

namespace {

struct trial_settings {
  std::string name = "n";
  std::uint16_t port = 1;
  std::uint32_t count = 2;
  std::uint64_t size = 4 * mib;
  milliseconds wait{250};
  bool on = false;
  std::vector<std::string> peers;

  template <class Visitor>
  static void describe(Visitor&& v, trial_settings& s) {
    v.text("name", s.name, "A name.", text_rule::name);
    v.number("port", s.port, bounds<std::uint16_t>{1, 100}, "A port.");
    v.number("count", s.count, bounds<std::uint32_t>{0, 4'000'000'000},
             "Many.");
    v.size("size", s.size, bounds<std::uint64_t>{kib, 16 * gib}, "A size.");
    v.duration("wait", s.wait,
               bounds<milliseconds>{milliseconds{10}, milliseconds{7'200'000}},
               "A wait.");
    v.flag("on", s.on, "A flag.");
    v.list("peers", s.peers, "Peers.", text_rule::host_and_port);
  }
};

struct trial_config {
  trial_settings trial;

  template <class Visitor>
  static void describe(Visitor&& v, trial_config& c) {
    v.section("trial", c.trial);
  }
};

class Setting : public testing::Test {
protected:
  setting& at(const std::string& key) {
    for (auto& s : settings)
      if (s.words.key == key)
        return s;
    throw std::out_of_range{key};
  }

  /// Assigns what a file says; "ok" or what is wrong.
  std::string assign(const std::string& key, const std::string& written) {
    auto file = read_ini("[trial]\n" + key + " = " + written);
    return at(key).assign(file.entries.at(0).value).value_or("ok");
  }

  std::string argument(const std::string& key, const std::string& text) {
    return at(key).assign_argument(text).value_or("ok");
  }

  trial_config config;
  std::vector<setting> settings = settings_of(config);
};

} // namespace

TEST_F(Setting, TakesLegalValues) {
  EXPECT_EQ(assign("name", "\"a-b_c.1\""), "ok");
  EXPECT_EQ(assign("port", "100"), "ok");
  EXPECT_EQ(assign("count", "+4000000000"), "ok");
  EXPECT_EQ(assign("size", "\"64MiB\""), "ok");
  EXPECT_EQ(assign("wait", "2h"), "ok");
  EXPECT_EQ(assign("on", "true"), "ok");
  EXPECT_EQ(assign("peers", "[\"host:1\", \"[::1]:65535\"]"), "ok");
  EXPECT_EQ(config.trial.name, "a-b_c.1");
  EXPECT_EQ(config.trial.port, 100);
  EXPECT_EQ(config.trial.count, 4'000'000'000);
  EXPECT_EQ(config.trial.size, 64 * mib);
  EXPECT_EQ(config.trial.wait, milliseconds{7'200'000});
  EXPECT_TRUE(config.trial.on);
  EXPECT_EQ(config.trial.peers.size(), 2U);
}

TEST_F(Setting, RefusesWhatIsOutOfBounds) {
  EXPECT_EQ(assign("port", "0"), "expected a number between 1 and 100, got 0");
  EXPECT_EQ(assign("port", "65537"),
            "expected a number between 1 and 100, got 65537");
  EXPECT_EQ(assign("port", "-1"),
            "expected a number between 1 and 100, got -1");
  EXPECT_NE(assign("count", "99999999999999999999999"), "ok");
  EXPECT_EQ(assign("size", "1023"), "expected a size like \"64MiB\" between "
                                    "1KiB and 16GiB, got 1023");
  EXPECT_NE(assign("size", "\"18014398509481984KiB\""), "ok");
  EXPECT_EQ(assign("wait", "3h"), "expected a duration like 250ms, 10s or 5min "
                                  "between 10ms and 2h, got 3h");
  EXPECT_EQ(config.trial.port, 1);
  EXPECT_EQ(config.trial.size, 4 * mib);
}

TEST_F(Setting, RefusesAnotherKindOfValue) {
  EXPECT_EQ(assign("port", "\"80\""),
            "expected a number between 1 and 100, got \"80\"");
  EXPECT_EQ(assign("size", "64MiB"), "expected a size like \"64MiB\" between "
                                     "1KiB and 16GiB, got 64MiB without "
                                     "quotes");
  EXPECT_NE(assign("size", "\"64MB\""), "ok");
  EXPECT_NE(assign("wait", "250"), "ok");
  EXPECT_NE(assign("wait", "\"250ms\""), "ok");
  EXPECT_NE(assign("wait", "1500us"), "ok");
  EXPECT_NE(assign("wait", "-5s"), "ok");
  EXPECT_EQ(assign("wait", "20000us"), "ok");
  EXPECT_EQ(config.trial.wait, milliseconds{20});
  EXPECT_EQ(assign("on", "1"), "expected true or false, got 1");
  EXPECT_NE(assign("name", "x"), "ok");
  EXPECT_NE(assign("name", "\"a b\""), "ok");
  EXPECT_NE(assign("name", "\"\""), "ok");
  EXPECT_NE(assign("peers", "\"host:1\""), "ok");
  EXPECT_NE(assign("peers", "[\"host\"]"), "ok");
  EXPECT_NE(assign("peers", "[\"host:0\"]"), "ok");
  EXPECT_NE(assign("peers", "[\"host:65536\"]"), "ok");
  EXPECT_NE(assign("peers", "[\":1\"]"), "ok");
}

TEST_F(Setting, TakesArgumentsWithoutQuotes) {
  EXPECT_EQ(argument("name", "abc"), "ok");
  EXPECT_EQ(argument("size", "1GiB"), "ok");
  EXPECT_EQ(argument("wait", "1s"), "ok");
  EXPECT_EQ(argument("peers", "a:1,b:2"), "ok");
  EXPECT_EQ(config.trial.name, "abc");
  EXPECT_EQ(config.trial.size, gib);
  EXPECT_EQ(config.trial.wait, milliseconds{1000});
  EXPECT_EQ(config.trial.peers, (std::vector<std::string>{"a:1", "b:2"}));
  EXPECT_EQ(argument("name", "\"x\""), "ok");
  EXPECT_EQ(argument("peers", "[\"c:3\"]"), "ok");
  EXPECT_EQ(config.trial.name, "x");
  EXPECT_EQ(config.trial.peers, (std::vector<std::string>{"c:3"}));
  EXPECT_EQ(argument("peers", ""), "ok");
  EXPECT_TRUE(config.trial.peers.empty());
  EXPECT_NE(argument("port", ""), "ok");
  EXPECT_NE(argument("on", "yes"), "ok");
}

TEST_F(Setting, IsWrittenAsItIsRead) {
  for (auto& s : settings) {
    auto before = s.written();
    EXPECT_EQ(assign(s.words.key, before), "ok");
    EXPECT_EQ(s.written(), before);
  }
  EXPECT_EQ(at("size").written(), "\"4MiB\"");
  EXPECT_EQ(at("wait").written(), "250ms");
}

TEST(Nearest, FindsSlips) {
  std::vector<std::string> keys{"port", "native-port", "message-size-max"};
  EXPECT_EQ(nearest("prot", keys), "port");
  EXPECT_EQ(nearest("message_size_max", keys), "message-size-max");
  EXPECT_EQ(nearest("nativ-port", keys), "native-port");
  EXPECT_EQ(nearest("colour", keys), "");
  EXPECT_EQ(nearest(std::string(100'000, 'x'), keys), "");
}

} // namespace apogee::config
