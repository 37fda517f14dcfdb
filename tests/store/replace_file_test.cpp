#include "store/replace_file.hpp"
#include "tests/support/faulty_files.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

namespace apogee::store {

namespace {

class ReplaceFile : public testing::Test {
protected:
  ReplaceFile() { EXPECT_TRUE(replace_file(*disk, "file", old_content)); }

  static std::string content_of(const faulty_state& state) {
    const auto& bytes = state.contents.at(state.names.at("file")).now;
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  const std::string old_content = std::string(2'000, 'o');
  const std::string new_content = std::string(3'000, 'n');
  std::shared_ptr<faulty_directory> disk = std::make_shared<faulty_directory>();
  std::mt19937_64 random{42};
};

} // namespace

TEST_F(ReplaceFile, LeavesTheOldContentOrTheNewOneWhenPowerIsLost) {
  disk->on_change = [&] {
    for (int i = 0; i < 50; ++i) {
      const auto left = content_of(disk->state.after_power_loss(random));
      EXPECT_TRUE(left == old_content || left == new_content) << left;
    }
  };
  ASSERT_TRUE(replace_file(*disk, "file", new_content));
  disk->on_change = {};
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(content_of(disk->state.after_power_loss(random)), new_content);
}

TEST_F(ReplaceFile, LeavesTheOldContentWhenItFails) {
  for (auto* fails : {&disk->fails_next_write, &disk->fails_next_flush}) {
    *fails = true;
    const auto done = replace_file(*disk, "file", new_content);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, errc::io_error);
    EXPECT_EQ(content_of(disk->state), old_content);
  }
  EXPECT_TRUE(replace_file(*disk, "file", new_content));
}

} // namespace apogee::store
