#pragma once

#include "actors/client/push_consumer.hpp"
#include "tests/drills/send_journal.hpp"

#include <caf/fwd.hpp>

#include <string>
#include <vector>

namespace apogee::drills {

/// A member of a group that writes down every message it is given. It starts at
/// the oldest message.
client::push_consumer spawn_verifying_consumer(
  caf::actor_system& system, std::vector<std::string> nameservers,
  std::string group, std::string topic, send_journal& journal);

} // namespace apogee::drills
