#include "tests/support/faulty_files.hpp"

#include <algorithm>
#include <cstring>

namespace apogee::store {

void faulty_content::note(std::uint64_t from, std::uint64_t to) {
  for (auto i = from / sector_bytes; i * sector_bytes < to; ++i)
    unflushed.insert(i);
}

std::uint64_t faulty_state::used_bytes() const {
  std::uint64_t out = 0;
  for (const auto& [name, content] : names)
    out += contents[content].now.size();
  return out;
}

faulty_state faulty_state::after_kill() const {
  return *this;
}

faulty_state faulty_state::after_power_loss(std::mt19937_64& random) const {
  faulty_state out;
  out.contents = contents;
  out.names = synced_names;
  if (const auto kept = random() % (unsynced.size() + 1); kept > 0)
    out.names = unsynced[kept - 1];
  out.synced_names = out.names;
  for (auto& x : out.contents) {
    auto survivor = x.flushed;
    if (survivor.size() != x.now.size() && random() % 2 == 0)
      survivor.resize(x.now.size());
    for (const auto sector : x.unflushed) {
      const auto first = sector * sector_bytes;
      const auto end =
        std::min({first + sector_bytes, x.now.size(), survivor.size()});
      if (first >= end)
        continue;
      const auto fate = random() % 3; // kept, lost, torn
      const auto kept = fate == 0   ? end - first
                        : fate == 1 ? 0
                                    : random() % (end - first);
      std::memcpy(survivor.data() + first, x.now.data() + first, kept);
    }
    x = {survivor, survivor, {}};
  }
  return out;
}

class faulty_file final : public file {
public:
  faulty_file(std::shared_ptr<faulty_directory> owner, std::string path,
              std::size_t index)
    : owner_(std::move(owner)), path_(std::move(path)), index_(index) {}

  const std::string& path() const override { return path_; }

  result<void> write(std::uint64_t at,
                     std::span<const std::byte> bytes) override {
    const auto end = at + bytes.size();
    if (end > content().now.size()) {
      auto free_bytes = owner_->free_bytes();
      if (*free_bytes < end - content().now.size())
        return {errc::disk_full, "cannot write to " + path_};
    }
    const auto half = bytes.size() / 2 / sector_bytes * sector_bytes;
    put(at, bytes.first(half));
    if (owner_->fails_next_write) {
      owner_->fails_next_write = false;
      return {errc::io_error, "cannot write to " + path_};
    }
    owner_->changed();
    put(at + half, bytes.subspan(half));
    owner_->changed();
    return {};
  }

  result<std::size_t> read(std::uint64_t at,
                           std::span<std::byte> out) const override {
    const auto& now = content().now;
    if (at >= now.size())
      return std::size_t{0};
    const auto count = std::min<std::size_t>(out.size(), now.size() - at);
    std::memcpy(out.data(), now.data() + at, count);
    return count;
  }

  bool read_cached(std::uint64_t at, std::span<std::byte> out) const override {
    return *read(at, out) == out.size();
  }

  void prefetch(std::uint64_t, std::uint64_t) const override {}

  result<void> flush() override {
    if (owner_->fails_next_flush) {
      owner_->fails_next_flush = false;
      content().unflushed.clear();
      return {errc::io_error, "cannot flush " + path_};
    }
    auto& [now, flushed, unflushed] = content();
    flushed.resize(now.size());
    for (const auto sector : unflushed) {
      const auto first = sector * sector_bytes;
      if (first < now.size())
        std::memcpy(flushed.data() + first, now.data() + first,
                    std::min(sector_bytes, now.size() - first));
    }
    unflushed.clear();
    owner_->changed();
    return {};
  }

  result<void> truncate(std::uint64_t size) override {
    const auto before = content().now.size();
    content().now.resize(size);
    content().note(std::min<std::uint64_t>(size, before),
                   std::max<std::uint64_t>(size, before));
    owner_->changed();
    return {};
  }

  result<void> allocate(std::uint64_t size) override {
    const auto before = content().now.size();
    if (size <= before)
      return {};
    auto free_bytes = owner_->free_bytes();
    if (*free_bytes < size - before) {
      content().now.resize(before + *free_bytes);
      return {errc::disk_full, "cannot allocate " + path_};
    }
    content().now.resize(size);
    content().note(before, size);
    owner_->changed();
    return {};
  }

  result<std::uint64_t> size() const override {
    return std::uint64_t{content().now.size()};
  }

  result<std::int64_t> modified_ms() const override { return std::int64_t{0}; }

  result<std::optional<std::uint64_t>>
  next_data(std::uint64_t at) const override {
    const auto& now = content().now;
    for (auto i = at; i < now.size(); ++i)
      if (now[i] != std::byte{0})
        return std::optional{i};
    return std::optional<std::uint64_t>{};
  }

private:
  faulty_content& content() { return owner_->state.contents[index_]; }

  const faulty_content& content() const {
    return owner_->state.contents[index_];
  }

  void put(std::uint64_t at, std::span<const std::byte> bytes) {
    if (bytes.empty())
      return;
    auto& now = content().now;
    now.resize(std::max<std::size_t>(now.size(), at + bytes.size()));
    std::memcpy(now.data() + at, bytes.data(), bytes.size());
    content().note(at, at + bytes.size());
  }

  std::shared_ptr<faulty_directory> owner_;
  std::string path_;
  std::size_t index_;
};

result<std::shared_ptr<file>> faulty_directory::open(const std::string& name) {
  auto found = state.names.find(name);
  if (found == state.names.end())
    return {errc::not_found, "cannot open " + path_ + "/" + name};
  return std::shared_ptr<file>{std::make_shared<faulty_file>(
    shared_from_this(), path_ + "/" + name, found->second)};
}

result<std::shared_ptr<file>>
faulty_directory::create(const std::string& name) {
  if (state.names.contains(name)) {
    auto opened = open(name);
    if (auto done = (*opened)->truncate(0); !done)
      return done.error();
    return opened;
  }
  state.names[name] = state.contents.size();
  state.contents.emplace_back();
  names_changed();
  return open(name);
}

result<void> faulty_directory::remove(const std::string& name) {
  if (std::exchange(fails_next_remove, false))
    return {errc::io_error, "cannot remove " + path_ + "/" + name};
  if (state.names.erase(name) == 0)
    return {errc::not_found, "cannot remove " + path_ + "/" + name};
  names_changed();
  return {};
}

result<void> faulty_directory::rename(const std::string& from,
                                      const std::string& to) {
  auto found = state.names.find(from);
  if (found == state.names.end())
    return {errc::not_found, "cannot rename " + path_ + "/" + from};
  state.names[to] = found->second;
  state.names.erase(from);
  names_changed();
  return {};
}

result<std::vector<std::string>> faulty_directory::list() const {
  std::vector<std::string> out;
  for (const auto& [name, content] : state.names)
    out.push_back(name);
  return out;
}

result<void> faulty_directory::sync() {
  state.synced_names = state.names;
  state.unsynced.clear();
  changed();
  return {};
}

result<std::uint64_t> faulty_directory::free_bytes() const {
  const auto used = state.used_bytes();
  return used < capacity_bytes ? capacity_bytes - used : 0;
}

std::vector<std::byte>& faulty_directory::bytes_of(const std::string& name) {
  return state.contents.at(state.names.at(name)).now;
}

void faulty_directory::names_changed() {
  state.unsynced.push_back(state.names);
  changed();
}

} // namespace apogee::store
