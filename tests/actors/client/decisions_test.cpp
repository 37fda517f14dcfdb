#include "actors/core/consume_progress.hpp"
#include "actors/core/send_retry.hpp"
#include "actors/core/topic_route.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace apogee::core {

namespace {

// -- how far a consumer has come --------------------------------------------

TEST(ConsumeProgress, MovesToTheLowestUnfinishedOffset) {
  consume_progress progress{{10}};
  progress.hand_out_until({20});
  progress.finish({12}, {15});
  EXPECT_EQ(progress.committable().value, 10u);
  progress.finish({10}, {12});
  EXPECT_EQ(progress.committable().value, 15u);
  EXPECT_EQ(progress.span(), 5u);
}

TEST(ConsumeProgress, IgnoresWhatWasNotHandedOut) {
  consume_progress progress{{10}};
  progress.hand_out_until({12});
  progress.finish({5}, {50});
  EXPECT_EQ(progress.committable().value, 12u);
  EXPECT_EQ(progress.next().value, 12u);
}

TEST(ConsumeProgress, AgreesWithASetOfOffsets) {
  std::mt19937 random{7};
  for (int round = 0; round < 200; ++round) {
    consume_progress progress{{0}};
    std::set<std::uint64_t> open;
    std::uint64_t next = 0;
    for (int step = 0; step < 100; ++step) {
      if (random() % 3 == 0) {
        for (auto n = random() % 10; n > 0; --n)
          open.insert(next++);
        progress.hand_out_until({next});
      }
      const auto begin = random() % (next + 1);
      const auto end = begin + random() % 6;
      progress.finish({begin}, {end});
      for (auto offset = begin; offset < end && offset < next; ++offset)
        open.erase(offset);
      ASSERT_EQ(progress.committable().value,
                open.empty() ? next : *open.begin());
    }
  }
}

// -- failed sends -----------------------------------------------------------

TEST(SendRetry, AsksAgainWhileTheBrokerSaysNotNow) {
  const send_retry retry;
  for (const auto why : {errc::busy, errc::restarting, errc::shutting_down})
    EXPECT_EQ(retry.decide(why, 100, 1, false), send_verdict::retry);
}

TEST(SendRetry, EndsAfterTheLastAttempt) {
  const send_retry retry;
  EXPECT_EQ(retry.decide(errc::unreachable, 2, 1, false), send_verdict::retry);
  EXPECT_EQ(retry.decide(errc::unreachable, 3, 1, false), send_verdict::fail);
}

TEST(SendRetry, AsksForRoutesThatTurnOutWrong) {
  const send_retry retry;
  EXPECT_EQ(retry.decide(errc::unknown_topic, 1, 1, false),
            send_verdict::ask_route);
  EXPECT_EQ(retry.decide(errc::unknown_queue, 1, 1, false),
            send_verdict::ask_route);
}

TEST(SendRetry, TriesABrokenStoreElsewhereOnly) {
  const send_retry retry;
  EXPECT_EQ(retry.decide(errc::disk_full, 1, 1, true), send_verdict::retry);
  EXPECT_EQ(retry.decide(errc::disk_full, 1, 1, false), send_verdict::fail);
}

TEST(SendRetry, LooksForTheOneMessageAtFault) {
  const send_retry retry;
  EXPECT_EQ(retry.decide(errc::message_too_large, 1, 9, false),
            send_verdict::split);
  EXPECT_EQ(retry.decide(errc::message_too_large, 1, 1, false),
            send_verdict::fail);
}

TEST(SendRetry, PausesLongerFromAttemptToAttempt) {
  const send_retry retry;
  EXPECT_EQ(retry.pause_after(1).count(), 10);
  EXPECT_EQ(retry.pause_after(3).count(), 40);
  EXPECT_EQ(retry.pause_after(1'000).count(), 500);
}

// -- the queues of a topic --------------------------------------------------

const auto any = [](const std::string&) { return true; };

TEST(TopicRoute, TakesBrokersAndTheirQueuesInTurn) {
  topic_route route{{{"b", "b:1", 2}, {"a", "a:1", 1}}};
  std::vector<std::pair<std::string, std::uint32_t>> seen;
  for (int i = 0; i < 4; ++i) {
    const auto choice = route.next(any);
    seen.emplace_back(choice->broker, choice->queue);
  }
  EXPECT_EQ(seen, (std::vector<std::pair<std::string, std::uint32_t>>{
                    {"a", 0}, {"b", 0}, {"a", 0}, {"b", 1}}));
}

TEST(TopicRoute, LeavesOutBrokersThatCannotBeUsed) {
  topic_route route{{{"a", "a:1", 4, 4, 4}, {"b", "b:1", 4}, {"c", "c:1", 4}}};
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(
      route.next([](const std::string& address) { return address != "b:1"; })
        ->broker,
      "c");
  EXPECT_FALSE(route.next([](const std::string&) { return false; }));
}

TEST(TopicRoute, GivesAHashTheSameQueueWhateverTheOrderOfTheRoutes) {
  const topic_route one{{{"a", "a:1", 3}, {"b", "b:1", 5}}};
  const topic_route other{{{"b", "b:1", 5}, {"a", "a:1", 3}}};
  std::set<std::pair<std::string, std::uint32_t>> used;
  for (std::uint64_t hash = 0; hash < 100; ++hash) {
    const auto choice = one.of_slot(one.slot_of(hash));
    const auto same = other.of_slot(other.slot_of(hash));
    EXPECT_EQ(choice.broker, same.broker);
    EXPECT_EQ(choice.queue, same.queue);
    used.emplace(choice.broker, choice.queue);
  }
  EXPECT_EQ(used.size(), 8u);
}

TEST(TopicRoute, GoesOnInTurnWhenRoutesAreRefreshed) {
  topic_route before{{{"a", "a:1", 4}}};
  (void)before.next(any);
  topic_route after{{{"a", "a:2", 4}}};
  after.continue_from(before);
  EXPECT_EQ(after.next(any)->queue, 1u);
}

} // namespace

} // namespace apogee::core
