#include "actors/core/answer_room.hpp"

#include <gtest/gtest.h>

namespace apogee::core {

namespace {

struct AnswerRoom : testing::Test {
  AnswerRoom() { room->set(0, 100); }

  std::shared_ptr<answer_room> room = std::make_shared<answer_room>();
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
  room->set(101, 100);
  EXPECT_TRUE(one.is_refused());
  room->set(101, 200);
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

TEST_F(AnswerRoom, IsFullOnceTheAskerIsGone) {
  room_share one{room};
  EXPECT_FALSE(one.is_in_vain());
  room->close();
  EXPECT_TRUE(one.is_in_vain());
  EXPECT_TRUE(one.is_refused());
}

} // namespace apogee::core
