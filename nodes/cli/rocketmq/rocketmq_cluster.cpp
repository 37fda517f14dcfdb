#include "nodes/cli/rocketmq/rocketmq_cluster.hpp"

#include "messages/remoting_bodies/routes.hpp"

#include <algorithm>
#include <thread>

namespace apogee::cli {

using remoting::request_code;
using remoting::response_code;

namespace {

constexpr std::chrono::milliseconds route_pause{20};
constexpr std::int32_t may_write = 2;

std::vector<load_queue> queues_of(const std::string& topic,
                                  const remoting::topic_route& route) {
  std::vector<load_queue> out;
  for (const auto& held : route.queues) {
    if ((held.permission & may_write) == 0)
      continue;
    for (const auto& broker : route.brokers) {
      const auto master = broker.addresses.find(0);
      if (broker.broker_name != held.broker_name
          || master == broker.addresses.end())
        continue;
      for (std::int32_t i = 0; i < held.write_queues; ++i)
        out.push_back({topic, broker.broker_name, master->second, i});
    }
  }
  return out;
}

} // namespace

result<remoting_answer>
rocketmq_cluster::ask(const std::string& address, request_code code,
                      const remoting_caller::fields& with) {
  auto found = callers_.find(address);
  if (found == callers_.end()) {
    auto connected = remoting_caller::connect(address, timeout_);
    if (!connected)
      return connected.error();
    found = callers_.emplace(address, std::move(*connected)).first;
  }
  auto answer = found->second.call(code, with);
  if (!answer) // what comes late must not answer the next question
    callers_.erase(found);
  return answer;
}

result<std::vector<std::string>> rocketmq_cluster::masters() {
  const auto answer =
    ask(nameserver_, request_code::get_broker_cluster_info, {});
  if (!answer)
    return answer.error();
  if (!answer->is(response_code::success))
    return answer->as_failure();
  const auto brokers = remoting::parse_cluster_info(answer->body);
  if (!brokers)
    return brokers.error();
  std::vector<std::string> out;
  for (const auto& broker : *brokers)
    if (const auto master = broker.addresses.find(0);
        master != broker.addresses.end())
      out.push_back(master->second);
  if (out.empty())
    return {errc::no_route, "the nameserver at " + nameserver_
                              + " knows no broker: wait until one is ready"};
  return out;
}

result<void> rocketmq_cluster::create_topic(const std::string& master,
                                            const std::string& topic,
                                            std::uint32_t queues) {
  const auto count = std::to_string(queues);
  const auto answer = ask(master, request_code::update_and_create_topic,
                          {{"topic", topic},
                           {"defaultTopic", "TBW102"},
                           {"readQueueNums", count},
                           {"writeQueueNums", count},
                           {"perm", "6"},
                           {"topicFilterType", "SINGLE_TAG"},
                           {"topicSysFlag", "0"},
                           {"order", "false"}});
  if (!answer)
    return answer.error();
  if (!answer->is(response_code::success))
    return answer->as_failure();
  return {};
}

result<void> rocketmq_cluster::delete_topic(const std::string& topic) {
  const auto all = masters();
  if (!all)
    return all.error();
  for (const auto& master : *all)
    if (auto deleted =
          ask(master, request_code::delete_topic_in_broker, {{"topic", topic}});
        !deleted)
      return deleted.error();
  auto forgotten = ask(nameserver_, request_code::delete_topic_in_nameserver,
                       {{"topic", topic}});
  return forgotten ? result<void>{} : result<void>{forgotten.error()};
}

result<std::vector<load_queue>>
rocketmq_cluster::find_queues(const std::string& topic,
                              std::chrono::milliseconds wait_max) {
  const auto deadline = std::chrono::steady_clock::now() + wait_max;
  for (;;) {
    const auto answer =
      ask(nameserver_, request_code::get_route_info_by_topic,
          {{"topic", topic}, {"acceptStandardJsonOnly", "true"}});
    if (!answer)
      return answer.error();
    if (answer->is(response_code::success)) {
      const auto route = remoting::parse_topic_route(answer->body);
      if (!route)
        return route.error();
      if (auto found = queues_of(topic, *route); !found.empty())
        return found;
    }
    if (std::chrono::steady_clock::now() >= deadline)
      return {errc::no_route, "the nameserver at " + nameserver_
                                + " has no route for topic " + topic + ": "
                                + answer->remark};
    std::this_thread::sleep_for(route_pause);
  }
}

result<void>
rocketmq_cluster::await_readable(const load_queue& queue,
                                 std::chrono::milliseconds wait_max) {
  const remoting_caller::fields pull = {
    {"consumerGroup", "apogee-bench"},
    {"topic", queue.topic},
    {"queueId", std::to_string(queue.number)},
    {"queueOffset", "0"},
    {"maxMsgNums", "1"},
    {"sysFlag", "4"},
    {"commitOffset", "0"},
    {"suspendTimeoutMillis", "0"},
    {"subscription", "*"},
    {"subVersion", "1"}};
  const auto deadline = std::chrono::steady_clock::now() + wait_max;
  for (;;) {
    const auto answer = ask(queue.address, request_code::pull_message, pull);
    if (!answer)
      return answer.error();
    if (!answer->is(response_code::topic_not_exist))
      return {};
    if (std::chrono::steady_clock::now() >= deadline)
      return {errc::timeout, "the broker at " + queue.address
                               + " does not know topic " + queue.topic
                               + ", which it has created"};
    std::this_thread::sleep_for(route_pause);
  }
}

result<std::int64_t> rocketmq_cluster::offset(const load_queue& queue,
                                              request_code which) {
  const auto answer =
    ask(queue.address, which,
        {{"topic", queue.topic}, {"queueId", std::to_string(queue.number)}});
  if (!answer)
    return answer.error();
  if (!answer->is(response_code::success))
    return answer->as_failure();
  return answer->number("offset");
}

} // namespace apogee::cli
