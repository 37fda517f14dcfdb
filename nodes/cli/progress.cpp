#include "nodes/cli/progress.hpp"

#include "nodes/cli/quantity_text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace apogee::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto draw_interval = 100ms;

/// Short work shows nothing: a line that flashes up tells nobody anything.
constexpr auto first_draw_after = 500ms;

constexpr std::size_t bar_width = 16;
constexpr std::size_t line_width_default = 80;
constexpr auto erase_line = "\r\033[K";

std::optional<double> share_done(const progress_state& state) {
  const auto share = [](std::uint64_t done, std::uint64_t total) {
    return total == 0 ? 1.0
                      : std::min(1.0, static_cast<double>(done)
                                        / static_cast<double>(total));
  };
  if (state.messages_total)
    return share(state.messages, *state.messages_total);
  if (state.bytes_total)
    return share(state.bytes, *state.bytes_total);
  if (state.elapsed_total)
    return share(static_cast<std::uint64_t>(state.elapsed.count()),
                 static_cast<std::uint64_t>(state.elapsed_total->count()));
  return {};
}

std::string bar(double share) {
  const auto filled = static_cast<std::size_t>(
    std::floor(share * static_cast<double>(bar_width)));
  return "[" + std::string(filled, '#') + std::string(bar_width - filled, '.')
         + "]";
}

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return line_width_default;
}

} // namespace

std::string progress_line(const progress_state& state, std::size_t width) {
  const auto seconds =
    std::max(0.001, static_cast<double>(state.elapsed.count()) / 1000);
  const auto rate = [&](std::uint64_t amount) {
    return static_cast<double>(amount) / seconds;
  };
  std::string line;
  const auto share = share_done(state);
  if (share)
    line = fmt::format("{} {:3.0f} %  ", bar(*share), std::floor(*share * 100));
  line += fmt::format("{} messages  {}/s  {}/s", count_text(state.messages),
                      rate_text(rate(state.messages)),
                      size_text(static_cast<std::uint64_t>(rate(state.bytes))));
  if (share && *share > 0) {
    const auto elapsed = static_cast<double>(state.elapsed.count());
    line +=
      "  " + duration_text(std::llround(elapsed / *share - elapsed)) + " left";
  }
  return line.substr(0, width);
}

progress_display::progress_display(bool is_wanted)
  : is_drawing_(is_wanted && isatty(STDERR_FILENO) == 1),
    next_draw_(start_ + first_draw_after) {}

progress_display::~progress_display() {
  clear();
}

void progress_display::update(progress_state state) {
  if (!is_drawing_)
    return;
  const auto now = clock::now();
  if (now < next_draw_)
    return;
  next_draw_ = now + draw_interval;
  state.elapsed =
    std::chrono::duration_cast<std::chrono::milliseconds>(now - start_);
  // The last column would make some terminals wrap.
  fmt::print(stderr, "{}{}", erase_line,
             progress_line(state, terminal_width() - 1));
  is_drawn_ = true;
}

void progress_display::clear() {
  if (is_drawn_)
    fmt::print(stderr, "{}", erase_line);
  is_drawn_ = false;
}

} // namespace apogee::cli
