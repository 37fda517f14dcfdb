#include "actors/client/message_encoding.hpp"

#include "messages/envelope.hpp"
#include "messages/message.capnp.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <algorithm>

namespace apogee::client {

namespace {

constexpr std::size_t word_bytes = sizeof(capnp::word);

/// Words of a struct, as its schema is now.
template <class Struct>
constexpr std::size_t struct_words =
  Struct::_capnpPrivate::dataWordSize + Struct::_capnpPrivate::pointerCount;

std::size_t data_words(std::size_t bytes) {
  return (bytes + word_bytes - 1) / word_bytes;
}

std::size_t text_words(std::size_t bytes) {
  return data_words(bytes + 1); // texts end with a zero byte
}

std::string_view view_of(capnp::Text::Reader text) {
  return {text.cStr(), text.size()};
}

capnp::Text::Reader text_of(const std::string& text) {
  return {text.c_str(), text.size()};
}

void fill(schema::Message::Builder out, const message& msg,
          std::int64_t born_time_ms) {
  out.setBornTime(born_time_ms);
  if (!msg.tag.empty())
    out.setTag(text_of(msg.tag));
  if (!msg.keys.empty()) {
    auto keys = out.initKeys(static_cast<unsigned>(msg.keys.size()));
    for (unsigned i = 0; i < keys.size(); ++i)
      keys.set(i, text_of(msg.keys[i]));
  }
  if (!msg.properties.empty()) {
    auto list =
      out.initProperties(static_cast<unsigned>(msg.properties.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      list[i].setName(text_of(msg.properties[i].first));
      list[i].setValue(text_of(msg.properties[i].second));
    }
  }
  out.setBody(
    {reinterpret_cast<const capnp::byte*>(msg.body.data()), msg.body.size()});
}

void read(schema::Message::Reader in, received_message& out) {
  out.born_time_ms = in.getBornTime();
  out.tag = view_of(in.getTag());
  out.keys.clear();
  for (const auto key : in.getKeys())
    out.keys.push_back(view_of(key));
  out.properties.clear();
  for (const auto property : in.getProperties())
    out.properties.emplace_back(view_of(property.getName()),
                                view_of(property.getValue()));
  const auto body = in.getBody();
  out.body = {reinterpret_cast<const char*>(body.begin()), body.size()};
}

} // namespace

std::size_t encoded_words_max(const message& msg) {
  // A root pointer, then the struct and what it points to.
  std::size_t words =
    1 + struct_words<schema::Message> + text_words(msg.tag.size())
    + data_words(msg.body.size());
  for (const auto& key : msg.keys)
    words += 1 + text_words(key.size());
  if (!msg.properties.empty())
    words += 1; // the tag word of a list of structs
  for (const auto& [name, value] : msg.properties)
    words += struct_words<schema::Property> + text_words(name.size())
             + text_words(value.size());
  return words;
}

std::size_t encode_message(const message& msg, std::int64_t born_time_ms,
                           std::span<std::uint64_t> out) {
  capnp::FlatMessageBuilder builder{
    kj::arrayPtr(reinterpret_cast<capnp::word*>(out.data()), out.size())};
  fill(builder.initRoot<schema::Message>(), msg, born_time_ms);
  return builder.getSegmentsForOutput()[0].size();
}

result<void> decode_message(const record_view& record, received_message& out) {
  out.queue = record.fields.queue.number;
  out.offset = record.fields.offset;
  out.position = record.position;
  out.store_time_ms = record.fields.store_time_ms;
  try {
    const kj::ArrayPtr<const capnp::word> segment{
      reinterpret_cast<const capnp::word*>(record.body.data()),
      record.body.size() / word_bytes};
    capnp::ReaderOptions options;
    options.traversalLimitInWords = segment.size() * 2 + 64;
    options.nestingLimit = 8;
    capnp::SegmentArrayMessageReader reader{kj::arrayPtr(&segment, 1), options};
    read(reader.getRoot<schema::Message>(), out);
    return {};
  } catch (const kj::Exception&) {
    return failure{errc::malformed, current_exception_text()};
  }
}

} // namespace apogee::client
