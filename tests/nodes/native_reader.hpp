#pragma once

#include "actors/client/push_consumer.hpp"

#include <atomic>
#include <string>

namespace apogee {

/// Of a native member of `group` that reads `topic` from its beginning.
inline client::push_consumer_settings
native_reader_settings(const std::string& address, const std::string& group,
                       const std::string& topic) {
  client::push_consumer_settings out;
  out.nameservers = {address};
  out.group = group;
  out.topics = {topic};
  out.from = client::start_from::earliest;
  return out;
}

/// Counts what it is given.
inline client::push_consumer
spawn_native_reader(caf::actor_system& system,
                    client::push_consumer_settings settings,
                    std::atomic<int>& consumed) {
  return client::spawn_push_consumer(
    system, std::move(settings),
    client::message_listener{[&consumed](const client::received_message&) {
      ++consumed;
      return client::consume_result::success;
    }});
}

} // namespace apogee
