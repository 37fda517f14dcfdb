#pragma once

#include <bit>
#include <cstddef>
#include <memory>
#include <string_view>

namespace apogee::remoting {

/// Room for the text that a header holds in escaped form only. Kept from one
/// header to the next, so that in the long run nothing is allocated.
class text_arena {
public:
  /// Ends all views into the arena. At most `bytes_max` bytes are going to be
  /// added; room for them is made when the first one comes.
  void reset(std::size_t bytes_max) {
    needed_ = bytes_max;
    used_ = 0;
    // One huge header does not make its connection expensive for good.
    if (capacity_ > kept_bytes_max && needed_ <= kept_bytes_max) {
      room_.reset();
      capacity_ = 0;
    }
  }

  /// Where the next text goes.
  char* end() {
    if (capacity_ < needed_) {
      capacity_ = std::bit_ceil(needed_);
      room_ = std::make_unique_for_overwrite<char[]>(capacity_);
    }
    return room_.get() + used_;
  }

  /// Keeps what was written between end() and `to`.
  std::string_view keep(const char* to) {
    const auto* from = room_.get() + used_;
    used_ = static_cast<std::size_t>(to - room_.get());
    return {from, static_cast<std::size_t>(to - from)};
  }

private:
  static constexpr std::size_t kept_bytes_max = 64u << 10;

  std::unique_ptr<char[]> room_;
  std::size_t capacity_ = 0;
  std::size_t needed_ = 0;
  std::size_t used_ = 0;
};

} // namespace apogee::remoting
