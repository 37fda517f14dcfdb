#include "store/commit_log.hpp"
#include "store/views/views.hpp"
#include "tests/support/faulty_files.hpp"
#include "tests/support/record_bodies.hpp"
#include "tests/support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>

namespace apogee::store {

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t everything = ~std::uint64_t{0};
constexpr std::uint64_t segment_bytes = 16u << 10;

/// A log in memory and views of it on disk, with verbs.
class Views : public testing::Test {
protected:
  Views()
    : disk(std::make_shared<faulty_directory>()),
      log(std::move(*commit_log::open(disk, {segment_bytes}, {}))) {
    open();
  }

  void open() {
    tables.reset();
    auto opened = views::open(folder.path(), 1u << 16);
    ASSERT_TRUE(opened) << to_string(opened.error());
    tables = std::move(*opened);
  }

  void append(record_type type, const std::vector<std::byte>& body,
              queue_id queue = {}, std::uint64_t offset = 0,
              std::int64_t time_ms = 0) {
    record_fields fields;
    fields.type = type;
    fields.epoch = {1};
    fields.queue = queue;
    fields.offset = {offset};
    fields.store_time_ms = time_ms;
    fields.tag_hash = static_cast<std::uint32_t>(offset);
    ASSERT_TRUE(log->reserve(record_size(body.size())));
    log->stage(fields, body);
    ASSERT_TRUE(log->write());
  }

  void send(queue_id queue, std::uint64_t count = 1) {
    for (; count > 0; --count)
      append(record_type::message, std::vector<std::byte>(8), queue,
             next[queue]++);
  }

  void create_topic(std::uint32_t id) {
    append(record_type::topic_config,
           topic_body(id, "topic-" + std::to_string(id), 4));
  }

  void delete_topic(std::uint32_t id) {
    append(record_type::topic_config,
           topic_body(id, "topic-" + std::to_string(id), 4, true));
  }

  void commit(const std::string& group, queue_id queue, std::uint64_t offset) {
    append(record_type::offset_commit,
           offset_body(group, queue.topic.value, queue.number, offset));
  }

  result<apply_summary> try_apply(std::uint64_t bytes_max = everything) {
    log_cursor cursor{log->reader(), std::max(tables->applied(), log->start()),
                      log->end()};
    return tables->apply(cursor, bytes_max);
  }

  apply_summary apply() {
    auto done = try_apply();
    EXPECT_TRUE(done) << to_string(done.error());
    return done ? *done : apply_summary{};
  }

  std::vector<std::uint64_t> offsets_found(queue_id queue, std::uint64_t from,
                                           std::uint32_t count_max) {
    std::vector<std::uint64_t> out;
    auto found = tables->find(queue, {from}, count_max);
    EXPECT_TRUE(found) << to_string(found.error());
    for (const auto& x : *found)
      out.push_back(x.offset.value);
    return out;
  }

  temporary_folder folder;
  std::shared_ptr<faulty_directory> disk;
  std::unique_ptr<commit_log> log;
  std::unique_ptr<views> tables;
  std::map<queue_id, std::uint64_t> next;
  const queue_id a{{1}, 0};
  const queue_id b{{1}, 1};
  const queue_id c{{2}, 0};
};

} // namespace

TEST_F(Views, FindMessagesByQueueAndOffset) {
  send(a);
  send(b);
  send(a);
  const auto summary = apply();
  EXPECT_EQ(summary.records, 3u);
  EXPECT_TRUE(summary.at_end);
  EXPECT_EQ(summary.applied, log->end());
  auto found = tables->find(a, {0}, 10);
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, ElementsAre(index_entry{{0}, {0}, 72, 0},
                                  index_entry{{1}, {144}, 72, 1}));
  EXPECT_EQ(tables->queue_end(a)->value, 2u);
  EXPECT_EQ(tables->queue_end(c)->value, 0u);
}

TEST_F(Views, AnswerAtTheEndOfAQueueWithNothing) {
  send(a, 3);
  apply();
  EXPECT_THAT(offsets_found(a, 3, 10), IsEmpty());
  EXPECT_THAT(offsets_found(c, 0, 10), IsEmpty());
  EXPECT_EQ(tables->find(a, {4}, 10).error().code, errc::offset_out_of_range);
}

TEST_F(Views, FindAcrossChunks) {
  send(a, 700);
  send(b, 2);
  apply();
  send(a, 100);
  apply();
  EXPECT_THAT(offsets_found(a, 0, 1000), SizeIs(800));
  EXPECT_THAT(offsets_found(a, 254, 3), ElementsAre(254u, 255u, 256u));
  EXPECT_THAT(offsets_found(a, 799, 9), ElementsAre(799u));
  EXPECT_THAT(offsets_found(b, 0, 9), ElementsAre(0u, 1u));
}

TEST_F(Views, ApplyNoMoreThanAsked) {
  send(a, 100);
  auto done = try_apply(1000);
  ASSERT_TRUE(done);
  EXPECT_FALSE(done->at_end);
  EXPECT_EQ(done->applied.value, 1008u);
  EXPECT_EQ(tables->queue_end(a)->value, 14u);
}

TEST_F(Views, KeepEverythingWhenTheyAreOpenedAgain) {
  create_topic(1);
  send(a, 5);
  commit("readers", a, 3);
  apply();
  open();
  EXPECT_EQ(tables->applied(), log->end());
  EXPECT_EQ(tables->last_epoch().value, 1u);
  EXPECT_EQ(tables->queue_end(a)->value, 5u);
  EXPECT_THAT(*tables->group_offsets("readers"),
              ElementsAre(group_offset{a, {3}}));
  EXPECT_EQ(apply().records, 0u);
}

TEST_F(Views, GrowWhenTheirMapIsFull) {
  for (std::uint32_t i = 0; i < 3000; ++i)
    send({{1}, i});
  apply();
  for (std::uint32_t i = 0; i < 3000; i += 100)
    EXPECT_EQ(tables->queue_end({{1}, i})->value, 1u);
}

TEST_F(Views, RefuseOffsetsThatAreNotDense) {
  send(a);
  apply();
  next[a] = 5;
  send(a);
  auto done = try_apply();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, errc::corrupt);
  EXPECT_THAT(done.error().text, HasSubstr("queue 0 of topic 1"));
  EXPECT_EQ(tables->applied().value, 72u) << "nothing of the call was applied";
}

TEST_F(Views, ListLiveTopicsAndNeverReuseAnId) {
  EXPECT_EQ(*tables->topic_id_next(), 1u);
  create_topic(1);
  create_topic(7);
  delete_topic(7);
  apply();
  auto topics = tables->topics();
  ASSERT_TRUE(topics);
  ASSERT_THAT(*topics, SizeIs(1));
  EXPECT_EQ(topics->front().name, "topic-1");
  EXPECT_EQ(topics->front().queues, 4u);
  EXPECT_EQ(*tables->topic_id_next(), 8u);
  create_topic(7);
  EXPECT_EQ(apply().skipped, 1u);
  EXPECT_THAT(*tables->topics(), SizeIs(1));
}

TEST_F(Views, ForgetADeletedTopicWithItsQueuesAndOffsets) {
  create_topic(1);
  create_topic(2);
  send(a, 300);
  send(c, 2);
  commit("readers", a, 3);
  commit("readers", c, 1);
  commit("writers", a, 2);
  apply();
  delete_topic(1);
  send(a); // on its way when the topic was deleted
  commit("readers", a, 4);
  apply();
  EXPECT_EQ(tables->queue_end(a)->value, 0u);
  EXPECT_EQ(tables->queue_end(c)->value, 2u);
  EXPECT_THAT(*tables->group_offsets("readers"),
              ElementsAre(group_offset{c, {1}}));
  EXPECT_THAT(*tables->group_offsets("writers"), IsEmpty());
}

TEST_F(Views, KeepTheOffsetsOfGroupsApart) {
  commit("a", b, 1);
  commit("ab", a, 2);
  commit("a", a, 3);
  apply();
  EXPECT_THAT(*tables->group_offsets("a"),
              ElementsAre(group_offset{a, {3}}, group_offset{b, {1}}));
  EXPECT_THAT(*tables->group_offsets("ab"), ElementsAre(group_offset{a, {2}}));
  EXPECT_THAT(*tables->group_offsets("b"), IsEmpty());
}

TEST_F(Views, ForgetADeletedGroup) {
  append(record_type::group_config, group_body("readers"));
  commit("readers", a, 3);
  apply();
  EXPECT_THAT(*tables->groups(), SizeIs(1));
  append(record_type::group_config, group_body("readers", true));
  commit("readers", b, 1); // the group begins anew
  apply();
  EXPECT_THAT(*tables->groups(), IsEmpty());
  EXPECT_THAT(*tables->group_offsets("readers"),
              ElementsAre(group_offset{b, {1}}));
}

TEST_F(Views, KeepTheOffsetsOfADeletedGroupWhenItsRecordSaysSo) {
  append(record_type::group_config, group_body("readers"));
  commit("readers", a, 3);
  apply();
  append(record_type::group_config, group_body("readers", true, true));
  open();
  apply();
  EXPECT_THAT(*tables->groups(), IsEmpty());
  EXPECT_THAT(*tables->group_offsets("readers"),
              ElementsAre(group_offset{a, {3}}));
  append(record_type::group_config, group_body("readers", true));
  append(record_type::group_config, group_body("readers", true, true));
  apply();
  EXPECT_THAT(*tables->group_offsets("readers"), IsEmpty())
    << "the first of two deletions at once has ended them";
}

TEST_F(Views, SkipABodyThatDoesNotDecode) {
  const std::vector<std::byte> garbage(64, std::byte{0xff});
  for (auto type : {record_type::topic_config, record_type::group_config,
                    record_type::offset_commit, record_type::epoch_start}) {
    append(type, garbage);
    EXPECT_EQ(apply().skipped, 1u) << static_cast<int>(type);
  }
  commit(std::string(300, 'x'), a, 1);
  commit(std::string("a\0b", 3), a, 1);
  EXPECT_EQ(apply().skipped, 2u);
}

TEST_F(Views, BeginAQueueAtTheStartOfTheLog) {
  send(a, 500);
  apply();
  EXPECT_EQ(tables->queue_begin(a, {0})->value, 0u);
  const auto position = tables->find(a, {300}, 1)->front().position;
  EXPECT_EQ(tables->queue_begin(a, position)->value, 300u);
  EXPECT_EQ(tables->queue_begin(a, {position.value - 1})->value, 300u);
  EXPECT_EQ(tables->queue_begin(a, {position.value + 1})->value, 301u);
  EXPECT_EQ(tables->queue_begin(a, {72 * 9999})->value, 500u);
  EXPECT_EQ(tables->queue_begin(c, {0})->value, 0u);
}

TEST_F(Views, ForgetWhatRetentionTookButNotWhereAQueueGoesOn) {
  send(a, 600);
  send(b, 1);
  send(c, 1);
  send(a, 1000);
  apply();
  auto start = log->remove_segments_before(log->end());
  ASSERT_TRUE(start);
  int calls = 1;
  while (!*tables->forget_before(*start, 1))
    ++calls;
  EXPECT_GT(calls, 2);
  EXPECT_TRUE(*tables->forget_before(*start, 1));
  const auto begin = tables->queue_begin(a, *start)->value;
  EXPECT_GT(begin, 1000u);
  EXPECT_THAT(offsets_found(a, begin, 2000), SizeIs(1600 - begin));
  EXPECT_EQ(tables->find(a, {0}, 1).error().code, errc::offset_out_of_range);
  EXPECT_EQ(tables->queue_begin(b, *start)->value, 1u);
  EXPECT_EQ(tables->queue_end(b)->value, 1u);
  send(b, 1);
  apply();
  EXPECT_THAT(offsets_found(b, 1, 10), ElementsAre(1u));
}

TEST_F(Views, AreRebuiltFromALogWhoseStartIsGone) {
  send(a, 1600);
  ASSERT_TRUE(log->remove_segments_before(log->end()));
  apply();
  const auto begin = tables->queue_begin(a, log->start())->value;
  EXPECT_GT(begin, 1000u);
  EXPECT_EQ(tables->queue_end(a)->value, 1600u);
  EXPECT_THAT(offsets_found(a, begin, 2000), SizeIs(1600 - begin));
  EXPECT_FALSE(tables->find(a, {begin - 1}, 1));
}

TEST_F(Views, FindAnOffsetByStoreTime) {
  for (std::uint64_t i = 0; i < 300; ++i)
    append(record_type::message, std::vector<std::byte>(8), a, i,
           static_cast<std::int64_t>(1000 + i / 3 * 10));
  apply();
  const auto at = [this](std::int64_t ms) {
    return tables->offset_at_time(a, ms, *log->reader(), log->start())->value;
  };
  EXPECT_EQ(at(0), 0u);
  EXPECT_EQ(at(1010), 3u);
  EXPECT_EQ(at(1011), 6u);
  EXPECT_EQ(at(9999), 300u);
}

} // namespace apogee::store
