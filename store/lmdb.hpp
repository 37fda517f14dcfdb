#pragma once

#include "messages/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <utility>

struct MDB_env;
struct MDB_txn;
struct MDB_cursor;

/// LMDB as the views need it: one writer, many readers, a map that grows by
/// itself. The only place that knows LMDB.
namespace apogee::store::lmdb {

using bytes = std::span<const std::byte>;

/// A table of the environment; a number that stays valid while it is open.
struct table {
  unsigned id = 0;
};

struct key_value {
  bytes key;
  bytes value;
};

class environment;

/// Walks a table in the order of its keys. What it returns points into the map
/// and is valid until its transaction ends or writes; values have no alignment.
/// nullopt means that there is no such entry.
class cursor {
public:
  cursor(cursor&& other) noexcept;
  ~cursor();

  /// The first entry at or behind `key`.
  result<std::optional<key_value>> seek(bytes key);
  /// The last entry before `key`.
  result<std::optional<key_value>> seek_before(bytes key);
  result<std::optional<key_value>> first();
  result<std::optional<key_value>> next();
  result<std::optional<key_value>> previous();
  /// Removes the present entry; next() then goes on with the one behind it.
  result<void> erase();

private:
  friend class transaction;

  cursor(const environment& owner, MDB_cursor* handle)
    : owner_(&owner), handle_(handle) {}

  result<std::optional<key_value>> move(bytes key, int operation);

  const environment* owner_;
  MDB_cursor* handle_;
};

/// What read and write transactions share. One thread at a time.
class transaction {
public:
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  /// Valid until the transaction ends or writes; has no alignment.
  result<std::optional<bytes>> get(table from, bytes key) const;
  result<cursor> open_cursor(table over) const;
  /// Number of entries.
  result<std::uint64_t> count(table of) const;

protected:
  transaction(const environment& owner, MDB_txn* handle)
    : owner_(&owner), handle_(handle) {}

  ~transaction() = default;

  const environment* owner_;
  MDB_txn* handle_;
};

/// A snapshot. Short-lived: the map cannot grow, nor old pages be reused, while
/// it is there.
class read_transaction : public transaction {
public:
  read_transaction(read_transaction&& other) noexcept;
  ~read_transaction();

private:
  friend class environment;

  read_transaction(const environment& owner, MDB_txn* handle,
                   std::shared_lock<std::shared_mutex> lock)
    : transaction(owner, handle), lock_(std::move(lock)) {}

  std::shared_lock<std::shared_mutex> lock_;
};

class write_transaction : public transaction {
public:
  result<void> put(table into, bytes key, bytes value);
  /// Removes an entry, which may be missing.
  result<void> erase(table from, bytes key);
  /// Opens a table, creating it when it is missing.
  result<table> open_table(const char* name);

private:
  friend class environment;

  write_transaction(const environment& owner, MDB_txn* handle)
    : transaction(owner, handle) {}
};

class environment {
public:
  /// Bound of the map's growth.
  static constexpr std::uint64_t map_size_bytes_max = std::uint64_t{1} << 44;

  /// Opens the environment in folder `path`, which must exist. The map starts
  /// at `map_size_bytes` or what the file needs. errc::corrupt when the files
  /// are not LMDB's, with the remedy.
  static result<std::unique_ptr<environment>>
  open(const std::string& path, std::uint64_t map_size_bytes);
  ~environment();

  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;

  /// A snapshot of the last commit. Any thread.
  result<read_transaction> read() const;

  /// Runs `change` in a transaction and commits it, flushed to disk. When the
  /// map is full, the transaction is thrown away, the map doubled and `change`
  /// run again, so it must do the same when repeated. Fails with what `change`
  /// fails with (nothing is committed then), errc::disk_full, or
  /// errc::storage_failed: whether the commit survives is unknown, the process
  /// must stop. One thread at a time.
  result<void>
  update(const std::function<result<void>(write_transaction&)>& change);

  const std::string& path() const { return path_; }

  std::uint64_t map_size_bytes() const { return map_size_bytes_; }

  /// The failure for a code of LMDB (or errno).
  failure describe(const char* action, int code) const;

private:
  environment(std::string path, MDB_env* handle, std::uint64_t map_size_bytes);

  result<bool>
  try_update(const std::function<result<void>(write_transaction&)>& change);
  result<void> grow();

  std::string path_;
  MDB_env* handle_;
  std::uint64_t map_size_bytes_;
  mutable std::shared_mutex map_mutex_; // shared: readers; exclusive: growing
};

} // namespace apogee::store::lmdb
