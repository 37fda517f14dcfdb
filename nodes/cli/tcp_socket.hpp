#pragma once

#include "messages/address.hpp"
#include "messages/errors.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace apogee::cli {

/// "HOST:PORT". Fails with errc::invalid_argument.
result<address_parts> parse_address(std::string_view text);

/// Owns a descriptor.
class tcp_socket {
public:
  explicit tcp_socket(int descriptor) : descriptor_(descriptor) {}

  tcp_socket(tcp_socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

  tcp_socket& operator=(tcp_socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  ~tcp_socket();

  int descriptor() const { return descriptor_; }

private:
  int descriptor_;
};

/// Blocks until there is a connection; reading and writing it never do. Fails
/// with errc::unreachable, in the kernel's own words: "connection refused".
/// CAF does not tell them.
result<tcp_socket> connect_to(const address_parts& address,
                              std::chrono::milliseconds timeout);

/// An errno in the kernel's own words.
std::string error_text(int error);

} // namespace apogee::cli
