#pragma once

#include "actors/core/route_table.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>

namespace apogee::core {

/// A broker's topics by name.
using registered_topics = std::map<std::string, registered_topic>;

/// What one nameserver still has to be told. Topics that change while a report
/// is under way wait for the next one, so that ten thousand new topics are a
/// few reports.
class registration {
public:
  /// Topics that one report names at most; the rest follows in the next.
  static constexpr std::size_t topics_per_report_max = 100'000;

  /// The next report has to be complete: the connection is new, a report was
  /// lost, or the nameserver asked for it.
  void start_over();

  /// A topic was created, altered or deleted.
  void change(const std::string& topic);

  /// True when the next report would say more than "I am there".
  bool has_news() const { return complete_ || !changed_.empty(); }

  /// The next report, without `broker` and `expiry`. Counts as told; when it
  /// is lost, start_over().
  registration_report next(const registered_topics& topics);

private:
  bool complete_ = true;
  std::uint64_t sequence_ = 0;
  std::unordered_set<std::string> changed_;
};

} // namespace apogee::core
