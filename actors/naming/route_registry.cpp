#include "actors/naming/route_registry.hpp"

#include "actors/naming/route_encoding.hpp"

#include <caf/system_messages.hpp>

#include <algorithm>

namespace apogee::naming {

namespace {

/// Looks for silent brokers per expiry: one is forgotten at most this much of
/// it too late.
constexpr int looks_per_expiry = 4;

} // namespace

void route_registry_state::open(route_registry_options options) {
  options_ = std::move(options);
  self_->set_down_handler(
    [this](const caf::down_msg& down) { lose(down.source); });
  self_->delayed_send(self_, options_.broker_expiry / looks_per_expiry,
                      expire_atom::value);
}

caf::result<envelope<schema::RegisterReply>>
route_registry_state::take(const envelope<schema::RegisterRequest>& request,
                           const caf::actor& registrar) {
  auto report = decode_registration(request);
  if (!report)
    return refuse(report.error());
  if (!registrar)
    return make_error(errc::invalid_argument,
                      "a registration has to name its registrar");
  report->expiry = std::max(report->expiry, options_.broker_expiry);
  const auto complete_wanted = table_.apply(*report, self_->clock().now());
  if (!complete_wanted)
    return refuse(complete_wanted.error());
  if (!*complete_wanted)
    bind(report->broker.key, registrar);
  return envelope<schema::RegisterReply>::build(
    [&](auto reply) { reply.setCompleteWanted(*complete_wanted); });
}

caf::result<envelope<schema::RouteReply>>
route_registry_state::look_up(const envelope<schema::RouteRequest>& request) {
  const auto topic =
    request.read([](auto in) -> std::string { return in.getTopic(); });
  if (!topic)
    return refuse(topic.error());
  return encode_routes(topic->empty() ? table_.brokers()
                                      : table_.routes(*topic));
}

topic_names route_registry_state::list(const topics_query& query) const {
  return {table_.topics_of(query.cluster)};
}

topics_switched
route_registry_state::switch_writing(const write_switch& order) {
  const auto topics = table_.show_writable(order.broker_name, order.is_shown);
  options_.note("broker " + order.broker_name
                + (order.is_shown ? " may be written to again"
                                  : " may no longer be written to")
                + ", as an operator wishes");
  return {topics};
}

void route_registry_state::expire() {
  for (const auto& broker : table_.expire(self_->clock().now())) {
    note(broker, "was silent for too long: its routes are gone");
    unbind(broker);
  }
  self_->delayed_send(self_, options_.broker_expiry / looks_per_expiry,
                      expire_atom::value);
}

void route_registry_state::bind(const core::broker_key& broker,
                                const caf::actor& registrar) {
  const auto known = registrars_.find(broker);
  if (known != registrars_.end()) {
    if (known->second == registrar.address())
      return;
    unbind(broker);
  } else {
    note(broker, "has registered");
  }
  registrars_[broker] = registrar.address();
  auto& brokers = brokers_[registrar.address()];
  if (brokers.empty())
    self_->monitor(registrar);
  brokers.insert(broker);
}

void route_registry_state::unbind(const core::broker_key& broker) {
  const auto known = registrars_.find(broker);
  if (known == registrars_.end())
    return;
  const auto place = brokers_.find(known->second);
  place->second.erase(broker);
  if (place->second.empty()) {
    self_->demonitor(place->first);
    brokers_.erase(place);
  }
  registrars_.erase(known);
}

void route_registry_state::lose(const caf::actor_addr& registrar) {
  const auto place = brokers_.find(registrar);
  if (place == brokers_.end())
    return;
  for (const auto& broker : place->second) {
    note(broker, "lost its connection or ended: its routes are gone");
    table_.remove(broker);
    registrars_.erase(broker);
  }
  brokers_.erase(place);
}

void route_registry_state::note(const core::broker_key& broker,
                                const std::string& text) {
  options_.note("broker " + broker.cluster + "/" + broker.name + "/"
                + std::to_string(broker.id) + " " + text);
}

caf::error route_registry_state::refuse(const failure& why) {
  if (why.code == errc::malformed)
    ++*options_.refused_malformed;
  return make_error(why, self_->current_sender());
}

route_registry_actor::behavior_type route_registry(
  route_registry_actor::stateful_pointer<route_registry_state> self,
  route_registry_options options) {
  self->state.open(std::move(options));
  return {
    [self](const envelope<schema::RegisterRequest>& request,
           const caf::actor& registrar) {
      return self->state.take(request, registrar);
    },
    [self](const envelope<schema::RouteRequest>& request) {
      return self->state.look_up(request);
    },
    [self](const topics_query& query) { return self->state.list(query); },
    [self](const write_switch& order) {
      return self->state.switch_writing(order);
    },
    [self](expire_atom) { self->state.expire(); },
  };
}

} // namespace apogee::naming
