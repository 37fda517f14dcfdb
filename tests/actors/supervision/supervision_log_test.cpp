#include "actors/supervision/supervision_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace apogee::supervision {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class SupervisionLog : public testing::Test {
protected:
  void SetUp() override {
    folder =
      fs::path{testing::TempDir()}
      / ("supervision_log_"
         + std::string{
           testing::UnitTest::GetInstance()->current_test_info()->name()});
    fs::remove_all(folder);
    fs::create_directories(folder);
    options.node = "n1";
    options.console = false;
    options.file = (folder / "supervision.log").string();
    options.now_ms = [] { return 1'700'000'000'042; };
  }

  void TearDown() override { fs::remove_all(folder); }

  static supervision_event crash(const std::string& reason) {
    supervision_event event;
    event.path = "node/storage";
    event.kind = event_kind::crash;
    event.reason = reason;
    event.restarts = 2;
    event.restarts_max = 4;
    event.decision = "restart in 20ms";
    return event;
  }

  static std::string content(const fs::path& path) {
    std::ostringstream out;
    out << std::ifstream{path}.rdbuf();
    return out.str();
  }

  fs::path folder;
  supervision_log_options options;
};

TEST_F(SupervisionLog, WritesOneStructuredLinePerEvent) {
  {
    supervision_log log{options};
    log.write(crash("boom {}"));
  }
  EXPECT_EQ(content(folder / "supervision.log"),
            "time=2023-11-14T22:13:20.042Z node=n1 path=node/storage "
            "event=crash reason=\"boom {}\" restarts=2/4 "
            "decision=\"restart in 20ms\"\n");
}

TEST_F(SupervisionLog, KeepsALineOneLineWhateverTheReasonContains) {
  const auto line = format_line(crash("a\"b\\c\nd\te\x7f"));
  EXPECT_THAT(line, HasSubstr(R"(reason="a\"b\\c\nd e ")"));
}

TEST_F(SupervisionLog, GoesOnInANewFileAndKeepsSoManyOldOnes) {
  options.file_size_max = 4096;
  options.files = 3;
  {
    supervision_log log{options};
    for (int n = 0; n < 400; ++n)
      log.write(crash("reason " + std::to_string(n)));
    EXPECT_EQ(log.lines_lost(), 0u);
  }
  std::size_t files = 0;
  for (const auto& each : fs::directory_iterator{folder}) {
    ++files;
    EXPECT_LE(each.file_size(), 4096u);
  }
  EXPECT_EQ(files, 3u);
  EXPECT_THAT(content(folder / "supervision.log"), HasSubstr("reason 399"));
}

TEST_F(SupervisionLog, KeepsTheNewestEventsInMemory) {
  options.file.clear();
  options.events_max = 10;
  supervision_log log{options};
  for (int n = 1; n <= 25; ++n)
    log.write(crash(std::to_string(n)));
  const auto all = log.events(0, 1000);
  ASSERT_EQ(all.size(), 10u);
  EXPECT_EQ(all.front().sequence, 16u);
  EXPECT_EQ(all.back().reason, "25");
  EXPECT_EQ(log.events(23, 1000).size(), 2u);
  EXPECT_EQ(log.events(25, 1000).size(), 0u);
  EXPECT_EQ(log.events(26, 1000).size(), 0u);
  EXPECT_EQ(log.events(0, 3).front().reason, "23");
}

TEST_F(SupervisionLog, AFileThatCannotBeOpenedCostsOnlyTheFile) {
  options.file = (folder / "supervision.log" / "x").string();
  std::ofstream{folder / "supervision.log"} << "a file, not a folder";
  supervision_log log{options};
  log.write(crash("boom"));
  EXPECT_EQ(log.events(0, 10).size(), 1u);
}

TEST_F(SupervisionLog, AFullDiskCostsLinesAndNothingElse) {
  options.file = "/dev/full";
  supervision_log log{options};
  for (int n = 0; n < 10; ++n)
    log.write(crash("boom"));
  EXPECT_EQ(log.events(0, 100).size(), 10u);
}

TEST_F(SupervisionLog, CutsALongReason) {
  options.file.clear();
  supervision_log log{options};
  log.write(crash(std::string(100'000, 'x')));
  EXPECT_EQ(log.events(0, 1).front().reason.size(), 2000u);
}

TEST_F(SupervisionLog, TakesItsOptionsFromTheSettings) {
  config::supervision_settings settings;
  settings.log_files = 7;
  EXPECT_EQ(log_options("n", settings, "/data").file, "/data/supervision.log");
  EXPECT_EQ(log_options("n", settings, "/data").files, 7u);
  settings.log = "/var/log/s.log";
  EXPECT_EQ(log_options("n", settings, "/data").file, "/var/log/s.log");
  settings.log.clear();
  EXPECT_EQ(log_options("n", settings, "/data").file, "");
}

} // namespace
} // namespace apogee::supervision
