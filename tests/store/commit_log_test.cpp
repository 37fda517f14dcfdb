#include "tests/store/log_fixture.hpp"

namespace apogee::store {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CommitLog : public log_fixture {};

} // namespace

TEST_F(CommitLog, GivesEachRecordThePositionBehindTheLast) {
  EXPECT_EQ(stage(100).value, 0u);
  EXPECT_EQ(stage(100).value, 168u);
  EXPECT_EQ(log->end().value, 336u);
  EXPECT_EQ(log->staged_bytes(), 336u);
  EXPECT_EQ(log->written().value, 0u);
  EXPECT_EQ(log->write()->value, 336u);
  EXPECT_EQ(log->staged_bytes(), 0u);
  EXPECT_EQ(log->flushed().value, 0u);
  EXPECT_TRUE(flush());
  EXPECT_EQ(log->flushed().value, 336u);
}

TEST_F(CommitLog, WritesAllThatIsStagedInOneGo) {
  int changes = 0;
  for (int i = 0; i < 20; ++i)
    stage(100);
  disk->on_change = [&] { ++changes; };
  ASSERT_TRUE(log->write());
  EXPECT_EQ(changes, 2) << "one write has two crash points";
}

TEST_F(CommitLog, WritesTwiceWhenARollOverLiesInside) {
  stage(10'000);
  stage(10'000);
  int changes = 0;
  disk->on_change = [&] { ++changes; };
  ASSERT_TRUE(log->write());
  EXPECT_EQ(changes, 4);
  EXPECT_THAT(positions(), ElementsAre(0u, segment_bytes));
}

TEST_F(CommitLog, FillsTheRestOfASegmentThatIsTooShort) {
  append(10'000);
  const auto second = append(10'000);
  EXPECT_EQ(second.value, segment_bytes);
  ASSERT_EQ(log->segments().size(), 2u);
  EXPECT_EQ(log->segments()[0].newest_store_time_ms, 1001);
  EXPECT_EQ(log->segments()[1].first.value, segment_bytes);
}

TEST_F(CommitLog, LeavesAnEndWithoutRoomForAFillerAsItIs) {
  append(segment_bytes - record_header_bytes - 40);
  EXPECT_EQ(append(8).value, segment_bytes);
  EXPECT_THAT(positions(), ElementsAre(0u, segment_bytes));
  open();
  EXPECT_THAT(positions(), ElementsAre(0u, segment_bytes));
}

TEST_F(CommitLog, MakesALargerSegmentForALargerRecord) {
  append(8);
  EXPECT_EQ(append(100'000).value, segment_bytes);
  EXPECT_EQ(append(segment_bytes).value % 4096, 0u);
  const auto before = positions();
  open();
  EXPECT_EQ(positions(), before);
}

TEST_F(CommitLog, RefusesAGroupThatNoSegmentTakes) {
  EXPECT_EQ(log->reserve(std::uint64_t{2} << 30).error().code,
            errc::message_too_large);
}

TEST_F(CommitLog, PreparesTheNextSegmentOnceHalfOfThePresentOneIsUsed) {
  append(1000);
  ASSERT_TRUE(flush());
  EXPECT_FALSE(disk->state.names.contains(segment_name({segment_bytes})));
  append(8000);
  ASSERT_TRUE(flush());
  EXPECT_TRUE(disk->state.synced_names.contains(segment_name({segment_bytes})));
  EXPECT_TRUE(log->take_flush_job().empty());
  append(10'000);
  EXPECT_EQ(log->segments().size(), 2u);
}

TEST_F(CommitLog, GoesOnAfterTheDiskWasFullAtARollOver) {
  append(10'000);
  disk->capacity_bytes = disk->state.used_bytes();
  EXPECT_EQ(log->reserve(10'000).error().code, errc::disk_full);
  EXPECT_THAT(log->reserve(10'000).error().text, HasSubstr("left; free some"));
  append(1000); // the present segment still has room
  EXPECT_EQ(log->failed().code, errc::none);
  disk->capacity_bytes *= 2;
  EXPECT_EQ(append(10'000).value, segment_bytes);
  EXPECT_EQ(positions().size(), 3u);
}

TEST_F(CommitLog, AFullDiskDoesNotFailTheFlushThatWouldPrepare) {
  append(10'000);
  disk->capacity_bytes = disk->state.used_bytes();
  EXPECT_TRUE(flush());
  EXPECT_EQ(log->flushed(), log->written());
}

TEST_F(CommitLog, FailsForGoodWhenAWriteFails) {
  stage(100);
  disk->fails_next_write = true;
  EXPECT_EQ(log->write().error().code, errc::storage_failed);
  EXPECT_EQ(log->write().error().code, errc::storage_failed);
  EXPECT_EQ(log->reserve(100).error().code, errc::storage_failed);
  EXPECT_TRUE(log->take_flush_job().empty());
  EXPECT_THAT(log->failed().text, HasSubstr("cannot write to"));
}

TEST_F(CommitLog, FailsForGoodWhenAFlushFails) {
  append(100);
  disk->fails_next_flush = true;
  EXPECT_FALSE(flush());
  EXPECT_EQ(log->flushed().value, 0u);
  EXPECT_EQ(log->reserve(100).error().code, errc::storage_failed);
}

TEST_F(CommitLog, ALostFlushJobIsContainedInTheNext) {
  append(100);
  EXPECT_EQ(log->take_flush_job().files.size(), 1u); // and its thread dies
  append(100);
  auto next = log->take_flush_job();
  EXPECT_EQ(next.files.size(), 1u);
  EXPECT_EQ(next.target, log->written());
  log->complete(std::move(next)); // given back without having run
  EXPECT_EQ(log->flushed().value, 0u);
}

TEST_F(CommitLog, WhatIsWrittenDuringAFlushIsNotTakenForFlushed) {
  append(100);
  auto job = log->take_flush_job();
  ASSERT_TRUE(job.run());
  append(100);
  log->complete(std::move(job));
  EXPECT_EQ(log->flushed().value, 168u);
  EXPECT_EQ(log->take_flush_job().files.size(), 1u);
}

TEST_F(CommitLog, RemovesOnlySegmentsThatLieWhollyBefore) {
  for (int i = 0; i < 4; ++i)
    append(10'000);
  EXPECT_EQ(log->remove_segments_before({segment_bytes * 2 - 1})->value,
            segment_bytes);
  EXPECT_EQ(log->remove_segments_before({segment_bytes * 99})->value,
            segment_bytes * 3);
  EXPECT_EQ(log->start().value, segment_bytes * 3);
  EXPECT_EQ(positions().size(), 1u);
  open({{segment_bytes * 3}, {1}});
  EXPECT_EQ(log->recovery().start.value, segment_bytes * 3);
}

TEST_F(CommitLog, TriesAFileAgainThatCouldNotBeRemoved) {
  for (int i = 0; i < 4; ++i)
    append(10'000);
  disk->fails_next_remove = true;
  EXPECT_EQ(log->remove_segments_before({segment_bytes}).error().code,
            errc::io_error);
  EXPECT_EQ(log->start().value, 0u);
  EXPECT_EQ(positions().size(), 4u);
  // Were it left behind, the log would have a hole at the next start.
  EXPECT_EQ(log->remove_segments_before({segment_bytes * 2})->value,
            segment_bytes * 2);
  open({{segment_bytes * 2}, {1}});
  EXPECT_EQ(positions().size(), 2u);
}

TEST_F(CommitLog, ASegmentThatIsRemovedDoesNotBreakAReadInProgress) {
  append(10'000);
  append(10'000);
  const auto reader = log->reader();
  auto held = reader->locate({0});
  ASSERT_TRUE(held);
  ASSERT_TRUE(log->remove_segments_before({segment_bytes}));
  std::vector<std::byte> out(100);
  EXPECT_EQ(*held->file->read(0, out), 100u);
  EXPECT_EQ(reader->read({0}, out).error().code, errc::offset_out_of_range);
  EXPECT_TRUE(reader->read({segment_bytes}, out));
}

TEST_F(CommitLog, ReadsAndPrefetchesAcrossSegments) {
  for (int i = 0; i < 4; ++i)
    append(10'000);
  const auto reader = log->reader();
  const log_position from{segment_bytes - 100};
  std::vector<std::byte> waited(200);
  std::vector<std::byte> cached(200, std::byte{0xff});
  ASSERT_TRUE(reader->read(from, waited));
  EXPECT_TRUE(reader->read_cached(from, cached));
  EXPECT_EQ(cached, waited);
  ASSERT_TRUE(log->remove_segments_before({segment_bytes}));
  EXPECT_FALSE(reader->read_cached(from, cached)) << "it was deleted";
  reader->prefetch(from, log->written()); // what is left of it
}

TEST_F(CommitLog, ReadsOldSegmentsWithABoundedNumberOfDescriptors) {
  for (std::size_t i = 0; i < segment_files::open_files_max * 2; ++i)
    append(10'000);
  const auto reader = log->reader();
  log.reset(); // the reader outlives it
  const auto before = disk.use_count();
  std::vector<std::byte> out(64);
  for (std::size_t i = 0; i < segment_files::open_files_max * 2; ++i)
    ASSERT_TRUE(reader->read({i * segment_bytes}, out));
  EXPECT_LE(disk.use_count() - before,
            static_cast<long>(segment_files::open_files_max));
}

} // namespace apogee::store
