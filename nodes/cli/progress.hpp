#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace apogee::cli {

struct progress_state {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  /// Of what is being worked on; none for a stream without an end.
  std::optional<std::uint64_t> bytes_total;
  /// In messages, where their number is known instead.
  std::optional<std::uint64_t> messages_total;
  /// Of work that ends by the clock.
  std::optional<std::chrono::milliseconds> elapsed_total;
  std::chrono::milliseconds elapsed{0};
};

/// One line of at most `width` characters: a bar with the share done, count,
/// rate, and the time that is left at this rate; without a total no bar.
std::string progress_line(const progress_state& state, std::size_t width);

/// Keeps such a line up to date on the standard error output, if that is a
/// terminal; otherwise does nothing.
class progress_display {
public:
  /// `is_wanted`: false for none, where other output goes to the terminal.
  explicit progress_display(bool is_wanted = true);

  /// Takes the line away.
  ~progress_display();

  progress_display(const progress_display&) = delete;
  progress_display& operator=(const progress_display&) = delete;

  /// Cheap to call often: draws ten times a second at most.
  void update(progress_state state);

  /// Takes the line away, for other output.
  void clear();

private:
  using clock = std::chrono::steady_clock;

  bool is_drawing_;
  bool is_drawn_ = false;
  clock::time_point start_ = clock::now();
  clock::time_point next_draw_;
};

} // namespace apogee::cli
