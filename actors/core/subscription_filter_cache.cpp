#include "actors/core/subscription_filter_cache.hpp"

#include <algorithm>
#include <utility>

namespace apogee::core {

result<subscription_filter::pointer>
subscription_filter_cache::find(expression_type type, std::string_view text) {
  const auto known =
    std::find_if(filters_.begin(), filters_.end(),
                 [&](const auto& filter) { return filter->is(type, text); });
  if (known != filters_.end()) {
    std::rotate(filters_.begin(), known, known + 1);
    return filters_.front();
  }
  auto parsed = subscription_filter::parse(type, text);
  if (!parsed)
    return parsed;
  if (filters_.size() == filters_max)
    filters_.pop_back();
  filters_.insert(filters_.begin(), *parsed);
  return parsed;
}

} // namespace apogee::core
