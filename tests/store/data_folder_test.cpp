#include "store/data_folder.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

namespace apogee::store {

namespace {

using testing::HasSubstr;

class DataFolder : public testing::Test {
protected:
  std::string path() const { return folder.path() + "/data"; }

  /// Runs `check` in a process without root's rights; true when it held.
  static bool holds_for_nobody(const std::function<bool()>& check) {
    const auto child = fork();
    if (child == 0)
      _exit(setgid(65534) == 0 && setuid(65534) == 0 && check() ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    return status == 0;
  }

  temporary_folder folder;
};

} // namespace

TEST_F(DataFolder, IsCreatedWithItsParts) {
  auto opened = data_folder::open(path());
  ASSERT_TRUE(opened) << to_string(opened.error());
  EXPECT_TRUE(std::filesystem::is_directory(path() + "/log"));
  EXPECT_TRUE(std::filesystem::is_directory((*opened)->views_path()));
  EXPECT_EQ((*opened)->log()->path(), path() + "/log");
}

TEST_F(DataFolder, OpensAgainAfterItWasClosed) {
  ASSERT_TRUE(data_folder::open(path()));
  EXPECT_TRUE(data_folder::open(path()));
}

TEST_F(DataFolder, NamesTheProcessThatUsesIt) {
  auto holder = data_folder::open(path());
  ASSERT_TRUE(holder);
  auto second = data_folder::open(path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::in_use);
  EXPECT_THAT(second.error().text,
              HasSubstr("in use by process " + std::to_string(getpid())));
}

TEST_F(DataFolder, IsFreeAgainWhenItsProcessIsKilled) {
  const auto child = fork();
  if (child == 0) {
    auto held = data_folder::open(path());
    _exit(held ? 0 : 1); // no destructor runs
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  EXPECT_TRUE(data_folder::open(path()));
}

TEST_F(DataFolder, SaysThatItMayNotBeWritten) {
  ASSERT_TRUE(data_folder::open(path()));
  if (geteuid() != 0)
    GTEST_SKIP() << "only root can become somebody else";
  std::filesystem::permissions(folder.path(),
                               std::filesystem::perms::others_exec
                                 | std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_TRUE(holds_for_nobody([this] {
    auto opened = data_folder::open(path());
    return !opened && opened.error().code == errc::read_only
           && opened.error().text.find("the right to write")
                != std::string::npos;
  }));
}

TEST_F(DataFolder, RefusesTheFormatOfAnotherVersion) {
  ASSERT_TRUE(data_folder::open(path()));
  std::ofstream{path() + "/format"} << "apogee data 7\n";
  auto opened = data_folder::open(path());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, errc::version_mismatch);
  EXPECT_THAT(opened.error().text, HasSubstr("'apogee data 7'"));
}

TEST_F(DataFolder, SaysThatAFileIsInTheWay) {
  std::ofstream{path()} << "a file";
  auto opened = data_folder::open(path());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text, HasSubstr(path()));
}

} // namespace apogee::store
