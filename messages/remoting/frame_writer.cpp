#include "messages/remoting/frame_writer.hpp"

#include "messages/errors.hpp"
#include "messages/remoting/byte_order.hpp"
#include "messages/remoting/byte_search.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace apogee::remoting {

namespace {

/// What the buffer grows by at least: enough for most headers.
constexpr std::size_t chunk_bytes = 512;
constexpr std::size_t number_bytes_max = 20;
constexpr std::size_t escape_bytes_max = 6;
constexpr std::size_t header_bytes_end = 1u << 24;

/// A remark is for people; what is longer is not worth a frame.
constexpr std::size_t remark_bytes_max = 8u << 10;

bool needs_escape(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

std::uint64_t bytes_to_escape(const char* from) {
  const auto word = load_word(from);
  return bytes_below(word, 0x20) | bytes_equal(word, '"')
         | bytes_equal(word, '\\');
}

bool needs_escapes(std::string_view text) {
  constexpr std::size_t step = sizeof(std::uint64_t);
  std::uint64_t found = 0;
  if (text.size() < step) {
    for (const char c : text)
      found |= static_cast<std::uint64_t>(needs_escape(c));
    return found != 0;
  }
  // The last step overlaps the one before it.
  const auto last = text.size() - step;
  for (std::size_t at = 0; at < last; at += step)
    found |= bytes_to_escape(text.data() + at);
  return (found | bytes_to_escape(text.data() + last)) != 0;
}

char* write(char* to, std::string_view text) {
  if (!text.empty()) // its place may be null then
    std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

char* write_escaped(char* to, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
  case '"':
    return write(to, "\\\"");
  case '\\':
    return write(to, "\\\\");
  case '\n':
    return write(to, "\\n");
  case '\r':
    return write(to, "\\r");
  case '\t':
    return write(to, "\\t");
  default:
    to = write(to, "\\u00");
    *to++ = digits[static_cast<unsigned char>(c) >> 4];
    *to++ = digits[static_cast<unsigned char>(c) & 15];
    return to;
  }
}

/// REQUIRES: room for escape_bytes_max times the text.
char* write_escaped(char* to, std::string_view text) {
  for (const char c : text)
    to = needs_escape(c) ? write_escaped(to, c) : write(to, {&c, 1});
  return to;
}

/// Cut, if need be, where a character begins.
std::string_view cut_remark(std::string_view remark) {
  if (remark.size() <= remark_bytes_max)
    return remark;
  auto end = remark_bytes_max;
  while (end > 0 && (remark[end] & 0xc0) == 0x80)
    --end;
  return remark.substr(0, end);
}

} // namespace

frame_head answer_to(const command& request, response_code code,
                     std::string_view remark) {
  frame_head head;
  head.code = static_cast<std::int32_t>(code);
  head.opaque = request.opaque;
  head.flag = command::response_flag;
  head.remark = remark;
  return head;
}

frame_head request_to_client(request_code code, std::int32_t opaque,
                             bool is_oneway) {
  frame_head head;
  head.code = static_cast<std::int32_t>(code);
  head.opaque = opaque;
  head.flag = is_oneway ? command::oneway_flag : 0;
  return head;
}

frame_writer::frame_writer(std::vector<char>& out, serialize_type type,
                           const frame_head& head)
  : out_(out), head_(head), start_(out.size()), at_(out.size()), type_(type) {
  head_.remark = cut_remark(head.remark);
  if (type_ == serialize_type::json)
    begin_json();
  else
    begin_binary();
}

frame_writer::~frame_writer() {
  if (!is_finished_)
    out_.resize(start_);
}

void frame_writer::field(std::string_view key, std::string_view value) {
  if (type_ == serialize_type::json) {
    begin_json_field(key, value.size());
    put_escaped(value);
    put("\"");
    return;
  }
  auto* to = room(key.size() + value.size() + 6);
  to = store_integer<std::uint16_t>(to, static_cast<std::uint16_t>(key.size()));
  to = write(to, key);
  to =
    store_integer<std::uint32_t>(to, static_cast<std::uint32_t>(value.size()));
  write(to, value);
  at_ += key.size() + value.size() + 6;
}

void frame_writer::number_field(std::string_view key, std::int64_t number) {
  if (type_ == serialize_type::json) {
    begin_json_field(key, number_bytes_max);
    put_number(number);
    put("\"");
    return;
  }
  std::array<char, number_bytes_max> text;
  const auto end = std::to_chars(text.begin(), text.end(), number).ptr;
  field(key, std::string_view{text.data(),
                              static_cast<std::size_t>(end - text.data())});
}

std::vector<char>& frame_writer::body() {
  if (has_body_)
    return out_;
  if (type_ == serialize_type::json)
    end_json();
  else
    end_binary();
  out_.resize(at_);
  header_bytes_ = at_ - start_ - frame_prefix_bytes;
  has_body_ = true;
  return out_;
}

bool frame_writer::finish() {
  body();
  is_finished_ = true;
  const auto bytes = out_.size() - start_;
  if (bytes > frame_bytes_max || header_bytes_ >= header_bytes_end) {
    out_.resize(start_);
    return false;
  }
  auto* to = out_.data() + start_;
  to = store_integer<std::uint32_t>(to, static_cast<std::uint32_t>(bytes - 4));
  store_integer<std::uint32_t>(to,
                               static_cast<std::uint32_t>(type_) << 24
                                 | static_cast<std::uint32_t>(header_bytes_));
  return true;
}

// -- JSON: keys in alphabetic order, as RocketMQ writes them ------------------

void frame_writer::begin_json() {
  room(chunk_bytes);
  at_ += frame_prefix_bytes;
  put("{\"code\":");
  put_number(head_.code);
}

/// Up to the value's opening quote; makes room for the value and the next
/// quote.
void frame_writer::begin_json_field(std::string_view key,
                                    std::size_t value_bytes) {
  constexpr std::string_view first = ",\"extFields\":{\"";
  constexpr std::string_view next = ",\"";
  const auto is_plain = !needs_escapes(key);
  const auto key_bytes = is_plain ? key.size() : escape_bytes_max * key.size();
  auto* to = room(first.size() + key_bytes + 3 + value_bytes + 1);
  const auto* from = to;
  to = has_fields_ ? write(to, next) : write(to, first);
  to = is_plain ? write(to, key) : write_escaped(to, key);
  to = write(to, "\":\"");
  at_ += static_cast<std::size_t>(to - from);
  has_fields_ = true;
}

void frame_writer::end_json() {
  put(has_fields_ ? "},\"flag\":" : ",\"flag\":");
  put_number(head_.flag);
  put(",\"language\":\"");
  put(to_string(head_.language));
  put("\",\"opaque\":");
  put_number(head_.opaque);
  if (!head_.remark.empty()) {
    put(",\"remark\":\"");
    put_escaped(head_.remark);
    put("\"");
  }
  put(",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":");
  put_number(head_.version);
  put("}");
}

// -- binary -------------------------------------------------------------------

void frame_writer::begin_binary() {
  constexpr std::size_t fixed_bytes = 21;
  const auto bytes = frame_prefix_bytes + fixed_bytes + head_.remark.size();
  auto* to = room(bytes) + frame_prefix_bytes;
  to = store_integer<std::int16_t>(to, static_cast<std::int16_t>(head_.code));
  to =
    store_integer<std::uint8_t>(to, static_cast<std::uint8_t>(head_.language));
  to =
    store_integer<std::int16_t>(to, static_cast<std::int16_t>(head_.version));
  to = store_integer<std::int32_t>(to, head_.opaque);
  to = store_integer<std::int32_t>(to, head_.flag);
  to = store_integer<std::uint32_t>(
    to, static_cast<std::uint32_t>(head_.remark.size()));
  write(to, head_.remark);
  at_ += bytes;
  fields_start_ = at_;
}

void frame_writer::end_binary() {
  store_integer<std::uint32_t>(out_.data() + fields_start_ - 4,
                               static_cast<std::uint32_t>(at_ - fields_start_));
}

// -- the buffer ---------------------------------------------------------------

/// Where the next `bytes` of the header may be written.
char* frame_writer::room(std::size_t bytes) {
  if (out_.size() - at_ < bytes)
    out_.resize(at_ + std::max(bytes, chunk_bytes));
  return out_.data() + at_;
}

void frame_writer::put(std::string_view text) {
  write(room(text.size()), text);
  at_ += text.size();
}

void frame_writer::put_number(std::int64_t number) {
  auto* to = room(number_bytes_max);
  const auto end = std::to_chars(to, to + number_bytes_max, number).ptr;
  at_ += static_cast<std::size_t>(end - to);
}

void frame_writer::put_escaped(std::string_view text) {
  if (!needs_escapes(text)) {
    put(text);
    return;
  }
  // Piece by piece, for the room that the worst case would take.
  while (!text.empty()) {
    const auto piece = text.substr(0, chunk_bytes / escape_bytes_max);
    auto* to = room(chunk_bytes);
    const auto* from = to;
    to = write_escaped(to, piece);
    at_ += static_cast<std::size_t>(to - from);
    text.remove_prefix(piece.size());
  }
}

void append_answer(std::vector<char>& out, const command& request,
                   response_code code, std::string_view remark) {
  frame_writer writer{out, request.type, answer_to(request, code, remark)};
  const auto is_finished = writer.finish();
  APOGEE_CHECK(is_finished); // a remark is cut long before
}

} // namespace apogee::remoting
