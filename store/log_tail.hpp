#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "store/file.hpp"

#include <cstdint>
#include <memory>
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

/// Position behind the last byte that is not 0; `end` when only zeros follow.
result<log_position> find_tail_end(directory& where,
                                   const std::vector<found_segment>& segments,
                                   log_position end);

/// Copies what stands between `end` and `tail_end`, cut_file_bytes_max at most,
/// to the file cut-<end>.bin; returns its path. Once this returns the copy
/// survives a loss of power. A larger copy that is already there stays.
result<std::string> save_tail(directory& where,
                              const std::vector<found_segment>& segments,
                              log_position end, log_position tail_end);

} // namespace apogee::store
