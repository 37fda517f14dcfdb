#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace apogee::client {

/// Of a group that failed a message of a topic before.
struct earlier_failures {
  std::string topic;
  std::int32_t count = 0;
};

/// A message as a broker stores it.
std::vector<std::byte> make_record(const std::string& body, std::uint32_t queue,
                                   std::uint64_t offset,
                                   const earlier_failures& failures = {});

} // namespace apogee::client
