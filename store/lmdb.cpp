#include "store/lmdb.hpp"

#include "store/posix_failure.hpp"

#include <lmdb.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

namespace apogee::store::lmdb {

namespace {

constexpr unsigned tables_max = 16;
constexpr unsigned readers_max = 1024;

MDB_val to_value(bytes x) {
  return {x.size(), const_cast<std::byte*>(x.data())};
}

bytes to_bytes(const MDB_val& x) {
  return {static_cast<const std::byte*>(x.mv_data), x.mv_size};
}

/// Distinguishes "try again with a larger map" from all other failures without
/// a code of its own: nobody but update() ever sees it.
constexpr auto map_full_text = "the map is full";

failure describe_at(const std::string& path, const char* action, int code) {
  if (code == MDB_MAP_FULL)
    return {errc::busy, map_full_text};
  if (code > 0) {
    auto out = posix_failure(action, path, code);
    if (out.code == errc::io_error)
      out.code = errc::storage_failed;
    return out;
  }
  const auto damaged = code == MDB_CORRUPTED || code == MDB_PAGE_NOTFOUND
                       || code == MDB_INVALID || code == MDB_VERSION_MISMATCH;
  return {damaged ? errc::corrupt : errc::storage_failed,
          std::string{"cannot "} + action + " " + path + ": "
            + mdb_strerror(code)
            + "; delete that folder: the views are then filled again from the "
              "log"};
}

bool is_map_full(const failure& why) {
  return why.code == errc::busy && why.text == map_full_text;
}

} // namespace

// -- cursor -----------------------------------------------------------------

cursor::cursor(cursor&& other) noexcept
  : owner_(other.owner_), handle_(std::exchange(other.handle_, nullptr)) {}

cursor::~cursor() {
  if (handle_)
    mdb_cursor_close(handle_);
}

result<std::optional<key_value>> cursor::move(bytes key, int operation) {
  auto k = to_value(key);
  MDB_val v{};
  const auto code =
    mdb_cursor_get(handle_, &k, &v, static_cast<MDB_cursor_op>(operation));
  if (code == MDB_NOTFOUND)
    return std::optional<key_value>{};
  if (code != 0)
    return owner_->describe("read", code);
  return std::optional{key_value{to_bytes(k), to_bytes(v)}};
}

result<std::optional<key_value>> cursor::seek(bytes key) {
  return move(key, MDB_SET_RANGE);
}

result<std::optional<key_value>> cursor::seek_before(bytes key) {
  auto behind = move(key, MDB_SET_RANGE);
  if (!behind)
    return behind;
  return move({}, *behind ? MDB_PREV : MDB_LAST);
}

result<std::optional<key_value>> cursor::first() {
  return move({}, MDB_FIRST);
}

result<std::optional<key_value>> cursor::next() {
  return move({}, MDB_NEXT);
}

result<std::optional<key_value>> cursor::previous() {
  return move({}, MDB_PREV);
}

result<void> cursor::erase() {
  if (const auto code = mdb_cursor_del(handle_, 0); code != 0)
    return owner_->describe("write", code);
  return {};
}

// -- transactions -----------------------------------------------------------

result<std::optional<bytes>> transaction::get(table from, bytes key) const {
  auto k = to_value(key);
  MDB_val v{};
  const auto code = mdb_get(handle_, from.id, &k, &v);
  if (code == MDB_NOTFOUND)
    return std::optional<bytes>{};
  if (code != 0)
    return owner_->describe("read", code);
  return std::optional{to_bytes(v)};
}

result<cursor> transaction::open_cursor(table over) const {
  MDB_cursor* handle = nullptr;
  if (const auto code = mdb_cursor_open(handle_, over.id, &handle); code != 0)
    return owner_->describe("read", code);
  return cursor{*owner_, handle};
}

result<std::uint64_t> transaction::count(table of) const {
  MDB_stat stat{};
  if (const auto code = mdb_stat(handle_, of.id, &stat); code != 0)
    return owner_->describe("read", code);
  return std::uint64_t{stat.ms_entries};
}

read_transaction::read_transaction(read_transaction&& other) noexcept
  : transaction(*other.owner_, std::exchange(other.handle_, nullptr)),
    lock_(std::move(other.lock_)) {}

read_transaction::~read_transaction() {
  if (handle_)
    mdb_txn_abort(handle_);
}

result<void> write_transaction::put(table into, bytes key, bytes value) {
  auto k = to_value(key);
  auto v = to_value(value);
  if (const auto code = mdb_put(handle_, into.id, &k, &v, 0); code != 0)
    return owner_->describe("write", code);
  return {};
}

result<void> write_transaction::erase(table from, bytes key) {
  auto k = to_value(key);
  const auto code = mdb_del(handle_, from.id, &k, nullptr);
  if (code != 0 && code != MDB_NOTFOUND)
    return owner_->describe("write", code);
  return {};
}

result<table> write_transaction::open_table(const char* name) {
  MDB_dbi id = 0;
  if (const auto code = mdb_dbi_open(handle_, name, MDB_CREATE, &id); code != 0)
    return owner_->describe("open a table of", code);
  return table{id};
}

// -- environment ------------------------------------------------------------

result<std::unique_ptr<environment>>
environment::open(const std::string& path, std::uint64_t map_size_bytes) {
  MDB_env* handle = nullptr;
  if (const auto code = mdb_env_create(&handle); code != 0)
    return describe_at(path, "open", code);
  std::unique_ptr<environment> out{
    new environment{path, handle, map_size_bytes}};
  auto code = mdb_env_set_maxdbs(handle, tables_max);
  if (code == 0)
    code = mdb_env_set_maxreaders(handle, readers_max);
  if (code == 0)
    code = mdb_env_set_mapsize(handle, map_size_bytes);
  if (code == 0)
    code = mdb_env_open(handle, path.c_str(), MDB_NOTLS, 0640);
  if (code != 0) {
    auto why = describe_at(path, "open", code);
    if (why.code == errc::storage_failed)
      why.code = errc::io_error; // nothing was lost by looking
    return why;
  }
  // Slots of readers that died with their process would keep old pages alive.
  int dead = 0;
  code = mdb_reader_check(handle, &dead);
  MDB_envinfo info{};
  if (code == 0)
    code = mdb_env_info(handle, &info);
  if (code != 0)
    return describe_at(path, "open", code);
  out->map_size_bytes_ = info.me_mapsize;
  return out;
}

environment::environment(std::string path, MDB_env* handle,
                         std::uint64_t map_size_bytes)
  : path_(std::move(path)), handle_(handle), map_size_bytes_(map_size_bytes) {}

environment::~environment() {
  mdb_env_close(handle_);
}

failure environment::describe(const char* action, int code) const {
  return describe_at(path_, action, code);
}

result<read_transaction> environment::read() const {
  std::shared_lock lock{map_mutex_};
  MDB_txn* handle = nullptr;
  const auto code = mdb_txn_begin(handle_, nullptr, MDB_RDONLY, &handle);
  if (code == MDB_READERS_FULL)
    return {errc::busy, "more than " + std::to_string(readers_max)
                          + " threads read " + path_
                          + " at once; try again in a moment"};
  if (code != 0)
    return describe("read", code);
  return read_transaction{*this, handle, std::move(lock)};
}

result<void> environment::update(
  const std::function<result<void>(write_transaction&)>& change) {
  while (map_size_bytes_ <= map_size_bytes_max) {
    auto done = try_update(change);
    if (!done)
      return done.error();
    if (*done)
      return {};
    if (auto grown = grow(); !grown)
      return grown;
  }
  return {errc::storage_failed, "the map of " + path_ + " has reached "
                                  + std::to_string(map_size_bytes_)
                                  + " bytes, its bound"};
}

/// False: the map is too small.
result<bool> environment::try_update(
  const std::function<result<void>(write_transaction&)>& change) {
  MDB_txn* handle = nullptr;
  if (const auto code = mdb_txn_begin(handle_, nullptr, 0, &handle); code != 0)
    return describe("write", code);
  write_transaction txn{*this, handle};
  if (auto done = change(txn); !done) {
    mdb_txn_abort(handle);
    if (is_map_full(done.error()))
      return false;
    return done.error();
  }
  const auto code = mdb_txn_commit(handle); // frees it, whatever the outcome
  if (code == MDB_MAP_FULL)
    return false;
  if (code != 0)
    return describe("commit to", code);
  return true;
}

result<void> environment::grow() {
  std::unique_lock lock{map_mutex_};
  const auto larger = map_size_bytes_ * 2;
  if (const auto code = mdb_env_set_mapsize(handle_, larger); code != 0)
    return describe("grow the map of", code);
  map_size_bytes_ = larger;
  return {};
}

} // namespace apogee::store::lmdb
