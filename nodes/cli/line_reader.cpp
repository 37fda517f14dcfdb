#include "nodes/cli/line_reader.hpp"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <string>
#include <system_error>
#include <unistd.h>

namespace apogee::cli {

namespace {

constexpr std::size_t buffer_bytes_first = 256 * 1024;

} // namespace

line_reader::line_reader(int descriptor, std::size_t line_bytes_max,
                         int stop_descriptor)
  : descriptor_(descriptor), line_bytes_max_(line_bytes_max),
    stop_descriptor_(stop_descriptor), buffer_(buffer_bytes_first) {}

result<std::optional<std::string_view>> line_reader::next() {
  for (;;) {
    const auto* from = buffer_.data() + scanned_;
    if (const auto* newline =
          static_cast<const char*>(std::memchr(from, '\n', end_ - scanned_))) {
      const auto bytes =
        static_cast<std::size_t>(newline - (buffer_.data() + begin_));
      if (bytes > line_bytes_max_)
        return too_long();
      return std::optional{take(bytes, 1)};
    }
    scanned_ = end_;
    if (end_ - begin_ > line_bytes_max_)
      return too_long();
    if (is_at_end_) {
      if (begin_ == end_)
        return std::optional<std::string_view>{};
      return std::optional{take(end_ - begin_, 0)};
    }
    const auto filled = fill();
    if (!filled)
      return filled.error();
    is_at_end_ = !*filled;
  }
}

failure line_reader::too_long() const {
  return {errc::message_too_large,
          "line " + std::to_string(line_number_ + 1) + " is longer than "
            + std::to_string(line_bytes_max_)
            + " bytes, the largest message; nothing from there on was sent"};
}

/// Waits for input or for the order to stop.
bool line_reader::is_stopped() const {
  pollfd events[] = {{stop_descriptor_, POLLIN, 0}, {descriptor_, POLLIN, 0}};
  while (poll(events, 2, -1) < 0 && errno == EINTR) {
  }
  return (events[0].revents & POLLIN) != 0;
}

/// False at the end of the file.
result<bool> line_reader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size())
    buffer_.resize(2 * buffer_.size());
  if (stop_descriptor_ >= 0 && is_stopped())
    return false;
  for (;;) {
    const auto got =
      read(descriptor_, buffer_.data() + end_, buffer_.size() - end_);
    if (got >= 0) {
      end_ += static_cast<std::size_t>(got);
      return got > 0;
    }
    if (errno != EINTR)
      return {errc::io_error,
              "reading behind line " + std::to_string(line_number_)
                + " failed: " + std::generic_category().message(errno)};
  }
}

std::string_view line_reader::take(std::size_t bytes, std::size_t ending) {
  const std::string_view line{buffer_.data() + begin_, bytes};
  begin_ += bytes + ending;
  scanned_ = begin_;
  ++line_number_;
  bytes_read_ += bytes + ending;
  return line;
}

} // namespace apogee::cli
