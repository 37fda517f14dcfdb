#include "store/views/epochs.hpp"

#include "store/views/keys.hpp"

#include <array>
#include <cstring>

namespace apogee::store {

namespace {

// Value: position, time of the start, then the broker's name.
constexpr std::size_t fixed_bytes = 16;

} // namespace

result<void> epochs_view::put(lmdb::write_transaction& in,
                              const epoch_info& epoch) const {
  std::array<std::byte, 8> key;
  write_big_endian(key.data(), epoch.epoch.value);
  std::vector<std::byte> value(fixed_bytes + epoch.broker.size());
  std::memcpy(value.data(), &epoch.start.value, 8);
  std::memcpy(value.data() + 8, &epoch.start_ms, 8);
  std::memcpy(value.data() + fixed_bytes, epoch.broker.data(),
              epoch.broker.size());
  return in.put(epochs_, key, value);
}

result<std::vector<epoch_info>>
epochs_view::all(const lmdb::transaction& in) const {
  std::vector<epoch_info> out;
  auto at = in.open_cursor(epochs_);
  if (!at)
    return at.error();
  for (auto found = at->first();; found = at->next()) {
    if (!found)
      return found.error();
    if (!*found)
      return out;
    const auto value = (*found)->value;
    const auto name = value.subspan(fixed_bytes);
    out.push_back({{read_big_endian<std::uint64_t>((*found)->key.data())},
                   {read_value<std::uint64_t>(value.data())},
                   read_value<std::int64_t>(value.data() + 8),
                   {reinterpret_cast<const char*>(name.data()), name.size()}});
  }
}

} // namespace apogee::store
