#include "actors/remoting/client_service.hpp"
#include "actors/remoting/request_reading.hpp"
#include "messages/remoting_bodies/connections.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

/// What RocketMQ's tools want to know of clients: the third part of a
/// client_service.
namespace apogee::remoting {

namespace {

/// A session gives up asking its client before that.
constexpr std::chrono::seconds relay_timeout{30};

client_connection described(const std::string& id,
                            const core::group_client& client) {
  return {id, client.address, client.language, client.version};
}

subscription_data subscription_of(const std::string& topic,
                                  const core::group_subscription& in) {
  subscription_data out;
  out.topic = topic;
  out.expression_type = in.expression_type;
  out.expression = in.expression;
  out.version = in.version;
  if (in.expression_type != "TAG" || in.expression == "*")
    return out;
  std::string_view rest = in.expression;
  while (!rest.empty()) {
    const auto tag = rest.substr(0, rest.find("||"));
    rest.remove_prefix(std::min(tag.size() + 2, rest.size()));
    const auto first = tag.find_first_not_of(' ');
    if (first == std::string_view::npos)
      continue;
    out.tags.emplace_back(
      tag.substr(first, tag.find_last_not_of(' ') - first + 1));
    out.tag_codes.push_back(
      static_cast<std::int32_t>(tag_hash(out.tags.back())));
  }
  return out;
}

} // namespace

void client_service::show_consumers(const command& request, const peer&,
                                    reply_promise reply) {
  field_reader fields{request};
  const std::string name{fields.text("consumerGroup")};
  const auto* group = clients_.consumers(name);
  if (group == nullptr) {
    reply.deliver(refusal(response_code::consumer_not_online,
                          "the consumer group[" + name + "] not online"));
    return;
  }
  consumer_connections out;
  for (const auto& [id, client] : group->clients) {
    out.connections.push_back(described(id, client));
    out.type =
      client.is_pulling ? consume_type::actively : consume_type::passively;
    out.model = client.is_broadcasting ? message_model::broadcasting
                                       : message_model::clustering;
    out.from = static_cast<consume_from>(client.consume_from);
  }
  for (const auto& [topic, wanted] : group->subscriptions)
    out.subscriptions.push_back(subscription_of(topic, wanted));
  reply.deliver(service_answer{
    response_code::success, {}, {}, write_consumer_connections(out)});
}

void client_service::show_producers(const command& request, const peer&,
                                    reply_promise reply) {
  field_reader fields{request};
  const std::string name{fields.text("producerGroup")};
  const auto* group = clients_.producers(name);
  if (group == nullptr) {
    reply.deliver(refusal(response_code::system_error,
                          "the producer group[" + name + "] not exist"));
    return;
  }
  std::vector<client_connection> out;
  for (const auto& [id, client] : *group)
    out.push_back(described(id, client));
  reply.deliver(service_answer{
    response_code::success, {}, {}, write_producer_connections(out)});
}

/// Passes the request on to the client that it names, and its answer back.
void client_service::relay(const command& request, const peer&,
                           reply_promise reply) {
  field_reader fields{request};
  member_request question{std::string{fields.text("consumerGroup")},
                          std::string{fields.text("clientId")},
                          {static_cast<request_code>(request.code)}};
  for (const auto& field : request.fields)
    question.what.fields.emplace_back(field.key, field.value);
  question.what.body = request.body;
  question.what.is_oneway = false;
  ask_member(std::move(question), reply);
}

void client_service::ask_member(member_request question, reply_promise reply) {
  const auto name = "<" + question.group + "> <" + question.client + ">";
  const auto* group = clients_.consumers(question.group);
  const auto client = group == nullptr ? decltype(group->clients.end()){}
                                       : group->clients.find(question.client);
  if (group == nullptr || client == group->clients.end()) {
    reply.deliver(refusal(response_code::system_error,
                          "The Consumer " + name + " not online"));
    return;
  }
  const auto session = sessions_.find(client->second.connection);
  if (session == sessions_.end()) {
    reply.deliver(refusal(response_code::system_error,
                          "the connection of " + name + " is lost"));
    return;
  }
  self_->request(session->second, relay_timeout, std::move(question.what))
    .then(
      [reply](service_answer& answer) mutable {
        reply.deliver(std::move(answer));
      },
      [reply, name](const caf::error&) mutable {
        reply.deliver(refusal(response_code::consume_message_timeout,
                              "consumer " + name + " did not answer in time"));
      });
}

} // namespace apogee::remoting
