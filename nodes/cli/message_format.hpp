#pragma once

#include "actors/client/message.hpp"
#include "messages/errors.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace apogee::cli {

/// How `apogee consume --format` prints a message:
///   %b body    %k keys   %t tag    %q queue   %o offset   %T topic
///   %B broker  %s store time       %p properties (k=v,k=v)
///   %n newline %% a percent sign   \n \t \r \0 \\ escapes
class message_format {
public:
  /// Fails with errc::invalid_argument, naming what is not known.
  static result<message_format> parse(std::string_view text);

  void append(std::string& out, const client::received_message& msg) const;

private:
  enum class part {
    literal,
    body,
    keys,
    tag,
    queue,
    offset,
    topic,
    broker,
    time,
    properties
  };

  struct piece {
    part kind = part::literal;
    std::string text; // of a literal
  };

  void add_literal(char c);

  std::vector<piece> pieces_;
};

/// The message as one JSON object without a newline: a body that is not UTF-8
/// is given as "bodyBase64" instead of "body".
void append_json(std::string& out, const client::received_message& msg);

} // namespace apogee::cli
