#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace apogee::remoting {

/// Words that a unique key's property takes at the most, with its marks.
inline constexpr std::size_t unique_key_words_max = 8;

/// Ids for messages whose client gave them none, unique over all processes and
/// in the form of RocketMQ's own: 32 characters of upper-case hexadecimal.
class unique_keys {
public:
  unique_keys();

  /// Valid until the next call.
  std::string_view next();

private:
  std::uint64_t prefix_; // random, for this object
  std::uint64_t count_ = 0;
  std::array<char, 32> text_;
};

} // namespace apogee::remoting
