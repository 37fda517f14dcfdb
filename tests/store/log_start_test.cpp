// Views that are lost after retention has removed the log's first files.
#include "store/log_start.hpp"
#include "tests/store/log_fixture.hpp"
#include "tests/support/record_bodies.hpp"
#include "tests/support/temporary_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

namespace apogee::store {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class LogStart : public log_fixture {
protected:
  LogStart() { open_views(); }

  void open_views() {
    tables.reset();
    auto opened = views::open(folder.path(), 1u << 20);
    ASSERT_TRUE(opened) << to_string(opened.error());
    tables = std::move(*opened);
  }

  /// Somebody deletes the views; then the broker starts.
  result<void> lose_views() {
    tables.reset();
    for (const auto* name : {"/data.mdb", "/lock.mdb"})
      std::filesystem::remove(folder.path() + name);
    open_views();
    return restore_start(*disk, *tables);
  }

  void put(record_type type, const std::vector<std::byte>& body,
           queue_id queue = {}, std::uint64_t at = 0) {
    record_fields fields;
    fields.type = type;
    fields.epoch = {1};
    fields.queue = queue;
    fields.offset = {at};
    ASSERT_TRUE(log->reserve(record_size(body.size())));
    log->stage(fields, body);
    ASSERT_TRUE(log->write());
  }

  void send(queue_id queue, std::size_t body_bytes = 8) {
    put(record_type::message, std::vector<std::byte>(body_bytes), queue,
        next[queue]++);
  }

  void commit(queue_id queue, std::uint64_t to) {
    put(record_type::offset_commit,
        offset_body("readers", queue.topic.value, queue.number, to));
  }

  void apply() {
    log_cursor cursor{log->reader(), std::max(tables->applied(), log->start()),
                      log->end()};
    auto done = tables->apply(cursor, ~std::uint64_t{0});
    ASSERT_TRUE(done) << to_string(done.error());
  }

  /// Two topics and a group in the first segment, messages up to the fourth.
  void live() {
    put(record_type::epoch_start, epoch_body(1));
    put(record_type::topic_config, topic_body(1, "idle", 4));
    put(record_type::topic_config, topic_body(2, "busy", 4));
    put(record_type::topic_config, topic_body(3, "gone", 4));
    put(record_type::topic_config, topic_body(3, "gone", 4, true));
    put(record_type::group_config, group_body("readers"));
    for (int i = 0; i < 300; ++i)
      send(idle);
    commit(idle, 299);
    for (int i = 0; i < 4; ++i)
      send(busy, 10'000);
    apply();
  }

  temporary_folder folder;
  std::unique_ptr<views> tables;
  std::map<queue_id, std::uint64_t> next;
  const queue_id idle{{1}, 0};
  const queue_id busy{{2}, 0};
};

} // namespace

TEST_F(LogStart, KeepsWhatTheRemovedFilesTold) {
  live();
  const auto start = remove_log_before(*log, *tables, log->end());
  ASSERT_TRUE(start);
  ASSERT_GT(start->value, segment_bytes);
  const auto done = lose_views();
  ASSERT_TRUE(done) << to_string(done.error());
  EXPECT_EQ(tables->applied(), *start);
  EXPECT_EQ(tables->last_epoch().value, 1u);
  apply();
  EXPECT_THAT(*tables->topics(), SizeIs(2));
  EXPECT_EQ(*tables->topic_id_next(), 4u);
  EXPECT_THAT(*tables->groups(), SizeIs(1));
  EXPECT_THAT(*tables->group_offsets("readers"),
              ElementsAre(group_offset{idle, {299}}));
  EXPECT_EQ(tables->queue_end(idle)->value, 300u);
  EXPECT_EQ(tables->queue_begin(idle, *start)->value, 300u);
  EXPECT_EQ(tables->queue_end(busy)->value, 4u);
  send(idle);
  apply();
  EXPECT_THAT(*tables->find(idle, {300}, 10), SizeIs(1));
}

TEST_F(LogStart, IsAppliedOverWhatWasRecordedAfterIt) {
  live();
  // The views are further on than the files that go.
  commit(busy, 1);
  put(record_type::topic_config, topic_body(4, "new", 4));
  put(record_type::group_config, group_body("readers", true));
  commit(busy, 2);
  send({{4}, 1});
  apply();
  ASSERT_TRUE(remove_log_before(*log, *tables, {segment_bytes}));
  commit(busy, 3);
  ASSERT_TRUE(lose_views());
  EXPECT_EQ(tables->applied(), log->start());
  apply();
  EXPECT_THAT(*tables->topics(), SizeIs(3));
  EXPECT_THAT(*tables->groups(), SizeIs(0));
  EXPECT_THAT(*tables->group_offsets("readers"),
              ElementsAre(group_offset{busy, {3}}));
  EXPECT_EQ(tables->queue_end({{4}, 1})->value, 1u);
}

TEST_F(LogStart, IsNotLookedAtWhileTheLogIsWhole) {
  live();
  disk->fails_next_remove = true; // as when the process dies just then
  EXPECT_FALSE(remove_log_before(*log, *tables, log->end()));
  ASSERT_TRUE(lose_views());
  EXPECT_EQ(tables->applied().value, 0u);
}

TEST_F(LogStart, RemovesNothingThatItCouldNotKeep) {
  live();
  disk->fails_next_write = true;
  EXPECT_FALSE(remove_log_before(*log, *tables, log->end()));
  EXPECT_EQ(log->start().value, 0u);
  EXPECT_TRUE(remove_log_before(*log, *tables, log->end()));
  EXPECT_GT(log->start().value, 0u);
}

TEST_F(LogStart, RefusesToStartWithoutIt) {
  live();
  ASSERT_TRUE(remove_log_before(*log, *tables, {segment_bytes}));
  ASSERT_TRUE(disk->remove("start.bin"));
  const auto done = lose_views();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, errc::corrupt);
  EXPECT_EQ(done.error().text,
            "the views are empty and the log in faulty starts at position "
            "16384; what was recorded before, among it topics, groups and "
            "offsets, is kept in faulty/start.bin, but it is missing; restore "
            "that file or the views folder from a copy");
}

TEST_F(LogStart, RefusesOneOfAnEarlierTime) {
  live();
  ASSERT_TRUE(remove_log_before(*log, *tables, {segment_bytes}));
  const auto earlier = disk->bytes_of("start.bin");
  ASSERT_TRUE(remove_log_before(*log, *tables, {segment_bytes * 2}));
  disk->bytes_of("start.bin") = earlier;
  EXPECT_THAT(lose_views().error().text,
              HasSubstr("it is too old: it is of position 16384; restore"));
}

TEST_F(LogStart, NoticesEveryFlippedByteAndEveryCut) {
  live();
  ASSERT_TRUE(remove_log_before(*log, *tables, {segment_bytes}));
  const auto sound = disk->bytes_of("start.bin");
  disk->bytes_of("start.bin").clear();
  EXPECT_FALSE(lose_views());
  for (std::size_t i = 0; i < sound.size(); ++i) {
    auto damaged = sound;
    damaged[i] ^= std::byte{0x10};
    ASSERT_FALSE(tables->restore(damaged, log->start())) << "byte " << i;
    damaged.resize(i);
    ASSERT_FALSE(tables->restore(damaged, log->start())) << "cut to " << i;
  }
  EXPECT_EQ(tables->applied().value, 0u);
  EXPECT_TRUE(tables->restore(sound, log->start()));
}

} // namespace apogee::store
