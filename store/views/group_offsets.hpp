#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "store/lmdb.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::store {

/// The next message that a group will consume of one queue.
struct group_offset {
  queue_id queue;
  queue_offset offset;

  auto operator<=>(const group_offset&) const = default;
};

/// The view of the groups' offsets, by group, then queue.
class group_offsets {
public:
  /// Longest name of a group, in bytes; a key of LMDB has 511.
  static constexpr std::size_t name_bytes_max = 255;

  explicit group_offsets(lmdb::table offsets) : offsets_(offsets) {}

  result<void> put(lmdb::write_transaction& in, std::string_view group,
                   const group_offset& offset) const;
  result<std::vector<group_offset>> get(const lmdb::transaction& in,
                                        std::string_view group) const;

  result<void> erase_group(lmdb::write_transaction& in,
                           std::string_view group) const;
  /// Visits every group once, whatever the number of offsets.
  result<void> erase_topic(lmdb::write_transaction& in, topic_id topic) const;

private:
  lmdb::table offsets_;
};

} // namespace apogee::store
