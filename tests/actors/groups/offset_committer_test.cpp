#include "tests/actors/groups/groups_test.hpp"

#include <memory>

namespace apogee::groups {

using namespace std::chrono_literals;

/// The committer of groups_test, which looks every 500 ms.
class OffsetCommitter : public groups_test {
protected:
  void set(std::uint32_t queue, std::uint64_t offset,
           const std::string& group = "g") {
    (*services->offsets->of(group))->set({{1}, queue}, {offset});
  }

  /// Asks for a commit of the group at once; "recorded" when it is answered.
  std::shared_ptr<std::string> commit(const std::string& group = "g") {
    const auto text = std::make_shared<std::string>("waits");
    start_actor([to = committer, group, text](caf::event_based_actor* asking) {
      asking->request(to, caf::infinite, commit_atom::value, group)
        .then([text](log_position) { *text = "recorded"; },
              [text](const caf::error& why) {
                *text = to_string(to_failure(why));
              });
    });
    run();
    return text;
  }

  using records = std::vector<std::string>;
};

TEST_F(OffsetCommitter, WritesWhatWasSetMeanwhileInOneRecordPerGroup) {
  run();
  set(0, 5);
  set(0, 6);
  set(1, 7);
  set(0, 1, "h");
  EXPECT_EQ(world->log, records{});
  advance(500ms);
  EXPECT_EQ(world->log, (records{"offsets g 0@6 1@7", "offsets h 0@1"}));
  advance(5s);
  EXPECT_EQ(world->log.size(), 2u) << "nothing has changed";
}

TEST_F(OffsetCommitter, WritesAtOnceForOneWhoWaits) {
  set(0, 5);
  EXPECT_EQ(*commit(), "recorded");
  EXPECT_EQ(world->log, records{"offsets g 0@5"});
  EXPECT_EQ(*commit(), "recorded") << "nothing is to be written";
  EXPECT_EQ(world->log.size(), 1u);
}

TEST_F(OffsetCommitter, WritesAgainWhatTheLogRefused) {
  world->log_failure = {errc::disk_full, "no space"};
  set(0, 5);
  const auto waiting = commit();
  advance(1s);
  EXPECT_EQ(*waiting, "waits");
  set(0, 6);
  world->log_failure = {};
  advance(500ms);
  EXPECT_EQ(*waiting, "recorded");
  EXPECT_EQ(world->log, records{"offsets g 0@6"});
}

TEST_F(OffsetCommitter, WaitsForALogThatIsRestarted) {
  const auto before = std::exchange(log, {});
  set(0, 5);
  const auto waiting = commit();
  EXPECT_EQ(*waiting, "waits");
  log = before;
  advance(500ms);
  EXPECT_EQ(*waiting, "recorded");
}

TEST_F(OffsetCommitter, WritesWhatIsDirtyWhenItEnds) {
  run();
  set(0, 5);
  caf::anon_send_exit(committer, caf::exit_reason::user_shutdown);
  run();
  EXPECT_EQ(world->log, records{"offsets g 0@5"});
}

} // namespace apogee::groups
