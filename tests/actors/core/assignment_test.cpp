#include "actors/core/assignment.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

using owners = std::vector<std::size_t>;

TEST(Assignment, SharesEightQueuesAsRocketmqDoes) {
  EXPECT_EQ(averagely(8, 1), (owners{0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(averagely(8, 2), (owners{0, 0, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(averagely(8, 3), (owners{0, 0, 0, 1, 1, 1, 2, 2}));
}

TEST(Assignment, LeavesMembersIdleWhenThereAreMoreThanQueues) {
  EXPECT_EQ(averagely(8, 9), (owners{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(Assignment, GivesNothingToNobody) {
  EXPECT_TRUE(averagely(8, 0).empty());
  EXPECT_TRUE(averagely(0, 3).empty());
}

TEST(Assignment, IsTheFormulaOfAllocateMessageQueueAveragely) {
  for (std::size_t queues = 0; queues < 40; ++queues)
    for (std::size_t members = 1; members < 40; ++members) {
      const auto got = averagely(queues, members);
      ASSERT_EQ(got.size(), queues);
      const auto rest = queues % members;
      for (std::size_t index = 0; index < members; ++index) {
        const auto size = queues <= members          ? 1
                          : rest > 0 && index < rest ? queues / members + 1
                                                     : queues / members;
        const auto start =
          rest > 0 && index < rest ? index * size : index * size + rest;
        for (auto i = start; i < start + size && i < queues; ++i)
          ASSERT_EQ(got[i], index) << queues << " queues, " << members;
      }
    }
}

} // namespace apogee::core
