#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace apogee::client {

/// A message as a broker stores it.
std::vector<std::byte> make_record(const std::string& body, std::uint32_t queue,
                                   std::uint64_t offset);

} // namespace apogee::client
