#pragma once

#include "actors/client/message.hpp"
#include "messages/client.capnp.h"
#include "messages/envelope.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace apogee::client {

void set_filter(schema::PullRequest::Builder request,
                const message_filter& filter);

/// What a pull brought, not yet looked into. The records point into the
/// envelope that it was read from.
struct pulled_records {
  queue_offset next_offset;
  queue_offset min_offset;
  queue_offset max_offset;
  std::uint32_t count = 0;
  std::span<const std::byte> records;
};

result<pulled_records>
read_pull_reply(const envelope<schema::PullReply>& reply);

/// Takes the first record off `records`, verifies its checksum and decodes it
/// into `out`. Fails with errc::malformed or errc::corrupt.
result<void> take_message(std::span<const std::byte>& records,
                          received_message& out);

/// Decodes a whole reply. The batch keeps the reply's words.
result<pulled_batch> decode_batch(const envelope<schema::PullReply>& reply,
                                  const std::string& broker,
                                  const std::string& topic);

} // namespace apogee::client
