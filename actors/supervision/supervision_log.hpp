#pragma once

#include "config/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::supervision {

enum class event_kind : std::uint8_t {
  start,    ///< an actor runs for the first time
  crash,    ///< it ended without having been told to, or could not be started
  restart,  ///< it runs again
  escalate, ///< a supervisor passes a failure upwards and ends
  stop,     ///< an actor ended as it was told to
  give_up,  ///< the root stops the node
};

/// "start", "crash", …, "give-up".
std::string_view to_string(event_kind kind);

struct supervision_event {
  std::uint64_t sequence = 0; ///< given by the log; the first is 1
  std::int64_t time_ms = 0;   ///< given by the log; since 1970
  std::string node;           ///< given by the log
  std::string path;
  event_kind kind = event_kind::start;
  std::string reason;
  std::uint32_t restarts = 0; ///< of the supervisor, inside its window
  std::uint32_t restarts_max = 0;
  std::string decision;
};

/// `time=… node=… path=… event=… reason="…" restarts=2/4 decision="…"`: always
/// one line, whatever the reason contains.
std::string format_line(const supervision_event& event);

struct supervision_log_options {
  std::string node;
  /// Empty: no file.
  std::string file;
  std::uint64_t file_size_max = 4 * config::mib;
  /// With the one being written.
  std::uint32_t files = 4;
  bool console = true;
  /// Newest events that can be asked for.
  std::size_t events_max = 1000;
  /// Milliseconds since 1970; empty: the system's clock.
  std::function<std::int64_t()> now_ms;
};

/// Options as the settings say; a relative file name is meant in `folder`.
supervision_log_options log_options(const std::string& node,
                                    const config::supervision_settings& from,
                                    const std::string& folder);

/// What the supervisors of a node did: one line per event in a rotating file
/// and on the console, and the newest events in memory.
///
/// Thread-safe. Writing waits for no disk: lines go through a bounded queue to
/// a thread of the log, which loses the oldest ones when the disk does not
/// follow. A file that cannot be written costs lines, never the node; the
/// first such line is reported on the console. Destroying the log writes out
/// what is queued.
///
/// Ordinary starts and ends of dynamic children are not events: a broker has
/// tens of thousands of them.
class supervision_log {
public:
  explicit supervision_log(supervision_log_options options);
  ~supervision_log();

  supervision_log(const supervision_log&) = delete;
  supervision_log& operator=(const supervision_log&) = delete;

  void write(supervision_event event);

  /// Events after `after_sequence`, oldest first; the newest `count_max` when
  /// there are more.
  std::vector<supervision_event> events(std::uint64_t after_sequence,
                                        std::size_t count_max) const;

  /// Lines that were not written to the file or to the console.
  std::uint64_t lines_lost() const;

  std::int64_t now_ms() const;

private:
  struct sinks;

  supervision_log_options options_;
  mutable std::mutex mutex_;
  std::deque<supervision_event> events_;
  std::uint64_t last_sequence_ = 0;
  std::unique_ptr<sinks> sinks_; // null: neither file nor console
};

} // namespace apogee::supervision
