#include "actors/broker/group_catalog.hpp"
#include "actors/special/delay_service.hpp"
#include "actors/special/retry_service.hpp"
#include "messages/names.hpp"
#include "tests/actors/broker/broker_test.hpp"

namespace apogee::special {

namespace {

using namespace std::chrono_literals;
using broker::pulled;

/// A broker with its delays and retries, in virtual time.
class Retry : public broker::broker_test {
protected:
  void SetUp() override { begin(); }

  void TearDown() override { end(); }

  void begin() {
    start();
    groups = spawn_core<broker::group_catalog>(
      broker::context_ptr{shared}, caf::actor_cast<log_service_actor>(flush),
      catalog, std::function<void()>{[] {}});
    run();
    delay = start_delay();
    retry_options options;
    options.levels = levels;
    options.dispatcher = [this] { return dispatcher(); };
    options.topic_catalog = [this] { return result<caf::actor>{catalog}; };
    options.group_catalog = [this] {
      return result<group_catalog_actor>{
        caf::actor_cast<group_catalog_actor>(groups)};
    };
    options.delay = [this] {
      return result<delay_service_actor>{
        caf::actor_cast<delay_service_actor>(delay)};
    };
    options.has_locks = [](const std::string&) { return false; };
    retry = spawn_core<retry_service>(std::move(options));
    run();
  }

  void end_delay() {
    caf::anon_send_exit(delay, caf::exit_reason::kill);
    run();
  }

  caf::actor start_delay() {
    delay_options options;
    options.levels = levels;
    options.dispatcher = [this] { return dispatcher(); };
    options.topic_catalog = [this] { return result<caf::actor>{catalog}; };
    options.log = [this] {
      return result<log_service_actor>{
        caf::actor_cast<log_service_actor>(flush)};
    };
    options.load_progress =
      [this]() -> result<std::map<queue_id, queue_offset>> {
      if (progress_failure.code != errc::none)
        return progress_failure;
      const auto kept = shared->views->group_offsets(delay_group);
      if (!kept)
        return kept.error();
      std::map<queue_id, queue_offset> out;
      for (const auto& one : *kept)
        out.emplace(one.queue, one.offset);
      return out;
    };
    options.wall_clock_ms = [this] { return wall_clock_ms; };
    options.note = [this](const std::string& line) { notes.push_back(line); };
    auto actor = spawn_core<delay_service>(std::move(options),
                                           std::function<void()>{[] {}});
    run();
    return actor;
  }

  void end() {
    for (auto* actor : {&retry, &delay, &groups}) {
      caf::anon_send_exit(*actor, caf::exit_reason::kill);
      *actor = nullptr;
    }
    stop();
  }

  result<caf::actor> dispatcher() {
    if (is_away)
      return {errc::restarting, "away"};
    return caf::actor_cast<caf::actor>(service);
  }

  void wait(std::chrono::milliseconds time) {
    wall_clock_ms += time.count();
    advance(time);
  }

  /// A message of a topic, and where it stands.
  struct seen {
    log_position position;
    std::uint32_t size_bytes = 0;
    queue_id queue;
    std::int32_t reconsume_times = 0;
    std::string body;
  };

  std::vector<seen> read_records(const std::string& topic) {
    std::vector<seen> out;
    // What is young and what is old come in answers of their own.
    for (std::uint64_t next = 0, end = 1; next < end;) {
      const auto reply =
        ask<envelope<schema::PullReply>>(service, make_pull(topic, next));
      if (!reply)
        break; // there is no such topic yet
      broker::for_each_message(*reply, [&](const record_view& record,
                                           const message_view& message) {
        out.push_back({record.position, record.size_bytes, record.fields.queue,
                       message.reconsume_times, std::string{message.body}});
      });
      static_cast<void>(reply->read([&](schema::PullReply::Reader r) {
        next = r.getNextOffset();
        end = r.getMaxOffset();
      }));
    }
    return out;
  }

  result<stored_message_place> give_back(log_position position, int level = 0,
                                         const std::string& group = "g") {
    send_back request;
    request.group = group;
    request.position = position;
    request.delay_level = level;
    request.message_id = "ID";
    return ask<stored_message_place>(retry, request);
  }

  core::delay_levels levels =
    *core::delay_levels::parse(settings.groups.delay_levels);
  std::vector<std::string> notes;
  failure progress_failure; // errc::none: it can be read
  bool is_away = false;
  caf::actor groups;
  caf::actor delay;
  caf::actor retry;
};

class RetryWithFewQueues : public Retry {
protected:
  RetryWithFewQueues() { settings.broker.queues_per_topic_max = 2; }
};

} // namespace

TEST_F(Retry, AMessageComesSixteenTimesAgainAndThenIsDead) {
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"poison"}));
  auto last = read_records("orders").at(0);
  for (auto times = 0; times < 16; ++times) {
    const auto given = give_back(last.position);
    ASSERT_TRUE(given) << to_string(given.error());
    const auto due = levels.delay(levels.within(3 + times));
    wait(due - 1ms);
    ASSERT_EQ(read_records(retry_topic("g")).size(),
              static_cast<std::size_t>(times))
      << "not before it is due";
    wait(1ms);
    const auto again = read_records(retry_topic("g"));
    ASSERT_EQ(again.size(), static_cast<std::size_t>(times) + 1);
    last = again.back();
    EXPECT_EQ(last.reconsume_times, times + 1);
    EXPECT_EQ(last.body, "poison");
  }
  const auto given = give_back(last.position);
  ASSERT_TRUE(given) << to_string(given.error());
  const auto dead = read_records(dead_letter_topic("g"));
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(dead[0].body, "poison");
  EXPECT_EQ(dead[0].reconsume_times, 17);
  EXPECT_TRUE(notes.empty()) << notes.front();
}

TEST_F(Retry, WhatWaitsOutlivesACrash) {
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"a", "b"}));
  for (const auto& one : read_records("orders"))
    ASSERT_TRUE(give_back(one.position));
  end();
  begin();
  wait(9'999ms);
  EXPECT_TRUE(read_records(retry_topic("g")).empty());
  wait(1ms);
  ASSERT_EQ(read_records(retry_topic("g")).size(), 2u);
  end();
  begin();
  wait(60s);
  EXPECT_EQ(read_records(retry_topic("g")).size(), 2u)
    << "what was delivered is not delivered again";
}

TEST_F(Retry, WhatIsDueWhileTheBrokerIsAwayComesWhenItIsBack) {
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"a"}));
  ASSERT_TRUE(give_back(read_records("orders").at(0).position, 1));
  is_away = true;
  wait(1s);
  wait(1s);
  is_away = false;
  wait(100ms);
  EXPECT_EQ(read_records(retry_topic("g")).size(), 1u);
}

TEST_F(Retry, ManyThatAreDueTogetherComeInOrder) {
  create_topic("orders");
  std::vector<std::string> bodies;
  for (auto i = 0; i < 700; ++i)
    bodies.push_back(std::to_string(i));
  ASSERT_TRUE(append("orders", bodies));
  for (const auto& one : read_records("orders"))
    ASSERT_TRUE(give_back(one.position, 1));
  wait(1s);
  const auto again = read_records(retry_topic("g"));
  ASSERT_EQ(again.size(), bodies.size());
  for (std::size_t i = 0; i < bodies.size(); ++i)
    ASSERT_EQ(again[i].body, bodies[i]);
}

TEST_F(Retry, ARetryTopicThatWasDeletedIsThereAgain) {
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"a"}));
  ASSERT_TRUE(give_back(read_records("orders").at(0).position, 1));
  const auto removed = ask<envelope<schema::TopicList>>(
    catalog, envelope<schema::TopicDelete>::build(
               [](auto b) { b.setName(retry_topic("g")); }));
  ASSERT_TRUE(removed) << to_string(removed.error());
  wait(1s);
  EXPECT_EQ(read_records(retry_topic("g")).size(), 1u);
}

TEST_F(Retry, TheTopicOfWhatWaitsIsNeitherAlteredNorDeleted) {
  const auto name = std::string{schedule_topic};
  const auto removed = ask<envelope<schema::TopicList>>(
    catalog,
    envelope<schema::TopicDelete>::build([&](auto b) { b.setName(name); }));
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().code, errc::permission_denied);
  const auto altered = ask<envelope<schema::TopicList>>(
    catalog, envelope<schema::TopicUpdate>::build([&](auto b) {
      b.setName(name);
      b.setPermission(2);
    }));
  ASSERT_FALSE(altered);
  EXPECT_EQ(altered.error().code, errc::permission_denied);
}

TEST_F(RetryWithFewQueues, ManyLevelsAreThereWhateverIsAllowedToTopics) {
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"a"}));
  const auto given = give_back(read_records("orders").at(0).position, 18);
  EXPECT_TRUE(given) << to_string(given.error());
}

TEST_F(Retry, WhyTheLevelsAreNotReadIsSaid) {
  end_delay();
  progress_failure = {errc::storage_failed, "no disk"};
  delay = start_delay();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_NE(notes[0].find("no disk"), std::string::npos) << notes[0];
  progress_failure = {};
  wait(10s);
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"a"}));
  EXPECT_TRUE(give_back(read_records("orders").at(0).position));
}

TEST_F(Retry, AClosedTopicHoldsNothingUp) {
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"a", "b"}));
  const auto sent = read_records("orders");
  ASSERT_TRUE(give_back(sent[0].position, 1));
  const auto closed = ask<envelope<schema::TopicList>>(
    catalog, envelope<schema::TopicUpdate>::build([](auto b) {
      b.setName(retry_topic("g"));
      b.setPermission(4);
    }));
  ASSERT_TRUE(closed) << to_string(closed.error());
  ASSERT_TRUE(give_back(sent[1].position, 1, "h"));
  wait(1s);
  EXPECT_EQ(read_records(retry_topic("h")).size(), 1u);
  EXPECT_EQ(read_records(retry_topic("g")).size(), 1u) << "it was accepted";
}

TEST_F(Retry, WhatTheLogForgetsBeforeItIsDueIsCounted) {
  create_topic("orders");
  ASSERT_TRUE(append("orders", {"a", "b"}));
  for (const auto& one : read_records("orders"))
    ASSERT_TRUE(give_back(one.position, 3));
  end();
  begin();
  ASSERT_TRUE(append("orders", {"c"}));
  const auto last = read_records("orders").back();
  shared->counts->log_start = last.position.value;
  end_delay();
  delay = start_delay();
  wait(10s);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].rfind("2 messages of delay level 3 were deleted", 0), 0u)
    << notes[0];
}

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
  const auto offsets = *shared->offsets->of("g");
  for (const auto keeps : {true, false}) {
    ASSERT_TRUE(ask<group_config>(groups, group_update{group}));
    offsets->set({{1}, 0}, {7});
    offsets->recorded(offsets->dirty());
    ASSERT_TRUE(ask<group_config>(groups, group_removal{"g", keeps}));
    EXPECT_EQ(offsets->all().size(), keeps ? 1u : 0u);
    EXPECT_EQ(offsets->is_dirty(), keeps) << "the log has forgotten them";
  }
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
