#include "actors/core/flow_history.hpp"

namespace apogee::core {

void flow_history::series::sample(instant now, const flow::totals& so_far) {
  if (moments.empty())
    moments.push_back({now - period, {}});
  else if (now - moments.back().at < period)
    return;
  moments.push_back({now, so_far});
  if (moments.size() > kept_max)
    moments.erase(moments.begin());
}

flow_window flow_history::series::window(instant now,
                                         const flow::totals& so_far) const {
  const auto first = moments.empty() ? moment{now - period, {}} : moments[0];
  return {so_far - first.totals, now - first.at};
}

void flow_history::sample(instant now, const flow::totals& so_far) {
  minute_.sample(now, so_far);
  hour_.sample(now, so_far);
  day_.sample(now, so_far);
}

flow_report flow_history::report(instant now,
                                 const flow::totals& so_far) const {
  return {minute_.window(now, so_far), hour_.window(now, so_far),
          day_.window(now, so_far)};
}

bool flow_history::is_idle(const flow::totals& so_far) const {
  const auto& past = so_far.calls == 0 ? hour_ : day_;
  return past.moments.size() == past.kept_max
         && past.moments.front().totals.calls == so_far.calls;
}

} // namespace apogee::core
