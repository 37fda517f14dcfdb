#include "actors/client/route_watcher.hpp"

#include "actors/client/ask.hpp"
#include "actors/client/environment.hpp"
#include "actors/protocol.hpp"

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace apogee::client {

namespace {

using ask_again_atom = caf::atom_constant<caf::atom("askagain")>;

constexpr std::chrono::milliseconds answer_timeout{2'000};

envelope<schema::RouteRequest> make_route_request(const std::string& topic) {
  return envelope<schema::RouteRequest>::build(
    [&](auto out) { out.setTopic(topic); });
}

} // namespace

result<std::vector<core::broker_route>>
read_routes(const envelope<schema::RouteReply>& reply) {
  return reply.read([](schema::RouteReply::Reader in) {
    std::vector<core::broker_route> routes;
    for (const auto route : in.getRoutes()) {
      const auto broker = route.getBroker();
      const auto queues = route.getQueues();
      routes.push_back({broker.getName().cStr(),
                        broker.getNativeAddress().cStr(), queues.getWrite(),
                        queues.getRead(), queues.getPermission()});
    }
    return routes;
  });
}

route_watcher::route_watcher(caf::scheduled_actor* self, caf::actor owner,
                             caf::actor connector,
                             std::vector<std::string> nameservers,
                             std::chrono::milliseconds refresh)
  : self_(self), owner_(std::move(owner)), connector_(std::move(connector)),
    nameservers_(std::move(nameservers)), refresh_(refresh) {}

route_watcher::~route_watcher() {
  if (link_)
    caf::anon_send_exit(link_, caf::exit_reason::user_shutdown);
}

caf::behavior route_watcher::make_behavior() {
  link_ = spawn_scheduled<service_link>(
    self_->home_system(), caf::actor_cast<caf::actor>(self_), connector_,
    link_target{nameservers_, "nameserver", 0});
  return {
    [this](link_update& update) { linked(update); },
    [this](watch_atom, const std::string& topic) { watch(topic); },
    [this](unwatch_atom, const std::string& topic) { topics_.erase(topic); },
    [this](ask_again_atom, const std::string& topic, std::uint64_t turn) {
      const auto found = topics_.find(topic);
      if (found != topics_.end() && found->second.turn == turn
          && !found->second.asking)
        ask_routes(topic);
    },
  };
}

void route_watcher::linked(link_update& update) {
  nameserver_ = std::move(update.service);
  // A copy: failed() may change the table's entries.
  std::vector<std::string> names;
  for (auto& [topic, state] : topics_) {
    if (nameserver_)
      state.asking = false; // what was asked of the old connection is lost
    names.push_back(topic);
  }
  for (const auto& topic : names) {
    if (nameserver_)
      ask_routes(topic);
    else
      failed(topic, update.why);
  }
}

void route_watcher::watch(const std::string& topic) {
  auto& state = topics_[topic];
  if (!state.asking)
    ask_routes(topic);
}

void route_watcher::ask_routes(const std::string& topic) {
  auto& state = topics_[topic];
  ++state.turn;
  if (!nameserver_)
    return; // linked() asks
  state.asking = true;
  ask_within(
    self_, answer_timeout, nameserver_,
    [this, topic](const envelope<schema::RouteReply>& reply) {
      answered(topic, reply);
    },
    [this, topic](const caf::error& why) { failed(topic, to_failure(why)); },
    make_route_request(topic));
}

void route_watcher::answered(const std::string& topic,
                             const envelope<schema::RouteReply>& reply) {
  const auto found = topics_.find(topic);
  if (found == topics_.end())
    return;
  auto routes = read_routes(reply);
  if (!routes)
    return failed(topic, routes.error());
  if (routes->empty())
    return ask_brokers(topic);
  found->second.asking = false;
  found->second.pause = link_pause_first;
  tell(self_, owner_, route_update{topic, *std::move(routes), {}});
  ask_later(topic, refresh_);
}

/// Whether the topic is unknown or the brokers are away decides if waiting
/// helps.
void route_watcher::ask_brokers(const std::string& topic) {
  if (!nameserver_)
    return; // linked() asks anew
  ask_within(
    self_, answer_timeout, nameserver_,
    [this, topic](const envelope<schema::RouteReply>& reply) {
      const auto brokers = read_routes(reply);
      if (!brokers)
        failed(topic, brokers.error());
      else if (brokers->empty())
        failed(topic, {errc::no_route, "no broker is registered at the "
                                       "nameserver; start one"});
      else
        failed(topic, {errc::unknown_topic,
                       "topic '" + topic
                         + "' does not exist; create it with 'apogee topic "
                           "create "
                         + topic + "'"});
    },
    [this, topic](const caf::error& why) { failed(topic, to_failure(why)); },
    make_route_request({}));
}

void route_watcher::failed(const std::string& topic, const failure& why) {
  const auto found = topics_.find(topic);
  if (found == topics_.end())
    return;
  auto& state = found->second;
  state.asking = false;
  tell(self_, owner_, route_update{topic, {}, why});
  ask_later(topic, state.pause);
  state.pause = std::min(state.pause * 2, link_pause_max);
}

void route_watcher::ask_later(const std::string& topic,
                              std::chrono::milliseconds pause) {
  remind(self_, pause, ask_again_atom::value, topic, topics_[topic].turn);
}

} // namespace apogee::client
