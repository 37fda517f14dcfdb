#pragma once

#include "messages/remoting/text_arena.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace apogee::remoting {

/// A JSON value as far as headers need it.
struct json_value {
  enum class kind {
    null,
    string,
    literal, ///< a number, true or false
    nested,  ///< an object or an array, unread
  };

  kind type = kind::null;
  /// A string's content without escapes; else the characters of the value.
  std::string_view text;
};

/// Takes JSON apart from front to back, without recursion and without a tree:
/// its user says what it expects next. Texts are views into the input, or into
/// the arena when they hold escapes.
///
/// Strings may hold raw control characters and any bytes above them, as some
/// clients write them. Every function is false after the first mistake, which
/// why() tells.
class json_reader {
public:
  /// Arrays and objects inside each other, below the value that is read.
  static constexpr std::size_t depth_max = 64;

  json_reader(std::string_view input, text_arena& arena)
    : at_(input.data()), begin_(input.data()),
      end_(input.data() + input.size()), arena_(arena) {}

  /// The next character but white space is `c`, which is taken; `else_why` is
  /// what is wrong if it is not.
  bool expect(char c, const char* else_why);

  /// As expect(), but something else is no mistake.
  bool take(char c);

  /// What is said with the colon behind it.
  bool read_key(std::string_view& key);

  bool read_value(json_value& value);

  /// Behind a member of an object: true when another one follows. False at its
  /// end, or after a mistake.
  bool read_separator();

  /// Nothing but white space is left.
  bool expect_end();

  bool fail(const char* why) {
    if (!why_)
      why_ = why;
    return false;
  }

  bool has_failed() const { return why_ != nullptr; }

  const char* why() const { return why_; }

  std::size_t position() const {
    return static_cast<std::size_t>(at_ - begin_);
  }

private:
  void skip_space();
  bool read_string(std::string_view& text);
  bool unescape(const char* from, std::string_view& text);
  bool read_escape(char*& to);
  bool read_hex(std::uint32_t& unit);
  bool read_scalar(json_value& value);
  bool skip_word(std::string_view word);
  bool skip_number();
  bool skip_digits();
  bool skip_nested();

  const char* at_;
  const char* begin_;
  const char* end_;
  text_arena& arena_;
  const char* why_ = nullptr;
};

} // namespace apogee::remoting
