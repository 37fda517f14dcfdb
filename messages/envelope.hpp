#pragma once

#include "messages/errors.hpp"

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// A Cap'n Proto message as an actor message.
///
/// An envelope owns aligned words in Cap'n Proto's stream framing (segment
/// table, then one segment) and is immutable: copies share the words, so that
/// inside a process it is passed on without copying. Between nodes `inspect`
/// moves the raw words. Bytes are not trusted: an envelope that came over the
/// network may be anything, and `read` says so instead of failing later.
namespace apogee {

/// Largest envelope that is taken from another node, in bytes.
inline constexpr std::size_t envelope_size_bytes_max = 32u << 20;

/// The shared words behind an envelope.
struct envelope_words {
  std::shared_ptr<const std::uint64_t[]> data;
  std::size_t count = 0;
};

/// Builds one message into words that an envelope can adopt without a copy, as
/// long as the hint was large enough.
class envelope_builder final : public capnp::MessageBuilder {
public:
  explicit envelope_builder(std::size_t words_hint);
  ~envelope_builder() noexcept(false) override;

  kj::ArrayPtr<capnp::word> allocateSegment(unsigned minimum_words) override;

  /// Ends the building. The builder must not be used afterwards.
  envelope_words finish();

private:
  std::size_t words_hint_;
  std::shared_ptr<std::uint64_t[]>
    first_; // one word of table, then the segment
  std::size_t first_words_ = 0;
  std::vector<std::unique_ptr<std::uint64_t[]>> others_;
};

template <class T>
struct is_result : std::false_type {};

template <class T>
struct is_result<result<T>> : std::true_type {};

/// Text of the exception being handled; kj's own carry file names of the
/// library, which say nothing to a user, so only their description is taken.
std::string current_exception_text();

template <class Schema>
class envelope {
public:
  using reader_type = typename Schema::Reader;
  using builder_type = typename Schema::Builder;

  /// An empty message: all fields at their defaults.
  envelope() = default;

  /// Builds a message: `fill(builder)`. `words_hint` is the expected size in
  /// 8-byte words; a larger message costs one more copy.
  template <class Fill>
  static envelope build(Fill&& fill, std::size_t words_hint = 64) {
    envelope_builder builder{words_hint};
    fill(builder.initRoot<Schema>());
    envelope out;
    out.words_ = builder.finish();
    return out;
  }

  /// Calls `use(reader)` and returns what it returns, as a result. Fails with
  /// errc::malformed when the bytes are not such a message; since Cap'n Proto
  /// checks pointers when they are followed, `use` may already have seen valid
  /// parts, and must not have acted on them. What `use` returns must not point
  /// into the message unless the caller keeps this envelope.
  template <class Use>
  auto read(Use&& use) const {
    using raw = std::invoke_result_t<Use, reader_type>;
    using wrapped = std::conditional_t<is_result<raw>::value, raw, result<raw>>;
    return read_as<wrapped>(std::forward<Use>(use));
  }

  /// Size of the message in bytes.
  std::size_t size_bytes() const {
    return words_.count * sizeof(std::uint64_t);
  }

  const envelope_words& words() const { return words_; }

  /// Takes words that came from somewhere else; they need not be valid.
  static envelope from_words(envelope_words words, std::string defect = {}) {
    envelope out;
    out.words_ = std::move(words);
    out.defect_ = std::move(defect);
    return out;
  }

  const std::string& defect() const { return defect_; }

private:
  template <class Wrapped, class Use>
  Wrapped read_as(Use&& use) const {
    if (!defect_.empty())
      return failure{errc::malformed, defect_};
    if (words_.count == 0)
      return call<Wrapped>(std::forward<Use>(use), reader_type{});
    try {
      capnp::ReaderOptions options;
      options.traversalLimitInWords = words_.count * 4 + 1024;
      options.nestingLimit = 16;
      capnp::FlatArrayMessageReader message{
        kj::arrayPtr(reinterpret_cast<const capnp::word*>(words_.data.get()),
                     words_.count),
        options};
      return call<Wrapped>(std::forward<Use>(use),
                           message.template getRoot<Schema>());
    } catch (const kj::Exception&) {
      return failure{errc::malformed, current_exception_text()};
    }
  }

  template <class Wrapped, class Use>
  static Wrapped call(Use&& use, reader_type reader) {
    if constexpr (std::is_void_v<std::invoke_result_t<Use, reader_type>>) {
      use(reader);
      return {};
    } else {
      return use(reader);
    }
  }

  envelope_words words_;
  std::string defect_; // why the bytes could not even be taken
};

template <class Schema>
std::string to_string(const envelope<Schema>& x) {
  return "envelope(" + std::to_string(x.size_bytes()) + " bytes)";
}

/// Moves an envelope between nodes as a word count and raw words (CAF's
/// inspection protocol). Loading never fails: what cannot be taken is an
/// envelope with a defect, which the receiving actor refuses with an answer,
/// where an error would make CAF drop the message without a word.
template <class Inspector, class Schema>
typename Inspector::result_type inspect(Inspector& f, envelope<Schema>& x) {
  if constexpr (Inspector::reads_state) {
    auto count = static_cast<std::uint32_t>(x.words().count);
    if (auto err = f(count))
      return err;
    return f.apply_raw(count * sizeof(std::uint64_t),
                       const_cast<std::uint64_t*>(x.words().data.get()));
  } else {
    std::uint32_t count = 0;
    if (auto err = f(count))
      return err;
    const auto size_bytes = std::size_t{count} * sizeof(std::uint64_t);
    if (size_bytes > envelope_size_bytes_max) {
      x = envelope<Schema>::from_words({}, "a message of "
                                             + std::to_string(size_bytes)
                                             + " bytes is over the limit");
      return {};
    }
    auto data = std::make_shared_for_overwrite<std::uint64_t[]>(count);
    if (auto err = f.apply_raw(size_bytes, data.get()))
      x = envelope<Schema>::from_words({}, "the message ends before its "
                                             + std::to_string(size_bytes)
                                             + " bytes");
    else
      x = envelope<Schema>::from_words({std::move(data), count});
    return {};
  }
}

} // namespace apogee
