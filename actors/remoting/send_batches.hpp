#pragma once

#include "actors/broker/messages.hpp"
#include "actors/remoting/unique_keys.hpp"
#include "messages/remoting/batch_body.hpp"
#include "messages/remoting/command.hpp"
#include "messages/remoting/send_header.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace apogee::remoting {

/// A request to send that waits for the answer to its batch. There is one for
/// most messages, so it owns nothing.
struct waiting_send {
  serialize_type type = serialize_type::json;
  bool is_oneway = false;
  std::int32_t opaque = 0;
  std::uint32_t messages = 0; ///< of the batch, behind its predecessor's
  std::uint32_t unique_key_begin = 0; ///< in the batch's unique_keys
  std::uint32_t unique_key_bytes = 0;
};

/// Messages of one queue and level that go to the broker in one request.
struct send_batch {
  std::string topic;
  std::uint32_t queue = 0;
  broker::staged_batch messages; ///< without its place in the queue
  std::vector<waiting_send> senders;
  std::string unique_keys; ///< of the senders, one behind the other
  std::uint64_t bytes = 0;
  int attempts = 0; ///< to store it, while the broker was busy

  std::string_view unique_key(const waiting_send& sender) const {
    return std::string_view{unique_keys}.substr(sender.unique_key_begin,
                                                sender.unique_key_bytes);
  }
};

/// Puts the requests of one turn of a session together: whatever goes to the
/// same queue at the same level becomes one batch. Messages are encoded for the
/// log here, once, into memory that all batches of the turn share.
class send_batches {
public:
  /// Starts a turn in which about `bytes` will be added.
  void expect(std::size_t bytes) { expected_bytes_ = bytes; }

  struct target {
    std::string_view topic;
    std::uint32_t queue = 0;
    ack_level ack = ack_level::memory;
  };

  /// Adds one message, or the elements of a batch body: all or none. Fails
  /// with errc::malformed or errc::message_too_large; the text is for the
  /// sender.
  result<void> add(const target& to, const command& request,
                   const send_header& header, std::string_view born_host,
                   std::uint64_t message_size_max);

  /// The batches of the turn, in the order of their first message.
  std::vector<send_batch> take();

private:
  void encode(const target& to, const send_header& header,
              std::string_view born_host, waiting_send sender);
  send_batch& batch_for(const target& to);
  void make_room(std::size_t words);
  std::span<std::uint64_t> take_room(std::size_t words);

  struct arena {
    std::shared_ptr<std::uint64_t[]> words;
    std::size_t size = 0;
    std::size_t used = 0;
  };

  std::size_t expected_bytes_ = 0;
  arena arena_;
  std::vector<send_batch> batches_;
  std::vector<batch_element> elements_; // of the request being added
  std::string scratch_;
  unique_keys unique_keys_;
};

} // namespace apogee::remoting
