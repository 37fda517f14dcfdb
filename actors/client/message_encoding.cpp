#include "actors/client/message_encoding.hpp"

#include "messages/message_body.hpp"
#include "messages/remoting/properties.hpp"

#include <algorithm>
#include <string_view>

namespace apogee::client {

namespace {

namespace names = remoting::property_names;

/// Two marks follow every name and value.
constexpr std::size_t marks_per_property = 2;

constexpr char key_separator = ' ';

std::size_t properties_bytes(const message& msg) {
  std::size_t bytes = 0;
  if (!msg.tag.empty())
    bytes += names::tags.size() + msg.tag.size() + marks_per_property;
  if (!msg.keys.empty())
    bytes += names::keys.size() + marks_per_property;
  for (const auto& key : msg.keys)
    bytes += key.size() + 1;
  for (const auto& [name, value] : msg.properties)
    bytes += name.size() + value.size() + marks_per_property;
  return bytes;
}

void join_properties(const message& msg, std::string& out) {
  out.clear();
  if (!msg.tag.empty())
    remoting::append_property(out, names::tags, msg.tag);
  if (!msg.keys.empty()) {
    out.append(names::keys);
    out.push_back(remoting::property_value_mark);
    for (const auto& key : msg.keys) {
      if (&key != &msg.keys.front())
        out.push_back(key_separator);
      out.append(key);
    }
    out.push_back(remoting::property_end_mark);
  }
  for (const auto& [name, value] : msg.properties)
    remoting::append_property(out, name, value);
}

void split_keys(std::string_view joined, std::vector<std::string_view>& out) {
  while (!joined.empty()) {
    const auto end = std::min(joined.find(key_separator), joined.size());
    if (end > 0)
      out.push_back(joined.substr(0, end));
    joined.remove_prefix(std::min(end + 1, joined.size()));
  }
}

bool has_mark(std::string_view text) {
  return text.find(remoting::property_value_mark) != std::string_view::npos
         || text.find(remoting::property_end_mark) != std::string_view::npos;
}

} // namespace

result<void> check_properties(const message& msg) {
  if (has_mark(msg.tag))
    return {errc::invalid_argument,
            "the tag holds a byte 1 or 2, which part properties"};
  for (const auto& key : msg.keys)
    if (has_mark(key) || key.find(key_separator) != std::string::npos)
      return {errc::invalid_argument,
              "key '" + key + "' holds a blank, or a byte 1 or 2"};
  for (const auto& [name, value] : msg.properties) {
    if (name.empty() || value.empty() || has_mark(name) || has_mark(value))
      return {errc::invalid_argument,
              "property '" + name + "' is empty or holds a byte 1 or 2"};
    if (name == names::tags || name == names::keys)
      return {errc::invalid_argument, "property '" + name
                                        + "' is set by the message's tag and "
                                          "keys"};
  }
  const auto bytes = properties_bytes(msg);
  if (bytes > remoting::properties_bytes_max)
    return {errc::message_too_large,
            std::to_string(bytes)
              + " bytes of properties, tag and keys are over the limit of "
              + std::to_string(remoting::properties_bytes_max)};
  return {};
}

std::size_t encoded_words_max(const message& msg) {
  return encoded_message_words(properties_bytes(msg), msg.body.size(), 0);
}

std::size_t encode_message(const message& msg, std::int64_t born_time_ms,
                           std::span<std::uint64_t> out) {
  thread_local std::string properties;
  join_properties(msg, properties);
  message_view view;
  view.born_time_ms = born_time_ms;
  view.properties = properties;
  view.body = msg.body;
  apogee::encode_message(view, out);
  return encoded_message_words(view);
}

result<void> decode_message(const record_view& record, received_message& out) {
  out.queue = record.fields.queue.number;
  out.offset = record.fields.offset;
  out.position = record.position;
  out.store_time_ms = record.fields.store_time_ms;
  const auto read = apogee::decode_message(record.body);
  if (!read)
    return read.error();
  out.born_time_ms = read->born_time_ms;
  out.reconsume_times = read->reconsume_times;
  out.body = read->body;
  out.tag = {};
  out.keys.clear();
  out.properties.clear();
  auto rest = read->properties;
  remoting::property one;
  while (remoting::next_property(rest, one))
    if (one.name == names::tags)
      out.tag = one.value;
    else if (one.name == names::keys)
      split_keys(one.value, out.keys);
    else
      out.properties.emplace_back(one.name, one.value);
  return {};
}

} // namespace apogee::client
