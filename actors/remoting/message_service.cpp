#include "actors/remoting/message_service.hpp"

#include "actors/broker/own_messages.hpp"
#include "actors/remoting/request_reading.hpp"
#include "actors/remoting/stored_form.hpp"
#include "actors/remoting/topic_rules.hpp"
#include "actors/remoting/unique_keys.hpp"
#include "messages/names.hpp"
#include "messages/remoting/message_id.hpp"
#include "messages/remoting/properties.hpp"
#include "messages/remoting/send_header.hpp"
#include "messages/remoting/stored_message.hpp"

#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace apogee::remoting {

namespace {

using answer_promise = caf::typed_response_promise<service_answer>;

/// A session gives up asking its client before that.
constexpr std::chrono::seconds member_timeout{30};

/// Clients of before do not mean what they say about a limit of retries.
constexpr std::int32_t first_version_with_limit = 121; // 3.4.9

std::optional<std::int32_t> limit_of(const command& request,
                                     std::optional<std::int32_t> said) {
  return request.version >= first_version_with_limit ? said : std::nullopt;
}

std::string id_text(const host_address& host, log_position position) {
  return std::string{std::string_view{
    message_id_text{{host, static_cast<std::int64_t>(position.value)}}}};
}

/// As the original stores it.
stored_message as_stored(const broker::found_message& found,
                         const host_address& store_host) {
  stored_message out;
  take_record(out, found.record, found.message);
  out.queue_number =
    static_cast<std::int32_t>(found.record.fields.queue.number);
  out.store_host = store_host;
  out.topic = found.topic;
  return out;
}

void give(answer_promise& reply, service_answer what) {
  reply.deliver(std::move(what));
}

class server {
public:
  server(caf::event_based_actor* self, message_service_options options)
    : self_(self), options_(std::move(options)) {}

  answer_promise serve(const service_request& from) {
    auto reply = self_->make_response_promise<service_answer>();
    const read_request request{from};
    switch (request.code()) {
    case request_code::view_message_by_id:
      view(*request, from.from, reply);
      break;
    case request_code::consume_message_directly:
      consume(*request, from.from, reply);
      break;
    case request_code::consumer_send_message_back:
      take_back(*request, from.from, reply);
      break;
    default:
      send(*request, from.from, reply);
    }
    return reply;
  }

private:
  void view(const command& request, const peer& from, answer_promise reply) {
    field_reader fields{request};
    const auto offset = fields.int64("offset");
    if (!fields.outcome())
      return give(reply, refusal(fields.outcome().error()));
    read(offset, from, reply, [reply](std::string message) mutable {
      reply.deliver(
        service_answer{response_code::success, {}, {}, std::move(message)});
    });
  }

  /// Has the member that is named consume the message; its answer is passed
  /// back.
  void consume(const command& request, const peer& from, answer_promise reply) {
    field_reader fields{request};
    member_request order{std::string{fields.text("consumerGroup")},
                         std::string{fields.text("clientId")},
                         {request_code::consume_message_directly}};
    const auto id = parse_message_id(fields.text("msgId"));
    if (!fields.outcome())
      return give(reply, refusal(fields.outcome().error()));
    if (!id)
      return give(reply, refusal(response_code::invalid_parameter,
                                 "msgId is not the id of a stored message"));
    for (const auto& field : request.fields)
      if (field.key != "brokerName")
        order.what.fields.emplace_back(field.key, field.value);
    order.what.fields.emplace_back("brokerName", options_.broker_name);
    order.what.is_oneway = false;
    read(id->physical_offset, from, reply,
         [this, order = std::move(order), reply](std::string message) mutable {
           order.what.body = std::move(message);
           const auto clients = options_.clients();
           if (!clients)
             return give(reply, refusal(clients.error()));
           self_->request(*clients, member_timeout, std::move(order))
             .then(
               [reply](const service_answer& answer) mutable {
                 reply.deliver(answer);
               },
               [reply](const caf::error& error) mutable {
                 reply.deliver(refusal(to_failure(error)));
               });
         });
  }

  /// Gives the message at a position as the original stores it to `use`, or
  /// answers why not.
  void read(std::int64_t position, const peer& from, answer_promise reply,
            std::function<void(std::string)> use) {
    const auto dispatcher = options_.dispatcher();
    if (!dispatcher)
      return give(reply, refusal(dispatcher.error()));
    broker::find_message(
      self_, *dispatcher, {static_cast<std::uint64_t>(position)},
      [position, host = options_.store_host(from), reply, use = std::move(use)](
        const result<broker::found_message>& found) mutable {
        std::vector<char> body;
        if (!found && found.error().code == errc::not_found)
          reply.deliver(refusal(response_code::system_error,
                                "can not find message by the offset, "
                                  + std::to_string(position)));
        else if (!found)
          reply.deliver(refusal(found.error()));
        else if (append_stored_message(body, as_stored(*found, host)))
          use({body.begin(), body.end()});
        else
          reply.deliver(refusal(response_code::system_error,
                                "the message is longer than clients read"));
      });
  }

  void take_back(const command& request, const peer& from,
                 answer_promise reply) {
    field_reader fields{request};
    const auto offset = fields.int64("offset");
    special::send_back order;
    order.group = fields.text("group");
    order.delay_level = fields.int32("delayLevel");
    order.retries_max =
      limit_of(request, fields.optional_int32("maxReconsumeTimes"));
    if (!fields.outcome())
      return give(reply, refusal(fields.outcome().error()));
    order.position = {static_cast<std::uint64_t>(offset)};
    order.message_id = id_text(options_.store_host(from), order.position);
    order.ack = options_.flush_disk ? ack_level::disk : ack_level::memory;
    ask(
      std::move(order), reply,
      [reply](const special::stored_message_place&) mutable {
        reply.deliver(service_answer{});
      },
      [reply, offset](const failure& why) mutable {
        reply.deliver(why.code == errc::not_found
                        ? refusal(response_code::system_error,
                                  "look message by offset failed, "
                                    + std::to_string(offset))
                        : refusal(why));
      });
  }

  void send(const command& request, const peer& from, answer_promise reply) {
    const auto header = decode_send_header(request);
    if (!header)
      return give(reply, refusal(header.error()));
    if (header->is_batch || request.body.size() > options_.message_size_max
        || header->properties.size() > properties_bytes_max)
      return give(
        reply, refusal(response_code::message_illegal,
                       header->is_batch
                         ? "batches are not sent to a retry topic"
                         : "the message's body or properties are too large"));
    if (auto served = check_retry_send(*header); !served)
      return give(reply, refusal(served.error()));
    special::retry_send order;
    order.group = header->topic.substr(retry_topic_prefix.size());
    order.retries_max = limit_of(request, header->max_reconsume_times);
    order.ack = ack_of(*header, options_.flush_disk, request.is_oneway());
    auto& message = order.message;
    message.properties = header->properties;
    parse_integer(find_property(header->properties, property_names::delay_level)
                    .value_or("0"),
                  order.delay_level);
    for (const auto name : {property_names::wait, property_names::delay_level})
      remove_property(message.properties, name);
    auto key =
      std::string{find_property(message.properties, property_names::unique_key)
                    .value_or("")};
    if (key.empty()) {
      key = unique_keys_.next();
      append_property(message.properties, property_names::unique_key, key);
    }
    message.born_time_ms = header->born_timestamp_ms;
    message.flag = header->flag;
    message.sys_flag = header->sys_flag;
    message.reconsume_times = header->reconsume_times;
    message.body = request.body;
    message.born_host =
      packed(parse_host_and_port(from.address).value_or(host_address{}));
    ask(
      std::move(order), reply,
      [reply, key, host = options_.store_host(from)](
        const special::stored_message_place& place) mutable {
        reply.deliver(
          service_answer{response_code::success,
                         {},
                         {{"msgId", id_text(host, place.position)},
                          {"queueId", std::to_string(place.queue)},
                          {"queueOffset", std::to_string(place.offset.value)},
                          {"transactionId", key},
                          {"MSG_REGION", "DefaultRegion"},
                          {"TRACE_ON", "true"}}});
      },
      [reply](const failure& why) mutable { reply.deliver(refusal(why)); });
  }

  template <class Request, class Then, class Otherwise>
  void ask(Request what, answer_promise reply, Then then, Otherwise otherwise) {
    const auto retry = options_.retry();
    if (!retry)
      return give(reply, refusal(retry.error()));
    self_->request(*retry, caf::infinite, std::move(what))
      .then(std::move(then), [otherwise = std::move(otherwise)](
                               const caf::error& error) mutable {
        otherwise(to_failure(error));
      });
  }

  caf::event_based_actor* self_;
  message_service_options options_;
  unique_keys unique_keys_;
};

} // namespace

const std::vector<std::int32_t>& message_service_codes() {
  static const std::vector<std::int32_t> codes{
    static_cast<std::int32_t>(request_code::view_message_by_id),
    static_cast<std::int32_t>(request_code::consume_message_directly),
    static_cast<std::int32_t>(request_code::consumer_send_message_back),
    static_cast<std::int32_t>(request_code::send_message),
    static_cast<std::int32_t>(request_code::send_message_v2),
    static_cast<std::int32_t>(request_code::send_batch_message)};
  return codes;
}

caf::behavior message_service(caf::event_based_actor* self,
                              message_service_options options) {
  const auto core = std::make_shared<server>(self, std::move(options));
  return {
    [core](const service_request& request) { return core->serve(request); }};
}

} // namespace apogee::remoting
