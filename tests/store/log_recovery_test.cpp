// What opening a log makes of files that a crash, or somebody's hand, left.
#include "store/log_tail.hpp"
#include "tests/store/log_fixture.hpp"
#include "tests/support/temporary_folder.hpp"

#include <filesystem>

namespace apogee::store {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LogRecovery : public log_fixture {
protected:
  /// A record of 168 bytes.
  void append_at(std::int64_t time_ms,
                 record_type type = record_type::message) {
    record_fields fields;
    fields.type = type;
    fields.epoch = {1};
    fields.store_time_ms = time_ms;
    ASSERT_TRUE(log->reserve(168));
    log->stage(fields, std::vector<std::byte>(100, std::byte{0x5a}));
    ASSERT_TRUE(log->write());
  }
};

} // namespace

TEST_F(LogRecovery, FindsTheEndOfACleanLog) {
  append(100);
  append(100);
  open();
  EXPECT_EQ(log->end().value, 336u);
  EXPECT_EQ(log->recovery().records, 2u);
  EXPECT_EQ(log->recovery().last_epoch.value, 1u);
  EXPECT_EQ(log->recovery().cut_bytes, 0u);
}

TEST_F(LogRecovery, ReadsOnlyWhatTheViewsHaveNotApplied) {
  append(100);
  append(100);
  byte_at(100) = std::byte{0}; // before: nobody looks
  open({{168}, {1}});
  EXPECT_EQ(log->recovery().from.value, 168u);
  EXPECT_EQ(log->recovery().records, 1u);
  EXPECT_EQ(log->end().value, 336u);
}

TEST_F(LogRecovery, CutsAtAFlippedByteAndKeepsACopyOfTheRest) {
  append(100);
  append(100);
  append(100);
  byte_at(168 + 80) ^= std::byte{1};
  open();
  const auto& report = log->recovery();
  EXPECT_EQ(report.end.value, 168u);
  EXPECT_EQ(report.cut_bytes, 3u * 168 - 168 - 4) << "padding is 0";
  EXPECT_THAT(report.cut_reason,
              HasSubstr("at position 168: the record's checksum"));
  EXPECT_EQ(report.cut_file, "faulty/cut-168.bin");
  EXPECT_EQ(disk->bytes_of("cut-168.bin").size(), report.cut_bytes);
  EXPECT_EQ(disk->bytes_of("cut-168.bin")[80] ^ std::byte{0x5a}, std::byte{1});
}

TEST_F(LogRecovery, DoesNotBringBackRecordsBehindTheCut) {
  append(100);
  append(100);
  append(100);
  byte_at(168 + 80) ^= std::byte{1};
  open();
  append(100, 1); // just as long as what was cut
  open();
  EXPECT_THAT(positions(), ElementsAre(0u, 168u));
  EXPECT_EQ(log->recovery().cut_bytes, 0u);
}

TEST_F(LogRecovery, StopsAtARecordOfAnOlderEpoch) {
  append(100, 3);
  const auto older = disk->bytes_of(segment_name({0}));
  open();
  append(100, 4);
  append(100, 4);
  // A whole record of epoch 3 where one of epoch 4 stood.
  record_fields fields;
  fields.epoch = {3};
  std::vector<std::byte> body(100);
  encode_record(fields, {336}, body,
                std::span{disk->bytes_of(segment_name({0}))}.subspan(336, 168));
  open();
  EXPECT_EQ(log->end().value, 336u);
  EXPECT_THAT(log->recovery().cut_reason, HasSubstr("epoch 3, older"));
}

TEST_F(LogRecovery, StopsAtARecordThatWasWrittenForAnotherPosition) {
  append(100);
  auto& bytes = disk->bytes_of(segment_name({0}));
  std::copy_n(bytes.begin(), 168, bytes.begin() + 168);
  open();
  EXPECT_EQ(log->end().value, 168u);
  EXPECT_THAT(log->recovery().cut_reason, HasSubstr("for position 0"));
}

TEST_F(LogRecovery, RemovesSegmentsBehindTheCut) {
  for (int i = 0; i < 4; ++i)
    append(10'000);
  byte_at(segment_bytes + 500) ^= std::byte{1};
  open();
  EXPECT_EQ(log->end().value, segment_bytes);
  EXPECT_THAT(positions(), ElementsAre(0u));
  EXPECT_GT(log->recovery().cut_bytes, 2 * segment_bytes);
  EXPECT_EQ(append(100).value, segment_bytes);
}

TEST_F(LogRecovery, RefusesToCutWhatALaterStartWrote) {
  append_at(1000);
  append_at(1000);
  append_at(1001);
  append_at(1002, record_type::epoch_start);
  append_at(1002);
  byte_at(168 + 80) ^= std::byte{1};
  const auto before = disk->bytes_of(segment_name({0}));
  const auto why = open_failure();
  EXPECT_EQ(why.code, errc::corrupt);
  EXPECT_EQ(why.text,
            "faulty/00000000000000000000.log is damaged at byte 168 (at "
            "position 168: the record's checksum does not match its bytes), "
            "and records behind that, such as the one at position 504, were "
            "safe on disk: restore the file from a copy, or, to go on without "
            "all that follows, move the later files of the log away and cut "
            "this one with 'truncate --size=168'");
  EXPECT_EQ(disk->bytes_of(segment_name({0})), before);
  disk->bytes_of(segment_name({0})).resize(168);
  open();
  EXPECT_THAT(positions(), ElementsAre(0u));
  EXPECT_EQ(log->recovery().cut_bytes, 0u);
}

TEST_F(LogRecovery, RefusesToCutWhatWasWrittenLongAfter) {
  append_at(1000);
  append_at(1000);
  append_at(1000);
  append_at(1001 + flushed_within_ms);
  byte_at(168 + 80) ^= std::byte{1};
  EXPECT_THAT(open_failure().text, HasSubstr("the one at position 504,"));
}

TEST_F(LogRecovery, CutsWhatMayHaveWaitedForOneFlush) {
  append_at(1000);
  // The log was idle; then these were written and not flushed.
  append_at(1001 + flushed_within_ms);
  append_at(1001 + flushed_within_ms);
  append_at(1001 + flushed_within_ms * 2);
  byte_at(168 + 80) ^= std::byte{1};
  open();
  EXPECT_EQ(log->end().value, 168u);
}

TEST_F(LogRecovery, CutsAStartThatLostTheFillerBeforeIt) {
  append(16'200);
  open();
  append_at(1000, record_type::epoch_start);
  ASSERT_EQ(log->segments().size(), 2u);
  for (std::uint64_t i = 0; i < record_header_bytes; ++i)
    byte_at(16'264 + i) = std::byte{0};
  open();
  EXPECT_EQ(log->end().value, 16'264u);
  EXPECT_THAT(positions(), ElementsAre(0u));
}

TEST_F(LogRecovery, RefusesToRemoveLaterSegmentsThatWereFlushed) {
  for (int i = 0; i < 3; ++i)
    append(10'000);
  append_at(2000, record_type::epoch_start);
  byte_at(segment_bytes + 500) ^= std::byte{1};
  EXPECT_THAT(open_failure().text,
              HasSubstr("00000000000000016384.log is damaged at byte 0 "));
  EXPECT_EQ(disk->state.names.size(), 3u) << "none is removed, none added";
}

TEST_F(LogRecovery, CutsARecordThatEndsWithItsFile) {
  append(100);
  append(100);
  disk->bytes_of(segment_name({0})).resize(168 + 81);
  open();
  EXPECT_EQ(log->end().value, 168u);
  EXPECT_EQ(log->recovery().cut_bytes, 81u);
  EXPECT_THAT(log->recovery().cut_reason, HasSubstr("its segment has 80 left"));
  disk->bytes_of(segment_name({0})).resize(168 + 17);
  byte_at(168 + 3) = std::byte{9};
  open();
  EXPECT_EQ(log->end().value, 168u);
  EXPECT_EQ(append(100).value, 168u);
}

TEST_F(LogRecovery, RefusesALogWithAMissingSegment) {
  for (int i = 0; i < 3; ++i)
    append(10'000);
  ASSERT_TRUE(disk->remove(segment_name({segment_bytes})));
  const auto why = open_failure();
  EXPECT_EQ(why.code, errc::corrupt);
  EXPECT_EQ(why.text,
            "the log has a hole: faulty/00000000000000000000.log has 16384 "
            "bytes, but 32768 belong before the next file, "
            "faulty/00000000000000032768.log; a file was cut or is missing: "
            "restore it from a copy, or move all later files away to go on "
            "without them");
}

TEST_F(LogRecovery, RefusesALogWithASegmentThatWasCut) {
  for (int i = 0; i < 3; ++i)
    append(10'000);
  disk->bytes_of(segment_name({segment_bytes})).resize(9000);
  EXPECT_THAT(open_failure().text, HasSubstr("has 9000 bytes, but 16384"));
}

TEST_F(LogRecovery, RefusesViewsThatAreAheadOfTheLog) {
  append(100);
  const auto why = open_failure({{segment_bytes * 3}, {1}});
  EXPECT_EQ(why.code, errc::corrupt);
  EXPECT_THAT(why.text, HasSubstr("the views are ahead of the log"));
  EXPECT_THAT(why.text, HasSubstr("delete the views folder"));
}

TEST_F(LogRecovery, RefusesViewsWithoutALog) {
  log.reset();
  disk = std::make_shared<faulty_directory>();
  EXPECT_THAT(open_failure({{168}, {1}}).text, HasSubstr("holds no log"));
}

TEST_F(LogRecovery, RefusesAGapBetweenTheViewsAndTheLog) {
  for (int i = 0; i < 3; ++i)
    append(10'000);
  ASSERT_TRUE(log->remove_segments_before({segment_bytes}));
  EXPECT_THAT(open_failure({{8}, {1}}).text, HasSubstr("files in between"));
  open(); // without views everything kept is replayed
  EXPECT_EQ(log->recovery().records, 2u);
}

TEST_F(LogRecovery, EndsTheSegmentAtTheCutWhenTheDiskIsFull) {
  append(100);
  append(100);
  byte_at(168 + 80) ^= std::byte{1};
  // Room for the saved tail only: somebody takes the space the cut set free.
  disk->capacity_bytes = disk->state.used_bytes();
  auto trap = [this] {
    if (disk->bytes_of(segment_name({0})).size() == 168)
      disk->capacity_bytes = disk->state.used_bytes();
  };
  disk->capacity_bytes += 1000;
  disk->on_change = trap;
  open();
  disk->on_change = {};
  EXPECT_EQ(log->end().value, 168u);
  EXPECT_EQ(log->reserve(168).error().code, errc::disk_full);
  disk->capacity_bytes = 1u << 30;
  EXPECT_EQ(append(100).value, 168u);
  open();
  EXPECT_THAT(positions(), ElementsAre(0u, 168u));
}

TEST_F(LogRecovery, FlushesWhatItFoundEvenAfterAFailedFlush) {
  append(100);
  disk->fails_next_flush = true;
  EXPECT_FALSE(flush());
  open();
  EXPECT_EQ(log->end().value, 168u);
  std::mt19937_64 random{1};
  disk =
    std::make_shared<faulty_directory>(disk->state.after_power_loss(random));
  open();
  EXPECT_EQ(log->end().value, 168u);
}

TEST_F(LogRecovery, TellsItsProgress) {
  temporary_folder folder;
  auto where = *open_directory(folder.path());
  auto large = std::move(*commit_log::open(where, {8u << 20}, {}));
  record_fields fields;
  const std::vector<std::byte> body(1u << 20);
  for (int i = 0; i < 150; ++i) {
    ASSERT_TRUE(large->reserve(record_size(body.size())));
    large->stage(fields, body);
    ASSERT_TRUE(large->write());
  }
  large.reset();
  std::vector<std::uint64_t> seen;
  ASSERT_TRUE(commit_log::open(where, {8u << 20}, {},
                               [&](log_position done, log_position end) {
                                 EXPECT_LT(done, end);
                                 seen.push_back(done.value);
                               }));
  EXPECT_EQ(seen.size(), 2u);
}

} // namespace apogee::store
