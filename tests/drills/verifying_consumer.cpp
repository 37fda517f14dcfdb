#include "tests/drills/verifying_consumer.hpp"

#include <utility>

namespace apogee::drills {

client::push_consumer spawn_verifying_consumer(
  caf::actor_system& system, std::vector<std::string> nameservers,
  std::string group, std::string topic, send_journal& journal) {
  client::push_consumer_settings settings;
  settings.nameservers = std::move(nameservers);
  settings.group = std::move(group);
  settings.topics = {std::move(topic)};
  settings.from = client::start_from::earliest;
  return client::spawn_push_consumer(
    system, std::move(settings),
    client::message_listener{[&journal](const client::received_message& m) {
      journal.seen({std::string{m.topic}, m.queue, m.offset.value}, m.body);
      return client::consume_result::success;
    }});
}

} // namespace apogee::drills
