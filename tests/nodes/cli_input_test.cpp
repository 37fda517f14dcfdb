#include "nodes/cli/interruption.hpp"
#include "nodes/cli/line_reader.hpp"
#include "nodes/cli/progress.hpp"
#include "nodes/cli/send_report.hpp"
#include "nodes/cli/tcp_socket.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace apogee::cli {
namespace {

class LineReader : public testing::Test {
protected:
  LineReader() { EXPECT_EQ(pipe(ends_), 0); }

  ~LineReader() override {
    if (writer_.joinable())
      writer_.join();
    close(ends_[0]);
  }

  /// Everything that comes of writing `content` and closing the pipe.
  std::vector<std::string> read_all(std::string content,
                                    std::size_t line_bytes_max = 1 << 20) {
    writer_ = std::thread{[this, content = std::move(content)] {
      std::size_t done = 0;
      while (done < content.size()) {
        const auto wrote =
          write(ends_[1], content.data() + done, content.size() - done);
        if (wrote <= 0)
          break;
        done += static_cast<std::size_t>(wrote);
      }
      close(ends_[1]);
    }};
    std::vector<std::string> out;
    line_reader lines{ends_[0], line_bytes_max};
    for (;;) {
      const auto line = lines.next();
      if (!line) {
        why = line.error();
        break;
      }
      if (!*line)
        break;
      out.emplace_back(**line);
    }
    bytes_read = lines.bytes_read();
    // Lets the writer end after a refused line.
    char rest[4096];
    while (read(ends_[0], rest, sizeof(rest)) > 0) {
    }
    return out;
  }

  using texts = std::vector<std::string>;

  int ends_[2] = {-1, -1};
  std::thread writer_;
  failure why;
  std::uint64_t bytes_read = 0;
};

TEST_F(LineReader, GivesLinesWithoutTheirNewlines) {
  EXPECT_EQ(read_all("one\ntwo\n"), (texts{"one", "two"}));
  EXPECT_EQ(bytes_read, 8u);
}

TEST_F(LineReader, GivesALastLineWithoutANewline) {
  EXPECT_EQ(read_all("one\ntwo"), (texts{"one", "two"}));
  EXPECT_EQ(bytes_read, 7u);
}

TEST_F(LineReader, GivesEmptyLines) {
  EXPECT_EQ(read_all("\n\na\n\n"), (texts{"", "", "a", ""}));
}

TEST_F(LineReader, GivesNothingOfAnEmptyFile) {
  EXPECT_EQ(read_all(""), texts{});
}

TEST_F(LineReader, KeepsBytesThatAreNoText) {
  const std::string line{"a\0b\r\xFF", 5};
  EXPECT_EQ(read_all(line + "\n"), texts{line});
}

TEST_F(LineReader, TakesLinesThatAreLongerThanItsBuffer) {
  const std::string big(700'000, 'x');
  EXPECT_EQ(read_all("a\n" + big + "\nb\n"), (texts{"a", big, "b"}));
}

TEST_F(LineReader, RefusesALineOverTheLimitAndNamesIt) {
  EXPECT_EQ(read_all("a\n" + std::string(700'000, 'x') + "\nb\n", 300'000),
            texts{"a"});
  EXPECT_EQ(why.code, errc::message_too_large);
  EXPECT_NE(why.text.find("line 2"), std::string::npos);
}

TEST_F(LineReader, RefusesALineOverTheLimitThatItHasReadAlready) {
  EXPECT_EQ(read_all("a\n" + std::string(1'001, 'x') + "\nb\n", 1'000),
            texts{"a"});
  EXPECT_EQ(why.code, errc::message_too_large);
}

TEST_F(LineReader, TakesALineOfExactlyTheLimit) {
  const std::string full(1'000, 'x');
  EXPECT_EQ(read_all(full + "\n" + full, 1'000), (texts{full, full}));
}

TEST_F(LineReader, EndsWhenItIsTold) {
  const int stop = eventfd(1, 0);
  line_reader lines{ends_[0], 1000, stop};
  const auto line = lines.next();
  ASSERT_TRUE(line);
  EXPECT_FALSE(*line);
  close(stop);
  close(ends_[1]);
}

TEST(Interruption, IsToldAlsoToWhoAsksAfterwards) {
  interruption user;
  kill(getpid(), SIGINT);
  ASSERT_TRUE(user.wait_for(std::chrono::seconds{60}));
  bool is_told = false;
  user.on_request([&] { is_told = true; });
  EXPECT_TRUE(is_told);
}

class ProgressLine : public testing::Test {};

TEST_F(ProgressLine, ShowsShareRateAndTimeLeft) {
  progress_state state;
  state.messages = 5000;
  state.bytes = 512 * 1024;
  state.bytes_total = 2048 * 1024;
  state.elapsed = std::chrono::seconds{2};
  EXPECT_EQ(progress_line(state, 200),
            "[####............]  25 %  5,000 messages  2,500/s  256.0 "
            "KiB/s  6.0s left");
}

TEST_F(ProgressLine, HasNoBarWithoutAnEnd) {
  progress_state state;
  state.messages = 10;
  state.elapsed = std::chrono::seconds{1};
  EXPECT_EQ(progress_line(state, 200), "10 messages  10.0/s  0 B/s");
}

TEST_F(ProgressLine, FitsTheTerminal) {
  progress_state state;
  state.bytes_total = 0;
  EXPECT_EQ(progress_line(state, 20).size(), 20u);
}

class SendReport : public testing::Test {
protected:
  send_report report;
};

TEST_F(SendReport, CountsWhatBecameOfMessages) {
  client::receipt first_try;
  client::receipt second_try;
  second_try.attempts = 2;
  for (int i = 0; i < 3; ++i)
    report.accepted(10);
  report.answered(1, first_try);
  report.answered(2, second_try);
  report.answered(3, failure{errc::busy, "slow down"});
  EXPECT_EQ(report.messages(), 3u);
  EXPECT_EQ(report.bytes(), 30u);
  EXPECT_EQ(report.retried(), 1u);
  EXPECT_EQ(report.failures(), 1u);
  EXPECT_EQ(report.failures_text("line"), "line 3: busy: slow down\n");
}

TEST_F(SendReport, ListsTheFirstFailuresInTheOrderOfLines) {
  for (std::uint64_t line = 30; line > 0; --line)
    report.failed(line, {errc::timeout, "late"});
  const auto text = report.failures_text("line");
  EXPECT_TRUE(text.starts_with("line 21: timeout: late\nline 22:"));
  EXPECT_TRUE(text.ends_with("line 30: timeout: late\nand 20 more\n"));
}

class Addresses : public testing::Test {};

TEST_F(Addresses, AreHostAndPort) {
  EXPECT_EQ(parse_address("localhost:9875")->host, "localhost");
  EXPECT_EQ(parse_address("::1:9875")->port, 9875);
  for (const auto* text :
       {"", "localhost", ":1", "a:", "a:0", "a:70000", "a:b"})
    EXPECT_FALSE(parse_address(text)) << text;
}

TEST_F(Addresses, ThatNobodyListensOnAreRefusedInTheKernelsWords) {
  const auto reached =
    connect_to({"127.0.0.1", 1}, std::chrono::milliseconds{1000});
  ASSERT_FALSE(reached);
  EXPECT_EQ(reached.error().text, "connection refused");
}

} // namespace
} // namespace apogee::cli
