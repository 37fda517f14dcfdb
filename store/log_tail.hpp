#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "store/file.hpp"
#include "store/log_reader.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What stands in the log behind its end.
namespace apogee::store {

/// A segment's file as recovery finds it.
struct found_segment {
  log_position first;
  std::uint64_t size_bytes = 0; ///< a multiple of the records' alignment
  std::shared_ptr<file> opened; ///< null: not open

  log_position end() const { return {first.value + size_bytes}; }
};

/// Most bytes of a tail that are saved.
inline constexpr std::uint64_t cut_file_bytes_max = 64u << 20;

/// Most time that passes between a record's being stored and its being flushed,
/// with much to spare.
inline constexpr std::int64_t flushed_within_ms = 300'000;

/// Position behind the last byte that is not 0; `end` when only zeros follow.
result<log_position> find_tail_end(directory& where,
                                   const std::vector<found_segment>& segments,
                                   log_position end);

/// A sound record behind `end` that was written when `end` was flushed: the
/// first one of a later start, or one that was stored flushed_within_ms after
/// another one behind `end`. Gives its position; reads all up to `tail_end`.
result<std::optional<log_position>> find_later_record(const log_reader& log,
                                                      log_position end,
                                                      log_position tail_end);

/// Copies what stands between `end` and `tail_end`, cut_file_bytes_max at most,
/// to the file cut-<end>.bin; returns its path. Once this returns the copy
/// survives a loss of power. A larger copy that is already there stays.
result<std::string> save_tail(directory& where,
                              const std::vector<found_segment>& segments,
                              log_position end, log_position tail_end);

} // namespace apogee::store
