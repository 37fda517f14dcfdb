#include "actors/core/delay_levels.hpp"

#include <charconv>
#include <cstdint>
#include <string>

namespace apogee::core {

namespace {

using std::chrono::milliseconds;

/// 0: it is no unit.
std::int64_t unit_ms(char unit) {
  switch (unit) {
  case 's':
    return 1'000;
  case 'm':
    return 60'000;
  case 'h':
    return 3'600'000;
  case 'd':
    return 86'400'000;
  default:
    return 0;
  }
}

/// Not positive: it is no delay.
milliseconds parse_delay(std::string_view word) {
  constexpr std::int64_t number_max = 1'000'000;
  std::int64_t number = 0;
  const auto* end = word.data() + word.size() - 1;
  const auto parsed = std::from_chars(word.data(), end, number);
  if (parsed.ec != std::errc{} || parsed.ptr != end || number > number_max)
    return milliseconds{0};
  return milliseconds{number * unit_ms(*end)};
}

} // namespace

result<delay_levels> delay_levels::parse(std::string_view text) {
  delay_levels out;
  for (auto rest = text; !rest.empty();) {
    const auto end = std::min(rest.find(' '), rest.size());
    const auto word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (word.empty())
      continue;
    const auto delay = parse_delay(word);
    if (delay <= milliseconds{0})
      return {errc::invalid_argument, "a delay level is a number with s, m, h "
                                      "or d, such as 10s, not '"
                                        + std::string{word} + "'"};
    out.delays_.push_back(delay);
  }
  if (out.count() == 0 || out.count() > count_max)
    return {errc::invalid_argument,
            "there are 1 to " + std::to_string(count_max)
              + " delay levels, not " + std::to_string(out.count())};
  return out;
}

int delay_levels::at_least(milliseconds delay) const {
  auto level = 1;
  while (level < count() && this->delay(level) < delay)
    ++level;
  return level;
}

} // namespace apogee::core
