#pragma once

#include "store/file.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace apogee::store {

/// Sectors are what a disk writes as a whole, or tears.
inline constexpr std::uint64_t sector_bytes = 512;

/// What a file holds, and what of it would survive a loss of power.
struct faulty_content {
  std::vector<std::byte> now;
  std::vector<std::byte> flushed;
  std::set<std::uint64_t> unflushed; // sector numbers

  void note(std::uint64_t from, std::uint64_t to);
};

/// All files of one folder. A copy is a snapshot.
struct faulty_state {
  std::vector<faulty_content> contents;
  std::map<std::string, std::size_t> names;
  std::map<std::string, std::size_t> synced_names;
  /// What was done to the names since the last sync, each as the whole map.
  std::vector<std::map<std::string, std::size_t>> unsynced;

  std::uint64_t used_bytes() const;

  /// The death of the process: everything written is there.
  faulty_state after_kill() const;

  /// The loss of power: of what was not flushed each sector is kept, lost or
  /// torn; of the changes to names some of the first ones are kept.
  faulty_state after_power_loss(std::mt19937_64& random) const;
};

/// A folder in memory that fails on demand. One thread at a time.
class faulty_directory final
  : public directory,
    public std::enable_shared_from_this<faulty_directory> {
public:
  explicit faulty_directory(faulty_state from = {}) : state(std::move(from)) {}

  const std::string& path() const override { return path_; }

  result<std::shared_ptr<file>> open(const std::string& name) override;
  result<std::shared_ptr<file>> create(const std::string& name) override;
  result<void> remove(const std::string& name) override;
  result<void> rename(const std::string& from, const std::string& to) override;
  result<std::vector<std::string>> list() const override;
  result<void> sync() override;
  result<std::uint64_t> free_bytes() const override;

  /// The bytes of a file, for looking and for damaging by hand.
  std::vector<std::byte>& bytes_of(const std::string& name);

  faulty_state state;

  /// No more than this fits.
  std::uint64_t capacity_bytes = std::uint64_t{1} << 40;

  /// The next flush of a file fails and, as Linux does, takes what it should
  /// have kept for clean: a later flush does not bring it back.
  bool fails_next_flush = false;

  /// The next write fails after a part of it.
  bool fails_next_write = false;

  /// The next removal of a file fails.
  bool fails_next_remove = false;

  /// Called at every point where a crash leaves another state behind: half-way
  /// in each write and after each change and flush.
  std::function<void()> on_change;

private:
  friend class faulty_file;

  void changed() const {
    if (on_change)
      on_change();
  }

  void names_changed();

  std::string path_ = "faulty";
};

} // namespace apogee::store
