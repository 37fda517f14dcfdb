#pragma once

#include "actors/broker/messages.hpp"
#include "messages/message_body.hpp"

#include <caf/event_based_actor.hpp>

#include <functional>
#include <span>
#include <string>

/// How services of the broker read and store messages themselves.
namespace apogee::broker {

/// Encodes messages into one batch, with their tags. The views are not needed
/// afterwards.
staged_batch encode_batch(std::span<const message_view> messages,
                          ack_level ack);

/// Stores a batch in a topic that is made, with so many queues, when it is not
/// there. Calls `then` in a later turn of `self`; fails as the dispatcher and
/// the topic_catalog do.
void append_with_topic(
  caf::event_based_actor* self, const caf::actor& dispatcher,
  const caf::actor& topic_catalog, const local_append& what,
  std::uint32_t queues,
  std::function<void(const result<envelope<schema::AppendReply>>&)> then);

/// A message of the log; the views lead into `owner`.
struct found_message {
  record_view record; ///< without its body
  std::string topic;
  message_view message;
  envelope<schema::PullReply> owner;
};

/// Reads the messages of an answer to a pull, in order.
void for_each_message(
  const envelope<schema::PullReply>& pulled,
  const std::function<void(const record_view&, const message_view&)>& use);

/// Reads the message that stands at a position, which may be anything:
/// errc::not_found when none does. Calls `then` in a later turn of `self`.
void find_message(caf::event_based_actor* self, const caf::actor& dispatcher,
                  log_position position,
                  std::function<void(const result<found_message>&)> then);

} // namespace apogee::broker
