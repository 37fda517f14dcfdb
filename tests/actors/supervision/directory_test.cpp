#include "actors/supervision/directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apogee::supervision {
namespace {

using testing::HasSubstr;

class Directory : public testing::Test {
protected:
  void SetUp() override {
    for (const auto* path :
         {"node/storage", "node/storage/views", "node/storage/flush_service",
          "node/storage-2", "node/groups"})
      actors.add(path, "");
    for (const auto* path : {"node/storage", "node/storage/views"})
      actors.set_running(path, 7);
  }

  std::vector<std::string> listed(std::size_t children_max = 100) {
    std::vector<std::string> out;
    for (const auto& each : actors.list(children_max))
      out.push_back(each.path);
    return out;
  }

  errc state_of(const std::string& path) {
    auto found = actors.find(path);
    return found ? errc::none : found.error().code;
  }

  directory actors{
    {{"views", "node/storage/views"}, {"later", "node/not/there/yet"}}};
};

TEST_F(Directory, ListsParentsBeforeTheirChildrenInTheOrderOfTheirStart) {
  actors.add("node", "rest_for_one");
  EXPECT_EQ(listed(),
            (std::vector<std::string>{
              "node", "node/storage", "node/storage/views",
              "node/storage/flush_service", "node/storage-2", "node/groups"}));
}

TEST_F(Directory, SaysHowManyChildrenItDoesNotList) {
  actors.add("node", "rest_for_one");
  EXPECT_EQ(listed(2), (std::vector<std::string>{"node", "node/storage",
                                                 "node/storage/views",
                                                 "node/storage/flush_service",
                                                 "node/storage-2", "node/…"}));
  EXPECT_EQ(actors.list(2).back().unlisted, 1u);
}

TEST_F(Directory, AnUnknownPathIsAnsweredWithTheNearestOnes) {
  const auto found = actors.find("node/storage/flush_servcie");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, errc::unknown_actor);
  EXPECT_THAT(found.error().text,
              HasSubstr("the nearest are node/storage/flush_service"));
}

TEST_F(Directory, ARightNameInTheWrongPlaceIsNearest) {
  EXPECT_THAT(actors.find("views").error().text,
              HasSubstr("the nearest are node/storage/views"));
}

TEST_F(Directory, AnActorThatIsBeingStartedIsNotGivenOut) {
  EXPECT_EQ(state_of("node/groups"), errc::restarting);
  EXPECT_EQ(state_of("node/storage"), errc::none);
}

TEST_F(Directory, RestartingReachesAllBelowButNotTheNeighbours) {
  actors.set_running("node/storage-2", 0);
  actors.set_restarting("node/storage");
  EXPECT_EQ(state_of("node/storage/views"), errc::restarting);
  EXPECT_EQ(state_of("node/storage-2"), errc::none);
}

TEST_F(Directory, RemovesAllBelowButNotTheNeighbours) {
  actors.remove_below("node/storage");
  EXPECT_EQ(listed().size(), 0u); // the root is not there
  EXPECT_EQ(actors.size(), 3u);
}

TEST_F(Directory, AKnownPartOfTheTreeThatIsNotThereIsBeingStarted) {
  const auto found = actors.find_known("node/not/there/yet");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(to_string(found.error()),
            "restarting: 'node/not/there/yet' is being started; try again in a "
            "moment");
  EXPECT_TRUE(actors.find_known("node/storage").has_value());
}

TEST_F(Directory, AServiceIsFoundByItsName) {
  EXPECT_TRUE(actors.find_service("views").has_value());
  EXPECT_EQ(actors.find_service("later").error().code, errc::restarting);
}

TEST_F(Directory, AnUnknownServiceIsAnsweredWithThoseThereAre) {
  const auto found = actors.find_service("view");
  EXPECT_EQ(found.error().code, errc::unknown_service);
  EXPECT_THAT(found.error().text, HasSubstr("it has: later, views"));
}

TEST_F(Directory, AStoppedActorIsClosed) {
  actors.set_stopped("node/storage/views");
  EXPECT_EQ(state_of("node/storage/views"), errc::closed);
}

} // namespace
} // namespace apogee::supervision
