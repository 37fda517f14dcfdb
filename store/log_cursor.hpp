#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "messages/record.hpp"
#include "store/log_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace apogee::store {

/// Walks the records of the log in order. Reads in chunks of 256 KiB and never
/// looks behind its limit. One thread at a time.
class log_cursor {
public:
  struct options {
    bool verify_checksum = true; ///< positions and epochs always are
    epoch last_epoch;            ///< no record may have a lower one
  };

  /// Starts at `from`, which is the start of a record or of a segment, or the
  /// limit; ends at `limit`, which must not lie behind what is written.
  log_cursor(std::shared_ptr<log_reader> reader, log_position from,
             log_position limit);
  log_cursor(std::shared_ptr<log_reader> reader, log_position from,
             log_position limit, options how);

  /// The next record, or nullopt at the limit. Fillers and the unused ends of
  /// segments are skipped. The view is valid until the next call; its body is
  /// aligned to 8 bytes. Fails with errc::malformed (no record stands here, or
  /// one of another position or a lower epoch), errc::corrupt (checksum), or as
  /// log_reader::read(); position() then names the culprit, and calling again
  /// fails again.
  result<std::optional<record_view>> next();

  /// Where the next record will be looked for: behind the last one returned.
  log_position position() const { return position_; }

  log_position limit() const { return limit_; }

  /// Moves the limit forward.
  void extend(log_position limit);

  /// Highest epoch seen so far.
  epoch last_epoch() const { return options_.last_epoch; }

private:
  result<record_view> read_record(log_position segment_end);
  result<void> buffer(std::uint64_t size_bytes, log_position segment_end);
  std::span<const std::byte> buffered() const;

  std::shared_ptr<log_reader> reader_;
  log_position position_;
  log_position limit_;
  options options_;
  std::optional<located_position> segment_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t buffer_capacity_ = 0;
  log_position buffer_first_;
  std::size_t buffer_size_ = 0;
};

} // namespace apogee::store
