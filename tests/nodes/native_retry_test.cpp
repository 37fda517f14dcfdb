#include "actors/client/push_consumer.hpp"
#include "messages/names.hpp"
#include "tests/nodes/standalone_test.hpp"

#include <mutex>

namespace apogee {

namespace {

using testing::ElementsAre;

/// Delays are one second, whatever the level.
class NativeRetry : public standalone_test {
protected:
  NativeRetry() : standalone_test({"--groups.delay-levels=1s 1s 1s 1s"}) {}

  static constexpr auto group = "readers";

  client::push_consumer_settings member_settings() const {
    client::push_consumer_settings out;
    out.nameservers = {node_.address()};
    out.group = group;
    out.topics = {topic};
    out.from = client::start_from::earliest;
    out.max_reconsume_times = 2;
    return out;
  }

  /// Fails "poison" every time.
  client::consume_result take(const client::received_message& message) {
    if (message.body != "poison")
      return client::consume_result::success;
    std::lock_guard lock{mutex_};
    seen_.push_back(std::string{message.topic} + " "
                    + std::to_string(message.reconsume_times));
    return client::consume_result::retry;
  }

  std::vector<std::string> seen() {
    std::lock_guard lock{mutex_};
    return seen_;
  }

  /// The bodies and counts of what the group gave up.
  std::vector<std::string> dead_letters(client::pull_consumer& reader) {
    std::vector<std::string> out;
    const auto queues = reader.queues(dead_letter_topic(group));
    if (!queues)
      return out;
    for (const auto& queue : *queues) {
      const auto batch = reader.pull(queue, {});
      if (batch)
        for (const auto& message : batch->messages)
          out.push_back(std::string{message.body} + " "
                        + std::to_string(message.reconsume_times));
    }
    return out;
  }

private:
  std::mutex mutex_;
  std::vector<std::string> seen_;
};

} // namespace

TEST_F(NativeRetry, AMessageThatFailsComesAgainAndInTheEndIsADeadLetter) {
  auto member = client::spawn_push_consumer(
    clients_.system, member_settings(),
    client::message_listener{[this](const client::received_message& message) {
      return take(message);
    }});
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(send(bystander_, "poison"));
  auto reader = spawn_consumer();
  EXPECT_TRUE(
    eventually([&] { return !dead_letters(reader).empty(); }, patience));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds{2});
  EXPECT_THAT(seen(), ElementsAre("good 0", "good 1", "good 2"));
  EXPECT_THAT(dead_letters(reader), ElementsAre("poison 3"));
  EXPECT_FALSE(member.problem());
  member.stop();
}

} // namespace apogee
