#include "config/ini.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace apogee::config {

namespace {

bool is_digit(char ch) {
  return ch >= '0' && ch <= '9';
}

bool is_name_character(char ch) {
  return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || is_digit(ch)
         || ch == '_' || ch == '-';
}

bool is_control(char ch) {
  return static_cast<unsigned char>(ch) < 0x20 || ch == 0x7f;
}

class ini_reader {
public:
  explicit ini_reader(std::string_view content) : content_(content) {}

  ini_file read() {
    if (content_.find('\0') != std::string_view::npos)
      refuse("the file holds a zero byte; it is not a text");
    else
      refuse_foreign_encoding();
    while (!at_end() && file_.problems.size() < ini_problems_max)
      read_line();
    return std::move(file_);
  }

private:
  // -- characters -------------------------------------------------------------

  bool at_end() const { return position_ >= content_.size(); }

  char peek() const { return at_end() ? '\n' : content_[position_]; }

  void advance() {
    if (peek() == '\n')
      ++line_;
    ++position_;
  }

  void skip_spaces() {
    while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\r'))
      advance();
  }

  void skip_rest_of_line() {
    while (!at_end() && peek() != '\n')
      advance();
  }

  std::string_view written_since(std::size_t start) const {
    return content_.substr(start, position_ - start);
  }

  void refuse(std::string text) {
    file_.problems.push_back({line_, std::move(text)});
  }

  void refuse_line(std::string text) {
    refuse(std::move(text));
    skip_rest_of_line();
  }

  void refuse_foreign_encoding() {
    if (content_.starts_with("\xEF\xBB\xBF")) {
      refuse("the file starts with a byte order mark; save it without");
      position_ = 3;
    }
    auto bad = content_.find('\r');
    if (bad == std::string_view::npos)
      return;
    auto lines =
      std::count(content_.begin(),
                 content_.begin() + static_cast<std::ptrdiff_t>(bad), '\n');
    file_.problems.push_back(
      {static_cast<std::size_t>(lines) + 1,
       "carriage return at the end of the line; save the file with Unix line "
       "endings"});
  }

  // -- lines ------------------------------------------------------------------

  void read_line() {
    skip_spaces();
    if (at_end())
      return;
    auto ch = peek();
    if (ch == '\n')
      advance();
    else if (ch == ';')
      skip_rest_of_line();
    else if (ch == '#')
      refuse_line("'#' does not start a comment; use ';'");
    else if (ch == '[')
      read_section();
    else if (is_name_character(ch))
      read_entry();
    else
      refuse_line("expected '[section]', 'key = value' or a comment after ';'");
  }

  void read_section() {
    auto line = line_;
    advance();
    auto start = position_;
    while (!at_end() && peek() != ']' && peek() != '\n')
      advance();
    if (peek() != ']') {
      refuse_line("missing ']' after the section's name");
      return;
    }
    std::string name{trimmed(written_since(start))};
    advance();
    if (name.empty() || !std::all_of(name.begin(), name.end(), [](char ch) {
          return is_name_character(ch) || ch == '.';
        })) {
      refuse_line("'" + printable(name) + "' is not the name of a section");
      return;
    }
    section_ = name;
    file_.sections.push_back({line, std::move(name)});
    finish_line("the section's name");
  }

  void read_entry() {
    auto line = line_;
    auto start = position_;
    while (is_name_character(peek()) || peek() == '.')
      advance();
    std::string key{written_since(start)};
    skip_spaces();
    if (peek() == '{') {
      refuse("'" + key + " { … }' reaches no setting; write '[" + key
             + "]' and its keys on lines of their own");
      skip_braces();
      return;
    }
    if (peek() != '=') {
      refuse_line("expected '=' after '" + key + "'");
      return;
    }
    advance();
    skip_spaces();
    auto value = read_value(key);
    if (!value)
      return;
    if (section_.empty())
      file_.problems.push_back(
        {line, "'" + key + "' stands before the first [section]"});
    else
      file_.entries.push_back({line, section_, key, std::move(*value)});
    finish_line("the value of '" + key + "'");
  }

  /// Only blanks or a comment may follow on the line.
  void finish_line(const std::string& after) {
    skip_spaces();
    if (peek() == '\n' || peek() == ';')
      skip_rest_of_line();
    else if (peek() == '#')
      refuse_line("'#' does not start a comment; use ';'");
    else
      refuse_line("unexpected text after " + after);
  }

  /// Skips to the brace that closes the one at the cursor.
  void skip_braces() {
    std::size_t depth = 0;
    do {
      if (peek() == '{')
        ++depth;
      if (peek() == '}')
        --depth;
      advance();
    } while (!at_end() && depth > 0);
    skip_rest_of_line();
  }

  // -- values -----------------------------------------------------------------

  /// Nothing when the value was refused; the cursor is at its line's end then.
  std::optional<ini_value> read_value(const std::string& key) {
    auto start = position_;
    std::optional<ini_value> value;
    switch (peek()) {
    case '"':
      value = read_quoted(ini_form::text);
      break;
    case '\'':
      value = read_quoted(ini_form::atom);
      break;
    case '[':
      value = read_list();
      break;
    case '{':
      refuse("'" + key + "' cannot be a map");
      skip_braces();
      break;
    case '\n':
    case ';':
      refuse_line("'" + key + "' has no value");
      break;
    default:
      value = read_bare();
    }
    if (value)
      value->literal = written_since(start);
    return value;
  }

  ini_value read_bare() {
    auto start = position_;
    while (!at_end() && peek() != ';' && peek() != ' ' && !is_control(peek()))
      advance();
    return read_bare_value(written_since(start));
  }

  std::optional<ini_value> read_quoted(ini_form form) {
    auto quote = peek();
    advance();
    ini_value value{form, {}, {}, {}};
    while (peek() != quote) {
      if (at_end() || peek() == '\n') {
        refuse_line(std::string{"missing closing "} + quote);
        return std::nullopt;
      }
      if (is_control(peek()) && peek() != '\t') {
        refuse_line("control character in a text");
        return std::nullopt;
      }
      auto ch = peek();
      if (ch == '\\' && form == ini_form::text) {
        advance();
        auto meant = unescaped(peek());
        if (!meant) {
          refuse_line("unknown escape in a text; known are \\n \\r \\t \\\\ "
                      "\\\"");
          return std::nullopt;
        }
        ch = *meant;
      }
      value.text += ch;
      advance();
    }
    advance();
    return value;
  }

  std::optional<ini_value> read_list() {
    ini_value value{ini_form::list, {}, {}, {}};
    advance();
    skip_between_items();
    while (peek() != ']' || at_end()) {
      std::optional<ini_value> item;
      if (!at_end() && peek() == '"')
        item = read_quoted(ini_form::text);
      else if (!at_end() && peek() == '\'')
        item = read_quoted(ini_form::atom);
      else
        refuse_line("expected a text in quotes or ']' in the list");
      if (!item)
        return std::nullopt;
      value.items.push_back(std::move(item->text));
      skip_between_items();
      if (!at_end() && peek() == ',') {
        advance();
        skip_between_items();
      } else if (at_end() || peek() != ']') {
        refuse_line("expected ',' or ']' in the list");
        return std::nullopt;
      }
    }
    advance();
    return value;
  }

  /// A list may go on over several lines, with comments in between.
  void skip_between_items() {
    for (skip_spaces(); !at_end() && (peek() == '\n' || peek() == ';');
         skip_spaces()) {
      if (peek() == ';')
        skip_rest_of_line();
      else
        advance();
    }
  }

  static std::optional<char> unescaped(char ch) {
    switch (ch) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '\\':
    case '"':
      return ch;
    default:
      return std::nullopt;
    }
  }

  static std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
      text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
      text.remove_suffix(1);
    return text;
  }

  static std::string printable(std::string text) {
    std::replace_if(text.begin(), text.end(), is_control, '?');
    return text;
  }

  std::string_view content_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
  std::string section_;
  ini_file file_;
};

} // namespace

ini_file read_ini(std::string_view content) {
  return ini_reader{content}.read();
}

ini_value read_bare_value(std::string_view text) {
  static constexpr std::array<std::string_view, 6> units{"ns", "us",  "ms",
                                                         "s",  "min", "h"};
  ini_value value{ini_form::bare, std::string{text}, {}, std::string{text}};
  if (text == "true" || text == "false") {
    value.form = ini_form::flag;
    return value;
  }
  if (text.starts_with('-') || text.starts_with('+'))
    text.remove_prefix(1);
  auto digits =
    text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
  // CAF takes a leading zero for octal: refuse it rather than read it
  // otherwise.
  if (digits.empty() || (digits.size() > 1 && digits.front() == '0'))
    return value;
  auto unit = text.substr(digits.size());
  if (unit.empty())
    value.form = ini_form::number;
  else if (std::find(units.begin(), units.end(), unit) != units.end())
    value.form = ini_form::duration;
  return value;
}

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (auto ch : text) {
    switch (ch) {
    case '\n':
      result += "\\n";
      break;
    case '\r':
      result += "\\r";
      break;
    case '\t':
      result += "\\t";
      break;
    case '"':
    case '\\':
      result += '\\';
      [[fallthrough]];
    default:
      result += ch;
    }
  }
  result += '"';
  return result;
}

} // namespace apogee::config
