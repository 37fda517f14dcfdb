#pragma once

#include "actors/client/message.hpp"
#include "messages/errors.hpp"
#include "nodes/cli/message_format.hpp"

#include <cstdint>
#include <string>

namespace apogee::cli {

/// Prints messages to the standard output, many in one write.
class message_printer {
public:
  /// With `as_json`, one JSON object per line instead of the format.
  message_printer(message_format format, bool as_json);

  /// Fails with errc::io_error.
  result<void> add(const client::received_message& msg);

  /// Writes what was added.
  result<void> flush();

  std::uint64_t messages() const { return messages_; }

  std::uint64_t bytes() const { return bytes_; }

private:
  message_format format_;
  bool as_json_;
  std::string buffer_;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0; // of bodies
};

} // namespace apogee::cli
