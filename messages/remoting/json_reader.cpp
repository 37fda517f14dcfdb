#include "messages/remoting/json_reader.hpp"

#include "messages/remoting/byte_search.hpp"

#include <bit>
#include <cstring>

namespace apogee::remoting {

namespace {

/// The first quote or backslash, or `end`.
const char* find_special(const char* at, const char* end) {
  if constexpr (std::endian::native == std::endian::little) {
    while (end - at >= 8) {
      const auto word = load_word(at);
      const auto found = bytes_equal(word, '"') | bytes_equal(word, '\\');
      if (found != 0)
        return at + std::countr_zero(found) / 8;
      at += 8;
    }
  }
  while (at != end && *at != '"' && *at != '\\')
    ++at;
  return at;
}

char* append_utf8(char* to, std::uint32_t point) {
  const auto put = [&to](std::uint32_t byte) {
    *to++ = static_cast<char>(byte);
  };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | point >> 6);
    put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3f));
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  }
  return to;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_high_surrogate(std::uint32_t unit) {
  return unit >> 10 == 0xd800 >> 10;
}

bool is_low_surrogate(std::uint32_t unit) {
  return unit >> 10 == 0xdc00 >> 10;
}

constexpr std::uint32_t replacement_character = 0xfffd;

/// Which brackets are open, as bits: the innermost one is the lowest.
class open_brackets {
public:
  bool push(bool is_object) {
    if (depth_ == json_reader::depth_max)
      return false;
    kinds_ = kinds_ << 1 | static_cast<std::uint64_t>(is_object);
    ++depth_;
    return true;
  }

  void pop() {
    kinds_ >>= 1;
    --depth_;
  }

  bool is_object() const { return (kinds_ & 1) != 0; }

  bool empty() const { return depth_ == 0; }

private:
  static_assert(json_reader::depth_max <= 64);

  std::uint64_t kinds_ = 0;
  std::size_t depth_ = 0;
};

} // namespace

void json_reader::skip_space() {
  while (at_ != end_
         && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
    ++at_;
}

bool json_reader::take(char c) {
  skip_space();
  if (at_ == end_ || *at_ != c)
    return false;
  ++at_;
  return true;
}

bool json_reader::expect(char c, const char* else_why) {
  return take(c) || fail(else_why);
}

bool json_reader::read_key(std::string_view& key) {
  return expect('"', "a member's name is expected") && read_string(key)
         && expect(':', "a colon is expected");
}

bool json_reader::read_separator() {
  if (take(','))
    return true;
  expect('}', "a comma or a closing brace is expected");
  return false;
}

bool json_reader::expect_end() {
  skip_space();
  return at_ == end_ || fail("something follows the header");
}

bool json_reader::read_value(json_value& value) {
  skip_space();
  if (at_ == end_)
    return fail("a value is missing");
  const auto* from = at_;
  switch (*at_) {
  case '"':
    ++at_;
    value.type = json_value::kind::string;
    return read_string(value.text);
  case '{':
  case '[':
    if (!skip_nested())
      return false;
    value.type = json_value::kind::nested;
    value.text = {from, static_cast<std::size_t>(at_ - from)};
    return true;
  default:
    return read_scalar(value);
  }
}

/// Behind the opening quote.
bool json_reader::read_string(std::string_view& text) {
  const auto* from = at_;
  at_ = find_special(at_, end_);
  if (at_ == end_)
    return fail("a string does not end");
  if (*at_ == '\\')
    return unescape(from, text);
  text = {from, static_cast<std::size_t>(at_ - from)};
  ++at_;
  return true;
}

/// At the first backslash of a string that begins at `from`.
bool json_reader::unescape(const char* from, std::string_view& text) {
  auto* to = arena_.end();
  for (;;) {
    const auto plain = static_cast<std::size_t>(at_ - from);
    std::memcpy(to, from, plain);
    to += plain;
    if (at_ == end_)
      return fail("a string does not end");
    if (*at_ == '"')
      break;
    ++at_;
    if (!read_escape(to))
      return false;
    from = at_;
    at_ = find_special(at_, end_);
  }
  ++at_;
  text = arena_.keep(to);
  return true;
}

/// Behind a backslash. No escape is shorter than the bytes it stands for.
bool json_reader::read_escape(char*& to) {
  if (at_ == end_)
    return fail("a string does not end");
  switch (*at_++) {
  case '"':
    *to++ = '"';
    return true;
  case '\\':
    *to++ = '\\';
    return true;
  case '/':
    *to++ = '/';
    return true;
  case 'b':
    *to++ = '\b';
    return true;
  case 'f':
    *to++ = '\f';
    return true;
  case 'n':
    *to++ = '\n';
    return true;
  case 'r':
    *to++ = '\r';
    return true;
  case 't':
    *to++ = '\t';
    return true;
  case 'u':
    break;
  default:
    return fail("an escape is unknown");
  }
  std::uint32_t unit = 0;
  if (!read_hex(unit))
    return false;
  if (is_high_surrogate(unit) && end_ - at_ >= 2 && at_[0] == '\\'
      && at_[1] == 'u') {
    const auto* second = at_;
    at_ += 2;
    std::uint32_t low = 0;
    if (!read_hex(low))
      return false;
    if (is_low_surrogate(low))
      unit = 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
    else
      at_ = second; // another character, to be read by itself
  }
  if (is_high_surrogate(unit) || is_low_surrogate(unit))
    unit = replacement_character;
  to = append_utf8(to, unit);
  return true;
}

bool json_reader::read_hex(std::uint32_t& unit) {
  if (end_ - at_ < 4)
    return fail("an escape is cut off");
  unit = 0;
  for (const auto* stop = at_ + 4; at_ != stop; ++at_) {
    const auto c = static_cast<unsigned char>(*at_);
    const auto letter = static_cast<unsigned char>(c | 0x20);
    std::uint32_t digit = 0;
    if (c >= '0' && c <= '9')
      digit = c - std::uint32_t{'0'};
    else if (letter >= 'a' && letter <= 'f')
      digit = letter - std::uint32_t{'a'} + 10;
    else
      return fail("an escape has a digit that is none");
    unit = unit << 4 | digit;
  }
  return true;
}

bool json_reader::read_scalar(json_value& value) {
  const auto* from = at_;
  auto is_read = false;
  switch (*at_) {
  case 'n':
    value.type = json_value::kind::null;
    is_read = skip_word("null");
    break;
  case 't':
    value.type = json_value::kind::literal;
    is_read = skip_word("true");
    break;
  case 'f':
    value.type = json_value::kind::literal;
    is_read = skip_word("false");
    break;
  default:
    value.type = json_value::kind::literal;
    is_read = skip_number();
  }
  value.text = {from, static_cast<std::size_t>(at_ - from)};
  return is_read;
}

bool json_reader::skip_word(std::string_view word) {
  if (static_cast<std::size_t>(end_ - at_) < word.size()
      || std::string_view{at_, word.size()} != word)
    return fail("a value is none");
  at_ += word.size();
  return true;
}

bool json_reader::skip_number() {
  if (*at_ == '-')
    ++at_;
  if (!skip_digits())
    return fail("a value is none");
  if (at_ != end_ && *at_ == '.') {
    ++at_;
    if (!skip_digits())
      return fail("a number is cut off");
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-'))
      ++at_;
    if (!skip_digits())
      return fail("a number is cut off");
  }
  return true;
}

bool json_reader::skip_digits() {
  const auto* from = at_;
  while (at_ != end_ && is_digit(*at_))
    ++at_;
  return at_ != from;
}

/// At an opening bracket: to behind the one that closes it.
bool json_reader::skip_nested() {
  open_brackets open;
  std::string_view ignored;
  json_value scalar;
  for (;;) {
    skip_space();
    if (at_ == end_)
      return fail("a value is missing");
    if (*at_ == '{' || *at_ == '[') {
      const auto is_object = *at_++ == '{';
      if (!open.push(is_object))
        return fail("brackets are nested too deeply");
      if (!take(is_object ? '}' : ']')) {
        if (is_object && !read_key(ignored))
          return false;
        continue;
      }
      open.pop();
    } else if (*at_ == '"') {
      ++at_;
      if (!read_string(ignored))
        return false;
    } else if (!read_scalar(scalar)) {
      return false;
    }
    // Behind a value: what it was the last of is closed as well.
    for (;;) {
      if (open.empty())
        return true;
      if (take(','))
        break;
      if (!expect(open.is_object() ? '}' : ']',
                  "a comma or a closing bracket is expected"))
        return false;
      open.pop();
    }
    if (open.is_object() && !read_key(ignored))
      return false;
  }
}

} // namespace apogee::remoting
