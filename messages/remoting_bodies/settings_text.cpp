#include "messages/remoting_bodies/settings_text.hpp"

#include "messages/remoting_bodies/unicode.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace apogee::remoting {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}

bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}

class settings_reader {
public:
  explicit settings_reader(std::string_view text) : text_(text) {}

  result<std::map<std::string, std::string>> read() {
    std::map<std::string, std::string> settings;
    while (skip_to_setting()) {
      std::string name;
      std::string value;
      if (!read_part(name, true))
        return problem();
      skip_separator();
      if (!read_part(value, false))
        return problem();
      settings[std::move(name)] = std::move(value);
    }
    return settings;
  }

private:
  failure problem() const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + at_, '\n');
    return {errc::malformed, "settings: line " + std::to_string(line)
                               + ": \\u wants four hexadecimal digits"};
  }

  bool is_end() const { return at_ == text_.size(); }

  /// Passes empty lines and comments; false at the end.
  bool skip_to_setting() {
    while (!is_end()) {
      const auto c = text_[at_];
      if (c == '#' || c == '!') {
        while (!is_end() && !is_line_end(text_[at_]))
          ++at_;
      } else if (is_blank(c) || is_line_end(c)) {
        ++at_;
      } else {
        return true;
      }
    }
    return false;
  }

  /// A line's end behind a backslash, with the blanks the next line starts
  /// with, is nothing.
  bool skip_continuation() {
    if (text_[at_] != '\\' || at_ + 1 == text_.size()
        || !is_line_end(text_[at_ + 1]))
      return false;
    at_ += text_.substr(at_ + 1, 2) == "\r\n" ? 3 : 2;
    skip_blanks();
    return true;
  }

  void skip_blanks() {
    while (!is_end() && is_blank(text_[at_]))
      ++at_;
  }

  void skip_blanks_of_setting() {
    skip_blanks();
    while (!is_end() && skip_continuation()) {
    }
  }

  /// Blanks, at most one '=' or ':', blanks.
  void skip_separator() {
    skip_blanks_of_setting();
    if (is_end() || (text_[at_] != '=' && text_[at_] != ':'))
      return;
    ++at_;
    skip_blanks_of_setting();
  }

  bool read_part(std::string& out, bool is_name) {
    while (!is_end() && !is_line_end(text_[at_])) {
      const auto c = text_[at_];
      if (is_name && (is_blank(c) || c == '=' || c == ':'))
        return true;
      if (c != '\\') {
        out += c;
        ++at_;
      } else if (!skip_continuation() && !read_escape(out)) {
        return false;
      }
    }
    return true;
  }

  bool read_escape(std::string& out) {
    ++at_;
    if (is_end())
      return true;
    const auto c = text_[at_++];
    if (c == 'u') {
      const auto code_point = read_utf16_escape(text_, at_);
      if (code_point)
        append_utf8(out, *code_point);
      return code_point.has_value();
    }
    constexpr std::string_view letters = "tnrf";
    constexpr std::string_view meanings = "\t\n\r\f";
    const auto found = letters.find(c);
    out += found == std::string_view::npos ? c : meanings[found];
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void append_escaped(std::string& out, std::string_view text, bool is_name) {
  constexpr std::string_view special_in_names = " =:#!";
  auto is_first = true;
  while (!text.empty()) {
    const auto step = next_code_point(text);
    const auto c = text.front();
    if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\f')
      out += "\\f";
    else if (step.code_point > 0x7E || step.code_point < 0x20)
      append_utf16_escape(out, step.code_point);
    else {
      const auto is_special =
        c == '\\' || (is_first && c == ' ')
        || (is_name && special_in_names.find(c) != std::string_view::npos);
      if (is_special)
        out += '\\';
      out += c;
    }
    text.remove_prefix(step.bytes);
    is_first = false;
  }
}

} // namespace

result<std::map<std::string, std::string>>
parse_settings(std::string_view text) {
  return settings_reader{text}.read();
}

std::string write_settings(const std::map<std::string, std::string>& settings) {
  std::string out;
  for (const auto& [name, value] : settings) {
    append_escaped(out, name, true);
    out += '=';
    append_escaped(out, value, false);
    out += '\n';
  }
  return out;
}

} // namespace apogee::remoting
