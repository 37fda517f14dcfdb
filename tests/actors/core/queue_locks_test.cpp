#include "actors/core/queue_locks.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

using namespace std::chrono_literals;

class QueueLocks : public testing::Test {
protected:
  queue_locks locks;
  queue_locks::instant now{};
  const queue_locks::queue queue{"t", 0};
};

TEST_F(QueueLocks, AQueueIsOneClientsUntilItsLockEnds) {
  EXPECT_TRUE(locks.lock("g", queue, "a", now));
  EXPECT_FALSE(locks.lock("g", queue, "b", now));
  EXPECT_TRUE(locks.lock("h", queue, "b", now)) << "another group";
  EXPECT_TRUE(locks.lock("g", queue, "a", now + 59s)) << "it is renewed";
  EXPECT_FALSE(locks.lock("g", queue, "b", now + 60s));
  EXPECT_TRUE(locks.lock("g", queue, "b", now + 119s));
}

TEST_F(QueueLocks, ANativeMemberKeepsAQueueUntilItGivesItBack) {
  EXPECT_TRUE(locks.hold("g", queue, "native", now));
  EXPECT_TRUE(locks.is_held("g", queue));
  EXPECT_FALSE(locks.lock("g", queue, "java", now + 1h));
  locks.expire(now + 1h);
  locks.unlock("g", queue, "java");
  EXPECT_TRUE(locks.is_held("g", queue));
  locks.unlock("g", queue, "native");
  EXPECT_FALSE(locks.is_held("g", queue));
  EXPECT_TRUE(locks.lock("g", queue, "java", now + 1h));
  EXPECT_FALSE(locks.is_held("g", queue)) << "a lock is not held for ever";
  EXPECT_FALSE(locks.hold("g", queue, "native", now + 1h));
}

TEST_F(QueueLocks, ThoseWhoAreGoneHaveNoLocks) {
  locks.lock("g", queue, "java", now);
  locks.hold("g", {"t", 1}, "native", now);
  locks.release("g", "java");
  EXPECT_TRUE(locks.lock("g", queue, "go", now));
  locks.release_held("g");
  EXPECT_FALSE(locks.is_held("g", {"t", 1}));
  EXPECT_FALSE(locks.lock("g", queue, "java", now)) << "it is no native one's";
}

TEST_F(QueueLocks, OnlyALockMeansThatAGroupReadsInOrder) {
  locks.hold("g", queue, "native", now);
  EXPECT_FALSE(locks.is_any_locked("g", now));
  locks.lock("g", {"t", 1}, "java", now);
  EXPECT_TRUE(locks.is_any_locked("g", now));
  EXPECT_FALSE(locks.is_any_locked("g", now + queue_locks::lock_life));
}

} // namespace apogee::core
