#include "actors/client/broadcast_offsets.hpp"
#include "tests/actors/client/push_consumer_test.hpp"
#include "tests/support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace apogee::client {

namespace {

using std::chrono::milliseconds;
using bodies = std::vector<std::string>;

/// A consumer that gets every message of its topics.
class Broadcast : public push_consumer_test {
protected:
  Broadcast() {
    settings.model = message_model::broadcasting;
    settings.from = start_from::earliest;
    settings.offset_file = folder.path() + "/offsets";
  }

  /// The offsets in the file; when topics were begun, every test does anew.
  std::string kept() const {
    std::ifstream file{settings.offset_file};
    std::string out;
    for (std::string line; std::getline(file, line);)
      if (!line.starts_with("begun "))
        out += line + '\n';
    return out;
  }

  /// A broker whose messages are older than the consumer.
  std::shared_ptr<fake_broker> add_old_broker() {
    auto out = add_broker("two", "two:1");
    const auto now_ms = out->store_time_ms;
    out->store_time_ms = now_ms - 3'600'000;
    store(*out, "topic", 0, {"old"});
    out->store_time_ms = now_ms;
    return out;
  }

  temporary_folder folder;
};

TEST_F(Broadcast, ReadsEveryQueueWithoutJoiningTheGroupOfTheBroker) {
  store(*broker, "topic", 0, {"a"});
  store(*broker, "topic", 1, {"b"});
  start();
  EXPECT_EQ(calls, (bodies{"a", "b"}));
  EXPECT_EQ(consumer.queues().size(), 2u);
  EXPECT_TRUE(group().joins.empty());
  EXPECT_FALSE(consumer.problem());
}

TEST_F(Broadcast, GoesOnWhereItsFileSays) {
  store(*broker, "topic", 0, {"a", "b"});
  start();
  pass(milliseconds{1'500});
  EXPECT_EQ(kept(), "one topic 0 2\none topic 1 0\n");
  stop();
  calls.clear();
  store(*broker, "topic", 0, {"c"});
  start();
  EXPECT_EQ(calls, bodies{"c"});
}

TEST_F(Broadcast, StartsBehindWhatIsThereWhenItHasNoOffsets) {
  settings.from = start_from::latest;
  store(*broker, "topic", 0, {"old"});
  start();
  store(*broker, "topic", 0, {"new"});
  EXPECT_EQ(calls, bodies{"new"});
}

TEST_F(Broadcast, AQueueThatAppearsIsReadFromItsBeginning) {
  settings.from = start_from::latest;
  start();
  store(*broker, "topic", 2, {"first"});
  route("topic", *broker, 3);
  pass(milliseconds{10'000});
  EXPECT_EQ(calls, bodies{"first"});
}

TEST_F(Broadcast, ATopicThatAppearsIsReadFromItsBeginning) {
  settings.from = start_from::latest;
  settings.topics.push_back({"late"});
  start();
  store(*broker, "late", 0, {"first"});
  route("late", *broker, 1);
  pass(milliseconds{40'000});
  EXPECT_EQ(calls, bodies{"first"});
}

TEST_F(Broadcast, ABrokerThatAppearsIsReadFromItsBeginning) {
  settings.from = start_from::latest;
  store(*broker, "topic", 0, {"old"});
  start();
  const auto second = add_broker("two", "two:1");
  store(*second, "topic", 0, {"first"});
  route("topic", *second, 1);
  pass(milliseconds{40'000});
  EXPECT_EQ(calls, bodies{"first"});
}

TEST_F(Broadcast, ABrokerThatWasDownIsReadFromWhenTheConsumerBegan) {
  settings.from = start_from::latest;
  start();
  const auto second = add_old_broker();
  store(*second, "topic", 0, {"new"});
  route("topic", *second, 1);
  pass(milliseconds{40'000});
  EXPECT_EQ(calls, bodies{"new"});
}

TEST_F(Broadcast, ItsFileSaysWhenATopicWasBegun) {
  settings.from = start_from::latest;
  start();
  stop();
  const auto second = add_old_broker();
  store(*second, "topic", 0, {"meanwhile"});
  route("topic", *second, 1);
  start();
  EXPECT_EQ(calls, bodies{"meanwhile"});
}

TEST(BroadcastOffsets, AQueueOfATopicThatIsNotBegunHasMissedNothing) {
  broadcast_offsets offsets{{}};
  const topic_queue queue{"one", "topic", 0};
  EXPECT_FALSE(offsets.missed_since_ms(queue));
  offsets.begin("topic", {queue}, 7);
  EXPECT_FALSE(offsets.missed_since_ms(queue));
  EXPECT_EQ(offsets.missed_since_ms({"one", "topic", 1}), 7);
}

TEST_F(Broadcast, AQueueThatAppearedMeanwhileIsReadFromItsBeginning) {
  settings.from = start_from::latest;
  start();
  stop();
  store(*broker, "topic", 2, {"first"});
  route("topic", *broker, 3);
  start();
  EXPECT_EQ(calls, bodies{"first"});
}

TEST_F(Broadcast, ATopicThatItsFileDoesNotHaveIsNew) {
  settings.from = start_from::latest;
  start();
  stop();
  store(*broker, "other", 0, {"old"});
  route("other", *broker, 1);
  settings.topics.push_back({"other"});
  start();
  EXPECT_TRUE(calls.empty());
}

TEST_F(Broadcast, KeepsItsOldOffsetsWhenNewOnesCannotBeWritten) {
  std::ofstream{settings.offset_file} << "one topic 0 0\n";
  std::filesystem::create_directory(settings.offset_file + ".new");
  store(*broker, "topic", 0, {"a"});
  start();
  pass(milliseconds{1'500});
  EXPECT_EQ(kept(), "one topic 0 0\n");
  ASSERT_TRUE(consumer.problem());
  EXPECT_EQ(consumer.problem()->code, errc::io_error);
  std::filesystem::remove(settings.offset_file + ".new");
  pass(milliseconds{1'500});
  EXPECT_EQ(kept(), "one topic 0 1\none topic 1 0\n");
  EXPECT_FALSE(consumer.problem());
}

TEST_F(Broadcast, FollowsABrokerToItsNewAddress) {
  store(*broker, "topic", 0, {"a"});
  start();
  pass(milliseconds{60'000});
  kill(*broker);
  broker->address = "one:2";
  forget_routes();
  route("topic", *broker, 2);
  revive(broker);
  pass(milliseconds{7'000});
  store(*broker, "topic", 0, {"b"});
  EXPECT_EQ(calls, (bodies{"a", "b"}));
}

TEST_F(Broadcast, StaysInATopicThatWasCreatedAnew) {
  std::ofstream{settings.offset_file} << "one topic 0 3\n";
  store(*broker, "topic", 0, {"a", "b", "c"});
  start();
  kill(*broker);
  broker->queues.clear();
  revive(broker);
  pass(milliseconds{30'000});
  store(*broker, "topic", 0, {"new"});
  EXPECT_EQ(calls, bodies{"new"});
  EXPECT_EQ(consumer.corrected_offsets(), 1u);
}

TEST_F(Broadcast, DoesNotReadPastAFileThatItCannotRead) {
  std::ofstream{settings.offset_file} << "one topic zero\n";
  store(*broker, "topic", 0, {"a"});
  start();
  EXPECT_TRUE(calls.empty());
  ASSERT_TRUE(consumer.problem());
  EXPECT_EQ(consumer.problem()->code, errc::corrupt);
  EXPECT_NE(consumer.problem()->text.find("line 1"), std::string::npos);
  stop();
  EXPECT_EQ(kept(), "one topic zero\n");
}

} // namespace

} // namespace apogee::client
