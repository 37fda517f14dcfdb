#pragma once

#include "messages/remoting_bodies/subscription.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace apogee::remoting {

struct consume_queue_entry {
  std::int64_t position = 0; ///< of the message in the log
  std::int32_t size_bytes = 0;
  std::int64_t tag_code = 0;
  bool matches = true; ///< the subscription that was asked with
};

struct consume_queue_page {
  std::int64_t min_offset = 0; ///< of the whole queue
  std::int64_t max_offset = 0;
  std::vector<consume_queue_entry> entries;
  std::optional<subscription_data> subscription; ///< of the group, if any
  std::optional<std::string> filter_text;
};

/// Answer of 321.
std::string write_consume_queue_page(const consume_queue_page& x);

} // namespace apogee::remoting
