#include "nodes/cli/session.hpp"

#include "actors/client/system_config.hpp"
#include "config/settings.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace apogee::cli {

namespace {

using namespace std::chrono_literals;

constexpr auto route_pause = 20ms;

constexpr auto nameserver_option =
  "--nameserver HOST:PORT or APOGEE_NAMESERVER";

} // namespace

std::string default_nameserver() {
  return "127.0.0.1:" + std::to_string(config::nameserver_native_port);
}

struct session::running {
  client::system_config config;
  caf::actor_system system{config};
};

session::session(target_options target) : target_(std::move(target)) {}

session::~session() = default;

caf::actor_system& session::system() {
  if (!running_)
    running_ = std::make_unique<running>();
  return running_->system;
}

result<node_connection> session::connect(const std::string& address,
                                         const std::string& service,
                                         const std::string& option) {
  return node_connection::open(system(),
                               {address, service, target_.timeout, option});
}

result<node_connection> session::nameserver() {
  const auto addresses = target_.nameservers.empty()
                           ? std::vector{default_nameserver()}
                           : target_.nameservers;
  failure first;
  for (const auto& address : addresses) {
    auto opened = connect(address, "nameserver", nameserver_option);
    if (opened)
      return opened;
    // A broker may listen where a nameserver was looked for; that tells more
    // than a port where nobody listens.
    if (first.code == errc::none || first.code == errc::unreachable)
      first = opened.error().code == errc::unreachable
                  && first.code == errc::unreachable
                ? first
                : opened.error();
  }
  return first;
}

result<std::vector<broker_address>> session::brokers() {
  if (!target_.broker.empty())
    return std::vector{broker_address{{}, target_.broker}};
  auto names = nameserver();
  if (!names)
    return names.error();
  const auto reply =
    names->ask<schema::RouteReply>(envelope<schema::RouteRequest>{});
  if (!reply)
    return reply.error();
  auto found = reply->read([](schema::RouteReply::Reader r) {
    std::vector<broker_address> out;
    for (const auto route : r.getRoutes()) {
      const auto broker = route.getBroker();
      if (broker.getId() == 0)
        out.push_back(
          {broker.getName().cStr(), broker.getNativeAddress().cStr()});
    }
    return out;
  });
  if (!found)
    return found.error();
  if (found->empty())
    return {errc::no_route,
            "the nameserver at " + names->address()
              + " knows no broker; is one running? It has to name this "
                "address under [broker] nameservers"};
  std::sort(found->begin(), found->end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return found;
}

result<void> await_route(node_connection& names, const std::string& topic,
                         std::chrono::milliseconds wait_max) {
  const auto request =
    envelope<schema::RouteRequest>::build([&](auto b) { b.setTopic(topic); });
  for (auto waited = 0ms; waited < wait_max; waited += route_pause) {
    const auto reply = names.ask<schema::RouteReply>(request);
    if (!reply)
      return reply.error();
    const auto routes = reply->read(
      [](schema::RouteReply::Reader r) { return r.getRoutes().size(); });
    if (!routes)
      return routes.error();
    if (*routes > 0)
      return {};
    std::this_thread::sleep_for(route_pause);
  }
  return {errc::unknown_topic, "topic '" + topic
                                 + "' does not exist; create it with 'apogee "
                                   "topic create "
                                 + topic + "'"};
}

result<std::string> session::find_topic(const std::string& topic,
                                        std::chrono::milliseconds wait_max) {
  auto names = nameserver();
  if (!names)
    return names.error();
  if (auto found = await_route(*names, topic, wait_max); !found)
    return found.error();
  return names->address();
}

result<void> session::for_each_broker(
  const std::string& service, errc tolerated,
  const std::function<result<void>(node_connection&, const broker_address&)>&
    ask) {
  auto all = brokers();
  if (!all)
    return all.error();
  std::vector<failure> failures;
  std::size_t tolerable = 0;
  for (auto& broker : *all) {
    auto opened = connect(broker.native_address, service,
                          target_.broker.empty() ? "" : "--broker HOST:PORT");
    result<void> done;
    if (opened) {
      broker.name = opened->node();
      done = ask(*opened, broker);
    } else {
      done = opened.error();
    }
    if (done)
      continue;
    auto why = done.error();
    tolerable += why.code == tolerated ? 1 : 0;
    if (all->size() > 1)
      why.text = "broker '" + broker.name + "' (" + broker.native_address
                 + "): " + why.text;
    failures.push_back(std::move(why));
  }
  const bool is_done_somewhere = failures.size() < all->size();
  failure out;
  for (const auto& why : failures) {
    if (why.code == tolerated
        && (is_done_somewhere || tolerable < failures.size()))
      continue;
    out.code = why.code;
    out.text += (out.text.empty() ? "" : "\n") + why.text;
  }
  if (out.code == errc::none)
    return {};
  return out;
}

} // namespace apogee::cli
