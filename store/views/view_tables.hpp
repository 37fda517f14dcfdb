#pragma once

#include "store/lmdb.hpp"
#include "store/views/consume_queues.hpp"
#include "store/views/epochs.hpp"
#include "store/views/group_offsets.hpp"
#include "store/views/groups.hpp"
#include "store/views/topics.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

/// What the sources of `views` share; see FORMAT.md.
namespace apogee::store {

inline constexpr std::uint32_t views_format = 1;

/// The one value of the table `state`.
struct view_state {
  std::uint64_t applied = 0;
  std::uint64_t last_epoch = 0;
  std::uint32_t topic_id_next = 1;
  std::uint32_t format = views_format;
};

static_assert(sizeof(view_state) == 24);

inline constexpr std::array<std::byte, 1> state_key{std::byte{0}};

struct view_tables {
  lmdb::table state;
  consume_queues queues;
  group_offsets offsets;
  topics_view topics;
  groups_view groups;
  epochs_view epochs;
  /// Tables whose rows a start state holds as they are; numbered from 1 there.
  std::array<lmdb::table, 4> copied;
};

result<view_state> read_state(const lmdb::transaction& in, lmdb::table state);

} // namespace apogee::store
