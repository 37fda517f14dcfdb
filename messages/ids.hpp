#pragma once

#include <compare>
#include <cstdint>
#include <functional>

/// Identifiers and coordinates. Each is its own struct, so that an offset
/// cannot be passed where a position is expected.
///
/// An *offset* counts messages in one queue; a *position* counts bytes in the
/// commit log of one broker group.
namespace apogee {

/// Names a topic inside one broker group; assigned when the topic is created
/// and never used again after it is deleted. 0 is no topic.
struct topic_id {
  std::uint32_t value = 0;
  auto operator<=>(const topic_id&) const = default;
};

/// One queue of one topic inside one broker group.
struct queue_id {
  topic_id topic;
  std::uint32_t number = 0;
  auto operator<=>(const queue_id&) const = default;
};

/// Index of a message in its queue; dense, from 0.
struct queue_offset {
  std::uint64_t value = 0;
  auto operator<=>(const queue_offset&) const = default;
};

/// Byte position in the commit log, counted from the log's first byte ever
/// written (retention does not renumber).
struct log_position {
  std::uint64_t value = 0;
  auto operator<=>(const log_position&) const = default;
};

/// Term of office of the log's writer; grows with every start of a broker.
struct epoch {
  std::uint64_t value = 0;
  auto operator<=>(const epoch&) const = default;
};

template <class Inspector>
auto inspect(Inspector& f, topic_id& x) {
  return f(x.value);
}

template <class Inspector>
auto inspect(Inspector& f, queue_id& x) {
  return f(x.topic, x.number);
}

template <class Inspector>
auto inspect(Inspector& f, queue_offset& x) {
  return f(x.value);
}

template <class Inspector>
auto inspect(Inspector& f, log_position& x) {
  return f(x.value);
}

template <class Inspector>
auto inspect(Inspector& f, epoch& x) {
  return f(x.value);
}

} // namespace apogee

template <>
struct std::hash<apogee::queue_id> {
  std::size_t operator()(const apogee::queue_id& id) const noexcept {
    return std::hash<std::uint64_t>{}((std::uint64_t{id.topic.value} << 32)
                                      | id.number);
  }
};
