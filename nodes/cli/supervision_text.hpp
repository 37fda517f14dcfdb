#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// A node's supervision for a terminal.
namespace apogee::cli {

struct tree_line {
  std::string path; ///< "node/storage/flush_service"
  std::string kind; ///< "supervisor", "worker", "more"
  std::string state;
  std::uint32_t restarts = 0;
  std::int64_t since_ms = 0; ///< since 1970; 0: never started
  std::string strategy;      ///< of a supervisor
};

/// The actors as a drawn tree with a column each for state, restarts, uptime
/// and strategy. Parents stand before their children.
std::string tree_text(const std::vector<tree_line>& actors,
                      std::int64_t now_ms);

struct event_line {
  std::uint64_t sequence = 0;
  std::int64_t time_ms = 0;
  std::string node;
  std::string path;
  std::string event;
  std::string reason;
  std::uint32_t restarts = 0;
  std::string decision;
};

/// One line, without a newline.
std::string event_text(const event_line& event);

} // namespace apogee::cli
