#pragma once

#include "actors/core/broker_statistics.hpp"
#include "actors/core/group_table.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

namespace apogee::core {

/// Who counts what groups pull, found again without the statistics' locks for
/// the last few that were asked for. Belongs to one thread.
class recent_readers {
public:
  static constexpr std::size_t kept_max = 16;

  /// A group that is not known is counted for the broker alone: clients may
  /// name what they like.
  std::shared_ptr<group_flow> find(broker_statistics& statistics,
                                   const group_table& groups,
                                   std::string_view topic,
                                   std::string_view group) {
    const auto known =
      std::find_if(kept_.begin(), kept_.end(), [&](const auto& one) {
        return one.topic == topic && one.group == group;
      });
    if (known != kept_.end()) {
      if (!known->flow->is_forgotten())
        return known->flow;
      kept_.erase(known);
    }
    if (!groups.find(group))
      return statistics.other_gets();
    if (kept_.size() == kept_max)
      kept_.pop_front();
    kept_.push_back({std::string{topic}, std::string{group},
                     statistics.group_get(topic, group)});
    return kept_.back().flow;
  }

private:
  struct reader {
    std::string topic;
    std::string group;
    std::shared_ptr<group_flow> flow;
  };

  std::deque<reader> kept_; ///< the one that was found first goes first
};

} // namespace apogee::core
