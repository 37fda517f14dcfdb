#pragma once

#include "messages/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace apogee::remoting {

/// One message of a batch. What it does not say (topic, queue, system flag,
/// time of birth) the request's send_header says for all.
struct batch_element {
  std::int32_t flag = 0;
  std::string_view body;
  std::string_view properties;
};

/// Reads the body of a request to send a batch.
class batch_reader {
public:
  /// The elements are views into `body`.
  explicit batch_reader(std::string_view body)
    : rest_(body), size_(body.size()) {}

  /// False at the end, and at the first element that is not as it says: then
  /// outcome() is errc::malformed.
  bool next(batch_element& element);

  const result<void>& outcome() const { return outcome_; }

private:
  std::string_view rest_;
  std::size_t size_;
  result<void> outcome_;
};

/// How many elements a batch has, once all are found right: a batch is stored
/// whole or not at all. Fails with errc::malformed, also for one without any.
result<std::size_t> count_batch_elements(std::string_view body);

/// REQUIRES: the properties are no longer than properties_bytes_max.
void append_batch_element(std::vector<char>& out, const batch_element& element);

} // namespace apogee::remoting
