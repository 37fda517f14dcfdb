#include "actors/naming/registrar.hpp"

#include "actors/naming/route_encoding.hpp"
#include "messages/address.hpp"

#include <caf/node_id.hpp>
#include <caf/system_messages.hpp>

#include <algorithm>
#include <utility>

namespace apogee::naming {

namespace {

/// A nameserver forgets a broker that missed so many heartbeats.
constexpr int heartbeats_missed_max = 3;

} // namespace

auto registrar_state::failing(std::size_t index) {
  return [this, index, attempt = links_[index].attempt](const caf::error& why) {
    if (links_[index].attempt == attempt)
      fail(index, to_failure(why));
  };
}

void registrar_state::open(registrar_options options) {
  options_ = std::move(options);
  for (auto& place : options_.nameservers) {
    links_.emplace_back();
    links_.back().place = std::move(place);
  }
  self_->set_down_handler(
    [this](const caf::down_msg& down) { lose(down.source); });
  list_topics();
  self_->delayed_send(self_, options_.register_interval, heartbeat_atom::value);
}

// -- topics ------------------------------------------------------------------

void registrar_state::list_topics() {
  const auto retry = [this] {
    self_->delayed_send(self_, reconnect_wait_first, list_atom::value);
  };
  const auto catalog = options_.topics();
  if (!catalog)
    return retry();
  if (catalog_ != *catalog) {
    catalog_ = *catalog;
    self_->monitor(catalog_);
  }
  self_
    ->request(catalog_, registration_timeout, caf::subscribe_atom::value,
              caf::actor_cast<caf::actor>(self_))
    .then([this](const std::vector<topic_info>& all) { take_list(all); },
          [retry](const caf::error&) { retry(); });
}

void registrar_state::take_list(const std::vector<topic_info>& all) {
  core::registered_topics before;
  topics_.swap(before);
  for (const auto& topic : all)
    apply(topic);
  for (const auto& [topic, route] : before)
    if (!topics_.contains(topic))
      for (auto& x : links_)
        x.told.change(topic);
  if (!std::exchange(has_topics_, true))
    for (std::size_t i = 0; i < links_.size(); ++i)
      connect(i);
  report_news();
}

void registrar_state::take_changes(const std::vector<topic_info>& changed) {
  for (const auto& topic : changed)
    apply(topic);
  report_news();
}

void registrar_state::apply(const topic_info& topic) {
  if (topic.deleted)
    topics_.erase(topic.name);
  else
    topics_[topic.name] = {topic.name,
                           {topic.write_queues, topic.read_queues,
                            topic.permission, topic.system_flag}};
  for (auto& x : links_)
    x.told.change(topic.name);
}

// -- reports -----------------------------------------------------------------

void registrar_state::report_news() {
  for (std::size_t i = 0; i < links_.size(); ++i)
    if (links_[i].now == phase::idle && links_[i].told.has_news())
      report(i);
}

void registrar_state::send_heartbeats() {
  for (std::size_t i = 0; i < links_.size(); ++i)
    if (links_[i].now == phase::idle)
      report(i);
  self_->delayed_send(self_, options_.register_interval, heartbeat_atom::value);
}

void registrar_state::report(std::size_t index) {
  auto& x = links_[index];
  x.now = phase::reporting;
  auto report = x.told.next(topics_);
  report.broker = options_.broker;
  report.expiry = heartbeats_missed_max * options_.register_interval;
  self_
    ->request(x.server, registration_timeout, encode_registration(report),
              caf::actor_cast<caf::actor>(self_))
    .then(
      [this, index, attempt = x.attempt, complete = report.complete](
        const envelope<schema::RegisterReply>& reply) {
        if (links_[index].attempt == attempt)
          reported(index, complete, reply);
      },
      failing(index));
}

void registrar_state::reported(std::size_t index, bool was_complete,
                               const envelope<schema::RegisterReply>& reply) {
  const auto complete_wanted =
    reply.read([](auto in) { return in.getCompleteWanted(); });
  if (!complete_wanted)
    return fail(index, complete_wanted.error());
  auto& x = links_[index];
  x.now = phase::idle;
  x.wait = reconnect_wait_first;
  note(x, true, "is told about this broker");
  if (*complete_wanted)
    x.told.start_over();
  // One that is not content with everything is asked again by the heartbeat,
  // and not in a loop.
  if (x.told.has_news() && !(was_complete && *complete_wanted))
    report(index);
}

// -- connections -------------------------------------------------------------

void registrar_state::connect(std::size_t index) {
  auto& x = links_[index];
  ++x.attempt;
  x.now = phase::connecting;
  if (const auto* address = std::get_if<std::string>(&x.place))
    return dial(index, *address);
  const auto server = std::get<handle_provider<nameserver_actor>>(x.place)();
  if (server)
    connected(index, *server);
  else
    fail(index, server.error());
}

void registrar_state::dial(std::size_t index, const std::string& address) {
  const auto to = split_address(address);
  APOGEE_CHECK(to.has_value()); // the settings were checked
  self_
    ->request(options_.connector, registration_timeout,
              caf::connect_atom::value, to->host, to->port)
    .then(
      [this, index, attempt = links_[index].attempt](
        const caf::node_id&, const caf::strong_actor_ptr& door,
        const std::set<std::string>&) {
        if (links_[index].attempt == attempt)
          greet(index, door);
      },
      failing(index));
}

void registrar_state::greet(std::size_t index,
                            const caf::strong_actor_ptr& door) {
  if (!door)
    return fail(index, {errc::version_mismatch, "nothing is published there"});
  const auto hello = envelope<schema::Hello>::build([](auto out) {
    out.setProtocolVersion(protocol_version);
    out.setService("nameserver");
  });
  self_
    ->request(caf::actor_cast<node_door_actor>(door), registration_timeout,
              hello)
    .then(
      [this, index, attempt = links_[index].attempt](
        const envelope<schema::Welcome>&, const caf::strong_actor_ptr& server) {
        if (links_[index].attempt != attempt)
          return;
        if (server)
          connected(index, caf::actor_cast<nameserver_actor>(server));
        else
          fail(index, {errc::restarting, "the nameserver is not there"});
      },
      failing(index));
}

void registrar_state::connected(std::size_t index, nameserver_actor server) {
  auto& x = links_[index];
  x.server = std::move(server);
  self_->monitor(x.server);
  x.told.start_over();
  report(index);
}

void registrar_state::fail(std::size_t index, const failure& why) {
  auto& x = links_[index];
  note(x, false,
       "is not told about this broker: " + to_string(why) + "; trying again");
  if (x.server) {
    self_->demonitor(x.server.address());
    x.server = nullptr;
  }
  ++x.attempt;
  x.now = phase::waiting;
  self_->delayed_send(self_, x.wait, reconnect_atom::value,
                      std::uint64_t{index}, x.attempt);
  x.wait = std::min(x.wait * 2,
                    std::max(reconnect_wait_first, options_.register_interval));
}

void registrar_state::note(link& x, bool reached, const std::string& text) {
  if (x.noted == reached)
    return;
  x.noted = reached;
  const auto* address = std::get_if<std::string>(&x.place);
  options_.note("nameserver " + (address ? *address : "of this node") + " "
                + text);
}

void registrar_state::reconnect(std::size_t index, std::uint64_t attempt) {
  if (links_[index].attempt == attempt)
    connect(index);
}

void registrar_state::lose(const caf::actor_addr& source) {
  if (catalog_ && catalog_.address() == source) {
    catalog_ = nullptr;
    list_topics();
  }
  for (std::size_t i = 0; i < links_.size(); ++i)
    if (links_[i].server && links_[i].server.address() == source)
      fail(i, {errc::unreachable, "the connection is lost"});
}

registrar_actor::behavior_type
registrar(registrar_actor::stateful_pointer<registrar_state> self,
          registrar_options options) {
  self->state.open(std::move(options));
  return {
    [self](const std::vector<topic_info>& changed) {
      self->state.take_changes(changed);
    },
    [self](heartbeat_atom) { self->state.send_heartbeats(); },
    [self](reconnect_atom, std::uint64_t index, std::uint64_t attempt) {
      self->state.reconnect(static_cast<std::size_t>(index), attempt);
    },
    [self](list_atom) { self->state.list_topics(); },
  };
}

} // namespace apogee::naming
