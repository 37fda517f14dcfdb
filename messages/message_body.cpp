#include "messages/message_body.hpp"

#include "messages/data_view.hpp"
#include "messages/envelope.hpp"
#include "messages/message.capnp.h"

#include <capnp/message.h>

#include <bit>
#include <cstring>

namespace apogee {

namespace {

static_assert(std::endian::native == std::endian::little,
              "Cap'n Proto's words are written as they stand in memory");

// The layout that the schema compiler gives schema::Message; a test compares it
// with the compiler's own builder.
constexpr std::uint64_t data_words = 3;
constexpr std::uint64_t pointer_words = 3;
constexpr std::uint64_t fixed_words = 1 + data_words + pointer_words;
constexpr std::size_t properties_at = 1 + data_words;
constexpr std::size_t body_at = properties_at + 1;
constexpr std::size_t born_host_at = properties_at + 2;

constexpr std::uint64_t root_pointer = data_words << 32 | pointer_words << 48;
constexpr std::uint64_t list_pointer = 1;
constexpr std::uint64_t bytes_of_list = 2; // the code of one byte an element

constexpr std::size_t words_of(std::size_t bytes) {
  return (bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
}

constexpr std::uint64_t both(std::int32_t low, std::int32_t high) {
  return std::uint64_t{static_cast<std::uint32_t>(low)}
         | std::uint64_t{static_cast<std::uint32_t>(high)} << 32;
}

/// Writes a list of bytes to word `end`, and its pointer; returns the new end.
std::size_t put_bytes(std::span<std::uint64_t> out, std::size_t pointer,
                      std::size_t end, std::string_view bytes) {
  if (bytes.empty()) {
    out[pointer] = 0;
    return end;
  }
  out[pointer] = list_pointer | std::uint64_t{end - (pointer + 1)} << 2
                 | (bytes_of_list | std::uint64_t{bytes.size()} << 3) << 32;
  const auto words = words_of(bytes.size());
  out[end + words - 1] = 0; // the padding
  std::memcpy(&out[end], bytes.data(), bytes.size());
  return end + words;
}

} // namespace

std::size_t encoded_message_words(std::size_t properties_bytes,
                                  std::size_t body_bytes,
                                  std::size_t born_host_bytes) {
  return fixed_words + words_of(properties_bytes) + words_of(body_bytes)
         + words_of(born_host_bytes);
}

std::size_t encoded_message_words(const message_view& message) {
  return encoded_message_words(message.properties.size(), message.body.size(),
                               message.born_host.size());
}

void encode_message(const message_view& message, std::span<std::uint64_t> out) {
  out[0] = root_pointer;
  out[1] = static_cast<std::uint64_t>(message.born_time_ms);
  out[2] = both(message.flag, message.sys_flag);
  out[3] = both(message.reconsume_times, 0);
  auto end = put_bytes(out, properties_at, fixed_words, message.properties);
  end = put_bytes(out, body_at, end, message.body);
  put_bytes(out, born_host_at, end, message.born_host);
}

result<message_view> decode_message(std::span<const std::byte> body) {
  if (body.empty() || body.size() % sizeof(capnp::word) != 0)
    return {errc::malformed, "a message of " + std::to_string(body.size())
                               + " bytes is not made of whole words"};
  try {
    const kj::ArrayPtr<const capnp::word> segment{
      reinterpret_cast<const capnp::word*>(body.data()),
      body.size() / sizeof(capnp::word)};
    const kj::ArrayPtr<const capnp::word> segments[] = {segment};
    capnp::ReaderOptions options;
    options.traversalLimitInWords = segment.size() * 2 + 64;
    options.nestingLimit = 4;
    capnp::SegmentArrayMessageReader reader{segments, options};
    const auto in = reader.getRoot<schema::Message>();
    message_view out;
    out.born_time_ms = in.getBornTime();
    out.flag = in.getFlag();
    out.sys_flag = in.getSysFlag();
    out.reconsume_times = in.getReconsumeTimes();
    out.properties = view_of(in.getProperties());
    out.body = view_of(in.getBody());
    out.born_host = view_of(in.getBornHost());
    return out;
  } catch (const kj::Exception&) {
    return {errc::malformed, current_exception_text()};
  }
}

} // namespace apogee
