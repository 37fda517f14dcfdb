#pragma once

#include "messages/envelope.hpp"
#include "messages/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace apogee::store {

/// Reads a record's body, one flat Cap'n Proto segment, as `Schema`: returns
/// what `use(reader)` returns, or errc::malformed when the bytes are not such a
/// message; `use` may have seen parts of it then. Bytes without the alignment
/// of words are copied first.
template <class Schema, class Use>
auto read_body(std::span<const std::byte> body, Use&& use)
  -> result<std::invoke_result_t<Use, typename Schema::Reader>> {
  const auto words = body.size() / sizeof(capnp::word);
  std::vector<std::uint64_t> aligned;
  auto* data = reinterpret_cast<const capnp::word*>(body.data());
  if (reinterpret_cast<std::uintptr_t>(data) % alignof(std::uint64_t) != 0) {
    aligned.resize(words);
    std::memcpy(aligned.data(), body.data(), words * sizeof(capnp::word));
    data = reinterpret_cast<const capnp::word*>(aligned.data());
  }
  const kj::ArrayPtr<const capnp::word> segment{data, words};
  capnp::ReaderOptions options;
  options.traversalLimitInWords = words * 4 + 1024;
  options.nestingLimit = 16;
  try {
    capnp::SegmentArrayMessageReader message{kj::arrayPtr(&segment, 1),
                                             options};
    return use(message.template getRoot<Schema>());
  } catch (const kj::Exception&) {
    return failure{errc::malformed, current_exception_text()};
  }
}

} // namespace apogee::store
