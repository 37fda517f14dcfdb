#include "nodes/cli/message_printer.hpp"

#include "nodes/cli/commands.hpp"

#include <cstddef>
#include <utility>

namespace apogee::cli {

namespace {

constexpr std::size_t buffer_bytes = 256 * 1024;

} // namespace

message_printer::message_printer(message_format format, bool as_json)
  : format_(std::move(format)), as_json_(as_json) {}

result<void> message_printer::add(const client::received_message& msg) {
  if (as_json_) {
    append_json(buffer_, msg);
    buffer_ += '\n';
  } else {
    format_.append(buffer_, msg);
  }
  ++messages_;
  bytes_ += msg.body.size();
  if (buffer_.size() < buffer_bytes)
    return {};
  return flush();
}

result<void> message_printer::flush() {
  if (buffer_.empty())
    return {};
  auto printed = print(buffer_);
  buffer_.clear();
  return printed;
}

} // namespace apogee::cli
