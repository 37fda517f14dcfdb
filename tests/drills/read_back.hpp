#pragma once

#include "messages/errors.hpp"
#include "tests/drills/send_journal.hpp"

#include <caf/fwd.hpp>

#include <map>
#include <string>
#include <vector>

namespace apogee::drills {

/// Everything that stands in the queues of a topic, by a pull consumer of its
/// own. Fails as well when a queue has a gap.
result<std::map<queue_place, std::string>>
read_back(caf::actor_system& system,
          const std::vector<std::string>& nameservers,
          const std::string& topic);

} // namespace apogee::drills
