#pragma once

#include "messages/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace apogee::core {

/// Which part of the log the disk should be asked for before it is read, so
/// that it is kept busy while records are checked and sent. A consumer that
/// catches up reads its queues' records as the log has them, so what stands
/// behind a read is wanted next. Each part is asked for once, wherever the
/// consumers are: to ask again for what is in memory is not for nothing, the
/// kernel looks at each page of it. Any thread, since several readers serve a
/// consumer in turns.
class read_ahead {
public:
  /// The log is asked for in parts of this size. The one that is read and the
  /// next one are wanted: that keeps the disk at least so far ahead.
  static constexpr std::uint64_t part_bytes = 8u << 20;

  /// Parts that are not asked for again, the latest that were wanted. Few
  /// enough to have left this memory before they leave the machine's.
  static constexpr std::size_t parts_max = 64;

  struct range {
    log_position begin;
    log_position end;
  };

  /// What to ask for before a read at `position`; nothing while enough is
  /// under way. Never beyond `written`.
  std::optional<range> before(log_position position, log_position written);

  /// Whether what a read at `position` needs, and what stands behind it, was
  /// asked for.
  bool covers(log_position position);

private:
  /// Notes that it is wanted; true unless it was not long ago.
  bool is_new(std::uint64_t part);
  bool is_known(std::uint64_t part);

  std::mutex mutex_;
  /// Numbers of the parts, the last one that was wanted first.
  std::vector<std::uint64_t> asked_;
};

} // namespace apogee::core
