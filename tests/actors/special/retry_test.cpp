#include "tests/actors/special/retry_test.hpp"

namespace apogee::special {

namespace {

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

} // namespace apogee::special
