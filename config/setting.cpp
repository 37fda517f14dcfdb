#include "config/setting.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace apogee::config {

namespace {

/// Longest text that names something: a node, a cluster.
constexpr std::size_t name_size_max = 127;

/// A unit and how many of the base unit (bytes, milliseconds) it stands for.
struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array size_units{unit{"TiB", 1024 * gib}, unit{"GiB", gib},
                                unit{"MiB", mib}, unit{"KiB", kib}};

constexpr std::array duration_units{unit{"h", 3'600'000}, unit{"min", 60'000},
                                    unit{"s", 1'000}, unit{"ms", 1}};

constexpr std::array fine_duration_units{unit{"us", 1'000},
                                         unit{"ns", 1'000'000}};

struct quantity {
  std::uint64_t count = 0;
  std::string_view unit;
};

/// Nothing when `text` is not digits and a unit, or too large to count.
std::optional<quantity> read_quantity(std::string_view text) {
  quantity result;
  auto end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, result.count);
  if (error != std::errc{})
    return std::nullopt;
  result.unit = {rest, static_cast<std::size_t>(end - rest)};
  return result;
}

template <class Units>
std::optional<std::uint64_t> in_base_unit(const quantity& q,
                                          const Units& units) {
  for (const auto& u : units) {
    if (u.name != q.unit)
      continue;
    if (q.count > std::numeric_limits<std::uint64_t>::max() / u.factor)
      return std::nullopt;
    return q.count * u.factor;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> read_size(std::string_view text) {
  auto q = read_quantity(text);
  if (!q || q->unit.empty())
    return q ? std::optional{q->count} : std::nullopt;
  return in_base_unit(*q, size_units);
}

std::optional<std::uint64_t> read_duration(std::string_view text) {
  auto q = read_quantity(text.starts_with('+') ? text.substr(1) : text);
  if (!q)
    return std::nullopt;
  for (const auto& u : fine_duration_units)
    if (u.name == q->unit && q->count % u.factor == 0)
      return q->count / u.factor;
  return in_base_unit(*q, duration_units);
}

template <class Units>
std::string in_largest_unit(std::uint64_t count, const Units& units,
                            std::string_view otherwise) {
  for (const auto& u : units)
    if (count > 0 && count % u.factor == 0)
      return std::to_string(count / u.factor) + std::string{u.name};
  return std::to_string(count) + std::string{otherwise};
}

/// A bound or a value for reading: 64MiB, 10s, 10911.
std::string plain(setting_kind kind, std::uint64_t count) {
  switch (kind) {
  case setting_kind::size:
    return in_largest_unit(count, size_units, "");
  case setting_kind::duration:
    return in_largest_unit(count, duration_units, "s");
  default:
    return std::to_string(count);
  }
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_size_max
         && std::all_of(text.begin(), text.end(), [](char ch) {
              return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z')
                     || (ch >= '0' && ch <= '9') || ch == '-' || ch == '_'
                     || ch == '.';
            });
}

bool is_host_and_port(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0)
    return false;
  auto port = read_quantity(text.substr(colon + 1));
  return port && port->unit.empty() && port->count >= 1 && port->count <= 65535
         && text.find_first_of(" \t") == std::string_view::npos;
}

bool is_advertised(std::string_view text) {
  // Nobody can connect to all addresses of a machine.
  const auto is_any =
    text.starts_with("0.0.0.0") || text == "::" || text.starts_with("[::]");
  // All of a bare IPv6 address is a host; in brackets it has a port.
  const auto colons = std::count(text.begin(), text.end(), ':');
  const auto is_bracketed = text.starts_with('[');
  const auto has_port = colons == 1 || is_bracketed;
  return !text.empty() && !is_any && (!has_port || is_host_and_port(text))
         && (!is_bracketed || text.rfind("]:") == text.rfind(':') - 1)
         && text.find_first_of(" \t") == std::string_view::npos;
}

bool obeys(text_rule rule, std::string_view text) {
  switch (rule) {
  case text_rule::filled:
    return !text.empty();
  case text_rule::name:
    return is_name(text);
  case text_rule::host_and_port:
    return is_host_and_port(text);
  case text_rule::advertised:
    return is_advertised(text);
  default:
    return true;
  }
}

std::string expected_text(text_rule rule) {
  switch (rule) {
  case text_rule::filled:
    return "a text in quotes that is not empty";
  case text_rule::name:
    return "a name in quotes of 1 to 127 letters, digits, '-', '_' and '.'";
  case text_rule::host_and_port:
    return "an address in quotes like \"127.0.0.1:9876\"";
  case text_rule::advertised:
    return "\"auto\", or an address in quotes that clients reach, like "
           "\"mq.example.org\" or \"10.0.0.1:10911\"";
  default:
    return "a text in quotes";
  }
}

bool is_choice(const setting& s, const std::string& text) {
  return s.choices.empty()
         || std::find(s.choices.begin(), s.choices.end(), text)
              != s.choices.end();
}

/// `"a", "b" or "c"`.
std::string in_words(const std::vector<std::string>& choices) {
  std::string out;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (i > 0)
      out += i + 1 < choices.size() ? ", " : " or ";
    out += "\"" + choices[i] + "\"";
  }
  return out;
}

std::string expected_value(const setting& s) {
  switch (s.words.kind) {
  case setting_kind::text:
    return s.choices.empty() ? expected_text(s.rule) : in_words(s.choices);
  case setting_kind::list:
    return s.rule == text_rule::host_and_port
             ? "a list of addresses like [\"127.0.0.1:9876\"]"
             : "a list of texts like [\"a\", \"b\"]";
  case setting_kind::flag:
    return "true or false";
  case setting_kind::number:
    return "a number between " + s.words.low + " and " + s.words.high;
  case setting_kind::size:
    return "a size like \"64MiB\" between " + s.words.low + " and "
           + s.words.high;
  case setting_kind::duration:
    return "a duration like 250ms, 10s or 5min between " + s.words.low + " and "
           + s.words.high;
  }
  return {};
}

/// The number that `value` stands for, if it is of the right kind.
std::optional<std::uint64_t> count_of(setting_kind kind,
                                      const ini_value& value) {
  auto is = [&](ini_form form) { return value.form == form; };
  std::string_view text = value.text;
  if (is(ini_form::number) && text.starts_with('+'))
    text.remove_prefix(1);
  switch (kind) {
  case setting_kind::number:
    return is(ini_form::number) && !text.starts_with('-') ? read_size(text)
                                                          : std::nullopt;
  case setting_kind::size:
    return is(ini_form::number) || is(ini_form::text) ? read_size(text)
                                                      : std::nullopt;
  case setting_kind::duration:
    return is(ini_form::duration) ? read_duration(text) : std::nullopt;
  default:
    return std::nullopt;
  }
}

bool store_count(const setting& s, std::uint64_t count) {
  if (count < s.low || count > s.high)
    return false;
  // The bounds are of the member's own type, so the value fits.
  if (auto* p16 = std::get_if<std::uint16_t*>(&s.member))
    **p16 = static_cast<std::uint16_t>(count);
  else if (auto* p32 = std::get_if<std::uint32_t*>(&s.member))
    **p32 = static_cast<std::uint32_t>(count);
  else if (auto* p64 = std::get_if<std::uint64_t*>(&s.member))
    **p64 = count;
  else
    *std::get<milliseconds*>(s.member) =
      milliseconds{static_cast<milliseconds::rep>(count)};
  return true;
}

std::string got(const setting& s, const ini_value& value) {
  auto text = ", got " + value.literal;
  if (value.form != ini_form::bare)
    return text;
  auto wants_quotes =
    s.words.kind == setting_kind::text || s.words.kind == setting_kind::size;
  if (wants_quotes)
    return text + " without quotes";
  if (value.text.size() > 1 && value.text.front() == '0')
    return text + " (a leading zero would mean octal)";
  return text;
}

ini_value read_argument_list(std::string_view text) {
  if (text.starts_with('[')) {
    auto file = read_ini("[a]\nb = " + std::string{text});
    if (file.problems.empty() && file.entries.size() == 1)
      return file.entries.front().value;
    return {ini_form::bare, std::string{text}, {}, std::string{text}};
  }
  ini_value value{ini_form::list, {}, {}, std::string{text}};
  while (!text.empty()) {
    auto comma = std::min(text.find(','), text.size());
    value.items.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return value;
}

} // namespace

std::string_view to_string(setting_kind kind) {
  static constexpr std::array<std::string_view, 6> names{
    "text", "number", "duration", "size", "flag", "list"};
  return names[static_cast<std::size_t>(kind)];
}

std::optional<std::string> setting::assign(const ini_value& value) {
  auto refused = [&] {
    return "expected " + words.expected + got(*this, value);
  };
  switch (words.kind) {
  case setting_kind::text:
    if (value.form != ini_form::text || !obeys(rule, value.text)
        || !is_choice(*this, value.text))
      return refused();
    *std::get<std::string*>(member) = value.text;
    return std::nullopt;
  case setting_kind::list:
    if (value.form != ini_form::list
        || !std::all_of(value.items.begin(), value.items.end(),
                        [&](const auto& item) { return obeys(rule, item); }))
      return refused();
    *std::get<std::vector<std::string>*>(member) = value.items;
    return std::nullopt;
  case setting_kind::flag:
    if (value.form != ini_form::flag)
      return refused();
    *std::get<bool*>(member) = value.text == "true";
    return std::nullopt;
  default:
    if (auto count = count_of(words.kind, value);
        !count || !store_count(*this, *count))
      return refused();
    return std::nullopt;
  }
}

std::optional<std::string> setting::assign_argument(std::string_view text) {
  ini_value value;
  auto is_quoted = text.size() > 1 && text.front() == '"' && text.back() == '"';
  if (words.kind == setting_kind::list)
    value = read_argument_list(text);
  else if (words.kind == setting_kind::text || words.kind == setting_kind::size)
    value = {ini_form::text,
             std::string{is_quoted ? text.substr(1, text.size() - 2) : text},
             {},
             std::string{text}};
  else
    value = read_bare_value(text);
  return assign(value);
}

std::string setting::written() const {
  if (auto* text = std::get_if<std::string*>(&member))
    return in_quotes(**text);
  if (auto* flag = std::get_if<bool*>(&member))
    return **flag ? "true" : "false";
  if (auto* duration = std::get_if<milliseconds*>(&member))
    return plain(words.kind, static_cast<std::uint64_t>((*duration)->count()));
  if (auto* items = std::get_if<std::vector<std::string>*>(&member)) {
    std::string result;
    for (const auto& item : **items)
      result += (result.empty() ? "" : ", ") + in_quotes(item);
    return "[" + result + "]";
  }
  std::uint64_t count = 0;
  if (auto* p16 = std::get_if<std::uint16_t*>(&member))
    count = **p16;
  else if (auto* p32 = std::get_if<std::uint32_t*>(&member))
    count = **p32;
  else
    count = *std::get<std::uint64_t*>(member);
  auto text = plain(words.kind, count);
  auto has_unit = text.find_first_not_of("0123456789") != std::string::npos;
  return has_unit ? in_quotes(text) : text;
}

void fill_words(setting& s) {
  auto& words = s.words;
  if (words.kind == setting_kind::number || words.kind == setting_kind::size
      || words.kind == setting_kind::duration) {
    words.low = plain(words.kind, s.low);
    words.high = plain(words.kind, s.high);
  }
  words.expected = expected_value(s);
  words.unset = words.value = s.written();
  words.origin = "default";
}

void setting_collector::add(std::string key, setting_kind kind,
                            setting::member_pointer member,
                            std::string sentence, std::uint64_t low,
                            std::uint64_t high, text_rule rule,
                            std::vector<std::string> choices) {
  setting added;
  added.words.section = section_;
  added.words.key = std::move(key);
  added.words.kind = kind;
  added.words.sentence = std::move(sentence);
  added.member = member;
  added.rule = rule;
  added.choices = std::move(choices);
  added.low = low;
  added.high = high;
  fill_words(added);
  settings_.push_back(std::move(added));
}

} // namespace apogee::config
