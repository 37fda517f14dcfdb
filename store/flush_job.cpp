#include "store/flush_job.hpp"

#include "store/segment_files.hpp"

#include <utility>

namespace apogee::store {

segment_preparation::segment_preparation(std::shared_ptr<directory> where,
                                         log_position first,
                                         std::uint64_t size_bytes)
  : where_(std::move(where)), first_(first), size_bytes_(size_bytes) {}

result<std::shared_ptr<file>> segment_preparation::run() {
  std::lock_guard lock{mutex_};
  if (file_)
    return file_;
  auto created = create();
  if (created) {
    file_ = *created;
    is_done_.store(true, std::memory_order_release);
  } else {
    // A half-made segment would only take space; when it cannot be removed
    // either, the next attempt empties it.
    (void)where_->remove(segment_name(first_)).has_value();
  }
  return created;
}

/// The size and the name are made safe before anything is written into the
/// segment: then a segment that is missing or short, with another one behind
/// it, can only mean that somebody damaged the log.
result<std::shared_ptr<file>> segment_preparation::create() const {
  // Asked first, because an allocation that fails takes all there is before.
  auto free_bytes = where_->free_bytes();
  if (!free_bytes)
    return free_bytes.error();
  if (*free_bytes < size_bytes_)
    return {errc::disk_full, "the log's next segment takes "
                               + std::to_string(size_bytes_) + " bytes, "
                               + where_->path() + " has "
                               + std::to_string(*free_bytes)
                               + " left; free some space there or lower "
                                 "storage.retention-size"};
  auto created = where_->create(segment_name(first_));
  if (!created)
    return created;
  if (auto done = (*created)->allocate(size_bytes_); !done)
    return done.error();
  if (auto done = (*created)->flush(); !done)
    return done.error();
  if (auto done = where_->sync(); !done)
    return done.error();
  return created;
}

result<void> flush_job::run() {
  has_run = true;
  for (const auto& dirty : files) {
    outcome = dirty->flush();
    if (!outcome)
      return outcome;
  }
  if (preparation)
    (void)preparation->run().has_value();
  return outcome;
}

} // namespace apogee::store
