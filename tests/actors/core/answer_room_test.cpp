#include "actors/core/answer_room.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace apogee::core {

namespace {

struct AnswerRoom : testing::Test {
  std::shared_ptr<answer_room> add() {
    return std::make_shared<answer_room>(port, answer_bounds{100, 10, 1'000});
  }

  std::shared_ptr<gateway_counters> port = std::make_shared<gateway_counters>();
  std::shared_ptr<answer_room> room = add();
};

} // namespace

TEST_F(AnswerRoom, CountsWhatIsUnderWayUntilTheAskerHasIt) {
  room_share first{room};
  room_share second{room};
  first.take(80);
  EXPECT_FALSE(second.is_refused());
  second.take(80); // one answer may go over the bound
  EXPECT_TRUE(second.is_refused());
  first.release();
  EXPECT_FALSE(second.is_refused());
  EXPECT_EQ(room->under_way_bytes(), 80u);
}

TEST_F(AnswerRoom, CountsWhatTheClientHasNotTaken) {
  room_share one{room};
  room->set_untaken(101);
  EXPECT_TRUE(one.is_refused());
  room->set_untaken(100);
  EXPECT_FALSE(one.is_refused());
}

TEST_F(AnswerRoom, AQuestionThatIsGivenUpTakesNothing) {
  {
    room_share one{room};
    one.take(200);
    EXPECT_TRUE(room->is_full());
  }
  EXPECT_EQ(room->under_way_bytes(), 0u);
}

TEST_F(AnswerRoom, ManyAskersOfOneTurnAreModestOnceTheyAreACrowd) {
  std::vector<std::unique_ptr<room_share>> shares;
  for (int i = 0; i < 100; ++i) {
    shares.push_back(std::make_unique<room_share>(add()));
    while (!shares.back()->is_refused())
      shares.back()->take(60);
  }
  EXPECT_LT(port->held_bytes, 1'000u + 120u + 100u * 60u);
  shares.clear();
  EXPECT_EQ(port->held_bytes, 0u);
}

TEST_F(AnswerRoom, IsFullOnceTheAskerIsGone) {
  room_share one{room};
  EXPECT_FALSE(one.is_in_vain());
  room->close();
  EXPECT_TRUE(one.is_in_vain());
  EXPECT_TRUE(one.is_refused());
}

} // namespace apogee::core
