#pragma once

#include "messages/remoting/byte_order.hpp"
#include "messages/remoting/command_decoder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace apogee::remoting {

/// A test of what decoders make of frames and headers.
class remoting_test : public testing::Test {
protected:
  /// The one frame that `bytes` are; they are kept.
  frame frame_in(std::string bytes) {
    bytes_ = std::move(bytes);
    auto next = find_frame(bytes_);
    EXPECT_TRUE(next.has_value() && next->missing_bytes == 0);
    EXPECT_EQ(next->found.bytes(), bytes_.size());
    return next->found;
  }

  const command& decode(std::string bytes) {
    const auto done = decoder_.decode(frame_in(std::move(bytes)));
    EXPECT_TRUE(done.has_value()) << done.error().text;
    return decoder_.decoded();
  }

  const command& decode_json(std::string_view header) {
    return decode(json_frame(header));
  }

  /// Why a JSON header is refused; empty when it is not.
  std::string why_not(std::string_view header) {
    const auto done = decoder_.decode(frame_in(json_frame(header)));
    return done ? "" : to_string(done.error());
  }

  static std::string json_frame(std::string_view header,
                                std::string_view body = {}) {
    return frame_of(0, header, body);
  }

  static std::string binary_frame(std::string_view header,
                                  std::string_view body = {}) {
    return frame_of(1, header, body);
  }

  static std::string frame_of(std::uint32_t type, std::string_view header,
                              std::string_view body) {
    std::string bytes(8, 0);
    store_integer<std::uint32_t>(
      bytes.data(),
      static_cast<std::uint32_t>(4 + header.size() + body.size()));
    store_integer<std::uint32_t>(
      bytes.data() + 4, type << 24 | static_cast<std::uint32_t>(header.size()));
    return bytes.append(header).append(body);
  }

  command_decoder decoder_;
  std::string bytes_;
};

inline std::string text_of(const std::vector<char>& bytes) {
  return {bytes.begin(), bytes.end()};
}

} // namespace apogee::remoting
