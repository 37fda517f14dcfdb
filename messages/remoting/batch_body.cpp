#include "messages/remoting/batch_body.hpp"

#include "messages/remoting/byte_order.hpp"

#include <array>

namespace apogee::remoting {

namespace {

/// Of an element, beside its body and its properties.
constexpr std::size_t fixed_bytes = 22;
constexpr std::size_t head_bytes = 20;

/// `element` is exactly what its size says; false when its parts do not fill
/// it.
bool read_element(std::string_view bytes, batch_element& element) {
  byte_reader in{bytes};
  std::int32_t size = 0;
  std::int32_t magic = 0;    // 0, not looked at
  std::int32_t checksum = 0; // the same
  std::int32_t body_bytes = 0;
  std::int16_t properties_bytes = 0;
  return in.read(size) && in.read(magic) && in.read(checksum)
         && in.read(element.flag) && in.read(body_bytes)
         && in.read(element.body, body_bytes) && in.read(properties_bytes)
         && in.read(element.properties, properties_bytes) && in.left().empty();
}

} // namespace

bool batch_reader::next(batch_element& element) {
  if (rest_.empty() || !outcome_)
    return false;
  std::int32_t size = 0;
  if (rest_.size() >= sizeof(size))
    size = load_integer<std::int32_t>(rest_.data());
  if (size < static_cast<std::int32_t>(fixed_bytes)
      || static_cast<std::size_t>(size) > rest_.size()
      || !read_element(rest_.substr(0, static_cast<std::size_t>(size)),
                       element)) {
    outcome_ = {errc::malformed, "the batch is wrong from byte "
                                   + std::to_string(size_ - rest_.size())};
    return false;
  }
  rest_.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

result<std::size_t> count_batch_elements(std::string_view body) {
  batch_reader reader{body};
  batch_element element;
  std::size_t count = 0;
  while (reader.next(element))
    ++count;
  if (!reader.outcome())
    return reader.outcome().error();
  if (count == 0)
    return {errc::malformed, "the batch has no messages"};
  return count;
}

void append_batch_element(std::vector<char>& out,
                          const batch_element& element) {
  const auto body_bytes = element.body.size();
  const auto properties_bytes = element.properties.size();
  std::array<char, head_bytes> head{};
  auto* to = store_integer<std::uint32_t>(
    head.data(),
    static_cast<std::uint32_t>(fixed_bytes + body_bytes + properties_bytes));
  to = store_integer<std::int32_t>(to, 0);
  to = store_integer<std::int32_t>(to, 0);
  to = store_integer<std::int32_t>(to, element.flag);
  store_integer<std::uint32_t>(to, static_cast<std::uint32_t>(body_bytes));
  std::array<char, 2> tail{};
  store_integer<std::uint16_t>(tail.data(),
                               static_cast<std::uint16_t>(properties_bytes));
  out.insert(out.end(), head.begin(), head.end());
  out.insert(out.end(), element.body.begin(), element.body.end());
  out.insert(out.end(), tail.begin(), tail.end());
  out.insert(out.end(), element.properties.begin(), element.properties.end());
}

} // namespace apogee::remoting
