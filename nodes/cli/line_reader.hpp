#pragma once

#include "messages/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace apogee::cli {

/// Reads a file descriptor line by line in bounded memory. A line ends with a
/// newline, which is not part of it; the last one may end with the file. An
/// empty line is a line, an empty file has none.
class line_reader {
public:
  /// Owns no descriptor. Lines over `line_bytes_max` are refused. When
  /// `stop_descriptor` becomes readable, the input ends: nothing more is read.
  line_reader(int descriptor, std::size_t line_bytes_max,
              int stop_descriptor = -1);

  /// The next line, valid until the next call; none at the end. Fails with
  /// errc::io_error, errc::message_too_large.
  result<std::optional<std::string_view>> next();

  /// Number of the line that next() gave last, from 1.
  std::uint64_t line_number() const { return line_number_; }

  /// Bytes of the lines given so far, with their newlines.
  std::uint64_t bytes_read() const { return bytes_read_; }

private:
  failure too_long() const;
  bool is_stopped() const;
  result<bool> fill();
  std::string_view take(std::size_t bytes, std::size_t ending);

  int descriptor_;
  std::size_t line_bytes_max_;
  int stop_descriptor_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;   // of what is not given yet
  std::size_t scanned_ = 0; // no newline before
  std::size_t end_ = 0;
  bool is_at_end_ = false;
  std::uint64_t line_number_ = 0;
  std::uint64_t bytes_read_ = 0;
};

} // namespace apogee::cli
