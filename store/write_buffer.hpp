#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace apogee::store {

/// Bytes on their way to the disk. Keeps its memory between uses, up to a
/// bound, and never clears it first, which a vector would.
class write_buffer {
public:
  /// Memory over this is given back once the buffer is empty, in bytes.
  static constexpr std::size_t kept_bytes_max = 8u << 20;

  /// Room for `size_bytes` more behind what is there; invalid after the next
  /// call.
  std::span<std::byte> extend(std::size_t size_bytes);

  std::span<const std::byte> bytes() const { return {data_.get(), size_}; }

  std::size_t size() const { return size_; }

  void clear();

private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

} // namespace apogee::store
