#include "actors/remoting/topic_service.hpp"

#include "actors/protocol.hpp"
#include "actors/remoting/request_reading.hpp"

#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace apogee::remoting {

namespace {

constexpr std::chrono::seconds catalog_timeout{10};

using answer_promise = caf::typed_response_promise<service_answer>;
using topic_list = envelope<schema::TopicList>;

result<envelope<schema::TopicUpdate>> read_update(const command& request) {
  field_reader fields{request};
  const auto topic = fields.text("topic");
  const auto read_queues = fields.int32("readQueueNums");
  const auto write_queues = fields.int32("writeQueueNums");
  const auto permission = fields.int32("perm");
  const auto flag = fields.optional_int32("topicSysFlag");
  if (!fields.outcome())
    return fields.outcome().error();
  if (read_queues < 1 || write_queues < 1 || permission < 1 || permission > 7)
    return {errc::invalid_argument,
            "a topic has at least one queue to read and one to write, and a "
            "permission of 2 (write), 4 (read) or 6 (both)"};
  return envelope<schema::TopicUpdate>::build([&](auto b) {
    b.setName(std::string{topic});
    b.setReadQueues(static_cast<std::uint32_t>(read_queues));
    b.setWriteQueues(static_cast<std::uint32_t>(write_queues));
    b.setPermission(static_cast<std::uint8_t>(permission));
    b.setCreates(true);
    b.initHints().setSystemFlag(flag.value_or(0));
    b.getHints().setOrdered(fields.boolean_or("order", false));
    b.setAttributes(
      std::string{fields.optional_text("attributes").value_or("")});
  });
}

void update(caf::event_based_actor* self, const caf::actor& catalog,
            const envelope<schema::TopicUpdate>& order, answer_promise reply) {
  self->request(catalog, catalog_timeout, order)
    .then(
      [reply](const topic_list&) mutable { reply.deliver(service_answer{}); },
      [reply](const caf::error& error) mutable {
        reply.deliver(refusal(to_failure(error)));
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
    } else if (const auto order = read_update(*request)) {
      update(self, *to, *order, reply);
    } else {
      reply.deliver(refusal(order.error()));
    }
    return reply;
  }};
}

} // namespace apogee::remoting
