#include "store/write_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace apogee::store {

std::span<std::byte> write_buffer::extend(std::size_t size_bytes) {
  const auto wanted = size_ + size_bytes;
  if (wanted > capacity_) {
    const auto capacity =
      std::max({wanted, capacity_ * 2, std::size_t{64} << 10});
    auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (size_ > 0)
      std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    capacity_ = capacity;
  }
  const std::span<std::byte> out{data_.get() + size_, size_bytes};
  size_ = wanted;
  return out;
}

void write_buffer::clear() {
  size_ = 0;
  if (capacity_ > kept_bytes_max) {
    data_.reset();
    capacity_ = 0;
  }
}

} // namespace apogee::store
