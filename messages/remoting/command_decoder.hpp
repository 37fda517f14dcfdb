#pragma once

#include "messages/errors.hpp"
#include "messages/remoting/command.hpp"
#include "messages/remoting/frame.hpp"
#include "messages/remoting/text_arena.hpp"

#include <cstddef>

namespace apogee::remoting {

class json_reader;

/// Turns frames into commands. One per connection: what it needs for one header
/// it keeps for the next, so that in the long run decoding allocates nothing.
///
/// Takes whatever RocketMQ's clients write: keys in any order, unknown keys,
/// numbers and booleans where text is meant, nulls. A key that comes twice has
/// its last value.
class command_decoder {
public:
  /// A header with more ext fields than this is refused; clients send about 20.
  static constexpr std::size_t ext_fields_max = 1024;

  /// The command becomes decoded(). Fails with errc::malformed; the text says
  /// where a header went wrong, for the log. Frames behind it can be read.
  result<void> decode(const frame& from);

  /// Its views lead into the frame's bytes and into this decoder: they end with
  /// the next decode(). REQUIRES: the last decode() succeeded.
  const command& decoded() const { return decoded_; }

private:
  bool read_json(json_reader& in);
  bool read_json_member(json_reader& in, std::string_view key);
  bool read_json_fields(json_reader& in);
  const char* read_binary(std::string_view header);
  const char* read_binary_fields(std::string_view bytes);
  void remove_field(std::string_view key);

  command decoded_;
  text_arena arena_;
  std::size_t fields_seen_ = 0;
  bool has_code_ = false;
};

} // namespace apogee::remoting
