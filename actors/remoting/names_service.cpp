#include "actors/remoting/names_service.hpp"

#include "actors/remoting/advertised_address.hpp"
#include "actors/remoting/request_reading.hpp"
#include "actors/remoting/topic_rules.hpp"
#include "messages/names.hpp"
#include "messages/remoting_bodies/name_lists.hpp"
#include "messages/remoting_bodies/routes.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace apogee::remoting {

namespace {

constexpr std::chrono::seconds registry_timeout{5};

/// "inherit": may be copied for a topic that is created by itself.
constexpr std::int32_t permission_inherit = 1;

using answer_promise = caf::typed_response_promise<service_answer>;
using route_reader = schema::RouteReply::Reader;

struct assumed_route {
  std::int32_t queues = 0;
  std::int32_t permission = 0;
};

service_answer no_route(const std::string& topic) {
  return refusal(response_code::topic_not_exist,
                 "No topic route info in name server for the topic: " + topic
                   + "; create it with 'apogee topic create " + topic + "'");
}

class names {
public:
  names(caf::event_based_actor* self, names_service_options options)
    : self_(self), options_(std::move(options)) {}

  answer_promise serve(const service_request& from) {
    const read_request request{from};
    auto promise = self_->make_response_promise<service_answer>();
    field_reader fields{*request};
    (this->*handlers().at(request.code()))(fields, from.from.reached, promise);
    return promise;
  }

  using handler = void (names::*)(field_reader&, const host_address& reached,
                                  answer_promise);

  static const request_table<handler>& handlers() {
    static const request_table<handler> table{
      {request_code::get_route_info_by_topic, &names::route},
      {request_code::get_broker_cluster_info, &names::cluster},
      {request_code::get_all_topic_list_from_nameserver, &names::all_topics},
      {request_code::get_topics_by_cluster, &names::topics_of_cluster},
      {request_code::delete_topic_in_nameserver, &names::forget_topic},
      {request_code::delete_kv_config, &names::forget_setting},
      {request_code::wipe_write_permission_of_broker, &names::wipe_writing},
      {request_code::add_write_permission_of_broker, &names::add_writing},
    };
    return table;
  }

private:
  void route(field_reader& fields, const host_address& reached,
             answer_promise promise) {
    const std::string topic{fields.text("topic")};
    if (!fields.outcome())
      promise.deliver(refusal(fields.outcome().error()));
    else
      give_route(topic, reached, promise);
  }

  void cluster(field_reader&, const host_address& reached,
               answer_promise promise) {
    ask({}, promise, [this, reached](route_reader routes) {
      std::vector<broker_route> brokers;
      for (const auto in : routes.getRoutes())
        brokers.push_back(read_broker(reached, in.getBroker()));
      return service_answer{
        response_code::success, {}, {}, write_cluster_info(brokers)};
    });
  }

  void all_topics(field_reader&, const host_address&, answer_promise promise) {
    list_topics({}, promise);
  }

  void topics_of_cluster(field_reader& fields, const host_address&,
                         answer_promise promise) {
    list_topics(std::string{fields.text("cluster")}, promise);
  }

  void list_topics(std::string cluster, answer_promise promise) {
    ask_registry<naming::topic_names>(
      naming::topics_query{std::move(cluster)}, promise,
      [](const naming::topic_names& topics) {
        return service_answer{
          response_code::success, {}, {}, write_topic_list(topics.names)};
      });
  }

  /// A topic is gone as soon as its broker has deleted it, which tools ask of
  /// that first; one that a broker still has would be back at once.
  void forget_topic(field_reader&, const host_address&,
                    answer_promise promise) {
    promise.deliver(service_answer{});
  }

  /// Tools ask for it when they delete a group or a topic. Nothing is kept here
  /// that could be there still.
  void forget_setting(field_reader&, const host_address&,
                      answer_promise promise) {
    promise.deliver(service_answer{});
  }

  void wipe_writing(field_reader& fields, const host_address&,
                    answer_promise promise) {
    switch_writing(fields, false, "wipeTopicCount", promise);
  }

  void add_writing(field_reader& fields, const host_address&,
                   answer_promise promise) {
    switch_writing(fields, true, "addTopicCount", promise);
  }

  void switch_writing(field_reader& fields, bool is_shown, std::string count,
                      answer_promise promise) {
    const std::string broker{fields.text("brokerName")};
    if (!fields.outcome()) {
      promise.deliver(refusal(fields.outcome().error()));
      return;
    }
    ask_registry<naming::topics_switched>(
      naming::write_switch{broker, is_shown}, promise,
      [count](const naming::topics_switched& done) {
        return service_answer{
          response_code::success, {}, {{count, std::to_string(done.topics)}}};
      });
  }

  void give_route(const std::string& topic, const host_address& reached,
                  const answer_promise& promise) {
    ask(topic, promise,
        [this, topic, reached,
         promise](route_reader routes) -> std::optional<service_answer> {
          if (routes.getRoutes().size() > 0)
            return make_route(reached, routes, {});
          const auto assumed = assume(topic);
          if (!assumed)
            return no_route(topic);
          ask({}, promise, [this, topic, reached, assumed](route_reader all) {
            return all.getRoutes().size() > 0
                     ? make_route(reached, all, assumed)
                     : no_route(topic);
          });
          return {};
        });
  }

  /// `reached` is where the client that asks has reached us.
  service_answer make_route(const host_address& reached, route_reader routes,
                            std::optional<assumed_route> assumed) const {
    topic_route out;
    for (const auto in : routes.getRoutes()) {
      out.brokers.push_back(read_broker(reached, in.getBroker()));
      queue_route queues;
      queues.broker_name = in.getBroker().getName();
      const auto served = in.getQueues();
      queues.read_queues =
        assumed ? assumed->queues : static_cast<std::int32_t>(served.getRead());
      queues.write_queues = assumed
                              ? assumed->queues
                              : static_cast<std::int32_t>(served.getWrite());
      queues.permission = served.getPermission();
      if (assumed)
        queues.permission &= assumed->permission;
      queues.system_flag = served.getSystemFlag();
      out.queues.push_back(queues);
    }
    return {response_code::success, {}, {}, write_topic_route(out)};
  }

  broker_route read_broker(const host_address& reached,
                           schema::BrokerInfo::Reader in) const {
    broker_route out;
    out.broker_name = in.getName();
    out.cluster = in.getCluster();
    out.addresses[static_cast<std::int64_t>(in.getId())] = address_for_client(
      reached, in.getRemotingAddress(), in.getRemotingAnyHost().cStr(),
      options_.is_own_address);
    return out;
  }

  /// Of a topic that is not there, but will be with its first message.
  std::optional<assumed_route> assume(const std::string& topic) const {
    if (topic == template_topic && options_.settings.auto_create_topics)
      return assumed_route{static_cast<std::int32_t>(template_topic_queues),
                           permission_read | permission_write
                             | permission_inherit};
    if (topic.starts_with(retry_topic_prefix)
        && check_group_name(topic.substr(retry_topic_prefix.size())))
      return assumed_route{1, permission_read | permission_write};
    return {};
  }

  /// `use` returns the answer, or none when it has asked somebody else.
  template <class Use>
  void ask(const std::string& topic, answer_promise promise, Use use) {
    const auto question =
      envelope<schema::RouteRequest>::build([&](auto b) { b.setTopic(topic); });
    ask_registry<envelope<schema::RouteReply>>(
      question, promise, [use](const envelope<schema::RouteReply>& reply) {
        std::optional<service_answer> answer;
        const auto outcome =
          reply.read([&](route_reader routes) { answer = use(routes); });
        return outcome ? answer : refusal(outcome.error());
      });
  }

  template <class Answer, class Question, class Use>
  void ask_registry(const Question& question, answer_promise promise, Use use) {
    const auto registry = options_.registry();
    if (!registry) {
      promise.deliver(refusal(registry.error()));
      return;
    }
    self_->request(*registry, registry_timeout, question)
      .then(
        [promise, use](const Answer& reply) mutable {
          std::optional<service_answer> answer = use(reply);
          if (answer)
            promise.deliver(std::move(*answer));
        },
        [promise](const caf::error& error) mutable {
          promise.deliver(refusal(to_failure(error)));
        });
  }

  caf::event_based_actor* self_;
  names_service_options options_;
};

} // namespace

const std::vector<std::int32_t>& names_service_codes() {
  return names::handlers().codes();
}

caf::behavior names_service(caf::event_based_actor* self,
                            names_service_options options) {
  const auto core = std::make_shared<names>(self, std::move(options));
  return {
    [core](const service_request& request) { return core->serve(request); },
  };
}

} // namespace apogee::remoting
