#include "messages/remoting_bodies/json_document.hpp"

#include "messages/remoting_bodies/unicode.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace apogee::remoting {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Characters of a number, of true, false and null, and of a bare key.
bool is_bare(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || c == '_' || c == '$' || c == '+' || c == '-' || c == '.';
}

std::size_t digits_at(std::string_view text) {
  const auto* end = std::find_if_not(text.begin(), text.end(), is_digit);
  return static_cast<std::size_t>(end - text.begin());
}

bool is_number(std::string_view text) {
  if (text.starts_with('-'))
    text.remove_prefix(1);
  auto digits = digits_at(text);
  if (digits == 0)
    return false;
  text.remove_prefix(digits);
  if (text.starts_with('.')) {
    digits = digits_at(text.substr(1));
    if (digits == 0)
      return false;
    text.remove_prefix(1 + digits);
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+'))
      text.remove_prefix(1);
    digits = digits_at(text);
    if (digits == 0)
      return false;
    text.remove_prefix(digits);
  }
  return text.empty();
}

/// What a backslash and `c` stand for, other than \u and \x; 0 for nothing.
char unescaped(char c) {
  switch (c) {
  case 'b':
    return '\b';
  case 'f':
    return '\f';
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 't':
    return '\t';
  case 'v':
    return '\v';
  case '"':
  case '\'':
  case '/':
  case '\\':
    return c;
  default:
    return 0;
  }
}

} // namespace

/// Descends once for each map or list, at most json_depth_max times.
class json_reader {
public:
  explicit json_reader(std::string_view text) : text_(text) {}

  result<json_document> read() {
    if (!read_value(0))
      return failure{errc::malformed, std::move(problem_)};
    skip_blanks();
    if (at_ != text_.size()) {
      fail("something stands behind the document");
      return failure{errc::malformed, std::move(problem_)};
    }
    return std::move(document_);
  }

private:
  bool fail(std::string_view what) {
    problem_ = "byte " + std::to_string(at_) + ": ";
    problem_ += at_ == text_.size() ? "the body ends too early" : what;
    return false;
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_]))
      ++at_;
  }

  /// The next character that is no blank, or 0 at the end.
  char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool take(char c) {
    if (peek() != c || at_ == text_.size())
      return false;
    ++at_;
    return true;
  }

  bool add(json_kind kind, std::string_view text = {}) {
    if (document_.nodes_.size() == json_values_max)
      return fail("more than " + std::to_string(json_values_max) + " values");
    document_.nodes_.push_back({text, 1, kind});
    return true;
  }

  bool read_value(unsigned depth) {
    switch (peek()) {
    case '{':
      return read_all(json_kind::map, '}', depth);
    case '[':
      return read_all(json_kind::list, ']', depth);
    case '"':
    case '\'':
      return read_text();
    default:
      return read_bare_value();
    }
  }

  /// A map or a list.
  bool read_all(json_kind kind, char end, unsigned depth) {
    if (depth == json_depth_max)
      return fail("nested deeper than " + std::to_string(json_depth_max));
    const auto self = document_.nodes_.size();
    if (!add(kind))
      return false;
    ++at_;
    if (!take(end)) {
      do {
        if (kind == json_kind::map && !read_key(depth + 1))
          return false;
        if (!read_value(depth + 1))
          return false;
      } while (take(','));
      if (!take(end))
        return fail(end == '}' ? "',' or '}' is wanted"
                               : "',' or ']' is wanted");
    }
    document_.nodes_[self].nodes =
      static_cast<std::uint32_t>(document_.nodes_.size() - self);
    return true;
  }

  bool read_key(unsigned depth) {
    const auto c = peek();
    if (c == '{') {
      if (!read_all(json_kind::map, '}', depth))
        return false;
    } else if (c == '"' || c == '\'') {
      if (!read_text())
        return false;
    } else {
      const auto word = take_bare();
      if (word.empty())
        return fail("a key is wanted");
      if (!add(json_kind::text, word))
        return false;
    }
    return take(':') || fail("':' is wanted");
  }

  std::string_view take_bare() {
    const auto start = at_;
    while (at_ < text_.size() && is_bare(text_[at_]))
      ++at_;
    return text_.substr(start, at_ - start);
  }

  bool read_bare_value() {
    const auto start = at_;
    const auto word = take_bare();
    // A number is not known to be whole before something stands behind it.
    if (word == "true" || word == "false")
      return add(json_kind::boolean, word);
    if (word == "null")
      return add(json_kind::null, word);
    if (is_number(word))
      return add(json_kind::number, word);
    if (at_ != text_.size())
      at_ = start;
    return fail("a value is wanted");
  }

  bool read_text() {
    const auto quote = text_[at_++];
    const auto start = at_;
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\\')
      ++at_;
    if (at_ == text_.size())
      return fail({});
    if (text_[at_] == quote) {
      ++at_;
      return add(json_kind::text, text_.substr(start, at_ - 1 - start));
    }
    auto& decoded =
      document_.decoded_.emplace_back(text_.substr(start, at_ - start));
    for (; at_ < text_.size() && text_[at_] != quote;) {
      if (text_[at_] != '\\')
        decoded += text_[at_++];
      else if (!read_escape(decoded))
        return false;
    }
    if (at_ == text_.size())
      return fail({});
    ++at_;
    return add(json_kind::text, decoded);
  }

  bool read_escape(std::string& out) {
    if (++at_ == text_.size())
      return fail({});
    const auto c = text_[at_];
    if (c == 'u') {
      ++at_;
      const auto code_point = read_utf16_escape(text_, at_);
      if (!code_point)
        return fail("\\u wants four hexadecimal digits");
      append_utf8(out, *code_point);
      return true;
    }
    const auto plain = unescaped(c);
    if (plain == 0)
      return fail("an unknown escape");
    out += plain;
    ++at_;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string problem_;
  json_document document_;
};

result<json_document> read_json(std::string_view text) {
  return json_reader{text}.read();
}

} // namespace apogee::remoting
