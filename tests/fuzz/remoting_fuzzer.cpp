// Arbitrary bytes from a RocketMQ client. The first byte chooses what the
// others are: a stream of frames, one JSON header, one binary header, or what
// bodies and fields hold. What is accepted is written and read again, and JSON
// headers are read by another parser as well.
#include "messages/remoting/batch_body.hpp"
#include "messages/remoting/command_decoder.hpp"
#include "messages/remoting/field_reader.hpp"
#include "messages/remoting/frame_writer.hpp"
#include "messages/remoting/message_id.hpp"
#include "messages/remoting/properties.hpp"
#include "messages/remoting/pull_header.hpp"
#include "messages/remoting/send_header.hpp"
#include "messages/remoting/stored_message.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace apogee::remoting {

namespace {

constexpr std::size_t input_bytes_max = 16u << 10;

/// The writer's conditions: plain keys, each once, and a code that its form of
/// header can hold.
bool can_be_written(const command& c, serialize_type type) {
  constexpr auto key_bytes_max = std::numeric_limits<std::int16_t>::max();
  std::vector<std::string_view> keys;
  for (const auto& [key, value] : c.fields) {
    for (const char x : key)
      if (static_cast<unsigned char>(x) < 0x20 || x == '"' || x == '\\')
        return false;
    if (key.size() > key_bytes_max)
      return false;
    keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  const auto fits = [](std::int32_t number) {
    return number == static_cast<std::int16_t>(number);
  };
  return std::adjacent_find(keys.begin(), keys.end()) == keys.end()
         && c.remark.size() <= 4096
         && (type == serialize_type::json || (fits(c.code) && fits(c.version)));
}

void rewrite(const command& c, serialize_type type) {
  if (!can_be_written(c, type))
    return;
  std::vector<char> out{'x'};
  frame_writer writer{
    out, type, {c.code, c.opaque, c.flag, c.remark, c.language, c.version}};
  for (const auto& [key, value] : c.fields)
    writer.field(key, value);
  auto& body = writer.body();
  body.insert(body.end(), c.body.begin(), c.body.end());
  APOGEE_CHECK(writer.finish());
  const auto next = find_frame({out.data() + 1, out.size() - 1});
  APOGEE_CHECK(next && next->missing_bytes == 0);
  command_decoder decoder;
  APOGEE_CHECK(decoder.decode(next->found).has_value());
  const auto& again = decoder.decoded();
  APOGEE_CHECK(again.type == type && again.opaque == c.opaque
               && again.flag == c.flag && again.remark == c.remark
               && again.language == c.language && again.version == c.version
               && again.body == c.body);
  APOGEE_CHECK(std::equal(again.fields.begin(), again.fields.end(),
                          c.fields.begin(), c.fields.end(),
                          [](const auto& a, const auto& b) {
                            return a.key == b.key && a.value == b.value;
                          }));
}

void use(const command& c) {
  (void)decode_send_header(c).has_value();
  (void)decode_pull_header(c).has_value();
  field_reader fields{c};
  fields.int32("queueId");
  fields.int64("offset");
  fields.optional_int64("timestamp");
  rewrite(c, serialize_type::json);
  rewrite(c, serialize_type::binary);
}

/// True when the decoder succeeded.
bool decode(command_decoder& decoder, const frame& from) {
  const auto done = decoder.decode(from);
  if (done)
    use(decoder.decoded());
  return done.has_value();
}

void read_stream(std::string_view bytes) {
  command_decoder decoder;
  for (;;) {
    const auto next = find_frame(bytes, input_bytes_max);
    if (!next || next->missing_bytes > 0)
      return;
    decode(decoder, next->found);
    bytes.remove_prefix(next->found.bytes());
  }
}

/// Refusals of what the other parser need not refuse.
bool is_own_rule(std::string_view why) {
  for (const auto* rule :
       {"too many ext fields", "nested too deeply", "a number is expected",
        "extFields is not an object", "it has no code"})
    if (why.find(rule) != std::string_view::npos)
      return true;
  return false;
}

/// Whatever strict JSON says, our reader has to say as well.
void compare(const result<void>& done, const command& c,
             std::string_view header) {
  if (header.find('\0') != std::string_view::npos)
    return; // the other parser takes it for the end
  const auto other =
    nlohmann::json::parse(header.begin(), header.end(), nullptr, false);
  if (!other.is_object())
    return;
  APOGEE_CHECK(done.has_value() || is_own_rule(done.error().text));
  if (!done)
    return;
  const auto& code = other.at("code");
  APOGEE_CHECK(!code.is_number_integer() || code.get<std::int64_t>() == c.code);
  const auto fields = other.find("extFields");
  if (fields == other.end() || !fields->is_object())
    return;
  for (const auto& [key, value] : fields->items()) {
    if (value.is_string())
      APOGEE_CHECK(c.find(key) == value.get_ref<const std::string&>());
    APOGEE_CHECK(c.find(key).has_value() == !value.is_null());
  }
}

void read_header(std::string_view header, serialize_type type) {
  command_decoder decoder;
  frame from;
  from.type = type;
  from.header = header;
  const auto done = decoder.decode(from);
  if (type == serialize_type::json)
    compare(done, decoder.decoded(), header);
  if (done)
    use(decoder.decoded());
  // The decoder forgets what it was at.
  from.type = serialize_type::json;
  from.header = "{\"code\":1}";
  APOGEE_CHECK(decode(decoder, from));
  APOGEE_CHECK(decoder.decoded().fields.empty());
}

void read_batch(std::string_view bytes) {
  const auto count = count_batch_elements(bytes);
  batch_reader reader{bytes};
  batch_element element;
  std::vector<char> again;
  std::size_t seen = 0;
  for (; reader.next(element); ++seen)
    append_batch_element(again, element);
  APOGEE_CHECK(!count || (*count == seen && again.size() == bytes.size()));
}

void read_stored_messages(std::string_view bytes) {
  std::vector<char> again;
  auto rest = bytes;
  for (;;) {
    const auto from = bytes.size() - rest.size();
    const auto message = take_stored_message(rest);
    if (!message)
      return;
    again.clear();
    APOGEE_CHECK(append_stored_message(again, *message));
    const auto taken = bytes.substr(from, bytes.size() - rest.size() - from);
    const auto is_v1 = taken[7] == again[7];
    APOGEE_CHECK(
      !is_v1
      || std::equal(taken.begin(), taken.end(), again.begin(), again.end()));
    std::string_view second{again.data(), again.size()};
    APOGEE_CHECK(take_stored_message(second)->topic == message->topic);
  }
}

void read_properties(std::string_view bytes) {
  std::string changed{bytes};
  property found;
  for (auto rest = bytes; next_property(rest, found);) {
    const auto value = find_property(bytes, found.name);
    APOGEE_CHECK(value.has_value() && !value->empty());
    remove_property(changed, found.name);
    APOGEE_CHECK(!find_property(changed, found.name));
  }
  std::string_view none = changed;
  APOGEE_CHECK(!next_property(none, found));
  append_property(changed, "name", "value");
  APOGEE_CHECK(find_property(changed, "name") == "value");
}

void read_addresses(std::string_view bytes) {
  if (const auto host = parse_host_and_port(bytes)) {
    const auto again = parse_host_and_port(to_string(*host));
    APOGEE_CHECK(again.has_value() && *again == *host);
  }
  if (const auto id = parse_message_id(bytes)) {
    const message_id_text text{*id};
    APOGEE_CHECK(parse_message_id(text) == *id);
  }
}

} // namespace

} // namespace apogee::remoting

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace apogee::remoting;
  if (size == 0 || size > input_bytes_max)
    return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1,
                               size - 1};
  switch (data[0] % 4) {
  case 0:
    read_stream(bytes);
    break;
  case 1:
    read_header(bytes, serialize_type::json);
    break;
  case 2:
    read_header(bytes, serialize_type::binary);
    break;
  default:
    read_batch(bytes);
    read_stored_messages(bytes);
    read_properties(bytes);
    read_addresses(bytes);
  }
  return 0;
}
