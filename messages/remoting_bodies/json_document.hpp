#pragma once

#include "messages/errors.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

/// A body taken apart, in the JSON that RocketMQ's clients and tools write.
///
/// That is more than JSON: keys may stand without quotes (integers and words)
/// or be maps themselves, and texts may stand in single quotes. The document is
/// one flat row of values, each followed by what is inside of it, so that
/// reading and dropping it cost no recursion and little memory.
namespace apogee::remoting {

/// Maps and lists within each other.
inline constexpr unsigned json_depth_max = 64;

/// Values of one document; a map's keys count. Bounds the memory of a document
/// to 24 bytes for each, whatever the text.
inline constexpr std::size_t json_values_max = 1u << 20;

enum class json_kind : std::uint8_t { null, boolean, number, text, list, map };

struct json_node {
  std::string_view text;   ///< of a text, decoded; of another, as written
  std::uint32_t nodes = 1; ///< itself and everything inside
  json_kind kind = json_kind::null;
};

/// What is inside of a list or a map: `for (auto* x = first_in(list); x !=
/// end_of(list); x = end_of(*x))`. In a map a key and its value alternate.
inline const json_node* first_in(const json_node& x) {
  return &x + 1;
}

inline const json_node* end_of(const json_node& x) {
  return &x + x.nodes;
}

/// Points into the text it was read from, which has to live longer.
class json_document {
public:
  const json_node& root() const { return nodes_.front(); }

private:
  friend class json_reader;

  std::vector<json_node> nodes_;
  std::deque<std::string> decoded_; // texts that had escapes
};

/// Fails with errc::malformed; the text names the byte. Blanks around the
/// document are passed over. Bytes inside of texts are taken as they are, also
/// when they are not UTF-8.
result<json_document> read_json(std::string_view text);

} // namespace apogee::remoting
