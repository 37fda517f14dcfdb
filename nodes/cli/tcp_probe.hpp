#pragma once

#include "messages/errors.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace apogee::cli {

struct node_address {
  std::string host;
  std::uint16_t port = 0;
};

/// "HOST:PORT". Fails with errc::invalid_argument.
result<node_address> parse_address(std::string_view text);

/// Opens a TCP connection and closes it again, to learn in the kernel's own
/// words why nobody can be reached there: CAF does not tell. Blocks. Fails with
/// errc::unreachable and texts like "connection refused".
result<void> probe(const node_address& address,
                   std::chrono::milliseconds timeout);

} // namespace apogee::cli
