#include "actors/remoting/named_statistics.hpp"

#include <cstdint>
#include <map>

namespace apogee::remoting {

namespace {

/// One of the original's statistics: what of a flow it shows.
struct statistic {
  core::flow_kind kind{};
  std::uint64_t core::flow::totals::*amount = nullptr;
  bool is_of_broker = false; ///< its key is the name of the cluster
};

const std::map<std::string_view, statistic>& statistics_by_name() {
  using core::flow_kind;
  using totals = core::flow::totals;
  static const std::map<std::string_view, statistic> table{
    {"TOPIC_PUT_NUMS", {flow_kind::topic_put, &totals::messages}},
    {"TOPIC_PUT_SIZE", {flow_kind::topic_put, &totals::bytes}},
    {"GROUP_GET_NUMS", {flow_kind::group_get, &totals::messages}},
    {"GROUP_GET_SIZE", {flow_kind::group_get, &totals::bytes}},
    {"SNDBCK_PUT_NUMS", {flow_kind::send_back, &totals::messages}},
    {"BROKER_PUT_NUMS", {flow_kind::broker_put, &totals::messages, true}},
    {"BROKER_GET_NUMS", {flow_kind::broker_get, &totals::messages, true}},
  };
  return table;
}

stats_sample sample_of(const core::flow_window& window,
                       const statistic& shown) {
  const auto amount = window.carried.*shown.amount;
  stats_sample out;
  out.sum = static_cast<std::int64_t>(amount);
  out.per_second = static_cast<double>(amount) / window.span.count();
  if (window.carried.calls > 0)
    out.average =
      static_cast<double>(amount) / static_cast<double>(window.carried.calls);
  return out;
}

} // namespace

std::optional<broker_stats>
named_statistics(const core::broker_statistics& from, std::string_view cluster,
                 std::string_view name, std::string_view key,
                 core::broker_statistics::instant now) {
  const auto found = statistics_by_name().find(name);
  if (found == statistics_by_name().end())
    return {};
  const auto& shown = found->second;
  if (shown.is_of_broker && key != cluster)
    return {};
  const auto report =
    from.report(shown.kind, shown.is_of_broker ? "" : key, now);
  if (!report)
    return {};
  return broker_stats{sample_of(report->minute, shown),
                      sample_of(report->hour, shown),
                      sample_of(report->day, shown)};
}

} // namespace apogee::remoting
