#include "actors/remoting/topic_service.hpp"

#include "actors/protocol.hpp"
#include "actors/remoting/request_reading.hpp"

#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace apogee::remoting {

namespace {

constexpr std::chrono::seconds catalog_timeout{10};

using answer_promise = caf::typed_response_promise<service_answer>;
using topic_list = envelope<schema::TopicList>;

struct wanted_topic {
  std::string name;
  std::uint32_t queues = 0;
  std::uint8_t permission = 0;
};

result<wanted_topic> read_wanted(const command& request) {
  field_reader fields{request};
  wanted_topic out;
  out.name = fields.text("topic");
  const auto queues =
    std::max(fields.int32("readQueueNums"), fields.int32("writeQueueNums"));
  const auto permission = fields.int32("perm");
  if (!fields.outcome())
    return fields.outcome().error();
  if (queues < 1 || permission < 0 || permission > 7)
    return {errc::invalid_argument,
            "a topic has at least one queue and a permission of 0 to 7"};
  out.queues = static_cast<std::uint32_t>(queues);
  out.permission = static_cast<std::uint8_t>(permission);
  return out;
}

/// What an existing topic says to the wish for it.
service_answer compare(const topic_list& list, const wanted_topic& wanted) {
  const auto answer = list.read([&](schema::TopicList::Reader r) {
    const auto topics = r.getTopics();
    if (topics.size() == 1 && topics[0].getQueues() == wanted.queues
        && topics[0].getPermission() == wanted.permission)
      return service_answer{};
    return refusal(response_code::system_error,
                   "topic " + wanted.name
                     + " exists with other queues or permissions, and this "
                       "version cannot alter topics");
  });
  return answer ? *answer : refusal(answer.error());
}

void create(caf::event_based_actor* self, const caf::actor& catalog,
            const wanted_topic& wanted, answer_promise reply) {
  const auto order = envelope<schema::TopicCreate>::build([&](auto b) {
    b.setName(wanted.name);
    b.setQueues(wanted.queues);
    b.setPermission(wanted.permission);
  });
  self->request(catalog, catalog_timeout, order)
    .then(
      [reply](const topic_list&) mutable { reply.deliver(service_answer{}); },
      [=](const caf::error& error) mutable {
        const auto why = to_failure(error);
        if (why.code != errc::topic_exists) {
          reply.deliver(refusal(why));
          return;
        }
        const auto query = envelope<schema::TopicQuery>::build(
          [&](auto b) { b.setName(wanted.name); });
        self->request(catalog, catalog_timeout, query)
          .then(
            [=](const topic_list& list) mutable {
              reply.deliver(compare(list, wanted));
            },
            [=](const caf::error& failed) mutable {
              reply.deliver(refusal(to_failure(failed)));
            });
      });
}

void remove(caf::event_based_actor* self, const caf::actor& catalog,
            const std::string& name, answer_promise reply) {
  const auto order =
    envelope<schema::TopicDelete>::build([&](auto b) { b.setName(name); });
  self->request(catalog, catalog_timeout, order)
    .then(
      [reply](const topic_list&) mutable { reply.deliver(service_answer{}); },
      [reply](const caf::error& error) mutable {
        const auto why = to_failure(error);
        // It is not there, as was wished.
        reply.deliver(why.code == errc::unknown_topic ? service_answer{}
                                                      : refusal(why));
      });
}

} // namespace

const std::vector<std::int32_t>& topic_service_codes() {
  static const std::vector<std::int32_t> codes{
    static_cast<std::int32_t>(request_code::update_and_create_topic),
    static_cast<std::int32_t>(request_code::delete_topic_in_broker)};
  return codes;
}

caf::behavior topic_service(caf::event_based_actor* self,
                            handle_provider<caf::actor> catalog) {
  return {[self, catalog](const service_request& from) {
    auto reply = self->make_response_promise<service_answer>();
    const read_request request{from};
    const auto to = catalog();
    if (!to) {
      reply.deliver(refusal(to.error()));
    } else if (request.code() == request_code::delete_topic_in_broker) {
      remove(self, *to, std::string{request->find("topic").value_or("")},
             reply);
    } else if (const auto wanted = read_wanted(*request)) {
      create(self, *to, *wanted, reply);
    } else {
      reply.deliver(refusal(wanted.error()));
    }
    return reply;
  }};
}

} // namespace apogee::remoting
