#include "actors/remoting/unique_keys.hpp"

#include <random>

namespace apogee::remoting {

unique_keys::unique_keys() {
  std::random_device random;
  prefix_ = std::uint64_t{random()} << 32 | random();
}

std::string_view unique_keys::next() {
  constexpr auto digits = "0123456789ABCDEF";
  auto number = ++count_;
  auto prefix = prefix_;
  for (std::size_t i = 16; i-- > 0; number >>= 4, prefix >>= 4) {
    text_[i] = digits[prefix & 15];
    text_[16 + i] = digits[number & 15];
  }
  return {text_.data(), text_.size()};
}

} // namespace apogee::remoting
