#pragma once

#include "messages/ids.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace apogee::core {

/// Which part of the log the disk should be asked for before it is read, so
/// that it is kept busy while records are checked and sent. A consumer that
/// catches up reads its queues' records as the log has them, so what stands
/// behind a read is wanted next; each part is asked for once. Consumers that
/// are far apart are told from each other: to ask again for what is in memory
/// is not for nothing, the kernel looks at each page of it.
class read_ahead {
public:
  /// Consumers at different places that are told from each other.
  static constexpr std::size_t streams_max = 16;

  /// How far ahead of the reads the disk is kept busy, at least.
  static constexpr std::uint64_t distance_bytes = 8u << 20;

  struct part {
    log_position begin;
    log_position end;
  };

  /// What to ask for before a read at `position`; nothing while enough is
  /// under way. Never beyond `written`.
  std::optional<part> before(log_position position, log_position written);

private:
  /// Asked for already; the one that went on last is the first.
  std::vector<log_position> streams_;
};

} // namespace apogee::core
