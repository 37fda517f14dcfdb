#include "actors/remoting/broker_tables.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string_view>

namespace apogee::remoting {

namespace {

using namespace std::chrono_literals;

/// Queues of the original's thread pools.
constexpr std::array pools{std::string_view{"send"}, std::string_view{"pull"},
                           std::string_view{"query"}, std::string_view{"ack"},
                           std::string_view{"litePull"}};

/// Of parts that this broker does not have.
constexpr std::array absent_figures{
  std::string_view{"EndTransactionQueueSize"},
  std::string_view{"pageCacheLockTimeMills"},
  std::string_view{"timerCongestNum"},
  std::string_view{"timerOffsetBehind"},
  std::string_view{"timerReadBehind"},
};

/// As Java writes it when it is 0, otherwise with two decimals.
std::string decimal(double x) {
  if (x == 0)
    return "0.0";
  char text[64];
  const auto end =
    std::to_chars(text, text + sizeof(text), x, std::chars_format::fixed, 2);
  return {text, end.ptr};
}

std::string rates_text(const core::rate_meter& rate) {
  return decimal(rate.over(10s)) + " " + decimal(rate.over(60s)) + " "
         + decimal(rate.over(600s));
}

std::string uptime_text(std::int64_t ms) {
  const auto seconds = ms / 1000;
  return "[ " + std::to_string(seconds / 86'400) + " days, "
         + std::to_string(seconds / 3'600 % 24) + " hours, "
         + std::to_string(seconds / 60 % 60) + " minutes, "
         + std::to_string(seconds % 60) + " seconds ]";
}

std::string gibibytes(std::uint64_t bytes) {
  return decimal(static_cast<double>(bytes) / static_cast<double>(config::gib))
         + " GiB";
}

void add_traffic(std::map<std::string, std::string>& out, const traffic& now) {
  out["putTps"] = rates_text(now.put_rate);
  out["getTransferredTps"] = out["getTransferedTps"] = rates_text(now.get_rate);
  out["getFoundTps"] = rates_text(now.found_rate);
  out["getMissTps"] = rates_text(now.missed_rate);
  out["getTotalTps"] = rates_text(now.pull_rate);
  const auto add_days = [&](const std::string& name,
                            const core::day_marks& marks,
                            std::uint64_t so_far) {
    out[name + "TotalTodayNow"] = std::to_string(so_far);
    out[name + "TotalTodayMorning"] = std::to_string(marks.today());
    out[name + "TotalYesterdayMorning"] = std::to_string(marks.yesterday());
  };
  add_days("msgPut", now.puts_by_day, now.put.messages);
  add_days("msgGet", now.gets_by_day, now.got.messages);
  out["putMessageTimesTotal"] = std::to_string(now.put.messages);
  out["putMessageSizeTotal"] = std::to_string(now.put.bytes);
  out["putMessageAverageSize"] =
    decimal(now.put.messages == 0 ? 0
                                  : static_cast<double>(now.put.bytes)
                                      / static_cast<double>(now.put.messages));
}

} // namespace

void traffic::sample(core::rate_meter::instant now, std::int64_t day,
                     std::uint64_t empty_pulls) {
  put_rate.sample(now, put.messages);
  get_rate.sample(now, got.messages);
  found_rate.sample(now, got.calls);
  missed_rate.sample(now, empty_pulls);
  pull_rate.sample(now, got.calls + empty_pulls);
  puts_by_day.take(day, put.messages);
  gets_by_day.take(day, got.messages);
}

std::map<std::string, std::string> runtime_table(const runtime_figures& now) {
  std::map<std::string, std::string> out;
  for (const auto name : absent_figures)
    out.emplace(name, "0");
  for (const auto pool : pools) {
    const std::string name{pool};
    out[name + "ThreadPoolQueueSize"] = "0";
    out[name + "ThreadPoolQueueHeadWaitTimeMills"] = "0";
  }
  out["timerEnqueueTps"] = out["timerDequeueTps"] = "0.0";
  const auto used = now.disk_total_bytes == 0
                      ? 0.0
                      : 1
                          - static_cast<double>(now.disk_free_bytes)
                              / static_cast<double>(now.disk_total_bytes);
  out["brokerVersionDesc"] = now.program_version;
  out["brokerActive"] = "true";
  out["bootTimestamp"] = std::to_string(now.started_ms);
  out["startAcceptSendRequestTimeStamp"] = "0";
  out["runtime"] = uptime_text(now.now_ms - now.started_ms);
  add_traffic(out, *now.clients);
  out["commitLogMinOffset"] = std::to_string(now.log_start);
  out["commitLogMaxOffset"] = std::to_string(now.log_end);
  const auto behind = [&](std::uint64_t position) {
    return std::to_string(now.log_end - std::min(now.log_end, position));
  };
  out["dispatchBehindBytes"] = behind(now.applied);
  out["remainHowManyDataToFlush"] = behind(now.flushed) + " B";
  out["commitLogDiskRatio"] = out["consumeQueueDiskRatio"] = decimal(used);
  out["commitLogDirCapacity"] = "Total : " + gibibytes(now.disk_total_bytes)
                                + ", Free : " + gibibytes(now.disk_free_bytes)
                                + ".";
  out["earliestMessageTimeStamp"] = std::to_string(now.oldest_ms);
  return out;
}

std::vector<broker_setting>
broker_setting_table(const config::broker_config& settings,
                     std::uint16_t port) {
  const auto text = [](auto number) { return std::to_string(number); };
  const auto truth = [](bool x) { return std::string{x ? "true" : "false"}; };
  const auto& node = settings.node;
  const auto& broker = settings.broker;
  const auto& storage = settings.storage;
  const auto& remoting = settings.remoting;
  return {
    {"brokerClusterName", node.cluster, "node.cluster"},
    {"brokerName", node.name, "node.name"},
    {"brokerIP1", node.host, "node.host"},
    {"listenPort", text(port), "broker.port"},
    {"storePathRootDir", storage.data, "storage.data"},
    {"maxMessageSize", text(broker.message_size_max),
     "broker.message-size-max"},
    {"mappedFileSizeCommitLog", text(storage.segment_size),
     "storage.segment-size"},
    {"flushIntervalCommitLog", text(storage.flush_interval.count()),
     "storage.flush-interval"},
    {"fileReservedTime",
     text(std::chrono::duration_cast<std::chrono::hours>(storage.retention)
            .count()),
     "storage.retention"},
    {"flushDiskType", remoting.flush_disk ? "SYNC_FLUSH" : "ASYNC_FLUSH",
     "remoting.flush-disk"},
    {"autoCreateTopicEnable", truth(remoting.auto_create_topics),
     "remoting.auto-create-topics"},
  };
}

result<void>
check_setting_change(const std::vector<broker_setting>& present,
                     const std::map<std::string, std::string>& wanted) {
  for (const auto& [name, value] : wanted) {
    const auto found =
      std::find_if(present.begin(), present.end(),
                   [&](const auto& setting) { return setting.name == name; });
    if (found == present.end())
      return {errc::permission_denied,
              "this broker has no setting " + name
                + "; 'apogee config explain' lists those it has"};
    if (found->value != value)
      return {errc::permission_denied,
              name + " is " + found->value
                + " and cannot change while the broker runs; set " + found->ours
                + " in its configuration and restart it"};
  }
  return {};
}

} // namespace apogee::remoting
