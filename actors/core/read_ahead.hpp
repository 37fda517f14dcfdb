#pragma once

#include "messages/ids.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace apogee::core {

/// Which part of the log the disk should be asked for before it is read, so
/// that it is kept busy while records are checked and sent. A consumer that
/// catches up reads its queues' records as the log has them, so what stands
/// behind a read is wanted next. Each part is asked for once in a while,
/// wherever the consumers are: to ask again for what is in memory is not for
/// nothing, the kernel looks at each page of it. Any thread, since several
/// readers serve a consumer in turns.
class read_ahead {
public:
  /// The log is asked for in parts of this size. The one that is read and the
  /// next one are wanted: that keeps the disk at least so far ahead.
  static constexpr std::uint64_t part_bytes = 8u << 20;

  /// Parts that are not asked for again, the latest that were wanted: two for
  /// each place that is read.
  static constexpr std::size_t parts_max = 256;

  /// For so long. The machine may have needed its memory for something else.
  static constexpr std::chrono::seconds trust{10};

  using clock = std::chrono::steady_clock;

  struct range {
    log_position begin;
    log_position end;
  };

  /// What to ask for before a read at `position`: whole parts, but never beyond
  /// `written`. Nothing while enough is under way.
  std::optional<range> before(log_position position, log_position written,
                              clock::time_point now);

  /// Whether what a read from `begin` to `end` needs, and the part behind that
  /// in which it begins, is written and was asked for. Else the kernel might
  /// read ahead itself while the reader waits, at the log's end even into what
  /// is only allocated.
  bool covers(log_position begin, log_position end, log_position written,
              clock::time_point now);

private:
  struct asked_part {
    std::uint64_t number = 0;
    clock::time_point time;
  };

  bool is_known(std::uint64_t number, clock::time_point now);

  /// True unless it was known; now it is.
  bool is_new(std::uint64_t number, clock::time_point now);

  std::mutex mutex_;
  std::vector<asked_part> asked_; // the last one that was wanted first
};

} // namespace apogee::core
