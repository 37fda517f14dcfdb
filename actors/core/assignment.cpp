#include "actors/core/assignment.hpp"

namespace apogee::core {

std::vector<std::size_t> averagely(std::size_t queues, std::size_t members) {
  std::vector<std::size_t> owners;
  if (members == 0)
    return owners;
  owners.reserve(queues);
  for (std::size_t member = 0; owners.size() < queues; ++member) {
    const auto share = queues / members + (member < queues % members ? 1 : 0);
    owners.insert(owners.end(), share, member);
  }
  return owners;
}

} // namespace apogee::core
