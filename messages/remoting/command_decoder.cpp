#include "messages/remoting/command_decoder.hpp"

#include "messages/remoting/byte_order.hpp"
#include "messages/remoting/field_reader.hpp"
#include "messages/remoting/json_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace apogee::remoting {

namespace {

constexpr const char* too_many_fields = "it has too many ext fields";

/// Codes of the POP family do not fit into the binary header's 16 bits. What is
/// left of them there means nothing else.
constexpr std::array<std::pair<std::int32_t, request_code>, 8> cut_off_codes{{
  {3442, request_code::pop_message},
  {3443, request_code::ack_message},
  {3444, request_code::peek_message},
  {3445, request_code::change_message_invisible_time},
  {3446, request_code::notification},
  {3447, request_code::polling_info},
  {3448, static_cast<request_code>(200056)},
  {3543, request_code::batch_ack_message},
}};

std::int32_t whole_code(std::int32_t code) {
  if (code < cut_off_codes.front().first)
    return code;
  for (const auto& [cut_off, whole] : cut_off_codes)
    if (code == cut_off)
      return static_cast<std::int32_t>(whole);
  return code;
}

/// Null, as a missing one, is 0.
bool read_int32(json_reader& in, std::int32_t& number) {
  json_value value;
  if (!in.read_value(value))
    return false;
  if (value.type == json_value::kind::null)
    number = 0;
  else if (value.type == json_value::kind::nested
           || !parse_integer(value.text, number))
    return in.fail("a number is expected");
  return true;
}

bool read_language(json_reader& in, client_language& language) {
  json_value value;
  if (!in.read_value(value))
    return false;
  std::int64_t number = 0;
  language =
    value.type == json_value::kind::literal && parse_integer(value.text, number)
      ? language_of(number)
      : language_of(value.text);
  return true;
}

bool read_text(json_reader& in, std::string_view& text) {
  json_value value;
  if (!in.read_value(value))
    return false;
  text = value.type == json_value::kind::null ? std::string_view{} : value.text;
  return true;
}

} // namespace

result<void> command_decoder::decode(const frame& from) {
  decoded_.type = from.type;
  decoded_.language = client_language::other;
  decoded_.version = decoded_.opaque = decoded_.flag = 0;
  decoded_.remark = {};
  decoded_.fields.clear();
  decoded_.body = from.body;
  fields_seen_ = 0;
  if (from.type == serialize_type::binary) {
    if (const auto* why = read_binary(from.header))
      return {errc::malformed, std::string{"a binary header is wrong: "} + why};
    return {};
  }
  arena_.reset(from.header.size());
  has_code_ = false;
  json_reader in{from.header, arena_};
  if (!read_json(in))
    return {errc::malformed, std::string{"a JSON header is wrong at byte "}
                               + std::to_string(in.position()) + ": "
                               + in.why()};
  return {};
}

// -- JSON ---------------------------------------------------------------------

bool command_decoder::read_json(json_reader& in) {
  if (!in.expect('{', "an object is expected"))
    return false;
  if (!in.take('}')) {
    do {
      std::string_view key;
      if (!in.read_key(key) || !read_json_member(in, key))
        return false;
    } while (in.read_separator());
  }
  if (in.has_failed() || !in.expect_end())
    return false;
  return has_code_ || in.fail("it has no code");
}

bool command_decoder::read_json_member(json_reader& in, std::string_view key) {
  if (key == "code") {
    has_code_ = true;
    return read_int32(in, decoded_.code);
  }
  if (key == "extFields")
    return read_json_fields(in);
  if (key == "flag")
    return read_int32(in, decoded_.flag);
  if (key == "language")
    return read_language(in, decoded_.language);
  if (key == "opaque")
    return read_int32(in, decoded_.opaque);
  if (key == "remark")
    return read_text(in, decoded_.remark);
  if (key == "version")
    return read_int32(in, decoded_.version);
  json_value ignored;
  return in.read_value(ignored);
}

bool command_decoder::read_json_fields(json_reader& in) {
  decoded_.fields.clear();
  if (!in.take('{')) {
    json_value value;
    return in.read_value(value)
           && (value.type == json_value::kind::null
               || in.fail("extFields is not an object"));
  }
  if (in.take('}'))
    return true;
  do {
    std::string_view key;
    json_value value;
    if (!in.read_key(key) || !in.read_value(value))
      return false;
    if (++fields_seen_ > ext_fields_max)
      return in.fail(too_many_fields);
    if (value.type != json_value::kind::null)
      decoded_.fields.push_back({key, value.text});
    else
      remove_field(key);
  } while (in.read_separator());
  return !in.has_failed();
}

/// A null takes back what the same key had before.
void command_decoder::remove_field(std::string_view key) {
  auto& fields = decoded_.fields;
  fields.erase(std::remove_if(fields.begin(), fields.end(),
                              [key](const auto& f) { return f.key == key; }),
               fields.end());
}

// -- binary -------------------------------------------------------------------

/// What is wrong, or null.
const char* command_decoder::read_binary(std::string_view header) {
  byte_reader in{header};
  std::int16_t code = 0;
  std::uint8_t language = 0;
  std::int16_t version = 0;
  std::int32_t remark_bytes = 0;
  if (!in.read(code) || !in.read(language) || !in.read(version)
      || !in.read(decoded_.opaque) || !in.read(decoded_.flag)
      || !in.read(remark_bytes))
    return "it is cut off";
  if (!in.read(decoded_.remark, remark_bytes))
    return "its remark is longer than it";
  std::int32_t fields_bytes = 0;
  if (!in.read(fields_bytes))
    return "it is cut off";
  if (fields_bytes < 0
      || static_cast<std::size_t>(fields_bytes) != in.left().size())
    return "its ext fields have another length than it says";
  decoded_.code = decoded_.is_response() ? code : whole_code(code);
  decoded_.language = language_of(std::int64_t{language});
  decoded_.version = version;
  return read_binary_fields(in.left());
}

const char* command_decoder::read_binary_fields(std::string_view bytes) {
  byte_reader in{bytes};
  while (!in.left().empty()) {
    ext_field field;
    std::int16_t key_bytes = 0;
    std::int32_t value_bytes = 0;
    if (!in.read(key_bytes) || !in.read(field.key, key_bytes)
        || !in.read(value_bytes) || !in.read(field.value, value_bytes))
      return "an ext field is longer than it";
    if (++fields_seen_ > ext_fields_max)
      return too_many_fields;
    decoded_.fields.push_back(field);
  }
  return nullptr;
}

} // namespace apogee::remoting
