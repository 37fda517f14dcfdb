#include "messages/envelope.hpp"

#include <capnp/any.h>
#include <kj/exception.h>

#include <algorithm>
#include <cstring>

namespace apogee {

envelope_builder::envelope_builder(std::size_t words_hint)
  : words_hint_(words_hint) {}

envelope_builder::~envelope_builder() noexcept(false) = default;

kj::ArrayPtr<capnp::word>
envelope_builder::allocateSegment(unsigned minimum_words) {
  if (!first_) {
    first_words_ = std::max<std::size_t>(minimum_words, words_hint_ + 1);
    first_ = std::make_shared<std::uint64_t[]>(first_words_ + 1);
    return kj::arrayPtr(reinterpret_cast<capnp::word*>(first_.get() + 1),
                        first_words_);
  }
  const auto words = std::max<std::size_t>(minimum_words, first_words_);
  others_.push_back(std::make_unique<std::uint64_t[]>(words));
  return kj::arrayPtr(reinterpret_cast<capnp::word*>(others_.back().get()),
                      words);
}

envelope_words envelope_builder::finish() {
  auto segments = getSegmentsForOutput();
  if (segments.size() == 1) {
    // The stream framing's table for one segment is exactly one word.
    const auto words = segments[0].size();
    const std::uint32_t table[2] = {0, static_cast<std::uint32_t>(words)};
    std::memcpy(first_.get(), table, sizeof(table));
    return {std::move(first_), words + 1};
  }
  // The hint was too small: copied once more, into one segment.
  std::size_t words_max = 1;
  for (const auto segment : segments)
    words_max += segment.size();
  envelope_builder flat{words_max};
  flat.setRoot(getRoot<capnp::AnyPointer>().asReader());
  return flat.finish();
}

std::string current_exception_text() {
  try {
    throw;
  } catch (const kj::Exception& e) {
    return e.getDescription().cStr();
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

} // namespace apogee
