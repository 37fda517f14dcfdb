#include "actors/client/topic_admin.hpp"

#include "actors/client/environment.hpp"
#include "actors/client/service_link.hpp"
#include "actors/protocol.hpp"

#include <caf/scoped_actor.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace apogee::client {

namespace {

constexpr std::chrono::seconds answer_timeout{5};

/// The first connection of a link, or why there is none.
result<caf::actor> connect(caf::scoped_actor& self,
                           const std::string& address) {
  auto link = spawn_scheduled<service_link>(
    self->home_system(), caf::actor_cast<caf::actor>(self),
    default_environment(self->home_system()).connector,
    link_target{{address}, "admin", 0});
  std::optional<link_update> update;
  self->receive([&](link_update& x) { update = std::move(x); },
                caf::after(answer_timeout) >> [] {});
  self->send_exit(link, caf::exit_reason::user_shutdown);
  if (!update)
    return {errc::timeout, "no answer from " + address};
  if (!update->service)
    return update->why;
  return update->service;
}

} // namespace

result<void> create_topic(caf::actor_system& sys, const std::string& address,
                          const std::string& topic, std::uint32_t queues) {
  caf::scoped_actor self{sys};
  const auto admin = connect(self, address);
  if (!admin)
    return admin.error();
  auto request = envelope<schema::TopicCreate>::build([&](auto out) {
    out.setName(topic);
    out.setQueues(queues);
  });
  result<void> answer;
  self->request(*admin, answer_timeout, std::move(request))
    .receive([](const envelope<schema::TopicList>&) {},
             [&](const caf::error& why) { answer = to_failure(why); });
  return answer;
}

} // namespace apogee::client
