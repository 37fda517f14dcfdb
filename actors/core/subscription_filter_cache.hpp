#pragma once

#include "actors/core/subscription_filter.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace apogee::core {

/// Parsed filters of those who pull from a queue, so that each is parsed once
/// and not with every pull. Holds the ones used last.
class subscription_filter_cache {
public:
  /// More than one group seldom reads a queue with a filter of its own; all
  /// members of a group have the same.
  static constexpr std::size_t filters_max = 16;

  /// The filter, from here or parsed; fails as subscription_filter::parse().
  result<subscription_filter::pointer> find(expression_type type,
                                            std::string_view text);

  std::size_t size() const { return filters_.size(); }

private:
  std::vector<subscription_filter::pointer> filters_; // the last used first
};

} // namespace apogee::core
