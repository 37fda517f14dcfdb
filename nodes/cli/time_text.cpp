#include "nodes/cli/time_text.hpp"

#include <charconv>
#include <chrono>
#include <fmt/format.h>
#include <optional>

namespace apogee::cli {

namespace {

/// Takes parts off the front of a text.
class scanner {
public:
  explicit scanner(std::string_view text) : rest_(text) {}

  bool is_at_end() const { return rest_.empty(); }

  bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected)
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Exactly `digits` decimal digits.
  std::optional<int> number(std::size_t digits) {
    int value = 0;
    if (rest_.size() < digits)
      return {};
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9')
        return {};
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }

  /// A fraction's digits as milliseconds; those behind the third are dropped.
  std::optional<int> milliseconds() {
    int value = 0;
    int digits = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      if (digits < 3)
        value = value * 10 + (rest_.front() - '0');
      ++digits;
      rest_.remove_prefix(1);
    }
    if (digits == 0)
      return {};
    for (; digits < 3; ++digits)
      value *= 10;
    return value;
  }

private:
  std::string_view rest_;
};

std::optional<std::int64_t> parse_clock(scanner& in) {
  const auto hours = in.number(2);
  if (!hours || *hours > 23 || !in.take(':'))
    return {};
  const auto minutes = in.number(2);
  if (!minutes || *minutes > 59)
    return {};
  std::int64_t time_ms = (*hours * 60 + *minutes) * 60'000;
  if (in.take(':')) {
    const auto seconds = in.number(2);
    if (!seconds || *seconds > 60)
      return {};
    time_ms += *seconds * 1000;
    if (in.take('.')) {
      const auto fraction = in.milliseconds();
      if (!fraction)
        return {};
      time_ms += *fraction;
    }
  }
  return time_ms;
}

/// What has to be subtracted to get to UTC.
std::optional<std::int64_t> parse_zone(scanner& in) {
  if (in.take('Z') || in.is_at_end())
    return 0;
  const bool is_east = in.take('+');
  if (!is_east && !in.take('-'))
    return {};
  const auto hours = in.number(2);
  in.take(':');
  const auto minutes = in.number(2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59)
    return {};
  const std::int64_t offset_ms = (*hours * 60 + *minutes) * 60'000;
  return is_east ? offset_ms : -offset_ms;
}

std::optional<std::int64_t> parse_iso(scanner in) {
  const auto year = in.number(4);
  if (!year || !in.take('-'))
    return {};
  const auto month = in.number(2);
  if (!month || !in.take('-'))
    return {};
  const auto day = in.number(2);
  if (!day)
    return {};
  const std::chrono::year_month_day date{
    std::chrono::year{*year}, std::chrono::month(static_cast<unsigned>(*month)),
    std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok())
    return {};
  std::int64_t time_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                           std::chrono::sys_days{date}.time_since_epoch())
                           .count();
  if (in.is_at_end())
    return time_ms;
  if (!in.take('T') && !in.take(' '))
    return {};
  const auto clock = parse_clock(in);
  if (!clock)
    return {};
  const auto zone = parse_zone(in);
  if (!zone || !in.is_at_end())
    return {};
  return time_ms + *clock - *zone;
}

} // namespace

result<std::int64_t> parse_time(std::string_view text) {
  std::int64_t time_ms = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, time_ms);
  if (!text.empty() && error == std::errc{} && rest == end && time_ms >= 0)
    return time_ms;
  if (const auto iso = parse_iso(scanner{text}))
    return *iso;
  return {errc::invalid_argument,
          "'" + std::string{text}
            + "' is not a time; write 2024-05-01T12:30:00Z (without a zone it "
              "is UTC), 2024-05-01, or milliseconds since 1970"};
}

std::string format_time(std::int64_t time_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds{time_ms}};
  const auto days = floor<std::chrono::days>(time);
  const year_month_day date{days};
  const hh_mm_ss clock{time - days};
  return fmt::format(
    "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
    clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
    clock.subseconds().count());
}

} // namespace apogee::cli
