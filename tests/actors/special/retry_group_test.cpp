#include "actors/groups/group_encoding.hpp"
#include "tests/actors/special/retry_test.hpp"

namespace apogee::special {

TEST_F(Retry, AMessageOfATopicThatNobodyReadsIsFound) {
  create_topic("orders", 2);
  ASSERT_TRUE(append("orders", {"a"}, ack_level::memory, 0));
  const auto position = read_records("orders").at(0).position;
  const auto closed = ask<envelope<schema::TopicList>>(
    catalog, envelope<schema::TopicUpdate>::build([](auto b) {
      b.setName("orders");
      b.setPermission(2);
    }));
  ASSERT_TRUE(closed) << to_string(closed.error());
  const auto given = give_back(position);
  EXPECT_TRUE(given) << to_string(given.error());
}

TEST_F(Retry, MoreRetryQueuesThanBeforeAreMade) {
  group_config group;
  group.name = "g";
  ASSERT_TRUE(ask<group_config>(groups, group_update{group}));
  group.retry_queues = 3;
  ASSERT_TRUE(ask<group_config>(groups, group_update{group}));
  const auto list = ask<envelope<schema::TopicList>>(
    catalog, envelope<schema::TopicQuery>::build(
               [](auto b) { b.setName(retry_topic("g")); }));
  ASSERT_TRUE(list);
  static_cast<void>(list->read([](schema::TopicList::Reader r) {
    EXPECT_EQ(r.getTopics()[0].getReadQueues(), 3u);
    EXPECT_EQ(r.getTopics()[0].getWriteQueues(), 3u);
  }));
}

TEST_F(Retry, AGroupEndsWithOrWithoutItsOffsets) {
  group_config group;
  group.name = "g";
  const auto log = caf::actor_cast<log_service_actor>(flush);
  const auto offsets = *shared->offsets->of("g");
  for (const auto keeps : {true, false}) {
    ASSERT_TRUE(ask<group_config>(groups, group_update{group}));
    offsets->set({{1}, 0}, {7});
    ASSERT_TRUE(ask<log_position>(
      log, groups::make_commit_record("g", offsets->dirty())));
    offsets->recorded(offsets->dirty());
    ASSERT_TRUE(ask<group_config>(groups, group_removal{"g", keeps}));
    EXPECT_EQ(offsets->all().size(), keeps ? 1u : 0u);
    ASSERT_TRUE(ask<log_position>(log, barrier_atom::value));
    EXPECT_EQ(shared->views->group_offsets("g")->size(), keeps ? 1u : 0u)
      << "as a restart would find them";
    EXPECT_FALSE(offsets->is_dirty());
  }
}

TEST_F(Retry, OffsetsThatARemovalKeptGoWithTheNextOne) {
  group_config group;
  group.name = "g";
  ASSERT_TRUE(ask<group_config>(groups, group_update{group}));
  const auto offsets = *shared->offsets->of("g");
  offsets->set({{1}, 0}, {7});
  ASSERT_TRUE(ask<group_config>(groups, group_removal{"g", true}));
  const auto again = ask<group_config>(groups, group_removal{"g", true});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, errc::unknown_group);
  EXPECT_EQ(offsets->all().size(), 1u);
  EXPECT_TRUE(ask<group_config>(groups, group_removal{"g", false}));
  EXPECT_TRUE(offsets->all().empty());
  EXPECT_FALSE(shared->groups->find("g"));
}

TEST_F(Retry, APolicyWithoutPossibleDelaysIsRefused) {
  group_config group;
  group.name = "g";
  group.retry_policy.customized = {{-1}};
  const auto refused = ask<group_config>(groups, group_update{group});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::invalid_argument);
}

TEST_F(Retry, NobodyMakesAGroupOfTheBrokerItself) {
  group_config group;
  group.name = delay_group;
  const auto refused = ask<group_config>(groups, group_update{group});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::illegal_name);
}

TEST_F(Retry, WhoeverWantsATopicThatIsBeingMadeWaitsForIt) {
  const auto request = envelope<schema::TopicCreate>::build([](auto b) {
    b.setName("orders");
    b.setQueues(1);
  });
  auto first = self->request(catalog, caf::infinite, request);
  auto second = self->request(catalog, caf::infinite, request);
  run();
  first.receive(
    [](const envelope<schema::TopicList>&) {},
    [](const caf::error& why) { FAIL() << to_string(to_failure(why)); });
  second.receive([](const envelope<schema::TopicList>&) { FAIL(); },
                 [](const caf::error& why) {
                   EXPECT_EQ(to_failure(why).code, errc::topic_exists);
                 });
}

TEST_F(Retry, TakesNothingBackThatIsNoMessage) {
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"a"}));
  const auto position = read_records("orders").at(0).position;
  for (const auto wrong :
       {position.value + 8, position.value + 1, std::uint64_t{0},
        ~std::uint64_t{0}, ~std::uint64_t{0} - 7}) {
    const auto given = give_back({wrong});
    ASSERT_FALSE(given);
    EXPECT_EQ(given.error().code, errc::not_found) << to_string(given.error());
  }
}

TEST_F(Retry, ARecordInsideOfAMessageIsNoMessage) {
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"a"}));
  const auto first = read_records("orders").at(0);
  // Where the body of the next message starts: behind a record's header, and
  // the fixed part of a message without properties.
  const log_position inside{first.position.value + first.size_bytes
                            + record_header_bytes + 7 * 8};
  record_fields fields;
  fields.queue = first.queue;
  std::string forged(record_size(64), 'x');
  const auto bytes = std::as_writable_bytes(std::span{forged});
  encode_record(fields, inside, bytes.first(64), bytes);
  ASSERT_TRUE(append("orders", {forged}));
  const auto given = give_back(inside);
  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().code, errc::not_found);
  EXPECT_TRUE(give_back(first.position));
}

} // namespace apogee::special
