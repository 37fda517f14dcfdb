#pragma once

#include "messages/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// The seam between the store and the machine: everything that the log does to
/// a disk goes through these two classes, so that tests replace the disk.
namespace apogee::store {

/// One open file. Reads and flushes may run on any thread, beside each other
/// and beside a write; writes, truncate and allocate belong to one thread at a
/// time. Failures carry the file's name, the cause and a remedy:
/// errc::disk_full, errc::read_only, else errc::io_error.
class file {
public:
  virtual ~file() = default;

  /// For texts.
  virtual const std::string& path() const = 0;

  /// Writes all of `bytes` at byte `at`. Success promises that other processes
  /// see the bytes, not that they survive a loss of power. After a failure any
  /// part of them may have been written.
  virtual result<void> write(std::uint64_t at,
                             std::span<const std::byte> bytes) = 0;

  /// Fills `out` from byte `at` on; may block. Returns the number of bytes
  /// read, which is less only where the file ends.
  virtual result<std::size_t> read(std::uint64_t at,
                                   std::span<std::byte> out) const = 0;

  /// As read(), but does not wait for the disk: false, and `out` undefined,
  /// unless all of it is in memory. Of what is not, the kernel may begin to
  /// read ahead, for milliseconds: for bytes that were prefetched.
  virtual bool read_cached(std::uint64_t at,
                           std::span<std::byte> out) const = 0;

  /// A hint: `size` bytes from byte `at` on will be read soon. Starts reading
  /// without waiting for it, as far as the machine likes to.
  virtual void prefetch(std::uint64_t at, std::uint64_t size) const = 0;

  /// Makes all bytes written so far, and the size, survive a loss of power.
  /// After a failure the bytes are in doubt; a second call would not tell.
  virtual result<void> flush() = 0;

  /// Ends the file at `size` bytes.
  virtual result<void> truncate(std::uint64_t size) = 0;

  /// Extends the file to at least `size` bytes and takes the space for all of
  /// them, so that writing there cannot find the disk full. New bytes are 0.
  virtual result<void> allocate(std::uint64_t size) = 0;

  virtual result<std::uint64_t> size() const = 0;

  /// Time of the last write, milliseconds since 1970.
  virtual result<std::int64_t> modified_ms() const = 0;

  /// First byte at or behind `at` that may be other than 0; nullopt when only
  /// zeros follow. Costs no reading.
  virtual result<std::optional<std::uint64_t>>
  next_data(std::uint64_t at) const = 0;
};

/// A folder of files. Any thread.
class directory {
public:
  virtual ~directory() = default;

  virtual const std::string& path() const = 0;

  /// Opens a file for reading and writing; errc::not_found.
  virtual result<std::shared_ptr<file>> open(const std::string& name) = 0;

  /// Creates a file, or empties the one that is there.
  virtual result<std::shared_ptr<file>> create(const std::string& name) = 0;

  /// Removes a file; open ones stay readable. errc::not_found.
  virtual result<void> remove(const std::string& name) = 0;

  virtual result<void> rename(const std::string& from,
                              const std::string& to) = 0;

  /// Names of the files, in no order.
  virtual result<std::vector<std::string>> list() const = 0;

  /// Makes creations, removals and renamings so far survive a loss of power.
  virtual result<void> sync() = 0;

  /// Space that is left for this process.
  virtual result<std::uint64_t> free_bytes() const = 0;
};

/// A real folder, which must exist.
result<std::shared_ptr<directory>> open_directory(const std::string& path);

} // namespace apogee::store
