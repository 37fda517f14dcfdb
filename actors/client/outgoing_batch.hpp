#pragma once

#include "actors/client/message.hpp"
#include "messages/client.capnp.h"
#include "messages/envelope.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace apogee::client {

using steady_time = std::chrono::steady_clock::time_point;

/// Number of a topic inside one producer.
struct topic_index {
  std::uint32_t value = 0;
};

/// A message that waits for its answer.
struct outgoing_message {
  send_callback done; ///< empty: one-way
  steady_time deadline;
  std::uint64_t shard = 0; ///< hash of the shard key
  std::uint32_t words = 0; ///< its share of the batch's words
  bool is_answered = false;
};

/// Messages of one topic, encoded one behind the other.
struct outgoing_batch {
  topic_index topic;
  bool is_sharded = false;
  bool is_alone = false; ///< refused together with others: not merged again
  std::uint32_t attempts = 0;
  std::string avoided; ///< address of the broker that failed it last
  std::vector<std::uint64_t> words;
  std::vector<outgoing_message> messages;

  std::size_t size_bytes() const {
    return words.size() * sizeof(std::uint64_t);
  }
};

using batch_ptr = std::unique_ptr<outgoing_batch>;

/// Moves the messages of `from` behind those of `into`, if they may travel
/// together in at most `bytes_max` bytes.
bool try_merge(outgoing_batch& into, outgoing_batch& from,
               std::size_t bytes_max);

/// Moves the messages of `from` into one batch per value of `part`, in order.
/// What is answered already is left out.
std::map<std::uint64_t, batch_ptr>
split_batch(outgoing_batch& from,
            const std::function<std::uint64_t(const outgoing_message&)>& part);

/// The request that sends `batch`, none of which is answered yet.
envelope<schema::AppendRequest> make_append_request(const outgoing_batch& batch,
                                                    const std::string& topic,
                                                    std::uint32_t queue,
                                                    ack_level ack);

} // namespace apogee::client
