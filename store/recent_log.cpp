#include "store/recent_log.hpp"

#include <algorithm>
#include <cstring>

namespace apogee::store {

recent_log::recent_log(std::size_t capacity_bytes)
  : capacity_(std::max<std::size_t>(capacity_bytes, 1)),
    ring_(new std::byte[capacity_]) {} // untouched, so not yet memory

void recent_log::add(log_position position, std::span<const std::byte> bytes) {
  std::lock_guard guard{mutex_};
  if (position != end_)
    first_ = end_ = position;
  if (bytes.size() > capacity_) {
    const auto skipped = bytes.size() - capacity_;
    bytes = bytes.subspan(skipped);
    first_ = end_ = {position.value + skipped};
  }
  copy_in(end_, bytes);
  end_.value += bytes.size();
  if (end_.value - first_.value > capacity_)
    first_.value = end_.value - capacity_;
}

bool recent_log::read(log_position position, std::span<std::byte> out) const {
  std::lock_guard guard{mutex_};
  if (position < first_ || position.value + out.size() > end_.value)
    return false;
  const auto at = static_cast<std::size_t>(position.value % capacity_);
  const auto part = std::min(out.size(), capacity_ - at);
  std::memcpy(out.data(), ring_.get() + at, part);
  std::memcpy(out.data() + part, ring_.get(), out.size() - part);
  return true;
}

void recent_log::copy_in(log_position position,
                         std::span<const std::byte> bytes) {
  const auto at = static_cast<std::size_t>(position.value % capacity_);
  const auto part = std::min(bytes.size(), capacity_ - at);
  std::memcpy(ring_.get() + at, bytes.data(), part);
  std::memcpy(ring_.get(), bytes.data() + part, bytes.size() - part);
}

} // namespace apogee::store
