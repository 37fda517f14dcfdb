#include "tests/store/log_fixture.hpp"

namespace apogee::store {

namespace {

class LogCursor : public log_fixture {
protected:
  log_cursor from_start() { return {log->reader(), log->start(), log->end()}; }
};

} // namespace

TEST_F(LogCursor, ReturnsFieldsAndBody) {
  append(100);
  auto cursor = from_start();
  auto record = cursor.next();
  ASSERT_TRUE(record && *record);
  EXPECT_EQ((*record)->fields.queue, (queue_id{{1}, 0}));
  EXPECT_EQ((*record)->body.size(), 104u);
  EXPECT_EQ((*record)->body[99], std::byte{0x5a});
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>((*record)->body.data()) % 8, 0u);
  EXPECT_EQ(cursor.position().value, 168u);
  EXPECT_FALSE(*cursor.next());
}

TEST_F(LogCursor, CrossesSegmentsAndChunks) {
  for (int i = 0; i < 100; ++i)
    append(9000);
  auto cursor = from_start();
  std::uint64_t records = 0;
  for (auto next = cursor.next(); next && *next; next = cursor.next())
    EXPECT_EQ((*next)->fields.offset.value, records++);
  EXPECT_EQ(records, 100u);
  EXPECT_EQ(cursor.position(), log->end());
}

TEST_F(LogCursor, ReturnsARecordThatIsLargerThanAChunk) {
  append(1'000'000);
  append(8);
  auto cursor = from_start();
  EXPECT_EQ((**cursor.next()).body.size(), 1'000'000u);
  EXPECT_EQ((**cursor.next()).body.size(), 8u);
}

TEST_F(LogCursor, StopsAtItsLimitAndGoesOnWhenItIsMoved) {
  append(100);
  auto cursor = from_start();
  ASSERT_TRUE(*cursor.next());
  ASSERT_FALSE(*cursor.next());
  append(100);
  EXPECT_FALSE(*cursor.next());
  cursor.extend(log->end());
  EXPECT_EQ((**cursor.next()).position.value, 168u);
}

TEST_F(LogCursor, NamesThePositionOfABadRecordEachTimeItIsAsked) {
  append(100);
  append(100);
  byte_at(168 + 70) ^= std::byte{1};
  auto cursor = from_start();
  ASSERT_TRUE(*cursor.next());
  for (int i = 0; i < 2; ++i) {
    auto bad = cursor.next();
    EXPECT_EQ(bad.error().code, errc::corrupt);
    EXPECT_EQ(cursor.position().value, 168u);
  }
}

TEST_F(LogCursor, SkipsTheChecksumOnRequest) {
  append(100);
  byte_at(70) ^= std::byte{1};
  log_cursor cursor{log->reader(), {0}, log->end(), {false, {}}};
  EXPECT_TRUE(*cursor.next());
}

TEST_F(LogCursor, RefusesAPositionThatIsNoLongerKept) {
  append(10'000);
  append(10'000);
  auto cursor = from_start();
  ASSERT_TRUE(log->remove_segments_before({segment_bytes}));
  EXPECT_EQ(cursor.next().error().code, errc::offset_out_of_range);
}

} // namespace apogee::store
