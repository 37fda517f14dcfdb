#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "store/file.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace apogee::store {

/// Creates and allocates one segment's file, once, on whichever thread comes
/// first. Any thread.
class segment_preparation {
public:
  segment_preparation(std::shared_ptr<directory> where, log_position first,
                      std::uint64_t size_bytes);

  /// The file, at its full size and safe against a loss of power (as an empty
  /// segment). Blocks while another thread is at it. After a failure (disk_full
  /// when the space is not there) nothing is left behind and the next call
  /// tries again; after a success every call returns the same file.
  result<std::shared_ptr<file>> run();

  /// True once the file is there.
  bool is_done() const { return is_done_.load(std::memory_order_acquire); }

  log_position first() const { return first_; }

private:
  result<std::shared_ptr<file>> create() const;

  std::shared_ptr<directory> where_;
  log_position first_;
  std::uint64_t size_bytes_;
  std::mutex mutex_;
  std::shared_ptr<file> file_;
  std::atomic<bool> is_done_{false};
};

/// What must be done so that everything written up to `target` survives a loss
/// of power. Taken from the commit log, run on another thread, given back.
struct flush_job {
  log_position target;
  std::vector<std::shared_ptr<file>> files;
  /// The next segment, when it is time to make it; its failure is not the
  /// job's, since the writer will find out when it needs the segment.
  std::shared_ptr<segment_preparation> preparation;
  result<void> outcome;
  bool has_run = false;

  /// True when there is nothing to do.
  bool empty() const { return files.empty() && !preparation; }

  /// Flushes, then prepares. Returns (and keeps as `outcome`) whether
  /// everything is safe up to `target`. After a failure durability is lost: the
  /// job must not be run again.
  result<void> run();
};

} // namespace apogee::store
