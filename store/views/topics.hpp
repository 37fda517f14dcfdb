#pragma once

#include "messages/errors.hpp"
#include "messages/ids.hpp"
#include "messages/topic_info.hpp"
#include "store/lmdb.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace apogee::store {

/// Which topics there are, by id alone. An id below `id_next` that is not live
/// is of a topic that was deleted; one at or above it has not been spoken of.
struct topic_states {
  std::set<topic_id> live;
  std::uint32_t id_next = 1;
};

/// The view of the topics, by id; the value is the body of their last
/// topic_config record. A deleted topic moves to a second table until all that
/// belonged to it is removed.
class topics_view {
public:
  topics_view(lmdb::table topics, lmdb::table deleted)
    : topics_(topics), deleted_(deleted) {}

  result<void> put(lmdb::write_transaction& in, topic_id id,
                   lmdb::bytes body) const;
  result<void> mark_deleted(lmdb::write_transaction& in, topic_id id) const;
  result<void> forget_deleted(lmdb::write_transaction& in, topic_id id) const;

  result<std::vector<topic_info>> live(const lmdb::transaction& in) const;
  /// The deleted topic with the lowest id of which something may be left.
  result<std::optional<topic_id>>
  first_deleted(const lmdb::transaction& in) const;

private:
  lmdb::table topics_;
  lmdb::table deleted_;
};

} // namespace apogee::store
