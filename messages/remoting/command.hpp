#pragma once

#include "messages/remoting/codes.hpp"
#include "messages/remoting/frame.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace apogee::remoting {

/// One entry of a request's own header. Every value is text; what came as a
/// number or a boolean is the text it had.
struct ext_field {
  std::string_view key;
  std::string_view value;
};

/// A request or a response. Owns none of the text it refers to.
struct command {
  static constexpr std::int32_t response_flag = 1;
  static constexpr std::int32_t oneway_flag = 2;

  serialize_type type = serialize_type::json; ///< an answer uses the same
  std::int32_t code = 0; ///< a request_code or a response_code, or neither
  client_language language = client_language::other;
  std::int32_t version = 0; ///< ordinal of the peer's release
  std::int32_t opaque = 0;  ///< chosen by the requester, repeated in the answer
  std::int32_t flag = 0;
  std::string_view remark;       ///< empty when absent
  std::vector<ext_field> fields; ///< as they came, absent ones left out
  std::string_view body;

  bool is_response() const { return (flag & response_flag) != 0; }

  /// Never answered. Go and Node do not say so; they discard the answer.
  bool is_oneway() const { return (flag & oneway_flag) != 0; }

  /// Value of the last field of that name, as in RocketMQ, where later ones
  /// overwrite.
  std::optional<std::string_view> find(std::string_view key) const;
};

} // namespace apogee::remoting
