#include "store/recent_log.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apogee::store {

namespace {

class RecentLog : public testing::Test {
protected:
  void add(std::uint64_t position, const std::string& text) {
    recent.add({position}, std::as_bytes(std::span{text}));
  }

  /// "-" when it is not kept.
  std::string read(std::uint64_t position, std::size_t size) {
    std::string out(size, '\0');
    const auto found =
      recent.read({position}, std::as_writable_bytes(std::span{out}));
    return found ? out : "-";
  }

  recent_log recent{8};
};

} // namespace

TEST_F(RecentLog, KeepsTheNewestBytes) {
  add(100, "abcd");
  EXPECT_EQ(read(100, 4), "abcd");
  add(104, "efgh");
  EXPECT_EQ(read(101, 7), "bcdefgh");
  add(108, "ij");
  EXPECT_EQ(read(102, 8), "cdefghij");
  EXPECT_EQ(read(101, 1), "-") << "it was overwritten";
}

TEST_F(RecentLog, HasNothingBehindItsEndOrBeforeItsStart) {
  EXPECT_EQ(read(0, 1), "-");
  add(100, "abcd");
  EXPECT_EQ(read(99, 2), "-");
  EXPECT_EQ(read(103, 2), "-");
  EXPECT_EQ(read(104, 1), "-");
}

TEST_F(RecentLog, KeepsTheEndOfAWriteThatIsLargerThanItself) {
  add(100, "abcdefghijkl");
  EXPECT_EQ(read(103, 1), "-");
  EXPECT_EQ(read(104, 8), "efghijkl");
  add(112, "m");
  EXPECT_EQ(read(105, 8), "fghijklm");
}

TEST_F(RecentLog, StartsAnewBehindAGap) {
  add(100, "abcd");
  add(200, "efgh");
  EXPECT_EQ(read(100, 1), "-");
  EXPECT_EQ(read(200, 4), "efgh");
}

} // namespace apogee::store
